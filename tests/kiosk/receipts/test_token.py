"""The token ITK1: golden vectors from an independent implementation, the order of refusals, the edges."""

import base64
import dataclasses
import hashlib
import hmac
import random
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.receipts.keys import public_bytes
from kiosk.receipts.token import (
    SIGNED_CONTEXT,
    TEXT_LENGTH,
    Payload,
    PublicKey,
    ReceiptType,
    TokenRefusal,
    Verdict,
    decode_payload,
    decode_text,
    encode_payload,
    encode_text,
    holder_tag,
    is_small_order,
    minutes_since_epoch,
    receipt_type,
    sign,
    verify,
    whole_minute,
)

# An independent implementation: the page of the norm and RFC 8032 section 6, with nothing of ours.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def recover_x(y: int, sign_bit: int) -> int | None:
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign_bit else x


def compress(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
assert BASE_X is not None
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def plain_sign(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """(public key, signature)."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = compress(multiply(scalar, BASE))
    r = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % L
    big_r = compress(multiply(r, BASE))
    h = int.from_bytes(hashlib.sha512(big_r + public + message).digest(), "little") % L
    return public, big_r + ((r + h * scalar) % L).to_bytes(32, "little")


def plain_token(
    seed: bytes, *, version: int, kind: int, key_id: int, office: int, minutes: int, days: int, rest: bytes
) -> str:
    payload = struct.pack(">BHH", version * 16 + kind, key_id, office) + struct.pack(">I", minutes)[1:]
    payload += bytes([days]) + rest
    assert len(payload) == 30
    signature = plain_sign(seed, b"ITK-QR-v1\x00" + payload)[1]
    return "ITK1" + base64.b32encode(payload + signature).decode().replace("=", "")


SEED = bytes(range(32))
PRIVATE = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = public_bytes(PRIVATE)
ISSUED = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
NOW = ISSUED + timedelta(hours=3)
OFFICE = 745
RECEIPT_ID = bytes.fromhex("0123456789ab")
PAYLOAD = Payload(
    type=ReceiptType.PAYMENT,
    key_id=7,
    office=OFFICE,
    issued=ISSUED,
    valid_days=0,
    receipt_id=RECEIPT_ID,
    holder_tag=bytes.fromhex("a1a2a3a4a5a6a7"),
    witness=bytes.fromhex("f0e0d0c0b0a09080"),
)
KEY = PublicKey(
    key_id=7,
    public_key=PUBLIC,
    purposes=frozenset({ReceiptType.APPLICATION, ReceiptType.PAYMENT}),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
)
KEYS = {7: KEY}
GOLDEN = (
    "ITK1CIAAOAXJB4YISAABENCWPCNLUGRKHJFFU2T7BYGQYCYKBEEAJN763M2V5WKMMTSZOVMSU2LG77"
    "F7OKHLKDLGIMLRLQOGLJM3YMIWJD5HUTV3UZLOKGRVMDCQ6PSE67MV423ZYEV2MNLM4LVZS5EUQAQ"
)


def judged(text: str, keys: dict[int, PublicKey] | None = None, **changes: object) -> Verdict:
    asked: dict[str, object] = {"expected_type": ReceiptType.PAYMENT, "office": OFFICE, "now": NOW} | changes
    answer = verify(text, KEYS if keys is None else keys, **asked)  # type: ignore[arg-type]
    return answer.verdict if isinstance(answer, TokenRefusal) else Verdict.OK


def with_key(**changes: object) -> dict[int, PublicKey]:
    return {7: dataclasses.replace(KEY, **changes)}  # type: ignore[arg-type]


def with_payload(**changes: object) -> str:
    return sign(dataclasses.replace(PAYLOAD, **changes), PRIVATE)  # type: ignore[arg-type]


def test_the_golden_token_is_what_an_independent_implementation_makes() -> None:
    rest = RECEIPT_ID + PAYLOAD.holder_tag + PAYLOAD.witness
    minutes = int((ISSUED - datetime(2025, 1, 1, tzinfo=UTC)).total_seconds()) // 60
    plain = plain_token(SEED, version=1, kind=2, key_id=7, office=OFFICE, minutes=minutes, days=0, rest=rest)
    assert plain == GOLDEN
    assert plain_sign(SEED, b"")[0] == PUBLIC


def test_sign_makes_the_golden_token_and_verify_reads_it() -> None:
    assert sign(PAYLOAD, PRIVATE) == GOLDEN
    assert len(GOLDEN) == TEXT_LENGTH == 155
    assert verify(GOLDEN, KEYS, expected_type=ReceiptType.PAYMENT, office=OFFICE, now=NOW) == PAYLOAD


def test_tokens_of_both_implementations_agree_for_random_payloads() -> None:
    chance = random.Random(1)
    for _ in range(40):
        payload = dataclasses.replace(
            PAYLOAD,
            type=chance.choice(list(ReceiptType)),
            key_id=chance.randrange(1 << 16),
            office=chance.randrange(1 << 16),
            issued=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(1 << 24)),
            valid_days=chance.randrange(256),
            receipt_id=chance.randbytes(6),
            holder_tag=chance.randbytes(7),
            witness=chance.randbytes(8),
        )
        plain = plain_token(
            SEED,
            version=1,
            kind=payload.type,
            key_id=payload.key_id,
            office=payload.office,
            minutes=round((payload.issued - datetime(2025, 1, 1, tzinfo=UTC)).total_seconds() / 60),
            days=payload.valid_days,
            rest=payload.receipt_id + payload.holder_tag + payload.witness,
        )
        assert sign(payload, PRIVATE) == plain
        parts = decode_text(plain)
        assert parts is not None
        assert decode_payload(parts[0]) == payload


def test_holder_tag_is_the_norms_hmac() -> None:
    message = b"ITK1 holder\x00" + b"UTO" + b"\x00" + b"L898902C3" + b"\x00" + RECEIPT_ID
    expected = hmac.new(b"pepper", message, hashlib.sha256).digest()[:7]
    assert holder_tag(b"pepper", "UTO", "L898902C3", RECEIPT_ID) == expected
    assert holder_tag(b"pepper", "uto", " l898902c3<", RECEIPT_ID) == expected
    assert holder_tag(b"pepper", "D<<", "C01X00T47", RECEIPT_ID) == holder_tag(b"pepper", "D", "C01X00T47", RECEIPT_ID)
    assert holder_tag(b"pepper", "UTO", "L898902C4", RECEIPT_ID) != expected
    assert holder_tag(b"other", "UTO", "L898902C3", RECEIPT_ID) != expected


def test_holder_tag_does_not_let_two_fields_run_together() -> None:
    assert holder_tag(b"p", "AB", "C1", RECEIPT_ID) != holder_tag(b"p", "A", "BC1", RECEIPT_ID)


REFUSED: list[tuple[Verdict, Callable[[], Verdict]]] = [
    (Verdict.MALFORMED, lambda: judged("")),
    (Verdict.MALFORMED, lambda: judged(GOLDEN + "A")),
    (Verdict.MALFORMED, lambda: judged(GOLDEN.lower())),
    (Verdict.MALFORMED, lambda: judged("ITK2" + GOLDEN[4:])),
    (Verdict.MALFORMED, lambda: judged(GOLDEN[:60] + "1" + GOLDEN[61:])),
    (Verdict.MALFORMED, lambda: judged(GOLDEN[:60] + "Å" + GOLDEN[61:])),
    (Verdict.UNSUPPORTED_VERSION, lambda: judged(encode_text(b"\x22" + encode_payload(PAYLOAD)[1:], bytes(64)))),
    (Verdict.UNSUPPORTED_VERSION, lambda: judged(encode_text(b"\x02" + encode_payload(PAYLOAD)[1:], bytes(64)))),
    (Verdict.UNKNOWN_KEY, lambda: judged(GOLDEN, {})),
    (Verdict.REVOKED_KEY, lambda: judged(GOLDEN, with_key(revoked_at=NOW))),
    (Verdict.REVOKED_KEY, lambda: judged(GOLDEN, with_key(revoked_at=NOW - timedelta(days=1)))),
    (Verdict.BAD_SIGNATURE, lambda: judged(encode_text(encode_payload(PAYLOAD), bytes(64)))),
    (Verdict.BAD_SIGNATURE, lambda: judged(with_payload(type=ReceiptType.OFFICER_BADGE))),
    (Verdict.BAD_SIGNATURE, lambda: judged(GOLDEN, with_key(not_before=ISSUED + timedelta(minutes=1)))),
    (Verdict.BAD_SIGNATURE, lambda: judged(GOLDEN, with_key(not_after=ISSUED - timedelta(minutes=1)))),
    (Verdict.BAD_SIGNATURE, lambda: judged(GOLDEN, with_key(public_key=bytes(31)))),
    (Verdict.WRONG_TYPE, lambda: judged(with_payload(type=ReceiptType.APPLICATION))),
    (Verdict.WRONG_OFFICE, lambda: judged(GOLDEN, office=746)),
    (Verdict.NOT_YET_VALID, lambda: judged(GOLDEN, now=ISSUED - timedelta(minutes=10, seconds=1))),
    (Verdict.EXPIRED, lambda: judged(with_payload(valid_days=1), now=ISSUED + timedelta(days=1, seconds=1))),
]


@pytest.mark.parametrize(("expected", "attempt"), REFUSED)
def test_each_refusal_has_its_reason(expected: Verdict, attempt: Callable[[], Verdict]) -> None:
    assert attempt() is expected


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: judged(GOLDEN, now=ISSUED - timedelta(minutes=10)),
        lambda: judged(with_payload(valid_days=1), now=ISSUED + timedelta(days=1)),
        lambda: judged(GOLDEN, now=ISSUED + timedelta(days=40)),
        lambda: judged(GOLDEN, with_key(not_before=ISSUED + timedelta(seconds=59), not_after=ISSUED)),
        lambda: judged(GOLDEN, with_key(not_after=None, revoked_at=NOW + timedelta(seconds=1))),
        lambda: judged(GOLDEN, expected_type=None),
        lambda: judged(GOLDEN, expected_type={ReceiptType.APPLICATION, ReceiptType.PAYMENT}),
    ],
)
def test_the_edges_that_are_still_good(attempt: Callable[[], Verdict]) -> None:
    assert attempt() is Verdict.OK


ORDER = (
    Verdict.MALFORMED,
    Verdict.UNSUPPORTED_VERSION,
    Verdict.UNKNOWN_KEY,
    Verdict.REVOKED_KEY,
    Verdict.BAD_SIGNATURE,
    Verdict.WRONG_TYPE,
    Verdict.WRONG_OFFICE,
    Verdict.NOT_YET_VALID,
    Verdict.EXPIRED,
)


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_nothing_later_is_looked_at_before_the_first_objection(first: int) -> None:
    """A token with every fault from `first` on is refused for the first one."""
    wrong = set(ORDER[first:])
    late = {Verdict.NOT_YET_VALID, Verdict.EXPIRED} & wrong
    payload = dataclasses.replace(
        PAYLOAD,
        type=ReceiptType.APPLICATION if Verdict.WRONG_TYPE in wrong else ReceiptType.PAYMENT,
        valid_days=1 if late == {Verdict.EXPIRED} else 0,
    )
    raw = encode_payload(payload)
    signature = PRIVATE.sign(SIGNED_CONTEXT + raw)
    if Verdict.BAD_SIGNATURE in wrong:
        signature = bytes(64)
    if Verdict.UNSUPPORTED_VERSION in wrong:
        raw = bytes([0xF0 | raw[0]]) + raw[1:]
    text = encode_text(raw, signature)
    if Verdict.MALFORMED in wrong:
        text = text[:-1] + chr(ord(text[-1]) + 1)
    revoked = NOW - timedelta(days=400) if Verdict.REVOKED_KEY in wrong else None
    keys = {} if Verdict.UNKNOWN_KEY in wrong else with_key(revoked_at=revoked)
    now = ISSUED - timedelta(days=1) if Verdict.NOT_YET_VALID in wrong else ISSUED + timedelta(days=2)
    assert judged(text, keys, office=1 if Verdict.WRONG_OFFICE in wrong else OFFICE, now=now) is ORDER[first]


def test_the_payload_is_handed_on_only_when_its_signature_is_good() -> None:
    refused = verify(GOLDEN, KEYS, expected_type=ReceiptType.PAYMENT, office=1, now=NOW)
    assert refused == TokenRefusal(Verdict.WRONG_OFFICE, PAYLOAD)
    forged = encode_text(encode_payload(PAYLOAD), bytes(64))
    assert verify(forged, KEYS, expected_type=None, office=OFFICE, now=NOW) == TokenRefusal(Verdict.BAD_SIGNATURE)


def test_an_unassigned_type_is_refused_even_if_properly_signed() -> None:
    raw = bytes([0x10 | 9]) + encode_payload(PAYLOAD)[1:]
    text = encode_text(raw, PRIVATE.sign(SIGNED_CONTEXT + raw))
    assert judged(text, expected_type=None) is Verdict.BAD_SIGNATURE
    with pytest.raises(ValueError, match="9"):
        with_key(purposes=frozenset({9}))
    assert receipt_type(9) is None


def test_the_seven_other_spellings_of_the_last_character_are_refused() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    spellings = [GOLDEN[:-1] + char for char in alphabet if base64.b32decode(GOLDEN[4:-1] + char + "=")[:94]]
    same = [text for text in spellings if base64.b32decode(text[4:] + "=") == base64.b32decode(GOLDEN[4:] + "=")]
    assert len(same) == 8
    assert [text for text in same if decode_text(text) is not None] == [GOLDEN]


def test_a_signature_with_a_scalar_of_the_order_or_more_is_refused() -> None:
    raw = encode_payload(PAYLOAD)
    signature = PRIVATE.sign(SIGNED_CONTEXT + raw)
    scalar = int.from_bytes(signature[32:], "little")
    for multiple in range(1, 16):
        raised = scalar + multiple * L
        if raised < 1 << 256:
            forged = encode_text(raw, signature[:32] + raised.to_bytes(32, "little"))
            assert judged(forged) is Verdict.BAD_SIGNATURE


def small_order_points() -> set[bytes]:
    """Every encoding of a point whose eightfold is the neutral element, by the group law itself."""
    found: set[bytes] = set()
    torsion = next(
        point
        for y in range(2, 100)
        for x in [recover_x(y, 0)]
        if x is not None
        for point in [multiply(L, (x, y, 1, x * y % P))]
        if compress(multiply(4, point)) != compress((0, 1, 1, 0))
    )
    for multiple in range(8):
        canonical = compress(multiply(multiple, torsion))
        y = int.from_bytes(canonical, "little") & (1 << 255) - 1
        for value in (y, y + P):
            if value < 1 << 255:
                found |= {(value | bit << 255).to_bytes(32, "little") for bit in (0, 1)}
    return found


def test_keys_of_small_order_are_refused_although_the_library_takes_them() -> None:
    points = small_order_points()
    assert len(points) == 14
    assert all(is_small_order(point) for point in points)
    assert not is_small_order(PUBLIC)
    neutral = (1).to_bytes(32, "little")
    raw = encode_payload(PAYLOAD)
    # under the neutral element as key, R = S*B fits every message
    forged = compress(multiply(5, BASE)) + (5).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(neutral).verify(forged, SIGNED_CONTEXT + raw)
    for point in points:
        assert judged(encode_text(raw, forged), with_key(public_key=point)) is Verdict.BAD_SIGNATURE


def test_a_small_order_r_is_refused() -> None:
    raw = encode_payload(PAYLOAD)
    for point in small_order_points():
        for scalar in (0, 1, L):
            forged = encode_text(raw, point + scalar.to_bytes(32, "little"))
            assert judged(forged) is Verdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    "changes",
    [
        {"issued": ISSUED.replace(tzinfo=None)},
        {"issued": ISSUED + timedelta(seconds=1)},
        {"issued": datetime(2024, 12, 31, 23, 59, tzinfo=UTC)},
        {"issued": datetime(2057, 1, 1, tzinfo=UTC)},
        {"key_id": 1 << 16},
        {"office": -1},
        {"valid_days": 256},
        {"receipt_id": b"12345"},
        {"holder_tag": b"12345678"},
        {"witness": b""},
    ],
)
def test_a_payload_that_the_bytes_cannot_hold_is_a_defect(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        with_payload(**changes)


def test_whole_minute_is_how_a_clock_reading_gets_into_a_token() -> None:
    reading = datetime(2026, 11, 23, 14, 5, 59, 999999, tzinfo=UTC)
    assert whole_minute(reading) == datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    assert minutes_since_epoch(datetime(2025, 1, 2, tzinfo=UTC)) == 1440
    with pytest.raises(ValueError, match="time zone"):
        whole_minute(datetime(2026, 1, 1))


@pytest.mark.parametrize("raw", [b"", bytes(30), bytes([0x10]) + bytes(29), bytes([0x12]) + bytes(30)])
def test_decode_payload_refuses_what_is_not_one(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_payload(raw)
