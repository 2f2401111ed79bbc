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

    def rest(self, seconds: float) -> None:
        """Read for so long, whatever comes."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def key(self, data: bytes) -> float:
        """Seconds from sending `data` until the first byte is painted. Raises TimeoutError."""
        self.drain()
        sent = time.perf_counter()
        os.write(self.master, data)
        if not self.read(5.0):
            raise TimeoutError("no paint after a key")
        return time.perf_counter() - sent

    def painted(self, data: bytes, text: bytes, seconds: float = 10.0) -> float:
        """Seconds from sending `data` until `text` is painted. Raises TimeoutError."""
        self.drain()
        self.output = b""
        sent, end = time.perf_counter(), time.perf_counter() + seconds
        os.write(self.master, data)
        while text not in self.output:
            if not self.read(end - time.perf_counter()):
                raise TimeoutError(f"{text!r} not painted; last: {self.output[-300:]!r}")
        return time.perf_counter() - sent

    def settled(self, data: bytes, quiet: float = 0.25) -> float:
        """Seconds from sending `data` until the last byte that is painted before `quiet` seconds of nothing."""
        self.drain()
        sent = last = time.perf_counter()
        os.write(self.master, data)
        while self.read(quiet):
            last = time.perf_counter()
        return last - sent

    def cpu_seconds(self) -> float:
        """Processor time that the program used so far, all threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(path.read_text().split()[0]) for path in tasks) / 1e9

    def memory(self) -> tuple[float, float]:
        """Proportional and resident set size in MB; twice the resident one where only root may look closer."""
        place = Path(f"/proc/{self.process.pid}")
        try:
            found = dict(line.split(":") for line in (place / "smaps_rollup").read_text().splitlines()[1:])
        except PermissionError:  # the terminal lets nobody of its account look into its memory (kiosk.core_dumps)
            status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
            found = {"Pss": status["VmRSS"], "Rss": status["VmRSS"]}
        return int(found["Pss"].split()[0]) / 1024, int(found["Rss"].split()[0]) / 1024

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
from textual.screen import Screen
from textual.widgets import Input, Static
class Field(Input):
    def on_mount(self):
        self.cursor_blink = False
class Other(Screen):
    BINDINGS = [("escape", "app.pop_screen", "")]
    def compose(self):
        yield Static("another screen")
        yield Field()
class Bare(App):
    BINDINGS = [("f8", "other", "")]
    def compose(self):
        yield Static("bare ready")
        yield Field()
    def action_other(self):
        self.push_screen(Other())
Bare().run(mouse=False)
"""


def bare_app(folder: Path) -> list[str]:
    """The command of the smallest Textual app: a field, and a second screen on F8."""
    path = folder / "bare.py"
    path.write_text(BARE)
    return [sys.executable, str(path)]


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
