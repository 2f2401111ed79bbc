"""The ECR link of BRI's Verifone terminals: what is inside a frame. Pure.

Request bodies have 200 bytes, response bodies 300; byte 0 is the transaction type. The link knows no list of all
transactions, but reprints the last one or one by its trace number. A QRIS payment is generated (04) and asked for
(05) by the reference the answer gave.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from hardware.payment.fields import FieldError, amount_field, device_time, filled, mask_pan, whole_rupiah
from hardware.payment.frames import with_stx_or_body_only
from hardware.payment.terminal import Method, Purpose, Reason, Reply, SaleState, TransactionRecord

REQUEST_LENGTH = 200
RESPONSE_LENGTH = 300

KINDS: Mapping[Purpose, int] = MappingProxyType(
    {
        Purpose.SALE_CARD: 0x01,
        Purpose.VOID: 0x03,
        Purpose.SALE_QRIS: 0x04,
        Purpose.INQUIRE_QRIS: 0x05,
        Purpose.ECHO: 0x11,  # logon, the only exchange without a transaction
        Purpose.SETTLE: 0x12,
        Purpose.LAST: 0x14,
        Purpose.BY_TRACE: 0x15,
    }
)
APPROVED = frozenset({"00", "Z1"})
FAILED = "ER"
"""Something went wrong; only the text says what."""
_CANCELLED_WORDS = re.compile(r"CANCEL|BATAL", re.IGNORECASE)
_DECLINED_WORDS = re.compile(r"DECLIN|TOLAK|DITOLAK|INSUFFICIENT|TIDAK CUKUP|INVALID CARD", re.IGNORECASE)
_EXPIRED_WORDS = re.compile(r"EXPIRE|KADALUARSA|KEDALUWARSA", re.IGNORECASE)

#: Name -> (offset, length) inside the response body.
RESPONSE_FIELDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "terminal_id": (1, 8),
        "merchant_id": (9, 15),
        "batch_no": (24, 6),
        "issuer": (30, 25),
        "trace": (55, 6),
        "invoice_no": (61, 6),
        "entry_mode": (67, 1),
        "amount": (68, 12),
        "total": (80, 12),
        "pan": (92, 19),
        "holder": (111, 26),
        "date": (137, 8),
        "time": (145, 6),
        "approval_code": (151, 8),
        "response_code": (159, 2),
        "rrn": (161, 12),
        "balance": (173, 12),
        "top_up_pan": (185, 19),
        "added": (204, 12),
        "text": (216, 84),
    }
)
_SECRET_FIELDS = ("pan", "holder", "top_up_pan")
_SHAPES = {
    "trace": re.compile(r"[0-9]{6}| {6}"),
    "batch_no": re.compile(r"[0-9]{6}| {6}"),
    "invoice_no": re.compile(r"[0-9]{6}| {6}"),
    "amount": re.compile(r"[0-9]{12}| {12}"),
    "date": re.compile(r"[0-9]{8}| {8}"),
    "time": re.compile(r"[0-9]{6}| {6}"),
    "response_code": re.compile(r"[0-9A-Z]{2}"),
    "approval_code": re.compile(r" *[0-9A-Za-z]* *"),
    "rrn": re.compile(r" *[0-9A-Za-z]* *"),
}


def encode_request(kind: int, amount: int = 0, reference: str = "") -> bytes:
    """The 200-byte body; `reference` is the invoice, trace or QRIS reference number, up to 12 digits.

    Raises ValueError when a value does not fit.
    """
    if not re.fullmatch(r"[0-9]{0,12}", reference):
        raise ValueError("a reference on this link is up to 12 digits")
    text = amount_field(amount) + "0" * 12 + reference.zfill(12)
    return bytes((kind,)) + text.encode("ascii") + bytes(REQUEST_LENGTH - 37)


def decode_response(body: bytes) -> Reply:
    """The answer in a 300-byte body. Raises FieldError as the other links' decoders do."""
    if len(body) != RESPONSE_LENGTH:
        raise FieldError("length")
    filled_body = body[1:].replace(b"\0", b" ")
    if not all(0x20 <= byte <= 0x7E for byte in filled_body):
        raise FieldError("not printable")
    text = " " + filled_body.decode("ascii")
    fields = {name: text[offset : offset + length] for name, (offset, length) in RESPONSE_FIELDS.items()}
    for name, shape in _SHAPES.items():
        if not shape.fullmatch(fields[name]):
            raise FieldError(name)
    return Reply(
        kind=f"{body[0]:02X}",
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
        text=fields["text"].strip(),
        raw_masked=mask_response(body),
        trace_no=filled(fields["trace"]),
    )


