"""Step 8, biometrics: portrait and fingers of the applicant, as the policy table asks, with exceptions by name.

SOP row 8 (Lalintuskim or Insarkom; the payment's proof in, photo and fingerprints out; the applicant is present).
Regulations: biometrics.toml (kind, number of the extension, date, age). Gate: the payment has come in. A finger that
can't be taken is recorded with its state and reason, and a second officer approves. Pictures and templates are in the
vault before the step is completed (kiosk.captures); the checks of the portrait are advice and refuse nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from db.tables import Payment
from kiosk.captures import FINGERPRINT, PORTRAIT, Capture, live
from kiosk.cases.engine import REASON_MINIMUM
from kiosk.cases.model import CaseFile
from kiosk.cases.second_person import second_person
from kiosk.cases.work import Look, Work
from kiosk.money.states import State
from kiosk.permits import BiometricRequirements, biometric_requirements, needs_guardian
from kiosk.refusals import Code, Refusal
from kiosk.steps import data_entry, payment
from kiosk.text import clean, clean_lines

KEY = "biometrics"
TRIES, TRIES_REQUIRED = 1, 2
"""Acts of the reader that failed before a finger counts as unreadable; more for those the policy insists on."""


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
    out or handed over. `guardian_present` for those under age.
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen asks for. `portrait` and `fingers` are in the vault; `guardian` is who must be here."""

    holder_name: str
    passport_no: str
    paid: bool
    wanted: BiometricRequirements
    portrait: Capture | None
    fingers: tuple[Capture, ...]
    minor: bool
    guardian: str


def prepare(look: Look, case: CaseFile) -> Prepared:
    data = case.need(data_entry.KEY, data_entry.Produced).data
    portraits = live(case.id, step=KEY, kind=PORTRAIT)
    return Prepared(
        holder_name=data.holder.name_viz or data.holder.name,
        passport_no=data.passport.number,
        paid=paid(case),
        wanted=requirements(look, case),
        portrait=portraits[-1] if portraits else None,
        fingers=live(case.id, step=KEY, kind=FINGERPRINT),
        minor=needs_guardian(look.regulations, data.holder.born, look.today),
        guardian=data.request.guardian_name,
    )


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    if not paid(case):
        return (Refusal(Code.PAYMENT_NEEDED),)
    return (
        *_notice(given),
        *_portrait(look, case, given),
        *_fingers(look, case, given),
        *_interview(look, case, given),
        *_guardian(look, case, given),
    )


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    absent = [finger.position for finger in given.fingers if finger.state is not FingerState.CAPTURED]
    exception_by = second_person(work, KEY).name if absent else ""
    if absent:
        work.audit("fingers_excepted", {"fingers": absent})
    captured = live(case.id, step=KEY, kind=FINGERPRINT)
    return Produced(
        portrait=given.portrait,
        fingers=tuple(_kept(finger, captured) for finger in given.fingers),
        interview=clean_lines(given.interview),
        exception_by=exception_by,
        basis=requirements(work.look, case).basis,
    )


def paid(case: CaseFile) -> bool:
    """Has the money of step 7 come in, and not been taken back since? Within a unit of work."""
    done = case.output(payment.KEY, payment.Produced)
    row = None if done is None else Payment.get_or_none((Payment.id == done.payment_id) & (Payment.case == case.id))
    return row is not None and State(row.state).paid


def requirements(look: Look, case: CaseFile) -> BiometricRequirements:
    """What the policy asks of this applicant today; nothing where no policy covers the kind."""
    data = case.need(data_entry.KEY, data_entry.Produced).data
    found = biometric_requirements(
        look.regulations, case.kind, data.stay.extensions_before + 1, look.today, data.holder.born
    )
    return found or BiometricRequirements(False, (), (), "none", "")


def _notice(given: Given) -> Iterator[Refusal]:
    if not given.notice_given:
        yield Refusal(Code.NOTICE_NOT_GIVEN, "notice_given")


def _portrait(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    if requirements(look, case).photo and not given.portrait:
        yield Refusal(Code.PORTRAIT_NEEDED, "portrait")
    elif given.portrait and given.portrait not in {c.id for c in live(case.id, step=KEY, kind=PORTRAIT)}:
        yield Refusal(Code.CAPTURES_CHANGED)
    if not given.face_agrees:
        yield Refusal(Code.FACE_NOT_PASSPORT, "face_agrees")


def _fingers(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    policy = requirements(look, case)
    kept = {(c.id, c.page) for c in live(case.id, step=KEY, kind=FINGERPRINT)}
    told = [finger.position for finger in given.fingers]
    if len(told) != len(set(told)) or set(told) - set(policy.fingers_wanted):
        yield Refusal(Code.CAPTURES_CHANGED)
        return
    for position in policy.fingers_wanted:
        finger = next((finger for finger in given.fingers if finger.position == position), None)
        if finger is None:
            yield Refusal(Code.FINGER_OPEN, field_of(position))
        elif finger.state is FingerState.CAPTURED:
            if (finger.object_id, position) not in kept:
                yield Refusal(Code.CAPTURES_CHANGED, field_of(position))
        elif len(clean(finger.reason)) < REASON_MINIMUM:
            yield Refusal(Code.REASON_NEEDED, field_of(position), {"minimum": REASON_MINIMUM})
        elif finger.state is FingerState.UNREADABLE:
            tries = TRIES_REQUIRED if position in policy.fingers_required else TRIES
            if finger.attempts < tries:
                yield Refusal(Code.FINGER_NOT_TRIED, field_of(position), {"tries": tries})


def _interview(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    required = requirements(look, case).interview == "required"
    if required and len(clean_lines(given.interview)) < REASON_MINIMUM:
        yield Refusal(Code.INTERVIEW_NEEDED, "interview", {"minimum": REASON_MINIMUM})


def _guardian(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    born = case.need(data_entry.KEY, data_entry.Produced).data.holder.born
    if needs_guardian(look.regulations, born, look.today) and not given.guardian_present:
        yield Refusal(Code.GUARDIAN_ABSENT, "guardian_present")


def field_of(position: int) -> str:
    """The name by which refusals and screens speak of a finger."""
    return f"finger_{position}"


def _kept(finger: FingerTaken, captures: tuple[Capture, ...]) -> FingerTaken:
    """What the vault knows of a finger counts, not what the screen says of it."""
    capture = next((c for c in captures if c.id == finger.object_id), None)
    if finger.state is not FingerState.CAPTURED or capture is None:
        return FingerTaken(finger.position, finger.state, 0, 0, finger.attempts, clean(finger.reason))
    return FingerTaken(
        finger.position,
        FingerState.CAPTURED,
        capture.id,
        capture.number("quality"),
        max(finger.attempts, capture.number("attempts")),
    )
