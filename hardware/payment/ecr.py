"""A payment terminal on an ECR link, whatever the bank's profile: the acts of `terminal.PaymentTerminal`.

A sale goes out once, after `on_stage(SENT)` has let it. From then on every fault of line or device ends in UNKNOWN,
and nothing here turns an UNKNOWN into anything else.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace

from hardware.faults import PortLost
from hardware.payment.fields import MAXIMUM_AMOUNT
from hardware.payment.link import EcrLink, Exchange, Judgement, Timings
from hardware.payment.memory import Memory, Owed
from hardware.payment.profile import Profile
from hardware.payment.terminal import (
    Cancelled,
    EchoResult,
    History,
    LateAnswer,
    Method,
    OnLateAnswer,
    OnStage,
    Purpose,
    Reached,
    Reason,
    Reply,
    SaleOutcome,
    SaleState,
    SettlementOutcome,
    Stage,
    TransactionRecord,
)
from hardware.port import Port

log = logging.getLogger(__name__)

_REFERENCE = re.compile(r"[A-Za-z0-9]{1,12}")
_LISTEN_SLICE_S = 0.25
_WALKED_BACK = 20
"""How many transactions a device without a list is asked for: it prints each of them."""


class LateAnswers:
    """Where answers go that nobody waits for. One for each device; outlives its link."""

    def __init__(self, profile: Profile, memory: Memory) -> None:
        self.subscriber: OnLateAnswer | None = None
        self._profile = profile
        self._memory = memory

    def take(self, reply: Reply) -> None:
        """Give a stray answer to the subscriber, once, with the reference of the sale it fits if it fits exactly
        one.
        """
        if self._memory.is_known(reply):
            return
        owner = self._memory.owner(reply)
        if owner is None:
            self._memory.took(reply)
            outcome = _told(SaleOutcome(SaleState.UNKNOWN, reply.amount or 0, "", Reason.AMBIGUOUS), reply)
        else:
            self._memory.answered(owner, reply)
            outcome = judge_sale(self._profile, owner, reply)
        if self.subscriber is None:
            return
        try:
            self.subscriber(LateAnswer(outcome.reference, outcome))
        except Exception:
            log.exception("the listener for late answers failed")


class EcrTerminal:
    """One open line to a terminal. Used by its owner thread only."""

    def __init__(self, port: Port, profile: Profile, timings: Timings, memory: Memory, late: LateAnswers) -> None:
        self._port = port
        self._profile = profile
        self._timings = timings
        self._memory = memory
        self._late = late
        self._link = EcrLink(port, profile, timings, self._stray)
        self._claim: Callable[[Reply], bool] | None = None

    def interrupt(self) -> None:
        """Make a waiting read return."""
        self._port.interrupt()

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def echo(self) -> EchoResult:
        """See `PaymentTerminal.echo`."""
        exchange = self._ask(Purpose.ECHO)
        if exchange.reply is None:
            return EchoResult(False, reason=exchange.reason)
        reply = exchange.reply
        return EchoResult(True, reply.response_code, reply.terminal_id, reply.merchant_id, reply.device_time)

    def sale(
        self, amount: int, method: Method, reference: str, on_stage: OnStage, cancelled: Cancelled | None = None
    ) -> SaleOutcome:
        """See `PaymentTerminal.sale`."""
        purpose = Purpose.SALE_CARD if method is Method.CARD else Purpose.SALE_QRIS
        outcome = self._charge(purpose, amount, reference, "", on_stage)
        if outcome.state is SaleState.PENDING and method is Method.QRIS:
            _notify(on_stage, Stage.PENDING, outcome)
            return self._poll(outcome, cancelled)
        return outcome

    def void(self, amount: int, reference: str, invoice_no: str, on_stage: OnStage) -> SaleOutcome:
        """See `PaymentTerminal.void`."""
        outcome = self._charge(Purpose.VOID, amount, reference, invoice_no, on_stage)
        if outcome.state is SaleState.APPROVED and outcome.invoice_no.lstrip("0") != invoice_no.lstrip("0"):
            return replace(outcome, state=SaleState.UNKNOWN, reason=Reason.REFERENCE_MISMATCH)
        return outcome

    def inquire(self, amount: int, reference: str, rrn: str) -> SaleOutcome:
        """See `PaymentTerminal.inquire`."""
        asked = SaleOutcome(SaleState.UNKNOWN, amount, reference, rrn=rrn)
        strangers: list[Reply] = []

        def ours(reply: Reply) -> bool:
            if reply.rrn and reply.rrn.lstrip("0") != rrn.lstrip("0"):
                strangers.append(reply)
            return reply not in strangers

        try:
            exchange = self._ask(Purpose.INQUIRE_QRIS, reference, rrn, ours)
        except PortLost:
            return replace(asked, reason=Reason.PORT_LOST)
        if exchange.reply is None:
            return replace(asked, reason=Reason.REFERENCE_MISMATCH if strangers else exchange.reason)
        reply = exchange.reply
        state, reason = self._profile.verdict(Purpose.INQUIRE_QRIS, reply)
        told = _told(asked, reply)
        if state is SaleState.APPROVED and reply.amount != amount:
            return replace(told, reason=Reason.AMOUNT_MISMATCH)
        if state is SaleState.APPROVED:
            self._memory.recognise(reply)
        return replace(told, state=state, reason=reason, rrn=rrn)

    def history(self, whole: bool, rrn: str = "", reached: Reached | None = None) -> History:
        """See `PaymentTerminal.history`."""
        if not whole:
            return self._listed(Purpose.LAST, rrn)
        if not self._profile.lists_all:
            return self._walked_back(reached or (lambda _: False))
        history = self._listed(Purpose.ALL, rrn)
        if history.reason is not Reason.NO_ANSWER or not history.records:
            return history
        last = self._listed(Purpose.LAST)
        if last.complete and last.records and last.records[0] in history.records:
            return replace(history, complete=True, reason=None)
        return history

    def _walked_back(self, reached: Reached) -> History:
        """The last transaction and those before it by trace number; numbers without a transaction are passed over."""
        last = self._listed(Purpose.LAST)
        if not (last.complete and last.records):
            return last
        records = list(last.records)
        trace = int(records[0].trace_no or 0)
        for number in range(trace - 1, max(0, trace - 1 - _WALKED_BACK), -1):
            if reached(records[-1]):
                return History(tuple(records), complete=True)
            one = self._listed(Purpose.BY_TRACE, trace=f"{number:06d}")
            strange = any(int(record.trace_no or 0) != number for record in one.records)
            if strange or not one.complete:
                reason = Reason.REFERENCE_MISMATCH if strange else one.reason
                return History(tuple(records), complete=False, reason=reason)
            records += one.records
        whole = reached(records[-1]) or 0 < trace <= 1 + _WALKED_BACK
        return History(tuple(records), complete=whole, reason=None if whole else Reason.NOT_LISTED)

    def _listed(self, purpose: Purpose, rrn: str = "", trace: str = "") -> History:
        """The answers to LAST, BY_TRACE or ALL. Complete when the device said that this is the end."""
        kind = self._profile.kind(purpose)
        replies, reason = self._link.collect(
            self._profile.request(purpose, rrn=rrn, invoice_no=trace),
            self._timings.answer(purpose),
            lambda reply: reply.kind == kind,
            lambda reply: purpose is not Purpose.ALL or self._profile.record(reply) is None,
        )
        records = tuple(record for record in map(self._profile.record, replies) if record is not None)
        return History(records, complete=reason is None, reason=reason)

    def settle(self) -> SettlementOutcome:
        """See `PaymentTerminal.settle`."""
        exchange = self._ask(Purpose.SETTLE)
        if exchange.reply is None:
            return SettlementOutcome(False, reason=exchange.reason)
        reply = exchange.reply
        settled = self._profile.verdict(Purpose.SETTLE, reply)[0] is SaleState.APPROVED
        return SettlementOutcome(
            settled, reply.response_code, reply.batch_no, reply.amount if settled else None, reply.device_time
        )

    def on_late_answer(self, subscriber: OnLateAnswer | None) -> None:
        """See `PaymentTerminal.on_late_answer`."""
        self._late.subscriber = subscriber

    def listen(self, seconds: float) -> int:
        """See `PaymentTerminal.listen`."""
        return self._link.listen(seconds)

    def listen_until(self, deadline: float) -> None:
        """Listen until a moment of the monotonic clock, or an interrupt."""
        if self._port.wait(deadline):
            self._link.listen(0.0)

    def resolved(self, reference: str, record: TransactionRecord | None) -> frozenset[tuple[str, str]] | None:
        """See `PaymentTerminal.resolved`.

        Where no transaction of the device settled it, the device is asked for its last one: an approval that comes
        late is recognised by it. A device that does not say keeps owing the answer.
        """
        listed = None
        if record is None and self._memory.owes(reference):
            last = self._listed(Purpose.LAST)
            if not last.complete:
                return None
            self._memory.saw(last.records)
            listed = frozenset((seen.invoice_no, seen.rrn) for seen in last.records)
        self._memory.resolved(reference, record)
        return listed

    def listed_before(self) -> frozenset[tuple[str, str]]:
        """See `PaymentTerminal.listed_before`."""
        return self._memory.seen

    def _charge(self, purpose: Purpose, amount: int, reference: str, invoice_no: str, on_stage: OnStage) -> SaleOutcome:
        """Send a sale or void once; whatever happens after the first byte is in the outcome."""
        _check(amount, reference)
        body = self._profile.request(purpose, amount=amount, reference=reference, invoice_no=invoice_no)
        sale = Owed(purpose, self._profile.kind(purpose), amount, reference)
        unanswered = SaleOutcome(SaleState.UNKNOWN, amount, reference)
        self._link.listen(0.0)
        on_stage(Stage.SENT, unanswered)
        self._memory.expect(sale)
        held: list[Reply] = []

        def judge(reply: Reply) -> Judgement:
            judgement = self._memory.judge(sale, reply, len(held))
            if judgement is Judgement.HOLD:
                held.append(reply)
            return judgement

        def acked() -> None:
            _notify(on_stage, Stage.ACKED, unanswered)

        deadline = time.monotonic() + self._timings.answer(purpose)
        try:
            exchange = self._link.exchange(body, self._timings.answer(purpose), acked, judge)
            if exchange.reply is not None and exchange.doubtful:
                exchange = self._settle_doubt(sale, exchange.reply, deadline)
        except PortLost:
            exchange = Exchange(None, Reason.PORT_LOST)
        if exchange.reply is not None:
            self._memory.answered(sale, exchange.reply)
        for older in held:
            self._late.take(older)
        if exchange.reply is None:
            return replace(unanswered, reason=exchange.reason)
        return judge_sale(self._profile, sale, exchange.reply)

    def _settle_doubt(self, sale: Owed, doubtful: Reply, deadline: float) -> Exchange:
        """A refusal that equals the previous one, byte for byte, may be that one again while this sale still
        runs.

        The terminal answers for its last transaction when it is done with the sale. If that could be this sale,
        nobody guesses; if not, the refusal stands. The sale's own answer is taken whenever it comes.
        """
        answers: list[Reply] = []

        def claim(reply: Reply) -> bool:
            mine = self._memory.judge(sale, reply, 0) is Judgement.TAKE
            if mine:
                answers.append(reply)
            return mine

        self._claim = claim
        try:
            while not answers:
                last = self._listed(Purpose.LAST)
                if answers:
                    break
                if last.complete:
                    charged = any(self._could_be(sale, record) for record in last.records)
                    return Exchange(None, Reason.AMBIGUOUS) if charged else Exchange(doubtful)
                if time.monotonic() >= deadline:
                    return Exchange(None, Reason.AMBIGUOUS)
        finally:
            self._claim = None
        return Exchange(answers[0])

    def _could_be(self, sale: Owed, record: TransactionRecord) -> bool:
        same = record.approved and record.amount == sale.amount
        return same and not self._memory.names(record.invoice_no, record.rrn)

    def _stray(self, reply: Reply) -> None:
        """An answer outside its exchange: the claim's, where there is one, else a late one."""
        if self._claim is None or not self._claim(reply):
            self._late.take(reply)

    def _poll(self, pending: SaleOutcome, cancelled: Cancelled | None) -> SaleOutcome:
        """Ask for a created QRIS payment until it is decided or the time is over. A fault of the line leaves it
        pending.
        """
        deadline = time.monotonic() + self._timings.qris_wait
        latest = pending
        while time.monotonic() < deadline:
            if not self._wait_for_poll(deadline, cancelled):
                return replace(latest, reason=Reason.WAIT_CANCELLED)
            outcome = self.inquire(pending.amount, pending.reference, pending.rrn)
            if outcome.state in (SaleState.APPROVED, SaleState.DECLINED):
                return outcome
            if outcome.reason is Reason.AMOUNT_MISMATCH:
                return outcome
            latest = replace(pending, reason=outcome.reason, response_code=outcome.response_code)
            if outcome.reason is Reason.PORT_LOST:
                return latest
        return latest

    def _wait_for_poll(self, deadline: float, cancelled: Cancelled | None) -> bool:
        """Listen until the next poll is due; False when somebody no longer wants to wait."""
        due = min(deadline, time.monotonic() + self._timings.qris_poll)
        while True:
            if cancelled is not None and cancelled():
                return False
            left = due - time.monotonic()
            if left <= 0:
                return True
            try:
                self._link.listen(min(left, _LISTEN_SLICE_S))
            except PortLost:
                return True

    def _ask(
        self,
        purpose: Purpose,
        reference: str = "",
        rrn: str = "",
        ours: Callable[[Reply], bool] = lambda _: True,
    ) -> Exchange:
        """An exchange that charges nothing. Answers of the right type that are not `ours` belong elsewhere."""
        kind = self._profile.kind(purpose)
        return self._link.exchange(
            self._profile.request(purpose, reference=reference, rrn=rrn),
            self._timings.answer(purpose),
            lambda: None,
            lambda reply: Judgement.TAKE if reply.kind == kind and ours(reply) else Judgement.FOREIGN,
        )


