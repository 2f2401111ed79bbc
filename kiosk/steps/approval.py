"""Step 6, approval: the whole case under the eyes of the authorised official, and his paraf.

SOP row 6 (Lalintuskim, pejabat berwenang; "Masalah?"). Three ways out: approve (this module's completion), SOP
Ketidaksesuaian (kiosk.steps.nonconformity), refuse with a written reason (`refuse`); and a case that Kanwil or the
Direktorat Jenderal decides waits for them (`wait_for_superior`). Regulations: stays, overstay and calling visa of the
day of filing; the released tariff of the day of approval, frozen with its basis. Never the person who cleared a
possible hit at step 3 (the engine and the database hold that).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kiosk.applicant import ApplicantData
from kiosk.cases import engine
from kiosk.cases.engine import REASON_MINIMUM
from kiosk.cases.model import Act, CaseFile, Claim, Moved, Status
from kiosk.cases.work import Look, Work
from kiosk.clock import office_day
from kiosk.formats import numeric_date
from kiosk.money import charges, tariff
from kiosk.money.charges import Charge
from kiosk.permits import Grant, Permit, grant, overstay_charge, overstay_days, source_of
from kiosk.refusals import Code, Refusal, Refused
from kiosk.regulations import Approver
from kiosk.steps import data_entry
from kiosk.text import clean, clean_lines
from kiosk.words import Language, say

if TYPE_CHECKING:
    from kiosk.desk import Desk
    from kiosk.steps.approval_view import Summary

KEY = "approval"
APPROVED = "approved"
INITIAL_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Given:
    """The approval. `initial` is the paraf; `overstay_days` and `overstay_reason` confirm the count of an overstay.

    `superior_no` and `superior_date` name the decision of Kanwil or Direktorat Jenderal where the regulation asks for
    one; `parents_until` is the last day of the parents' permit, for a child born here.
    """

    days: int
    initial: str
    note: str = ""
    overstay_days: int = 0
    overstay_reason: str = ""
    superior_no: str = ""
    superior_date: date | None = None
    parents_until: date | None = None


@dataclass(frozen=True, slots=True)
class Produced:
    """The permit granted and what it costs, frozen. `caps` say why it is shorter than what was asked for."""

    decision: str
    initial: str
    days_granted: int
    valid_from: date
    valid_until: date
    caps: tuple[str, ...]
    charges: tuple[Charge, ...]
    total: int
    note: str
    approver: str = "office_head"
    superior_no: str = ""
    superior_date: date | None = None
    overstay_reason: str = ""


def prepare(look: Look, case: CaseFile) -> "Summary":
    """The case as the authorised official sees it."""
    from kiosk.steps.approval_view import summary

    return summary(look, case)


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    data = case.need(data_entry.KEY, data_entry.Produced).data
    blocked = tuple(found.refusal for found in data_entry.assess(look, case, data) if found.blocks)
    return (
        *blocked,
        *_parents(look, case, given),
        *_days(look, case, data, given),
        *_overstay(look, case, data, given),
        *_superior(look, case, data, given),
        *_bill_missing(look, case, data, given),
        *_initial(given),
    )


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    look, data = work.look, case.need(data_entry.KEY, data_entry.Produced).data
    granted = grant_for(look, case, data, given.days, given.parents_until)
    asked = grant_for(look, case, data, data.request.days, given.parents_until)
    assert granted is not None and asked is not None, "check refuses what no rule grants"  # noqa: PT018
    frozen = bill(look, case, given.days, given.overstay_days)
    level = approver(look, case, data)
    return Produced(
        decision=APPROVED,
        initial=clean(given.initial),
        days_granted=granted.days,
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        caps=tuple(str(cap) for cap in asked.caps),
        charges=frozen,
        total=charges.total(frozen),
        note=clean_lines(given.note),
        approver=level,
        superior_no=clean(given.superior_no) if level != "office_head" else "",
        superior_date=given.superior_date if level != "office_head" else None,
        overstay_reason=clean_lines(given.overstay_reason) if given.overstay_days else "",
    )


def refuse(desk: "Desk", case_id: int, reason: str, *, key: str, claim: Claim | None = None) -> Moved | Refused:
    """End the application at step 6 with a written reason; the passport goes to hand-over."""
    return _decided(desk, case_id, Act.REFUSE, reason, key, claim)


def wait_for_superior(
    desk: "Desk", case_id: int, reason: str, *, key: str, claim: Claim | None = None
) -> Moved | Refused:
    """Hold the case until Kanwil or the Direktorat Jenderal has decided; the promise pauses."""
    return _decided(desk, case_id, Act.HOLD, reason, key, claim, hold=Status.WAITING_SUPERIOR)


def _decided(
    desk: "Desk", case_id: int, what: Act, reason: str, key: str, claim: Claim | None, hold: Status | None = None
) -> Moved | Refused:
    look = desk.look()

    def then(work: Work) -> None:
        from kiosk import steps

        engine.require_may_complete(look, case_id, steps.rules(KEY), claim.token if claim else None)

    return engine.act(desk.office.store, look, case_id, what, key=key, reason=reason, hold=hold, then=then)


def filing_day(case: CaseFile) -> date:
    """The day whose rules of stay hold."""
    return office_day(case.opened_at)


def grant_for(
    look: Look, case: CaseFile, data: ApplicantData, days: int, parents_until: date | None = None
) -> Grant | None:
    """What `days` would give; None where no rule of stay fits the visa."""
    kind, stay = look.regulations.kind(case.kind), data.stay
    source = source_of(look.regulations, kind, stay.visa_index)
    if source is None:
        return None
    permit = Permit(source, stay.arrived, stay.permit_expires, stay.extensions_before + 1)
    return grant(
        look.regulations,
        kind,
        permit,
        days,
        passport_expires=data.passport.expires,
        on=filing_day(case),
        parents_until=parents_until,
    )


def approver(look: Look, case: CaseFile, data: ApplicantData) -> Approver:
    """Who decides: the Kakanim, or by the regulation in force a higher office."""
    calling = look.regulations.calling_visa
    if data.holder.nationality in calling.nationalities:
        return calling.approver
    granted = grant_for(look, case, data, data.request.days)
    if granted is None or look.regulations.kind(case.kind).report != "extension":
        return "office_head"
    return granted.rule.approver(data.stay.extensions_before + 1)


def is_birth(look: Look, case: CaseFile) -> bool:
    """A child born here: its permit can't outlast that of the parents."""
    return look.regulations.kind(case.kind).grants_as == "birth"


