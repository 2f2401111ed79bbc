"""Step 13, archiving: the finished paper file is handed to the archive with its place and pages.

SOP row 13 (Insarkom receives, Lalintuskim hands over, Tata Usaha for retention). The output that the seed leaves blank
is read as the signed hand-over list, the archive location and the page count. Rows used: the retention rule (three
years). What becomes of the file later is kiosk.steps.storage.
"""

import re
from dataclasses import dataclass
from datetime import date

from db.tables import ArchiveRecord, Handover, Officer, Person
from kiosk.bilingual import Bilingual
from kiosk.cases.model import CaseFile, Outcome
from kiosk.cases.work import Issued, Look, Work
from kiosk.clock import WIB, office_day
from kiosk.permits import keep_until
from kiosk.receipts import contents
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refusal
from kiosk.steps import registration
from kiosk.steps.payment import service_name
from kiosk.text import clean
from kiosk.words import Language, say

KEY = "archiving"
PAGES_LIMIT = 2000
_PLACE = re.compile(r"L?0*([1-9]\d{0,2})(?:-R?|R)0*([1-9]\d{0,2})(?:-B?|B)0*([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class Given:
    """What the archivist gives. `location` is lemari-rak-boks: L3-R1-B12. `pages` counts the sheets of the file."""

    location: str
    pages: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Produced:
    """The place of the file and how long it is kept."""

    list_no: str
    location: str
    pages: int
    retention_until: date
    received_by: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows: who handed the passport over, and until when the file is kept."""

    holder_name: str
    outcome: Outcome
    handed_over_by: str
    register_no: str
    retention_until: date
    last_location: str


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    """The file as it comes from the counter; the last box used is offered again."""
    assert case is not None, "step 13 has a case"
    last = ArchiveRecord.select().order_by(ArchiveRecord.id.desc()).first()
    giver = _giver(case)
    return Prepared(
        holder_name=case.holder_name,
        outcome=case.outcome,
        handed_over_by=giver.name if giver else "",
        register_no=_register_no(case),
        retention_until=keep_until(look.regulations, look.today),
        last_location="" if last is None else last.location,
    )


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Why the file can't be taken into the archive."""
    found: list[Refusal] = []
    if not place_of(given.location):
        found.append(Refusal(Code.ARCHIVE_PLACE, "location"))
    if not 1 <= given.pages <= PAGES_LIMIT:
        found.append(Refusal(Code.ARCHIVE_PAGES, "pages", {"limit": PAGES_LIMIT}))
    if not given.complete:
        found.append(Refusal(Code.ARCHIVE_INCOMPLETE, "complete"))
    return tuple(found)


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """File it: the archive row, the hand-over list and the cover with its token."""
    look = work.look
    year = work.now.astimezone(WIB).year
    list_no = f"DAF-{look.kit.settings.office.short}-{year}-{work.next_number(f'archive-list-{year}'):05d}"
    place, until = place_of(given.location), keep_until(look.regulations, work.today)
    giver = _giver(case)
    giver_id = _giver_id(case) or look.officer.id
    ArchiveRecord.create(
        case=case.id,
        list_no=list_no,
        location=place,
        pages=given.pages,
        retention_until=until,
        handed_by=giver_id,
        received_by=look.officer.id,
        received_at=work.now,
    )
    receiver = contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal)
    register_no = _register_no(case)
    filed = contents.FiledCase(case.application_no, register_no, given.pages, place)
    work.print(contents.HandoverList(list_no, work.now, (filed,), giver or receiver, receiver))
    work.issue(ReceiptType.ARCHIVE_COVER, lambda issued: _cover(look, case, issued, given.pages, place, until))
    return Produced(list_no, place, given.pages, until, look.officer.name)


def _cover(look: Look, case: CaseFile, issued: Issued, pages: int, place: str, until: date) -> contents.ArchiveCover:
    outcome = f"case.outcome.{case.outcome}"
    return contents.ArchiveCover(
        number=issued.number,
        application_no=case.application_no,
        register_no=_register_no(case),
        holder=contents.Holder(case.holder_name, nationality=case.nationality),
        passport_no=case.passport_no,
        service=service_name(look, case.kind),
        outcome=Bilingual(say(Language.INDONESIAN, outcome), say(Language.ENGLISH, outcome)),
        opened_on=office_day(case.opened_at),
        closed_on=look.today,
        pages=pages,
        location=place,
        token=issued.token,
        short_code=issued.short_code,
        retain_until=until,
    )


def place_of(text: str) -> str:
    """The location as it is kept, `L3-R1-B12`, however it was typed (`l3 r01 b12`, `3.1.12`); "" if it is none."""
    typed = re.sub(r"[\s._/-]+", "-", clean(text, limit=40).upper()).strip("-")
    found = _PLACE.fullmatch(typed)
    return "" if found is None else "L{}-R{}-B{}".format(*found.groups())


def _register_no(case: CaseFile) -> str:
    stamped = case.output(registration.KEY, registration.Produced)
    return stamped.register_no if stamped is not None and case.outcome is Outcome.ISSUED else ""


def _giver_id(case: CaseFile) -> int | None:
    handover = Handover.get_or_none(Handover.case == case.id)
    return None if handover is None else int(handover.officer_id)


def _giver(case: CaseFile) -> contents.Clerk | None:
    officer = _giver_id(case)
    if officer is None:
        return None
    row = Officer.select(Officer, Person).join(Person).where(Officer.id == officer).get()
    return contents.Clerk(row.person.name, row.person.staff_no or "")