def judge_sale(profile: Profile, sale: Owed, reply: Reply) -> SaleOutcome:
    """What an answer makes of a sale: the code's verdict, unless the amount it confirms is not the one asked for."""
    state, reason = profile.verdict(sale.purpose, reply)
    confirmed = state is SaleState.APPROVED or (state is SaleState.PENDING and reply.amount)
    if confirmed and reply.amount != sale.amount:
        state, reason = SaleState.UNKNOWN, Reason.AMOUNT_MISMATCH
    return _told(SaleOutcome(state, sale.amount, sale.reference, reason), reply)


def _told(outcome: SaleOutcome, reply: Reply) -> SaleOutcome:
    """The outcome with what the device said."""
    return replace(
        outcome,
        response_code=reply.response_code,
        approval_code=reply.approval_code,
        rrn=reply.rrn,
        invoice_no=reply.invoice_no,
        batch_no=reply.batch_no,
        masked_pan=reply.masked_pan,
        terminal_id=reply.terminal_id,
        merchant_id=reply.merchant_id,
        device_time=reply.device_time,
        raw_masked=reply.raw_masked,
    )


def _notify(on_stage: OnStage, stage: Stage, outcome: SaleOutcome) -> None:
    """Report a stage after SENT. The sale is under way: a listener that fails must not lose its outcome."""
    try:
        on_stage(stage, outcome)
    except Exception:
        log.exception("the listener of a sale failed at %s", stage.value)


def _check(amount: int, reference: str) -> None:
    if not 1 <= amount <= MAXIMUM_AMOUNT:
        raise ValueError("amount outside 1..9999999999 rupiah")
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference is 1 to 12 letters and digits")
