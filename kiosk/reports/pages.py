"""A report as pages for an office printer: plain text, 96 columns by 60 lines (A4 at 12 characters an inch). Pure."""

import textwrap
from dataclasses import dataclass

from kiosk.text import has_unsafe

COLUMNS = 96
LINES = 60
_SIGN_SPACE = 4


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs below: the title in words, and the name if it is known."""

    title: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above: the office's letterhead, the report's title, and when and where it was printed."""

    letterhead: tuple[str, ...]
    title: str
    printed: str


def paged(head: Head, lines: list[str], signatures: tuple[Signature, ...], page_word: str) -> str:
    """The pages, each ended by a form feed. The letterhead stands on the first, the signatures on the last, whole.

    `page_word` is a template with `{page}` and `{pages}`.
    """
    first = [*(line.center(COLUMNS).rstrip() for line in head.letterhead), "=" * COLUMNS, head.title, head.printed, ""]
    following = [head.title, ""]
    body = [part for line in lines for part in _wrapped(line)]
    signed = _signed(signatures)
    sheets: list[list[str]] = [first]
    for line in body:
        if len(sheets[-1]) >= LINES - 2:
            sheets.append(list(following))
        sheets[-1].append(line)
    if len(sheets[-1]) + len(signed) > LINES - 2:
        sheets.append(list(following))
    sheets[-1] += signed
    return "".join(
        _sheet(sheet, page_word.format(page=number, pages=len(sheets))) for number, sheet in enumerate(sheets, start=1)
    )


def _sheet(lines: list[str], foot: str) -> str:
    filled = [*lines, *[""] * (LINES - 1 - len(lines)), foot.rjust(COLUMNS)]
    return "\n".join(filled) + "\n\f"


def _wrapped(line: str) -> list[str]:
    """The line in columns as it stands, continued below where it is too long; nothing in it acts on the printer."""
    plain = "".join(char for char in line if not has_unsafe(char)).rstrip()
    if len(plain) <= COLUMNS:
        return [plain]
    return textwrap.wrap(plain, COLUMNS, subsequent_indent="    ", drop_whitespace=False, break_long_words=True)


def _signed(signatures: tuple[Signature, ...]) -> list[str]:
    if not signatures:
        return []
    width = COLUMNS // len(signatures)
    titles = "".join(each.title.ljust(width) for each in signatures).rstrip()
    names = "".join((each.name or "." * 30).ljust(width) for each in signatures).rstrip()
    return ["", "", titles, *[""] * _SIGN_SPACE, names]
