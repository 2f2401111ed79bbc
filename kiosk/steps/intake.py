"""Step 1, intake: the file is checked, the passport taken into custody and a tanda terima given, or all of it returned.

SOP row 1. Regulations: checklists, kinds, visas, stays (filing window, lengths), money (overstay), office (territory).
An incomplete file is turned away with the printed list of what is missing, and nothing is registered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from db.tables import Case
from db.turns import Hold, Turn
from kiosk import finding_text
from kiosk.applicant import Collector, Priority, Sex, SponsorBasis
from kiosk.applicant_checks import born_possible, document_number, name, state, text_possible
from kiosk.bilingual import Bilingual
from kiosk.cases.model import CaseFile
from kiosk.cases.rules import Opening
from kiosk.cases.work import Look, Work
from kiosk.formats import rupiah
from kiosk.mrz import Mrz, parse
from kiosk.partial_date import PartialDate
from kiosk.passport_check import doubtful_fields
from kiosk.permits import (
    Filing,
    Finding,
    assess_filing,
    filing_window,
    overstay_charge,
    overstay_days,
    priority_by_age,
)
from kiosk.permits.documents import checklist, missing
from kiosk.receipts import contents
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refusal
from kiosk.regulations import ApplicationKind, Regulations, RequirementItem, VisaIndex
from kiosk.words import Language, say
from kiosk.working_calendar import Calendar

KEY = "intake"
POWER_OF_ATTORNEY = "power_of_attorney"
_NAMED_SPONSORS = (SponsorBasis.INDIVIDUAL, SponsorBasis.CORPORATE, SponsorBasis.FAMILY_GUARANTOR)
_FIELDS = {"birth": "born", "sponsor": "sponsor_basis"}
"""Fields of a Filing that have another name at this step."""


@dataclass(frozen=True, slots=True)
class ItemReceived:
    """A document of the checklist as it lies on the counter. `pages` counts sheets as received."""

    key: str
    original: bool = False
    copy: bool = False
    pages: int = 0
    note: str = ""

    def meets(self, item: RequirementItem) -> bool:
        """Is it here in the form that is asked for? An original serves where a copy is asked for."""
        wanted = item.form
        if wanted == "original_and_copy":
            return self.original and self.copy
        return self.original if wanted == "original" else self.copy or self.original


@dataclass(frozen=True, slots=True)
class Given:
    """What the counter officer gives. `mrz` is empty where the passport was typed. Minors have a guardian's name."""

    kind: str
    sponsor_basis: SponsorBasis
    filed_by: Collector
    holder_name: str
    nationality: str
    sex: Sex
    born: PartialDate
    issuing_state: str
    passport_no: str
    passport_expires: date
    permit_expires: date
    days_requested: int
    visa_index: str
    regency: str
    items: tuple[ItemReceived, ...] = ()
    sponsor_name: str = ""
    proxy_name: str = ""
    guardian_name: str = ""
    priority: Priority = Priority.NONE
    mrz: tuple[str, ...] = ()
    overstay_told: bool = False


@dataclass(frozen=True, slots=True)
class Produced:
    """The opened case's first facts. `findings` are texts of kiosk.finding_text."""

    application_no: str
    kind: str
    sponsor_basis: str
    filed_by: str
    holder_name: str
    nationality: str
    sex: str
    born: PartialDate
    issuing_state: str
    passport_no: str
    passport_expires: date
    permit_expires: date
    days_requested: int
    sponsor_name: str
    proxy_name: str
    items: tuple[ItemReceived, ...]
    findings: tuple[str, ...]
    overstay_days: int
    mrz: tuple[str, ...]
    receipt_number: str
    visa_index: str = ""
    regency: str = ""
    guardian_name: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the counter can choose from, and the rules by which the screen shows the checklist."""

    today: date
    kinds: tuple[ApplicationKind, ...]
    visas: tuple[VisaIndex, ...]
    regencies: tuple[str, ...]
    regulations: Regulations


@dataclass(frozen=True, slots=True)
class Deadline:
    """How a permit's end looks from the counter. `days_left` counts to its last day; the amount is words, in rupiah."""

    days_left: int
    opens: date | None
    closes: date | None
    may_file: bool
    overstay_days: int
    overstay_amount: str


def deadline(prepared: Prepared, kind: str, permit_expires: date) -> Deadline:
    """The filing window of a permit that ends on that day, and what being late costs."""
    rules, today = prepared.regulations, prepared.today
    late = 0 if kind == "newborn" else overstay_days(rules, permit_expires, today)
    charge = overstay_charge(rules, late, today)
    window = filing_window(rules, kind, permit_expires, today) if kind else None
    return Deadline(
        days_left=(permit_expires - today).days,
        opens=window.opens if window else None,
        closes=window.closes if window else None,
        may_file=window is None or window.opens <= today <= window.closes,
        overstay_days=late,
        overstay_amount=rupiah(charge.amount) if charge else "",
    )


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    rules = look.regulations
    kinds = tuple(kind for kind in rules.kinds if kind.valid_from <= look.today)
    return Prepared(look.today, kinds, rules.visas, rules.territory.regencies, rules)


