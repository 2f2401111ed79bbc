"""Step 7, payment: the charge of the approval is paid and a tanda bukti bayar is given, the claim on the passport.

SOP row 7 (Bendahara; slip bukti pembayaran in, payment result and tanda bukti bayar out). Rows used: the approval's
charges with their frozen tariff rows, the procedure's promise (two working days from payment). What a payment terminal
takes has a life of its own (kiosk.money.cashier) and is only found here; a state receipt or cash is entered in the
step's transaction. A payment kept from before a send-back completes the step without a new charge.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.tables import Payment, Receipt
from db.turns import Hold
from kiosk.bilingual import Bilingual
from kiosk.cases.engine import Refuse
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Issued, Look, Work, void_receipts
from kiosk.clock import office_day
from kiosk.formats import numeric_date, rupiah
from kiosk.money import billing, payments, shifts, slips
from kiosk.money.charges import OVERSTAY, Charge
from kiosk.money.methods import Method, StateReceipt, check_state_receipt, cleaned
from kiosk.money.payments import Bill, PaymentView
from kiosk.money.states import PAID
from kiosk.prediction.history import ready_if_paid_now
from kiosk.receipts import contents, token
from kiosk.receipts.terminal_keys import to_sign_with
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refusal, Refused
from kiosk.working_calendar import Calendar

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


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows: the bill, the payment as it stands (None: nothing tried), and the ways to pay."""

    bill: Bill
    payment: PaymentView | None
    earlier: tuple[PaymentView, ...]
    methods: tuple[Method, ...]
    blocked_by: str
    """Number of the case whose undecided sale blocks this counter's payment terminal, "" if none does."""
    billing: tuple[billing.BillingCode, ...]
    expected_ready: datetime
    no_key: bool = False
    """No key of this terminal may sign the claim now: nothing may be taken, and what is paid waits for a key."""


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    """The bill of `case` and how far its payment is."""
    assert case is not None, "step 7 has a case"
    tried = payments.of_case(case.id)
    other = payments.unanswered(f"{look.kit.terminal}/payment")
    blocked = other is not None and other.case_id != case.id
    return Prepared(
        bill=payments.bill(case) or Bill((), 0),
        payment=payments.live(case.id),
        earlier=tuple(payment for payment in tried if payment.state.final),
        methods=tuple(m for m in Method if m is not Method.CASH or look.kit.settings.policy.cash),
        blocked_by=payments.application_no(other) if other is not None and blocked else "",
        billing=billing.of_case(case.id),
        expected_ready=_due(look, case, look.now),
        no_key=not _has_claim(case) and _key_refused(look) is not None,
    )


def across_cases(given: Given | None) -> tuple[Hold, ...]:
    """A slip pays one case."""
    if given is None or given.state_receipt is None:
        return ()
    slip = cleaned(given.state_receipt)
    return slips.holds(slip.billing_code, slip.bank_ref, slip.ntpn)


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Why the step can't be completed with `given`."""
    due = payments.bill(case)
    if due is None or due.total <= 0:
        return (Refusal(Code.ACT_NOT_ALLOWED),)
    live = payments.live(case.id)
    if live is not None:
        return tuple(_wrong_payment(live, due, given))
    if (no_key := _key_refused(look)) is not None:
        return (no_key,)
    if given.state_receipt is not None:
        return tuple(_wrong_state_receipt(look, case, due, cleaned(given.state_receipt)))
    if given.cash_received:
        return tuple(_wrong_cash(look, due, given.cash_received))
    return (Refusal(Code.PAYMENT_NEEDED),)


def _key_refused(look: Look) -> Refusal | None:
    """Why no claim could be given at this terminal now; None if one could."""
    try:
        to_sign_with(look.kit.keys, ReceiptType.PAYMENT, look.now)
    except Refuse as refuse:
        return refuse.answer.first
    return None


def _has_claim(case: CaseFile) -> bool:
    """Whether a claim from before a send-back stands."""
    return bool(_claims(case).exists())


def _claims(case: CaseFile) -> Any:
    payment_receipts = (Receipt.case == case.id) & (Receipt.type == int(ReceiptType.PAYMENT))
    return Receipt.select().where(payment_receipts & Receipt.voided_at.is_null())


def _wrong_payment(live: PaymentView, due: Bill, given: Given) -> Iterator[Refusal]:
    """A payment exists: it must be paid, be the one meant, and be for what is due now."""
    if live.state.open:
        yield Refusal(Code.PAYMENT_PENDING)
    elif given.state_receipt is not None or given.cash_received or given.payment_id not in (0, live.id):
        yield Refusal(Code.PAYMENT_ALREADY_PAID)
    elif live.amount != due.total:
        yield Refusal(Code.PAYMENT_AMOUNT_CHANGED, details={"paid": rupiah(live.amount), "due": rupiah(due.total)})


def _wrong_state_receipt(look: Look, case: CaseFile, due: Bill, slip: StateReceipt) -> Iterator[Refusal]:
    yield from check_state_receipt(slip, due.total, look.today)
    if slip.paid_on < (filed := office_day(case.opened_at)):
        # a deposit made before the application was for something else
        yield Refusal(Code.DATE_TOO_EARLY, "paid_on", {"limit": numeric_date(filed)})
    recorded = billing.known(slip.billing_code)
    if recorded is not None:
        owner, code = recorded
        if owner != case.id:
            yield Refusal(Code.BILLING_CODE_USED, "billing_code")
        elif code.replaced or slip.paid_on > office_day(code.expires_at):
            yield Refusal(Code.BILLING_EXPIRED, "billing_code")
    if slip.ntpn and Payment.get_or_none(Payment.ntpn == slip.ntpn) is not None:
        yield Refusal(Code.NTPN_USED, "ntpn")
    if _pays_another(slip.billing_code):
        yield Refusal(Code.BILLING_CODE_USED, "billing_code")
    yield from slips.used_by_a_deposit(slip.billing_code, slip.bank_ref, slip.ntpn)


