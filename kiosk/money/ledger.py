"""The treasurer's books: one line for each charge received, reversed or deposited, append-only (domain.md 2.3).

Amounts are signed rupiah: money in is positive, a reversal or a deposit into the state account negative. A line is
written in the transaction that makes a payment paid, so the books and the payments never differ. What the applicant
paid into the state account himself (BPN) never lies with the treasurer: the cash book shows it received and deposited
at once, and its balance is the money that is still to be deposited.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from peewee import fn

from db.tables import Ledger, Payment
from kiosk.money.charges import Charge
from kiosk.money.methods import Method
from kiosk.text import clean


class Entry(StrEnum):
    """The kinds of lines; the values are stored."""

    RECEIPT = "receipt"
    REVERSAL = "reversal"
    DEPOSIT = "deposit"
    DEPOSIT_NTPN = "deposit_ntpn"
    """The NTPN of an earlier deposit, come later; no money."""
    DIRECT = "direct"
    """Not stored: the other half of a line whose money went into the state account without the treasurer."""


class Source(StrEnum):
    """Where money lies until it is deposited; the values are stored as a deposit's method."""

    CASH = "cash"
    ACCOUNT = "account"
    """The treasurer's bank account, into which the terminal's bank pays card and QRIS sales."""


_LIES: dict[str, Source] = {
    Method.CASH: Source.CASH,
    Method.EDC_CARD: Source.ACCOUNT,
    Method.EDC_QRIS: Source.ACCOUNT,
    Source.ACCOUNT: Source.ACCOUNT,
}
"""By a line's method: a payment's, or where a deposit was taken from."""


@dataclass(frozen=True, slots=True)
class Held:
    """Rupiah received and not yet deposited. `oldest` is when the oldest of it can have come in, None for nothing."""

    cash: int
    account: int
    oldest: datetime | None

    def of(self, source: Source) -> int:
        return self.cash if source is Source.CASH else self.account


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the cash book (BKU) with the balance after it."""

    id: int
    at: datetime
    kind: Entry
    amount: int
    balance: int
    reference: str
    method: str
    tariff_kind: str
    case_id: int | None
    note: str

    @property
    def debit(self) -> int:
        return max(0, self.amount)

    @property
    def credit(self) -> int:
        return max(0, -self.amount)


def receive(payment: Payment, charges: tuple[Charge, ...], *, at: datetime, officer: int, shift: int | None) -> None:
    """Enter a payment that has become paid, one line for each charge. Within a writing unit of work."""
    for charge in charges:
        Ledger.create(
            at=at,
            kind=Entry.RECEIPT,
            amount=charge.amount,
            case=payment.case_id,
            payment=payment.id,
            tariff_kind=charge.kind,
            method=payment.method,
            shift=shift,
            officer=officer,
        )


def reverse(payment: Payment, *, at: datetime, officer: int, shift: int | None, reason: str) -> None:
    """Reverse every line of a payment; a line is reversed once (unique). Within a writing unit of work."""
    lines = Ledger.select().where((Ledger.payment == payment.id) & (Ledger.kind == Entry.RECEIPT)).order_by(Ledger.id)
    for line in list(lines):
        Ledger.create(
            at=at,
            kind=Entry.REVERSAL,
            amount=-line.amount,
            case=line.case_id,
            payment=line.payment_id,
            tariff_kind=line.tariff_kind,
            method=line.method,
            shift=shift,
            reverses=line.id,
            officer=officer,
            note=clean(reason),
        )


def held() -> Held:
    """What was received and not deposited, by where it lies. Within a unit of work."""
    total = fn.SUM(Ledger.amount)
    query = Ledger.select(Ledger.method, total.alias("total")).where(Ledger.method != Method.STATE_RECEIPT)
    sums = {Source.CASH: 0, Source.ACCOUNT: 0}
    rows: Iterable[tuple[str, int]] = query.group_by(Ledger.method).tuples()  # type: ignore[assignment]
    for method, amount in rows:
        sums[_LIES[method]] += int(amount)
    return Held(sums[Source.CASH], sums[Source.ACCOUNT], _oldest(sum(sums.values())))


def _oldest(left: int) -> datetime | None:
    """What came in first is deposited first: the newest receipts that make up what is left began then."""
    came_in = (Ledger.method != Method.STATE_RECEIPT) & (Ledger.amount > 0)
    oldest = None
    for row in Ledger.select().where(came_in).order_by(Ledger.at.desc(), Ledger.id.desc()).iterator():
        if left <= 0:
            break
        left, oldest = left - row.amount, row.at
    return oldest


def balance_before(moment: datetime) -> int:
    """The balance of the cash book up to `moment`. Within a unit of work."""
    total = Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).where(
        (Ledger.at < moment) & (Ledger.method != Method.STATE_RECEIPT)
    )
    return int(total.scalar())


def cash_book(since: datetime, until: datetime) -> tuple[Line, ...]:
    """The BKU from `since` (inclusive) to `until` (exclusive) with the running balance. Within a unit of work."""
    balance = balance_before(since)
    lines: list[Line] = []
    query = (
        Ledger.select(Ledger, Payment)
        .left_outer_join(Payment)
        .where((Ledger.at >= since) & (Ledger.at < until))
        .order_by(Ledger.at, Ledger.id)
    )
    for row in query:
        balance += row.amount
        lines.append(_line(row, Entry(row.kind), row.amount, balance))
        if row.method == Method.STATE_RECEIPT:
            balance -= row.amount
            lines.append(_line(row, Entry.DIRECT, -row.amount, balance))
    return tuple(lines)


def _line(row: Ledger, kind: Entry, amount: int, balance: int) -> Line:
    return Line(
        id=row.id,
        at=row.at,
        kind=kind,
        amount=amount,
        balance=balance,
        reference=row.payment.reference if row.payment is not None else str(row.id),
        method=row.method,
        tariff_kind=row.tariff_kind,
        case_id=row.case_id,
        note=row.note,
    )
