"""The second half of verification: what the database knows about a receipt whose token is authentic. Pure.

The order is the norm's (receipt-token.md): unknown_receipt, void, not_paid, not_ready, already_handed_over,
holder_mismatch. Reading the facts is the business of whoever has a database; if it can't, that is
`database_unreachable`.
"""

import dataclasses
import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from kiosk.formats import iso_utc, moment_short, numeric_date
from kiosk.receipts.token import Payload, TokenRefusal, Verdict, decode_text, issue_time, receipt_type
from kiosk.refusals import Code, Refusal


@dataclasses.dataclass(frozen=True, slots=True)
class HandedOver:
    """The hand-over that redeemed a receipt."""

    at: datetime
    terminal: str
    relation: str
    """applicant, sponsor, proxy, ..."""
    collector: str = ""
    """Name of who took it: for an officer's screen, never for a refusal's words or a public screen."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What the database knows about one receipt id. `known` False: every other field is meaningless."""

    known: bool
    voided_at: datetime | None = None
    paid: bool = False
    ready: bool = False
    step: str = ""
    """Key of the step the case is at, for `not_ready`."""
    step_no: int = 0
    expected_ready: date | None = None
    handed_over: HandedOver | None = None
    holder_tag: bytes | None = None
    """Tag of the passport that is being handed over, made with the office's pepper; None = not asked here."""


class ReceiptReader(Protocol):
    """Whoever can look a receipt up. Raises OSError or its like, mapped by the caller, if the database is away."""

    def receipt_facts(self, receipt_id: bytes) -> ReceiptFacts: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """The whole answer: the verdict, the authentic payload if there is one, and the facts behind the verdict."""

    verdict: Verdict
    payload: Payload | None = None
    facts: ReceiptFacts | None = None

    @property
    def is_good(self) -> bool:
        return self.verdict is Verdict.OK

    def refusal(self) -> Refusal | None:
        """The refusal with the values its words need; None if the receipt is good."""
        if self.is_good:
            return None
        code = REFUSALS[self.verdict]
        return Refusal(code, field="receipt", details=_details(self))


REFUSALS: Mapping[Verdict, Code] = {
    verdict: Code.DATABASE_UNREACHABLE if verdict is Verdict.DATABASE_UNREACHABLE else Code(f"receipt_{verdict}")
    for verdict in Verdict
    if verdict is not Verdict.OK
}


def judge(token: Payload | TokenRefusal, facts: ReceiptFacts | None) -> Judgement:
    """The verdict for a token already verified. `facts` None: the database could not be reached."""
    if isinstance(token, TokenRefusal):
        return Judgement(token.verdict, token.payload)
    if facts is None:
        return Judgement(Verdict.DATABASE_UNREACHABLE, token)
    return Judgement(claim_verdict(facts, token.holder_tag), token, facts)


def judge_short_code(facts: ReceiptFacts | None, receipt_tag: bytes | None = None) -> Judgement:
    """The verdict for a typed short code: nothing is authentic, the database alone answers.

    `receipt_tag` is the holder tag in the receipt's stored token.
    """
    if facts is None:
        return Judgement(Verdict.DATABASE_UNREACHABLE)
    return Judgement(claim_verdict(facts, receipt_tag), facts=facts)


def claim_verdict(facts: ReceiptFacts, receipt_tag: bytes | None) -> Verdict:
    """What the facts say about the receipt as a claim on the passport, in the norm's order."""
    if not facts.known:
        return Verdict.UNKNOWN_RECEIPT
    if facts.voided_at is not None:
        return Verdict.VOID
    if not facts.paid:
        return Verdict.NOT_PAID
    # a passport that is gone is not "not ready", wherever the case went afterwards
    if not facts.ready and facts.handed_over is None:
        return Verdict.NOT_READY
    if facts.handed_over is not None:
        return Verdict.ALREADY_HANDED_OVER
    if facts.holder_tag is not None and not hmac.compare_digest(facts.holder_tag, receipt_tag or b""):
        return Verdict.HOLDER_MISMATCH
    return Verdict.OK


def _details(judgement: Judgement) -> Mapping[str, object]:
    facts, payload = judgement.facts, judgement.payload
    match judgement.verdict:
        case Verdict.NOT_READY if facts is not None:
            ready = "-" if facts.expected_ready is None else numeric_date(facts.expected_ready)
            return {"step": facts.step, "step_no": facts.step_no, "ready": ready}
        case Verdict.ALREADY_HANDED_OVER if facts is not None and facts.handed_over is not None:
            gone = facts.handed_over
            return {"at": moment_short(gone.at), "terminal": gone.terminal, "relation": gone.relation}
        case Verdict.WRONG_OFFICE if payload is not None:
            return {"office": payload.office}
        case Verdict.EXPIRED if payload is not None and payload.expires is not None:
            return {"expired": moment_short(payload.expires)}
        case Verdict.NOT_YET_VALID if payload is not None:
            return {"issued": moment_short(payload.issued)}
        case Verdict.WRONG_TYPE if payload is not None:
            return {"type": payload.type.name.lower()}
        case Verdict.VOID if facts is not None and facts.voided_at is not None:
            return {"voided": moment_short(facts.voided_at)}
        case _:
            return {}


def as_json(text: str, answer: Payload | TokenRefusal | Judgement) -> dict[str, object]:
    """The document of `kiosk receipt verify --json`: the verdict and the token's fields.

    The fields of a text whose signature was not found good are there too, for diagnosis, and
    `authentic` is then false.
    """
    verdict = Verdict.OK if isinstance(answer, Payload) else answer.verdict
    payload = answer if isinstance(answer, Payload) else answer.payload
    document: dict[str, object] = {"verdict": str(verdict), "authentic": payload is not None}
    parts = decode_text(text)
    if parts is not None and verdict is not Verdict.UNSUPPORTED_VERSION:
        document |= _token_fields(parts[0])
    return document


def _token_fields(raw: bytes) -> dict[str, object]:
    named = receipt_type(raw[0] & 15)
    return {
        "version": raw[0] >> 4,
        "type": raw[0] & 15,
        "type_name": None if named is None else named.name.lower(),
        "key_id": int.from_bytes(raw[1:3], "big"),
        "office": int.from_bytes(raw[3:5], "big"),
        "issued_at": iso_utc(issue_time(raw)),
        "valid_days": raw[8],
        "receipt_id": raw[9:15].hex(),
        "holder_tag": raw[15:22].hex(),
        "witness": raw[22:30].hex(),
    }
