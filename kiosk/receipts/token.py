"""The token ITK1 of a receipt's QR: encode, sign, verify. Pure; norm: receipt-token.md.

    text    = "ITK1" + BASE32(payload || signature)          155 characters, upper case, no padding
    payload = 30 bytes, big endian: version|type, key id, office, minutes since 2025-01-01T00:00Z,
              valid days, receipt id, holder tag, witness

A token proves that the office issued the receipt. Whether it is still good is a fact of the database
(`kiosk.receipts.verify`). It holds no personal data.
"""

import base64
import dataclasses
import hashlib
import hmac
import struct
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX = "ITK1"
VERSION = 1
PAYLOAD_BYTES = 30
SIGNATURE_BYTES = 64
TEXT_LENGTH = len(PREFIX) + 151
SIGNED_CONTEXT = b"ITK-QR-v1\0"
HOLDER_CONTEXT = b"ITK1 holder\0"
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(minutes=10)

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_LAYOUT = struct.Struct(">BHH3sB6s7s8s")

# y coordinates of the points of small order, canonical and not, without the sign bit: under such a "key"
# one signature fits many messages, and OpenSSL accepts it.
_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


class ReceiptType(IntEnum):
    """What the paper is. The number is in the token."""

    APPLICATION = 1
    PAYMENT = 2
    ARCHIVE_COVER = 3
    AUDIT_CHECKPOINT = 4
    OFFICER_BADGE = 5


def receipt_type(number: int) -> ReceiptType | None:
    """The type with that number; None if it is not assigned."""
    return next((member for member in ReceiptType if member == number), None)


class Verdict(StrEnum):
    """Every answer to "is this receipt good?", in the order in which it is asked. Closed list."""

    OK = "ok"
    MALFORMED = "malformed"
    UNSUPPORTED_VERSION = "unsupported_version"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_TYPE = "wrong_type"
    WRONG_OFFICE = "wrong_office"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    # from here on the database answers
    UNKNOWN_RECEIPT = "unknown_receipt"
    VOID = "void"
    NOT_PAID = "not_paid"
    NOT_READY = "not_ready"
    ALREADY_HANDED_OVER = "already_handed_over"
    HOLDER_MISMATCH = "holder_mismatch"
    DATABASE_UNREACHABLE = "database_unreachable"


@dataclasses.dataclass(frozen=True, slots=True)
class Payload:
    """What a token says. Raises ValueError for a value that the 30 bytes can't hold: a defect of the issuer."""

    type: ReceiptType
    key_id: int
    office: int
    issued: datetime
    """Aware, whole minute; see `whole_minute`."""
    valid_days: int
    """Days after issue; 0 = until redeemed or voided."""
    receipt_id: bytes
    """6 random bytes."""
    holder_tag: bytes
    """7 bytes, see `holder_tag`."""
    witness: bytes
    """First 8 bytes of the audit chain's head just before issue."""

    def __post_init__(self) -> None:
        minutes_since_epoch(self.issued)
        for name, value, limit in (
            ("key id", self.key_id, 0xFFFF),
            ("office", self.office, 0xFFFF),
            ("valid days", self.valid_days, 0xFF),
        ):
            if not 0 <= value <= limit:
                raise ValueError(f"{name} {value} is not within 0..{limit}")
        if (len(self.receipt_id), len(self.holder_tag), len(self.witness)) != (6, 7, 8):
            raise ValueError("receipt id, holder tag and witness are 6, 7 and 8 bytes long")

    @property
    def expires(self) -> datetime | None:
        """The last moment at which the token is good; None if it doesn't expire."""
        return self.issued + timedelta(days=self.valid_days) if self.valid_days else None


@dataclasses.dataclass(frozen=True, slots=True)
class PublicKey:
    """A terminal's verifying key as the office published it.

    The window is inclusive and compared in whole minutes, like the time of issue in the token.
    """

    key_id: int
    public_key: bytes
    purposes: frozenset[ReceiptType]
    not_before: datetime
    not_after: datetime | None = None
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        # an unassigned purpose, from wherever the row came, must not make an unassigned type acceptable
        object.__setattr__(self, "purposes", frozenset(ReceiptType(purpose) for purpose in self.purposes))

    def may_sign(self, receipt_type: int, issued: datetime) -> bool:
        """True if the key has that purpose and the time of issue is in its window."""
        in_window = whole_minute(self.not_before) <= issued and (self.not_after is None or issued <= self.not_after)
        return in_window and receipt_type in self.purposes

    def is_revoked(self, now: datetime) -> bool:
        """True from the date of the revocation on, whatever time of issue a token claims.

        Revocation is asked before the signature, and whoever holds a stolen key can write any time of
        issue into a token. A key that only retires ends by `not_after`, and its old receipts stay good.
        """
        return self.revoked_at is not None and self.revoked_at <= now


@dataclasses.dataclass(frozen=True, slots=True)
class TokenRefusal:
    """A token that was not accepted. `payload` is there only once its signature was found good."""

    verdict: Verdict
    payload: Payload | None = None


def whole_minute(moment: datetime) -> datetime:
    """`moment` in UTC, cut to the minute, as a token carries it. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def minutes_since_epoch(moment: datetime) -> int:
    """Whole minutes since 2025-01-01T00:00Z. Raises ValueError if `moment` is naive, has seconds or doesn't fit."""
    if whole_minute(moment) != moment:
        raise ValueError(f"{moment} is not a whole minute")
    minutes = (moment - EPOCH) // timedelta(minutes=1)
    if not 0 <= minutes < 1 << 24:
        raise ValueError(f"{moment} is outside the years that a token can hold")
    return minutes


