"""Billing codes, NTPN and EDC batches beside our own payments: every line, and what a person must look at.

domain.md 2.3: differences are traced through statements and sub-ledgers, never by altering entries.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from peewee import fn

from db.tables import Billing, Ledger, Payment
from kiosk.money.methods import Method
from kiosk.money.reconcile import Difference, Entry, differences
from kiosk.money.states import PAID, UNANSWERED, State
from kiosk.reports import edc_file, treasury_file
from kiosk.reports.period import Period
from kiosk.reports.treasury_file import Deposited


class Finding(StrEnum):
    """What is wrong with a payment of ours by itself. Words: `reconcile.<value>`."""

    NO_NTPN = "no_ntpn"
    """Paid into the state account; the NTPN has not come yet."""
    UNDECIDED = "undecided"
    """Nobody knows yet what became of it."""
    BOOKS = "books"
    """The ledger's lines don't come to what the payment says."""
    BILLING_AMOUNT = "billing_amount"
    """Its billing code was recorded for another amount."""
    BANK_REF_TWICE = "bank_ref_twice"
    """Another payment carries the same NTB. A person looks: the number is unique within one bank only, and which bank
    it was is not on every slip (domain.md 2.2), so that it is no ground to turn an applicant away."""


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment with everything that others know it by."""

    reference: str
    at: datetime
    method: str
    amount: int
    state: str
    billing_code: str
    bank_ref: str
    ntpn: str
    invoice: str
    rrn: str
    batch: str
    edc: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class BillingLine:
    """A billing code issued in the period; `paid_by` is the payment's reference, empty if none came."""

    code: str
    amount: int
    issued_at: datetime
    expires_at: datetime
    replaced: bool
    paid_by: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    period: str
    payments: tuple[PaymentLine, ...]
    billing: tuple[BillingLine, ...]
    edc: tuple[Difference, ...] = ()
    edc_compared: int = 0
    """Lines of the EDC's file that were compared."""
    treasury: tuple[Difference, ...] = ()
    treasury_compared: int = 0
    """Lines of the treasury's file that were compared."""

    @property
    def agrees(self) -> bool:
        return not (self.edc or self.treasury) and not any(line.findings for line in self.payments)


def of_period(period: Period) -> Reconciliation:
    """Every payment that was paid, taken back or is undecided in a period. Within a unit of work."""
    decided = (Payment.decided_at >= period.since) & (Payment.decided_at < period.until)
    begun = (Payment.created_at >= period.since) & (Payment.created_at < period.until)
    rows = Payment.select().where(decided | (Payment.decided_at.is_null() & begun))
    codes = Billing.select().where((Billing.issued_at >= period.since) & (Billing.issued_at < period.until))
    return Reconciliation(period.name, _lines(rows), _billing(codes))


def of_shift(shift: int) -> Reconciliation:
    """The same for the payments of one shift; the billing codes that they used. Within a unit of work."""
    rows = list(Payment.select().where(Payment.shift == shift))
    used = Billing.select().where(Billing.code.in_([row.billing_code for row in rows if row.billing_code]))
    return Reconciliation(f"shift {shift}", _lines(rows), _billing(used))


def with_edc(found: Reconciliation, theirs: tuple[Entry, ...], *, by_terminal: bool) -> Reconciliation:
    """The same with the EDC's day file (`edc_file.read`) beside it. Pure."""
    devices = (Method.EDC_CARD, Method.EDC_QRIS)
    ours = [
        Entry(edc_file.key(line.invoice, line.edc if by_terminal else ""), line.amount, line.reference)
        for line in found.payments
        if line.method in devices and State(line.state).paid
    ]
    return replace(found, edc=differences(ours, theirs), edc_compared=len(theirs))


def with_treasury(found: Reconciliation, period: Period, theirs: tuple[Deposited, ...]) -> Reconciliation:
    """The same with the treasury's list (`treasury_file.read`) beside it. Within a unit of work."""
    differs = treasury_file.compare(treasury_file.ours(period, theirs), theirs)
    return replace(found, treasury=differs, treasury_compared=len(theirs))


def _lines(rows: Iterable[Payment]) -> tuple[PaymentLine, ...]:
    told = {*PAID, *UNANSWERED, State.REVERSED}
    kept = sorted((row for row in rows if State(row.state) in told), key=lambda row: row.id)
    books = _sums([row.id for row in kept])
    codes = {row.code: row.amount for row in _codes_of(kept)}
    twice = _carried_twice([row.bank_ref for row in kept if row.bank_ref])
    return tuple(_line(row, books.get(row.id, 0), codes.get(row.billing_code), row.bank_ref in twice) for row in kept)


def _carried_twice(bank_refs: list[str]) -> frozenset[str]:
    """Those of the NTB that more than one payment carries, of any day, none of them taken back."""
    live = Payment.state.in_([*PAID, *UNANSWERED])
    query = Payment.select(Payment.bank_ref).where(Payment.bank_ref.in_(bank_refs) & live)
    rows: Iterable[tuple[str]] = query.group_by(Payment.bank_ref).having(fn.COUNT(Payment.id) > 1).tuples()  # type: ignore[assignment]
    return frozenset(bank_ref for (bank_ref,) in rows)


def _line(row: Payment, in_books: int, billed: int | None, ref_twice: bool) -> PaymentLine:
    state = State(row.state)
    findings = {
        Finding.NO_NTPN: state is State.PAID_PENDING_NTPN,
        Finding.UNDECIDED: state in UNANSWERED,
        Finding.BOOKS: in_books != (row.amount if state.paid else 0),
        Finding.BILLING_AMOUNT: billed is not None and billed != row.amount,
        Finding.BANK_REF_TWICE: ref_twice and state is not State.REVERSED,
    }
    return PaymentLine(
        reference=row.reference,
        at=row.decided_at or row.created_at,
        method=row.method,
        amount=row.amount,
        state=row.state,
        billing_code=row.billing_code,
        bank_ref=row.bank_ref,
        ntpn=row.ntpn or "",
        invoice=row.invoice_no,
        rrn=row.rrn,
        batch=row.batch_no,
        edc=row.device_terminal,
        findings=tuple(finding for finding, found in findings.items() if found),
    )


def _sums(payments: list[int]) -> dict[int, int]:
    """What the ledger holds of each payment, its reversal included."""
    query = Ledger.select(Ledger.payment, fn.SUM(Ledger.amount)).where(Ledger.payment.in_(payments))
    rows: Iterable[tuple[int, int]] = query.group_by(Ledger.payment).tuples()  # type: ignore[assignment]
    return dict(rows)


def _codes_of(rows: list[Payment]) -> Iterable[Billing]:
    return list(Billing.select().where(Billing.code.in_([row.billing_code for row in rows if row.billing_code])))


def _billing(rows: Iterable[Billing]) -> tuple[BillingLine, ...]:
    codes = sorted(rows, key=lambda row: row.id)
    paying = Payment.select().where(
        Payment.billing_code.in_([row.code for row in codes]) & Payment.state.in_(sorted(PAID))
    )
    paid = {row.billing_code: row.reference for row in paying}
    later = Billing.select(Billing.replaces).where(Billing.replaces.in_([row.id for row in codes]))
    replaced = {row.replaces_id for row in later}
    return tuple(
        BillingLine(row.code, row.amount, row.issued_at, row.expires_at, row.id in replaced, paid.get(row.code, ""))
        for row in codes
    )
