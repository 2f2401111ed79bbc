"""A byte pipe to a device: a serial line, a USB serial line by name, or a TCP terminal server.

Opening is exclusive three times over: flock (pyserial), TIOCEXCL for openers that don't ask, and a UUCP lock file for
programs like minicom. Everything that pyserial raises for a line that went away (OSError, termios.error, TypeError)
becomes `PortLost`.
"""

import errno
import fcntl
import os
import select
import termios
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import serial

from hardware.faults import FaultCode, PortLost

WRITE_TIMEOUT_S = 2.0
"""A peer that takes no byte for this long is stalled: 2 s is 11 520 bytes at 57600 baud, more than any frame here."""

LOCK_DIRECTORIES = (Path("/run/lock"), Path("/var/lock"))
LINE_FAULTS = (OSError, termios.error, TypeError, AttributeError, ValueError)
"""What pyserial raises for one event: the line is gone. AttributeError and ValueError come from a descriptor closed
meanwhile."""


@dataclass(frozen=True, slots=True)
class PortSettings:
    """Where a device hangs and how its line is set. `url` is a device path, a by-id name or `socket://host:port`."""

    url: str
    baud: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: float = 1
    rtscts: bool = False
    xonxoff: bool = False
    quiet_modem_lines: bool = False
    """Keep DTR and RTS low, for devices that reset when a program opens their line."""
    write_timeout: float = WRITE_TIMEOUT_S

    def at_baud(self, baud: int) -> Self:
        """The same line at another speed."""
        return replace(self, baud=baud)


class Port(Protocol):
    """What a driver may do with a line. Only the owner thread calls it, but `interrupt` may come from anywhere."""

    def write(self, data: bytes) -> None:
        """Send all of it. Raises PortLost (WRITE_STALLED means: unknown how much arrived)."""

    def read(self, n: int, deadline: float) -> bytes:
        """Up to `n` bytes as soon as there is one; `b""` at the deadline (time.monotonic())."""

    def wait(self, deadline: float) -> bool:
        """Whether there is something to read, before the deadline or an `interrupt`. For idle lines."""

    def flush_input(self) -> None:
        """Forget what was received and not yet read."""

    def set_baud(self, baud: int) -> None:
        """Go on at another speed; a line without one ignores it."""

    def interrupt(self) -> None:
        """Make a `wait` return now."""

    def close(self) -> None:
        """Close and release the locks. Never raises; closing twice is fine."""


def open_port(settings: PortSettings) -> Port:
    """Open exclusively. Raises PortLost with PORT_ABSENT, PORT_DENIED, PORT_LOCKED or PORT_LOST."""
    lock = PortLock.take(settings.url)
    try:
        return SerialPort(_open_line(settings), lock)
    except LINE_FAULTS as error:
        lock.release()
        raise PortLost(_open_fault(error), f"{settings.url}: {_reason(error)}") from error
    except BaseException:
        lock.release()
        raise


def read_exactly(port: Port, n: int, deadline: float) -> bytes:
    """`n` bytes, or fewer when the deadline came first."""
    data = bytearray()
    while len(data) < n and time.monotonic() < deadline:
        data += port.read(n - len(data), deadline)
    return bytes(data)


