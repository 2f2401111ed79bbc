"""Passports nobody holds, for a simulated reader that was given none: their zones only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

PEOPLE = (
    ("AUS", "CALLOWAY", "IMOGEN RUTH", "880214", "F"),
    ("JPN", "TAKEMORI", "HARUTO", "790930", "M"),
    ("NLD", "VAN DER ZANDE", "WILLEMIJN", "930621", "F"),
    ("FRA", "ROQUEFEUIL", "ANTOINE", "840107", "M"),
    ("KOR", "SEO", "MIN JAE", "960311", "M"),
)
VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def specimens() -> Iterator[str]:
    """One zone after another (TD3, two lines of 44), each with another number, valid four years from now."""
    expiry = (datetime.now(UTC) + timedelta(days=4 * 365)).strftime("%y%m%d")
    for number in count(1):
        state, surname, given, born, sex = PEOPLE[(number - 1) % len(PEOPLE)]
        names = f"P<{state}{surname.replace(' ', '<')}<<{given.replace(' ', '<')}".ljust(44, "<")
        passport, optional = f"X{number:07d}".ljust(9, "<"), "<" * 14
        parts = [passport + _digit(passport), born + _digit(born), expiry + _digit(expiry), optional + "<"]
        checked = parts[0] + parts[1] + parts[2] + parts[3]
        yield f"{names}\n{parts[0]}{state}{parts[1]}{sex}{parts[2]}{parts[3]}{_digit(checked)}"


def _digit(text: str) -> str:
    return str(sum(VALUES[letter] * (7, 3, 1)[i % 3] for i, letter in enumerate(text)) % 10)