def opening(given: Given) -> Opening:
    """What the case is opened with, cut to its columns: its row is there when `check` refuses what was longer."""
    return Opening(
        kind=given.kind[:40],
        holder_name=given.holder_name[:200],
        nationality=given.nationality[:3],
        issuing_state=given.issuing_state[:3],
        passport_no=given.passport_no[:20],
        permit_expiry=given.permit_expires,
        priority=given.priority,
    )


def across_cases(given: Given | None) -> tuple[Hold, ...]:
    """A passport has one open case."""
    return (Hold(Turn.APPLICATIONS, f"{given.issuing_state} {given.passport_no}"),) if given else ()


def check(look: Look, case: CaseFile | None, given: Given) -> tuple[Refusal, ...]:
    return (
        *_person_and_passport(look, given),
        *(found.refusal for found in assess(look, given) if found.blocks),
        *_people(given),
        *_overstay_not_told(look, given),
        *_documents(look, given),
        *(_open_case(given) if case is None else ()),
    )


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    warnings = tuple(found.refusal for found in assess(work.look, given) if not found.blocks)
    by_age = priority_by_age(work.look.regulations, given.born, work.today)
    if not given.priority and by_age:
        work.changes["priority"] = by_age
    issued = work.issue(
        ReceiptType.APPLICATION,
        lambda receipt: contents.ApplicationReceipt(
            number=receipt.number,
            application_no=case.application_no,
            issued_at=receipt.issued_at,
            service=work.look.regulations.kind(given.kind).name,
            applicant=holder_on_paper(given, work.today),
            passport_no=given.passport_no,
            passport_expires=given.passport_expires,
            clerk=clerk(work.look),
            token=receipt.token,
            short_code=receipt.short_code,
            permit_expires=given.permit_expires,
            days_left=(given.permit_expires - work.today).days,
            sponsor=given.sponsor_name,
            documents=_received(work.look, given),
            appointment=_appointment(work.look),
            bring=(_both("intake.bring.this_slip"), _both("intake.bring.payment")),
        ),
    )
    return Produced(
        application_no=case.application_no,
        kind=given.kind,
        sponsor_basis=given.sponsor_basis,
        filed_by=given.filed_by,
        holder_name=given.holder_name,
        nationality=given.nationality,
        sex=given.sex,
        born=given.born,
        issuing_state=given.issuing_state,
        passport_no=given.passport_no,
        passport_expires=given.passport_expires,
        permit_expires=given.permit_expires,
        days_requested=given.days_requested,
        sponsor_name=given.sponsor_name,
        proxy_name=given.proxy_name,
        items=given.items,
        findings=tuple(finding_text.keep(warning) for warning in warnings) + _zone_findings(given, work.today),
        overstay_days=overstay_days(work.look.regulations, given.permit_expires, work.today),
        mrz=given.mrz,
        receipt_number=issued.number,
        visa_index=given.visa_index,
        regency=given.regency,
        guardian_name=given.guardian_name,
    )


def assess(look: Look, given: Given) -> tuple[Finding, ...]:
    """What the permit's rules find about the filing."""
    filing = Filing(
        kind=given.kind,
        on=look.today,
        permit_expires=given.permit_expires,
        passport_expires=given.passport_expires,
        days=given.days_requested,
        visa_index=given.visa_index,
        nationality=given.nationality,
        birth=given.born,
        has_guardian=bool(given.guardian_name.strip()),
        sponsor=given.sponsor_basis,
        regency=given.regency,
    )
    return tuple(_renamed(found) for found in assess_filing(look.regulations, filing))


def required_items(regulations: Regulations, given: Given, today: date) -> tuple[RequirementItem, ...]:
    """The checklist of this kind, sponsor basis, person at the counter and age."""
    return checklist(regulations, given.kind, given.sponsor_basis, given.filed_by, birth=given.born, on=today)


def _renamed(found: Finding) -> Finding:
    refusal = found.refusal
    field = _FIELDS.get(refusal.field or "", refusal.field)
    return Finding(found.severity, Refusal(refusal.code, field, refusal.details))