class SerialPort:
    """A `Port` over pyserial. Waiting is done here, not by pyserial, whose timeout setter reprograms the line each
    time."""

    def __init__(self, line: serial.Serial, lock: "PortLock") -> None:
        self._line = line
        self._lock = lock
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False

    def write(self, data: bytes) -> None:
        try:
            self._line.write(data)
        except serial.SerialTimeoutException as error:
            raise PortLost(FaultCode.WRITE_STALLED, f"{len(data)} bytes") from error
        except LINE_FAULTS as error:
            raise PortLost(FaultCode.PORT_LOST, _reason(error)) from error

    def read(self, n: int, deadline: float) -> bytes:
        try:
            if not select.select([self._line.fileno()], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return b""
            return bytes(self._line.read(n))
        except LINE_FAULTS as error:
            raise PortLost(FaultCode.PORT_LOST, _reason(error)) from error

    def wait(self, deadline: float) -> bool:
        try:
            watched = [self._line.fileno(), self._wake_read]
            ready, _, _ = select.select(watched, [], [], max(0.0, deadline - time.monotonic()))
            if self._wake_read in ready:
                os.read(self._wake_read, 64)
            return watched[0] in ready
        except LINE_FAULTS as error:
            raise PortLost(FaultCode.PORT_LOST, _reason(error)) from error

    def flush_input(self) -> None:
        try:
            self._line.reset_input_buffer()
        except LINE_FAULTS as error:
            raise PortLost(FaultCode.PORT_LOST, _reason(error)) from error

    def set_baud(self, baud: int) -> None:
        try:
            self._line.baudrate = baud
        except LINE_FAULTS as error:
            raise PortLost(FaultCode.PORT_LOST, _reason(error)) from error

    def interrupt(self) -> None:
        with suppress(OSError):
            os.write(self._wake_write, b"!")

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        with suppress(*LINE_FAULTS):
            self._line.close()
        os.close(self._wake_read)
        write_end, self._wake_write = self._wake_write, -1
        os.close(write_end)
        self._lock.release()


def _open_line(settings: PortSettings) -> serial.Serial:
    line = serial.serial_for_url(
        settings.url,
        do_not_open=True,
        baudrate=settings.baud,
        bytesize=settings.bytesize,
        parity=settings.parity,
        stopbits=settings.stopbits,
        rtscts=settings.rtscts,
        xonxoff=settings.xonxoff,
        timeout=0,
        write_timeout=settings.write_timeout,
        exclusive=None if "://" in settings.url else True,
    )
    if settings.quiet_modem_lines:
        line.dtr = False
        line.rts = False
    line.open()
    if "://" not in settings.url and not os.path.realpath(settings.url).startswith("/dev/pts/"):
        with suppress(*LINE_FAULTS):
            fcntl.ioctl(line.fileno(), termios.TIOCEXCL)
    return line


def _open_fault(error: BaseException) -> FaultCode:
    number = getattr(error, "errno", None)
    if number in (errno.EAGAIN, errno.EBUSY):
        return FaultCode.PORT_LOCKED
    if number in (errno.EACCES, errno.EPERM):
        return FaultCode.PORT_DENIED
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR) or number is None:
        return FaultCode.PORT_ABSENT
    return FaultCode.PORT_LOST


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__} {getattr(error, 'errno', None) or ''}".strip()


class PortLock:
    """The UUCP lock file of a tty: `LCK..ttyUSB0`, holding the owner's process id in ten characters."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @classmethod
    def take(cls, url: str) -> "PortLock":
        """Take the lock for a device path; for URLs, ptys and machines without a lock directory there is none to take.

        Raises PortLost(PORT_LOCKED) when a living process holds it. A lock left by a dead one is removed.
        """
        real = os.path.realpath(url)
        if "://" in url or not real.startswith("/dev/") or real.startswith("/dev/pts/"):
            return cls(None)
        for directory in LOCK_DIRECTORIES:
            path = directory / f"LCK..{real.removeprefix('/dev/').replace('/', '_')}"
            if _holder(path):
                raise PortLost(FaultCode.PORT_LOCKED, f"{url}: {path.name}")
            try:
                path.unlink(missing_ok=True)
                with open(path, "x", encoding="ascii") as file:
                    file.write(f"{os.getpid():10d}\n")
            except FileExistsError as error:
                raise PortLost(FaultCode.PORT_LOCKED, f"{url}: {path.name}") from error
            except OSError:
                continue
            return cls(path)
        return cls(None)

    def release(self) -> None:
        """Give it back."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def _holder(path: Path) -> int:
    """The living process that holds a lock file, 0 for none."""
    try:
        process = int(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return 0
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return 0
    except OSError:
        return process
    return process
