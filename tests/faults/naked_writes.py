"""Writes of the program that leave no event in the audit chain: found by following every statement.

As a pytest plugin (`-p tests.faults.naked_writes`, KIOSK_NAKED_WRITES names a file) it follows a whole run of tests and
writes down each place of the program that wrote to a table without an event in the same transaction.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import peewee
import pytest

from db.connection import Store

PROJECT = Path(__file__).parents[2]
ROOMS = tuple(str(PROJECT / room) + "/" for room in ("kiosk", "screens"))
NOT_THE_CALLER = tuple(
    str(PROJECT / name) for name in ("db/", "kiosk/cases/transactions.py", "tests/faults/naked_writes.py")
)
_WRITES = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)

TECHNICAL = {
    "draft": "what is typed and not done; the act that it becomes has its event",
    "claim": "who works on a case now: a lease, renewed every minutes; the act has its event",
    "step_work": "the stretches of touch time, closed with the act or with the lease",
    "terminal": "when a terminal was last seen",
    "print_job": "how far a paper is, as the printer says; queued with the act, copies have an event",
    "case_name": "the words a case is found by, made from its row",
    "audit_head": "the chain itself",
    "audit_event": "the chain itself",
    "schema_migration": "the schema's own",
}
"""Tables whose writes need no event of their own, and why."""


@dataclass
class Transaction:
    """What one unit of work wrote."""

    site: str
    tables: set[str] = field(default_factory=set)

    @property
    def naked(self) -> frozenset[str]:
        """The tables of the office that it changed without an event."""
        return frozenset() if "audit_event" in self.tables else frozenset(self.tables - TECHNICAL.keys())


class Trace:
    """Follows all units of work of this process."""

    def __init__(self) -> None:
        self.naked: dict[str, set[str]] = {}
        """By the place of the program: the tables."""
        self.transactions = 0
        self.audited = 0
        self._now = threading.local()

    @contextmanager
    def following(self) -> Iterator[None]:
        writing, execute = Store.writing, peewee.Database.execute_sql
        trace = self

        @contextmanager
        def followed(store: Store) -> Iterator[None]:
            made = trace._now.one = Transaction(_site())
            try:
                with writing(store):
                    yield
            finally:
                trace._now.one = None
            trace._ended(made)

        def executed(database: Any, sql: str, *more: Any, **named: Any) -> Any:
            made = getattr(trace._now, "one", None)
            found = _WRITES.match(sql) if made is not None else None
            if found is not None:
                made.tables.add(found[1].removeprefix("itk_"))
            return execute(database, sql, *more, **named)

        Store.writing = followed  # type: ignore[method-assign]
        peewee.Database.execute_sql = executed
        try:
            yield
        finally:
            Store.writing = writing  # type: ignore[method-assign]
            peewee.Database.execute_sql = execute

    def _ended(self, made: Transaction) -> None:
        if made.site and made.tables:
            self.transactions += 1
            self.audited += "audit_event" in made.tables
            if made.naked:
                self.naked.setdefault(made.site, set()).update(made.naked)


def _site() -> str:
    """The place of the program that began the unit of work, as `kiosk/queue/desk.py:draw`; "" where a test did."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(str(PROJECT)) and "/.venv/" not in name and not name.startswith(NOT_THE_CALLER):
            inside = name.startswith(ROOMS)
            return f"{Path(name).relative_to(PROJECT)}:{frame.f_code.co_name}" if inside else ""
        frame = frame.f_back
    return ""


_TRACE = Trace()
_FOLLOWING: Any = None


def pytest_configure(config: pytest.Config) -> None:
    global _FOLLOWING
    if os.environ.get("KIOSK_NAKED_WRITES") and config.pluginmanager.has_plugin("tests.faults.naked_writes"):
        _FOLLOWING = _TRACE.following()
        _FOLLOWING.__enter__()


def pytest_unconfigure() -> None:
    if _FOLLOWING is not None:
        _FOLLOWING.__exit__(None, None, None)
        found = {site: sorted(tables) for site, tables in sorted(_TRACE.naked.items())}
        counts = {"transactions": _TRACE.transactions, "audited": _TRACE.audited}
        Path(os.environ["KIOSK_NAKED_WRITES"]).write_text(json.dumps(counts | {"naked": found}, indent=1))
