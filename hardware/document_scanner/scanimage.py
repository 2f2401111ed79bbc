"""`scanimage` of SANE as a child process: a backend that hangs or crashes takes nothing of ours with it."""

import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.acts import CancelToken
from hardware.faults import DeviceError, FaultCode

PROGRAM = "scanimage"
LOOK_S = 0.1
TERMINATE_S = 5.0
"""After SIGTERM scanimage tells the scanner to stop and moves its carriage home."""
SILENCE_S = 120.0
"""A scanner that warms its lamp says nothing for half a minute; one that says nothing for two has hung."""

STATUS = {
    2: FaultCode.CANCELLED,
    3: FaultCode.DEVICE_BUSY,
    4: FaultCode.UNSUPPORTED,
    5: FaultCode.PICTURE_INVALID,
    6: FaultCode.PAPER_JAM,
    7: FaultCode.NO_DOCUMENT,
    8: FaultCode.COVER_OPEN,
    9: FaultCode.DEVICE_FAILED,
    10: FaultCode.NO_MEMORY,
    11: FaultCode.PORT_DENIED,
}
"""Exit codes of scanimage are SANE's status codes (SANE API 2.0, table 1: 4 is a setting the device does not take, 5 an
end of data too soon); 1 is a device that can't be opened, or anything else."""

_PROGRESS = re.compile(rb"Progress: (\d+)(?:\.\d+)?%")
_PAGE = re.compile(rb"Scanning page (\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the child ended; `words` are its own, for the log."""

    code: int
    words: str


def is_installed() -> bool:
    """Whether SANE's frontend is on this machine."""
    return shutil.which(PROGRAM) is not None


def run(
    arguments: list[str],
    cancel: CancelToken,
    on_progress: Callable[[int, int], None] | None = None,
    timeout: float = SILENCE_S,
) -> Outcome:
    """Run scanimage; `on_progress(page, per cent)` as it says. Raises DeviceError: CANCELLED, NO_ANSWER,
    NOT_INSTALLED."""
    try:
        child = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ | {"LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        raise DeviceError(FaultCode.NOT_INSTALLED, PROGRAM) from error
    assert child.stderr is not None, "a pipe was asked for"
    with child.stderr as words:
        try:
            return _follow(child, words.fileno(), cancel, on_progress, timeout)
        finally:
            _end(child)


def output_of(arguments: list[str], timeout: float) -> str:
    """What scanimage prints, or nothing if it fails or takes too long: listing may hang on network backends."""
    try:
        done = subprocess.run(
            [PROGRAM, *arguments], capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder only we can read, in memory where the machine has one, gone afterwards whatever happens."""
    parent = os.environ.get("XDG_RUNTIME_DIR")
    usable = parent if parent and os.access(parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kiosk-scan-", dir=usable) as name:
        yield Path(name)


def _follow(
    child: "subprocess.Popen[bytes]",
    words: int,
    cancel: CancelToken,
    on_progress: Callable[[int, int], None] | None,
    timeout: float,
) -> Outcome:
    tail, page, told = b"", 1, (0, -1)
    heard_at = time.monotonic()
    while True:
        cancel.check()
        if select.select([words], [], [], LOOK_S)[0]:
            data = os.read(words, 4096)
            if not data:
                return Outcome(child.wait(TERMINATE_S), _last_words(tail))
            heard_at = time.monotonic()
            tail = (tail + data)[-4000:]
            page = max([page, *(int(number) for number in _PAGE.findall(tail))])
            marks = _PROGRESS.findall(tail, max(0, tail.rfind(b"Scanning page")))
            percent = int(marks[-1]) if marks else 0
            if on_progress is not None and (page, percent) != told:
                on_progress(page, percent)
                told = (page, percent)
        elif time.monotonic() - heard_at > timeout:
            raise DeviceError(FaultCode.NO_ANSWER, PROGRAM)


def _end(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(TERMINATE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _last_words(tail: bytes) -> str:
    lines = re.split(rb"[\r\n]+", tail)
    said = [line for line in lines if line.startswith(b"scanimage:")]
    return said[-1].decode("utf-8", "replace") if said else ""
