"""Step 9, registration: a register number is drawn, gapless, and the permit is stamped in the passport.

SOP row 9 (Lalintuskim, Tata Usaha for the register book; berkas and dokim in, register number in the system out). Rows
used: the office's register template, the approval's dates. The stamp's exact text is printed on a guide slip, so that
clerk and database can't differ. A number is void with its reason when the case goes back, and never used again.
"""

from dataclasses import dataclass
from datetime import date

from db.tables import RegisterNumber
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look, Work
from kiosk.clock import WIB
from kiosk.permits import register_number
from kiosk.receipts import contents, layout
from kiosk.refusals import Code, Refusal
from kiosk.steps import approval, biometrics, data_entry, scanning, watchlist
from kiosk.text import clean

KEY = "registration"


@dataclass(frozen=True, slots=True)
class Given:
    """What the register clerk gives: the passport page that takes the stamp, and that it has room."""

    passport_page: str
    page_is_free: bool
    stamped: bool


@dataclass(frozen=True, slots=True)
class Produced:
    """The number and the permit as it stands in the passport."""

    register_no: str
    serial: int
    valid_from: date
    valid_until: date
    extension_no: int
    stamp_text: tuple[str, ...]
    passport_page: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows: the dates, the number that would be drawn now, and the lines of the stamp."""

    holder_name: str
    passport_no: str
    valid_from: date
    valid_until: date
    extension_no: int
    next_number: str
    stamp_text: tuple[str, ...]
    scans_owed: tuple[str, ...]


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    """The stamp as it would be if the step were completed now; another terminal may draw the number first."""
    assert case is not None, "step 9 has a case"
    granted = case.need(approval.KEY, approval.Produced)
    serial = _last_serial(look, case) + 1
    number = register_number(look.regulations, case.kind, serial, _year(look))
    guide = _guide(look, case, number)
    return Prepared(
        holder_name=case.holder_name,
        passport_no=case.passport_no,
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        extension_no=_extension_no(case),
        next_number=number,
        stamp_text=_stamp_text(look, guide),
        scans_owed=scanning.debt(case),
    )


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Why no number may be drawn now."""
    found: list[Refusal] = []
    owed = scanning.debt(case)
    if owed:
        found.append(Refusal(Code.SCANS_OWED, details={"documents": ", ".join(owed)}))
    if case.output(biometrics.KEY, biometrics.Produced) is None:
        found.append(Refusal(Code.CASE_MOVED_ON))
    if not clean(given.passport_page):
        found.append(Refusal(Code.FIELD_REQUIRED, "passport_page"))
    if not given.page_is_free:
        found.append(Refusal(Code.PASSPORT_FULL, "page_is_free"))
    if not given.stamped:
        found.append(Refusal(Code.STAMP_NOT_CONFIRMED, "stamped"))
    return (*found, *watchlist.recheck(look, case))


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """Draw the number, print the guide slip, keep what was stamped."""
    look = work.look
    watchlist.record_recheck(work)
    granted = case.need(approval.KEY, approval.Produced)
    year = _year(look)
    serial = work.next_number(_series(year))
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
    guide = _guide(look, case, number)
    work.print(guide)
    work.audit("register_number_drawn", {"serial": serial, "year": year})
    return Produced(
        register_no=number,
        serial=serial,
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        extension_no=_extension_no(case),
        stamp_text=_stamp_text(look, guide),
        passport_page=clean(given.passport_page, limit=20),
    )


def _year(look: Look) -> int:
    return look.now.astimezone(WIB).year


def _series(year: int) -> str:
    return f"register-{year}"


def _last_serial(look: Look, case: CaseFile) -> int:
    last = (
        RegisterNumber.select().where(RegisterNumber.year == _year(look)).order_by(RegisterNumber.serial.desc()).first()
    )
    return 0 if last is None else int(last.serial)


def _extension_no(case: CaseFile) -> int:
    stay = case.need(data_entry.KEY, data_entry.Produced).data.stay
    return stay.extensions_before + 1 if case.kind.endswith("_extension") else 0


def _guide(look: Look, case: CaseFile, number: str) -> contents.StampGuide:
    granted = case.need(approval.KEY, approval.Produced)
    office = look.kit.settings.office
    return contents.StampGuide(
        application_no=case.application_no,
        holder=contents.Holder(case.holder_name, nationality=case.nationality),
        passport_no=case.passport_no,
        register_no=number,
        valid_until=granted.valid_until,
        stamped_on=look.today,
        signatory_title=office.head_title,
        signatory_name=office.head_name,
        clerk=contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal),
        signatory_staff_no=office.head_staff_no,
        valid_from=granted.valid_from,
        extension_no=_extension_no(case) or None,
    )


def _stamp_text(look: Look, guide: contents.StampGuide) -> tuple[str, ...]:
    letterhead = contents.Letterhead.of(look.kit.settings.office)
    return tuple(layout.stamp_text(guide, letterhead))
