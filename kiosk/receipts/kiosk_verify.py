#!/usr/bin/env python3
"""kiosk-verify: is this receipt the office's? One file, nothing but the standard library of Python 3.9 or later.

    python kiosk_verify.py KEYS TEXT [--type N] [--office N] [--now 2026-11-24T08:00:00Z]

KEYS is the office's published key file (`kiosk key export`), TEXT what the receipt's QR says. The answer is one JSON
document. Exit 0: authentic; 1: refused, `verdict` says at which stage; 2: usage; 3: KEYS is no key file.

Whether an authentic receipt is still good (redeemed, voided, not ready) only the office's database knows.

Written from the norm (receipt-token.md) and RFC 8032 alone. It shares no code with the rest of the program, so that
either can be held against the other; tests/vectors/itk1.json is what both must answer.
"""
# ruff: noqa: UP017, UP045
# Python 3.9 knows neither datetime.UTC nor `X | None`

import argparse
import hashlib
import json
import sys
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CONTEXT = b"ITK-QR-v1\x00"
EPOCH = datetime(2025, 1, 1, tzinfo=timezone.utc)
TYPES = (1, 2, 3, 4, 5)

# Ed25519 (RFC 8032, 5.1): points as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
TWICE_D = 2 * D % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = p[3] * q[3] * TWICE_D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p: Point) -> Point:
    a, b = p[0] * p[0] % P, p[1] * p[1] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = 2 * p[2] * p[2] + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(data: bytes) -> Optional[Point]:
    """The point that 32 bytes encode; None where they encode none, or not in the one canonical way."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
        if (v * x * x - u) % P:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def encoded(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def multiples(p: Point) -> list[Point]:
    """0p, 1p ... 15p: one for each hexadecimal digit of a scalar."""
    found = [NEUTRAL]
    while len(found) < 16:
        found.append(add(found[-1], p))
    return found


def base_multiples() -> list[Point]:
    base = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    assert base is not None
    return multiples(base)


BASES = base_multiples()


def is_small_order(p: Point) -> bool:
    """True for the eight points under which one signature fits many messages."""
    x, y, z, _ = double(double(double(p)))
    return x % P == 0 and (y - z) % P == 0


def is_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Does S*B = R + h*A hold, with S below the group's order and R in its canonical spelling?"""
    key = point(public_key)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or is_small_order(key) or scalar >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    minus_key = multiples((P - key[0], key[1], 1, P - key[3]))
    result = NEUTRAL
    for left, right in zip(f"{scalar:064x}", f"{h:064x}"):  # noqa: B905 - Python 3.9 knows no strict
        result = double(double(double(double(result))))
        result = add(add(result, BASES[int(left, 16)]), minus_key[int(right, 16)])
    return encoded(result) == signature[:32]


# the published keys


class NoKeyFile(ValueError):
    """The file is not one that an office publishes. One wrong row spoils it: a key left out would make forgeries."""