def _person_and_passport(look: Look, given: Given) -> tuple[Refusal, ...]:
    specimens = look.kit.settings.office.demo
    indonesian = (Refusal(Code.PERSON_INDONESIAN, "nationality"),) if given.nationality == "IDN" else ()
    return (
        *name(given.holder_name, "holder_name"),
        *state(given.nationality, "nationality", specimens=specimens),
        *indonesian,
        *state(given.issuing_state, "issuing_state", specimens=specimens),
        *document_number(given.passport_no, "passport_no", long=len(given.mrz) == 3),
        *born_possible(given.born, look.today),
        *_texts(given),
    )


def _texts(given: Given) -> Iterator[Refusal]:
    """What is copied from papers or chosen from lists and has no form of its own."""
    for field in ("visa_index", "regency", "sponsor_name", "proxy_name", "guardian_name"):
        yield from text_possible(getattr(given, field), field)
    for item in given.items:
        yield from text_possible(item.note, "items")
        if item.pages < 0:
            yield Refusal(Code.FIELD_NOT_A_NUMBER, "items")


def _people(given: Given) -> tuple[Refusal, ...]:
    """Whoever stands behind or acts for the applicant has a name."""
    refusals: list[Refusal] = []
    if given.sponsor_basis in _NAMED_SPONSORS:
        refusals += name(given.sponsor_name, "sponsor_name")
    if given.filed_by is Collector.PROXY:
        refusals += name(given.proxy_name, "proxy_name")
    return tuple(refusals)


def _overstay_not_told(look: Look, given: Given) -> tuple[Refusal, ...]:
    """Who is already late is told the charge before the file is taken."""
    days = overstay_days(look.regulations, given.permit_expires, look.today)
    charge = overstay_charge(look.regulations, days, look.today)
    if charge is None or not charge.payable or given.overstay_told or given.kind == "newborn":
        return ()
    return (Refusal(Code.OVERSTAY_NOT_CONFIRMED, "overstay_told", {"days": days, "amount": rupiah(charge.amount)}),)


def _documents(look: Look, given: Given) -> tuple[Refusal, ...]:
    lacking = lacking_items(look.regulations, given, look.today)
    if any(item.key == POWER_OF_ATTORNEY for item in lacking):
        return (Refusal(Code.PROXY_WITHOUT_POWER, "items"),)
    return (Refusal(Code.DOCUMENTS_MISSING, "items", {"count": len(lacking)}),) if lacking else ()


def lacking_items(regulations: Regulations, given: Given, today: date) -> tuple[RequirementItem, ...]:
    """Required documents that are not here in the form asked for."""
    items = required_items(regulations, given, today)
    wanted = {item.key: item for item in items}
    here = [item.key for item in given.items if item.key in wanted and item.meets(wanted[item.key])]
    return missing(items, here)


def _open_case(given: Given) -> tuple[Refusal, ...]:
    row = Case.get_or_none(
        (Case.issuing_state == given.issuing_state) & (Case.passport_no == given.passport_no) & Case.ended_at.is_null()
    )
    if row is None:
        return ()
    return (Refusal(Code.PASSPORT_HAS_OPEN_CASE, "passport_no", {"application_no": row.application_no}),)


def _zone_findings(given: Given, today: date) -> tuple[str, ...]:
    zone = parse("\n".join(given.mrz), today=today) if given.mrz else None
    if not isinstance(zone, Mrz):
        return (finding_text.written("identity_typed"),)
    return tuple(finding_text.written("mrz_unsound", {"field": field}) for field in sorted(doubtful_fields(zone)))


def _received(look: Look, given: Given) -> tuple[contents.Received, ...]:
    names = {item.key: item.name for item in look.regulations.items}
    return tuple(
        contents.Received(names[item.key], form, item.pages if form == "original" or not item.original else 0)
        for item in given.items
        if item.key in names
        for form, here in (("original", item.original), ("copy", item.copy))
        if here
    )


def holder_on_paper(given: Given, today: date) -> contents.Holder:
    """The applicant as the papers of this step name them."""
    zone = parse("\n".join(given.mrz), today=today) if given.mrz else None
    mrz_name = zone.full_name if isinstance(zone, Mrz) else ""
    return contents.Holder(given.holder_name, mrz_name, given.nationality, given.sex, given.born.shown())


def clerk(look: Look) -> contents.Clerk:
    """The officer at this counter, for papers."""
    return contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal)


def _appointment(look: Look) -> contents.Appointment:
    """Payment, portrait and fingers: from the opening of the next working day; steps 2 to 6 are 30 minutes of work."""
    calendar = Calendar(look.regulations)
    return contents.Appointment(_both("intake.appointment"), calendar.opening(calendar.add_working_days(look.today, 1)))


def _both(key: str) -> Bilingual:
    return Bilingual(say(Language.INDONESIAN, key), say(Language.ENGLISH, key))
