"""Step 2, data_entry: what the office knows of the applicant, read from the passport's machine readable zone first.

SOP row 2; the fields and checks of domain.md 3.0. Regulations: visas, stays, kinds, office (territory), on the day the
file was taken in. What can't be right blocks; what steps 4 and 6 should know is handed on as findings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from db.tables import Case
from kiosk import finding_text
from kiosk.applicant import ApplicantData, SponsorBasis
from kiosk.applicant_checks import check_data
from kiosk.cases.duplicates import OtherCase, other_cases, sponsored_by
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look, Work
from kiosk.clock import office_day
from kiosk.formats import mask_passport, numeric_date
from kiosk.mrz import Mrz, parse
from kiosk.passport_check import check_against_zone, zone_findings
from kiosk.permits import Filing, Finding, assess_filing
from kiosk.refusals import Code, Refusal
from kiosk.regulations import ApplicationKind, VisaIndex
from kiosk.steps import intake

KEY = "data_entry"
SPONSORED_SINCE_DAYS = 180
"""The longest stay of a visit permit: whoever was sponsored before has left or been extended since."""
_FIELDS = {
    "extension_no": "extensions_before",
    "passport_expires": "expires",
    "birth": "born",
    "sponsor": "sponsor_basis",
}
"""Fields of a Filing that have another name at this step."""


@dataclass(frozen=True, slots=True)
class Given:
    """All of step 2. `retyped` holds by field what was typed again where a check digit fails; `confirmed` names the
    fields that the passport really prints otherwise than its zone."""

    data: ApplicantData
    retyped: Mapping[str, str] = field(default_factory=dict)
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Produced:
    """`findings` (texts of kiosk.finding_text, step 1's included) are for steps 4 and 6; they block nothing."""

    data: ApplicantData
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen begins with. `zone` is what the counter's MRZ says, None where it was typed."""

    received: intake.Produced
    zone: Mrz | None
    kind: ApplicationKind
    visas: tuple[VisaIndex, ...]
    regencies: tuple[str, ...]
    others: tuple[OtherCase, ...]
    today: date


def prepare(look: Look, case: CaseFile) -> Prepared:
    received = case.need(intake.KEY, intake.Produced)
    others = other_cases(
        case.id,
        name=received.holder_name,
        born=received.born,
        issuing_state=received.issuing_state,
        passport_no=received.passport_no,
    )
    rules = look.regulations
    kind, regencies = rules.kind(case.kind), rules.territory.regencies
    return Prepared(received, read_zone(received.mrz, look.today), kind, rules.visas, regencies, others, look.today)


def read_zone(lines: tuple[str, ...], today: date) -> Mrz | None:
    """The zone in these lines, None where there is none that can be read."""
    zone = parse("\n".join(lines), today=today) if lines else None
    return zone if isinstance(zone, Mrz) else None


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    data = given.data
    specimens = look.kit.settings.office.demo
    return _once(
        (
            *check_data(data, look.today, specimens=specimens),
            *_zone(given, look.today),
            *_visa(case, data),
            *(found.refusal for found in assess(look, case, data) if found.blocks),
            *_other_open_case(case, data),
        )
    )


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    data = given.data
    work.changes.update(
        holder_name=data.holder.name,
        nationality=data.holder.nationality,
        issuing_state=data.passport.issuing_state,
        passport_no=data.passport.number,
        permit_expiry=data.stay.permit_expires,
        sponsor_no=_sponsor_no(data),
    )
    work.names(data.holder.name, data.holder.name_viz, *data.holder.former_names)
    received = case.need(intake.KEY, intake.Produced)
    warnings = (finding_text.keep(found.refusal) for found in assess(work.look, case, data) if not found.blocks)
    zone = read_zone(data.passport.mrz, work.today)
    in_zone = zone_findings(zone, data.holder, data.passport) if zone else (finding_text.written("identity_typed"),)
    findings = finding_text.merged(
        received.findings,
        warnings,
        in_zone,
        _since_step_1(received, data),
        _duplicates(case, data),
        _sponsored(work, case, data),
    )
    return Produced(data, findings)


def assess(look: Look, case: CaseFile, data: ApplicantData) -> tuple[Finding, ...]:
    """What the permit's rules find, by the rules of the day the file was taken in."""
    stay, request = data.stay, data.request
    filing = Filing(
        kind=case.kind,
        on=office_day(case.opened_at),
        permit_expires=stay.permit_expires,
        passport_expires=data.passport.expires,
        days=request.days,
        visa_index=stay.visa_index,
        arrived=stay.arrived,
        granted_days=stay.granted_days,
        extension_no=stay.extensions_before + 1,
        nationality=data.holder.nationality,
        birth=data.holder.born,
        has_guardian=bool(request.guardian_name.strip()),
        sponsor=data.sponsor.basis,
        regency=data.address.regency,
        free_page=data.passport.free_page,
    )
    return tuple(_renamed(found) for found in assess_filing(look.regulations, filing))


def _renamed(found: Finding) -> Finding:
    refusal = found.refusal
    return Finding(
        found.severity, Refusal(refusal.code, _FIELDS.get(refusal.field or "", refusal.field), refusal.details)
    )


def _once(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """The first thing that is wrong with a field is said; what follows from it is not."""
    first: dict[object, Refusal] = {}
    for refusal in refusals:
        first.setdefault(refusal.field or refusal.code, refusal)
    return tuple(first.values())


def _zone(given: Given, today: date) -> tuple[Refusal, ...]:
    data = given.data
    if not data.passport.mrz:
        return ()
    zone = parse("\n".join(data.passport.mrz), today=today)
    if not isinstance(zone, Mrz):
        return tuple(Refusal(refusal.code, "mrz", refusal.details) for refusal in zone.refusals)
    return check_against_zone(zone, data.holder, data.passport, retyped=given.retyped, confirmed=given.confirmed)


def _visa(case: CaseFile, data: ApplicantData) -> tuple[Refusal, ...]:
    """Only a child born here has no visa."""
    if case.kind == "newborn" or data.stay.visa_index.strip():
        return ()
    return (Refusal(Code.FIELD_REQUIRED, "visa_index"),)


def _other_open_case(case: CaseFile, data: ApplicantData) -> tuple[Refusal, ...]:
    row = Case.get_or_none(
        (Case.issuing_state == data.passport.issuing_state)
        & (Case.passport_no == data.passport.number)
        & Case.ended_at.is_null()
        & (Case.id != case.id)
    )
    if row is None:
        return ()
    return (Refusal(Code.PASSPORT_HAS_OPEN_CASE, "number", {"application_no": row.application_no}),)


def _since_step_1(received: intake.Produced, data: ApplicantData) -> tuple[str, ...]:
    """Where the data differ from what the counter wrote."""
    pairs = (
        ("number", received.passport_no, data.passport.number),
        ("expires", numeric_date(received.passport_expires), numeric_date(data.passport.expires)),
        ("born", received.born.shown(), data.holder.born.shown()),
        ("nationality", received.nationality, data.holder.nationality),
        ("sex", received.sex, str(data.holder.sex)),
        ("permit_expires", numeric_date(received.permit_expires), numeric_date(data.stay.permit_expires)),
        ("days", str(received.days_requested), str(data.request.days)),
    )
    return tuple(
        finding_text.written("intake_differs", {"field": name, "before": before})
        for name, before, now in pairs
        if before != now
    )


def _sponsor_no(data: ApplicantData) -> str:
    """The guarantor's NIK, NIB or NPWP in digits; '' where there is none."""
    if data.sponsor.basis is SponsorBasis.NONE:
        return ""
    return "".join(char for char in data.sponsor.identity_no if char.isdigit())[:20]


def _sponsored(work: Work, case: CaseFile, data: ApplicantData) -> tuple[str, ...]:
    """Told where the guarantor stands for more foreigners than the soft limit."""
    since = work.now - timedelta(days=SPONSORED_SINCE_DAYS)
    passport = (data.passport.issuing_state, data.passport.number)
    count = 1 + sponsored_by(case.id, _sponsor_no(data), passport, since)
    most = work.look.regulations.sponsor.most_foreigners
    if count <= most:
        return ()
    return (finding_text.written("sponsor_of_many", {"count": str(count), "most": str(most)}),)


def _duplicates(case: CaseFile, data: ApplicantData) -> tuple[str, ...]:
    others = other_cases(
        case.id,
        name=data.holder.name,
        born=data.holder.born,
        issuing_state=data.passport.issuing_state,
        passport_no=data.passport.number,
    )
    return tuple(
        finding_text.written(
            "duplicate_ended" if other.ended else "duplicate_open",
            {"application_no": other.application_no, "passport": mask_passport(other.passport_no)},
        )
        for other in others
    )
