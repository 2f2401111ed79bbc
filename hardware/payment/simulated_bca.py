"""Bodies of the BCA link as the terminal's side reads and writes them."""

from hardware.payment.simulated_bank import MERCHANT_ID, TERMINAL_ID, Answer, Ask, Wish

_WISHES = {
    b"01": Wish.CARD,
    b"08": Wish.VOID,
    b"10": Wish.SETTLE,
    b"17": Wish.ECHO,
    b"19": Wish.LAST,
    b"20": Wish.ALL,
    b"31": Wish.QRIS,
    b"32": Wish.INQUIRE,
}


class BcaLayout:
    """150 bytes in, 200 bytes out; XOR of everything after STX."""

    request_length = 150

    def check(self, counted: bytes) -> int:
        """XOR of length bytes, body and ETX."""
        result = 0
        for byte in counted:
            result ^= byte
        return result

    def read(self, body: bytes) -> Ask:
        """A request; amounts come with two decimals."""
        kind = body[1:3]
        return Ask(
            wish=_WISHES.get(kind, Wish.UNKNOWN),
            kind=kind,
            version=body[0],
            amount=int(body[3:15]) // 100,
            invoice=body[52:58].decode("ascii").strip(),
            reference=body[72:84].decode("ascii").strip(),
            rrn=body[84:96].decode("ascii").strip(),
        )

    def write(self, answer: Answer) -> bytes:
        """An answer. Terminals blank what a refusal has no value for."""
        approved = answer.code in ("00", "VD")
        day = answer.at.strftime("%Y%m%d") if answer.at else " " * 8
        clock = answer.at.strftime("%H%M%S") if answer.at else " " * 6
        out = bytes([answer.version]) + answer.kind
        out += b"%012d" % (answer.amount * 100)
        out += b"0" * 12
        out += answer.pan.ljust(19).encode() + (b"****" if approved else b"0000")
        out += answer.code.encode()
        out += answer.rrn.rjust(12).encode()
        out += answer.approval.rjust(6).encode()
        out += (day + clock).encode()
        out += (MERCHANT_ID if approved else "").ljust(15).encode() + (TERMINAL_ID if approved else "").ljust(
            8
        ).encode()
        out += b"N"
        out += (b"BUDI/SANTOSO" if answer.pan else b"").ljust(26)
        out += b" " * 16
        out += answer.invoice.rjust(6, "0").encode() + answer.batch.rjust(6, "0").encode()
        out += b"00" + b"NNN" + b"0" * 12 + b" " * 12 + b"N" + b" " * 8
        assert len(out) == 200
        return out
