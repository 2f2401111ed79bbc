"""Printers that are no serial line: `/dev/usb/lp*` (read and written in raw bytes) and plain files (written only)."""

import os
import select
import stat
import time
from contextlib import suppress
from typing import Final

from hardware.faults import FaultCode, PortLost
from hardware.port import WRITE_TIMEOUT_S

FILE_PREFIX: Final = "file:"


def is_file_port(url: str) -> bool:
    """Whether `url` names a plain file (`file:PATH`) or a character device that is no tty (`/dev/usb/lp0`)."""
    if url.startswith(FILE_PREFIX):
        return True
    if "://" in url:
        return False
    try:
        mode = os.stat(url).st_mode
    except OSError:
        return url.startswith("/dev/usb/lp")
    if not stat.S_ISCHR(mode):
        return False
    return os.path.basename(os.path.realpath(url)).startswith("lp")


class FilePort:
    """A `Port` on a file descriptor. A plain file is appended to and never answers."""

    def __init__(self, url: str) -> None:
        path = url.removeprefix(FILE_PREFIX)
        plain = url.startswith(FILE_PREFIX)
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY if plain else os.O_RDWR | os.O_NONBLOCK
        try:
            self._file = os.open(path, flags | os.O_CLOEXEC | os.O_NOCTTY, 0o600)
        except OSError as error:
            raise PortLost(_open_fault(error), f"{path}: {error.strerror}") from error
        self._plain = plain
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def write(self, data: bytes) -> None:
        """Send all of it. Raises PortLost (WRITE_STALLED means: unknown how much arrived)."""
        left = memoryview(data)
        while left:
            if not select.select([], [self._file], [], WRITE_TIMEOUT_S)[1]:
                raise PortLost(FaultCode.WRITE_STALLED, f"{len(data)} bytes")
            try:
                left = left[os.write(self._file, left) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise PortLost(FaultCode.PORT_LOST, str(error.strerror)) from error

    def read(self, n: int, deadline: float) -> bytes:
        """Up to `n` bytes, or none at the deadline."""
        while not self._plain:
            left = deadline - time.monotonic()
            if not select.select([self._file], [], [], max(0.0, left))[0]:
                return b""
            try:
                data = os.read(self._file, n)
            except BlockingIOError:
                data = b""
            except OSError as error:
                raise PortLost(FaultCode.PORT_LOST, str(error.strerror)) from error
            if data or left <= 0:
                return data
            time.sleep(min(0.02, max(0.0, left)))
        time.sleep(max(0.0, deadline - time.monotonic()))
        return b""

    def wait(self, deadline: float) -> bool:
        """Wait for an interrupt until the deadline. usblp reports readable all the time, so its answers are read
        when asked for.
        """
        left = max(0.0, deadline - time.monotonic())
        if select.select([self._wake_read], [], [], left)[0]:
            with suppress(OSError):
                os.read(self._wake_read, 64)
        return False

    def flush_input(self) -> None:
        """Forget what was received."""
        while self.read(512, 0.0):
            pass

    def set_baud(self, baud: int) -> None:
        """A file has no speed."""

    def interrupt(self) -> None:
        """End a `wait` now."""
        with suppress(OSError):
            os.write(self._wake_write, b"!")

    def close(self) -> None:
        """Close; twice is fine."""
        if self._file < 0:
            return
        for end in (self._file, self._wake_read, self._wake_write):
            os.close(end)
        self._file = self._wake_write = -1


def _open_fault(error: OSError) -> FaultCode:
    if isinstance(error, PermissionError):
        return FaultCode.PORT_DENIED
    if isinstance(error, BlockingIOError) or error.errno == 16:  # EBUSY: usblp lets one program in
        return FaultCode.PORT_LOCKED
    return FaultCode.PORT_ABSENT
