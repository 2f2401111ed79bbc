"""The terminal app: what lives as long as the program. It opens the office after the first paint, knows who is signed
in and in which language, and hands keys and screens their ways."""

import asyncio
import gc
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.reactive import Initialize, Reactive
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.signal import Signal
from textual.theme import BUILTIN_THEMES, Theme

from kiosk.clock import now
from kiosk.text import clean
from kiosk.words import Language, Words
from screens import themes
from screens.cover import Cover, Starting, TooSmall
from screens.defects import log_defect
from screens.hardware_cursor import HardwareCursor
from screens.keyboard import Keyboard
from screens.office_screen import OfficeScreen
from screens.routes import Routes
from screens.terminal import EXIT_DEFECT, EXIT_HANG_UP, SMALLEST, end_on_signals, go_on_after_a_stop, hung_up
from screens.wedge import Wedge

if TYPE_CHECKING:
    from textual.screen import Screen

    from kiosk.desk import Desk
    from kiosk.office import Office
    from kiosk.refusals import Refused
    from screens.widgets.fields import Raw

log = logging.getLogger(__name__)

LEAVE_S = 4.0
TROUBLES = {"paper_out": "no_paper", "cover_open": "printer_open"}
"""What an officer can put right at the printer without asking anybody has words of its own in the top bar."""
VERSIONS = {"database_other_version": "top.restart", "program_too_old": "top.update"}
"""The data are there, but this running program is not of their version. It was when it was started: where it is not the
older one, the program's files or the database were changed under it."""
IDLE_LOCK_S = 300.0
"""Where the office's settings can't be asked."""


