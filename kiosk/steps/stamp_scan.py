"""Step 11, stamp_scan: the stamped page is scanned and read back; clerical data are corrected by two.

SOP row 11 (Lalintuskim or Insarkom; dokim and passport in, the scan out; "koreksi data pada sistem bila perlu"). The
page itself is scanned. Its register number and last day are typed from the stamp without the data being shown, and a
second time where they differ: a stamp that really differs is sent back to 9 or 10, or raised as a non-conformity.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kiosk.applicant import ApplicantData
from kiosk.captures import STAMPED_PAGE, Capture, live
from kiosk.cases.engine import REASON_MINIMUM, record
from kiosk.cases.model import Act, CaseFile
from kiosk.cases.second_person import second_person
from kiosk.cases.work import Look, Work
from kiosk.refusals import Code, Refusal
from kiosk.steps import data_entry, registration
from kiosk.steps.corrections import CLERICAL, check_value, value, with_value
from kiosk.text import clean

KEY = "stamp_scan"


@dataclass(frozen=True, slots=True)
class CorrectionWanted:
    """A clerical field of the applicant's data (`address.street`) and what it should say, with the reason."""

    field: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Given:
    """`object_id` is the scan. Number and date are typed from the stamp; again where they differ from the data.

    `accepted`: the officer compared a page that the quality gate doubts with the paper.
    """

    object_id: int
    register_no_read: str
    valid_until_read: date
    register_no_again: str = ""
    valid_until_again: date | None = None
    corrections: tuple[CorrectionWanted, ...] = ()
    accepted: bool = False


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows: never what the stamp should say. `now` are the clerical data as they stand."""

    holder_name: str
    passport_no: str
    passport_page: str
    page: Capture | None
    now: tuple[tuple[str, str], ...]


def prepare(look: Look, case: CaseFile) -> Prepared:
    data = case.need(data_entry.KEY, data_entry.Produced).data
    pages = live(case.id, step=KEY, kind=STAMPED_PAGE)
    return Prepared(
        holder_name=data.holder.name_viz or data.holder.name,
        passport_no=data.passport.number,
        passport_page=case.need(registration.KEY, registration.Produced).passport_page,
        page=pages[-1] if pages else None,
        now=tuple((field, value(data, field)) for field in CLERICAL),
    )


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    return (*_page(case, given), *_read_back(case, given), *_corrections(look, case, given))


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    data = case.need(data_entry.KEY, data_entry.Produced).data
    approved_by = second_person(work, KEY).name if given.corrections else ""
    made = tuple(
        Correction(wanted.field, value(data, wanted.field), clean(wanted.after), approved_by)
        for wanted in given.corrections
    )
    for wanted, done in zip(given.corrections, made, strict=True):
        change = {"field": done.field, "before": done.before, "after": done.after, "approved_by": approved_by}
        record(work, Act.CORRECT, secrets.token_hex(16), reason=clean(wanted.reason), data=change)
    stamped = case.need(registration.KEY, registration.Produced)
    return Produced(given.object_id, stamped.register_no, stamped.valid_until, made)


def corrected(case: CaseFile) -> ApplicantData:
    """The applicant's data with what step 11 corrected, for steps 12 and 13. Raises LookupError before step 2."""
    data = case.need(data_entry.KEY, data_entry.Produced).data
    done = case.output(KEY, Produced)
    for correction in done.corrections if done else ():
        data = with_value(data, correction.field, correction.after)
    return data


def _page(case: CaseFile, given: Given) -> Iterator[Refusal]:
    page = next((c for c in live(case.id, step=KEY, kind=STAMPED_PAGE) if c.id == given.object_id), None)
    if not given.object_id:
        yield Refusal(Code.SCAN_MISSING, "page")
    elif page is None:
        yield Refusal(Code.CAPTURES_CHANGED, "page")
    elif page.findings and not given.accepted:
        yield Refusal(Code.SCAN_DOUBTFUL, "accepted", {"page": page.page, "finding": ", ".join(page.findings)})


def _read_back(case: CaseFile, given: Given) -> Iterator[Refusal]:
    stamped = case.need(registration.KEY, registration.Produced)
    again = plain_number(given.register_no_again)
    yield from _compared(
        "register_no", plain_number(stamped.register_no), plain_number(given.register_no_read), again or None
    )
    yield from _compared("valid_until", stamped.valid_until, given.valid_until_read, given.valid_until_again)


def _compared(field: str, in_data: object, read: object, again: object | None) -> Iterator[Refusal]:
    """Read as in the data, or read twice: one slip of the eye is forgiven, two equal readings are a difference."""
    if read == in_data:
        return
    if again is None:
        yield Refusal(Code.STAMP_TYPE_AGAIN, f"{field}_again")
    elif again == read:
        yield Refusal(Code.STAMP_DIFFERS, f"{field}_again")
    elif again != in_data:
        yield Refusal(Code.TYPED_DIFFERENTLY, f"{field}_again")


def _corrections(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    data = case.need(data_entry.KEY, data_entry.Produced).data
    fields = [wanted.field for wanted in given.corrections]
    for number, wanted in enumerate(given.corrections, start=1):
        place, after = f"correction_{number}", clean(wanted.after)
        if wanted.field not in CLERICAL:
            yield Refusal(Code.CORRECTION_NOT_CLERICAL, place)
        elif after == value(data, wanted.field) or fields.count(wanted.field) > 1:
            yield Refusal(Code.CORRECTION_WITHOUT_CHANGE, f"{place}_after")
        elif len(clean(wanted.reason)) < REASON_MINIMUM:
            yield Refusal(Code.REASON_NEEDED, f"{place}_reason", {"minimum": REASON_MINIMUM})
        else:
            found = check_value(data, wanted.field, wanted.after, look.today)
            yield from (Refusal(refusal.code, f"{place}_after", refusal.details) for refusal in found)


def plain_number(text: str) -> str:
    """A register number as people compare it: upper case, letters and digits only."""
    return "".join(char for char in text.upper() if char.isascii() and char.isalnum())
