"""The life of a payment in the database: an intent first, then what the device says, step by step.

Every change is conditional on the state before it (kiosk.money.states) and leaves an event and an audit event in the
same transaction; a payment that becomes paid enters the ledger there too. Nothing here speaks to a device.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.tables import Case, Payment, PaymentEvent
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.engine import REASON_MINIMUM
from kiosk.cases.model import CaseFile, Outcome
from kiosk.cases.work import Look
from kiosk.money import ledger, shifts, slips
from kiosk.money.charges import Charge
from kiosk.money.methods import Method, StateReceipt, check_ntpn
from kiosk.money.states import FINAL, PAID, UNANSWERED, State, before
from kiosk.people.model import Witness
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refused, refused
from kiosk.text import clean

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 12
ECHO_DIFFERS = frozenset({"amount_mismatch", "reference_mismatch", "type_mismatch"})
"""The device answered, but not for what was asked: unknown, and an alarm in the audit chain."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What the approval decided about money: the part of its output that the cashier reads."""

    charges: tuple[Charge, ...]
    total: int
    days_granted: int = 0


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as people see it. `decided_at` is when it became paid or came to nothing."""

    id: int
    case_id: int
    reference: str
    method: Method
    amount: int
    state: State
    charges: tuple[Charge, ...]
    officer_id: int
    terminal: str
    device: str
    created_at: datetime
    sent_at: datetime | None
    decided_at: datetime | None
    response_code: str
    approval_code: str
    rrn: str
    invoice_no: str
    masked_pan: str
    device_terminal: str
    billing_code: str
    bank_ref: str
    ntpn: str
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody (the device, or two people with the slip) says of a payment."""

    state: State
    reason: str = ""
    response_code: str = ""
    approval_code: str = ""
    rrn: str = ""
    invoice_no: str = ""
    batch_no: str = ""
    masked_pan: str = ""
    device_terminal: str = ""


def bill(case: CaseFile) -> Bill | None:
    """The bill of the valid approval, None where there is none."""
    return case.output("approval", Bill)


# reading; within a unit of work


def get(payment_id: int) -> PaymentView | None:
    row = Payment.get_or_none(Payment.id == payment_id)
    return None if row is None else view(row)


def live(case_id: int) -> PaymentView | None:
    """The payment that is open or paid; a case has one at most."""
    row = Payment.get_or_none((Payment.case == case_id) & Payment.state.not_in(sorted(FINAL)))
    return None if row is None else view(row)


def of_case(case_id: int) -> tuple[PaymentView, ...]:
    """Every payment of a case, oldest first."""
    return tuple(view(row) for row in Payment.select().where(Payment.case == case_id).order_by(Payment.id))


def by_key(key: str) -> PaymentView | None:
    row = Payment.get_or_none(Payment.key == key)
    return None if row is None else view(row)


def by_reference(reference: str) -> PaymentView | None:
    row = Payment.get_or_none(Payment.reference == reference)
    return None if row is None else view(row)


def unanswered(device: str) -> PaymentView | None:
    """The undecided sale that blocks a device, if there is one."""
    row = Payment.get_or_none((Payment.device == device) & Payment.state.in_(sorted(UNANSWERED)))
    return None if row is None else view(row)


def undecided(terminal: str | None = None) -> tuple[PaymentView, ...]:
    """Every payment of unknown outcome, oldest first; of one terminal if named."""
    query = Payment.select().where(Payment.state.in_(sorted(UNANSWERED))).order_by(Payment.id)
    if terminal is not None:
        query = query.where(Payment.terminal == terminal)
    return tuple(view(row) for row in query)


VOID_BEGUN, VOID_REFUSED = "void_begun", "void_refused"


@dataclass(frozen=True, slots=True)
class BegunVoid:
    """A void that was asked of the device and of whose end nothing is known yet: why, and who stood by."""

    reason: str
    witness: Witness


