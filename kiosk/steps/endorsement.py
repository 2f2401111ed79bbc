"""Step 10, endorsement: the Kakanim or a dated delegate signs the stamp in the passport.

SOP row 10 (Kakanim or pejabat yang ditunjuk, routed by Tata Usaha; dokim and passport in, signature out). The only
signature in the passport. Authority is the office head's duty or a delegation (plh, plt, delegate) valid today.
Never the person who registered (step 9): by person, in the database.
"""

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look, Work
from kiosk.refusals import Code, Refusal
from kiosk.steps import registration

KEY = "endorsement"
OFFICE_HEAD = "office_head"


@dataclass(frozen=True, slots=True)
class Given:
    """The signatory saw the stamp beside the data, and signed."""

    stamp_seen: bool
    signed: bool


@dataclass(frozen=True, slots=True)
class Produced:
    """Who signed, in which capacity. `authority` is `office_head`, or the delegation's kind and decision number."""

    signatory: str
    title: str
    staff_no: str
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the signatory compares with the passport."""

    holder_name: str
    nationality: str
    passport_no: str
    register_no: str
    valid_until: date
    stamp_text: tuple[str, ...]
    authority: str


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    """The stamp as registered."""
    assert case is not None, "step 10 has a case"
    stamped = case.need(registration.KEY, registration.Produced)
    return Prepared(
        holder_name=case.holder_name,
        nationality=case.nationality,
        passport_no=case.passport_no,
        register_no=stamped.register_no,
        valid_until=stamped.valid_until,
        stamp_text=stamped.stamp_text,
        authority=authority(look),
    )


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Why the endorsement can't be recorded."""
    found: list[Refusal] = []
    if not authority(look):
        found.append(Refusal(Code.NO_AUTHORITY_TO_ENDORSE))
    if not given.stamp_seen:
        found.append(Refusal(Code.STAMP_NOT_CONFIRMED, "stamp_seen"))
    if not given.signed:
        found.append(Refusal(Code.SIGNATURE_NOT_CONFIRMED, "signed"))
    return tuple(found)


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """Record who signed under which authority."""
    look = work.look
    office = look.kit.settings.office
    held = authority(look)
    title = office.head_title if held == OFFICE_HEAD else f"{held.split(' ', 1)[0].capitalize()}. {office.head_title}"
    return Produced(look.officer.name, title, look.officer.staff_no, held, work.now)


def authority(look: Look) -> str:
    """`office_head`, the delegation's kind and number, or '' where the officer has neither."""
    return OFFICE_HEAD if look.officer.is_head else look.officer.delegated
