"""The ECR link of BCA: what is inside a frame. Pure: values in, bytes out, and back.

Request bodies have 150 bytes, response bodies 200. Laid out after public implementations and published log frames;
byte 0 is a binary version whose value differs by transaction type and terminal firmware, so it is an option. Amounts
carry two decimals that are "00" for rupiah. Nothing here ever holds a card number: PAN, expiry and holder's name are
blotted out while a response is decoded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hardware.payment.fields import FieldError, amount_field, device_time, filled, mask_pan, whole_rupiah
from hardware.payment.frames import after_stx
from hardware.payment.terminal import Purpose, Reason, Reply, SaleState, TransactionRecord

REQUEST_LENGTH = 150
RESPONSE_LENGTH = 200

#: Transaction types (body bytes 1-2).
KINDS: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.SALE_CARD: "01",
        Purpose.VOID: "08",
        Purpose.SETTLE: "10",
        Purpose.ECHO: "17",
        Purpose.LAST: "19",
        Purpose.ALL: "20",
        Purpose.SALE_QRIS: "31",
        Purpose.INQUIRE_QRIS: "32",
    }
)

APPROVED = "00"
CANCELLED_ON_DEVICE = "P3"
EXPIRED = "S4"
#: The customer has not paid yet (types 31 and 32).
WAITING = frozenset({"PT", "S3"})
#: The terminal itself does not know whether the host booked it: connection timed out, terminal trouble, not processed.
UNSURE = frozenset({"TO", "PT", "S3"})

CANCEL_REASON_VOID = "02"
CANCEL_REASON_NONE = "00"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between firmware versions: the version byte of each type, whether optional fields are zeros or
    spaces, and whether the answer to a QRIS sale comes when the code is created (the safe assumption) or when it is
    paid (only after certification).
    """

    version: int = 1
    versions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    optional_as_zeros: bool = True
    qris_answers_when_paid: bool = False

    def version_of(self, kind: str) -> int:
        """The version byte for a transaction type, 1 to 3."""
        return self.versions.get(kind, self.version)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the terminal. `amount` in whole rupiah; `generic` may be printed on the slip; `rrn` for QRIS
    inquiry.
    """

    kind: str
    amount: int = 0
    invoice_no: str = ""
    generic: str = ""
    rrn: str = ""
    cancel_reason: str = CANCEL_REASON_NONE


def _text(value: str, length: int, name: str) -> str:
    if len(value) > length or not all(" " <= character <= "~" for character in value):
        raise ValueError(f"{name} is not up to {length} printable ASCII characters")
    return value.ljust(length)


def encode_request(request: Request, dialect: Dialect) -> bytes:
    """The 150-byte body. Raises ValueError when a value does not fit its field."""
    zeros = dialect.optional_as_zeros
    body = "".join(
        (
            request.kind,
            amount_field(request.amount),
            "0" * 12,  # other amount
            " " * 19,  # PAN: the terminal reads the card
            " " * 4,  # expiry
            request.cancel_reason,
            (request.invoice_no or "0").rjust(6, "0"),
            "000000" if zeros else " " * 6,  # authorisation code
            "  N",  # instalment, redeem, currency conversion
            "000" if zeros else " " * 3,  # instalment plan
            "00" if zeros else "  ",  # tenor
            _text(request.generic, 12, "reference"),
            _text(request.rrn, 12, "rrn"),
            " " * 4,  # original date
            " " * 50,
        )
    )
    encoded = bytes((dialect.version_of(request.kind),)) + body.encode("ascii")
    if len(encoded) != REQUEST_LENGTH:
        raise ValueError("type or invoice number too long")
    return encoded


#: Name -> (offset, length) inside the response body.
RESPONSE_FIELDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "kind": (1, 2),
        "amount": (3, 12),
        "other_amount": (15, 12),
        "pan": (27, 19),
        "expiry": (46, 4),
        "response_code": (50, 2),
        "rrn": (52, 12),
        "approval_code": (64, 6),
        "date": (70, 8),
        "time": (78, 6),
        "merchant_id": (84, 15),
        "terminal_id": (99, 8),
        "offline": (107, 1),
        "holder": (108, 26),
        "cashier_pan": (134, 16),
        "invoice_no": (150, 6),
        "batch_no": (156, 6),
        "issuer": (162, 2),
        "filler": (192, 8),
    }
)
_SECRET_FIELDS = ("pan", "expiry", "holder", "cashier_pan")

_SHAPES = {
    "kind": re.compile(r"[0-9]{2}"),
    "amount": re.compile(r"[0-9]{12}| {12}"),
    "other_amount": re.compile(r"[0-9]{12}| {12}"),
    "response_code": re.compile(r"[0-9A-Z]{2}"),
    "rrn": re.compile(r" *[0-9A-Za-z]* *"),
    "approval_code": re.compile(r" *[0-9A-Za-z]* *"),
    "date": re.compile(r"[0-9]{8}| {8}"),
    "time": re.compile(r"[0-9]{6}| {6}"),
    "invoice_no": re.compile(r"[0-9]{6}| {6}"),
    "batch_no": re.compile(r"[0-9]{6}| {6}"),
}


def decode_response(body: bytes) -> Reply:
    """The answer in a 200-byte body.

    Raises FieldError for a wrong length, a byte that is no printable ASCII, or a field of the wrong shape: such a
    frame only looks whole (the LRC is one byte, two equal bit errors escape it) and must be asked for again.
    """
    if len(body) != RESPONSE_LENGTH:
        raise FieldError("length")
    if body[0] not in (1, 2, 3):
        raise FieldError("version")
    if not all(0x20 <= byte <= 0x7E for byte in body[1:]):
        raise FieldError("not printable")
    text = body.decode("ascii")
    fields = {name: text[offset : offset + length] for name, (offset, length) in RESPONSE_FIELDS.items()}
    for name, shape in _SHAPES.items():
        if not shape.fullmatch(fields[name]):
            raise FieldError(name)
    return Reply(
        kind=fields["kind"],
        amount=whole_rupiah(fields["amount"]),
        response_code=fields["response_code"],
        approval_code=filled(fields["approval_code"]),
        rrn=filled(fields["rrn"]),
        invoice_no=filled(fields["invoice_no"]),
        batch_no=filled(fields["batch_no"]),
        masked_pan=mask_pan(fields["pan"]),
        terminal_id=fields["terminal_id"].strip(),
        merchant_id=fields["merchant_id"].strip(),
        device_time=device_time(fields["date"], fields["time"]),
        text="",
        raw_masked=mask_response(body),
    )


def mask_response(body: bytes) -> bytes:
    """The body with PAN cut to four digits and expiry, holder's name and cashier's card blotted out; same length."""
    masked = bytearray(body)
    for name in _SECRET_FIELDS:
        offset, length = RESPONSE_FIELDS[name]
        kept = mask_pan(body[offset : offset + length].decode("latin-1")) if name == "pan" else ""
        masked[offset : offset + length] = kept.ljust(length, " " if name == "pan" else "*").encode("ascii")
    return bytes(masked)


class BcaProfile:
    """BCA's types, bodies and codes behind the common link."""

    name = "BCA ECR"
    lists_all = True
    request_length = REQUEST_LENGTH
    response_length = RESPONSE_LENGTH

    def __init__(self, dialect: Dialect | None = None) -> None:
        self._dialect = dialect or Dialect()

    @staticmethod
    def lrc_rule(counted: bytes) -> tuple[int, ...]:
        """XOR after STX up to and including ETX."""
        return after_stx(counted)

    def kind(self, purpose: Purpose) -> str:
        """The two digits of the transaction type."""
        return KINDS[purpose]

    @staticmethod
    def kind_of(body: bytes) -> str:
        """Bytes 1 and 2."""
        return body[1:3].decode("ascii", "backslashreplace")

    def request(
        self, purpose: Purpose, amount: int = 0, reference: str = "", rrn: str = "", invoice_no: str = ""
    ) -> bytes:
        """The request body; our reference goes into the generic data, which the slip may show."""
        reason = CANCEL_REASON_VOID if purpose is Purpose.VOID else CANCEL_REASON_NONE
        return encode_request(
            Request(KINDS[purpose], amount, invoice_no, reference, rrn and rrn.zfill(12), reason), self._dialect
        )

    def decode(self, body: bytes) -> Reply:
        """See `decode_response`."""
        return decode_response(body)

    def verdict(self, purpose: Purpose, reply: Reply) -> tuple[SaleState, Reason | None]:
        """What the code says. A QRIS sale that answers 00 without an approval code has only been created."""
        code = reply.response_code
        if purpose is Purpose.INQUIRE_QRIS:
            return _inquiry_verdict(code)
        if purpose is Purpose.SALE_QRIS and self._is_only_created(reply):
            if not reply.rrn:
                return SaleState.UNKNOWN, Reason.DEVICE_UNSURE
            return SaleState.PENDING, Reason.AWAITING_CUSTOMER
        if code == APPROVED:
            return SaleState.APPROVED, None
        if code == CANCELLED_ON_DEVICE:
            return SaleState.CANCELLED, None
        if code in UNSURE:
            return SaleState.UNKNOWN, Reason.DEVICE_UNSURE
        return SaleState.DECLINED, Reason.EXPIRED if code == EXPIRED else None

    def _is_only_created(self, reply: Reply) -> bool:
        """Whether a QRIS sale's answer says no more than that the customer may pay now."""
        if reply.response_code == APPROVED:
            return not (reply.approval_code or self._dialect.qris_answers_when_paid)
        return reply.response_code in WAITING

    def record(self, reply: Reply) -> TransactionRecord | None:
        """A transaction of the device's list; an answer without an invoice number or RRN names none."""
        if not (reply.invoice_no or reply.rrn):
            return None
        return TransactionRecord(
            method=None,
            voided=False,
            amount=reply.amount,
            response_code=reply.response_code,
            approved=reply.response_code == APPROVED,
            approval_code=reply.approval_code,
            rrn=reply.rrn,
            invoice_no=reply.invoice_no,
            batch_no=reply.batch_no,
            masked_pan=reply.masked_pan,
            terminal_id=reply.terminal_id,
            device_time=reply.device_time,
        )


def _inquiry_verdict(code: str) -> tuple[SaleState, Reason | None]:
    """Only "paid" and "expired" are about the payment; any other code is about the inquiry, which is simply asked
    again.
    """
    if code == APPROVED:
        return SaleState.APPROVED, None
    if code == EXPIRED:
        return SaleState.DECLINED, Reason.EXPIRED
    return SaleState.PENDING, Reason.AWAITING_CUSTOMER
