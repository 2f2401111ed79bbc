"""The office today for Kasi and Kakanim: left and right change the page, bars show what waits and what was done."""

from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static
from textual_plotext import PlotextPlot

from kiosk import clock
from kiosk.formats import moment_short, rupiah, stopwatch
from kiosk.money.shifts import label
from kiosk.people.on_duty import missing_words
from kiosk.people.staffing import Staffing
from kiosk.reports import flow_desk
from kiosk.reports.flow import Flow
from kiosk.text import clean
from screens.keys import bindings
from screens.office_screen import OfficeScreen
from screens.plain import fit, plain

PAGES = ("steps", "officers", "office", "hours")
LOOK_AGAIN_S = 20.0
FIGURES = 26
"""Cells right of the bars."""
LABEL = 26
TICKS = 6
"""Numbers at the side of a plot, whole ones."""


class Bars(Widget, can_focus=True):
    """Rows with a bar of two kinds of block each: what waits (full) and what was done (light)."""

    def __init__(self) -> None:
        super().__init__(id="flow-bars")
        self.rows: list[tuple[str, int, int, str]] = []
        """Label, the full part, the light part, and the figures at the right."""

    def render(self) -> Content:
        width = self.size.width
        room = max(1, width - LABEL - FIGURES - 2)
        most = max((full + light for _, full, light, _ in self.rows), default=0) or 1
        lines = []
        for name, full, light, figures in self.rows[: self.size.height]:
            solid = -(-room * full // most) if full else 0
            pale = min(room - solid, -(-room * light // most) if light else 0)
            bar = "█" * solid + "░" * pale
            lines.append(f" {fit(name, LABEL)} {fit(bar, room)}{fit(figures, FIGURES)}")
        return Content("\n".join(lines))


class Hours(PlotextPlot):
    """Steps completed in each hour of the day, in marks that every console font has."""

    def __init__(self) -> None:
        super().__init__(id="flow-hours")
        self.theme = "clear"

    def draw(self, hours: tuple[tuple[int, int], ...]) -> None:
        most = max((done for _, done in hours), default=0)
        self.plt.clear_data()
        if hours:
            self.plt.bar([f"{hour:02d}" for hour, _ in hours], [done for _, done in hours], marker="sd")
        marks = range(0, most + 1, max(1, -(-most // TICKS)))
        self.plt.yticks([float(mark) for mark in marks], [str(mark) for mark in marks])
        self.plt.ylim(0, max(1, most))
        self.refresh()


class FlowScreen(OfficeScreen):
    """Steps: waiting and done, median against standard. Officers: what waits for each. Office: promise and money.
    Hours: how much was done in each."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh"})
    HELP: ClassVar[str] = "help.flow"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
    ]
    _found: Flow | None = None
    _staffing = Staffing((), ())
    _page = 0
    _read_at = 0.0

    def content(self) -> ComposeResult:
        yield Static(id="flow-title", classes="title")
        yield Bars()
        yield Hours()
        yield Static(id="flow-staffing")
        yield Static(id="flow-hint", classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        self.load()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def second_passed(self, in_front: bool) -> None:
        super().second_passed(in_front)
        if in_front and clock.monotonic() - self._read_at >= LOOK_AGAIN_S:
            self.load()

    def load(self) -> None:
        """Read the figures anew."""
        desk = self.app.signed_in()
        self._read_at = clock.monotonic()
        self.run_service(lambda: flow_desk.today(desk), self._loaded, group="load", exclusive=True)
        self.run_service(desk.staffing, self._show_missing, group="staffing", exclusive=True)

    def _show_missing(self, found: Staffing) -> None:
        """Who is missing today so that a case can be finished; no line where nobody is."""
        self._staffing = found
        line = self.query_one("#flow-staffing", Static)
        line.display = not found.enough
        line.update(Content(missing_words(found, self.app.the_office().procedure, self.app.words)))

    def _loaded(self, found: Flow) -> None:
        self._found = found
        self._show()

    def action_refresh(self) -> None:
        self.quiet()
        self.load()

    def action_turn(self, by: int) -> None:
        self._page = (self._page + by) % len(PAGES)
        self._show()

    def _show(self) -> None:
        words, found = self.app.words, self._found
        self._show_missing(self._staffing)
        if found is None:
            return
        page = PAGES[self._page]
        title = words.say(f"flow.page.{page}", at=moment_short(found.at), n=found.minutes_left)
        self.query_one("#flow-title", Static).update(plain(title))
        bars, hours = self.query_one(Bars), self.query_one(Hours)
        bars.display, hours.display = page != "hours", page == "hours"
        if page == "hours":
            hours.draw(found.hours)
        else:
            bars.rows = {"steps": self._steps, "officers": self._officers, "office": self._office}[page](found)
            bars.refresh()
        self.query_one("#flow-hint", Static).update(Content(words.say(f"flow.hint.{page}")))

    def _steps(self, found: Flow) -> list[tuple[str, int, int, str]]:
        language, procedure = self.app.words.language, self.app.the_office().procedure
        rows = []
        for one in found.steps:
            took = "-" if one.median_seconds is None else stopwatch(timedelta(seconds=one.median_seconds))
            slow = "!" if one.median_seconds is not None and one.median_seconds > one.standard_seconds else " "
            figures = f"{one.waiting + one.held:>4}{one.done:>5} {slow}{took:>7} /{one.standard_seconds // 60:>3}'"
            name = f"{one.number:>2} {procedure.step(one.step).title.say(language)}"
            rows.append((name, one.waiting + one.held, one.done, figures))
        return rows

    def _officers(self, found: Flow) -> list[tuple[str, int, int, str]]:
        rows = []
        for one in found.officers:
            mark = "! " if one.too_much else "  " if one.at_work else "- "
            figures = f"{one.waiting_minutes:>6}'{one.done:>7}{one.worked_minutes:>8}'"
            rows.append((f"{mark}{clean(one.name)}", one.waiting_minutes, one.worked_minutes, figures))
        return rows

    def _office(self, found: Flow) -> list[tuple[str, int, int, str]]:
        words, promises = self.app.words, found.promises
        rows = [
            (words.say("flow.opened"), 0, found.opened, f" {found.opened}"),
            (words.say("flow.handed_over"), 0, found.handed_over, f" {found.handed_over}"),
            (words.say("flow.kept"), 0, promises.kept, f" {promises.kept}"),
            (f"{'! ' if promises.missed else ''}{words.say('flow.missed')}", promises.missed, 0, f" {promises.missed}"),
            (f"{'! ' if promises.late else ''}{words.say('flow.late')}", promises.late, 0, f" {promises.late}"),
            (words.say("flow.due_today"), promises.due_today, 0, f" {promises.due_today}"),
        ]
        for row in found.money:
            rows.append((label("payment.method", row).say(words.language), 0, row.count, f" {rupiah(row.amount)}"))
        rows.append((words.say("report.total"), 0, 0, f" {rupiah(found.total)}"))
        return rows
