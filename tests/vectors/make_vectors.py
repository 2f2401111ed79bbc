"""Make `itk1.json`, the published test vectors of ITK1. `python tests/vectors/make_vectors.py` writes it anew.

What each text must be answered is known from how it is made here, never from asking a verifier. Nothing of ours is
used: payloads are packed by the norm's table, signatures made by `cryptography` with keys anybody may know.
"""

import json
import struct
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FILE = Path(__file__).with_name("itk1.json")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
OFFICE = 745
ISSUED = 996_905
"""2026-11-24T07:05Z in minutes since 2025-01-01T00:00Z."""
NOW = "2026-11-24T10:05:00Z"
SMALL_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)


@dataclass(frozen=True)
class Made:
    """One vector; `made` says how its text came about."""

    made: str
    verdict: str
    text: str
    keys: str = "office"
    type: int | None = 2
    office: int = OFFICE
    now: str = NOW


def secret(number: int) -> Ed25519PrivateKey:
    """The private key of terminal `number`: 32 bytes of that number. Anybody may know it."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def row(number: int, **changes: Any) -> dict[str, Any]:
    public = secret(number).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "key_id": number,
        "public_key": public.hex(),
        "purposes": [1, 2, 3, 4, 5],
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2028-01-01T00:00:00Z",
        "revoked_at": None,
        **changes,
    }


KEY_FILES: dict[str, dict[str, Any]] = {
    "office": {
        "office": OFFICE,
        "keys": [
            row(1),
            row(2, purposes=[2]),
            row(3, not_before="2026-11-24T07:05:59Z", not_after="2026-11-24T07:05:00Z"),
            row(4, not_before="2026-11-24T07:06:00Z"),
            row(5, not_after="2026-11-24T07:04:59Z"),
            row(6, revoked_at="2026-11-24T10:05:00Z"),
            row(7, revoked_at="2026-11-24T10:05:01Z"),
            row(8, purposes=[], not_after=None),
            row(9, not_after=None),
        ],
    },
    "rotated": {"office": OFFICE, "keys": [row(1, not_after="2026-11-25T00:00:00Z"), row(2)]},
    "none": {"office": OFFICE, "keys": []},
}


def packed(
    kind: int = 2, key: int = 1, office: int = OFFICE, minutes: int = ISSUED, days: int = 0, *, version: int = 1
) -> bytes:
    rest = bytes.fromhex("0123456789ab") + bytes.fromhex("a1a2a3a4a5a6a7") + bytes.fromhex("f0e0d0c0b0a09080")
    return bytes([version << 4 | kind]) + struct.pack(">HHI", key, office, minutes << 8 | days) + rest


def spelled(raw: bytes) -> str:
    return "ITK1" + b32encode(raw).decode().rstrip("=")


def signed(raw: bytes, number: int = 1, context: bytes = b"ITK-QR-v1\0") -> str:
    return spelled(raw + secret(number).sign(context + raw))


def good() -> Iterator[Made]:
    for kind in (1, 2, 3, 4, 5):
        yield Made(f"type {kind}, any type wanted", "ok", signed(packed(kind)), type=None)
        yield Made(f"type {kind}, this type wanted", "ok", signed(packed(kind)), type=kind)
    for days in (1, 2, 30, 254, 255):
        yield Made(f"good for {days} days", "ok", signed(packed(days=days)))
    yield Made("issued now to the minute", "ok", signed(packed()), now="2026-11-24T07:05:00Z")
    yield Made("issued 10 minutes ahead of the clock", "ok", signed(packed()), now="2026-11-24T06:55:00Z")
    yield Made("the last moment of one day", "ok", signed(packed(days=1)), now="2026-11-25T07:05:00Z")
    yield Made("no end, years later", "ok", signed(packed()), now="2040-01-01T00:00:00Z")
    yield Made("a key for this type only", "ok", signed(packed(key=2), 2))
    yield Made("the first and last minute of a key", "ok", signed(packed(key=3), 3))
    yield Made("a key that is revoked a second later", "ok", signed(packed(key=7), 7))
    yield Made("a key without an end", "ok", signed(packed(key=9), 9))
    yield Made("an old key in the overlap of a rotation", "ok", signed(packed()), keys="rotated")
    yield Made("the new key in the overlap of a rotation", "ok", signed(packed(key=2), 2), keys="rotated")
    yield Made("a retired key's receipt", "ok", signed(packed()), keys="rotated", now="2027-06-01T00:00:00Z")
    for office in (0, 1, 12, 65535):
        yield Made(f"office {office}", "ok", signed(packed(office=office)), office=office)
    for number in range(20):
        raw = packed()[:9] + bytes([number * 13 % 256]) * 21
        yield Made(f"other bytes from 9 on, {number}", "ok", signed(raw))


def malformed() -> Iterator[Made]:
    text = signed(packed())
    for length in (0, 1, 3, 4, 5, 50, 100, 151, 153, 154):
        yield Made(f"cut to {length} characters", "malformed", text[:length])
    for tail in ("A", "=", "==", " ", "\n", "\r\n", "\x00", "AAAAAAAA", "=====", text):
        yield Made(f"longer by {tail!a:.20}", "malformed", text + tail)
    for head in ("ITK2", "ITK0", "itk1", "ITKI", "XTK1", "1KTI", " ITK", "ITK"):
        yield Made(f"begins with {head!r}", "malformed", head + text[4:])
    yield Made("lower case", "malformed", text.lower())
    yield Made("a space before it", "malformed", " " + text)
    for char in "0189=-_ .abz@[`{/\t\x00\x1b\x7f\x80\xa0ÅſＡ２٢\u200b\u202e\ufeff😀":
        yield Made(f"U+{ord(char):04X} inside", "malformed", text[:70] + char + text[71:])
    value = ALPHABET.index(text[-1])
    for spare in range(1, 8):
        yield Made(f"spare bits {spare:03b}", "malformed", text[:-1] + ALPHABET[value | spare])
    yield Made("a character doubled", "malformed", text[:80] + text[79:])
    yield Made("a character left out", "malformed", text[:80] + text[81:])
    yield Made("a good token in a web address", "malformed", "https://example.org/" + text)


def not_ours() -> Iterator[Made]:
    for version in (0, *range(2, 16)):
        raw = packed(version=version)
        yield Made(f"version {version}, signed", "unsupported_version", signed(raw))
        yield Made(f"version {version}, unknown key", "unsupported_version", spelled(raw[:1] + bytes(93)))
    for number in (0, 10, 11, 255, 256, 257, 512, 2560, 65535):
        yield Made(f"key {number}", "unknown_key", signed(packed(key=number), 1))
        yield Made(f"key {number}, no signature", "unknown_key", spelled(packed(key=number) + bytes(64)))
    yield Made("an office without keys", "unknown_key", signed(packed()), keys="none")
    yield Made("a key that was not published yet", "unknown_key", signed(packed(key=3), 3), keys="rotated")
    for made, raw in (
        ("a good receipt", packed(key=6)),
        ("another type", packed(1, 6)),
        ("another office", packed(key=6, office=1)),
        ("from the future", packed(key=6, minutes=ISSUED + 1000)),
        ("before it was revoked", packed(key=6, minutes=ISSUED - 100_000)),
        ("long expired", packed(key=6, minutes=ISSUED - 100_000, days=1)),
    ):
        yield Made(f"revoked this second: {made}", "revoked_key", signed(raw, 6))
        yield Made(f"revoked, and not signed by it: {made}", "revoked_key", signed(raw, 1))
        yield Made(f"revoked years ago: {made}", "revoked_key", signed(raw, 6), now="2030-01-01T00:00:00Z")
    yield Made("a second after the revocation", "revoked_key", signed(packed(key=7), 7), now="2026-11-24T10:05:01Z")


def bad_signatures() -> Iterator[Made]:
    raw = packed()
    whole = raw + secret(1).sign(b"ITK-QR-v1\0" + raw)
    for place in range(94):
        flipped = bytearray(whole)
        flipped[place] ^= 1 if place else 4
        verdict = "unknown_key" if place in (1, 2) else "bad_signature"
        yield Made(f"a bit of byte {place} turned", verdict, spelled(bytes(flipped)))
    scalar, big_r = int.from_bytes(whole[62:], "little"), whole[30:62]
    for multiple in range(1, 15):
        raised = scalar + multiple * ORDER
        yield Made(f"S + {multiple} L", "bad_signature", spelled(raw + big_r + raised.to_bytes(32, "little")))
    negative = (ORDER - scalar).to_bytes(32, "little")
    yield Made("-S", "bad_signature", spelled(raw + big_r + negative))
    for number in SMALL_ORDER:
        for sign in (0, 0x80):
            point = bytes.fromhex(number)
            point = point[:31] + bytes([point[31] | sign])
            yield Made(f"R of small order {point.hex()[:6]}", "bad_signature", spelled(raw + point + bytes(32)))
            yield Made(f"R of small order {point.hex()[:6]}, S", "bad_signature", spelled(raw + point + whole[62:]))
    for y in (PRIME, PRIME + 3, PRIME + 4, 2**255 - 1, 2):
        yield Made(f"R is no point {y % 97}", "bad_signature", spelled(raw + y.to_bytes(32, "little") + whole[62:]))
    for context in (b"", b"ITK-QR-v1", b"ITK-QR-v2\0", b"itk-qr-v1\0", b"ITK-QR-v1\0\0", b"ITK1 holder\0"):
        yield Made(f"signed after {context!r}", "bad_signature", signed(raw, context=context))
    for other in (2, 3, 9, 77):
        yield Made(f"signed by the key of terminal {other}", "bad_signature", signed(raw, other))
    yield Made("no signature", "bad_signature", spelled(raw + bytes(64)))
    yield Made("the signature of another receipt", "bad_signature", spelled(raw + signed_bytes(packed(days=1))))


def signed_bytes(raw: bytes) -> bytes:
    return secret(1).sign(b"ITK-QR-v1\0" + raw)


def out_of_bounds() -> Iterator[Made]:
    for kind in (0, *range(6, 16)):
        yield Made(f"type {kind} is not assigned", "bad_signature", signed(packed(kind)), type=None)
    for kind in (1, 3, 4, 5):
        yield Made(f"key 2 may not sign type {kind}", "bad_signature", signed(packed(kind, 2), 2), type=kind)
    for kind in (1, 2, 3, 4, 5):
        yield Made(f"key 8 may sign nothing, type {kind}", "bad_signature", signed(packed(kind, 8), 8), type=kind)
    for minutes in (-1, 1, 60, 100_000, -100_000):
        yield Made(f"key 3, {minutes} minutes", "bad_signature", signed(packed(key=3, minutes=ISSUED + minutes), 3))
    yield Made("a minute before the key begins", "bad_signature", signed(packed(key=4), 4))
    yield Made("a second after the key ended", "bad_signature", signed(packed(key=5), 5))
    yield Made("issued at the epoch", "bad_signature", signed(packed(minutes=0)))
    yield Made("issued at the last minute of all", "bad_signature", signed(packed(minutes=(1 << 24) - 1)))


def misplaced() -> Iterator[Made]:
    for kind in (1, 2, 3, 4, 5):
        for wanted in (1, 2, 3, 4, 5):
            if kind != wanted:
                yield Made(f"type {kind} for {wanted}", "wrong_type", signed(packed(kind)), type=wanted)
    yield Made("wrong type before wrong office", "wrong_type", signed(packed(1, office=1)))
    yield Made("wrong type before expired", "wrong_type", signed(packed(1, minutes=ISSUED - 100_000, days=1)))
    for office in (0, 1, 744, 746, 745 << 8 & 0xFFFF, 65535):
        yield Made(f"of office {office}", "wrong_office", signed(packed(office=office)))
        yield Made(f"of office {office}, any type", "wrong_office", signed(packed(1, office=office)), type=None)
    yield Made("wrong office before the future", "wrong_office", signed(packed(office=1, minutes=ISSUED + 10_000)))
    yield Made("wrong office before expired", "wrong_office", signed(packed(office=1, minutes=ISSUED - 9000, days=1)))
    for ahead in (191, 192, 1000, 100_000):
        yield Made(f"{ahead - 180} minutes ahead", "not_yet_valid", signed(packed(minutes=ISSUED + ahead)))
    yield Made("10 minutes and a second ahead", "not_yet_valid", signed(packed()), now="2026-11-24T06:54:59Z")
    yield Made("a clock at the epoch", "not_yet_valid", signed(packed(days=1)), now="2025-01-01T00:00:00Z")
    for days in (1, 2, 3, 7, 30, 100, 255):
        late = packed(minutes=ISSUED - days * 1440, days=days)
        yield Made(f"expired after {days} days", "expired", signed(late))
    yield Made("a second after its day", "expired", signed(packed(days=1)), now="2026-11-25T07:05:01Z")
    yield Made("years after its day", "expired", signed(packed(days=255)), now="2035-01-01T00:00:00Z")


def refused_key_files() -> Iterator[tuple[str, str]]:
    """(why, document): files that both verifiers must refuse to use."""
    base = KEY_FILES["office"]
    for number in SMALL_ORDER:
        for sign in (0, 0x80):
            point = bytes.fromhex(number)
            point = point[:31] + bytes([point[31] | sign])
            yield "a key of small order", json.dumps({**base, "keys": [row(1, public_key=point.hex())]})
    for why, changes in (
        ("a key of 31 bytes", {"public_key": "00" * 31}),
        ("a key that is not hexadecimal", {"public_key": "zz" * 32}),
        ("a key number of 17 bits", {"key_id": 1 << 16}),
        ("a key number in words", {"key_id": "1"}),
        ("a key number that is true", {"key_id": True}),
        ("a purpose that is not assigned", {"purposes": [9]}),
        ("a purpose that is no list", {"purposes": 2}),
        ("no beginning", {"not_before": None}),
        ("a time without a zone", {"not_before": "2026-01-01T00:00:00"}),
        ("a revocation without a zone", {"revoked_at": "2026-01-01T00:00:00"}),
    ):
        yield why, json.dumps({**base, "keys": [row(1, **changes)]})
    yield "a key number twice", json.dumps({**base, "keys": [row(1), row(1)]})
    yield "an office in words", json.dumps({**base, "office": "745"})
    yield "no keys", json.dumps({"office": OFFICE})
    yield "not JSON", "keys"


def document() -> str:
    """The file's text."""
    makers = (good, malformed, not_ours, bad_signatures, out_of_bounds, misplaced)
    vectors = [made for maker in makers for made in maker()]
    return (
        json.dumps(
            {
                "format": "ITK1 test vectors, 1",
                "key_files": KEY_FILES,
                "vectors": [{"id": number, **vars(made)} for number, made in enumerate(vectors, 1)],
                "refused_key_files": [{"made": why, "document": text} for why, text in refused_key_files()],
            },
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(document(), "ascii")