def overstay(look: Look, case: CaseFile, data: ApplicantData) -> int:
    """Calendar days of overstay on the day of filing, which protects from then on; 0 for a child born here."""
    if is_birth(look, case):
        return 0
    return overstay_days(look.regulations, data.stay.permit_expires, filing_day(case))


def bill(look: Look, case: CaseFile, days: int, days_over: int) -> tuple[Charge, ...]:
    """What is charged, at the released tariff of today. Within a unit of work.

    Raises TariffMissing; ValueError for an overstay that no money settles; LookupError without a rate.
    """
    beyond = charges.overstay_line(overstay_charge(look.regulations, days_over, look.today))
    kind = look.regulations.kind(case.kind).tariff_kind
    return charges.charges_for(kind, days, tariff.in_force(), look.today, beyond)


def _parents(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    if is_birth(look, case) and given.parents_until is None:
        yield Refusal(Code.PARENTS_PERMIT_NEEDED, "parents_until")


def _days(look: Look, case: CaseFile, data: ApplicantData, given: Given) -> Iterator[Refusal]:
    granted = grant_for(look, case, data, max(given.days, 0), given.parents_until)
    if granted is None:
        yield Refusal(Code.VISA_NOT_EXTENDABLE, "days", {"visa": data.stay.visa_index})
    elif given.days > data.request.days:
        yield Refusal(Code.DAYS_MORE_THAN_ASKED, "days", {"asked": data.request.days})
    elif given.days < 1 or granted.days < given.days:
        until = numeric_date(granted.valid_until)
        yield Refusal(Code.DAYS_ABOVE_LIMIT, "days", {"limit": granted.days, "until": until})


def _overstay(look: Look, case: CaseFile, data: ApplicantData, given: Given) -> Iterator[Refusal]:
    counted = overstay(look, case, data)
    if not counted and not given.overstay_days:
        return
    rule = look.regulations.overstay(look.today)
    if given.overstay_days < 0 or (rule is not None and given.overstay_days >= rule.payable_below_days):
        limit = rule.payable_below_days if rule else 0
        yield Refusal(Code.OVERSTAY_TOO_LONG, "overstay_days", {"days": given.overstay_days, "limit": limit})
    elif len(clean_lines(given.overstay_reason)) < REASON_MINIMUM:
        yield Refusal(Code.OVERSTAY_COUNT_UNCONFIRMED, "overstay_reason", {"days": counted})


def _superior(look: Look, case: CaseFile, data: ApplicantData, given: Given) -> Iterator[Refusal]:
    level = approver(look, case, data)
    if level == "office_head":
        return
    if not clean(given.superior_no) or given.superior_date is None:
        words = say(Language.INDONESIAN, f"permits.approver.{level}")
        yield Refusal(Code.SUPERIOR_DECISION_NEEDED, "superior_no", {"level": words})
    elif not filing_day(case) <= given.superior_date <= look.today:
        dates = {"from": numeric_date(filing_day(case)), "until": numeric_date(look.today)}
        yield Refusal(Code.SUPERIOR_DATE_WRONG, "superior_date", dates)


def _bill_missing(look: Look, case: CaseFile, data: ApplicantData, given: Given) -> Iterator[Refusal]:
    if given.days < 1:
        return
    try:
        bill(look, case, given.days, 0)
    except charges.TariffMissing as missing:
        details = {"kind": missing.kind, "days": missing.days, "day": numeric_date(missing.day)}
        yield Refusal(Code.TARIFF_MISSING, "days", details)


def _initial(given: Given) -> Iterator[Refusal]:
    initial = clean(given.initial)
    if not initial:
        yield Refusal(Code.FIELD_REQUIRED, "initial")
    elif len(initial) > INITIAL_LONGEST:
        yield Refusal(Code.FIELD_TOO_LONG, "initial", {"limit": INITIAL_LONGEST})
