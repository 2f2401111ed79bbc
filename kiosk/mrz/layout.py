"""Where the fields stand in a machine readable zone: ICAO Doc 9303 parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (visas)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FILLER = "<"
_WEIGHTS = (7, 3, 1)


class Format(StrEnum):
    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to `end` (from 0) of the line `line` (from 0)."""

    line: int
    start: int
    end: int

    def of(self, lines: tuple[str, ...]) -> str:
        return lines[self.line][self.start : self.end]


@dataclass(frozen=True, slots=True)
class Layout:
    """One format. `checks` maps a field to the place of its check digit; `optional_check` may be a filler."""

    lines: int
    length: int
    fields: Mapping[str, Span]
    checks: Mapping[str, Span]
    optional_check: Span | None = None
    composite: tuple[Span, ...] = ()
    composite_check: Span | None = None
    long_number: bool = False
    """A document number of more than 9 characters continues in the optional data (TD1 and TD2)."""


def check_digit(text: str) -> str:
    """The check digit of `text` (A-Z, 0-9, `<`): weights 7, 3, 1; letters count 10 to 35, fillers 0."""
    return str(sum(character_value(char) * _WEIGHTS[place % 3] for place, char in enumerate(text)) % 10)


def character_value(char: str) -> int:
    """Raises ValueError for a character outside the alphabet."""
    return 0 if char == FILLER else ALPHABET.index(char)


def undetected_substitutes(char: str) -> frozenset[str]:
    """The characters that a check digit can't tell from `char`: their values differ by 10, 20 or 30."""
    value = character_value(char) % 10
    return frozenset(other for other in ALPHABET + FILLER if other != char and character_value(other) % 10 == value)


def _two_lines(length: int, optional_end: int) -> dict[str, Span]:
    return {
        "document_code": Span(0, 0, 2),
        "issuing_state": Span(0, 2, 5),
        "name": Span(0, 5, length),
        "document_no": Span(1, 0, 9),
        "nationality": Span(1, 10, 13),
        "birth": Span(1, 13, 19),
        "sex": Span(1, 20, 21),
        "expiry": Span(1, 21, 27),
        "optional": Span(1, 28, optional_end),
    }


_TWO_LINE_CHECKS = {"document_no": Span(1, 9, 10), "birth": Span(1, 19, 20), "expiry": Span(1, 27, 28)}

LAYOUTS: Mapping[Format, Layout] = {
    Format.TD3: Layout(
        2,
        44,
        _two_lines(44, 42),
        _TWO_LINE_CHECKS,
        optional_check=Span(1, 42, 43),
        composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 43)),
        composite_check=Span(1, 43, 44),
    ),
    Format.TD2: Layout(
        2,
        36,
        _two_lines(36, 35),
        _TWO_LINE_CHECKS,
        composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 35)),
        composite_check=Span(1, 35, 36),
        long_number=True,
    ),
    Format.MRV_A: Layout(2, 44, _two_lines(44, 44), _TWO_LINE_CHECKS),
    Format.MRV_B: Layout(2, 36, _two_lines(36, 36), _TWO_LINE_CHECKS),
    Format.TD1: Layout(
        3,
        30,
        {
            "document_code": Span(0, 0, 2),
            "issuing_state": Span(0, 2, 5),
            "document_no": Span(0, 5, 14),
            "optional": Span(0, 15, 30),
            "birth": Span(1, 0, 6),
            "sex": Span(1, 7, 8),
            "expiry": Span(1, 8, 14),
            "nationality": Span(1, 15, 18),
            "optional_2": Span(1, 18, 29),
            "name": Span(2, 0, 30),
        },
        {"document_no": Span(0, 14, 15), "birth": Span(1, 6, 7), "expiry": Span(1, 14, 15)},
        composite=(Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
        composite_check=Span(1, 29, 30),
        long_number=True,
    ),
}
