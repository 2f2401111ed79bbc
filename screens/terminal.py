"""The terminal itself: which ones we refuse, how signals end the program, how the screen is left behind."""

import asyncio
import logging
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

EXIT_DEFECT = 70
"""EX_SOFTWARE of sysexits.h: the program itself failed; the supervisor starts it again."""
EXIT_TERMINAL = 3
"""The environment: no terminal that we can draw on."""
EXIT_UNAVAILABLE = 3
"""The office could not be opened."""
EXIT_HANG_UP = 128 + signal.SIGHUP
"""The line is gone (SSH cut, terminal closed), whether or not a signal said so."""
SMALLEST = (80, 24)
"""Columns and rows. Below it the program says so and waits."""

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_OF_KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
_UNFIT = frozenset({"", "dumb", "unknown"})


def unfit_reason(environ: dict[str, str] | None = None) -> str | None:
    """Catalogue key of why this terminal can't be used, or None if it can."""
    term = (os.environ if environ is None else environ).get("TERM", "")
    if term in _UNFIT:
        return "terminal.unfit"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "terminal.none"
    return None


def scrub_environment(keep: frozenset[str] = frozenset()) -> None:
    """Take away what could steer Textual from outside (TEXTUAL_PRESS, TEXTUAL_DRIVER ...) but for what is to be kept,
    and turn animation off."""
    for name in [name for name in os.environ if name.startswith("TEXTUAL") and name not in keep]:
        del os.environ[name]
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
    if os.environ.get("TERM") == "linux":
        os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"


def end_on_signals(end: Callable[[int], None]) -> None:
    """Call `end(128 + signal number)` on SIGTERM and SIGHUP, from the running event loop."""
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        try:
            loop.add_signal_handler(number, end, 128 + number)
        except (NotImplementedError, RuntimeError, ValueError):
            log.warning("no handler for signal %d here", number)


def go_on_after_a_stop(repaint: Callable[[], object]) -> None:
    """A program that was stopped (`kill -STOP`) and goes on draws its picture anew, and SIGTSTP does not stop it.

    Textual would start its driver a second time at SIGCONT: two writers, and a terminal that is never given back.
    """
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    asyncio.get_running_loop().add_signal_handler(signal.SIGCONT, repaint)


@contextmanager
def keys_are_no_signals() -> Iterator[None]:
    """Ctrl-C, Ctrl-\\ and Ctrl-Z do nothing, also while the program starts and ends: before it has the terminal they
    would be signals, which end or stop it, and whoever started it may be a shell."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _OF_KEYS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals() -> None:
    """Undo `end_on_signals`."""
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.remove_signal_handler(number)


def hung_up() -> bool:
    """Whether nobody is at the other end of the terminal any more."""
    asked = select.poll()
    try:
        asked.register(sys.__stdin__.fileno() if sys.__stdin__ else 0, select.POLLIN)
        return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in asked.poll(0))
    except (OSError, ValueError):
        return True


def leave_clean() -> None:
    """Wipe what the program drew: the Linux console has no alternate screen, and the last page holds personal data."""
    if sys.stderr.isatty() and not hung_up():
        sys.stderr.write("\x1b[0m\x1b[2J\x1b[H\x1b[?25h")
        sys.stderr.flush()
