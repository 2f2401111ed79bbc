"""The register of permits (buku register ITK): numbers drawn for cases, and the guide slip that says what to stamp.

A number is drawn before the stamp touches the passport, in a transaction of its own: gapless for the office and year,
one live number for a case, void with its reason and never used again. The slip as it was printed is the record of the
stamp's text, so that clerk, paper and database can't differ. Within the caller's unit of work.
"""

from dataclasses import dataclass
from datetime import datetime

from db.tables import PrintJob, RegisterNumber
from kiosk.cases import engine
from kiosk.cases.model import Act, CaseFile
from kiosk.cases.work import Look, Work
from kiosk.clock import WIB
from kiosk.people import authority
from kiosk.permits import register_number
from kiosk.receipts import contents, layout
from kiosk.records import from_json
from kiosk.steps import approval, data_entry
from kiosk.words import Language, say


@dataclass(frozen=True, slots=True)
class Signatory:
    """Whose name and title stand under the stamp. `officer` is 0 for the head of the office."""

    officer: int
    name: str
    title: str
    staff_no: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A live number of a case and the slip printed for it."""

    number: str
    serial: int
    guide: contents.StampGuide


def drawn(case: CaseFile) -> Drawn | None:
    """The case's live number, None while none is drawn."""
    row = RegisterNumber.get_or_none((RegisterNumber.case == case.id) & RegisterNumber.voided_at.is_null())
    if row is None:
        return None
    jobs = PrintJob.select().where((PrintJob.case == case.id) & (PrintJob.paper == contents.StampGuide.__name__))
    for job in jobs.order_by(PrintJob.id.desc()):
        guide = from_json(contents.StampGuide, job.content)
        if guide.register_no == row.number:
            return Drawn(row.number, row.serial, guide)
    raise LookupError(f"register number {row.id} has no stamp guide")


def next_number(look: Look, case: CaseFile) -> str:
    """The number that would be drawn now; another terminal may draw it first."""
    year = _year(look.now)
    last = RegisterNumber.select().where(RegisterNumber.year == year).order_by(RegisterNumber.serial.desc()).first()
    return register_number(look.regulations, case.kind, 1 if last is None else last.serial + 1, year)


def draw(work: Work, signatory: Signatory, *, key: str) -> Drawn:
    """Draw the next number for the case and print its guide slip; the live one again if there is one."""
    look, case = work.look, work.case
    if (live := drawn(case)) is not None:
        return live
    year = _year(work.now)
    serial = work.next_number(f"register-{year}")
    number = register_number(look.regulations, case.kind, serial, year)
    RegisterNumber.create(
        year=year,
        series=look.regulations.register.permit_class,
        serial=serial,
        number=number,
        case=case.id,
        officer=look.officer.id,
        drawn_at=work.now,
    )
    guide = _guide(look, case, number, signatory)
    work.print(guide)
    work.audit("register_number_drawn", {"serial": serial, "year": year})
    engine.record(work, Act.RECORD, key, reason=number)
    return Drawn(number, serial, guide)


def void(work: Work, live: Drawn, reason: str, *, key: str) -> None:
    """The number is void: it was stamped wrongly, or the page is spoiled. It stays in the book with its reason."""
    RegisterNumber.update(voided_at=work.now, void_reason=reason[:200]).where(
        (RegisterNumber.case == work.case.id) & RegisterNumber.voided_at.is_null()
    ).execute()
    work.audit("register_number_voided", {"serial": live.serial})
    engine.record(work, Act.RECORD, key, reason=f"{live.number}: {reason}")


def signatories(look: Look) -> tuple[Signatory, ...]:
    """Who may stand under a stamp today: the head of the office, then the delegates of today."""
    office = look.kit.settings.office
    head = Signatory(0, office.head_name, office.head_title, office.head_staff_no)
    return head, *(
        Signatory(one.officer, one.name, title(one.kind, office.head_title), one.staff_no)
        for one in authority.delegates(look.today)
    )


def title(kind: str, head_title: str) -> str:
    """The title under a signature by that authority: `Plh. Kepala Kantor Imigrasi`."""
    if kind == authority.HEAD:
        return head_title
    return say(Language.INDONESIAN, f"endorsement.title.{kind}", title=head_title)


def stamp_text(look: Look, guide: contents.StampGuide) -> tuple[str, ...]:
    """The lines of the stamp, as the slip prints them."""
    return layout.stamp_text(guide, contents.Letterhead.of(look.kit.settings.office))


def extension_no(case: CaseFile) -> int:
    """Which extension of the stay this is; 0 for a permit that extends nothing."""
    stay = case.need(data_entry.KEY, data_entry.Produced).data.stay
    return stay.extensions_before + 1 if case.kind.endswith("_extension") else 0


def preview(look: Look, case: CaseFile, signatory: Signatory) -> contents.StampGuide:
    """The slip as it would be printed now."""
    return _guide(look, case, next_number(look, case), signatory)


def _year(now: datetime) -> int:
    return now.astimezone(WIB).year


def _guide(look: Look, case: CaseFile, number: str, signatory: Signatory) -> contents.StampGuide:
    granted = case.need(approval.KEY, approval.Produced)
    return contents.StampGuide(
        application_no=case.application_no,
        holder=contents.Holder(case.holder_name, nationality=case.nationality),
        passport_no=case.passport_no,
        register_no=number,
        valid_until=granted.valid_until,
        stamped_on=look.today,
        signatory_title=signatory.title,
        signatory_name=signatory.name,
        clerk=contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal),
        signatory_staff_no=signatory.staff_no,
        valid_from=granted.valid_from,
        extension_no=extension_no(case) or None,
    )
