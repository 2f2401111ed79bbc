"""The treasurer's books: one line for each charge received, reversed or deposited, append-only (domain.md 2.3).

Amounts are signed rupiah: money in is positive, a reversal or a deposit into the state account negative. A line is
written in the transaction that makes a payment paid, so the books and the payments never differ.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from peewee import fn

from db.tables import Ledger, Payment
from kiosk import audit
from kiosk.audit import Signer
from kiosk.formats import rupiah
from kiosk.money.charges import Charge
from kiosk.refusals import Code, Refused, refused
from kiosk.text import clean


class Entry(StrEnum):
    """The kinds of lines; the values are stored."""

    RECEIPT = "receipt"
    REVERSAL = "reversal"
    DEPOSIT = "deposit"


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


def deposit(amount: int, *, note: str, signer: Signer, now: datetime, shift: int | None = None) -> int | Refused:
    """Enter money taken to the state account (setoran). Within a writing unit of work. The line's number.

    Refuses more than is in hand, and a note (bank, NTPN, date of the deposit slip) that is empty.
    """
    if not note.strip():
        return refused(Code.FIELD_REQUIRED, "note")
    if not 0 < amount <= in_hand():
        return refused(Code.DEPOSIT_TOO_MUCH, "amount", in_hand=rupiah(in_hand()))
    line = Ledger.create(
        at=now, kind=Entry.DEPOSIT, amount=-amount, method="cash", shift=shift, officer=signer.officer, note=clean(note)
    )
    audit.append(now, signer, "deposit_entered", f"ledger:{line.id}", {"amount": amount})
    return int(line.id)


def in_hand() -> int:
    """Rupiah of cash that has come in and was not deposited. Within a unit of work."""
    total = Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).where(Ledger.method == "cash").scalar()
    return int(total)


def cash_book(since: datetime, until: datetime) -> tuple[Line, ...]:
    """The BKU from `since` (inclusive) to `until` (exclusive) with the running balance. Within a unit of work."""
    before = Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).where(Ledger.at < since).scalar()
    balance = int(before)
    lines: list[Line] = []
    query = (
        Ledger.select(Ledger, Payment)
        .left_outer_join(Payment)
        .where((Ledger.at >= since) & (Ledger.at < until))
        .order_by(Ledger.at, Ledger.id)
    )
    for row in query:
        balance += row.amount
        reference = row.payment.reference if row.payment is not None else str(row.id)
        lines.append(
            Line(
                id=row.id,
                at=row.at,
                kind=Entry(row.kind),
                amount=row.amount,
                balance=balance,
                reference=reference,
                method=row.method,
                tariff_kind=row.tariff_kind,
                case_id=row.case_id,
                note=row.note,
            )
        )
    return tuple(lines)
