"""Sign-ins that a terminal's death left open: closed at its next start, with the time when their officer was last seen.

Whoever has an officer signed in holds a file of the office's folder locked, shared with other programs of the same
terminal. The lock goes with the process, however it ends; who gets it alone knows that nobody is signed in there.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from db.connection import Store
from db.tables import AuditEvent, Session
from kiosk import audit
from kiosk.audit import Signer
from kiosk.settings import Settings

LOOKED_BACK = 50_000
"""Events of the whole office that are read for when somebody was last seen; further back only the sign-in is told."""
PATIENCE_S = 2.0
"""How long a sign-in waits for a start that closes what was left open."""


class Held:
    """The lock of one terminal in one process. Where the folder can't be written there is none, and none is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def hold(self) -> None:
        """Somebody signs in here. Held until `close`, or the end of the process."""
        if self._file is not None or (file := _opened(self._path)) is None:
            return
        self._file, until = file, time.monotonic() + PATIENCE_S
        while not _locked(file, fcntl.LOCK_SH) and time.monotonic() < until:
            time.sleep(0.01)

    @classmethod
    def of(cls, settings: Settings) -> "Held":
        """That of the terminal of these settings."""
        return cls(settings.path(f"{settings.terminal}.signed-in"))

    @contextmanager
    def alone(self, *, make: bool = True) -> Iterator[bool]:
        """Whether nobody is signed in at this terminal; nobody is while it lasts. Without `make` no file is made."""
        if not make and not self._path.exists():
            yield True
            return
        if (file := _opened(self._path)) is None:
            yield False
            return
        try:
            yield _locked(file, fcntl.LOCK_EX)
        finally:
            os.close(file)

    def close(self) -> None:
        """Nobody is signed in here any more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _opened(path: Path) -> int | None:
    try:
        # not for writing: a disk can be made read-only while it is open
        return os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def count(terminal: str) -> int:
    """Sign-ins of this terminal that did not end. Within a unit of work."""
    return int(Session.select().where((Session.terminal == terminal) & Session.ended_at.is_null()).count())


def close_left(store: Store, held: Held, terminal: str, now: datetime) -> int:
    """End what is left open at this terminal, each at the moment when its officer was last seen there; how many.

    Nothing where a program of this terminal has somebody signed in. Raises StoreError.
    """
    with store.reading():
        if not count(terminal):
            return 0
    with held.alone() as nobody:
        if not nobody:
            return 0
        with store.writing():
            left = list(Session.select().where((Session.terminal == terminal) & Session.ended_at.is_null()))
            seen = _last_seen(terminal, left)
            for row in left:
                last = seen.get(row.id, row.started_at)
                Session.update(ended_at=last).where((Session.id == row.id) & Session.ended_at.is_null()).execute()
                data = {"officer": row.officer_id, "last_seen": last.isoformat(timespec="seconds")}
                audit.append(now, Signer(0, 0, terminal), "session_left", f"session:{row.id}", data)
    return len(left)


def _last_seen(terminal: str, left: list[Any]) -> dict[int, datetime]:
    """By session: the newest act or read of its officer there before they signed in there again."""
    oldest, officers = min(row.started_at for row in left), {row.officer_id for row in left}
    there = (Session.terminal == terminal) & Session.officer.in_(officers) & (Session.started_at >= oldest)
    sessions = list(Session.select().where(there).order_by(Session.started_at.desc(), Session.id.desc()))
    found: dict[int, datetime] = {}
    for event in _events(terminal):
        at = datetime.fromisoformat(event["at"])
        if at < oldest or len(found) == len(sessions):
            break
        mine = (row for row in sessions if row.officer_id == event["officer"] and row.started_at <= at)
        if (row := next(mine, None)) is not None:
            found.setdefault(row.id, at)
    return found


def _events(terminal: str) -> Iterator[dict[str, Any]]:
    """What was recorded of a terminal, newest first."""
    since = audit.head().seq - LOOKED_BACK
    of_terminal = AuditEvent.body.endswith(f'"terminal":{json.dumps(terminal, ensure_ascii=False)}}}')
    rows = AuditEvent.select(AuditEvent.body).where((AuditEvent.seq > since) & of_terminal)
    for row in rows.order_by(AuditEvent.seq.desc()).iterator():
        yield json.loads(row.body)
