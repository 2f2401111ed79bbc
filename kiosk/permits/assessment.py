"""The examination of a filing at steps 1, 2 and 6: everything that blocks it or that the officer must be told.

Sources: domain rules of the dated tables (kinds, stays, money, office). What isn't known yet at a step (None or empty)
is not looked at, so that the counter can ask with what is on the passport.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.applicant import SponsorBasis
from kiosk.formats import numeric_date, rupiah
from kiosk.partial_date import PartialDate
from kiosk.permits.age import needs_guardian
from kiosk.permits.dates import add_months
from kiosk.permits.filing import filing_window
from kiosk.permits.findings import Finding, block, by, warn
from kiosk.permits.overstay import overstay_charge, overstay_days
from kiosk.permits.stay import Permit, ceiling_day, last_day_of_stay
from kiosk.refusals import Code
from kiosk.regulations.model import ApplicationKind, Approver, Regulations, Source, StayRule
from kiosk.working_calendar import Calendar

LAST_DAYS = 3
"""From this many calendar days before the window closes the officer is warned."""

_HIGHER: dict[Approver, Code] = {
    "regional_office": Code.NEEDS_REGIONAL_OFFICE,
    "directorate": Code.NEEDS_DIRECTORATE,
}


@dataclass(frozen=True, slots=True)
class Filing:
    """What is asked for on the day `on`, as far as it is known.

    `permit_expires` is the last day of the permit held; of a newborn child, which holds none, the day of birth.
    `granted_days` is the stay given on arrival, `extension_no` the number of the extension asked for (1 for the first).
    `protected_since` is the day from which filing and payment in time protect against overstay.
    """

    kind: str
    on: date
    permit_expires: date
    passport_expires: date
    days: int
    visa_index: str = ""
    arrived: date | None = None
    granted_days: int = 0
    extension_no: int = 1
    nationality: str = ""
    birth: PartialDate | None = None
    has_guardian: bool = False
    sponsor: SponsorBasis | None = None
    regency: str = ""
    free_page: bool = True
    protected_since: date | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A filing with what the tables say about it."""

    regulations: Regulations
    filing: Filing
    kind: ApplicationKind
    source: Source | None
    rule: StayRule | None

    @property
    def is_extension(self) -> bool:
        return self.kind.report == "extension"

    @property
    def is_birth(self) -> bool:
        return self.kind.grants_as == "birth"


def assess_filing(regulations: Regulations, filing: Filing) -> tuple[Finding, ...]:
    """Everything found about the filing, what blocks first. An empty tuple: nothing stands against it."""
    kind = next((kind for kind in regulations.kinds if kind.code == filing.kind), None)
    if kind is None:
        return (block(Code.KIND_UNKNOWN, "kind"),)
    if filing.on < kind.valid_from:
        return (block(Code.KIND_NOT_YET, "kind", since=numeric_date(kind.valid_from)),)
    source = source_of(regulations, kind, filing.visa_index)
    origin = kind.grants_as or source
    rule = regulations.stay(origin, filing.on) if origin else None
    case = _Case(regulations, filing, kind, source, rule)
    findings = [finding for check in _CHECKS for finding in check(case)]
    return tuple(sorted(findings, key=lambda finding: not finding.blocks))


def source_of(regulations: Regulations, kind: ApplicationKind, visa_index: str) -> Source | None:
    """How the permit held came about: from the visa's index, else from the kind if it leaves one possibility."""
    visa = regulations.visa(visa_index) if visa_index else None
    if visa is not None:
        return visa.source
    return kind.sources[0] if len(kind.sources) == 1 else None


def in_territory(regulations: Regulations, regency: str) -> bool:
    """True if the kabupaten or kota is one of this office's; "Kabupaten", "Kab." and "Kota" may be left out."""
    return _plain(regency) in {_plain(name) for name in regulations.territory.regencies}


