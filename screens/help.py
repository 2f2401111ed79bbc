"""F1: the manual at the page of the screen it was pressed on, the SOP's own words for a step, the screen's keys."""

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kiosk import manual
from kiosk.text import clean
from screens.keys import KEYS, MOVES, Key, bindings
from screens.markdown import drawn
from screens.office_screen import OfficeScreen
from screens.plain import fit
from screens.widgets.sop import SopRow

_SAME_ACT = frozenset({"device", "language", "lock", "back"})
"""Keys whose usual explanation holds whatever they are called on a screen."""


class HelpScreen(OfficeScreen):
    """Help for the screen underneath; left and right leaf through the manual. Esc goes back to it as it was."""

    AUTO_FOCUS = ""
    EVERYWHERE: ClassVar[frozenset[str]] = frozenset({"language", "back"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-15)", show=False),
        Binding("pagedown,space,enter", "scroll(15)", show=False),
        Binding("left", "leaf(-1)", show=False),
        Binding("right", "leaf(1)", show=False),
    ]

    def __init__(self, asked: OfficeScreen) -> None:
        super().__init__()
        self._lead = asked.HELP
        self._page = self._asked = topic_page(asked)
        self._offered = [(key, asked.key_words.get(key.id)) for key in KEYS if asked.offers(key.id)]
        sop = next(iter(asked.query(SopRow)), None)
        self._step = sop.step if sop is not None else None

    def content(self) -> ComposeResult:
        with VerticalScroll(can_focus=False, classes="page"):
            yield Static(id="help-page")

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#help-page", Static).update(self._text())

    def _text(self) -> Content:
        words = self.app.words
        place, count = manual.PAGES.index(self._page) + 1, len(manual.PAGES)
        lines = drawn(manual.read(words.language, self._page), self.app.size.width - 4)
        lines[:1] = [*lines[:1], Content(words.say("help.leaf", number=place, count=count)), *self._said_before()]
        lines += self._sop()
        if self._page == self._asked:
            lines += self._keys()
        return Content("\n").join(lines)

    def _said_before(self) -> list[Content]:
        """The screen's own sentence, where the page is about the screen."""
        words = self.app.words
        room = max(20, self.app.size.width - 4)
        return [Content(line) for line in wrap(words.say(self._lead), room)] if self._page == self._asked else []

    def _sop(self) -> list[Content]:
        """The row of the SOP: of the case's own version where the page is about the screen."""
        step = self._step if self._page == self._asked else None
        if step is None and self._page in manual.STEPS and self._page != self._asked:
            step = self.app.the_office().procedure.step(self._page)
        if step is None:
            return []
        words = self.app.words
        rows = (
            ("help.sop.activity", step.activity),
            ("help.sop.executor", step.executor),
            ("sop.inputs", step.inputs),
            ("help.sop.minutes", str(step.minutes)),
            ("sop.output", step.output),
            ("help.sop.remark", step.remark),
        )
        head = [Content(""), Content.styled(words.say("help.sop", number=step.number), "bold")]
        return head + [self._hung(f"{words.say(key)}:", clean(text, limit=400), 20) for key, text in rows if text]

    def _keys(self) -> list[Content]:
        words = self.app.words
        lines = [Content(""), Content.styled(words.say("help.keys"), "bold")]
        for key, special in self._offered:
            name = words.say(special or key.words_key())
            lines.append(self._hung(f"{fit(key.shown, 10)} {name}", self._does(key, special), 24))
        for key in MOVES:
            shown = words.say("key.tick.shown") if key.id == "tick" else key.shown
            lines.append(self._hung(shown, words.say(key.help_key()), 24))
        return lines

    def _does(self, key: Key, special: str | None) -> str:
        """What a key does there: a key with another name is not explained with the words of its usual act."""
        words = self.app.words
        if special is None or key.id in _SAME_ACT:
            return words.say(key.help_key())
        return words.say(f"{special}.help" if words.has(f"{special}.help") else "help.explained_above")

    def _hung(self, name: str, text: str, indent: int) -> Content:
        """`name`, and beside it `text`, wrapped under itself."""
        room = max(20, self.app.size.width - indent - 4)
        return Content(fit(name, indent) + ("\n" + " " * indent).join(wrap(text, room)))

    def on_resize(self) -> None:
        self.relabel()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leaf(self, by: int) -> None:
        """The page before or after this one."""
        self._page = manual.PAGES[(manual.PAGES.index(self._page) + by) % len(manual.PAGES)]
        self.relabel()
        self.query_one(VerticalScroll).scroll_home(animate=False)


def topic_page(asked: OfficeScreen) -> str:
    """The manual's page for a screen: its step's, or that of its HELP."""
    key = getattr(asked, "KEY", "")
    return key if key in manual.PAGES else manual.page_for(asked.HELP.removeprefix("help."))
