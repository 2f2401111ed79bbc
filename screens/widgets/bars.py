"""The lines every screen has: who and where on top; what is wrong and what to do; which keys work."""

from collections.abc import Callable
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from kiosk.formats import clock_time
from kiosk.text import clean
from kiosk.words import Words
from screens.defects import Said
from screens.keys import KEYS, Key
from screens.plain import fit, part

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp


class _Bar(Widget, can_focus=False):
    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def relabel(self) -> None:
        """The language or the state changed: draw again."""
        self.refresh()


class TopBar(_Bar):
    """Office, terminal, officer; which guarantees hold now; the time in WIB."""

    _minute = ""

    def second_passed(self) -> None:
        """Draw again when the minute changed."""
        minute = clock_time(self.app.now())
        if minute != self._minute:
            self._minute = minute
            self.refresh()

    def render(self) -> Content:
        app = self.app
        right = f"{app.words.say(app.guarantee)}  {clock_time(app.now())} WIB "
        left = " · ".join(part for part in (app.office_name, app.terminal, app.officer_name) if part)
        return Content(fit(f" {left}", max(0, self.size.width - cell_len(right))) + right)


class StatusLine(_Bar):
    """Two lines: what happened, and the next thing to do. A mark and a word say how serious it is, not colour alone."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status--refusal", "status--notice", "status--done"}
    MARKS: ClassVar[dict[str, str]] = {"refusal": "!", "notice": " ", "done": "="}

    def __init__(self) -> None:
        super().__init__(id="status")
        self.said = Said("")
        self.tone = "notice"
        self._again: Callable[[Words], Said] | None = None
        self.whole = False
        """Whether it has more than two lines of room and cuts nothing."""

    def say(self, said: Said | Callable[[Words], Said], tone: str = "notice") -> None:
        """Show `said`. `tone` is "refusal" (it was not done), "done" (it was) or "notice".

        Given as a function of the words it is said anew when the language changes.
        """
        self._again = None if isinstance(said, Said) else said
        now = said if isinstance(said, Said) else said(self.app.words)
        if (now, tone) != (self.said, self.tone):
            self.said, self.tone = now, tone
            self.refresh()

    def relabel(self) -> None:
        if self._again is not None:
            self.say(self._again, self.tone)

    def render(self) -> Content:
        width = self.size.width
        if not self.said.what:
            return Content("")
        code = f"  [{self.said.code}]" if self.said.code and self.tone == "refusal" else ""
        style = part(self, f"status--{self.tone}")
        what, go_on = clean(self.said.what), clean(self.said.next)
        if self.whole:
            return self._all(what, go_on, width, style)
        room = width - 2 - cell_len(code)
        if cell_len(what) > room:  # a long one goes on in the second line, before the next thing to do
            first = (wrap(what, max(1, room)) or [what])[0]
            what, go_on = first, f"{what[len(first) :].strip()} {go_on}".strip()
        return Content.assemble(
            (fit(f"{self.MARKS[self.tone]} {what}", width - cell_len(code)) + code, style),
            ("\n" + fit(f"  {go_on}", width), style),
        )

    def _all(self, what: str, go_on: str, width: int, style: Style) -> Content:
        code = f"[{self.said.code}]" if self.said.code and self.tone == "refusal" else ""
        lines = [line for text in (what, go_on, code) for line in wrap(text, max(1, width - 2))]
        marked = (f"{self.MARKS[self.tone] if n == 0 else ' '} {line}" for n, line in enumerate(lines))
        return Content.styled("\n".join(marked), style)


class KeyBar(_Bar):
    """The keys that work on this screen, in the order of the table; as many rows as they need."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keybar--key"}

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._drawn: tuple[str, ...] = ()

    def relabel(self) -> None:
        """Draw again only if another text would come out."""
        wanted = tuple(word for _, word in self.entries())
        if wanted != self._drawn:
            self._drawn = wanted
            self.refresh(layout=True)

    def offered(self) -> list[Key]:
        """The keys this screen offers now."""
        return [key for key in KEYS if self.screen.check_action(key.id, ())]

    def entries(self) -> list[tuple[Key, str]]:
        """Those keys, each with the word it has on this screen."""
        words = self.app.words
        names = getattr(self.screen, "key_words", {})
        return [(key, words.say(names.get(key.id, key.words_key()))) for key in self.offered()]

    def _rows(self, width: int) -> list[list[tuple[Key, str]]]:
        rows: list[list[tuple[Key, str]]] = [[]]
        used = 0
        for key, word in self.entries():
            needed = cell_len(key.shown) + cell_len(word) + 3
            if rows[-1] and used + needed > width:
                rows.append([])
                used = 0
            rows[-1].append((key, word))
            used += needed
        return rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def render(self) -> Content:
        style = part(self, "keybar--key")
        rows = []
        for row in self._rows(self.size.width):
            parts: list[Content | str] = []
            for key, word in row:
                parts += [Content.styled(key.shown, style), f" {word}  "]
            rows.append(Content.assemble(*parts))
        return Content("\n").join(rows)
