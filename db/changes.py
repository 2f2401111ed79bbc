"""What other terminals change, and whether the database answers: one thread for each terminal.

PostgreSQL: triggers (constraints.TOLD) notify on `CHANNEL`, and an empty question each second shows that the server
lives. SQLite: `PRAGMA data_version` of a connection of its own, four times a second, without a lock or a read of any
table until something was written.
"""

import logging
import os
import select
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

from db.connection import Store, StoreError, Trouble

log = logging.getLogger(__name__)

CHANNEL = "kiosk_changes"
ANYTHING: frozenset[str] = frozenset()
"""Told where it isn't known what changed: after a lost connection, and always on SQLite."""
LOOK_SECONDS = 0.25
TOGETHER_SECONDS = 0.7
"""A change is told at once, the next ones together after this time: a busy office is no storm of reading."""
ASK_SECONDS = 0.8
SILENT_SECONDS = 1.5
CUT_SECONDS = 3.5
AGAIN_SECONDS = 0.3

Changed = Callable[[frozenset[str]], None]
Answers = Callable[[Trouble | None], None]


class Changes:
    """Tells `changed` the topics (`case:ID`, `print:TERMINAL`, `schema`) and `answers` what troubles the database.

    Both are called from this thread. While the server is silent for long, the store's connections are cut and its
    units of work are refused at once, so that nobody waits for a server that hangs.
    """

    def __init__(self, store: Store, changed: Changed, answers: Answers) -> None:
        self._store = store
        self._changed = changed
        self._answers = answers
        self._trouble: Trouble | None = None
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._live, name="changes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; at once but for an attempt to connect."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        os.write(self._wake_write, b".")
        if self._thread.is_alive():
            self._thread.join(4.0)
        if not self._thread.is_alive():  # the ends are closed here: the thread may be quicker than the byte above
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _live(self) -> None:
        look = self._look_at_file if self._store.path is not None else self._listen
        while not self._stopping.is_set():
            try:
                look()
            except Exception as error:
                self._tell(_trouble(error))
                self._stopping.wait(AGAIN_SECONDS)

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not self._trouble:
            self._trouble = trouble
            self._answers(trouble)

    # SQLite

    def _look_at_file(self) -> None:
        path = self._store.path
        assert path is not None, "a file's own way"
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            seen: int | None = None
            shown: tuple[Any, ...] | None = None
            while not self._stopping.wait(LOOK_SECONDS if seen is not None else 0):
                if not path.exists():
                    raise StoreError(Trouble.UNREACHABLE, "file is gone")
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    was, shown = shown, _shown(connection)
                    if was != shown:
                        self._changed(ANYTHING)
                        self._stopping.wait(TOGETHER_SECONDS - LOOK_SECONDS)
                self._tell(None)
        finally:
            connection.close()

    # PostgreSQL

    def _listen(self) -> None:
        import psycopg

        from db import postgres

        with psycopg.connect(autocommit=True, **postgres.parameters(self._store.url)) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            if (why := self._store.suspended) is not None and why.trouble is Trouble.SILENT:
                self._store.suspended = None
            self._tell(None)
            self._changed(ANYTHING)
            self._follow(connection.pgconn)

    def _follow(self, line: Any) -> None:
        """Wait on one connection for notifications and for answers to our question. Raises when it is lost."""
        heard = asked = time.monotonic()
        waiting, told, topics = False, 0.0, set[str]()
        while not self._stopping.is_set():
            now = time.monotonic()
            if waiting and now - heard > CUT_SECONDS:
                self._store.suspended = StoreError(Trouble.SILENT)
                self._store.cut()
                raise StoreError(Trouble.SILENT)
            if waiting and now - heard > SILENT_SECONDS:
                self._tell(Trouble.SILENT)
            if not waiting and now - asked > ASK_SECONDS:
                line.send_query(b"")
                waiting, asked = True, now
            if topics and now - told >= TOGETHER_SECONDS:
                self._changed(frozenset(topics))
                topics.clear()
                told = now
            pause = 0.1 if topics or waiting else ASK_SECONDS
            ready, _, _ = select.select([line.socket, self._wake_read], [], [], pause)
            if line.socket not in ready:
                continue
            line.consume_input()
            while (notified := line.notifies()) is not None:
                topics.add(notified.extra.decode())
            if waiting and _answered(line):
                waiting, heard = False, time.monotonic()
                self._tell(None)


def _answered(line: Any) -> bool:
    while not line.is_busy():
        if line.get_result() is None:
            return True
    return False


def _shown(connection: sqlite3.Connection) -> tuple[Any, ...]:
    """What a work list shows, in a few numbers: a draft that was saved is no news to others."""
    tables = connection.execute("PRAGMA schema_version").fetchone()
    chain = connection.execute("SELECT seq FROM audit_head").fetchone()
    claims = connection.execute("SELECT MAX(id) FROM claim").fetchone()
    held = connection.execute("SELECT COUNT(*) FROM claim WHERE released_at IS NULL").fetchone()
    return tables, chain, claims, held


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, StoreError):
        return error.trouble
    if not isinstance(error, OSError | sqlite3.Error) and type(error).__module__.split(".")[0] != "psycopg":
        log.error("changes: defect", exc_info=error)
    return Trouble.UNREACHABLE
