"""The payment terminal (EDC) of one counter: charging, asking what became of a sale, voiding, closing the batch.

The order is the whole safety: the intent is committed, then SENT is committed from within the device's thread before
the first byte leaves, then the answer is committed. Whatever breaks in between leaves a row that says so; a sale is
never sent twice. Everything here blocks.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from db.connection import Store, StoreError
from hardware.acts import CancelToken, Progress
from hardware.device import DeviceState
from hardware.faults import DeviceError
from hardware.payment.terminal import LateAnswer, PaymentTerminal, SaleOutcome, SettlementOutcome, TransactionRecord
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cases.engine import Refuse, environment, require_may_complete, unit_of_work
from kiosk.cases.rules import StepRules
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Kit, Look
from kiosk.devices import Devices
from kiosk.money import line_memory, payments
from kiosk.money.asking import Answer, ask_device, told_by
from kiosk.money.line_memory import Recalled
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.sale import Sale
from kiosk.money.states import State
from kiosk.money.voids import Voids
from kiosk.people.model import Witness
from kiosk.receipts.terminal_keys import to_sign_with
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refused, refused

log = logging.getLogger(__name__)

ROLE = "payment"
IN_PROGRESS = timedelta(minutes=10)
"""Another counter's sale that was sent no longer ago than this may still be under way there."""
Report = Callable[[Progress], None]


