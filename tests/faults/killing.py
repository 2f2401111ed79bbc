"""Children that die at a named place: forked, so that a death costs milliseconds, and killed (kill -9) by themselves.

The places are laid around the product's own functions from here; the product knows nothing of them.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, TextIO

from db.connection import Store

FAILED = 97


class Place(StrEnum):
    """Where a child dies."""

    BEFORE_COMMIT = "before-commit"
    AFTER_COMMIT = "after-commit"
    AFTER_DEVICE_SEND = "after-device-send"
    AFTER_DEVICE_REPLY = "after-device-reply"
    AFTER_PRINT_SEND = "after-print-send"
    NOWHERE = "nowhere"


def die() -> NoReturn:
    """Be gone at once: no handler, no flush, no rollback."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


@dataclass(slots=True)
class Child:
    """What a forked child says before it dies: one line for each thing that was acknowledged to it."""

    pipe: int
    commits: int = 0
    acknowledged: list[str] = field(default_factory=list)

    def ack(self, what: str) -> None:
        """The caller was told that `what` is done."""
        os.write(self.pipe, (json.dumps({"ack": what, "commits": self.commits}) + "\n").encode())


@dataclass(frozen=True, slots=True)
class Death:
    """How a child ended: what had been acknowledged to it, and how many transactions it had committed."""

    killed: bool
    acknowledged: tuple[str, ...]
    commits: int


def run(work: Callable[[Child], object], *, place: Place = Place.NOWHERE, at: int = 0) -> Death:
    """Run `work` in a forked child that dies at the `at`-th transaction (from 1) at `place`."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be(Child(writing), work, place, at)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = [json.loads(line) for line in pipe if line.strip()]
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    errors = [line["error"] for line in said if "error" in line]
    assert code in (0, -signal.SIGKILL), f"the child failed: {code}\n" + "\n".join(errors)
    acks = tuple(line["ack"] for line in said if "ack" in line)
    commits = max((line["commits"] for line in said if "commits" in line), default=0)
    return Death(code != 0, acks, commits)


def _be(child: Child, work: Callable[[Child], object], place: Place, at: int) -> NoReturn:
    try:
        _lay(child, place, at)
        work(child)
        child.ack("end")
        os._exit(0)
    except BaseException:
        os.write(child.pipe, (json.dumps({"error": traceback.format_exc()}) + "\n").encode())
        sys.stderr.flush()
        os._exit(FAILED)


def _lay(child: Child, place: Place, at: int) -> None:
    """Count every transaction that writes, and die at the wanted one."""
    writing = Store.writing

    @contextmanager
    def counted(store: Store) -> Iterator[None]:
        with writing(store):
            yield
            if place is Place.BEFORE_COMMIT and child.commits + 1 == at:
                die()
        child.commits += 1
        if place is Place.AFTER_COMMIT and child.commits == at:
            die()

    Store.writing = counted  # type: ignore[method-assign]


def after(owner: Any, name: str, *, times: int = 1) -> None:
    """In a child: die right after the `times`-th call of `owner.name` did its work."""
    real, left = getattr(owner, name), [times]

    def deadly(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        left[0] -= 1
        if left[0] == 0:
            die()
        return answer

    setattr(owner, name, deadly)


def before(owner: Any, name: str) -> None:
    """In a child: die when `owner.name` is called."""
    setattr(owner, name, lambda *args, **kwargs: die())


@dataclass(slots=True)
class Running:
    """A forked child at work; whoever started it decides when it stops, stumbles or dies."""

    pid: int
    pipe: TextIO
    said: list[dict[str, Any]] = field(default_factory=list)

    def first_word(self) -> None:
        """Wait until it has said something: it is up and at work."""
        self.said.append(json.loads(self.pipe.readline()))

    def stumble(self, seconds: float) -> None:
        """Be stopped for a while, as by a machine that sleeps, and go on."""
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGCONT)

    def end(self, *, kill: bool) -> Death:
        """Kill it at once (kill -9), or wait until it is done. What it had been told was done by then."""
        if kill:
            os.kill(self.pid, signal.SIGKILL)
        with self.pipe as pipe:
            said = self.said + [json.loads(line) for line in pipe if line.strip()]
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        errors = [line["error"] for line in said if "error" in line]
        assert code in (0, -signal.SIGKILL), f"the child failed: {code}\n" + "\n".join(errors)
        return Death(code != 0, tuple(line["ack"] for line in said if "ack" in line), 0)


def start(work: Callable[[Child], object]) -> Running:
    """Run `work` in a forked child that goes on until `end`."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be(Child(writing), work, Place.NOWHERE, 0)
    os.close(writing)
    return Running(pid, os.fdopen(reading))
