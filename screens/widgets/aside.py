"""What a wide terminal has room for beside a step's form: the SOP's own words, what colleagues noted, the documents of
the file and its history. Where there is no room it takes none, and the SOP row says the first of it."""

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from kiosk.clock import WIB
from kiosk.text import clean
from screens.plain import part
from screens.widgets.news import news_lines

if TYPE_CHECKING:
    from textual import getters

    from kiosk.bilingual import Bilingual
    from kiosk.cases.model import HistoryLine
    from kiosk.cases.news import News
    from kiosk.procedure import Procedure, Step
    from screens.app import KioskApp

FROM_COLUMNS = 100
"""A terminal this wide has an aside."""
NARROWEST, WIDEST = 32, 60
FORM = 80
"""Columns that a form likes; it gives some away to an aside that would be too narrow."""


def width_beside(columns: int, least: int) -> int:
    """Columns of the aside on a terminal of `columns`, 0 for none. `least`: what the step's own part can't do
    without."""
    if columns < FROM_COLUMNS:
        return 0
    width = min(WIDEST, max(NARROWEST, columns - FORM))
    return width if columns - width >= least else 0


class Aside(Widget, can_focus=False):
    """`tell` gives what it says; nothing in it can be typed into."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"aside--title"}

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, procedure: "Procedure") -> None:
        super().__init__(id="aside")
        self._procedure = procedure
        self._step: Step | None = None
        self._news: News | None = None
        self._history: tuple[HistoryLine, ...] = ()
        self._documents: tuple[Bilingual, ...] = ()

    def tell(self, step: "Step", news: "News | None") -> None:
        """The step as its case's procedure has it, and what is new in the case."""
        self._step, self._news = step, news
        self.refresh()

    def tell_file(self, history: "tuple[HistoryLine, ...]", documents: "tuple[Bilingual, ...]") -> None:
        """What happened to the case, and its documents by name."""
        self._history, self._documents = history, documents
        self.refresh()

    def relabel(self) -> None:
        """The language changed."""
        self.refresh()

    def render(self) -> Content:
        width, height = self.size.width, self.size.height
        lines: list[Content] = []
        for title, texts in self._sections():
            lines += (
                [Content(""), Content.styled(title, self._title_style())]
                if lines
                else [Content.styled(title, self._title_style())]
            )
            lines += [Content(line) for text in texts for line in wrap(text, max(1, width), subsequent_indent="  ")]
        if len(lines) > height:
            lines = [*lines[: max(0, height - 1)], Content(self.app.words.say("aside.more"))]
        return Content("\n").join(lines)

    def _title_style(self) -> Style:
        return part(self, "aside--title")

    def _sections(self) -> "Iterator[tuple[str, list[str]]]":
        words, step = self.app.words, self._step
        if step is None:
            return
        output = [f"{words.say('sop.output')}: {clean(step.output)}"] if step.output else []
        yield (
            words.say("aside.sop"),
            [
                clean(step.activity),
                f"{words.say('sop.inputs')}: {clean(step.inputs)}",
                *output,
                words.say("aside.minutes", minutes=step.minutes),
            ],
        )
        if self._news is not None and self._news.any:
            yield words.say("aside.news"), news_lines(self._news, self._procedure, words)
        if self._documents:
            yield words.say("aside.documents"), [f"- {clean(name.say(words.language))}" for name in self._documents]
        if self._history:
            yield words.say("aside.history"), [self._event(line) for line in reversed(self._history)]

    def _event(self, line: "HistoryLine") -> str:
        words = self.app.words
        known = next((one for one in self._procedure.steps if one.key == line.step), None)
        at = f"{line.at.astimezone(WIB):%d-%m %H:%M}"
        where = f"{known.number} {known.title.say(words.language)}" if known is not None else clean(line.step)
        who = clean(line.officer) or words.say("case.system")
        reason = f": {clean(line.reason)}" if line.reason else ""
        return f"{at} {words.say(f'case.act.{line.act}')} {where}, {who}{reason}"
