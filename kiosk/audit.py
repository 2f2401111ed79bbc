"""The audit chain: one event for each act and each read of protected data, in the act's own transaction.

An event's hash is SHA-256 over its canonical stored bytes, which hold the hash of the event before. Events
name ids, never people's names or numbers of passports.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from db.connection import before_commit
from db.tables import AuditEvent, AuditHead
from kiosk.records import to_json

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Signer:
    """Who acts where. `officer` and `person` are 0 for the system and for maintainers' commands."""

    officer: int
    person: int
    terminal: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event: its number, hash and time."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain is broken: the event's number and why (`gap`, `link`, `hash`, `head`, `unreadable`)."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the chain found. `missing`: witnesses (hex) that are the head of no event."""

    events: int
    head: str
    broken: Break | None
    missing: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        return self.broken is None


def start(at: datetime) -> None:
    """Lay the first link in an empty office. Within a writing unit of work."""
    AuditHead.insert(id=1, seq=0, hash=GENESIS, at=at).execute()


def head() -> Head:
    """The newest event."""
    row = AuditHead.get()
    return Head(row.seq, row.hash, row.at)


def append(at: datetime, signer: Signer, action: str, subject: str = "", data: dict[str, Any] | None = None) -> None:
    """Add one event, the last of what the unit of work writes: every terminal waits for the chain's end, and who takes
    it last waits in no ring. `subject` is `kind:id`; `data` holds ids, codes and counts only.
    """
    before_commit(AuditHead._meta.database, lambda: link(at, signer, action, subject, data))


def link(at: datetime, signer: Signer, action: str, subject: str = "", data: dict[str, Any] | None = None) -> Head:
    """Add one event now."""
    before, after = _around_link(at, signer, action, subject, data or {})
    database = AuditHead._meta.database
    if database.for_update:
        return _link_at_once(database, before, after, at)
    last = head()
    body = f'{before}{last.hash}","seq":{last.seq + 1}{after}'
    newest = Head(last.seq + 1, hashlib.sha256(body.encode()).hexdigest(), max(at, last.at))
    AuditEvent.insert(seq=newest.seq, body=body, hash=newest.hash).execute()
    AuditHead.update(seq=newest.seq, hash=newest.hash, at=newest.at).where(AuditHead.id == 1).execute()
    return newest


def _around_link(at: datetime, signer: Signer, action: str, subject: str, data: dict[str, Any]) -> tuple[str, str]:
    """An event's canonical JSON before and after the hash of the event before it and its own number."""
    before = {
        "action": action,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "data": data,
        "officer": signer.officer,
        "person": signer.person,
    }
    after = {"subject": subject, "terminal": signer.terminal}
    return f'{to_json(before)[:-1]},"prev":"', f",{to_json(after)[1:]}"


_AT_ONCE = """
WITH last AS MATERIALIZED (SELECT seq, hash, at FROM audit_head WHERE id = 1 FOR UPDATE),
made AS (SELECT seq + 1 AS seq, %s || hash::text || '","seq":' || (seq + 1) || %s AS body, at FROM last),
linked AS (
    SELECT seq, body, encode(sha256(convert_to(body, 'UTF8')), 'hex') AS hash, GREATEST(at, %s::timestamp) AS at
    FROM made
),
added AS (INSERT INTO audit_event (seq, body, hash) SELECT seq, body, hash FROM linked)
UPDATE audit_head SET seq = linked.seq, hash = linked.hash, at = linked.at FROM linked WHERE audit_head.id = 1
RETURNING audit_head.seq, audit_head.hash, audit_head.at
"""
"""Link, event and end in one statement: the end is held from here to the commit."""


def _link_at_once(database: Any, before: str, after: str, at: datetime) -> Head:
    row = database.execute_sql(_AT_ONCE, (before, after, AuditHead.at.db_value(at))).fetchone()
    return Head(row[0], row[1], AuditHead.at.python_value(row[2]))


def accept_clock(at: datetime, signer: Signer, data: dict[str, Any]) -> None:
    """Let acts go on from `at` although events are later: the clock had run ahead. Within a writing unit of work.

    The order of the chain is its sequence; nothing in it changes.
    """

    def accept() -> None:
        link(at, signer, "clock_accepted", "", data)
        AuditHead.update(at=at).where(AuditHead.id == 1).execute()

    before_commit(AuditHead._meta.database, accept)


def events() -> Iterator[tuple[int, str, str]]:
    """(seq, body, hash) in order."""
    query = AuditEvent.select(AuditEvent.seq, AuditEvent.body, AuditEvent.hash).order_by(AuditEvent.seq)
    yield from query.tuples().iterator()


def verify(witnesses: tuple[str, ...] = ()) -> Verification:
    """Walk the chain. `witnesses` are heads (or their first bytes, hex) seen outside, such as in receipts:
    each must still be the hash of some event. That of an office's very first moment is all zeros."""
    previous, expected, newest = GENESIS, 1, GENESIS
    missing = {w.lower() for w in witnesses if w and set(w) != {"0"}}
    lengths = {len(w) for w in missing}
    for seq, body, stored in events():
        if seq != expected:
            return Verification(expected - 1, newest, Break(expected, "gap"))
        if hashlib.sha256(body.encode()).hexdigest() != stored:
            return Verification(expected - 1, newest, Break(seq, "hash"))
        try:
            link = json.loads(body)["prev"]
        except (ValueError, KeyError, TypeError):
            return Verification(expected - 1, newest, Break(seq, "unreadable"))
        if link != previous:
            return Verification(expected - 1, newest, Break(seq, "link"))
        if missing:
            missing.difference_update([stored[:length] for length in lengths])
        previous = newest = stored
        expected += 1
    last = head()
    if last.hash != newest or last.seq != expected - 1:
        return Verification(expected - 1, newest, Break(expected, "head"))
    if missing:
        return Verification(expected - 1, newest, Break(expected, "witness"), tuple(sorted(missing)))
    return Verification(expected - 1, newest, None)
