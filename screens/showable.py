"""Which of the visitors' languages this terminal can show. It is asked, before Textual takes it; nothing is hoped.

- Every character of a language's catalogue is printed, and the cursor's place read back (DSR, ECMA-48 8.3.35): the
  terminal must move as many cells as Textual reckons, else rows would break.
- A Linux console is asked for the characters of its font (ioctl GIO_UNIMAP). Where TERM says `linux` and there is no
  such console to ask (SSH), or a multiplexer answers in place of the terminal behind it, only Latin letters count.
- Arabic must be ordered from the right and its letters joined. Neither can be seen from here, so it is offered only
  where the terminal says that it does so itself (DECRQM of mode 8, bi-directional support, ECMA-48 7.2.1, set).

What can't be asked: whether the font of a window has the glyphs. Such terminals fall back to other fonts.
"""

import array
import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len

from kiosk.words import Visitor, catalogue

PATIENCE_S = 1.0
"""A terminal behind a slow line answers within this time, or counts as one that does not."""
ROW_CELLS = 60
"""Cells of one measured row: well within 80 columns, even where the terminal takes bytes for characters."""
LATIN = frozenset(map(chr, range(0x20, 0x100)))
"""What every font here has: ISO 8859-1."""
GIO_UNIMAP = 0x4B66
MOST_GLYPHS = 65_535


class Why(StrEnum):
    """Whether a language is offered, or why not. Words at `pickup.shows.<value>`."""

    SHOWN = "shown"
    CELLS = "cells"
    """The terminal moves by other widths than ours."""
    GLYPHS = "glyphs"
    """The console's font lacks some of its letters."""
    DIRECTION = "direction"
    """The terminal does not say that it writes from the right."""
    SILENT = "silent"
    """The terminal answers no question."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a terminal said: the languages whose characters take the cells they should, and whether it orders text
    that runs from the right."""

    fitting: frozenset[Visitor]
    from_the_right: bool


def shown_here(term: str | None = None) -> dict[Visitor, Why]:
    """Ask the terminal of standard input and error; takes at most PATIENCE_S, about 20 ms where it answers."""
    term = os.environ.get("TERM", "") if term is None else term
    descriptor = sys.__stdin__.fileno() if sys.__stdin__ else 0
    return judged(ask(descriptor, plain=term.startswith("linux")), glyphs_of(descriptor, term))


def judged(answer: Answer | None, glyphs: frozenset[str] | None) -> dict[Visitor, Why]:
    """Each language's fate. `answer` None: the terminal is silent. `glyphs` None: not known to be limited."""
    return {language: _judge(language, answer, glyphs) for language in Visitor}


def _judge(language: Visitor, answer: Answer | None, glyphs: frozenset[str] | None) -> Why:
    needed = letters(language)
    if answer is None:
        return Why.SHOWN if needed <= LATIN else Why.SILENT
    if language not in answer.fitting:
        return Why.CELLS
    if glyphs is not None and not needed <= glyphs:
        return Why.GLYPHS
    if language is Visitor.ARABIC and not answer.from_the_right:
        return Why.DIRECTION
    return Why.SHOWN


def letters(language: Visitor) -> frozenset[str]:
    """Every character of the language's catalogue, and of its titles in capitals."""
    words = "".join(catalogue(language).values())
    return frozenset(words) | frozenset(words.upper())


def rows_of(language: Visitor) -> Iterator[str]:
    """Those characters beyond ASCII, in rows of at most ROW_CELLS cells."""
    row = ""
    for letter in sorted(letter for letter in letters(language) if not letter.isascii()):
        if cell_len(row + letter) > ROW_CELLS:
            yield row
            row = ""
        row += letter
    if row:
        yield row


# asking

_PLACE = re.compile(rb"\x1b\[\d+;(\d+)R")
_MODE = re.compile(rb"\x1b\[8;(\d)\$y")
_WHO = re.compile(rb"\x1b\[\?[\d;]*c")
_FROM_THE_RIGHT = frozenset({b"1", b"3"})
"""DECRPM: set, or permanently set."""


def ask(descriptor: int, *, plain: bool = False) -> Answer | None:
    """Print, read the answers, wipe what was printed. None from a terminal that stays silent. `plain`: a console whose
    parser may print a mode's question instead of answering it."""
    rows = [(language, row) for language in Visitor for row in rows_of(language)]
    questions = "".join(f"\r{row}\x1b[6n" for _, row in rows)
    questions += "" if plain else "\x1b[8$p"
    try:
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        try:
            os.write(descriptor, f"\x1b[8m{questions}\x1b[c\x1b[0m\r\x1b[2J\x1b[H".encode())
            heard = _heard(descriptor)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    except (OSError, termios.error):
        return None
    places = [int(column) for column in _PLACE.findall(heard)]
    if len(places) != len(rows):
        return None
    wrong = {language for (language, row), column in zip(rows, places, strict=True) if column != 1 + cell_len(row)}
    mode = _MODE.search(heard)
    return Answer(frozenset(Visitor) - wrong, mode is not None and mode[1] in _FROM_THE_RIGHT)


def _heard(descriptor: int) -> bytes:
    """The answers, up to the one that every terminal gives (DA): who it is."""
    heard, end = b"", time.monotonic() + PATIENCE_S
    while not _WHO.search(heard):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            break
        heard += os.read(descriptor, 4096)
    return heard


# the font of a console


def glyphs_of(descriptor: int, term: str) -> frozenset[str] | None:
    """The characters that can be drawn where that is limited, None for a terminal with fonts of its own."""
    if term.startswith("linux"):
        return console_font(descriptor) or LATIN
    return LATIN if term.startswith(("screen", "tmux")) or term in _OLD else None


_OLD = frozenset({"vt100", "vt102", "vt220"})


def console_font(descriptor: int) -> frozenset[str] | None:
    """The characters of a Linux console's font (console_ioctl(2), GIO_UNIMAP), None where this is no such console."""
    pairs = array.array("H", bytes(4 * MOST_GLYPHS))
    asked = bytearray(struct.pack("HP", MOST_GLYPHS, pairs.buffer_info()[0]))
    try:
        fcntl.ioctl(descriptor, GIO_UNIMAP, asked)
    except OSError:
        return None
    (count,) = struct.unpack_from("H", asked)
    return frozenset(map(chr, pairs[: 2 * count : 2])) | {" "}


def offered(fates: Mapping[Visitor, Why]) -> tuple[Visitor, ...]:
    """The languages to offer, in their order."""
    return tuple(language for language, why in fates.items() if why is Why.SHOWN)
