"""Connections and units of work.

`Store.reading()` and `Store.writing()` are the only ways to the tables. A write is one IMMEDIATE transaction
(SQLite: behind a file lock, since SQLite's own busy handler starves waiters), and what fails comes out as one
of this module's exceptions, found by walking the exception's context: peewee hides "disk full" behind a failed
ROLLBACK.
"""

import contextlib
import errno
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

import peewee
from peewee import Database, SqliteDatabase
from playhouse.pool import MaxConnectionsExceeded

from db import constraints, postgres
from db.file_lock import Busy, FileLock
from db.shapes import Shaped
from db.tables import MODELS

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "recursive_triggers": 1,  # else REPLACE takes rows away past their DELETE triggers
    "temp_store": "memory",
    "cache_size": -16_000,
}
BUSY_SECONDS = 30
"""How long a unit of work waits for another one: one that takes longer was stopped, or its disk was."""
JOURNAL_BYTES = 65_536
"""What the write-ahead log and its index need to begin with."""


class File(Shaped, SqliteDatabase):
    """One SQLite file."""


class Trouble(StrEnum):
    """Why the database can't do it."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    BUSY = "busy"
    CORRUPT = "corrupt"
    OTHER_VERSION = "other_version"
    UNTRUSTED = "untrusted"
    """The server's certificate is not one that the address trusts."""
    NOT_ADMITTED = "not_admitted"
    """The server does not know this role, or not by this password."""
    FORBIDDEN = "forbidden"
    """The role of this address has no right to it."""


class StoreError(Exception):
    """The environment failed; nothing of the transaction was kept."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.trouble = trouble
        self.detail = detail


class ConstraintBroken(Exception):
    """A rule of the database refused the transaction; `name` is the constraint's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_SQLITE_TROUBLE = {
    "SQLITE_FULL": Trouble.DISK_FULL,
    "SQLITE_READONLY": Trouble.READ_ONLY,
    "SQLITE_BUSY": Trouble.BUSY,
    "SQLITE_LOCKED": Trouble.BUSY,
    "SQLITE_CORRUPT": Trouble.CORRUPT,
    "SQLITE_NOTADB": Trouble.CORRUPT,
}
_POSTGRES_TROUBLE = {
    "53100": Trouble.DISK_FULL,
    "25006": Trouble.READ_ONLY,
    "42501": Trouble.FORBIDDEN,
    "55P03": Trouble.BUSY,
    "40P01": Trouble.BUSY,
    "40001": Trouble.BUSY,
    "53300": Trouble.BUSY,
    "XX001": Trouble.CORRUPT,
    "XX002": Trouble.CORRUPT,
}
"""By SQLSTATE."""
_SQLITE_LACKS = re.compile(r"no such (table|column)|table \w+ has no column")
_POSTGRES_LACKS = frozenset({"42P01", "42703"})
"""A table or column is missing that this program knows: the database is another program's, or an older one's."""
_OS_TROUBLE = {
    errno.ENOSPC: Trouble.DISK_FULL,
    errno.EDQUOT: Trouble.DISK_FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
}


_BEFORE_COMMIT: WeakKeyDictionary[Any, list[Callable[[], object]]] = WeakKeyDictionary()
"""What each unit of work under way does last."""


def before_commit(database: Database, act: Callable[[], object]) -> None:
    """Do `act` as the last of the unit of work that is under way on `database`; at once, where there is none."""
    transaction = database.top_transaction()
    acts = None if transaction is None else _BEFORE_COMMIT.get(transaction)
    if acts is None:
        act()
    else:
        acts.append(act)


class _Undone(Exception):
    """Ends a rehearsal."""


