"""A person at a console of 80x24: reads the screen by its words, finds fields by their labels, types."""

import re
import time
from collections.abc import Callable

from tests.screens.terminal_pty import Console

UP, DOWN, TAB, ENTER, END, CLEAR, ESCAPE = "\x1b[A", "\x1b[B", "\t", "\r", "\x1b[4~", "\x15", "\x1b"
F2, F3, F5, F8 = "\x1b[[B", "\x1b[[C", "\x1b[[E", "\x1b[19~"
F9, F10, F12 = "\x1b[20~", "\x1b[21~", "\x1b[24~"
SLOW_S = 40.0
PATIENCE_S = 3.0
CALM_S = 0.05
LABEL_COLUMNS = 26
SIDE_COLUMN = 48
FORM_ROWS = range(4, 20)


class Person:
    """Knows nothing of the program but what stands on its screen."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._drawn: tuple[int, list[str]] = (-1, [])
        self.pressed = self.written = 0
        """Keys pressed to move, choose and act, and characters of text typed; scans are neither."""

    # -- reading

    @property
    def rows(self) -> list[str]:
        came = len(self.console.raw)
        if came != self._drawn[0]:
            self._drawn = came, list(self.console.screen.display)
        return self._drawn[1]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def sees(self, words: str | Callable[[], bool], seconds: float = SLOW_S) -> None:
        """Wait until the words are on the screen."""
        self.console.until(words, seconds)

    def here(self) -> str:
        """The label that is lit: where the cursor is."""
        for y, row in [(y, self.rows[y]) for y in FORM_ROWS]:
            label = row[1:LABEL_COLUMNS].rstrip(" *")
            crosses = row[LABEL_COLUMNS - 1 : LABEL_COLUMNS + 1].strip(" *")
            heading = crosses or label.startswith(" ") or (label.isupper() and "/" not in label)
            if label and self.console.screen.buffer[y][1].bold and not heading:
                return label
        return ""

    def lit(self) -> str:
        """The label that is lit; '' where none is within a second (the cursor is in a list)."""
        end = time.monotonic() + 1.0
        while not (label := self.here()) and time.monotonic() < end:
            self.console.take(0.05)
        return label

    def value(self, label: str) -> str:
        """What stands beside a label that is in view."""
        row = next(row for row in self.rows if row[1:].startswith(label))
        return row[LABEL_COLUMNS:].strip()

    # -- typing

    def keys(self, *keys: str) -> None:
        """Press keys, each when the screen has answered the one before."""
        self.pressed += len(keys)
        for key in keys:
            before, end = self._place(), time.monotonic() + PATIENCE_S
            self.console.type(key)
            while time.monotonic() < end:
                if self.console.take(0.1) and self._place() != before:
                    break
            self._calm()

    def _calm(self) -> None:
        """Until a whole picture is there: a line may bring it in pieces."""
        end = time.monotonic() + PATIENCE_S
        while self.console.take(CALM_S) and time.monotonic() < end:
            pass

    def burst(self, text: str) -> None:
        """What a reader in keyboard mode sends, in one piece."""
        self.console.type(text)
        self.console.read(0.3)

    def go_to(self, label: str) -> None:
        """Tab until the label is lit."""
        seen = [self.lit()]
        for _ in range(80):
            if self.here().startswith(label):
                self.pressed -= _round(seen)
                return
            seen.append(self.next_field())
        raise AssertionError(f"never came to {label}: {set(seen)}\n{self.text}")

    def next_field(self) -> str:
        """Tab, and wait until another label is lit (the clock's tick is no answer to a key)."""
        self.keys(TAB)
        return self.lit()

    def _place(self) -> tuple[object, ...]:
        """What a key changes, and the clock's tick does not."""
        cursor = self.console.screen.cursor
        return self.here(), cursor.y, cursor.x, tuple(self.rows[2:])

    def fill(self, label: str, text: str) -> None:
        """Type into a field, over what was there."""
        self.go_to(label)
        self.pressed += 2
        self.written += len(text)
        self.console.type(END + CLEAR + text)
        self.sees(lambda: any(row[1:].startswith(label) and text[:30] in row for row in self.rows))

    def choose(self, label: str, words: str) -> None:
        """Choose one of a few: by its digit, counted on the screen."""
        self.go_to(label)
        at = next(y for y in FORM_ROWS if self.rows[y][1:].startswith(label))
        until = next((y for y in range(at + 1, 20) if self.rows[y][1:LABEL_COLUMNS].strip()), 20)
        shown = " ".join(row[LABEL_COLUMNS:] for row in self.rows[at:until])
        options = [option.strip() for option in re.split(r"\([ x]\)", shown)[1:]]
        place = next(n for n, option in enumerate(options, 1) if option.startswith(words))
        self.keys(str(place))
        self.sees(lambda: f"(x) {words}" in self.text)

    def pick(self, label: str, words: str) -> None:
        """Open the list, type what is sought, take it."""
        self.go_to(label)
        covered = self.text
        self.keys(" ")
        self.sees(lambda: self.text != covered)
        self.written += len(words)
        self.console.type(words)
        self.sees(lambda: any(words in row for row in self.rows))
        self.keys(ENTER)
        self.sees(lambda: bool(self.here()))

    def answer_beside(self, label: str, digit: str) -> None:
        """Answer a question that stands beside the stamp's text, its choices in the row below."""
        self.sees(label)
        at = next(y for y in FORM_ROWS if self.rows[y][SIDE_COLUMN:].startswith(label))
        for _ in range(10):
            if self.console.screen.buffer[at][SIDE_COLUMN].bold:
                break
            self.keys(TAB)
        self.keys(digit)
        self.sees(lambda: "(x)" in self.rows[at + 1])

    def confirm(self) -> None:
        """The terminal asks whether one is sure: F10."""
        self.sees("F10 Ya")
        self.keys(F10)
        self.sees(lambda: "F10 Ya" not in self.text)

    def device(self, row: str) -> None:
        """F8, and wait until the marked row says something else."""
        self.keys(F8)
        self.sees(lambda: row not in self.rows)

    # -- the day

    def sign_in(self, login: str, pin: str) -> None:
        self.sees("Nama masuk")
        self.console.type(login + ENTER + pin + ENTER)
        self.sees("Menunggu saya")

    def sign_out(self) -> None:
        self.keys(F12)
        self.sees("Terkunci")
        self.keys(F12)
        self.sees("Nama masuk")

    def open_row(self, words: str) -> None:
        """Move the mark of the list to the row with these words, and open it."""
        self.sees(words)
        for _ in range(30):
            marked = next((row for row in self.rows if row.startswith(" >")), "")
            if words in marked:
                self.keys(ENTER)
                return
            self.keys(DOWN)
        raise AssertionError(f"no row {words}\n{self.text}")

    def find(self, number: str) -> None:
        """F3, type, Enter, Enter: the case with this number."""
        self.keys(F3)
        self.sees("Cari:")
        self.console.type(number)
        self.keys(ENTER)
        self.sees(lambda: any(row.startswith(" >") and number in row for row in self.rows))
        self.keys(ENTER)

    def close(self) -> None:
        self.console.close()


def _round(seen: list[str]) -> int:
    """Tabs of a whole round through the form, where the label was passed unseen: this reader's slowness, not keys that
    an officer would press."""
    labels = [label for label in seen if label]
    return labels.index(labels[0], 1) if labels and labels[0] in labels[1:] else 0
