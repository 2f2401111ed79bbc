"""What a payment terminal says of a sale, as the office's states: its answer, or its own records where it has none.

Runs in the device's thread. Absence from the device's list is an answer only where the list shows that it reaches back
beyond the sale: a settled batch starts a new list.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hardware.payment.matching import Sought, Verdict, match_transaction
from hardware.payment.terminal import (
    History,
    PaymentTerminal,
    Reason,
    SaleOutcome,
    SaleState,
    Stage,
    TransactionRecord,
)
from hardware.payment.terminal import (
    Method as DeviceMethod,
)
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State

_STATES = {
    SaleState.APPROVED: State.APPROVED,
    SaleState.DECLINED: State.DECLINED,
    SaleState.CANCELLED: State.CANCELLED,
    SaleState.PENDING: State.PENDING,
    SaleState.UNKNOWN: State.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What to store; `evidence` is the device's masked answer or a count, `record` its own transaction if one fits."""

    told: Told
    state: State
    evidence: str = ""
    record: TransactionRecord | None = None


def told_by(outcome: SaleOutcome, payment: PaymentView) -> Told:
    """The device's outcome for a payment. An amount or reference that is not the payment's makes it UNKNOWN."""
    state = _STATES[outcome.state]
    reason = str(outcome.reason) if outcome.reason else ""
    if outcome.amount != payment.amount:
        state, reason = State.UNKNOWN, str(Reason.AMOUNT_MISMATCH)
    elif outcome.reference != payment.reference:
        state, reason = State.UNKNOWN, str(Reason.REFERENCE_MISMATCH)
    if state is State.UNKNOWN:
        # what an answer in doubt carries may be another sale's
        return Told(state, reason, response_code=outcome.response_code, rrn=_own_rrn(outcome))
    return Told(
        state=state,
        reason=reason,
        response_code=outcome.response_code,
        approval_code=outcome.approval_code,
        rrn=outcome.rrn,
        invoice_no=outcome.invoice_no,
        batch_no=outcome.batch_no,
        masked_pan=outcome.masked_pan,
        device_terminal=outcome.terminal_id,
    )


def _own_rrn(outcome: SaleOutcome) -> str:
    return outcome.rrn if outcome.reason is None else ""


def ask_device(
    terminal: PaymentTerminal,
    payment: PaymentView,
    taken: Collection[tuple[str, str]],
    own_before: Collection[tuple[str, str]],
) -> Answer:
    """Ask for a QRIS payment by its RRN, else look for the sale in the device's records. Charges nothing.

    `taken` are the slips of other payments; `own_before` those that this device gave before the sale.
    """
    if payment.method is Method.EDC_QRIS and payment.rrn:
        outcome = terminal.inquire(payment.amount, payment.reference, payment.rrn)
        told = told_by(outcome, payment)
        return Answer(told, told.state, outcome.raw_masked.decode("latin-1"))
    sought = _sought(payment, {*taken, *terminal.listed_before()})
    last = terminal.history(whole=False)
    found = match_transaction(sought, last.records)
    if found.verdict is not Verdict.MATCHED:
        whole = terminal.history(whole=True, reached=lambda record: (record.invoice_no, record.rrn) in own_before)
        found = match_transaction(sought, whole.records)
        if found.verdict is Verdict.NONE:
            return _absent(payment, whole, own_before)
    if found.record is None:
        return _still_unknown("ambiguous", len(found.candidates))
    return _matched(found.record)


def _sought(payment: PaymentView, taken: Collection[tuple[str, str]]) -> Sought:
    sent_at: datetime = payment.sent_at or payment.created_at
    return Sought(
        amount=payment.amount,
        method=DeviceMethod.QRIS if payment.method is Method.EDC_QRIS else DeviceMethod.CARD,
        sent_at=sent_at,
        reference=payment.reference,
        terminal_id=payment.device_terminal,
        rrn=payment.rrn,
        masked_pan=payment.masked_pan,
        taken=taken,
    )


def _matched(record: TransactionRecord) -> Answer:
    told = Told(
        State.APPROVED,
        reason="device_record",
        response_code=record.response_code,
        approval_code=record.approval_code,
        rrn=record.rrn,
        invoice_no=record.invoice_no,
        batch_no=record.batch_no,
        masked_pan=record.masked_pan,
        device_terminal=record.terminal_id,
    )
    return Answer(told, told.state, "device record", record)


def _absent(payment: PaymentView, history: History, own_before: Collection[tuple[str, str]]) -> Answer:
    """Not in the list: not charged, if the list is whole and holds an older sale of ours; a QRIS may yet be paid."""
    reaches_back = any((record.invoice_no, record.rrn) in own_before for record in history.records)
    if history.complete and reaches_back and payment.method is Method.EDC_CARD:
        return Answer(Told(State.DECLINED, "not_in_device_list"), State.DECLINED, f"{len(history.records)} records")
    return _still_unknown("not_found" if history.complete else "list_incomplete", len(history.records))


def _still_unknown(reason: str, count: int) -> Answer:
    return Answer(Told(State.UNKNOWN, reason), State.UNKNOWN, f"{count} records")


def voided_on_device(terminal: PaymentTerminal, payment: PaymentView) -> bool | None:
    """Void the sale, or find that the device has voided it already. False: it refused. None: it did not say."""
    if is_voided(terminal, payment):
        return True
    outcome = terminal.void(payment.amount, payment.reference, payment.invoice_no, _unrecorded)
    if outcome.state is SaleState.APPROVED:
        return True
    return is_voided(terminal, payment) if outcome.state is SaleState.UNKNOWN else False


def is_voided(terminal: PaymentTerminal, payment: PaymentView) -> bool | None:
    """Whether the device's list has the sale as voided. None where the list does not have it, or broke off."""
    listed = terminal.history(whole=True, reached=lambda record: record.invoice_no == payment.invoice_no)
    for record in listed.records:
        if record.invoice_no and record.invoice_no == payment.invoice_no and record.rrn == payment.rrn:
            return record.voided or not record.approved
    return None


def _unrecorded(stage: Stage, outcome: SaleOutcome) -> None:
    """A void changes nothing of ours until the device has confirmed it."""
