"""Money at a desk: `desk.payments` and `desk.shifts`, what screens and commands ask of this package. All block."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hardware.acts import CancelToken, Progress
from kiosk import clock, steps
from kiosk.cases.engine import Refuse, require_present, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import Claim
from kiosk.cases.transactions import refusing
from kiosk.cases.work import queue_paper
from kiosk.clock import office_day
from kiosk.money import billing, deposits, ledger, payments, shifts
from kiosk.money.billing import BillingCode, UnpaidBilling
from kiosk.money.deposits import Deposit, OpenDeposit
from kiosk.money.ledger import Held, Line
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.shifts import OpenShift, Settlement, Summary
from kiosk.money.states import State
from kiosk.people.model import Witness, acting_unit
from kiosk.receipts.contents import Book
from kiosk.refusals import Code, Refused, refused
from kiosk.reports import treasurer_paper
from kiosk.reports.period import Period, day

if TYPE_CHECKING:
    from kiosk.desk import Desk

STEP = "payment"


class Payments:
    """Payments at this desk. Reading raises StoreError."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of_case(self, case_id: int) -> tuple[PaymentView, ...]:
        """Every payment of a case, oldest first."""
        with self._desk.office.store.reading():
            return payments.of_case(case_id)

    def undecided(self) -> tuple[PaymentView, ...]:
        """The payments of unknown outcome of this counter, and those whose void is: to be shown at sign-in."""
        terminal = self._desk.office.terminal
        with self._desk.office.store.reading():
            return (*payments.undecided(terminal), *payments.begun_voids(terminal))

    def lacking_ntpn(self, limit: int = 50) -> tuple[PaymentView, ...]:
        """State receipts whose NTPN has not come yet, oldest first."""
        with self._desk.office.store.reading():
            return payments.lacking_ntpn(limit)

    def paid_recently(self, limit: int = 200) -> tuple[PaymentView, ...]:
        """What was paid at this terminal, or today at any other, and was not taken back, newest first."""
        midnight = day(office_day(clock.now()).isoformat()).since
        with self._desk.office.store.reading():
            return payments.paid_recently(self._desk.office.terminal, midnight, limit)

    @refusing
    def may_void(self, payment_id: int, reason: str) -> PaymentView | Refused:
        """The payment, if `void` would only lack its second person: asked before that person is called."""
        desk = self._desk
        if (refusal := self._may()) is not None:
            return refusal
        with desk.office.store.reading():
            payment = payments.get(payment_id)
            case = None if payment is None else case_file(payment.case_id, desk.office.kit.procedures)
            if payment is None or case is None:
                return refused(Code.PAYMENT_NOT_FOUND)
        return payments.not_reversible(payment, case, reason) or payment

    def charge(
        self,
        case_id: int,
        method: Method,
        *,
        key: str,
        claim: Claim | None = None,
        report: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> PaymentView | Refused:
        """Charge the case's bill at this counter's terminal: once for a `key`, whatever is pressed."""
        desk = self._desk
        charged: PaymentView | Refused = desk.office.cashier.charge(
            desk.look(),
            steps.rules(STEP),
            case_id,
            method,
            key=key,
            claim=claim.token if claim else None,
            report=report,
            cancel=cancel,
        )
        return charged

    def ask(self, payment_id: int) -> PaymentView | Refused:
        """Ask the device what became of a payment of unknown outcome."""
        return self._may() or self._desk.office.cashier.ask(self._desk.look(), payment_id)

    def decide_together(self, payment_id: int, told: Told, witness: Witness | None) -> PaymentView | Refused:
        """End an unknown payment by two people with the slip's data; `told` is APPROVED or DECLINED with a reason."""
        if told.state not in (State.APPROVED, State.DECLINED):
            return refused(Code.ACT_NOT_ALLOWED)
        return self._may(witness) or self._desk.office.cashier.decide_together(
            self._desk.look(), payment_id, told, witness
        )

    def void(
        self, payment_id: int, reason: str, witness: Witness | None, *, at_device: bool = True
    ) -> PaymentView | Refused:
        """Take a payment back with a reason and a second person; the claim given for it is void with it."""
        cashier = self._desk.office.cashier
        return self._may(witness) or cashier.void(self._desk.look(), payment_id, reason, witness, at_device=at_device)

    def add_ntpn(self, payment_id: int, ntpn: str) -> PaymentView | Refused:
        """The NTPN that a temporary state receipt lacked."""
        return self._may() or self._write(lambda: payments.add_ntpn(self._desk.look(), payment_id, ntpn))

    def record_billing(self, case_id: int, code: str, amount: int, issued_at: datetime | None = None) -> Any:
        """Record a billing code issued for a case, a BillingCode; an earlier one is replaced, and kept."""
        desk = self._desk

        def write() -> BillingCode | Refused:
            case = case_file(case_id, desk.office.kit.procedures)
            return (
                refused(Code.CASE_NOT_FOUND)
                if case is None
                else billing.record(desk.look(), case, code, amount, issued_at)
            )

        return self._may() or self._write(write)

    def deposit(self, given: Deposit) -> int | Refused:
        """Enter money taken to the state account."""
        return self._may() or self._write(lambda: deposits.deposit(self._desk.look(), given))

    def deposits_lacking_ntpn(self, limit: int = 50) -> tuple[OpenDeposit, ...]:
        """Deposits whose NTPN has not come yet, oldest first."""
        with self._desk.office.store.reading():
            return deposits.lacking_ntpn(limit)

    def add_deposit_ntpn(self, deposit: int, ntpn: str) -> str | Refused:
        """The NTPN that a deposit lacked, as it is stored; `deposit` is its line of the books."""
        return self._may() or self._write(lambda: deposits.add_ntpn(self._desk.look(), deposit, ntpn))

    def held(self) -> Held | Refused:
        """What was received and is not in the state account yet, by where it lies."""
        return self._may() or self._read(ledger.held)

    def cash_book(self, since: datetime, until: datetime) -> tuple[Line, ...] | Refused:
        """The cash book from `since` to `until` (exclusive) with its running balance."""
        return self._may() or self._read(lambda: ledger.cash_book(since, until))

    def print_book(self, book: Book, period: Period) -> int | Refused:
        """Print the cash book or the monthly data of a month, to be signed. The print job's number."""

        def queue() -> int:
            look = self._desk.look()
            return queue_paper(look, treasurer_paper.paper(look, book, period))

        job = self._may() or self._write(queue)
        self._desk.office.printing.poke()
        return job

    def unpaid_billing(self, limit: int = 200) -> tuple[UnpaidBilling, ...] | Refused:
        """Billing codes that nobody has paid yet and no other code has replaced, soonest expiry first."""
        return self._may() or self._read(lambda: billing.unpaid(limit))

    @refusing
    def _may(self, witness: Witness | None = None) -> Refused | None:
        """Money is the treasurer's business, while the account and its duty last."""
        procedure = self._desk.office.procedure
        if acting_unit(self._desk.officer, procedure, STEP) is None:
            return refused(Code.NOT_YOUR_UNIT, unit=procedure.unit(procedure.step(STEP).unit).label)
        try:
            with self._desk.office.store.reading():
                require_present(self._desk.look(), witness)
        except Refuse as given_up:
            return given_up.answer
        return None

    @refusing
    def _read(self, work: Callable[[], Any]) -> Any:
        with self._desk.office.store.reading():
            return work()

    @refusing
    def _write(self, work: Callable[[], Any]) -> Any:
        with unit_of_work(self._desk.office.store) as answer:
            answer.value = work()
            if isinstance(answer.value, Refused):
                raise Refuse(answer.value)
        return answer.refused or answer.value


class Shifts:
    """The treasurer's shift at this terminal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payments = Payments(desk)

    def current(self) -> OpenShift | None:
        """The open shift here with what it took. Raises StoreError."""
        with self._desk.office.store.reading():
            return shifts.current(self._desk.office.terminal)

    def open(self, *, cash: bool) -> OpenShift | Refused:
        """Begin a shift; `cash` makes it a cash session."""
        return self._payments._may() or self._payments._write(lambda: shifts.open_shift(self._desk.look(), cash=cash))

    def settle(self) -> Settlement | Refused:
        """Close the batch of the payment terminal; what it said is kept with the shift, beside our own total.

        A settlement whose answer was lost is kept without a total. Refuses one that the terminal refused.
        """
        cashier = self._desk.office.cashier
        outcome = self._payments._may() or cashier.settle()
        if isinstance(outcome, Refused):
            return outcome
        if not outcome.settled and outcome.reason is None:
            return refused(Code.SETTLEMENT_REFUSED, code=outcome.response_code)
        kept: Settlement | Refused = self._payments._write(
            lambda: shifts.settled(
                self._desk.look(), cashier.device_name, total=outcome.total, batch_no=outcome.batch_no
            )
        )
        return kept

    def close(self, *, counted: int | None) -> Summary | Refused:
        """End the shift and print its report."""
        done = self._payments._may() or self._payments._write(lambda: shifts.close(self._desk.look(), counted=counted))
        self._desk.office.printing.poke()
        return done
