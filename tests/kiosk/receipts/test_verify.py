"""What the database says about an authentic receipt, in the norm's order, with words for every refusal."""

import dataclasses
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.receipts.keys import public_bytes
from kiosk.receipts.token import Payload, PublicKey, ReceiptType, TokenRefusal, Verdict, encode_text, sign, verify
from kiosk.receipts.verify import (
    REFUSALS,
    HandedOver,
    Judgement,
    ReceiptFacts,
    as_json,
    judge,
    judge_short_code,
)
from kiosk.refusals import Code
from kiosk.words import Language, say

ISSUED = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
PAYLOAD = Payload(ReceiptType.PAYMENT, 7, 745, ISSUED, 30, b"abcdef", b"1234567", b"12345678")
GONE = HandedOver(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), "loket-3", "proxy", "SITI AMINAH")
PAID = ReceiptFacts(known=True, paid=True)

TABLE = [
    (ReceiptFacts(known=False, paid=True, ready=True), Verdict.UNKNOWN_RECEIPT),
    (dataclasses.replace(PAID, ready=True, voided_at=ISSUED, handed_over=GONE), Verdict.VOID),
    (ReceiptFacts(known=True, paid=False, handed_over=GONE), Verdict.NOT_PAID),
    (dataclasses.replace(PAID, ready=False, step="registration", step_no=9), Verdict.NOT_READY),
    (dataclasses.replace(PAID, ready=True, handed_over=GONE), Verdict.ALREADY_HANDED_OVER),
    (dataclasses.replace(PAID, ready=False, step="archiving", handed_over=GONE), Verdict.ALREADY_HANDED_OVER),
    (dataclasses.replace(PAID, ready=True, holder_tag=b"7654321"), Verdict.HOLDER_MISMATCH),
    (dataclasses.replace(PAID, ready=True, holder_tag=b"1234567"), Verdict.OK),
    (dataclasses.replace(PAID, ready=True), Verdict.OK),
]


@pytest.mark.parametrize(("facts", "verdict"), TABLE)
def test_the_facts_decide_in_the_norms_order(facts: ReceiptFacts, verdict: Verdict) -> None:
    assert judge(PAYLOAD, facts) == Judgement(verdict, PAYLOAD, facts)
    assert judge_short_code(facts, PAYLOAD.holder_tag).verdict is verdict


def test_a_token_that_failed_never_gets_to_the_facts() -> None:
    facts = dataclasses.replace(PAID, ready=True)
    assert judge(TokenRefusal(Verdict.WRONG_OFFICE, PAYLOAD), facts) == Judgement(Verdict.WRONG_OFFICE, PAYLOAD)


def test_an_unreachable_database_is_said_not_guessed() -> None:
    assert judge(PAYLOAD, None).verdict is Verdict.DATABASE_UNREACHABLE
    assert judge_short_code(None).verdict is Verdict.DATABASE_UNREACHABLE


def test_a_short_code_without_a_stored_tag_does_not_pass_a_holder_check() -> None:
    assert (
        judge_short_code(dataclasses.replace(PAID, ready=True, holder_tag=b"1234567")).verdict
        is Verdict.HOLDER_MISMATCH
    )


def test_every_verdict_but_ok_is_a_refusal_of_its_own() -> None:
    assert set(REFUSALS) == set(Verdict) - {Verdict.OK}
    assert len(set(REFUSALS.values())) == len(REFUSALS)
    assert Judgement(Verdict.OK).refusal() is None


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_every_refusal_has_its_words_and_its_next_act(verdict: Verdict, language: Language) -> None:
    facts = ReceiptFacts(
        known=True,
        voided_at=ISSUED,
        step="registration",
        step_no=9,
        expected_ready=date(2026, 11, 25),
        handed_over=GONE,
    )
    refusal = Judgement(verdict, PAYLOAD, facts).refusal()
    assert refusal is not None
    words = say(language, refusal.key(), **refusal.details) + say(language, refusal.next_key(), **refusal.details)
    assert "{" not in words
    assert "SITI" not in words


@pytest.mark.parametrize("language", list(Language))
def test_the_words_say_what_the_officer_has_to_know(language: Language) -> None:
    def words(verdict: Verdict, facts: ReceiptFacts | None = None) -> str:
        refusal = Judgement(verdict, PAYLOAD, facts).refusal()
        assert refusal is not None
        return say(language, refusal.key(), **refusal.details)

    not_ready = ReceiptFacts(known=True, step="registration", step_no=9, expected_ready=date(2026, 11, 25))
    assert "9" in words(Verdict.NOT_READY, not_ready)
    assert "25-11-2026" in words(Verdict.NOT_READY, not_ready)
    gone = words(Verdict.ALREADY_HANDED_OVER, ReceiptFacts(known=True, handed_over=GONE))
    assert "24-11-2026 09:00 WIB" in gone
    assert "loket-3" in gone
    assert "745" in words(Verdict.WRONG_OFFICE)
    assert "23-12-2026 14:05 WIB" in words(Verdict.EXPIRED)


@pytest.mark.parametrize("language", list(Language))
def test_every_verdict_has_a_short_name_for_a_list(language: Language) -> None:
    names = {say(language, f"verdict.{verdict}") for verdict in Verdict}
    assert len(names) == len(Verdict)


@pytest.mark.parametrize("code", [Code.SHORT_CODE_MISTYPED, Code.SHORT_CODE_UNREADABLE])
@pytest.mark.parametrize("language", list(Language))
def test_the_short_code_has_words_too(code: Code, language: Language) -> None:
    assert say(language, f"refusal.{code}", length=12)
    assert say(language, f"refusal.{code}.next")


def test_json_has_the_verdict_and_the_tokens_fields() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    key = PublicKey(7, public_bytes(private), frozenset(ReceiptType), datetime(2026, 1, 1, tzinfo=UTC))
    text = sign(PAYLOAD, private)
    answer = verify(text, {7: key}, expected_type=None, office=745, now=ISSUED)
    assert as_json(text, answer) == {
        "verdict": "ok",
        "authentic": True,
        "version": 1,
        "type": 2,
        "type_name": "payment",
        "key_id": 7,
        "office": 745,
        "issued_at": "2026-11-23T07:05:00Z",
        "valid_days": 30,
        "receipt_id": b"abcdef".hex(),
        "holder_tag": b"1234567".hex(),
        "witness": b"12345678".hex(),
    }
    forged = encode_text(bytes([0x19]) + bytes(29), bytes(64))
    refused = as_json(forged, verify(forged, {0: key}, expected_type=None, office=745, now=ISSUED))
    assert (refused["verdict"], refused["authentic"], refused["type_name"]) == ("bad_signature", False, None)
    assert as_json("ITK1", TokenRefusal(Verdict.MALFORMED)) == {"verdict": "malformed", "authentic": False}
    assert as_json(text, judge(answer, ReceiptFacts(known=False)))["verdict"] == "unknown_receipt"
