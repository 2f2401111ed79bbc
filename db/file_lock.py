"""A file lock that programs and threads wait for in turn, and not for ever: its holder may have been stopped.

`flock` has no time-out of its own. Where the lock isn't free a thread asks for it in the kernel's queue, which is fair;
asking again and again would starve whoever comes late. One such thread a process is enough: who gave up leaves it
there, and the next one takes it over.
"""

import fcntl
import os
import threading
import time
from pathlib import Path


class Busy(Exception):
    """The lock was not to be had in the time given."""


class FileLock:
    """The lock of one file. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._asked: _Asked | None = None

    def take(self, seconds: float) -> int:
        """Hold the lock until the descriptor that is returned is closed. Raises Busy, OSError."""
        until = time.monotonic() + seconds
        file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._wait(file, until)
        except BaseException:
            os.close(file)
            raise
        return file

    def _wait(self, file: int, until: float) -> int:
        if not self._turn.acquire(timeout=max(0.0, until - time.monotonic())):
            os.close(file)
            raise Busy
        try:
            if self._asked is not None and self._asked.is_wanted_again():
                os.close(file)
            else:
                self._asked = _Asked(file)
            taken = self._asked.within(max(0.0, until - time.monotonic()))
            if taken is None:
                raise Busy
            self._asked = None
            return taken
        finally:
            self._turn.release()


class _Asked:
    """A thread that stands in the kernel's queue, for whoever waits now. Nobody does: it lets go of what it gets."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._changing = threading.Lock()
        self._got = threading.Event()
        self._wanted = True
        self._error: OSError | None = None
        threading.Thread(target=self._stand, name="file lock", daemon=True).start()

    def _stand(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with self._changing:
            self._got.set()
            if not self._wanted:
                os.close(self._file)

    def is_wanted_again(self) -> bool:
        """Whether it still stands there; it is wanted from now on."""
        with self._changing:
            if self._got.is_set():
                return False
            self._wanted = True
            return True

    def within(self, seconds: float) -> int | None:
        """The descriptor that holds the lock; None where it did not come in time. Raises OSError."""
        self._got.wait(seconds)
        with self._changing:
            if not self._got.is_set():
                self._wanted = False
                return None
        if self._error is not None:
            os.close(self._file)
            raise self._error
        return self._file
