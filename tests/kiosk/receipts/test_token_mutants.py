"""Q1: mutated tokens, none accepted. Q2: genuine tokens where they don't belong, each refused for its own reason."""

import base64
import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.receipts.keys import public_bytes
from kiosk.receipts.token import (
    PREFIX,
    TEXT_LENGTH,
    Payload,
    PublicKey,
    ReceiptType,
    TokenRefusal,
    Verdict,
    decode_text,
    encode_payload,
    encode_text,
    sign,
    verify,
    whole_minute,
)

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
ORDER_OF_GROUP = 2**252 + 27742317777372353535851937790883648493
ISSUED = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
NOW = ISSUED + timedelta(hours=3)
OFFICE = 745
PAYLOAD = Payload(
    type=ReceiptType.PAYMENT,
    key_id=7,
    office=OFFICE,
    issued=ISSUED,
    valid_days=0,
    receipt_id=bytes.fromhex("0123456789ab"),
    holder_tag=bytes.fromhex("a1a2a3a4a5a6a7"),
    witness=bytes.fromhex("f0e0d0c0b0a09080"),
)
KEY = PublicKey(
    key_id=7,
    public_key=public_bytes(PRIVATE),
    purposes=frozenset({ReceiptType.APPLICATION, ReceiptType.PAYMENT}),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
)
GENUINE = sign(PAYLOAD, PRIVATE)


def judged(text: str, keys: dict[int, PublicKey], expected_type: ReceiptType | None) -> Verdict:
    answer = verify(text, keys, expected_type=expected_type, office=OFFICE, now=NOW)
    return answer.verdict if isinstance(answer, TokenRefusal) else Verdict.OK


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
Chance = random.Random


def substitute(text: str, chance: Chance) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(ALPHABET.replace(text[place], "")) + text[place + 1 :]


def delete(text: str, chance: Chance) -> str:
    place = chance.randrange(len(text))
    return text[:place] + text[place + 1 :]


def insert(text: str, chance: Chance) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(ALPHABET) + text[place:]


