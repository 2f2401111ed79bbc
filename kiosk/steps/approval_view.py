"""What the authorised official of step 6 sees: the whole case in one value, read and computed once."""

from dataclasses import dataclass
from datetime import date

from db.tables import Nonconformity
from kiosk.applicant import ApplicantData
from kiosk.bilingual import Bilingual
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look
from kiosk.finding_text import merged
from kiosk.money import charges
from kiosk.money.charges import Charge
from kiosk.permits import overstay_charge, stay_days
from kiosk.regulations import Approver
from kiosk.steps import approval, data_entry, intake, scanning, verification, watchlist


@dataclass(frozen=True, slots=True)
class Offer:
    """What granting `days` would give: how many really, until when, and what cuts it short."""

    days: int
    granted: int
    valid_from: date
    valid_until: date
    caps: tuple[str, ...]
    ceiling_days: int


@dataclass(frozen=True, slots=True)
class Overstay:
    """Days counted to the day of filing and what they cost; not `payable` at the counter: Wasdakim."""

    days: int
    amount: int
    payable: bool
    basis: str


@dataclass(frozen=True, slots=True)
class Past:
    """A finding of SOP Ketidaksesuaian that was decided."""

    step: str
    category: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The case for step 6. `days_left` of the old permit as of today, below zero once it has ended."""

    application_no: str
    kind: Bilingual
    data: ApplicantData
    filed: date
    extension_no: int
    stayed_days: int
    days_left: int
    overstay: Overstay | None
    verdict: str
    list_version: str
    cleared: int
    verification: verification.Produced
    verified_by: str
    entered_by: str
    scanned: tuple[tuple[str, int], ...]
    scans_owed: tuple[str, ...]
    findings: tuple[str, ...]
    past: tuple[Past, ...]
    offer: Offer | None
    lengths: tuple[Offer, ...]
    bill: tuple[Charge, ...]
    approver: Approver
    is_birth: bool


def summary(look: Look, case: CaseFile) -> Summary:
    """Everything steps 1 to 5 found. Within a unit of work."""
    entered = case.need(data_entry.KEY, data_entry.Produced)
    received = case.need(intake.KEY, intake.Produced)
    screened = case.need(watchlist.KEY, watchlist.Produced)
    scans = case.need(scanning.KEY, scanning.Produced)
    data, expires = entered.data, entered.data.stay.permit_expires
    offer = _offer(look, case, data, data.request.days)
    over = _overstay(look, case, data)
    return Summary(
        application_no=case.application_no,
        kind=look.regulations.kind(case.kind).name,
        data=data,
        filed=approval.filing_day(case),
        extension_no=data.stay.extensions_before + 1,
        stayed_days=stay_days(data.stay.arrived, look.today, look.regulations.counting),
        days_left=(expires - look.today).days,
        overstay=over,
        verdict=screened.verdict,
        list_version=screened.list_version,
        cleared=len(screened.cleared),
        verification=case.need(verification.KEY, verification.Produced),
        verified_by=case.runs[verification.KEY].officer_name,
        entered_by=case.runs[data_entry.KEY].officer_name,
        scanned=_counted(scans),
        scans_owed=scanning.debt(case),
        findings=merged(received.findings, entered.findings),
        past=_past(case),
        offer=offer,
        lengths=_lengths(look, case, data, offer),
        bill=_bill(look, case, offer, over),
        approver=approval.approver(look, case, data),
        is_birth=approval.is_birth(look, case),
    )


def _offer(look: Look, case: CaseFile, data: ApplicantData, days: int) -> Offer | None:
    granted = approval.grant_for(look, case, data, days)
    if granted is None:
        return None
    caps = tuple(str(cap) for cap in granted.caps)
    ceiling = granted.rule.ceiling_days
    return Offer(days, granted.days, granted.valid_from, granted.valid_until, caps, ceiling)


def _lengths(look: Look, case: CaseFile, data: ApplicantData, offer: Offer | None) -> tuple[Offer, ...]:
    """The lengths that may be granted, up to what was asked for."""
    granted = approval.grant_for(look, case, data, data.request.days)
    if granted is None or offer is None:
        return ()
    offered = (days for days in granted.rule.offered if days <= data.request.days)
    found = (_offer(look, case, data, days) for days in offered)
    return tuple(one for one in found if one is not None and one.granted)


def _overstay(look: Look, case: CaseFile, data: ApplicantData) -> Overstay | None:
    charge = overstay_charge(look.regulations, approval.overstay(look, case, data), look.today)
    return None if charge is None else Overstay(charge.days, charge.amount, charge.payable, charge.rate.basis)


def _bill(look: Look, case: CaseFile, offer: Offer | None, over: Overstay | None) -> tuple[Charge, ...]:
    """The bill if what was asked for is granted as far as it goes; () where no tariff is released."""
    if offer is None or not offer.granted:
        return ()
    try:
        return approval.bill(look, case, offer.granted, over.days if over and over.payable else 0)
    except charges.TariffMissing:
        return ()


def _counted(scans: scanning.Produced) -> tuple[tuple[str, int], ...]:
    kinds = dict.fromkeys(scan.kind for scan in scans.scans)
    return tuple((kind, sum(scan.kind == kind for scan in scans.scans)) for kind in kinds)


def _past(case: CaseFile) -> tuple[Past, ...]:
    query = Nonconformity.select().where((Nonconformity.case == case.id) & (Nonconformity.outcome != ""))
    return tuple(Past(row.raised_step, row.category, row.outcome, row.note) for row in query.order_by(Nonconformity.id))
