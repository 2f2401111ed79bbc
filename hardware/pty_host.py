"""The ground every simulator stands on: a thread that owns the device's end of a pseudo terminal.

A simulator subclasses `PtyHost`, gets bytes in `received` and answers with `send`. Everything a bad line or a bad
cable can do happens here, below the simulated protocol: see `FAULTS`.
"""

import heapq
import logging
import os
import select
import tempfile
import termios
import threading
import time
import tty
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from hardware.control_socket import ControlSocket

log = logging.getLogger(__name__)

BITS_PER_BYTE = 10
"""8N1: a start bit, eight data bits, a stop bit."""
READ_SIZE = 4096
HANG_UP_S = 0.2
FAULTS = ("drop", "duplicate", "delay", "garble", "half", "silence", "junk", "dribble")
"""What `control({"fault": NAME, "count": N, "skip": M, ...})` does to N messages the device sends, after M whole ones:
drop (`at`: that one byte, default the middle one), duplicate (sent twice), delay (`seconds`), garble (`at`: that byte
inverted), half (only the first half), silence (nothing), junk (`bytes` as hex before it), dribble (`seconds` between
bytes). `"direction": "in"` does drop, garble, half and silence to what the host sends."""

SPEEDS = {
    termios.B9600: 9600,
    termios.B19200: 19200,
    termios.B38400: 38400,
    termios.B57600: 57600,
    termios.B115200: 115200,
}