class Key:
    """One terminal's verifying key: what it may sign, and when."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.number = row["key_id"]
        self.public_key = bytes.fromhex(row["public_key"])
        self.purposes = row["purposes"]
        self.not_before = moment(row["not_before"])
        self.not_after = moment(row["not_after"]) if row.get("not_after") is not None else None
        self.revoked_at = moment(row["revoked_at"]) if row.get("revoked_at") is not None else None
        if type(self.number) is not int or not 0 <= self.number < 1 << 16:
            raise NoKeyFile("key_id")
        if not isinstance(self.purposes, list) or any(type(p) is not int or p not in TYPES for p in self.purposes):
            raise NoKeyFile("purposes")
        place = point(self.public_key) if len(self.public_key) == 32 else None
        if place is None or is_small_order(place):
            raise NoKeyFile("public_key")

    def may_sign(self, kind: int, issued: datetime) -> bool:
        begins = self.not_before.replace(second=0, microsecond=0)
        return kind in self.purposes and begins <= issued and (self.not_after is None or issued <= self.not_after)


def moment(text: str) -> datetime:
    """An ISO 8601 time with its zone."""
    found = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if found.tzinfo is None:
        raise NoKeyFile("a time without a zone")
    return found.astimezone(timezone.utc)


def read_keys(document: str) -> tuple[int, dict[int, Key]]:
    """(office code, keys by number). Raises NoKeyFile."""
    try:
        data = json.loads(document)
        keys = [Key(row) for row in data["keys"]]
        if type(data["office"]) is not int or len({key.number for key in keys}) != len(keys):
            raise NoKeyFile("office, or a key number given twice")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise NoKeyFile(type(error).__name__) from None
    return data["office"], {key.number: key for key in keys}


# the token


def decoded(text: str) -> Optional[bytes]:
    """The 94 bytes of a text in its one spelling: 151 characters hold 755 bits, of which the last 3 must be 0."""
    if len(text) != 155 or text[:4] != "ITK1":
        return None
    number = 0
    for char in text[4:]:
        value = ALPHABET.find(char)
        if value < 0:
            return None
        number = number << 5 | value
    return None if number & 7 else (number >> 3).to_bytes(94, "big")


def verify(text: str, keys: dict[int, Key], kind: Optional[int], office: int, now: datetime) -> str:
    """The first objection in the norm's order, or "ok". `kind` None: any type of receipt will do."""
    raw = decoded(text)
    if raw is None:
        return "malformed"
    if raw[0] >> 4 != 1:
        return "unsupported_version"
    key = keys.get(raw[1] << 8 | raw[2])
    if key is None:
        return "unknown_key"
    if key.revoked_at is not None and key.revoked_at <= now:
        return "revoked_key"
    issued = EPOCH + timedelta(minutes=int.from_bytes(raw[5:8], "big"))
    if not key.may_sign(raw[0] & 15, issued) or not is_signature(key.public_key, CONTEXT + raw[:30], raw[30:]):
        return "bad_signature"
    if kind is not None and raw[0] & 15 != kind:
        return "wrong_type"
    if raw[3] << 8 | raw[4] != office:
        return "wrong_office"
    if issued - timedelta(minutes=10) > now:
        return "not_yet_valid"
    if raw[8] and issued + timedelta(days=raw[8]) < now:
        return "expired"
    return "ok"


def fields(text: str) -> dict[str, Any]:
    """What the bytes say, authentic or not; empty for a malformed text."""
    raw = decoded(text)
    if raw is None:
        return {}
    return {
        "type": raw[0] & 15,
        "key_id": raw[1] << 8 | raw[2],
        "office": raw[3] << 8 | raw[4],
        "issued_at": (EPOCH + timedelta(minutes=int.from_bytes(raw[5:8], "big"))).isoformat(),
        "valid_days": raw[8],
        "receipt_id": raw[9:15].hex(),
        "witness": raw[22:30].hex(),
    }


def main(arguments: Optional[list[str]] = None) -> int:
    """The command. Its exit code."""
    reader = argparse.ArgumentParser(prog="kiosk-verify", description="Is this receipt the office's?")
    reader.add_argument("keys", help="the office's published key file")
    reader.add_argument("text", help="what the receipt's QR says (ITK1...)")
    reader.add_argument("--type", type=int, choices=TYPES, help="only this type of receipt")
    reader.add_argument("--office", type=int, help="the office's code, if not the key file's own")
    reader.add_argument("--now", type=moment, default=datetime.now(timezone.utc), help="judge it at this time")
    given = reader.parse_args(arguments)
    try:
        with open(given.keys, encoding="utf-8") as file:
            office, keys = read_keys(file.read())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"kiosk-verify: {type(error).__name__}: not a key file\n")
        return 3
    verdict = verify(given.text, keys, given.type, office if given.office is None else given.office, given.now)
    sys.stdout.write(json.dumps({"verdict": verdict, **fields(given.text)}, indent=2) + "\n")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
