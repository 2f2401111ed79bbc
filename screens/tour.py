"""The tour of a demo office: a few cards over the work list, once, for somebody who has never seen the program."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.keys import bindings
from screens.markdown import drawn
from screens.widgets.dialog import Dialog

CARDS = ("welcome", "keys", "way", "devices", "papers", "help")
WIDTH = 66


class Tour(Dialog[bool]):
    """Enter, F10 or right: the next card; left: the one before; Esc skips the rest."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("language", "complete", "lock", "back"),
        Binding("enter,right,pagedown,space", "complete", show=False),
        Binding("left,pageup", "before", show=False),
    ]
    AUTO_FOCUS = ""
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "tour.key.next", "back": "tour.key.skip"}

    def __init__(self) -> None:
        super().__init__("tour.title", number=1, count=len(CARDS))
        self._at = 0

    def body(self) -> ComposeResult:
        with Vertical(id="dialog-detail"):
            yield Static(id="tour-card")

    def relabel(self) -> None:
        self._title_values = {"number": self._at + 1, "count": len(CARDS)}
        super().relabel()
        lines = drawn(self.app.words.say(f"tour.{CARDS[self._at]}"), WIDTH)
        self.query_one("#tour-card", Static).update(Content("\n").join(lines))

    def action_complete(self) -> None:
        if self._at + 1 == len(CARDS):
            self.dismiss(True)
            return
        self._at += 1
        self.relabel()

    def action_before(self) -> None:
        self._at = max(0, self._at - 1)
        self.relabel()