def mask_response(body: bytes) -> bytes:
    """The body with card numbers cut to four digits or blotted out, and the holder's name; same length."""
    masked = bytearray(body)
    for name in _SECRET_FIELDS:
        offset, length = RESPONSE_FIELDS[name]
        kept = mask_pan(body[offset : offset + length].decode("latin-1")) if name == "pan" else "*" * length
        masked[offset : offset + length] = kept.ljust(length).encode("ascii")
    return bytes(masked)


class BriProfile:
    """BRI's types, bodies and codes behind the common link."""

    name = "BRI ECR"
    lists_all = False
    request_length = REQUEST_LENGTH
    response_length = RESPONSE_LENGTH

    @staticmethod
    def lrc_rule(counted: bytes) -> tuple[int, ...]:
        """Sent: XOR of everything from STX to ETX; received: also XOR of body and ETX alone."""
        return with_stx_or_body_only(counted)

    def kind(self, purpose: Purpose) -> str:
        """The type as two hexadecimal digits. KeyError for the list of all transactions, which `lists_all` denies."""
        return f"{KINDS[purpose]:02X}"

    @staticmethod
    def kind_of(body: bytes) -> str:
        """Byte 0, as `kind` writes it."""
        return f"{body[0]:02X}"

    def request(
        self, purpose: Purpose, amount: int = 0, reference: str = "", rrn: str = "", invoice_no: str = ""
    ) -> bytes:
        """The request body. The link has one number field: RRN or invoice, where there is one; it carries no
        reference of ours.
        """
        number = {
            Purpose.VOID: invoice_no,
            Purpose.BY_TRACE: invoice_no,
            Purpose.INQUIRE_QRIS: rrn,
        }.get(purpose, "")
        return encode_request(int(self.kind(purpose), 16), amount, number)

    def decode(self, body: bytes) -> Reply:
        """See `decode_response`."""
        return decode_response(body)

    def verdict(self, purpose: Purpose, reply: Reply) -> tuple[SaleState, Reason | None]:
        """What code and text say. "ER" with a text that does not say what went wrong is no answer to believe."""
        approved = reply.response_code in APPROVED
        if purpose is Purpose.INQUIRE_QRIS:
            if approved:
                return SaleState.APPROVED, None
            if _EXPIRED_WORDS.search(reply.text):
                return SaleState.DECLINED, Reason.EXPIRED
            return SaleState.PENDING, Reason.AWAITING_CUSTOMER
        if approved and purpose is Purpose.SALE_QRIS and not reply.approval_code:
            pending = (SaleState.PENDING, Reason.AWAITING_CUSTOMER)
            return pending if reply.rrn else (SaleState.UNKNOWN, Reason.DEVICE_UNSURE)
        if approved:
            return SaleState.APPROVED, None
        if reply.response_code != FAILED or _DECLINED_WORDS.search(reply.text):
            return SaleState.DECLINED, None
        if _CANCELLED_WORDS.search(reply.text):
            return SaleState.CANCELLED, None
        return SaleState.UNKNOWN, Reason.DEVICE_UNSURE

    def record(self, reply: Reply) -> TransactionRecord | None:
        """The reprinted transaction; None when the terminal has none."""
        if not (reply.invoice_no or reply.rrn):
            return None
        return TransactionRecord(
            method=Method.CARD if reply.masked_pan else None,
            voided=bool(re.search(r"\bVOID", reply.text)),
            amount=reply.amount,
            response_code=reply.response_code,
            approved=reply.response_code in APPROVED,
            approval_code=reply.approval_code,
            rrn=reply.rrn,
            invoice_no=reply.invoice_no,
            batch_no=reply.batch_no,
            masked_pan=reply.masked_pan,
            terminal_id=reply.terminal_id,
            device_time=reply.device_time,
            trace_no=reply.trace_no,
        )
