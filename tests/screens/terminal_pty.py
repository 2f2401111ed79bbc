"""A program on a pty, seen by pyte: what a console would show, byte for byte."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

# sequences pyte does not know and a console ignores: kitty keyboard, mode queries
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*u|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*[cq]")
FOLDER = Path(__file__).parents[2]


class Console:
    """One child on a terminal of 80x24."""

    def __init__(self, *arguments: str, term: str = "linux", **environ: str) -> None:
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(child)
        self._child = child
        clean = {k: v for k, v in os.environ.items() if k not in {"COLORTERM", "NO_COLOR", "KIOSK_THEME"}}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=child,
            stdout=child,
            stderr=child,
            cwd=FOLDER,
            env={**clean, "TERM": term, "PYTHONPATH": str(FOLDER), **environ},
            start_new_session=True,
        )
        self._blank()

    def _blank(self) -> None:
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()

    def read(self, seconds: float = 0.1) -> None:
        """Take what comes within `seconds`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.take(left):
            pass

    def take(self, seconds: float) -> bool:
        """Wait up to `seconds` for something to come, and take that alone. False if nothing came."""
        if not select.select([self.parent], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.parent, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return bool(data)

    def shown(self) -> str:
        """The screen's characters."""
        return "\n".join(self.screen.display)

    def until(self, wanted: str | Callable[[], bool], seconds: float = 15) -> None:
        """Read until the screen shows `wanted`."""
        end = time.monotonic() + seconds
        found = wanted if callable(wanted) else lambda: wanted in self.shown()
        while not found():
            assert time.monotonic() < end, f"{self.ended()}never seen: {wanted}\n{self.shown()}"
            if not self.take(0.1):
                time.sleep(0.005)  # a child that ended leaves nothing to wait for

    def ended(self) -> str:
        """That the child ended, if it did, for whoever waits in vain."""
        return "" if self.process.poll() is None else f"the program ended with {self.process.returncode}; "

    def type(self, keys: str) -> None:
        """Send keys."""
        os.write(self.parent, keys.encode())

    def end(self, seconds: float = 10) -> int:
        """Wait for the child's end; its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "the program did not end"
            self.read(0.05)
        self.read(0.05)
        return self.process.returncode

    def hang_up(self, seconds: float = 10) -> int:
        """Pull the line out; the child's exit code. (It has no controlling terminal, so nothing is signalled.)"""
        os.close(self.parent)
        self.parent = os.dup(self._child)
        return self.process.wait(seconds)

    def restored(self) -> bool:
        """Whether the terminal's modes are as they were before the program."""
        return termios.tcgetattr(self._child)[:4] == self.before[:4]

    def close(self) -> None:
        """Let go, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for descriptor in (self.parent, self._child):
            os.close(descriptor)
