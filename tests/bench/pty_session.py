"""A program on a pseudo-terminal of 80x24, timed from outside: what was painted, and when."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path


class Session:
    """One run of a command on a pty."""

    def __init__(self, command: list[str], *, columns: int = 80, rows: int = 24, term: str = "xterm-256color") -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": term, "TEXTUAL_ANIMATIONS": "none", "LANG": "C.UTF-8"}
        environment.pop("COLORTERM", None)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, close_fds=True
        )
        os.close(slave)
        self.output = b""

    def wait_for(self, text: bytes, seconds: float = 30.0) -> float:
        """Seconds from the start until `text` was painted. Raises TimeoutError."""
        end = time.perf_counter() + seconds
        while text not in self.output:
            if not self.read(end - time.perf_counter()):
                raise TimeoutError(f"{text!r} not painted; last: {self.output[-300:]!r}")
        return time.perf_counter() - self.started

    def read(self, seconds: float) -> bytes:
        """What is painted next, waiting at most `seconds`."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return b""
        self.output += chunk
        return chunk

    def drain(self, quiet: float = 0.05) -> None:
        """Read until nothing comes for `quiet` seconds."""
        while self.read(quiet):
            continue

    def key(self, data: bytes) -> float:
        """Seconds from sending `data` until the first byte is painted. Raises TimeoutError."""
        self.drain()
        sent = time.perf_counter()
        os.write(self.master, data)
        if not self.read(5.0):
            raise TimeoutError("no paint after a key")
        return time.perf_counter() - sent

    def end(self) -> None:
        """Stop the program."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


BARE = """
from textual.app import App
from textual.widgets import Input, Static
class Bare(App):
    def compose(self):
        yield Static("bare ready")
        yield Input()
Bare().run(mouse=False)
"""


def bare_app(folder: Path) -> list[str]:
    """The command of the smallest Textual app with a field."""
    path = folder / "bare.py"
    path.write_text(BARE)
    return [sys.executable, str(path)]


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