class Store:
    """One database. Threads may share it; each unit of work has a connection of its own."""

    def __init__(self, url: str) -> None:
        """`url` is `sqlite:///absolute/path` or `postgresql://user@host/name`."""
        self.url = url
        self.database = _database(url)
        self.path = _path(url)
        """The file of a SQLite database."""
        self._lock = None if self.path is None else FileLock(self.path.with_name(self.path.name + ".lock"))
        self.suspended: StoreError | None = None
        """Why units of work are refused without asking: the server is silent, or another program migrated it."""
        self._was_there = False
        self._idle: sqlite3.Connection | None = None
        self._idle_lock = threading.Lock()
        self._depth = threading.local()
        self.database.bind(list(MODELS))

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """One transaction that is undone at the end, with all units of work in it. Raises as `writing` does."""
        with contextlib.suppress(_Undone), self.writing():
            self._depth.rehearsing = True
            try:
                yield
            finally:
                self._depth.rehearsing = False
            raise _Undone

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A connection to read from. Raises StoreError."""
        if getattr(self._depth, "rehearsing", False):
            with self._translated():
                yield
            return
        with self._translated(), self._connected():
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction. Raises StoreError or ConstraintBroken; then nothing was written."""
        if getattr(self._depth, "rehearsing", False):
            with self._translated(), self.database.atomic(), self._closing():
                yield
            return
        if getattr(self._depth, "writing", False):
            raise RuntimeError("a unit of work inside another")
        self._depth.writing = True
        try:
            with (
                self._translated(),
                self._file_lock(),
                self._connected(),
                self.database.atomic(),
                self._closing(),
            ):
                yield
        finally:
            self._depth.writing = False

    @contextmanager
    def writing_once(self) -> Iterator[None]:
        """A transaction of one statement: on PostgreSQL it begins and ends with it. Raises as `writing`."""
        if self.path is not None or getattr(self._depth, "writing", False):
            with self.writing():
                yield
            return
        with self._translated(), self._connected():
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A connection with the file lock of writers (SQLite), for work that makes its own transactions."""
        with self._translated(), self._file_lock(), self._connected():
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except MaxConnectionsExceeded as error:
            raise StoreError(Trouble.BUSY, "connections") from error
        except peewee.ImproperlyConfigured as error:
            raise StoreError(
                Trouble.UNREACHABLE, "psycopg is not installed: pip install 'itk-kiosk[postgres]'"
            ) from error
        except (peewee.DatabaseError, peewee.InterfaceError, sqlite3.Error) as error:
            meaning = _meaning(error)
            if meaning is error:
                raise
            if isinstance(meaning, StoreError) and meaning.trouble is Trouble.UNREACHABLE and self.path is not None:
                meaning = StoreError(_trouble_of_disk(self.path.parent), meaning.detail)
            raise meaning from error

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """What the unit of work left for its end is done there."""
        transaction = self.database.top_transaction()
        around = _BEFORE_COMMIT.get(transaction)
        acts: list[Callable[[], object]] = []
        _BEFORE_COMMIT[transaction] = acts
        try:
            yield
            for act in acts:
                act()
        finally:
            if around is None:
                del _BEFORE_COMMIT[transaction]
            else:
                _BEFORE_COMMIT[transaction] = around

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """A connection. A file that was there and is gone is not made anew: it would be an office without cases."""
        if (why := self.suspended) is not None:
            raise StoreError(why.trouble, why.detail)
        if self._was_there and self.path is not None and not self.path.exists():
            raise StoreError(Trouble.UNREACHABLE, "file is gone")
        if MODELS[0]._meta.database is not self.database:
            # another database was used in this process meanwhile: the tables are this one's again
            self.database.bind(list(MODELS))
        with self.database.connection_context():
            self._was_there = True
            self._stay_open()
            yield

    def _stay_open(self) -> None:
        """One idle connection: SQLite empties and syncs its log whenever the last connection closes, which would cost
        every unit of work more than its own commit."""
        if self.path is not None and self._idle is None:
            with self._idle_lock:
                if self._idle is None:
                    self._idle = sqlite3.connect(self.path, check_same_thread=False)
                    self._idle.execute("PRAGMA schema_version").fetchone()

    @contextmanager
    def _file_lock(self) -> Iterator[None]:
        if self._lock is None:
            yield
            return
        try:
            handle = self._lock.take(BUSY_SECONDS)
        except Busy:
            raise StoreError(Trouble.BUSY, "file lock") from None
        except OSError as error:
            trouble = _OS_TROUBLE.get(error.errno or 0, Trouble.UNREACHABLE)
            raise StoreError(trouble, errno.errorcode.get(error.errno or 0, "")) from error
        try:
            yield
        finally:
            os.close(handle)

    def cut(self) -> None:
        """Break the connections to a silent server, from any thread: whoever waits on one fails now."""
        if isinstance(self.database, postgres.Server):
            self.database.cut()

    def close(self) -> None:
        """Close this thread's connection and the idle ones."""
        with self._idle_lock:
            if self._idle is not None:
                self._idle.close()
                self._idle = None
        close_pool = getattr(self.database, "close_all", None)
        if close_pool is not None:
            close_pool()
        elif not self.database.is_closed():
            self.database.close()


def _database(url: str) -> Database:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)
        return File(path, pragmas=SQLITE_PRAGMAS, timeout=BUSY_SECONDS, lock_type="IMMEDIATE")
    if postgres.is_postgres(url):
        server: Database = postgres.Server(url)
        return server
    raise ValueError(f"not a database address: {parts.scheme}")


def _trouble_of_disk(folder: Path) -> Trouble:
    """SQLite says "I/O error" or "unable to open" where it can't make its journal: the disk itself knows why."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return Trouble.UNREACHABLE
    if disk.f_flag & os.ST_RDONLY:
        return Trouble.READ_ONLY
    return Trouble.DISK_FULL if disk.f_bavail * disk.f_frsize < JOURNAL_BYTES else Trouble.UNREACHABLE


def _path(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "sqlite" else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _meaning(error: BaseException) -> Exception:
    for link in _chain(error):
        if isinstance(link, sqlite3.IntegrityError) or "IntegrityError" in {c.__name__ for c in type(link).__mro__}:
            for source in _chain(link):
                if isinstance(source, sqlite3.Error) or hasattr(source, "diag"):
                    return ConstraintBroken(constraints.named_by(source))
            return ConstraintBroken(constraints.named_by(link))
        state = getattr(link, "sqlstate", None)
        if state == "23514":
            return ConstraintBroken(constraints.named_by(link))
        if state in _POSTGRES_TROUBLE:
            return StoreError(_POSTGRES_TROUBLE[state], state)
        name = getattr(link, "sqlite_errorname", "")
        for head, trouble in _SQLITE_TROUBLE.items():
            if name.startswith(head):
                return StoreError(trouble, name)
        if state in _POSTGRES_LACKS or (name == "SQLITE_ERROR" and _SQLITE_LACKS.match(str(link))):
            return StoreError(Trouble.OTHER_VERSION, str(link).splitlines()[0][:80])
    if isinstance(error, peewee.ProgrammingError | peewee.DataError | peewee.NotSupportedError):
        return error
    if why := next((why for link in _chain(error) if (why := postgres.why_not_connected(link))), ""):
        return StoreError(Trouble(why), type(error).__name__)
    return StoreError(Trouble.UNREACHABLE, _sqlite_name(error) or type(error).__name__)


def _sqlite_name(error: BaseException) -> str:
    return next((name for link in _chain(error) if (name := getattr(link, "sqlite_errorname", ""))), "")
