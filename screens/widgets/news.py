"""Two quiet lines under the SOP row: what the last colleague noted, and what was done since the officer saw the case.

Takes no room where nothing is new.
"""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from kiosk.clock import WIB
from kiosk.text import clean
from screens.plain import fit

if TYPE_CHECKING:
    from textual import getters

    from kiosk.cases.news import News
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

    def show(self, news: "News") -> None:
        """Show what is new, or nothing."""
        self._news = news
        self.display = news.any
        self.refresh(layout=True)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines())

    def render(self) -> Content:
        return Content("\n".join(fit(f" {line}", self.size.width).rstrip() for line in self._lines()))

    def _lines(self) -> list[str]:
        news, words = self._news, self.app.words
        if news is None:
            return []
        lines = []
        if news.note is not None:
            key = f"pause.{news.note.text}"
            text = words.say(key) if words.has(key) else clean(news.note.text)
            who = clean(news.note.officer) or words.say("case.system")
            at = news.note.at.astimezone(WIB)
            lines.append(words.say("news.note", officer=who, at=f"{at:%d-%m %H:%M}", text=text))
        if news.changes:
            named = ", ".join(self._change(change.step, change.act) for change in news.changes[-SHOWN:])
            more = len(news.changes) - SHOWN
            lines.append(words.say("news.more" if more > 0 else "news.changes", changes=named, n=more))
        return lines

    def _change(self, step: str, act: str) -> str:
        words = self.app.words
        known = next((one for one in self._procedure.steps if one.key == step), None)
        where = f"{known.number} {known.title.say(words.language)}" if known is not None else step
        return f"{words.say(f'case.act.{act}')} {where}"
