"""Step 5, scanning: the documents of the file are scanned and bound to the case, or owed with a reason."""

from dataclasses import dataclass

KEY = "scanning"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One page in the vault; `page` counts from 1 within its kind of document."""

    kind: str
    object_id: int
    page: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ScanLater:
    """A document that can't be scanned now, and why. The debt blocks step 9."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Given:
    """The pages the officer saw (ids of the vault), those kept although the quality gate had a finding, and debts.

    `accepted` are ids of pages with a finding that the officer compared with the paper.
    """

    pages: tuple[int, ...]
    accepted: tuple[int, ...] = ()
    later: tuple[ScanLater, ...] = ()


@dataclass(frozen=True, slots=True)
class Produced:
    """The scans of the file. `later` are the kinds of document still owed."""

    scans: tuple[Scanned, ...]
    later: tuple[str, ...]
    operator: str = ""
