"""What a receipt printer can print: plain data that the office builds. Knows no bytes and no paper width."""

from dataclasses import dataclass
from enum import StrEnum


class Align(StrEnum):
    """Where on the line."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. What the printer has no letter for is transliterated; what is wider than the paper
    continues below.

    `double` prints twice as wide and twice as high, so half as many letters fit.
    """

    line: str
    bold: bool = False
    align: Align = Align.LEFT
    double: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""

    character: str = "-"


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, once for each placement from top to bottom.

    `module_dots` is the size of one module in printer dots; it shrinks where the paper is too narrow. `ecc` is L,
    M, Q or H. A claim receipt places its code twice, LEFT and RIGHT: a crease or a dead dot of the print head
    seldom hits both.
    """

    text: str
    ecc: str = "Q"
    module_dots: int = 5
    placements: tuple[Align, ...] = (Align.CENTER,)


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank lines."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """Feed to the knife and cut; a printer without a knife only feeds, to where the paper can be torn."""

    partial: bool = False


Element = Text | Rule | Qr | Feed | Cut


@dataclass(frozen=True, slots=True)
class Document:
    """One paper. `title` names the kind of paper in logs and queues: never a person."""

    lines: tuple[Element, ...]
    title: str = ""
