"""One sale under way: its stages are made durable from the device's own thread, SENT before the first byte."""

from collections.abc import Callable

from db.connection import ConstraintBroken, Store, StoreError
from hardware.acts import Progress
from hardware.faults import DeviceError, FaultCode
from hardware.payment.terminal import SaleOutcome, Stage
from kiosk import clock
from kiosk.cases.engine import environment
from kiosk.cases.work import Look
from kiosk.money import payments
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.refusals import Code, Refused, refused

STATES = {Stage.SENT: State.SENT, Stage.ACKED: State.ACKED, Stage.PENDING: State.PENDING}


class Sale:
    """`sent` once the row says so: from then on a byte may have left. `refusal` says why it was not sent."""

    def __init__(
        self, store: Store, look: Look, payment: PaymentView, device_terminal: str, report: Callable[[Progress], None]
    ) -> None:
        self.look = look
        self.payment = payment
        self.sent = False
        self.refusal: Refused | None = None
        self._store = store
        self._device_terminal = device_terminal
        self._report = report

    def on_stage(self, stage: Stage, outcome: SaleOutcome) -> None:
        """Called by the driver in its thread. Raises at SENT to keep the sale from being sent."""
        if stage is Stage.SENT:
            self._send()
        else:
            with self._store.writing():
                told = Told(STATES[stage], rrn=outcome.rrn)
                payments.change(self.payment, told, now=clock.now(), signer=self.look.signer)
        self._report(Progress(f"payment_{stage.value}"))

    def _send(self) -> None:
        try:
            with self._store.writing():
                told = Told(State.SENT, device_terminal=self._device_terminal)
                self.sent = payments.change(self.payment, told, now=clock.now(), signer=self.look.signer)
        except StoreError as error:
            self.refusal = environment(error)
        except ConstraintBroken:
            self.refusal = refused(Code.PAYMENT_IN_PROGRESS)
        if not self.sent:
            raise DeviceError(FaultCode.CANCELLED, "the sale was not recorded")