class PtyHost(ABC):
    """One simulated device on one pty. `start` it, open `path` like any tty, `control` it, `stop` it.

    `baud` > 0 throttles to that line speed; with `strict_baud` > 0 a host that set the line to another speed sends
    and gets garbage, as on copper. `link` is a symlink kept pointing at the tty, also when it comes back under
    another name after a replug.
    """

    def __init__(self, *, baud: int = 0, strict_baud: int = 0, link: Path | None = None) -> None:
        self.baud = baud
        self.strict_baud = strict_baud
        self._folder = None if link else tempfile.TemporaryDirectory(prefix="kiosk-sim-")
        self._link = link or Path(self._folder.name if self._folder else ".") / "tty"
        self._lock = threading.RLock()
        self._outgoing: list[tuple[float, int, bytes]] = []
        self._order = count()
        self._line_free = 0.0
        self._faults: dict[str, deque[dict[str, Any]]] = {"in": deque(), "out": deque()}
        self._master = self._slave = -1
        self._wake_read = self._wake_write = -1
        self._stopping = False
        self._socket: ControlSocket | None = None
        self._thread = threading.Thread(target=self._live, name=f"simulator-{type(self).__name__}", daemon=True)

    # what a simulator says

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Bytes from the host arrived. Called with the lock held."""

    def command(self, command: dict[str, Any]) -> dict[str, Any]:
        """An instruction that is not about the line. Called with the lock held. Raises KeyError or ValueError if
        unknown."""
        raise ValueError(f"unknown command: {sorted(command)}")

    def plugged(self) -> None:  # noqa: B027 - a device may have nothing to forget
        """Power came on: forget what a power cut makes it forget. Called with the lock held."""

    def tick(self) -> None:  # noqa: B027 - most devices do nothing unasked
        """Called about every 20 ms with the lock held, for what the device does by itself."""

    # what a simulator uses

    def send(self, message: bytes, delay: float = 0.0) -> None:
        """Send one message to the host, `delay` seconds from now, through the faults that wait and at the line's
        speed."""
        with self._lock:
            at = time.monotonic() + delay
            for extra, part in self._spoil(message):
                self._queue(at + extra, part)
            self._wake()

    def client_baud(self) -> int:
        """The speed at which the host has set the line; 0 if it set one this table does not know."""
        with suppress(OSError, termios.error):
            return SPEEDS.get(termios.tcgetattr(self._slave)[5], 0)
        return 0

    # what others use

    @property
    def path(self) -> str:
        """What a driver opens."""
        return str(self._link)

    def start(self, control_socket: Path | None = None) -> None:
        """Plug the device in and begin; with `control_socket`, take JSON lines there."""
        with self._lock:
            self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            self._plug()
        if control_socket is not None:
            self._socket = ControlSocket(control_socket, self.control)
        self._thread.start()

    def stop(self) -> None:
        """Unplug for good. Calling it twice is fine."""
        if self._stopping:
            return
        self._stopping = True
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(2.0)
        if self._socket is not None:
            self._socket.close()
        with self._lock:
            self._unplug()
            for end in (self._wake_read, self._wake_write):
                if end >= 0:
                    os.close(end)
            self._wake_read = self._wake_write = -1
        if self._folder is not None:
            self._folder.cleanup()

    def control(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out one instruction: `{"fault": ...}`, `{"faults": "clear"}`, `{"plug": false}`, `{"plug": true}`,
        `{"send": "hex"}`, or one of the simulator's own. Answers `{"ok": true, ...}` or `{"ok": false, "error":
        ...}`."""
        with self._lock:
            try:
                answer = self._line_command(command)
                if answer is None:
                    answer = self.command(command)
            except (KeyError, ValueError, TypeError) as error:
                return {"ok": False, "error": str(error)}
        return {"ok": True, **answer}

    # the line

    def _line_command(self, command: dict[str, Any]) -> dict[str, Any] | None:
        match command:
            case {"fault": str(name)}:
                if name not in FAULTS:
                    raise ValueError(f"unknown fault {name}; known: {', '.join(FAULTS)}")
                waiting = self._faults[str(command.get("direction", "out"))]
                waiting.extend([{}] * int(command.get("skip", 0)) + [command] * int(command.get("count", 1)))
            case {"faults": "clear"}:
                for waiting in self._faults.values():
                    waiting.clear()
            case {"plug": False}:
                self._unplug()
            case {"plug": True}:
                self._unplug()
                self._plug()
            case {"send": str(text)}:
                self.send(bytes.fromhex(text))
            case {"control": "ping"}:
                return {"path": self.path, "baud": self.baud, "plugged": self._master >= 0}
            case _:
                return None
        return {}

    def _plug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        temporary = self._link.with_name(self._link.name + ".new")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(os.ttyname(self._slave))
        temporary.replace(self._link)
        self._line_free = 0.0
        self.plugged()
        self._wake()

    def _unplug(self) -> None:
        self._outgoing.clear()
        master, self._master = self._master, -1
        slave, self._slave = self._slave, -1
        node = Path(os.ttyname(slave)) if slave >= 0 else None
        for end in (slave, master):
            if end >= 0:
                os.close(end)
        if self._link.is_symlink():
            self._link.unlink()
        self._wake()
        if node is not None:
            _wait_gone(node)

    def _queue(self, at: float, message: bytes) -> None:
        if not self.baud:
            heapq.heappush(self._outgoing, (at, next(self._order), message))
            return
        byte_time = BITS_PER_BYTE / self.baud
        step = max(1, int(0.01 / byte_time))
        at = max(at, self._line_free)
        for start in range(0, len(message), step):
            part = message[start : start + step]
            at += len(part) * byte_time
            heapq.heappush(self._outgoing, (at, next(self._order), part))
        self._line_free = at

    def _spoil(self, message: bytes) -> list[tuple[float, bytes]]:
        """The message as the next waiting fault leaves it: parts, each with the seconds after now at which it goes."""
        fault = self._faults["out"].popleft() if self._faults["out"] else None
        if not fault:
            return [(0.0, message)]
        seconds = float(fault.get("seconds", 0.02))
        match fault["fault"]:
            case "duplicate":
                return [(0.0, message), (0.0, message)]
            case "delay":
                return [(float(fault.get("seconds", 1.0)), message)]
            case "junk":
                return [(0.0, bytes.fromhex(str(fault.get("bytes", "55"))) + message)]
            case "dribble":
                return [(i * seconds, message[i : i + 1]) for i in range(len(message))]
        return [(0.0, _damaged(message, fault))]

    def _wake(self) -> None:
        if self._wake_write >= 0:
            with suppress(OSError):
                os.write(self._wake_write, b"!")

    # the thread

    def _live(self) -> None:
        while not self._stopping:
            master = self._master
            watched = [self._wake_read] if master < 0 else [self._wake_read, master]
            try:
                ready, _, _ = select.select(watched, [], [], self._patience())
            except (OSError, ValueError):
                continue
            if self._wake_read in ready:
                with suppress(OSError):
                    os.read(self._wake_read, 4096)
            with self._lock:
                if master in ready and master == self._master:
                    self._take(master)
                self._deliver()
                try:
                    self.tick()
                except Exception:
                    log.exception("simulator failed")

    def _patience(self) -> float:
        with self._lock:
            if self._outgoing:
                return min(0.02, max(0.0, self._outgoing[0][0] - time.monotonic()))
        return 0.02

    def _take(self, master: int) -> None:
        try:
            data = os.read(master, READ_SIZE)
        except OSError:
            return
        if self.baud:
            self._line_free = max(time.monotonic(), self._line_free) + len(data) * BITS_PER_BYTE / self.baud
        if self.strict_baud and self.client_baud() != self.strict_baud:
            data = _as_noise(data)
        elif self._faults["in"]:
            data = _damaged(data, self._faults["in"].popleft())
        if data:
            try:
                self.received(data)
            except Exception:
                log.exception("simulator failed")

    def _deliver(self) -> None:
        """Write what is due. A host that does not read gets it later, as with flow control."""
        now = time.monotonic()
        while self._outgoing and self._outgoing[0][0] <= now and self._master >= 0:
            at, order, part = heapq.heappop(self._outgoing)
            if self.strict_baud and self.client_baud() != self.strict_baud:
                part = _as_noise(part)
            try:
                written = os.write(self._master, part)
            except BlockingIOError:
                written = 0
            except OSError:
                return
            if written < len(part):
                heapq.heappush(self._outgoing, (at, order, part[written:]))
                time.sleep(0.002)
                return


def _damaged(message: bytes, fault: dict[str, Any]) -> bytes:
    at = int(fault.get("at", len(message) // 2)) % max(1, len(message))
    match fault.get("fault"):
        case "silence":
            return b""
        case "half":
            return message[: len(message) // 2]
        case "drop":
            return message[:at] + message[at + 1 :]
        case "garble":
            return message[:at] + bytes([message[at] ^ 0xFF]) + message[at + 1 :]
    return message


def _as_noise(data: bytes) -> bytes:
    """What a receiver at another speed makes of bytes: different ones, and a different number of them."""
    return bytes((byte * 7 + 0x61) & 0xFF for byte in data[: (len(data) + 1) // 2])


def _wait_gone(node: Path) -> None:
    """A terminal is hung up when the last call that looks at it has returned: that of the host's own thread, too."""
    deadline = time.monotonic() + HANG_UP_S
    while node.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