def begun_void(payment_id: int) -> BegunVoid | None:
    """The unfinished void of a paid payment. Within a unit of work."""
    newest = PaymentEvent.select().where(PaymentEvent.payment == payment_id).order_by(PaymentEvent.id.desc()).first()
    if newest is None or newest.reason != VOID_BEGUN or not State(newest.state).paid:
        return None
    return BegunVoid(str(json.loads(newest.data)["reason"]), Witness(0, newest.witness_id, "", (), ()))


def begun_voids(terminal: str) -> tuple[PaymentView, ...]:
    """The payments of a terminal whose void was begun and not ended, oldest first. Within a unit of work."""
    begun = PaymentEvent.select(PaymentEvent.payment).where(PaymentEvent.reason == VOID_BEGUN)
    query = Payment.select().where(
        (Payment.terminal == terminal) & Payment.state.in_(sorted(PAID)) & Payment.id.in_(begun)
    )
    return tuple(view(row) for row in query.order_by(Payment.id) if begun_void(row.id) is not None)


def begin_void(payment: PaymentView, look: Look, reason: str, witness: Witness) -> None:
    """Keep that a void is about to be asked of the device. Within a writing unit of work."""
    _event(payment.id, payment.state, look.now, look.officer.id, witness, VOID_BEGUN, {"reason": clean(reason)})
    audit.append(look.now, look.signer, "payment_noted", f"payment:{payment.id}", {"reason": VOID_BEGUN})


def paid_recently(terminal: str, since: datetime, limit: int) -> tuple[PaymentView, ...]:
    """What was paid at a terminal, or anywhere since a moment, and was not taken back, newest first."""
    near = (Payment.terminal == terminal) | (Payment.decided_at >= since)
    query = Payment.select().where(near & Payment.state.in_(sorted(PAID)))
    return tuple(view(row) for row in query.order_by(Payment.id.desc()).limit(limit))


def lacking_ntpn(limit: int) -> tuple[PaymentView, ...]:
    """State receipts whose NTPN has not come yet, oldest first."""
    query = Payment.select().where(Payment.state == State.PAID_PENDING_NTPN).order_by(Payment.id).limit(limit)
    return tuple(view(row) for row in query)


def taken_slips(payment: PaymentView) -> frozenset[tuple[str, str]]:
    """(invoice, RRN) of the other payments of the same device: `payment` can't have them too.

    A terminal that has not said its number yet may be any: then nobody's slip is free.
    """
    query = Payment.select(Payment.invoice_no, Payment.rrn).where(
        (Payment.id != payment.id) & ((Payment.invoice_no != "") | (Payment.rrn != ""))
    )
    if payment.device_terminal:
        query = query.where(Payment.device_terminal.in_([payment.device_terminal, ""]))
    return frozenset((row.invoice_no, row.rrn) for row in query)


# writing; within a writing unit of work


def intend(look: Look, case: CaseFile, due: Bill, method: Method, *, key: str, device: str) -> PaymentView | Refused:
    """The intent to charge `due` by a device. Durable once the caller's transaction is; nothing has been asked yet."""
    shift = shifts.for_payment(look)
    if isinstance(shift, Refused):
        return shift
    row = _create(look, case, due, method, State.INTENT, key=key, shift=shift, device=device)
    _event(row.id, State.INTENT, look.now, look.officer.id)
    _audit(look.now, look.signer, row, State.INTENT)
    return view(row)


def present(look: Look, case: CaseFile, due: Bill, slip: StateReceipt, *, key: str) -> PaymentView | Refused:
    """A deposit into the state account that the applicant shows; already checked."""
    shift = shifts.for_payment(look)
    if isinstance(shift, Refused):
        return shift
    state = State.SETTLED if slip.ntpn else State.PAID_PENDING_NTPN
    more = {"billing_code": slip.billing_code, "bank_ref": slip.bank_ref, "ntpn": slip.ntpn or None}
    row = _create(look, case, due, Method.STATE_RECEIPT, state, key=key, shift=shift, decided_at=look.now, **more)
    return _paid_at_once(look, row, due, shift, {"paid_on": slip.paid_on.isoformat()})