def _pays_another(code: str) -> bool:
    paid = [str(state) for state in PAID]
    return bool(Payment.select().where((Payment.billing_code == code) & Payment.state.in_(paid)).exists())


def _wrong_cash(look: Look, due: Bill, received: int) -> Iterator[Refusal]:
    shift = shifts.current(look.kit.terminal)
    if not look.kit.settings.policy.cash:
        yield Refusal(Code.CASH_OFF, "cash_received")
    elif shift is None or not shift.cash_allowed or shift.officer_id != look.officer.id:
        yield Refusal(Code.CASH_SESSION_NEEDED)
    if received < due.total:
        yield Refusal(Code.CASH_TOO_LITTLE, "cash_received", {"due": rupiah(due.total)})


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """Enter the payment if it isn't yet, give the claim, promise the day."""
    due = payments.bill(case)
    assert due is not None, "check came first"
    payment = payments.live(case.id) or _enter(work, case, due, given)
    paid_at = payment.decided_at or work.now
    promise_due = _due(work.look, case, paid_at)
    receipt_id, number = _kept_claim(work, case) or _new_claim(work, case, due, payment, promise_due)
    work.changes["promise_due"] = promise_due
    return Produced(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        receipt_id=receipt_id,
        receipt_number=number,
        paid_at=paid_at,
        promise_due=promise_due,
        ntpn=payment.ntpn,
    )


def _enter(work: Work, case: CaseFile, due: Bill, given: Given) -> PaymentView:
    key = secrets.token_hex(16)
    if given.state_receipt is not None:
        entered = payments.present(work.look, case, due, cleaned(given.state_receipt), key=key)
    else:
        entered = payments.take_cash(work.look, case, due, given.cash_received, key=key)
    if isinstance(entered, Refused):
        raise Refuse(entered)
    return entered


def _due(look: Look, case: CaseFile, paid_at: datetime) -> datetime:
    return Calendar(look.regulations).due(paid_at, case.procedure.promise.working_days)


def _kept_claim(work: Work, case: CaseFile) -> tuple[str, str] | None:
    """The claim given before a send-back, if it is still good for this passport; else it is void."""
    row = _claims(case).first()
    if row is None:
        return None
    identity = bytes.fromhex(row.receipt_id)
    parts = token.decode_text(row.token)
    tag = token.holder_tag(work.kit.keys.pepper, case.issuing_state, case.passport_no, identity)
    if parts is not None and parts[0][15:22] == tag:
        return row.receipt_id, row.number
    void_receipts(case.id, (ReceiptType.PAYMENT,), "passport data corrected", work.now)
    return None


def _new_claim(work: Work, case: CaseFile, due: Bill, payment: PaymentView, promise_due: datetime) -> tuple[str, str]:
    estimate = ready_if_paid_now(case.procedure, work.look.regulations, work.now)
    kept = estimate.kept if estimate is not None else None

    def paper(issued: Issued) -> contents.PaymentReceipt:
        return contents.PaymentReceipt(
            number=issued.number,
            application_no=case.application_no,
            paid_at=payment.decided_at or work.now,
            payer=contents.Holder(case.holder_name, nationality=case.nationality),
            passport_no=case.passport_no,
            service=service_name(work.look, case.kind),
            charges=tuple(line(work.look, case, charge) for charge in payment.charges),
            method=payment.method,
            treasurer=contents.Clerk(work.look.officer.name, work.look.officer.staff_no, work.kit.terminal),
            token=issued.token,
            short_code=issued.short_code,
            days=due.days_granted or None,
            billing_code=payment.billing_code,
            bank_ref=payment.bank_ref,
            ntpn=payment.ntpn,
            approval_code=payment.approval_code,
            card_last4=payment.masked_pan[-4:],
            expected_ready=office_day(promise_due),
            estimated_ready=estimate.day if estimate is not None else None,
            estimates_kept=kept.by_then if kept is not None else 0,
            estimates_measured=kept.cases if kept is not None else 0,
        )

    issued = work.issue(ReceiptType.PAYMENT, paper)
    return issued.receipt_id, issued.number


def service_name(look: Look, kind: str) -> Bilingual:
    """The name of an application kind, as papers say it."""
    try:
        return look.regulations.kind(kind).name
    except KeyError:
        return Bilingual(kind, kind)


def line(look: Look, case: CaseFile, charge: Charge) -> contents.Charge:
    """A charge as papers say it, with the regulation it rests on."""
    if charge.kind == OVERSTAY:
        name = shifts.both("payment.charge.overstay_days", charge.kind)
        label = Bilingual(name.indonesian.format(days=charge.days), name.english.format(days=charge.days))
    else:
        service = service_name(look, case.kind)
        label = Bilingual(f"{service.indonesian}, {charge.days} hari", f"{service.english}, {charge.days} days")
    return contents.Charge(label, charge.amount, charge.basis)
