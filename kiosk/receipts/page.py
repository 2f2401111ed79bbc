"""A paper being laid out: bilingual lines no wider than the paper, in characters that the printer has.

Indonesian comes first, English beside or below. Every value passes `kiosk.transliteration.printable`, so that
nothing from outside reaches the printer as a control byte or as garbage.
"""

import textwrap
from collections.abc import Iterable, Sequence

from hardware.printer.document import Align, Cut, Document, Element, Feed, Qr, Rule, Text
from kiosk.bilingual import Bilingual
from kiosk.formats import staff_number
from kiosk.receipts.contents import Clerk, Holder, Letterhead
from kiosk.transliteration import printable, printable_name
from kiosk.words import Language, say

NARROW = 40
"""Below so many columns a label has no room beside its value and stands above it."""
LABEL_COLUMNS = 20
VALUE_LIMIT = 400
"""Longest value printed, in characters: a hostile one can't use up the roll."""
SIGNATURE_LINES = 3


class Page:
    """Collects the elements of one paper. `columns` is the paper's width in characters."""

    def __init__(self, columns: int, letterhead: Letterhead, copy_no: int = 0) -> None:
        self.columns = columns
        self.letterhead = letterhead
        self._copy_no = copy_no
        self._elements: list[Element] = []

    def document(self, title: str) -> Document:
        """The finished paper: the copy mark is repeated at the end, then feed and cut. `title` is the kind of paper."""
        self._copy_mark()
        return Document((*self._elements, Feed(3), Cut()), title)

    def head(self, title: str) -> None:
        """Letterhead, title in both languages, and the copy mark if this is a reprint."""
        for line in self.letterhead.lines:
            self._wrapped(line, align=Align.CENTER, bold=True)
        self._wrapped(self.letterhead.address, align=Align.CENTER)
        self.rule("=")
        self._wrapped(_word(Language.INDONESIAN, title), align=Align.CENTER, bold=True)
        self._wrapped(_word(Language.ENGLISH, title), align=Align.CENTER)
        self._copy_mark()
        self.rule("=")

    def foot(self) -> None:
        """Where to ask and where to complain, and the SOP the office works by."""
        self.rule()
        self.field("hotline", self.letterhead.hotline)
        self.field("complaints", self.letterhead.complaints)
        if self.letterhead.sop:
            self.field("sop", self.letterhead.sop)

    def rule(self, char: str = "-") -> None:
        self._elements.append(Rule(char))

    def gap(self) -> None:
        self._elements.append(Feed(1))

    def section(self, key: str) -> None:
        """A heading inside the paper."""
        self.rule()
        self._wrapped(_both(key), bold=True)

    def field(self, key: str, value: str | Bilingual, *, bold: bool = False) -> None:
        """A label in both languages with its value; a value in two languages takes two lines."""
        values = _two(value) if isinstance(value, Bilingual) else [_safe(value) or "-"]
        labels = [_word(language, f"label.{key}") for language in Language]
        if self.columns < NARROW:
            self._stacked(labels, values, bold)
        else:
            self._beside(labels, values, bold)

    def name(self, key: str, holder: Holder) -> None:
        """A person's name, as the passport spells it if the printer can't show the script."""
        self.field(key, printable_name(holder.name, holder.mrz_name)[:VALUE_LIMIT], bold=True)

    def clerk(self, key: str, clerk: Clerk) -> None:
        self.field(key, clerk.name)
        if clerk.staff_no:
            self.field("staff_no", staff_number(clerk.staff_no))
        if clerk.place:
            self.field("counter", clerk.place)

    def paragraph(self, key: str, *, bold: bool = False, **values: str) -> None:
        """A sentence of the catalogue in both languages, each from the margin."""
        for language in Language:
            self._wrapped(_word(language, key, **values), bold=bold)

    def bullets(self, items: Iterable[Bilingual], notes: Sequence[str] = ()) -> None:
        """Indonesian with its note on the first line, English below."""
        for index, item in enumerate(items):
            note = f" ({_safe(notes[index])})" if index < len(notes) and notes[index] else ""
            first, *english = _two(item)
            self._hanging(f"- {first}{note}", indent=2)
            for line in english:
                self._hanging(f"  {line}", indent=2)

    def notes(self, *lines: str) -> None:
        """Indented lines below a row; empty ones are left out."""
        for line in lines:
            if line:
                self._hanging(f"  {_safe(line)}", indent=2)

    def row(self, left: str, right: str, *, bold: bool = False) -> None:
        """Words to the left, a figure to the right of the last line."""
        figure = _safe(right)[: self.columns]
        room = self.columns - len(figure) - 1
        lines = textwrap.wrap(_safe(left), max(room, 1)) if room >= 8 else [*self._lines(_safe(left)), ""]
        for line in lines[:-1]:
            self._text(line, bold=bold)
        last = lines[-1] if lines else ""
        self._text(last + figure.rjust(self.columns - len(last)), bold=bold)

    def exact(self, lines: Iterable[str]) -> None:
        """Lines as they are to be written, in bold; only a line wider than the paper is broken."""
        for line in lines:
            self._wrapped(line, align=Align.CENTER, bold=True)

    def figure(self, text: str) -> None:
        """A number in the largest letters of the printer, by itself in the middle."""
        self._text(_safe(text)[: self.columns // 2], align=Align.CENTER, bold=True, double=True)

    def signatures(self, *keys: str, names: Sequence[str]) -> None:
        """A place to sign for each person, one below the other."""
        for key, name in zip(keys, names, strict=True):
            self.gap()
            self._wrapped(_both(key))
            self._elements.append(Feed(SIGNATURE_LINES))
            self._text("." * min(self.columns, 32))
            self._wrapped(_safe(name) or "-")

    def code(self, token: str, short_code: str, *, twice: bool = False) -> None:
        """The token as a QR with its short code; twice = at both margins, against creases and dead dots."""
        self.gap()
        self._elements.append(Qr(token, placements=(Align.LEFT, Align.RIGHT) if twice else (Align.CENTER,)))
        self._wrapped(f"{_both('label.short_code')}:", align=Align.CENTER)
        self._text(short_code, align=Align.CENTER, bold=True, double=True)

    def _copy_mark(self) -> None:
        if self._copy_no:
            for language in Language:
                mark = _word(language, "copy", number=str(self._copy_no))
                self._text(mark, align=Align.CENTER, bold=True, double=True)

    def _stacked(self, labels: Sequence[str], values: Sequence[str], bold: bool) -> None:
        joined = " / ".join(labels) if labels[0] != labels[1] else labels[0]
        for line in [joined] if len(joined) <= self.columns else labels:
            self._wrapped(line)
        for value in values:
            for line in textwrap.wrap(value, self.columns - 2):
                self._text(f"  {line}", bold=bold)

    def _beside(self, labels: Sequence[str], values: Sequence[str], bold: bool) -> None:
        names = labels[:1] if labels[0] == labels[1] else labels
        left = [line for label in names for line in textwrap.wrap(label, LABEL_COLUMNS)]
        right = [line for value in values for line in textwrap.wrap(value, self.columns - LABEL_COLUMNS - 2)]
        for index in range(max(len(left), len(right))):
            label = left[index] if index < len(left) else ""
            value = right[index] if index < len(right) else ""
            colon = ": " if index == 0 else "  "
            self._text(f"{label.ljust(LABEL_COLUMNS)}{colon}{value}".rstrip(), bold=bold)

    def _hanging(self, text: str, *, indent: int) -> None:
        first = text[:indent]
        for number, line in enumerate(textwrap.wrap(text[indent:], self.columns - indent)):
            self._text((first if number == 0 else " " * indent) + line)

    def _wrapped(self, text: str, *, align: Align = Align.LEFT, bold: bool = False) -> None:
        for line in self._lines(_safe(text)):
            self._text(line, align=align, bold=bold)

    def _lines(self, text: str) -> list[str]:
        return textwrap.wrap(text, self.columns)

    def _text(self, line: str, *, align: Align = Align.LEFT, bold: bool = False, double: bool = False) -> None:
        self._elements.append(Text(line, bold=bold, align=align, double=double))


def _safe(value: str) -> str:
    return printable(value, limit=VALUE_LIMIT)


def _word(language: Language, key: str, **values: str) -> str:
    return printable(say(language, f"receipts.{key}", **values))


def _both(key: str) -> str:
    return " / ".join(dict.fromkeys(_word(language, key) for language in Language))


def _two(value: Bilingual) -> list[str]:
    """The Indonesian and, where it differs, the English words."""
    return list(dict.fromkeys(_safe(value.say(language)) or "-" for language in Language))