def _visa(case: _Case) -> Iterator[Finding]:
    if case.is_birth:
        return
    index = case.filing.visa_index
    visa = case.regulations.visa(index) if index else None
    if index and visa is None:
        yield warn(Code.VISA_INDEX_UNKNOWN, "visa_index")
    if visa is not None and not visa.listed:
        yield warn(Code.VISA_INDEX_UNLISTED, "visa_index", index=visa.index)
    if case.source is not None and case.source not in case.kind.sources:
        code = Code.VISA_NOT_EXTENDABLE if case.source == "visa_exempt" else Code.KIND_DOES_NOT_FIT_VISA
        yield block(code, "visa_index", visa=visa.index if visa else "")


def _extension(case: _Case) -> Iterator[Finding]:
    rule, filing = case.rule, case.filing
    if rule is None or (case.source is not None and case.source not in case.kind.sources):
        return
    if case.is_extension and not rule.offered:
        yield block(Code.VISA_NOT_EXTENDABLE, "visa_index", visa=filing.visa_index)
        return
    if case.is_extension and rule.max_extensions is not None and filing.extension_no > rule.max_extensions:
        yield block(Code.NO_EXTENSION_LEFT, "extension_no", ceiling=rule.ceiling_days)
    if filing.days not in rule.offered:
        offered = ", ".join(str(days) for days in rule.offered)
        yield block(Code.DAYS_NOT_OFFERED, "days", days=filing.days, offered=offered)
    elif case.regulations.tariff(case.kind.tariff_kind, filing.days, filing.on) is None:
        day = numeric_date(filing.on)
        yield block(Code.TARIFF_MISSING, "days", kind=case.kind.tariff_kind, days=filing.days, day=day)


def _approval(case: _Case) -> Iterator[Finding]:
    calling = case.regulations.calling_visa
    approver: Approver = "office_head"
    if case.rule is not None and case.is_extension:
        approver = case.rule.approver(case.filing.extension_no)
    if case.filing.nationality in calling.nationalities:
        approver = calling.approver
    if approver in _HIGHER:
        yield warn(_HIGHER[approver], "kind")


def _arrival(case: _Case) -> Iterator[Finding]:
    arrived, filing = case.filing.arrived, case.filing
    if arrived is None or case.is_birth:
        return
    if arrived > filing.on:
        yield block(Code.DATE_TOO_LATE, "arrived", limit=numeric_date(filing.on))
    elif arrived > filing.permit_expires:
        yield block(Code.DATE_TOO_LATE, "arrived", limit=numeric_date(filing.permit_expires))
    elif filing.granted_days and filing.extension_no == 1:
        expected = last_day_of_stay(arrived, filing.granted_days, case.regulations.counting)
        if expected != filing.permit_expires:
            yield warn(Code.STAY_DATES_DISAGREE, "permit_expires", expected=numeric_date(expected))


def _ceiling(case: _Case) -> Iterator[Finding]:
    filing, rule = case.filing, case.rule
    arrived = filing.permit_expires if case.kind.grants_as else filing.arrived
    if rule is None or arrived is None:
        return
    permit = Permit(rule.source, arrived, filing.permit_expires, filing.extension_no)
    last = ceiling_day(case.kind, permit, rule, case.regulations.counting)
    if last <= filing.permit_expires:
        yield block(Code.NO_EXTENSION_LEFT, "days", ceiling=rule.ceiling_days)
    elif last < filing.permit_expires + timedelta(days=filing.days):
        days = (last - filing.permit_expires).days
        yield warn(Code.CEILING_CUTS, "days", days=days, ceiling=rule.ceiling_days, until=numeric_date(last))


