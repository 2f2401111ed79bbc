"""How a charge may be paid, and the forms of the state's numbers. Pure.

Sources: domain.md 2.2 (kode billing 15 digits, NTB, NTPN 16 characters; a temporary BPN may come without its NTPN).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kiosk import identifiers
from kiosk.clock import office_day
from kiosk.formats import rupiah
from kiosk.refusals import Code, Refusal


class Method(StrEnum):
    """The values are stored, and printed on the receipt in words."""

    EDC_CARD = "edc_card"
    EDC_QRIS = "edc_qris"
    STATE_RECEIPT = "state_receipt"
    CASH = "cash"

    @property
    def by_device(self) -> bool:
        return self in (Method.EDC_CARD, Method.EDC_QRIS)


@dataclass(frozen=True, slots=True)
class StateReceipt:
    """The BPN that the applicant brings: a deposit into the state account.

    `bank_ref` is the NTB or NTP. `ntpn` is empty while the bank's slip is a temporary one. `paid_on` and `amount` stand
    on the slip.
    """

    billing_code: str
    bank_ref: str
    amount: int
    paid_on: date
    ntpn: str = ""


def cleaned(given: StateReceipt) -> StateReceipt:
    """The same with its numbers as they are stored; what is none stays as it was typed."""
    return StateReceipt(
        _stored(identifiers.billing_code, given.billing_code),
        _stored(identifiers.bank_reference, given.bank_ref),
        given.amount,
        given.paid_on,
        _stored(identifiers.state_transaction_number, given.ntpn),
    )


def _stored(read: Callable[[str], str | Refusal], text: str) -> str:
    number = read(text)
    return text if isinstance(number, Refusal) else number


def _is_stored(read: Callable[[str], str | Refusal], text: str) -> bool:
    return read(text) == text


def check_state_receipt(given: StateReceipt, amount: int, today: date) -> tuple[Refusal, ...]:
    """What is wrong with a state receipt for a charge of `amount`, read off its face; () if nothing is."""
    found = []
    if not _is_stored(identifiers.billing_code, given.billing_code):
        found.append(Refusal(Code.BILLING_CODE_FORM, "billing_code"))
    if not _is_stored(identifiers.bank_reference, given.bank_ref):
        found.append(Refusal(Code.BANK_REF_FORM, "bank_ref"))
    if given.ntpn and not _is_stored(identifiers.state_transaction_number, given.ntpn):
        found.append(Refusal(Code.NTPN_FORM, "ntpn"))
    if given.amount != amount:
        found.append(Refusal(Code.PAID_AMOUNT_DIFFERS, "amount", {"paid": rupiah(given.amount), "due": rupiah(amount)}))
    if given.paid_on > today:
        found.append(Refusal(Code.PAID_IN_FUTURE, "paid_on"))
    return tuple(found)


def check_ntpn(ntpn: str) -> Refusal | None:
    """Why this is no NTPN in its stored form; None if it is one."""
    return None if _is_stored(identifiers.state_transaction_number, ntpn) else Refusal(Code.NTPN_FORM, "ntpn")


def billing_day(code: str) -> date | None:
    """The day that a billing code's own digits name (8 YYYYMMDD nnnnnn), or None where they name none."""
    try:
        return datetime.strptime(code[1:9], "%Y%m%d").date()
    except ValueError:
        return None


def billing_day_doubtful(code: str, now: datetime) -> bool:
    """Worth a second look: the code's day is no date, or lies ahead, or more than 7 days back. Not a refusal."""
    day = billing_day(code)
    return day is None or not 0 <= (office_day(now) - day).days <= 7


def read_pasted(text: str) -> dict[str, str]:
    """Billing code, NTPN and bank reference in a pasted or scanned line: told apart by their form, as strings.

    A 15-digit run is the billing code; 16 characters with at least one letter the NTPN (16 digits alone count as one
    where a label says NTPN); a run after NTB or NTP the bank's reference.
    """
    found: dict[str, str] = {}
    upper = text.upper()
    if match := re.search(r"\bNTPN\W{0,3}([0-9A-Z]{16})\b", upper):
        found["ntpn"] = match[1]
    if match := re.search(r"\bNT[BP]\W{0,3}([0-9A-Z]{6,20})\b", upper):
        found["bank_ref"] = match[1]
    if match := re.search(r"(?<![0-9A-Z])([0-9]{15})(?![0-9A-Z])", upper):
        found["billing_code"] = match[1]
    if "ntpn" not in found and (
        match := re.search(r"\b(?=[0-9A-Z]{0,15}[A-Z])(?=[0-9A-Z]{0,15}[0-9])([0-9A-Z]{16})\b", upper)
    ):
        found["ntpn"] = match[1]
    return found
