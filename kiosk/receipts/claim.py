"""A receipt shown for a passport: which receipt it is and whether it is a good claim, in the norm's order.

receipt-token.md: token first, then the database. A case that ended without a permit is collected with either of its
receipts, paid or not.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from db.tables import Receipt
from kiosk.cases.model import CaseFile, Outcome
from kiosk.cases.work import Look
from kiosk.receipts import short_code, token
from kiosk.receipts.facts import known_keys, receipt_facts
from kiosk.receipts.token import Payload, ReceiptType
from kiosk.receipts.verify import Judgement, ReceiptFacts, judge, judge_short_code
from kiosk.refusals import Code, Refusal


class Shown(StrEnum):
    """How a claim is shown: its QR was scanned, its short code typed, or the receipt is lost."""

    QR = "qr"
    SHORT_CODE = "short_code"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ClaimFound:
    """A good claim: the receipt's row and number."""

    receipt: int
    number: str


def examine(look: Look, case: CaseFile, shown: Shown, text: str, passport_no: str) -> ClaimFound | Refusal:
    """The claim in `text` for the passport `passport_no`, which lies in the officer's hand. Within a unit of work.

    `shown` is QR or SHORT_CODE.
    """
    kinds = claim_kinds(case)
    if shown is Shown.QR:
        found = _scanned(look, case, text, passport_no, kinds)
    else:
        found = _typed(look, case, text, passport_no, kinds)
    if isinstance(found, Refusal):
        return found
    judgement, identity = found
    if (refusal := judgement.refusal()) is not None:
        return refusal
    row = Receipt.get(Receipt.receipt_id == identity.hex())
    return ClaimFound(row.id, row.number)


def claim_kinds(case: CaseFile) -> tuple[ReceiptType, ...]:
    """The receipts that claim this case's passport."""
    if case.outcome is Outcome.IN_PROCESS:
        return (ReceiptType.PAYMENT,)
    return (ReceiptType.PAYMENT, ReceiptType.APPLICATION)


def _scanned(
    look: Look, case: CaseFile, text: str, passport_no: str, kinds: tuple[ReceiptType, ...]
) -> tuple[Judgement, bytes] | Refusal:
    text = text.strip().upper()
    parts = token.decode_text(text)
    kind = parts[0][0] & 15 if parts else 0
    expected = next((one for one in kinds if int(one) == kind), ReceiptType.PAYMENT)
    answer = token.verify(
        text, known_keys(), expected_type=expected, office=look.kit.settings.office.code, now=look.now
    )
    if not isinstance(answer, Payload):
        return judge(answer, None), b""
    if (refusal := _of_another_case(answer.receipt_id, case)) is not None:
        return refusal
    return judge(answer, _facts(look, case, answer.receipt_id, passport_no)), answer.receipt_id


def _typed(
    look: Look, case: CaseFile, text: str, passport_no: str, kinds: tuple[ReceiptType, ...]
) -> tuple[Judgement, bytes] | Refusal:
    identity = short_code.parse(text)
    if isinstance(identity, Refusal):
        return identity
    if (refusal := _of_another_case(identity, case)) is not None:
        return refusal
    row = Receipt.get_or_none(Receipt.receipt_id == identity.hex())
    if row is not None and row.type not in [int(kind) for kind in kinds]:
        return Refusal(Code.RECEIPT_WRONG_TYPE, "receipt", {"type": ReceiptType(row.type).name.lower()})
    parts = None if row is None else token.decode_text(row.token)
    tag = parts[0][15:22] if parts else None
    return judge_short_code(_facts(look, case, identity, passport_no), tag), identity


def _facts(look: Look, case: CaseFile, identity: bytes, passport_no: str) -> ReceiptFacts:
    facts = receipt_facts(identity, look.kit.procedures)
    tag = token.holder_tag(look.kit.keys.pepper, case.issuing_state, passport_no, identity)
    return replace(facts, holder_tag=tag, paid=facts.paid or case.outcome is not Outcome.IN_PROCESS)


def _of_another_case(identity: bytes, case: CaseFile) -> Refusal | None:
    """A receipt we know, but of another case: said before anything about that case is."""
    row = Receipt.get_or_none(Receipt.receipt_id == identity.hex())
    return Refusal(Code.CLAIM_OF_OTHER_CASE, "claim_text") if row is not None and row.case_id != case.id else None