def _window(case: _Case) -> Iterator[Finding]:
    filing, on = case.filing, case.filing.on
    window = filing_window(case.regulations, filing.kind, filing.permit_expires, on)
    if window is None or overstay_days(case.regulations, filing.permit_expires, on, filing.protected_since):
        return
    closes = numeric_date(window.closes)
    if on < window.opens:
        yield by(window.rule.early, Code.FILING_TOO_EARLY, "permit_expires", opens=numeric_date(window.opens))
    elif on > window.closes:
        yield by(window.rule.late, Code.FILING_TOO_LATE, "permit_expires", closes=closes)
    elif window.days_left(on) <= LAST_DAYS:
        yield warn(Code.FILING_LAST_DAYS, "permit_expires", days=window.days_left(on), closes=closes)
    if on <= filing.permit_expires and not Calendar(case.regulations).is_working_day(filing.permit_expires):
        last = numeric_date(window.last_working_day)
        yield warn(Code.EXPIRES_ON_DAY_OFF, "permit_expires", last_working_day=last)


def _overstay(case: _Case) -> Iterator[Finding]:
    if case.is_birth:
        return
    filing = case.filing
    days = overstay_days(case.regulations, filing.permit_expires, filing.on, filing.protected_since)
    charge = overstay_charge(case.regulations, days, filing.on)
    if charge is None:
        return
    if charge.payable:
        amount = rupiah(charge.amount)
        yield warn(Code.OVERSTAY_PAYABLE, "permit_expires", days=days, amount=amount, basis=charge.rate.basis)
    else:
        limit = charge.rate.payable_below_days
        yield block(Code.OVERSTAY_TOO_LONG, "permit_expires", days=days, limit=limit)


def _newborn(case: _Case) -> Iterator[Finding]:
    rule = case.regulations.newborn
    if case.is_birth and case.filing.on > case.filing.permit_expires + timedelta(days=rule.file_within_days):
        yield warn(Code.NEWBORN_LATE, "birth", days=rule.file_within_days)


def _passport(case: _Case) -> Iterator[Finding]:
    filing, rule = case.filing, case.regulations.passport
    expires, until = filing.passport_expires, filing.permit_expires + timedelta(days=filing.days)
    if not filing.free_page:
        yield block(Code.PASSPORT_FULL, "free_page")
    if expires < filing.on:
        yield block(Code.PASSPORT_EXPIRED, "passport_expires", expired=numeric_date(expires))
    elif expires <= filing.permit_expires:
        yield block(Code.PASSPORT_ENDS_FIRST, "passport_expires")
    elif expires < until:
        details = {"expires": numeric_date(expires), "until": numeric_date(until)}
        yield by(rule.shorter_than_permit, Code.PASSPORT_SHORTER_THAN_PERMIT, "passport_expires", **details)
    elif expires < add_months(filing.on, rule.warn_months):
        yield warn(Code.PASSPORT_SHORT_OF_MONTHS, "passport_expires", months=rule.warn_months)


def _person(case: _Case) -> Iterator[Finding]:
    filing = case.filing
    if filing.birth is None:
        return
    if filing.birth.earliest > filing.on:
        yield block(Code.DATE_TOO_LATE, "birth", limit=numeric_date(filing.on))
    elif not filing.has_guardian and needs_guardian(case.regulations, filing.birth, filing.on):
        yield block(Code.GUARDIAN_NEEDED, "guardian_name")


def _sponsor(case: _Case) -> Iterator[Finding]:
    sponsor = case.filing.sponsor
    if sponsor is not None and sponsor not in case.kind.sponsor_bases:
        yield block(Code.SPONSOR_DOES_NOT_FIT, "sponsor")


def _territory(case: _Case) -> Iterator[Finding]:
    territory = case.regulations.territory
    if case.filing.regency and not in_territory(case.regulations, case.filing.regency):
        yield by(territory.outside, Code.OUTSIDE_TERRITORY, "regency")


_CHECKS: tuple[Callable[[_Case], Iterator[Finding]], ...] = (
    _visa,
    _extension,
    _arrival,
    _overstay,
    _window,
    _ceiling,
    _newborn,
    _passport,
    _person,
    _sponsor,
    _territory,
    _approval,
)


def _plain(regency: str) -> str:
    words = regency.casefold().replace(".", " ").split()
    return " ".join(words[1:] if words[:1] in (["kabupaten"], ["kab"], ["kota"]) else words)
