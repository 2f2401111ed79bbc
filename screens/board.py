"""`kiosk board`: the display of the waiting room. Numbers and counters in figures that are read from afar; no names.

No key does anything but F12, which an officer's PIN lets close the display. A call shows within a second
(kiosk.live); one that is new or repeated is marked for a while and rings the terminal's bell.
"""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from kiosk.formats import clock_time, long_date
from kiosk.queue.model import Board, Called
from kiosk.words import Language, say
from screens import figures
from screens.app import KioskApp
from screens.office_screen import OfficeScreen
from screens.pickup import BACK_S, ExitDialog, PickupApp
from screens.plain import fit, plain

if TYPE_CHECKING:
    from textual import getters

    from kiosk.queue.board import QueueDisplay

FRESH = timedelta(seconds=12)
"""So long a call counts as new: it stands between marks."""
ACROSS = 2
"""Cells for a dot: a letter cell is twice as high as wide."""
MARK, NO_MARK = ">>", "  "
EDGE = 4
"""Cells for the mark and its room."""


class Calls(Widget, can_focus=False):
    """The open calls in big figures, the last one first; what has no room stands in one line below."""

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self) -> None:
        super().__init__(id="board-calls")
        self.board: Board | None = None
        self.fresh: frozenset[int] = frozenset()
        """Calls that are new or were repeated."""

    def render(self) -> Content:
        width, height = self.size
        calls = self.board.calls if self.board is not None else ()
        if not calls:
            return Content("\n".join(self._idle(width, height)))
        longest = max(len(call.number) for call in calls) + max(len(call.counter) for call in calls)
        scale = max(1, min((width - 3 * EDGE) // (figures.width("0" * longest, ACROSS)), height // (figures.ROWS + 3)))
        band = figures.ROWS * scale + 1
        room = max(1, (height - 2) // band)
        lines: list[str] = [self._titles(width)]
        for call in calls[:room]:
            lines += [*self._band(call, width, scale), ""]
        if calls[room:]:
            also = "   ".join(f"{call.number} > {call.counter}" for call in calls[room:])
            words = " / ".join(say(language, "board.also") for language in Language)
            lines = [*lines[: height - 1], fit(f"  {words}: {also}", width)]
        return Content("\n".join(lines[:height]))

    def _titles(self, width: int) -> str:
        left = " / ".join(say(language, "board.title") for language in Language)
        right = " / ".join(say(language, "board.counter") for language in Language)
        return fit("  " + left, width - len(right) - 2) + right + "  "

    def _band(self, call: Called, width: int, scale: int) -> list[str]:
        mark = MARK if call.call in self.fresh else NO_MARK
        number = figures.lines(call.number, ACROSS * scale, scale)
        counter = figures.lines(call.counter, ACROSS * scale, scale)
        rows = []
        for row, (left, right) in enumerate(zip(number, counter, strict=True)):
            edge = f"{mark if row == len(number) // 2 else NO_MARK}  "
            rows.append(fit(edge + left, width - len(right) - EDGE) + right + edge[::-1])
        return rows

    def _idle(self, width: int, height: int) -> list[str]:
        words = [say(language, "board.idle") for language in Language]
        clock = figures.lines(clock_time(self.app.now()), ACROSS)
        top = max(0, (height - len(clock) - len(words) - 3) // 2)
        middle = [line.center(width).rstrip() for line in clock]
        return [*[""] * top, *middle, "", *(word.center(width).rstrip() for word in words)]


class BoardScreen(OfficeScreen):
    """Office, calls, how many wait, the time."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"lock"})
    EVERYWHERE: ClassVar[frozenset[str]] = frozenset()
    _board: Board | None = None
    _failed = False

    def compose(self) -> ComposeResult:
        yield Static(id="board-office")
        yield Calls()
        yield Static(id="board-ready")
        yield Static(id="board-foot")

    def on_mount(self) -> None:
        super().on_mount()
        self.app.queue_changed.subscribe(self, lambda _: self.load())
        self.app.devices_changed.subscribe(self, lambda _: self._show())
        self.load()

    def relabel(self) -> None:
        self._show()

    def load(self) -> None:
        """Read the calls anew."""
        app = self.app
        assert isinstance(app, BoardApp)
        display = app.queue_display()
        self.run_service(display.now, self._loaded, failed=self._not_read, group="load", exclusive=True)

    def _loaded(self, board: Board) -> None:
        before = self._board
        self._board, self._failed = board, False
        heard = {(call.call, call.times) for call in before.calls} if before is not None else None
        if heard is not None and any((call.call, call.times) not in heard for call in board.calls):
            self.app.bell()
        self._show()

    def _not_read(self, error: Exception) -> None:
        from screens.defects import log_defect

        log_defect(error, type(self).__name__)
        self._failed = True
        self._show()

    def second_passed(self, in_front: bool) -> None:
        self._show()
        if isinstance(self.app.screen, ExitDialog) and time.monotonic() - self.app.last_key >= BACK_S:
            self.app.screen.dismiss(None)
        elif self._failed:
            self.load()

    def action_lock(self) -> None:
        self.app.push_screen(ExitDialog("board.exit"))

    def _show(self) -> None:
        office = self.app.the_office()
        self.query_one("#board-office", Static).update(plain(office.settings.office.letterhead[-1]))
        calls = self.query_one(Calls)
        calls.board = self._board
        now = self.app.now()
        called = self._board.calls if self._board is not None else ()
        calls.fresh = frozenset(call.call for call in called if now - call.last_called_at < FRESH)
        calls.refresh()
        self.query_one("#board-ready", Static).update(plain(self._ready()))
        self.query_one("#board-foot", Static).update(plain(self._foot()))

    def _ready(self) -> str:
        """A line in each language."""
        found = self._board.ready if self._board is not None else None
        if found is None:
            return ""
        kept = found.kept
        key = "board.ready" if kept is None else "board.ready.measured"
        counts = {} if kept is None else {"kept": kept.by_then, "measured": kept.cases}
        return "\n".join(say(language, key, day=long_date(found.day, language), **counts) for language in Language)

    def _foot(self) -> str:
        if self._failed or self.app.the_office().live.trouble is not None:
            return " / ".join(say(language, "board.troubled") for language in Language)
        waiting = self._board.waiting if self._board is not None else ()
        counts = " · ".join(f"{series} {count}" for series, count in waiting)
        words = " / ".join(say(language, "board.waiting") for language in Language)
        return f"{words}: {counts}   {clock_time(self.app.now())} WIB"


class BoardApp(PickupApp):
    """The program of the display: nobody signs in, keys are dead."""

    def queue_display(self) -> "QueueDisplay":
        """What this terminal may read. Raises LookupError before the office is open."""
        from kiosk.queue.board import QueueDisplay

        return QueueDisplay(self.the_office())

    def take_scan(self, text: str) -> bool:
        return False

    async def _pass(self, key: events.Key) -> None:
        if isinstance(self.screen, ExitDialog) or (key.key == "f12" and isinstance(self.screen, BoardScreen)):
            await KioskApp._pass(self, key)

    def _to_sign_in(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(BoardScreen())
