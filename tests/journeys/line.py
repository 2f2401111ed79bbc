"""A terminal line to the counter, straight or over SSH: pexpect is the keyboard, pyte what a console would show."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pexpect

from tests.screens.terminal_pty import FOLDER, Console

NOT_OURS = ("COLORTERM", "NO_COLOR", "KIOSK_THEME", "KIOSK_CONFIG")


def program(config: Path, *options: str) -> list[str]:
    """The terminal of an office on this machine, as a command."""
    return [sys.executable, "-m", "kiosk", "run", *options, "--config", str(config)]


def dial(command: Sequence[str], *, term: str = "linux") -> "pexpect.spawn[str]":
    """Start `command` on a terminal of 80x24 that it controls."""
    environ = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    child = pexpect.spawn(
        command[0],
        list(command[1:]),
        dimensions=(24, 80),
        cwd=str(FOLDER),
        env={**environ, "TERM": term, "PYTHONPATH": str(FOLDER)},
        encoding="utf-8",
    )
    child.delaybeforesend = None
    return child


class Line(Console):
    """A console whose child pexpect started: it has a controlling terminal, as after a login."""

    def __init__(self, command: Sequence[str]) -> None:
        self.child = dial(command)
        self.parent = self.child.child_fd
        self._blank()

    def type(self, keys: str) -> None:
        self.child.send(keys)

    def ended(self) -> str:
        return "" if self.child.isalive() else f"the program ended with {self.child.exitstatus}; "

    def end(self, seconds: float = 10) -> int:
        """Wait for the child's end; its exit code."""
        self.until(lambda: not self.child.isalive(), seconds)
        code = self.child.exitstatus
        assert code is not None, f"ended by signal {self.child.signalstatus}"
        return code

    def close(self) -> None:
        self.child.close(force=True)
