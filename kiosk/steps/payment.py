"""Step 7, payment: the charge of the approval is paid and a tanda bukti bayar is given, the claim on the passport."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.money.methods import StateReceipt

KEY = "payment"


@dataclass(frozen=True, slots=True)
class Given:
    """What the step is completed with, one of three.

    `payment_id`: a payment that the terminal has approved, or one kept from before a send-back. `state_receipt`: the
    proof of a deposit into the state account. `cash_received`: rupiah taken over the counter, 0 for none.
    """

    payment_id: int = 0
    state_receipt: StateReceipt | None = None
    cash_received: int = 0


@dataclass(frozen=True, slots=True)
class Produced:
    """The payment, the claim given for it, and until when the document is promised."""

    payment_id: int
    method: str
    amount: int
    receipt_id: str
    receipt_number: str
    paid_at: datetime
    promise_due: datetime
    ntpn: str
