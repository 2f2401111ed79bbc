"""Passport numbers as they compare: exactly, and as a reading machine may have misread them."""

import hashlib

_MISREAD = str.maketrans("OQDILZSGB", "000112568")
SHORTEST_MISREAD = 6
"""Shorter numbers are compared exactly only."""


def exact_number(text: str) -> str:
    """Capitals and digits only."""
    capitals = text.upper()
    return capitals if capitals.isalnum() else "".join(char for char in capitals if char.isalnum())


def misread_number(text: str) -> str | None:
    """The number with what readers confuse made one: O, Q, D, 0; I, L, 1; Z, 2; S, 5; G, 6; B, 8. None if too short."""
    number = exact_number(text)
    return number.translate(_MISREAD) if len(number) >= SHORTEST_MISREAD else None


def number_key(number: str) -> int:
    """64 bits that stand for a number in the index."""
    return int.from_bytes(hashlib.blake2b(number.encode(), digest_size=8).digest(), "little")