def take_cash(look: Look, case: CaseFile, due: Bill, received: int, *, key: str) -> PaymentView | Refused:
    """Cash over the counter, in the treasurer's cash session."""
    shift = shifts.for_payment(look, cash=True)
    if isinstance(shift, Refused):
        return shift
    row = _create(look, case, due, Method.CASH, State.APPROVED, key=key, shift=shift, decided_at=look.now)
    return _paid_at_once(look, row, due, shift, {"received": received, "change": received - due.total})


def change(
    payment: PaymentView,
    told: Told,
    *,
    now: datetime,
    signer: Signer,
    witness: Witness | None = None,
    data: dict[str, Any] | None = None,
) -> bool:
    """Move a payment to `told.state` if that change exists from the state it has now. False where it doesn't."""
    decided = told.state.paid or told.state.final
    values: dict[str, Any] = {"state": told.state, "reason": clean(told.reason)}
    for name in ("response_code", "approval_code", "rrn", "invoice_no", "batch_no", "masked_pan", "device_terminal"):
        if text := str(getattr(told, name)):
            values[name] = clean(text, limit=24)
    if told.state is State.SENT:
        values["sent_at"] = now
    if decided and told.state is not State.SETTLED:
        values["decided_at"] = now
    was = Payment.get_by_id(payment.id).state
    moved = (
        Payment.update(**values)
        .where((Payment.id == payment.id) & Payment.state.in_([str(state) for state in before(told.state)]))
        .execute()
    )
    if moved != 1:
        return False
    row = Payment.get_by_id(payment.id)
    _event(row.id, told.state, now, signer.officer or None, witness, told.reason, data)
    _audit(now, signer, row, told.state)
    if told.reason in ECHO_DIFFERS:
        audit.append(now, signer, "payment_echo_differs", f"payment:{row.id}", {"reason": told.reason})
    officer = signer.officer or row.officer_id
    if told.state.paid and not State(was).paid:
        ledger.receive(row, payment.charges, at=now, officer=officer, shift=row.shift_id)
    if told.state is State.REVERSED:
        here = shifts.current(signer.terminal)
        shift = here.id if here else row.shift_id
        ledger.reverse(row, at=now, officer=officer, shift=shift, reason=told.reason)
    return True


def add_ntpn(look: Look, payment_id: int, ntpn: str) -> PaymentView | Refused:
    """The NTPN that a temporary BPN lacked: the payment is settled. Within a writing unit of work."""
    ntpn = ntpn.replace(" ", "").upper()
    if (wrong := check_ntpn(ntpn)) is not None:
        return Refused((wrong,))
    payment = get(payment_id)
    if payment is None:
        return refused(Code.PAYMENT_NOT_FOUND)
    if used := slips.used("", "", ntpn):
        return Refused(used)
    if not change(payment, Told(State.SETTLED), now=look.now, signer=look.signer):
        return refused(Code.PAYMENT_DECIDED)
    Payment.update(ntpn=ntpn).where(Payment.id == payment_id).execute()
    return get(payment_id) or payment


def note(payment_id: int, state: State, now: datetime, signer: Signer, reason: str, data: dict[str, Any]) -> None:
    """Record something said of a payment that doesn't change it (a late or doubtful answer)."""
    _event(payment_id, state, now, signer.officer or None, None, reason, data)
    audit.append(now, signer, "payment_noted", f"payment:{payment_id}", {"state": str(state), "reason": reason})


def view(row: Payment) -> PaymentView:
    return PaymentView(
        id=row.id,
        case_id=row.case_id,
        reference=row.reference,
        method=Method(row.method),
        amount=row.amount,
        state=State(row.state),
        charges=from_json(tuple[Charge, ...], row.charge),
        officer_id=row.officer_id,
        terminal=row.terminal,
        device=row.device,
        created_at=row.created_at,
        sent_at=row.sent_at,
        decided_at=row.decided_at,
        response_code=row.response_code,
        approval_code=row.approval_code,
        rrn=row.rrn,
        invoice_no=row.invoice_no,
        masked_pan=row.masked_pan,
        device_terminal=row.device_terminal,
        billing_code=row.billing_code,
        bank_ref=row.bank_ref,
        ntpn=row.ntpn or "",
        reason=row.reason,
    )


