"""Step 10, endorsement: the Kakanim or a dated delegate signs the stamp in the passport.

SOP row 10 (Kakanim or pejabat yang ditunjuk, routed by Tata Usaha; dokim and passport in, signature out). The only
signature in the passport. Authority is the office head's duty or a delegation (plh, plt, delegate) in force at this
moment, whatever it was at the sign-in; the stamp names the person who signs. Never the person who registered (step 9):
by person, in the database.
"""

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look, Work
from kiosk.people.authority import HEAD, authority_of
from kiosk.refusals import Code, Refusal
from kiosk.steps import register_book, registration

KEY = "endorsement"
OFFICE_HEAD = HEAD


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
    stamped = case.need(registration.KEY, registration.Produced)
    if _of_another(stamped.signatory_staff_no, look.officer.staff_no):
        found.append(Refusal(Code.STAMP_NAMES_OTHER, details={"signatory": stamped.signatory}))
    if not given.stamp_seen:
        found.append(Refusal(Code.STAMP_NOT_CONFIRMED, "stamp_seen"))
    if not given.signed:
        found.append(Refusal(Code.SIGNATURE_NOT_CONFIRMED, "signed"))
    return tuple(found)


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """Record who signed under which authority."""
    look, held = work.look, authority(work.look)
    title = register_book.title(held.split(" ", 1)[0], look.kit.settings.office.head_title)
    return Produced(look.officer.name, title, look.officer.staff_no, held, work.now)


def authority(look: Look) -> str:
    """`office_head`, the delegation's kind and number, or '' where the officer has neither at this moment."""
    return authority_of(look.officer.id, look.today)


def _of_another(on_stamp: str, signing: str) -> bool:
    """Another person stands under the stamp. Without a staff number on either side, eyes must judge."""
    return bool(on_stamp and signing) and on_stamp != signing
