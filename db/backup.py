"""One moment of a database into a file, while terminals work, and back.

SQLite by its online backup in one step (a reader's lock, writers go on). PostgreSQL by pg_dump and pg_restore of the
server's version or newer, on an exported snapshot, so that what is read beside the dump is of the same moment.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from db import postgres
from db.connection import Store, StoreError, Trouble
from db.tables import MODELS

T = TypeVar("T")
TOOL_SECONDS = 3600.0
WITHOUT_CAPITAL = ("--no-publications", "--no-subscriptions", "--exclude-schema=national")
"""The line to the national register is laid anew in a restored office (`kiosk national publish`)."""


class ToolFailed(Exception):
    """pg_dump or pg_restore is not there or failed; the message is its own first line, without the address."""


def name_of(store: Store) -> str:
    """The dump's file name for this kind of database."""
    return "office.dump" if store.path is None else "office.db"


def save(store: Store, into: Path, read: Callable[[], T]) -> T:
    """Write the database of one moment to the new file `into`; what `read` finds in that very moment.

    Raises StoreError, ToolFailed, OSError.
    """
    into.touch(mode=0o600, exist_ok=False)
    found = _save_file(store, into, read) if store.path is not None else _dump(store, into, read)
    handle = os.open(into, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return found


def _save_file(store: Store, into: Path, read: Callable[[], T]) -> T:
    assert store.path is not None, "SQLite's way"
    if not store.path.exists():
        raise StoreError(Trouble.UNREACHABLE, "file is gone")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{store.path.as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(into)) as target,
        ):
            source.backup(target)
            # one file that needs no log beside it, wherever it is carried
            target.execute("PRAGMA journal_mode = delete")
        for left in (into.with_name(into.name + "-wal"), into.with_name(into.name + "-shm")):
            left.unlink(missing_ok=True)
    except sqlite3.Error as error:
        raise StoreError(Trouble.UNREACHABLE, getattr(error, "sqlite_errorname", "")) from error
    copy = _Still(into)
    try:
        with copy.reading():
            return read()
    finally:
        copy.close()
        store.database.bind(list(MODELS))


class _Still(Store):
    """A database file that nobody writes to: read without making a log beside it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite://{path.absolute()}")
        self.database.init(f"{path.absolute().as_uri()}?immutable=1", uri=True, pragmas={})

    def _stay_open(self) -> None:
        return


def _dump(store: Store, into: Path, read: Callable[[], T]) -> T:
    with store.reading():
        ask: Callable[[str], Any] = store.database.execute_sql
        ask("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            ask("SET LOCAL idle_in_transaction_session_timeout = 0")
            ask("SET LOCAL statement_timeout = 0")
            (snapshot,) = ask("SELECT pg_export_snapshot()").fetchone()
            with _reachable(store.url) as conninfo:
                _run(
                    "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
                    *WITHOUT_CAPITAL,
                    f"--file={into}", f"--dbname={conninfo}",
                )  # fmt: skip
            return read()
        finally:
            ask("ROLLBACK")


def load(dump: Path, store: Store) -> None:
    """Bring a saved moment into an empty database. Raises ToolFailed, OSError."""
    if store.path is not None:
        store.path.touch(mode=0o600, exist_ok=True)
        shutil.copyfile(dump, store.path)
        return
    with _reachable(store.url) as conninfo:
        _run(
            "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
            f"--dbname={conninfo}", str(dump),
        )  # fmt: skip


@contextlib.contextmanager
def _reachable(url: str) -> Iterator[str]:
    """The server for a tool of its own: a password goes into a file only we read, never onto a command line."""
    from psycopg.conninfo import make_conninfo

    given: dict[str, Any] = {k: v for k, v in postgres.parameters(url).items() if k != "options"}
    password = given.pop("password", None)
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        if password is not None:
            file = Path(folder) / "pgpass"
            file.touch(mode=0o600)
            file.write_text("*:*:*:*:" + str(password).replace("\\", "\\\\").replace(":", "\\:") + "\n", "utf-8")
            given["passfile"] = str(file)
        yield make_conninfo(**given)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_SECONDS, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise ToolFailed(f"{command[0]}: postgresql-client") from None
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{command[0]}: {TOOL_SECONDS:.0f} s") from None
    if done.returncode != 0:
        line = next((line for line in done.stderr.splitlines() if "error:" in line), "")
        raise ToolFailed(line.split("error:", 1)[-1].strip()[:200] or f"{command[0]}: {done.returncode}")
