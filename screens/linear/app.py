"""The terminal app without a screen."""

import asyncio
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.words import Language
from screens.app import KioskApp
from screens.linear.conversation import Conversation
from screens.linear.lines import Lines
from screens.terminal import end_on_signals, scrub_environment

if TYPE_CHECKING:
    from kiosk.office import Office

ROOM = (80, 24)
"""Columns and rows of the screen that nobody sees: lists have the pages they have on the console."""


class LinearApp(KioskApp):
    """The whole program, led by a conversation instead of keys."""

    def __init__(self, open_office: "Callable[[], Office]", lines: Lines, *, language: Language) -> None:
        super().__init__(open_office, language=language)
        self.lines = lines
        self._conversation: asyncio.Task[None] | None = None

    def on_mount(self) -> None:
        end_on_signals(lambda code: self.end(code))
        for number in (signal.SIGINT, signal.SIGQUIT):  # Ctrl-\ would leave a core file with personal data
            asyncio.get_running_loop().add_signal_handler(number, self.end, 128 + number)
        self._conversation = asyncio.create_task(Conversation(self, self.lines).run())
        self._conversation.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._handle_exception(error)


def start(open_office: "Callable[[], Office]", *, language: Language = Language.INDONESIAN) -> int:
    """Run the program line by line on standard input and output until the input ends; its exit code (0 quit, 70 defect,
    128+n signal n). Needs no terminal."""
    scrub_environment()
    lines = Lines()
    app = LinearApp(open_office, lines, language=language)
    try:
        app.run(headless=True, mouse=False, size=ROOM)
    finally:
        app.close_office()
        lines.close()
    return app.return_code or 0
