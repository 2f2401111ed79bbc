"""What the line to a payment terminal must still know after a restart of the program.

The link carries no reference of ours back, so the driver tells a late answer from the next sale's by what it
remembers: answers taken, sales that people ended, and what the terminal had listed by then. All of that is in the
payments and their events; here it is read back. See hardware.payment.memory.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.tables import Payment, PaymentEvent
from kiosk.audit import Signer
from kiosk.money import payments
from kiosk.money.payments import VOID_BEGUN, PaymentView
from kiosk.money.states import State

GIVEN_UP = "answer_given_up"
ABSENT = "not_in_device_list"
REACHES_BACK = timedelta(hours=24)
"""No terminal answers later than that: it has been settled and switched off in between."""

Transaction = tuple[str, str]
"""Invoice and RRN."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A line's memory. `owed` were ended by people before the terminal could say what it had done until then."""

    owed: tuple[PaymentView, ...]
    given_up: tuple[PaymentView, ...]
    refused: tuple[PaymentView, ...]
    """The newest sale whose answer named no transaction, if any: the same bytes may come again."""
    answered: tuple[PaymentView, ...]
    listed: tuple[Transaction, ...]


def keep(payment: PaymentView, listed: Collection[Transaction], now: datetime, signer: Signer) -> None:
    """Nobody waits for this sale's answer any more, and `listed` is what the terminal knew then. Within a writing
    unit of work.
    """
    payments.note(payment.id, payment.state, now, signer, GIVEN_UP, {"listed": sorted(map(list, listed))})


def recall(device: str, now: datetime) -> Recalled:
    """What the line of `device` must know at `now`. Within a unit of work."""
    query = Payment.select().where((Payment.device == device) & (Payment.sent_at >= now - REACHES_BACK))
    owed, given_up, answered, refused = [], [], [], []
    listed: list[Transaction] = []
    for row in query.order_by(Payment.id):
        payment = payments.view(row)
        kept = _kept(payment)
        if kept is not None:
            given_up.append(payment)
            listed += kept
        elif _ended_by_people(payment) and not payment.state.open:
            owed.append(payment)
        if payment.invoice_no or payment.rrn:
            answered.append(payment)
        elif payment.response_code and payment.state in (State.DECLINED, State.CANCELLED):
            refused = [payment]
    return Recalled(tuple(owed), tuple(given_up), tuple(refused), tuple(answered), tuple(listed))


def _kept(payment: PaymentView) -> list[Transaction] | None:
    event = PaymentEvent.get_or_none((PaymentEvent.payment == payment.id) & (PaymentEvent.reason == GIVEN_UP))
    if event is None:
        return None
    return [(str(invoice), str(rrn)) for invoice, rrn in json.loads(event.data)["listed"]]


def _ended_by_people(payment: PaymentView) -> bool:
    """Two people, or the terminal's list that did not have it, said what became of the sale: not its answer."""
    decided = PaymentEvent.state.in_([str(State.APPROVED), str(State.DECLINED)])
    by_two = PaymentEvent.witness.is_null(False) & (PaymentEvent.reason != VOID_BEGUN)
    event = PaymentEvent.select().where(
        (PaymentEvent.payment == payment.id) & decided & (by_two | (PaymentEvent.reason == ABSENT))
    )
    return bool(event.exists())
