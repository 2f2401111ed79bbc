"""What the database knows about receipts, and the keys to verify them with."""

from datetime import datetime

from db.connection import Store, StoreError
from db.tables import Case, Handover, Payment, Receipt
from db.tables import SigningKey as KeyRow
from kiosk.cases.load import Procedures
from kiosk.clock import office_day
from kiosk.receipts import short_code, token
from kiosk.receipts.token import Payload, PublicKey, ReceiptType, Verdict, receipt_type
from kiosk.receipts.verify import HandedOver, Judgement, ReceiptFacts, judge, judge_short_code
from kiosk.refusals import Refusal, Refused

PAID_STATES = ("approved", "paid_pending_ntpn", "settled")


def public_keys(store: Store) -> dict[int, PublicKey]:
    """The published keys of the office's terminals. Raises StoreError."""
    with store.reading():
        return known_keys()


def known_keys() -> dict[int, PublicKey]:
    """The same, within a unit of work. A key that nobody has approved is not published."""
    return {row.key_id: _public(row) for row in KeyRow.select().where(KeyRow.approved_at.is_null(False))}


def _public(row: KeyRow) -> PublicKey:
    purposes = (receipt_type(int(number)) for number in row.purposes.split(","))
    return PublicKey(
        key_id=row.key_id,
        public_key=bytes.fromhex(row.public_key),
        purposes=frozenset(kind for kind in purposes if kind is not None),
        not_before=row.not_before,
        not_after=row.not_after,
        revoked_at=row.revoked_at,
    )


def receipt_facts(receipt_id: bytes, procedures: Procedures) -> ReceiptFacts:
    """What is known about one receipt. Within a unit of work."""
    row = Receipt.get_or_none(Receipt.receipt_id == receipt_id.hex())
    if row is None:
        return ReceiptFacts(known=False)
    case = Case.get_or_none(Case.id == row.case_id)
    if case is None:
        return ReceiptFacts(known=True, voided_at=row.voided_at)
    gone = Handover.get_or_none(Handover.case == case.id)
    paid = Payment.select().where((Payment.case == case.id) & Payment.state.in_(PAID_STATES)).exists()
    return ReceiptFacts(
        known=True,
        voided_at=row.voided_at,
        paid=paid,
        ready=case.step == "handover",
        step=case.step,
        step_no=procedures.by_hash(case.procedure_id).step(case.step).number,
        expected_ready=None if case.promise_due is None else office_day(case.promise_due),
        handed_over=None if gone is None else HandedOver(gone.at, gone.terminal, gone.relation, gone.collected_by),
    )


def judge_text(
    store: Store,
    procedures: Procedures,
    text: str,
    *,
    expected_type: ReceiptType | None,
    office: int,
    now: datetime,
) -> Judgement:
    """The whole verification of a scanned text: token first, then the database."""
    try:
        answer = token.verify(text, public_keys(store), expected_type=expected_type, office=office, now=now)
        if not isinstance(answer, Payload):
            return judge(answer, None)
        with store.reading():
            return judge(answer, receipt_facts(answer.receipt_id, procedures))
    except StoreError:
        parts = token.decode_text(text)
        return judge(
            token.TokenRefusal(token.Verdict.MALFORMED if parts is None else token.Verdict.DATABASE_UNREACHABLE), None
        )


def judge_code(store: Store, procedures: Procedures, typed: str) -> Judgement | Refused:
    """The verification of a typed short code: nothing is authentic, the database answers alone."""
    parsed = short_code.parse(typed)
    if isinstance(parsed, Refusal):
        return Refused((parsed,))
    try:
        with store.reading():
            return judge_short_code(receipt_facts(parsed, procedures))
    except StoreError:
        return judge_short_code(None)


def case_of_receipt(store: Store, receipt_id: bytes) -> int | None:
    """The case a receipt belongs to. Raises StoreError."""
    with store.reading():
        row = Receipt.get_or_none(Receipt.receipt_id == receipt_id.hex())
        return None if row is None else row.case_id


def judge_paper(store: Store, procedures: Procedures, text: str, *, office: int, now: datetime) -> Judgement:
    """Is this paper ours and still good? A claim is judged whole; any other type only as known and not voided."""
    judged = judge_text(store, procedures, text, expected_type=None, office=office, now=now)
    if judged.facts is None or judged.payload is None or judged.payload.type is ReceiptType.PAYMENT:
        return judged
    if judged.verdict in (Verdict.UNKNOWN_RECEIPT, Verdict.VOID):
        return judged
    return Judgement(Verdict.OK, judged.payload, judged.facts)
