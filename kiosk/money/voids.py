"""Taking a payment back: at the terminal that took it, or recorded as done elsewhere; begun before it is asked for.

A void is durable before the device hears of it, and how it ended is asked of the device's list: a payment is reversed
once, whatever breaks in between. Everything here blocks.
"""

from collections.abc import Callable
from typing import Any

from db.connection import Store
from hardware.faults import DeviceError
from kiosk import clock
from kiosk.cases.engine import Refuse, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.work import Kit, Look, void_receipts
from kiosk.money import payments
from kiosk.money.asking import is_voided, voided_on_device
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.people.model import Witness
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refused, refused


class Voids:
    """The voids of one counter. `ready` gives its payment terminal or says why not."""

    def __init__(
        self,
        store: Store,
        kit: Kit,
        ready: Callable[[], Any | Refused],
        is_its_device: Callable[[Any, PaymentView], bool],
    ) -> None:
        self._store = store
        self._kit = kit
        self._ready = ready
        self._is_its_device = is_its_device

    def void(
        self, look: Look, payment_id: int, reason: str, witness: Witness | None, *, at_device: bool
    ) -> PaymentView | Refused:
        """Take a payment back, with a reason and a second person; the claim given for it is void with it.

        `at_device`: the terminal voids it now; otherwise it was done at the terminal, the bank or the treasury, and is
        recorded here.
        """
        with self._store.reading():
            payment = payments.get(payment_id)
            case = None if payment is None else case_file(payment.case_id, self._kit.procedures)
        if payment is None or case is None:
            return refused(Code.PAYMENT_NOT_FOUND)
        if (refusal := payments.not_reversible(payment, case, reason)) is not None:
            return refusal
        if witness is None or witness.person_id == look.officer.person_id:
            return refused(Code.SECOND_PERSON_NEEDED)
        if at_device and payment.method.by_device:
            device = self._ready()
            if isinstance(device, Refused):
                return device
            if not self._is_its_device(device, payment):
                return refused(Code.TERMINAL_OTHER, terminal=payment.terminal)
            if (wrong := self._void_at(device, look, payment, reason, witness)) is not None:
                return wrong
        return self._reverse(look, payment, reason, witness)

    def _void_at(self, device: Any, look: Look, payment: PaymentView, reason: str, witness: Witness) -> Refused | None:
        """Void at the device; that it was begun is durable before the device hears of it. None once it is voided."""
        with self._store.writing():
            payments.begin_void(payment, look, reason, witness)
        try:
            voided = device.submit(lambda terminal, _: voided_on_device(terminal, payment)).result()
        except DeviceError:
            voided = None
        if voided is None:
            return refused(Code.REVERSAL_UNKNOWN)
        if not voided:
            with self._store.writing():
                payments.note(payment.id, payment.state, clock.now(), look.signer, payments.VOID_REFUSED, {})
            return refused(Code.REVERSAL_REFUSED)
        return None

    def ask(self, look: Look, payment: PaymentView) -> PaymentView | Refused:
        """How a void ended that was begun and not heard of again: the device's list says. Any other is as it is."""
        with self._store.reading():
            begun = payments.begun_void(payment.id)
        if begun is None:
            return payment
        device = self._ready()
        if isinstance(device, Refused):
            return device
        if not self._is_its_device(device, payment):
            return refused(Code.TERMINAL_OTHER, terminal=payment.terminal)
        try:
            voided = device.submit(lambda terminal, _: is_voided(terminal, payment)).result()
        except DeviceError:
            return refused(Code.TERMINAL_NOT_READY)
        if voided is None:
            return refused(Code.REVERSAL_UNKNOWN)
        if voided:
            return self._reverse(look, payment, begun.reason, begun.witness)
        with self._store.writing():
            payments.note(payment.id, payment.state, clock.now(), look.signer, payments.VOID_REFUSED, {})
        return payment

    def _reverse(self, look: Look, payment: PaymentView, reason: str, witness: Witness) -> PaymentView | Refused:
        with unit_of_work(self._store) as answer:
            told = Told(State.REVERSED, reason)
            if not payments.change(payment, told, now=look.now, signer=look.signer, witness=witness):
                raise Refuse(refused(Code.PAYMENT_DECIDED))
            void_receipts(payment.case_id, (ReceiptType.PAYMENT,), reason, look.now)
            answer.value = payments.get(payment.id)
        found: PaymentView | Refused = answer.refused or answer.value
        return found
