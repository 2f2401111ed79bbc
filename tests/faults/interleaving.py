"""Two acts in two threads, interleaved at one place: the first waits before its n-th statement while the second runs.

What SQLite and PostgreSQL make the second wait for, they make it wait for here too; then the first goes on.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from db.connection import Store

BLOCKED_SECONDS = 0.12
"""Who has not ended by then waits for a lock of the other (or is slow, which is an interleaving too)."""
END_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Interleaved:
    """What both were told, how many statements the first made, and whether the second ended while the first waited."""

    first: Any
    second: Any
    statements: int
    inside: bool


class _Turn:
    """Counts the first thread's statements and holds it before one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0
        self.thread: int | None = None
        self.waits, self.goes_on = threading.Event(), threading.Event()

    def statement(self) -> None:
        if threading.get_ident() != self.thread:
            return
        self.count += 1
        if self.count == self.at:
            self.waits.set()
            assert self.goes_on.wait(END_SECONDS)


@contextmanager
def _counted(store: Store, turn: _Turn) -> Iterator[None]:
    database = store.database
    real = {name: getattr(database, name) for name in ("execute_sql", "commit")}

    def laid(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            turn.statement()
            return real[name](*args, **kwargs)

        return call

    for name in real:
        setattr(database, name, laid(name))
    try:
        yield
    finally:
        for name in real:
            delattr(database, name)


def interleave(store: Store, first: Callable[[], Any], second: Callable[[], Any], at: int) -> Interleaved:
    """Run both; `first` waits before its `at`-th statement (from 1) until `second` has ended or waits for it."""
    turn = _Turn(at)
    answers: dict[str, Any] = {}

    def run(name: str, act: Callable[[], Any]) -> None:
        if name == "first":
            turn.thread = threading.get_ident()
        try:
            answers[name] = act()
        except BaseException as error:
            answers[name] = error
        if name == "first":
            turn.waits.set()

    with _counted(store, turn):
        one = threading.Thread(target=run, args=("first", first))
        other = threading.Thread(target=run, args=("second", second))
        one.start()
        assert turn.waits.wait(END_SECONDS)
        other.start()
        other.join(BLOCKED_SECONDS)
        inside = not other.is_alive() and one.is_alive()
        turn.goes_on.set()
        until = time.monotonic() + END_SECONDS
        for thread in (one, other):
            thread.join(max(0.1, until - time.monotonic()))
            assert not thread.is_alive(), "they wait for each other"
    for answer in answers.values():
        if isinstance(answer, BaseException):
            raise answer
    return Interleaved(answers["first"], answers["second"], turn.count, inside)
