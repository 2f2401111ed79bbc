"""F1: the keys of the screen it was pressed on, a page about it, and the SOP's own words for a step."""

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kiosk.text import clean
from screens.keys import KEYS, MOVES, bindings
from screens.office_screen import OfficeScreen
from screens.plain import fit
from screens.widgets.sop import SopRow


class HelpScreen(OfficeScreen):
    """Help for the screen underneath. Esc goes back to it as it was."""

    AUTO_FOCUS = ""
    EVERYWHERE: ClassVar[frozenset[str]] = frozenset({"language", "back"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-15)", show=False),
        Binding("pagedown,space,enter", "scroll(15)", show=False),
    ]

    def __init__(self, asked: OfficeScreen) -> None:
        super().__init__()
        self._page = asked.HELP
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
        title = "bold"
        lines: list[Content] = [Content.styled(words.say(f"{self._page}.title"), title), Content(words.say(self._page))]
        if self._step is not None:
            step = self._step
            rows = (
                ("help.sop.activity", step.activity),
                ("help.sop.executor", step.executor),
                ("sop.inputs", step.inputs),
                ("help.sop.minutes", str(step.minutes)),
                ("sop.output", step.output),
                ("help.sop.remark", step.remark),
            )
            lines += [Content(""), Content.styled(words.say("help.sop", number=step.number), title)]
            lines += [self._hung(f"{words.say(key)}:", clean(text, limit=400), 20) for key, text in rows if text]
        lines += [Content(""), Content.styled(words.say("help.keys"), title)]
        for key, special in self._offered:
            name = words.say(special or key.words_key())
            lines.append(self._hung(f"{fit(key.shown, 10)} {name}", words.say(key.help_key()), 24))
        for key in MOVES:
            shown = words.say("key.tick.shown") if key.id == "tick" else key.shown
            lines.append(self._hung(shown, words.say(key.help_key()), 24))
        return Content("\n").join(lines)

    def _hung(self, name: str, text: str, indent: int) -> Content:
        """`name`, and beside it `text`, wrapped under itself."""
        room = max(20, self.app.size.width - indent - 4)
        return Content(fit(name, indent) + ("\n" + " " * indent).join(wrap(text, room)))

    def on_resize(self) -> None:
        self.relabel()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
