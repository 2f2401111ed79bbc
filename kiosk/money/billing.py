"""State billing codes of a case (SIMPONI kode billing): recorded, expiring after seven days, re-issued with history.

Sources: domain.md 2.2. The code itself is made by the state's billing system; this office records it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from db.tables import Billing, Case, Payment
from kiosk import audit
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look
from kiosk.clock import WIB, office_day
from kiosk.identifiers import billing_code
from kiosk.money.methods import billing_day, billing_day_doubtful
from kiosk.money.states import PAID
from kiosk.refusals import Code, Refusal, Refused, refused

LIFE = timedelta(days=7)
"""From issue to expiry, to the second: a sample issued 22-09-2022 07:21:16 expires 29-09-2022 07:21:16."""


@dataclass(frozen=True, slots=True)
class BillingCode:
    """A recorded code. `replaced` once another was issued in its place."""

    code: str
    amount: int
    issued_at: datetime
    expires_at: datetime
    replaced: bool

    def payable_at(self, moment: datetime) -> bool:
        return not self.replaced and moment <= self.expires_at


@dataclass(frozen=True, slots=True)
class UnpaidBilling:
    """A code that waits to be paid, of a case that waits for its payment."""

    case_id: int
    application_no: str
    code: BillingCode


def record(
    look: Look, case: CaseFile, typed: str, amount: int, issued_at: datetime | None = None
) -> BillingCode | Refused:
    """Record a code issued for a case; the case's earlier code is replaced by it. Within a writing unit of work."""
    code = billing_code(typed)
    if isinstance(code, Refusal):
        return refused(Code.BILLING_CODE_FORM, "billing_code")
    if Billing.get_or_none(Billing.code == code) is not None:
        return refused(Code.BILLING_CODE_USED, "billing_code")
    if amount <= 0:
        return refused(Code.FIELD_NOT_A_NUMBER, "amount")
    issued = issued_at or _likely_issue(code, look.now)
    before = Billing.select().where(Billing.case == case.id).order_by(Billing.id.desc()).first()
    row = Billing.create(
        case=case.id, code=code, amount=amount, issued_at=issued, expires_at=issued + LIFE, replaces=before
    )
    action = "billing_recorded" if before is None else "billing_reissued"
    audit.append(look.now, look.signer, action, f"case:{case.id}", {"billing": row.id})
    return BillingCode(code, amount, issued, row.expires_at, replaced=False)


def _likely_issue(code: str, now: datetime) -> datetime:
    """When a code was issued, where nobody says: the beginning of the day in its digits, if that lies in the last week.

    The true moment can only be later, so a code is never taken for good longer than it is.
    """
    day = billing_day(code)
    if day is None or billing_day_doubtful(code, now) or day == office_day(now):
        return now
    return datetime(day.year, day.month, day.day, tzinfo=WIB)


def of_case(case_id: int) -> tuple[BillingCode, ...]:
    """Every code of a case, newest first. Within a unit of work."""
    rows = list(Billing.select().where(Billing.case == case_id).order_by(Billing.id.desc()))
    replaced = {row.replaces_id for row in rows}
    return tuple(BillingCode(r.code, r.amount, r.issued_at, r.expires_at, r.id in replaced) for r in rows)


def known(code: str) -> tuple[int, BillingCode] | None:
    """The case of a recorded code, and the code. Within a unit of work."""
    row = Billing.get_or_none(Billing.code == code)
    if row is None:
        return None
    replaced = Billing.get_or_none(Billing.replaces == row.id) is not None
    return row.case_id, BillingCode(row.code, row.amount, row.issued_at, row.expires_at, replaced)


def unpaid(limit: int) -> tuple[UnpaidBilling, ...]:
    """The newest code of every open case that nobody has paid, soonest expiry first. Within a unit of work."""
    later = Billing.alias()
    newer = later.select().where(later.replaces == Billing.id)
    paid = Payment.select().where((Payment.case == Billing.case) & Payment.state.in_(sorted(PAID)))
    query = (
        Billing.select(Billing, Case)
        .join(Case)
        .where(Case.ended_at.is_null() & ~fn.EXISTS(newer) & ~fn.EXISTS(paid))
        .order_by(Billing.expires_at, Billing.id)
        .limit(limit)
    )
    return tuple(
        UnpaidBilling(
            row.case_id,
            row.case.application_no,
            BillingCode(row.code, row.amount, row.issued_at, row.expires_at, False),
        )
        for row in query
    )
