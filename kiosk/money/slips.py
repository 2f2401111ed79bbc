"""The numbers of a bank's slip: each pays once, for a case or as a deposit (SOP step 7, the treasurer's books)."""

from typing import Any

from db import turns
from db.tables import Ledger, Payment
from db.turns import Hold, Turn
from kiosk.money.ledger import Entry
from kiosk.refusals import Code, Refusal


def holds(billing_code: str, bank_ref: str, ntpn: str) -> tuple[Hold, ...]:
    """For whoever enters a slip: nobody else enters one of its numbers meanwhile."""
    return tuple(Hold(Turn.SLIPS, number) for number in {billing_code, bank_ref, ntpn} - {""})


def used(billing_code: str, bank_ref: str, ntpn: str) -> tuple[Refusal, ...]:
    """Which numbers of a slip anything was paid with; the others are this unit of work's until it ends."""
    turns.take(*holds(billing_code, bank_ref, ntpn))
    return (*used_by_a_deposit(billing_code, bank_ref, ntpn), *used_by_a_case(billing_code, bank_ref, ntpn))


def used_by_a_deposit(billing_code: str, bank_ref: str, ntpn: str) -> tuple[Refusal, ...]:
    """Which numbers of a slip a deposit has used. Within a unit of work."""
    numbers = (
        ("billing", billing_code, Code.BILLING_CODE_USED, "billing_code"),
        ("NTPN", ntpn, Code.NTPN_USED, "ntpn"),
        ("NTB", bank_ref, Code.BANK_REF_USED, "bank_ref"),
    )
    return tuple(Refusal(code, field) for label, number, code, field in numbers if number and _noted(label, number))


def used_by_a_case(billing_code: str, bank_ref: str, ntpn: str) -> tuple[Refusal, ...]:
    """Which numbers of a slip a case was paid with. Within a unit of work."""
    numbers = (
        (Payment.billing_code, billing_code, Code.BILLING_CODE_USED, "billing_code"),
        (Payment.ntpn, ntpn, Code.NTPN_USED, "ntpn"),
        (Payment.bank_ref, bank_ref, Code.BANK_REF_USED, "bank_ref"),
    )
    return tuple(
        Refusal(code, field)
        for column, number, code, field in numbers
        if number and Payment.select().where(column == number).exists()
    )


def in_note(billing_code: str, bank_ref: str, ntpn: str) -> str:
    """A slip's numbers as the note of a deposit's line has them."""
    parts = (f"billing {billing_code}", f"NTB {bank_ref}", f"NTPN {ntpn}" if ntpn else "")
    return " ".join(part for part in parts if part)


def _noted(label: str, number: str) -> bool:
    named = f"{label} {number}"
    entered: Any = Ledger.kind.in_([str(Entry.DEPOSIT), str(Entry.DEPOSIT_NTPN)])
    whole = Ledger.note.contains(f"{named} ") | Ledger.note.endswith(named)
    return bool(Ledger.select().where(entered & whole).exists())
