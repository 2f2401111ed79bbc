"""Step 11, stamp_scan: the stamped page is scanned and read back; clerical data are corrected by two."""

from dataclasses import dataclass
from datetime import date

KEY = "stamp_scan"


@dataclass(frozen=True, slots=True)
class CorrectionWanted:
    """A clerical field of the applicant's data (`address.street`) and what it should say, with the reason."""

    field: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Given:
    """`object_id` is the scan. Number and date are typed from the stamp; again where they differ from the data."""

    object_id: int
    register_no_read: str
    valid_until_read: date
    register_no_again: str = ""
    valid_until_again: date | None = None
    corrections: tuple[CorrectionWanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction made: what stood there, what stands there now, and the second officer who approved it."""

    field: str
    before: str
    after: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Produced:
    """The page as archived and as read."""

    object_id: int
    register_no_read: str
    valid_until_read: date
    corrections: tuple[Correction, ...]
