"""Step 8, biometrics: portrait and fingers of the applicant, as the policy table asks, with exceptions by name."""

from dataclasses import dataclass
from enum import StrEnum

KEY = "biometrics"


class FingerState(StrEnum):
    """What became of a finger."""

    CAPTURED = "captured"
    MISSING = "missing"
    BANDAGED = "bandaged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FingerTaken:
    """One finger by its ISO/IEC 19794 code (1 right thumb to 10 left little finger).

    `object_id` is the template in the vault, 0 where there is none; `quality` 0 to 100; `reason` for all but CAPTURED.
    """

    position: int
    state: FingerState
    object_id: int = 0
    quality: int = 0
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """`portrait` is an id of the vault, 0 where the policy wants none.

    `face_agrees`: the officer compared the applicant with the passport. `notice_given`: the privacy notice was read
    out or handed over. `guardian_present` for applicants under 18.
    """

    portrait: int
    fingers: tuple[FingerTaken, ...]
    face_agrees: bool
    notice_given: bool
    interview: str = ""
    guardian_present: bool = False


@dataclass(frozen=True, slots=True)
class Produced:
    """What was taken. `exception_by` names the second officer who approved that fingers are absent."""

    portrait: int
    fingers: tuple[FingerTaken, ...]
    interview: str
    exception_by: str
    basis: str = ""
