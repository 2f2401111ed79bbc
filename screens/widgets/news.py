"""Two quiet lines under the SOP row: what the last colleague noted, and what was done since the officer saw the case.

Takes no room where nothing is new.
"""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from kiosk.cases import pauses
from kiosk.clock import WIB
from kiosk.text import clean
from kiosk.words import Words
from screens.plain import fit

if TYPE_CHECKING:
    from textual import getters

    from kiosk.cases.news import Change, News
    from kiosk.procedure import Procedure
    from screens.app import KioskApp

SHOWN = 2
"""So many of the newest changes are named; the history (F4) has all."""


class NewsLines(Widget, can_focus=False):
    """`show` gives the news; nothing is shown before."""

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, procedure: "Procedure") -> None:
        super().__init__(id="news")
        self._procedure = procedure
        self._news: News | None = None

    beside = False
    """Whether an aside says it."""

    def show(self, news: "News | None") -> None:
        """Show what is new, or nothing."""
        self._news = news
        self.display = news is not None and news.any and not self.beside
        self.refresh(layout=True)

    def give_way(self, beside: bool) -> None:
        """Take no room while an aside says the same."""
        self.beside = beside
        self.show(self._news)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines())

    def render(self) -> Content:
        return Content("\n".join(fit(f" {line}", self.size.width).rstrip() for line in self._lines()))

    def _lines(self) -> list[str]:
        return news_lines(self._news, self._procedure, self.app.words) if self._news is not None else []


def news_lines(news: "News", procedure: "Procedure", words: Words) -> list[str]:
    """A line for the note and one for the changes, where there are such."""
    lines = []
    if news.note is not None:
        text = pauses.said(words, clean(news.note.text))
        who = clean(news.note.officer) or words.say("case.system")
        at = news.note.at.astimezone(WIB)
        lines.append(words.say("news.note", officer=who, at=f"{at:%d-%m %H:%M}", text=text))
    if news.changes:
        named = ", ".join(_change(change, procedure, words) for change in news.changes[-SHOWN:])
        more = len(news.changes) - SHOWN
        lines.append(words.say("news.more" if more > 0 else "news.changes", changes=named, n=more))
    return lines


def _change(change: "Change", procedure: "Procedure", words: Words) -> str:
    known = next((one for one in procedure.steps if one.key == change.step), None)
    where = f"{known.number} {known.title.say(words.language)}" if known is not None else change.step
    return f"{words.say(f'case.act.{change.act}')} {where}"