def holder_tag(pepper: bytes, issuing_state: str, passport_number: str, receipt_id: bytes) -> bytes:
    """The 7 bytes that bind a receipt to a passport without naming it.

    `issuing_state` is the ICAO code ("D", "UTO"); both it and the number are reduced to A-Z and 0-9.
    """
    state, number = (_letters_and_digits(text).encode("ascii") for text in (issuing_state, passport_number))
    message = HOLDER_CONTEXT + state + b"\0" + number + b"\0" + receipt_id
    return hmac.new(pepper, message, hashlib.sha256).digest()[:7]


def _letters_and_digits(text: str) -> str:
    return "".join(char for char in text.upper() if char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def encode_payload(payload: Payload) -> bytes:
    """The 30 bytes of a payload."""
    return _LAYOUT.pack(
        VERSION << 4 | payload.type,
        payload.key_id,
        payload.office,
        minutes_since_epoch(payload.issued).to_bytes(3, "big"),
        payload.valid_days,
        payload.receipt_id,
        payload.holder_tag,
        payload.witness,
    )


def decode_payload(raw: bytes) -> Payload:
    """The payload in 30 bytes. Raises ValueError for another length, version or an unassigned type."""
    if len(raw) != PAYLOAD_BYTES or raw[0] >> 4 != VERSION:
        raise ValueError("not a payload of version 1")
    first, key_id, office, _, valid_days, receipt_id, tag, witness = _LAYOUT.unpack(raw)
    return Payload(ReceiptType(first & 15), key_id, office, issue_time(raw), valid_days, receipt_id, tag, witness)


def issue_time(raw: bytes) -> datetime:
    """The time of issue in the 30 bytes of a payload."""
    return EPOCH + timedelta(minutes=int.from_bytes(raw[5:8], "big"))


def encode_text(payload: bytes, signature: bytes) -> str:
    """The canonical text of 30 + 64 bytes."""
    return PREFIX + base64.b32encode(payload + signature).decode("ascii").rstrip("=")


def decode_text(text: str) -> tuple[bytes, bytes] | None:
    """(payload, signature) of a canonical text; None if it is malformed. Says nothing about the signature."""
    body = text[len(PREFIX) :]
    if len(text) != TEXT_LENGTH or not text.startswith(PREFIX) or not _ALPHABET.issuperset(body):
        return None
    raw = base64.b32decode(body + "=")
    payload, signature = raw[:PAYLOAD_BYTES], raw[PAYLOAD_BYTES:]
    # the last character has 3 spare bits: only one of its 8 spellings is a receipt of ours
    return (payload, signature) if encode_text(payload, signature) == text else None


def sign(payload: Payload, private_key: Ed25519PrivateKey) -> str:
    """The token's text. The caller answers for it that `payload.key_id` is this key's."""
    raw = encode_payload(payload)
    return encode_text(raw, private_key.sign(SIGNED_CONTEXT + raw))


def verify(
    text: str,
    keys: Mapping[int, PublicKey],
    *,
    expected_type: ReceiptType | Collection[ReceiptType] | None,
    office: int,
    now: datetime,
) -> Payload | TokenRefusal:
    """Judge a scanned text without a database, in the norm's order; the first objection is the answer.

    `expected_type` None takes every type (a scan that only opens the case). `now` is aware. Never raises
    for any text.
    """
    parts = decode_text(text)
    if parts is None:
        return TokenRefusal(Verdict.MALFORMED)
    raw, signature = parts
    if raw[0] >> 4 != VERSION:
        return TokenRefusal(Verdict.UNSUPPORTED_VERSION)
    key = keys.get(int.from_bytes(raw[1:3], "big"))
    if key is None:
        return TokenRefusal(Verdict.UNKNOWN_KEY)
    if key.is_revoked(now):
        return TokenRefusal(Verdict.REVOKED_KEY)
    if not is_signed_by(key, raw, signature):
        return TokenRefusal(Verdict.BAD_SIGNATURE)
    payload = decode_payload(raw)
    objection = _objection(payload, expected_type, office, now)
    return payload if objection is None else TokenRefusal(objection, payload)


def is_signed_by(key: PublicKey, raw: bytes, signature: bytes) -> bool:
    """True if `key` made the signature and was allowed to: purpose, window, a key that is no small-order point."""
    if is_small_order(key.public_key) or not key.may_sign(raw[0] & 15, issue_time(raw)):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, SIGNED_CONTEXT + raw)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_small_order(public_key: bytes) -> bool:
    """True for the encodings of the eight points whose multiples by 8 vanish."""
    return public_key[:31] + bytes([public_key[31] & 0x7F]) in _SMALL_ORDER if len(public_key) == 32 else False


def _objection(
    payload: Payload, expected_type: ReceiptType | Collection[ReceiptType] | None, office: int, now: datetime
) -> Verdict | None:
    if isinstance(expected_type, ReceiptType):
        expected_type = (expected_type,)
    if expected_type is not None and payload.type not in expected_type:
        return Verdict.WRONG_TYPE
    if payload.office != office:
        return Verdict.WRONG_OFFICE
    if payload.issued > now + CLOCK_TOLERANCE:
        return Verdict.NOT_YET_VALID
    if payload.expires is not None and now > payload.expires:
        return Verdict.EXPIRED
    return None