def swap(text: str, chance: Chance) -> str:
    place = chance.randrange(len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def truncate(text: str, chance: Chance) -> str:
    return text[: chance.randrange(len(text))]


def extend(text: str, chance: Chance) -> str:
    return text + "".join(chance.choices(ALPHABET + "= \r\n", k=chance.randrange(1, 9)))


def change_case(text: str, chance: Chance) -> str:
    place = chance.choice([place for place, char in enumerate(text) if char.isalpha()])
    return text[:place] + text[place:].lower()


def control(text: str, chance: Chance) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("\x00\x1b\x1d\x7f\u202e\ufeffÅ１") + text[place + chance.randrange(2) :]


def noise(text: str, chance: Chance) -> str:
    return PREFIX + "".join(chance.choices(ALPHABET, k=151))


def any_text(text: str, chance: Chance) -> str:
    return "".join(chr(chance.randrange(0x20, 0x2FF)) for _ in range(chance.randrange(200)))


def flip_bit(text: str, chance: Chance) -> str:
    raw = bytearray(b"".join(decode_text(text) or ()))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return encode_text(bytes(raw[:30]), bytes(raw[30:]))


def change_field(text: str, chance: Chance) -> str:
    raw = bytearray(b"".join(decode_text(text) or ()))
    start, end = chance.choice(
        [(0, 1), (1, 3), (3, 5), (5, 8), (8, 9), (9, 15), (15, 22), (22, 30), (30, 62), (62, 94)]
    )
    raw[start:end] = chance.randbytes(end - start)
    return encode_text(bytes(raw[:30]), bytes(raw[30:]))


def other_key_signed(text: str, chance: Chance) -> str:
    stranger = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    return sign(PAYLOAD, stranger)


def other_context_signed(text: str, chance: Chance) -> str:
    raw = encode_payload(PAYLOAD)
    return encode_text(raw, PRIVATE.sign(chance.choice([b"", b"ITK-QR-v1", b"ITK-QR-v2\0", b"itk-qr-v1\0"]) + raw))


def tail_alias(text: str, chance: Chance) -> str:
    value = ALPHABET.index(text[-1])
    return text[:-1] + ALPHABET[value & ~7 | chance.choice([low for low in range(8) if low != value & 7])]


def raise_scalar(text: str, chance: Chance) -> str:
    raw, signature = decode_text(text) or (b"", b"")
    raised = int.from_bytes(signature[32:], "little") + ORDER_OF_GROUP * chance.randrange(1, 15)
    return encode_text(raw, signature[:32] + raised.to_bytes(32, "little"))


MUTATORS = (
    *(substitute, delete, insert, swap, truncate, extend, change_case, control, noise, any_text),
    *(flip_bit, change_field, other_key_signed, other_context_signed, tail_alias, raise_scalar),
)


def accepted_mutants(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    accepted = []
    for number in range(count):
        mutant = MUTATORS[number % len(MUTATORS)](GENUINE, chance)
        if mutant != GENUINE and judged(mutant, {7: KEY}, None) is Verdict.OK:
            accepted.append(mutant)
    return accepted


def test_q1_twenty_thousand_mutants_none_accepted() -> None:
    assert accepted_mutants(20_000, seed=20261123) == []


@pytest.mark.long
def test_q1_a_million_mutants_none_accepted() -> None:
    assert accepted_mutants(1_000_000, seed=1) == []


def test_the_mutant_test_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verifier that forgets the canonical form lets the tail's other spellings through, and Q1 sees it."""

    def without_comparison(text: str) -> tuple[bytes, bytes] | None:
        if len(text) != TEXT_LENGTH or not text.startswith(PREFIX) or not set(text[4:]) <= set(ALPHABET):
            return None
        raw = base64.b32decode(text[4:] + "=")
        return raw[:30], raw[30:]

    monkeypatch.setattr("kiosk.receipts.token.decode_text", without_comparison)
    assert accepted_mutants(1_600, seed=3)


def replay(chance: Chance) -> tuple[Verdict, Verdict]:
    """(expected, given) for one genuine token shown at a place and time of chance."""
    kind = chance.choice([ReceiptType.APPLICATION, ReceiptType.PAYMENT, ReceiptType.ARCHIVE_COVER])
    key_id = chance.choice([7, 8, 9, 10])
    payload = dataclasses.replace(
        PAYLOAD,
        type=kind,
        key_id=key_id,
        office=chance.choice([OFFICE, 12]),
        issued=whole_minute(NOW) + timedelta(minutes=chance.choice([-40 * 1440, -60, 9, 60])),
        valid_days=chance.choice([0, 7]),
        receipt_id=chance.randbytes(6),
    )
    keys = {
        7: KEY,
        8: dataclasses.replace(KEY, key_id=8, public_key=public_bytes(OTHER), purposes=frozenset(ReceiptType)),
        9: dataclasses.replace(KEY, key_id=9, revoked_at=NOW - timedelta(days=chance.randrange(100))),
    }
    signer = chance.choice([PRIVATE, OTHER])
    if key_id == 10:
        expected = Verdict.UNKNOWN_KEY
    elif key_id == 9:
        expected = Verdict.REVOKED_KEY
    elif (key_id == 7) != (signer is PRIVATE) or (key_id == 7 and kind is ReceiptType.ARCHIVE_COVER):
        expected = Verdict.BAD_SIGNATURE
    elif kind is not ReceiptType.PAYMENT:
        expected = Verdict.WRONG_TYPE
    elif payload.office != OFFICE:
        expected = Verdict.WRONG_OFFICE
    elif payload.issued > NOW + timedelta(minutes=10):
        expected = Verdict.NOT_YET_VALID
    elif payload.valid_days and payload.issued + timedelta(days=7) < NOW:
        expected = Verdict.EXPIRED
    else:
        expected = Verdict.OK
    return expected, judged(sign(payload, signer), keys, ReceiptType.PAYMENT)


EVERY_REASON = {
    Verdict.UNKNOWN_KEY,
    Verdict.REVOKED_KEY,
    Verdict.BAD_SIGNATURE,
    Verdict.WRONG_TYPE,
    Verdict.WRONG_OFFICE,
    Verdict.NOT_YET_VALID,
    Verdict.EXPIRED,
    Verdict.OK,
}


def test_q2_ten_thousand_replays_each_refused_for_its_own_reason() -> None:
    chance = random.Random(2)
    pairs = [replay(chance) for _ in range(10_000)]
    assert [pair for pair in pairs if pair[0] is not pair[1]] == []
    assert {given for _, given in pairs} == EVERY_REASON
