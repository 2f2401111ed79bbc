"""The SOP's own row above each step, and the clock of the step beside it."""

import re
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from kiosk.formats import stopwatch
from kiosk.step_clock import Pace, pace_of
from kiosk.text import clean
from screens.plain import fit, part

if TYPE_CHECKING:
    from textual import getters

    from kiosk.procedure import Step
    from screens.app import KioskApp


_SERIES = re.compile(r"^\S+-(?=\d+ )")
"""`ITK-MRE-2026-` of `ITK-MRE-2026-00007 NAME`."""


class SopRow(Widget, can_focus=False):
    """Number, kegiatan, kelengkapan, output and standard minutes, word for word as in the SOP.

    `subject` is the file this is about (number and holder); the running clock stands at the right.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sop--title", "sop--over"}

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, step: "Step", steps: int) -> None:
        super().__init__(id="sop")
        self.step = step
        self.steps = steps
        self.subject = ""
        self._seconds = 0.0
        self._running_since: float | None = None
        self._pause_reason = ""
        self.brief = False
        """One row only: an aside has the rest."""

    def be_brief(self, brief: bool) -> None:
        """Keep to one row, or say all."""
        if brief != self.brief:
            self.brief = brief
            self.refresh(layout=True)

    def show_clock(self, seconds: float, running: bool, pause_reason: str = "") -> None:
        """The step was worked on for `seconds` so far; from now it runs, or stands still (`pause_reason`: words)."""
        self._seconds = seconds
        self._running_since = monotonic() if running else None
        self._pause_reason = pause_reason
        self.refresh()

    @property
    def seconds(self) -> float:
        """Seconds worked on this step."""
        return self._seconds + (monotonic() - self._running_since if self._running_since is not None else 0)

    def second_passed(self) -> None:
        """Draw the clock again while it runs."""
        if self._running_since is not None:
            self.refresh()

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width)) + 1

    def _lines(self, width: int) -> list[Content]:
        if self.brief:
            return []
        words = self.app.words
        needs = f"{words.say('sop.inputs')}: {clean(self.step.inputs)}"
        gives = f"{words.say('sop.output')}: {clean(self.step.output)}" if self.step.output else ""
        together = f" {needs}   {gives}"
        lines = [Content(" ") + line for line in Content(clean(self.step.activity)).wrap(max(1, width - 1))]
        return lines + (
            [Content(together)] if cell_len(together) <= width else [Content(f" {needs}"), Content(f" {gives}")]
        )

    def clock_text(self) -> str:
        """`03:12 dari 5 menit`; near its end what is left, then how much it is over; or what it waits for."""
        words, standard = self.app.words, timedelta(minutes=self.step.minutes)
        done = timedelta(seconds=int(self.seconds))
        if self._running_since is None and self._pause_reason:
            return words.say("sop.paused", time=stopwatch(done), reason=self._pause_reason)
        pace = pace_of(standard, done) if self._running_since is not None else Pace.CALM
        shown = {Pace.CALM: done, Pace.NEAR: standard - done, Pace.OVER: done - standard}[pace]
        return words.say(f"sop.clock.{pace}", time=stopwatch(shown), minutes=self.step.minutes)

    def _title(self, name: str, room: int) -> str:
        """Step and subject; the number gives way to its serial, then the title is cut, and the holder's name last."""
        before, subject = f" {self.step.number}/{self.steps} ", clean(self.subject)
        if not subject:
            return fit(before + name, room).rstrip()
        if cell_len(f"{before}{name} · {subject}") > room:
            subject = _SERIES.sub("", subject)
        rest = max(12, room - cell_len(f"{before} · {subject}"))
        shown = name if cell_len(name) <= rest else fit(name, rest)
        return fit(f"{before}{shown} · {subject}", room).rstrip()

    def render(self) -> Content:
        width = self.size.width
        words = self.app.words
        over = self._running_since is not None and self.seconds > self.step.minutes * 60
        clock = f"{'+ ' if over else ''}{self.clock_text()} "
        name = clean(self.step.title.say(words.language))
        title = self._title(name, width - cell_len(clock) - 1)
        head = Content.assemble(
            (fit(f"{title} ", max(0, width - cell_len(clock))), part(self, "sop--title")),
            (clock, part(self, "sop--over" if over else "sop--title")),
        )
        return Content("\n").join([head, *self._lines(width)])