class SolidBar(ScrollBarRender):
    """A scroll bar of whole cells: no console font has the eighth blocks of Textual's own."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


class KioskApp(Keyboard, Routes, HardwareCursor, App[int], inherit_bindings=False):
    """The full-screen program of one counter terminal.

    `open_office` is called in a thread once the first screen is painted. It raises OfficeUnavailable; the officer can
    try again.
    """

    CSS = Path(__file__).with_name("kiosk.tcss").read_text(encoding="utf-8")
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    ESCAPE_TO_MINIMIZE = False
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares them as instance variables
        (0, "-narrow"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-low"),
        (30, "-tall"),
    ]

    theme: Reactive[str] = Reactive(Initialize(lambda app: themes.suited(wanted=app.wanted_theme)))  # type: ignore[attr-defined]
    """Known before the style sheet is read: a theme that is set later has it read twice."""

    def __init__(
        self,
        open_office: "Callable[[], Office]",
        *,
        language: Language = Language.INDONESIAN,
        theme: str = "",
    ) -> None:
        self._wedge = Wedge()
        self._ahead = deque()
        self.wanted_theme = theme
        super().__init__()
        self._open_office = open_office
        self._office: Office | None = None
        self.desk: Desk | None = None
        self.words = Words(language)
        self.guarantee = "top.opening"
        """Catalogue key of the line that says which guarantees hold now."""
        self.language_changed: Signal[Language] = Signal(self, "language")
        self.devices_changed: Signal[None] = Signal(self, "devices")
        self.work_list_changed: Signal[None] = Signal(self, "work list")
        self.elsewhere_changed: Signal[None] = Signal(self, "elsewhere")
        """Another terminal did something."""
        self.queue_changed: Signal[None] = Signal(self, "queue")
        """A number was drawn, called or served, here or at another terminal."""
        self.tour: Callable[[], object] | None = None
        """Set for a demo office that nobody has seen yet: the tour comes at the next sign-in, and this is called."""
        self._waiting: list[tuple[Screen[Any], Callable[[], object]]] = []
        self.left_in_dialogs: dict[tuple[object, ...], dict[str, Raw]] = {}
        """What was typed in dialogs that Esc closed, until they are opened again or the officer leaves."""
        ScrollBar.renderer = SolidBar

    # Textual's questions

    def get_default_screen(self) -> "Screen[Any]":
        return Starting()

    @property
    def available_themes(self) -> dict[str, Theme]:
        return {theme.name: theme for theme in (*themes.THEMES, BUILTIN_THEMES["textual-dark"])}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.DEFAULTS

    def _handle_exception(self, error: Exception) -> None:
        """A defect: into the log without values, then out. Textual would print local variables on the counter."""
        log_defect(error, type(self.screen_stack[-1]).__name__ if self._screen_stacks.get("_default") else "start")
        self._return_code = EXIT_DEFECT
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def on_mount(self) -> None:
        self.last_key = time.monotonic()
        if not self.is_headless:
            end_on_signals(lambda code: self.end(code))
            go_on_after_a_stop(lambda: self.screen.refresh(layout=True))
        self.set_interval(1, self._second_passed)
        self.call_after_refresh(self.open_office)

    def on_resize(self, event: events.Resize) -> None:
        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.uncover(self.screen)

    # the office and the officer

    def the_office(self) -> "Office":
        """The open office. Raises LookupError before it is open."""
        if self._office is None:
            raise LookupError("the office is not open")
        return self._office

    def signed_in(self) -> "Desk":
        """The desk of the officer who is signed in. Raises LookupError if nobody is."""
        if self.desk is None:
            raise LookupError("nobody is signed in")
        return self.desk

    @property
    def office_name(self) -> str:
        """The office's short name for the top bar."""
        return clean(self._office.settings.office.place) if self._office else ""

    @property
    def terminal(self) -> str:
        """This terminal's name."""
        return clean(self._office.terminal) if self._office else ""

    @property
    def officer_name(self) -> str:
        """Who is signed in, or nothing."""
        return clean(self.desk.officer.name) if self.desk else ""

    def now(self) -> datetime:
        """This instant, UTC."""
        return now()

    def open_office(self) -> None:
        """Open the office in a thread; the starting screen says how it goes."""
        starting = self.screen_stack[0]
        assert isinstance(starting, Starting)
        starting.run_service(self._open_office, self._opened, failed=starting.failed, group="office", exclusive=True)

    def _opened(self, office: "Office") -> None:
        self._office = office
        office.devices.subscribe(lambda _: self._from_device(self.device_status_changed))
        office.live.on_change(lambda _: self._from_device(lambda: self.elsewhere_changed.publish(None)))
        office.live.on_queue(lambda: self._from_device(lambda: self.queue_changed.publish(None)))
        office.live.on_trouble(lambda trouble: self._from_device(lambda: self._database_answers(trouble)))
        scanner = office.devices.get("scanner")
        if scanner is not None:
            scanner.subscribe_codes(lambda code: self._from_device(lambda: self._scanned(code.text)))
        self.look_at_guarantees()
        self._to_sign_in()
        self.heard_from = math.inf
        gc.freeze()  # the office lives as long as the program: no collection in the middle of a scan looks through it

    def _display(self, screen: "Screen[Any]", renderable: Any) -> None:
        if self.heard_from == math.inf and screen is not self.screen_stack[0]:
            self.heard_from = time.monotonic()  # the first picture of the sign-in screen is about to be seen
        super()._display(screen, renderable)

    def _from_device(self, tell: Callable[[], object]) -> None:
        if self.is_running:
            self.call_later(tell)

    def _scanned(self, text: str) -> None:
        self.last_key = time.monotonic()
        if not self.take_scan(text.strip().upper()):
            self.bell()

    def device_status_changed(self) -> None:
        """A device changed its state."""
        self.look_at_guarantees()
        self.devices_changed.publish(None)

    def _database_answers(self, trouble: "Refused | None") -> None:
        """It stopped answering, or answers again: the top bar says so, and the status line what to do."""
        self.device_status_changed()
        if trouble is None and self.desk is not None:
            self.run_quietly(self.desk.bring_drafts_back)
        if isinstance(self.screen, OfficeScreen):
            if trouble is not None and trouble.first.code == "database_other_version":
                self.screen.say("top.restart.said", "refusal", "top.restart.next")
            elif trouble is not None:
                self.screen.show_refused(trouble)
            else:
                self.screen.say("top.data_back", "done")

    def look_at_guarantees(self) -> None:
        """Choose the line of the top bar: what can be relied on at this moment."""
        trouble = self._office.live.trouble if self._office else None
        self.guarantee = self._printing() if trouble is None else VERSIONS.get(trouble.first.code, "top.no_data")

    def _printing(self) -> str:
        printer = self._office.devices.status("printer") if self._office else None
        if printer is None or printer.state not in {"ready", "busy"}:
            return "top.no_printer"
        return "top.all" if not printer.trouble else f"top.{TROUBLES.get(printer.trouble, 'no_printer')}"

    def _to_sign_in(self) -> None:
        from screens.sign_in import SignInScreen

        while len(self.screen_stack) > 1:
            self._close(self.screen)
        self.push_screen(SignInScreen())

    def start_work(self, desk: "Desk") -> None:
        """`desk`'s officer signed in."""
        from screens.work_list import WorkListScreen

        self.desk = desk
        while len(self.screen_stack) > 1:
            self._close(self.screen)
        self.push_screen(WorkListScreen())
        if self.tour is not None and self.the_office().settings.office.demo:
            from screens.tour import Tour

            shown, self.tour = self.tour, None
            self.push_screen(Tour())
            self.run_quietly(shown)

    def sign_out(self) -> None:
        """The officer leaves: everything is closed, what was typed is kept."""
        desk = self.desk
        self._waiting.clear()
        self.left_in_dialogs.clear()
        self._to_sign_in()
        self.desk = None
        if desk is not None:
            self.run_quietly(desk.sign_out)

    # lock and covers

    def lock(self) -> None:
        """Blank the screen until the officer's PIN; what is typed is kept first."""
        from screens.lock import LockScreen

        if self.desk is None or isinstance(self.screen, Cover):
            return
        for screen in self.screen_stack:
            if isinstance(screen, OfficeScreen):
                screen.on_locked()
        self.push_screen(LockScreen())

    def _lock_when_idle(self) -> None:
        limit = self._office.settings.policy.idle_lock_seconds if self._office else IDLE_LOCK_S
        if self.desk is not None and time.monotonic() - self.last_key >= limit:
            self.lock()

    def _second_passed(self) -> None:
        """The one clock of the app: a timer of a screen's own would keep the screen alive in the event loop's queue."""
        if not self.is_headless and hung_up():
            self.end(EXIT_HANG_UP)
        if not self._screen_stack:
            return  # it is ending
        self._lock_when_idle()
        if not isinstance(self.screen, Cover):
            for screen in self.screen_stack:
                if isinstance(screen, OfficeScreen) and screen.is_mounted:
                    screen.second_passed(screen is self.screen)

    def uncover(self, cover: Cover) -> None:
        """Take a cover away, and let what waited under it go on."""
        if self.screen is cover:
            self.pop_screen()
        waiting, self._waiting = self._waiting, []
        for screen, deliver in waiting:
            if isinstance(self.screen, Cover) and screen is not self.screen:
                self._waiting.append((screen, deliver))
            elif screen.is_running:
                screen.call_next(deliver)

    def when_uncovered(self, screen: "Screen[Any]", deliver: Callable[[], Any]) -> Any:
        """Run `deliver` on behalf of `screen`: now, or once no lock or other cover stands before it."""
        if isinstance(self.screen, Cover) and screen is not self.screen:
            self._waiting.append((screen, deliver))
            return None
        return deliver()

    # language, themes, ends

    def switch_language(self) -> None:
        """F9: the other language, everywhere at once."""
        self.words = self.words.other()
        self.language_changed.publish(self.words.language)

    def forget(self, screen: "Screen[Any]") -> None:
        """`screen` is gone: a signal would keep it alive until it is next published."""
        signals = (self.language_changed, self.devices_changed, self.work_list_changed, self.elsewhere_changed)
        for signal in (*signals, self.queue_changed):
            signal.unsubscribe(screen)

    def run_quietly(self, function: Callable[[], object]) -> None:
        """Run `function` in a thread that outlives the screen that wanted it; a failure goes to the log."""

        def call() -> None:
            try:
                function()
            except Exception as error:
                log_defect(error, "quiet work")

        self.run_worker(call, thread=True, group="quiet", exit_on_error=False)

    def end(self, code: int = 0) -> None:
        """Leave the program; typed text is kept first."""
        for screen in self.screen_stack:
            if isinstance(screen, OfficeScreen):
                screen.on_closing()
        self.run_worker(self._leave(code), group="end", exclusive=True)

    async def _leave(self, code: int) -> None:
        """End once what was to be kept is kept, or soon in any case: whoever sent the signal won't wait long."""
        deadline = time.monotonic() + LEAVE_S
        while time.monotonic() < deadline and any(w.group == "quiet" and not w.is_finished for w in self.workers):
            await asyncio.sleep(0.01)
        self.exit(return_code=code)

    def close_office(self) -> None:
        """Let go of the office after the app has ended."""
        office, self._office = self._office, None
        if office is not None:
            office.close()