def _create(
    look: Look, case: CaseFile, due: Bill, method: Method, state: State, *, key: str, shift: int, **more: Any
) -> Payment:
    return Payment.create(
        case=case.id,
        key=key[:40],
        reference="".join(secrets.choice(_ALPHABET) for _ in range(REFERENCE_LENGTH)),
        method=method,
        amount=due.total,
        state=state,
        charge=to_json(due.charges),
        officer=look.officer.id,
        terminal=look.kit.terminal,
        shift=shift,
        created_at=look.now,
        **more,
    )


def _paid_at_once(look: Look, row: Payment, due: Bill, shift: int, data: dict[str, Any]) -> PaymentView:
    state = State(row.state)
    _event(row.id, state, look.now, look.officer.id, data=data)
    _audit(look.now, look.signer, row, state)
    ledger.receive(row, due.charges, at=look.now, officer=look.officer.id, shift=shift)
    return view(row)


def _event(
    payment_id: int,
    state: State,
    at: datetime,
    officer: int | None,
    witness: Witness | None = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    PaymentEvent.create(
        payment=payment_id,
        state=state,
        at=at,
        officer=officer,
        witness=witness.person_id if witness else None,
        reason=clean(reason),
        data=to_json(data or {}),
    )


def _audit(now: datetime, signer: Signer, row: Payment, state: State) -> None:
    data = {"state": str(state), "case": row.case_id, "method": row.method, "amount": row.amount}
    audit.append(now, signer, "payment", f"payment:{row.id}", data)


def unfinished(terminal: str) -> tuple[PaymentView, ...]:
    """What a crash of `terminal` may have left between two states. Within a unit of work."""
    states = [str(state) for state in (State.INTENT, State.SENT, State.ACKED)]
    query = Payment.select().where((Payment.terminal == terminal) & Payment.state.in_(states)).order_by(Payment.id)
    return tuple(view(row) for row in query)


def decided_before(payment: PaymentView) -> frozenset[tuple[str, str]]:
    """(invoice, RRN) of sales that the same device had approved before this one was sent. Within a unit of work."""
    query = Payment.select(Payment.invoice_no, Payment.rrn).where(
        (Payment.device == payment.device)
        & Payment.device_terminal.in_([payment.device_terminal or Payment.device_terminal, ""])
        & (Payment.decided_at < (payment.sent_at or payment.created_at))
        & (Payment.invoice_no != "")
    )
    return frozenset((row.invoice_no, row.rrn) for row in query)


def application_no(payment: PaymentView) -> str:
    """The number of the payment's case. Within a unit of work."""
    return str(Case.get_by_id(payment.case_id).application_no)


def unmatched(now: datetime, signer: Signer, amount: int, rrn: str) -> None:
    """A device's answer that fits no payment of ours. Within a writing unit of work."""
    audit.append(now, signer, "payment_answer_unmatched", "", {"amount": amount, "rrn": rrn})


def not_reversible(payment: PaymentView, case: CaseFile, reason: str) -> Refused | None:
    """Why a payment can't be taken back now; None if it can. Pure.

    Its case must be at the payment step or before it, or have ended without a permit: a document that was paid for is
    never issued for money that was given back.
    """
    if not payment.state.paid:
        return refused(Code.PAYMENT_DECIDED)
    if len(reason.strip()) < REASON_MINIMUM:
        return refused(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
    not_past = case.at.number <= case.procedure.step("payment").number and case.outcome is Outcome.IN_PROCESS
    without_permit = case.outcome not in (Outcome.IN_PROCESS, Outcome.ISSUED)
    return None if not_past or without_permit else refused(Code.REVERSAL_NOT_NOW)
