"""What the office may ask of a payment terminal (EDC) and what it hears back, whatever the bank.

A sale is sent once. Whoever asks for it makes the intent durable when `on_stage` reports SENT, which is before the
first byte; raising there stops the sale unsent. The driver never decides what an unknown outcome means: it offers the
device's own records (`history`, `inquire`) and `matching.match_transaction` over them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Method(StrEnum):
    """How the customer pays at the terminal."""

    CARD = "card"
    QRIS = "qris"


class Stage(StrEnum):
    """How far a sale has come; reported while it runs."""

    SENT = "sent"
    ACKED = "acked"
    PENDING = "pending"


class SaleState(StrEnum):
    """What the device has said of a sale. UNKNOWN is what it has not said, or said doubtfully."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    PENDING = "pending"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why an outcome is what it is, where the response code does not say it."""

    NO_ACK = "no_ack"
    NOT_TAKEN = "not_taken"
    NO_ANSWER = "no_answer"
    BROKEN_ANSWER = "broken_answer"
    PORT_LOST = "port_lost"
    AMOUNT_MISMATCH = "amount_mismatch"
    REFERENCE_MISMATCH = "reference_mismatch"
    TYPE_MISMATCH = "type_mismatch"
    AMBIGUOUS = "ambiguous"
    DEVICE_UNSURE = "device_unsure"
    AWAITING_CUSTOMER = "awaiting_customer"
    EXPIRED = "expired"
    WAIT_CANCELLED = "wait_cancelled"
    NOT_LISTED = "not_listed"


class Purpose(StrEnum):
    """What a frame is for; each bank has its own transaction types for these."""

    ECHO = "echo"
    SALE_CARD = "sale_card"
    SALE_QRIS = "sale_qris"
    INQUIRE_QRIS = "inquire_qris"
    LAST = "last"
    BY_TRACE = "by_trace"
    ALL = "all"
    VOID = "void"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the device, already checked for form, PAN masked, expiry and holder's name gone.

    `amount` is whole rupiah, None where the field is no whole rupiah. `device_time` is the terminal's own clock (WIB
    made aware), None when blank. `raw_masked` is the body as received with PAN, expiry and name blotted out.
    """

    kind: str
    amount: int | None
    response_code: str
    approval_code: str
    rrn: str
    invoice_no: str
    batch_no: str
    masked_pan: str
    terminal_id: str
    merchant_id: str
    device_time: datetime | None
    text: str
    raw_masked: bytes
    trace_no: str = ""


@dataclass(frozen=True, slots=True)
class SaleOutcome:
    """What a sale, an inquiry or a void came to. `amount` and `reference` are what was asked for; the rest is the
    device's word.
    """

    state: SaleState
    amount: int
    reference: str
    reason: Reason | None = None
    response_code: str = ""
    approval_code: str = ""
    rrn: str = ""
    invoice_no: str = ""
    batch_no: str = ""
    masked_pan: str = ""
    terminal_id: str = ""
    merchant_id: str = ""
    device_time: datetime | None = None
    raw_masked: bytes = b""


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """One transaction as the device remembers it."""

    method: Method | None
    voided: bool
    amount: int | None
    response_code: str
    approved: bool
    approval_code: str
    rrn: str
    invoice_no: str
    batch_no: str
    masked_pan: str
    terminal_id: str
    device_time: datetime | None
    reference: str = ""
    trace_no: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The device's own list. `complete` is False when the list broke off: absence from it then proves nothing."""

    records: tuple[TransactionRecord, ...]
    complete: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class EchoResult:
    """Whether the device answered, and who it says it is."""

    answered: bool
    response_code: str = ""
    terminal_id: str = ""
    merchant_id: str = ""
    device_time: datetime | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class SettlementOutcome:
    """End of day at the device. `total` is whole rupiah, None when this device does not tell."""

    settled: bool
    response_code: str = ""
    batch_no: str = ""
    total: int | None = None
    device_time: datetime | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An answer nobody was waiting for: the sale it may belong to (by kind and amount), or "" when none does."""

    reference: str
    outcome: SaleOutcome


#: Told how far a sale has come. At SENT the outcome is UNKNOWN and not a byte has left; at PENDING it carries the RRN.
OnStage = Callable[[Stage, SaleOutcome], None]
OnLateAnswer = Callable[[LateAnswer], None]
#: Asked between polls; True ends the waiting (not the sale: that is only ended at the device).
Cancelled = Callable[[], bool]
#: True for a record that reaches back far enough: a device that lists one by one need not be asked for older ones.
Reached = Callable[[TransactionRecord], bool]


class PaymentTerminal(Protocol):
    """A payment terminal of any bank. Every call blocks its thread until the device has answered or its time is over.

    All calls raise PortLost only before anything was sent; afterwards a lost port is the outcome UNKNOWN. ValueError
    for an amount outside 1..9_999_999_999 rupiah or a reference that is not 1-12 letters and digits.
    """

    def echo(self) -> EchoResult:
        """Ask for a sign of life."""

    def sale(
        self, amount: int, method: Method, reference: str, on_stage: OnStage, cancelled: Cancelled | None = None
    ) -> SaleOutcome:
        """Charge `amount` rupiah once. QRIS is polled until paid, expired, cancelled waiting or out of time (then
        PENDING).
        """

    def inquire(self, amount: int, reference: str, rrn: str) -> SaleOutcome:
        """Ask once whether the QRIS payment `rrn` has been made."""

    def history(self, whole: bool, rrn: str = "", reached: Reached | None = None) -> History:
        """The last transaction, or every one of the open batch.

        `complete` only when the device marked the end, or the list fell silent and its own last transaction is in it.
        A device without a list is asked for one after another, from the last back to one that `reached` accepts, and
        prints each; complete when it came that far without a gap.
        """

    def void(self, amount: int, reference: str, invoice_no: str, on_stage: OnStage) -> SaleOutcome:
        """Take back the approved sale `invoice_no`. APPROVED means voided."""

    def settle(self) -> SettlementOutcome:
        """Close the open batch."""

    def on_late_answer(self, subscriber: OnLateAnswer | None) -> None:
        """Who hears answers that come after their call has given up, or that nobody asked for."""

    def listen(self, seconds: float) -> int:
        """While idle: take late answers off the line for so long; how many there were."""

    def resolved(self, reference: str, record: TransactionRecord | None) -> frozenset[tuple[str, str]] | None:
        """The office has settled what became of an unknown sale: its answer is no longer expected on this line.

        Without a record the device is asked what it did last: (invoice, RRN) of that, to be kept for `recall` after a
        restart. None where there is nothing to keep.
        """

    def listed_before(self) -> frozenset[tuple[str, str]]:
        """(invoice, RRN) of transactions that the device listed before the sales whose outcome is unknown now."""
