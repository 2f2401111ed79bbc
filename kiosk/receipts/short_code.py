"""The short code beside a QR: for the keyboard, when no scanner can read the receipt. Pure.

10 characters of Crockford base32 (the 48-bit receipt id) and 2 check characters, in groups of four:
`0KZ4-9Q1M-7TXB`. The check characters are a Reed-Solomon code over GF(32): any one or two wrong characters
and any two exchanged ones are noticed. The code is not signed: whoever accepts it asks the database, the
passport and for a reason.
"""

from kiosk.refusals import Code, Refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
GROUP = 4

_DATA = LENGTH - 2
_VALUES = {char: value for value, char in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


def _powers() -> tuple[int, ...]:
    """Powers of the generator 2 of GF(32), modulo x^5 + x^2 + 1."""
    powers = [1]
    while len(powers) < 31:
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 32 else doubled)
    return tuple(powers)


_POWERS = _powers()
_LOGS = {power: exponent for exponent, power in enumerate(_POWERS)}


def _times(left: int, right: int) -> int:
    return _POWERS[(_LOGS[left] + _LOGS[right]) % 31] if left and right else 0


def _over(left: int, right: int) -> int:
    return _POWERS[(_LOGS[left] - _LOGS[right]) % 31] if left else 0


def _syndromes(symbols: list[int]) -> tuple[int, int]:
    """The plain sum, and the sum weighted by the powers of the generator: both 0 for a whole code."""
    plain = weighted = 0
    for position, symbol in enumerate(symbols):
        plain ^= symbol
        weighted ^= _times(_POWERS[position], symbol)
    return plain, weighted


def make(receipt_id: bytes) -> str:
    """The short code of a receipt id of 6 bytes. Raises ValueError for another length."""
    if len(receipt_id) != 6:
        raise ValueError("a receipt id is 6 bytes long")
    number = int.from_bytes(receipt_id, "big")
    symbols = [number >> 5 * (_DATA - 1 - position) & 31 for position in range(_DATA)]
    plain, weighted = _syndromes(symbols)
    first, second = _POWERS[_DATA], _POWERS[_DATA + 1]
    check = _over(weighted ^ _times(second, plain), first ^ second)
    symbols += [check, plain ^ check]
    return group("".join(ALPHABET[symbol] for symbol in symbols))


def parse(typed: str) -> bytes | Refusal:
    """The receipt id in what somebody typed: lower case, O for 0, I or L for 1, spaces and dashes are all right."""
    kept = [char for char in typed.upper() if char not in " -"]
    symbols = [_VALUES[char] for char in kept if char in _VALUES]
    if len(kept) != LENGTH or len(symbols) != LENGTH:
        return Refusal(Code.SHORT_CODE_UNREADABLE, field="short_code", details={"length": LENGTH})
    number = 0
    for symbol in symbols[:_DATA]:
        number = number << 5 | symbol
    if _syndromes(symbols) != (0, 0) or number >> 48:
        return Refusal(Code.SHORT_CODE_MISTYPED, field="short_code")
    return number.to_bytes(6, "big")


def group(code: str) -> str:
    """`code` in groups of four with dashes between."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
