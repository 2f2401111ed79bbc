"""Bodies of the BRI link as the terminal's side reads and writes them."""

from hardware.payment.simulated_bank import MERCHANT_ID, TERMINAL_ID, Answer, Ask, Wish

_WISHES = {
    0x01: Wish.CARD,
    0x03: Wish.VOID,
    0x04: Wish.QRIS,
    0x05: Wish.INQUIRE,
    0x11: Wish.ECHO,
    0x12: Wish.SETTLE,
    0x14: Wish.LAST,
    0x15: Wish.BY_TRACE,
}
_TEXTS = {"P3": "TRANSAKSI DIBATALKAN", "S4": "QR EXPIRED", "TO": "CONNECTION TIMEOUT", "PT": "WAITING PAYMENT"}


class BriLayout:
    """200 bytes in, 300 bytes out; XOR from STX on. Failures of the terminal itself are "ER" with a text."""

    request_length = 200

    def check(self, counted: bytes) -> int:
        """XOR of STX, length bytes, body and ETX."""
        result = 2
        for byte in counted:
            result ^= byte
        return result

    def read(self, body: bytes) -> Ask:
        """A request; one number field serves as invoice, trace and QRIS reference."""
        number = body[25:37].decode("ascii")
        return Ask(
            wish=_WISHES.get(body[0], Wish.UNKNOWN),
            kind=body[:1],
            amount=int(body[1:13]) // 100,
            invoice=number,
            rrn=number,
        )

    def write(self, answer: Answer) -> bytes:
        """An answer."""
        code = "ER" if answer.code in _TEXTS else "00" if answer.code == "VD" else answer.code
        text = "VOID" if answer.code == "VD" else _TEXTS.get(answer.code, answer.text)
        out = answer.kind + TERMINAL_ID.encode() + MERCHANT_ID.encode()
        out += answer.batch.rjust(6, "0").encode() + b"DEBIT".ljust(25)
        out += answer.invoice.rjust(6, "0").encode() * 2 + b"C"
        out += b"%012d%012d" % (answer.amount * 100, answer.amount * 100)
        out += answer.pan.ljust(19).encode() + (b"SANTOSO/BUDI" if answer.pan else b"").ljust(26)
        out += (answer.at.strftime("%Y%m%d%H%M%S") if answer.at else " " * 14).encode()
        out += answer.approval.ljust(8).encode() + code.encode()
        out += answer.rrn.rjust(12).encode()
        out += b"0" * 12 + bytes(19) + b"0" * 12 + text.ljust(84)[:84].encode()
        assert len(out) == 300
        return out