class Cashier:
    """One counter's payment terminal. `start` it when the devices are open; any thread may call it."""

    def __init__(self, store: Store, kit: Kit, devices: Devices) -> None:
        self._store = store
        self._kit = kit
        self._devices = devices
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self._unsaved: dict[int, Told] = {}
        self._voids = Voids(store, kit, self._ready, self._is_its_device)

    @property
    def device_name(self) -> str:
        """How payments name this counter's terminal."""
        return f"{self._kit.terminal}/{ROLE}"

    def start(self) -> None:
        """What a crash left: an intent was never sent, a sale without an answer is unknown. Raises StoreError."""
        now = clock.now()
        with self._store.writing():
            for payment in payments.unfinished(self._kit.terminal):
                payments.change(payment, _after_crash(payment), now=now, signer=self._signer)
            waiting = payments.undecided(self._kit.terminal)
            known = line_memory.recall(self.device_name, now)
        device = self._devices.get(ROLE)
        if device is not None:
            self._remind(device, waiting, known)
            device.on_late_answer(self._late)

    def _remind(self, device: Any, waiting: tuple[PaymentView, ...], known: Recalled) -> None:
        """Tell the driver what it knew before the program ended."""
        device.recall(
            [_device_method(payment.method) for payment in (*known.given_up, *known.refused)],
            [(_device_method(p.method), p.invoice_no, p.rrn, p.approval_code) for p in known.answered],
            known.listed,
        )
        for payment in (*waiting, *known.owed):
            device.remember(payment.amount, _device_method(payment.method), payment.reference)
        for payment in known.owed:
            self._forget(payment, None)

    # charging

    @refusing
    def charge(
        self,
        look: Look,
        rules: StepRules,
        case_id: int,
        method: Method,
        *,
        key: str,
        claim: int | None,
        report: Report | None = None,
        cancel: CancelToken | None = None,
    ) -> PaymentView | Refused:
        """Charge the case's bill once. The same `key` again never charges again: it gives the payment as it is.

        Returns the payment decided or not: PENDING and UNKNOWN are answers too. `cancel` ends the wait for a QRIS to
        be paid, never a sale: that is only ended at the device.
        """
        device = self._ready()
        if isinstance(device, Refused):
            return self._repeated(case_id, key) or device
        payment = self._intend(look, rules, case_id, method, key, claim)
        if isinstance(payment, Refused):
            return payment
        if payment.state is not State.INTENT or not self._begin(payment.id):
            return payment
        try:
            sale = Sale(self._store, look, payment, getattr(device, "terminal_id", ""), report or _silent)
            return self._sell(device, sale, _device_method(method), cancel or CancelToken())
        finally:
            self._end(payment.id)

    def _repeated(self, case_id: int, key: str) -> PaymentView | None:
        with self._store.reading():
            found = payments.by_key(key)
        return found if found and found.case_id == case_id else None

    def _intend(
        self, look: Look, rules: StepRules, case_id: int, method: Method, key: str, claim: int | None
    ) -> PaymentView | Refused:
        with unit_of_work(self._store) as answer:
            answer.value = payments.by_key(key)
            if answer.value and answer.value.case_id != case_id:
                raise Refuse(refused(Code.CASE_MOVED_ON))
            if answer.value is None:
                case = require_may_complete(look, case_id, rules, claim)
                due = payments.bill(case)
                if due is None or due.total <= 0:
                    raise Refuse(refused(Code.ACT_NOT_ALLOWED))
                if (refusal := self._free(case_id)) is not None:
                    raise Refuse(refusal)
                # without a key no claim could be given for the money
                to_sign_with(self._kit.keys, ReceiptType.PAYMENT, look.now)
                made = payments.intend(look, case, due, method, key=key, device=self.device_name)
                if isinstance(made, Refused):
                    raise Refuse(made)
                answer.value = made
        found: PaymentView | Refused = answer.refused or answer.value
        return found

    def _free(self, case_id: int) -> Refused | None:
        """Neither the case nor the device has a payment that stands in the way. Within a unit of work."""
        live = payments.live(case_id)
        if live is not None:
            return refused(Code.PAYMENT_ALREADY_PAID if live.state.paid else Code.PAYMENT_PENDING)
        other = payments.unanswered(self.device_name)
        if other is not None:
            return refused(Code.TERMINAL_HAS_UNKNOWN, application_no=payments.application_no(other))
        return None

    def _sell(self, device: Any, sale: Sale, method: Any, cancel: CancelToken) -> PaymentView | Refused:
        def act(terminal: PaymentTerminal, context: Any) -> SaleOutcome:
            def cancelled() -> bool:
                return bool(context.cancel.is_cancelled)

            payment = sale.payment
            return terminal.sale(payment.amount, method, payment.reference, sale.on_stage, cancelled)

        try:
            outcome: SaleOutcome = device.submit(act, None, cancel).result()
        except DeviceError as error:
            return self._broken_off(sale, error)
        told = told_by(outcome, sale.payment)
        return self._decide(sale.look, sale.payment.id, Answer(told, told.state, evidence=_raw(outcome)))

    def _broken_off(self, sale: Sale, error: DeviceError) -> PaymentView | Refused:
        """The act ended without an outcome: unknown if a byte may have left, else nothing was charged."""
        log.warning("sale of payment %s broken off: %s", sale.payment.id, error.code)
        if sale.sent:
            told = Told(State.UNKNOWN, str(error.code))
            return self._decide(sale.look, sale.payment.id, Answer(told, told.state))
        ended = self._decide(sale.look, sale.payment.id, Answer(Told(State.CANCELLED, "not_sent"), State.CANCELLED))
        if sale.refusal is not None:
            return sale.refusal
        if isinstance(ended, Refused) or ended.state is not State.CANCELLED:
            return ended
        return refused(Code.TERMINAL_SALE_NOT_SENT)

    # what became of it

    @refusing
    def ask(self, look: Look, payment_id: int) -> PaymentView | Refused:
        """Ask the device what became of a sale, at this counter or, if its terminal was brought here, of another's."""
        payment = self._open_payment(look, payment_id)
        if isinstance(payment, Refused):
            return payment
        if not payment.state.open:
            return self._voids.ask(look, payment)
        if (unsaved := self._unsaved.get(payment_id)) is not None:
            return self._decide(look, payment_id, Answer(unsaved, unsaved.state))
        device = self._ready()
        if isinstance(device, Refused):
            return device
        if not self._is_its_device(device, payment):
            return refused(Code.TERMINAL_OTHER, terminal=payment.terminal)
        if not self._begin(payment_id):
            return refused(Code.PAYMENT_IN_PROGRESS)
        try:
            with self._store.reading():
                taken = payments.taken_slips(payment)
                own = payments.decided_before(payment)
            answer: Answer = device.submit(lambda terminal, _: ask_device(terminal, payment, taken, own)).result()
            return self._decide(look, payment_id, answer)
        except DeviceError:
            return refused(Code.TERMINAL_NOT_READY)
        finally:
            self._end(payment_id)

    def decide_together(
        self, look: Look, payment_id: int, told: Told, witness: Witness | None
    ) -> PaymentView | Refused:
        """Two people end an unknown payment with the slip's data: `told` is APPROVED or DECLINED."""
        payment = self._open_payment(look, payment_id)
        if isinstance(payment, Refused):
            return payment
        if not payment.state.open:
            return refused(Code.PAYMENT_DECIDED)
        if (refusal := _wrong_slip(told)) is not None:
            return refusal
        if witness is None or witness.person_id == look.officer.person_id:
            return refused(Code.SECOND_PERSON_NEEDED)
        with self._store.reading():
            slips = payments.taken_slips(payment)
        if told.state is State.APPROVED and any(_same_slip(told, slip) for slip in slips):
            return refused(Code.SLIP_USED, "invoice_no")
        return self._decide(look, payment_id, Answer(told, told.state), witness)

    def _open_payment(self, look: Look, payment_id: int) -> PaymentView | Refused:
        """The payment, and a SENT or ACKED one that nobody works on made unknown first."""
        with unit_of_work(self._store) as answer:
            payment = payments.get(payment_id)
            if payment is None:
                raise Refuse(refused(Code.PAYMENT_NOT_FOUND))
            if payment_id in self._running:
                raise Refuse(refused(Code.PAYMENT_IN_PROGRESS))
            if payment.state in (State.INTENT, State.SENT, State.ACKED) and payment.terminal == self._kit.terminal:
                payments.change(payment, _after_crash(payment), now=look.now, signer=look.signer)
            elif payment.state in (State.SENT, State.ACKED) and look.now - (payment.sent_at or look.now) < IN_PROGRESS:
                raise Refuse(refused(Code.PAYMENT_IN_PROGRESS))
            answer.value = payments.get(payment_id)
        found: PaymentView | Refused = answer.refused or answer.value
        return found

    def _is_its_device(self, device: Any, payment: PaymentView) -> bool:
        if payment.device_terminal and device.terminal_id:
            return bool(payment.device_terminal == device.terminal_id)
        return payment.terminal == self._kit.terminal

    def _decide(
        self, look: Look, payment_id: int, answer: Answer, witness: Witness | None = None
    ) -> PaymentView | Refused:
        """Store what was said; the payment as it is afterwards. If that fails, it is kept for the next `ask`."""
        try:
            with self._store.writing():
                payment = payments.get(payment_id)
                assert payment is not None, "payments are never deleted"
                data = {"evidence": answer.evidence} if answer.evidence else None
                changed = payments.change(
                    payment, answer.told, now=clock.now(), signer=look.signer, witness=witness, data=data
                )
                if not changed:
                    payments.note(payment_id, payment.state, clock.now(), look.signer, answer.told.reason, data or {})
                after = payments.get(payment_id)
        except StoreError as error:
            self._unsaved[payment_id] = answer.told
            return environment(error)
        self._unsaved.pop(payment_id, None)
        assert after is not None, "payments are never deleted"
        if not after.state.open:
            self._forget(after, answer.record)
        return after

    def _forget(self, payment: PaymentView, record: TransactionRecord | None) -> None:
        """The device's thread need not expect this sale's answer any more; what it lists then is kept for a restart."""

        def act(terminal: PaymentTerminal, _: Any) -> None:
            listed = terminal.resolved(payment.reference, record)
            if listed is None:
                return
            try:
                with self._store.writing():
                    line_memory.keep(payment, listed, clock.now(), self._signer)
            except StoreError as error:
                log.warning("not kept what the terminal listed: %s", error.trouble)

        device = self._devices.get(ROLE)
        if device is not None and payment.device == self.device_name:
            device.submit(act)

    def _late(self, late: LateAnswer) -> None:
        """An answer that nobody waited for, in the device's thread."""
        try:
            with self._store.writing():
                payment = payments.by_reference(late.reference) if late.reference else None
                if payment is None:
                    payments.unmatched(clock.now(), self._signer, late.outcome.amount, late.outcome.rrn)
                    return
                told = told_by(late.outcome, payment)
                if not payments.change(
                    payment, told, now=clock.now(), signer=self._signer, data={"evidence": _raw(late.outcome)}
                ):
                    data = {"said": str(told.state), "rrn": told.rrn, "invoice": told.invoice_no}
                    payments.note(payment.id, payment.state, clock.now(), self._signer, "late_answer", data)
        except StoreError as error:
            log.warning("late answer not stored: %s", error.trouble)

    # taking back, end of day

    @refusing
    def void(
        self, look: Look, payment_id: int, reason: str, witness: Witness | None, *, at_device: bool
    ) -> PaymentView | Refused:
        """Take a payment back, see `Voids.void`."""
        return self._voids.void(look, payment_id, reason, witness, at_device=at_device)

    def settle(self) -> SettlementOutcome | Refused:
        """Close the device's batch. Refused while a sale on it is undecided: its list is the evidence."""
        with self._store.reading():
            other = payments.unanswered(self.device_name) or next(iter(payments.begun_voids(self._kit.terminal)), None)
            number = payments.application_no(other) if other else ""
        if other is not None:
            return refused(Code.TERMINAL_HAS_UNKNOWN, application_no=number)
        device = self._ready()
        if isinstance(device, Refused):
            return device
        try:
            outcome: SettlementOutcome = device.submit(lambda terminal, _: terminal.settle()).result()
        except DeviceError:
            return refused(Code.TERMINAL_NOT_READY)
        return outcome

    # the device

    @property
    def _signer(self) -> Signer:
        return Signer(0, 0, self._kit.terminal)

    def _ready(self) -> Any | Refused:
        device = self._devices.get(ROLE)
        if device is None or device.status.state not in (DeviceState.READY, DeviceState.BUSY):
            return refused(Code.TERMINAL_NOT_READY)
        return device

    def _begin(self, payment_id: int) -> bool:
        with self._lock:
            if payment_id in self._running:
                return False
            self._running.add(payment_id)
            return True

    def _end(self, payment_id: int) -> None:
        with self._lock:
            self._running.discard(payment_id)


def _after_crash(payment: PaymentView) -> Told:
    if payment.state is State.INTENT:
        return Told(State.CANCELLED, "never_sent")
    return Told(State.UNKNOWN, "interrupted")


def _wrong_slip(told: Told) -> Refused | None:
    if len(told.reason.strip()) < 5:
        return refused(Code.REASON_NEEDED, "reason", minimum=5)
    if told.state is State.APPROVED and not (told.approval_code and (told.invoice_no or told.rrn)):
        return refused(Code.SLIP_INCOMPLETE, "approval_code")
    return None


def _same_slip(told: Told, slip: tuple[str, str]) -> bool:
    invoice, rrn = slip
    by_invoice = bool(told.invoice_no) and told.invoice_no.lstrip("0") == invoice.lstrip("0")
    return by_invoice or (bool(told.rrn) and told.rrn == rrn)


def _device_method(method: Method) -> Any:
    from hardware.payment import terminal

    return terminal.Method.QRIS if method is Method.EDC_QRIS else terminal.Method.CARD


def _raw(outcome: SaleOutcome) -> str:
    """The device's answer as received, card number masked by the driver."""
    return outcome.raw_masked.decode("latin-1")


def _silent(_: Progress) -> None:
    return
