"""The audit chain: one event for each act and each read of protected data, in the act's own transaction.

An event's hash is SHA-256 over its canonical stored bytes, which hold the hash of the event before. Events
name ids, never people's names or numbers of passports.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

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


_ENDS: WeakKeyDictionary[Any, Head] = WeakKeyDictionary()
"""The end of the chain as a transaction that holds it left it."""


def head(*, lock: bool = True) -> Head:
    """The newest event; inside a writing unit of work the row is locked until it ends, and read once."""
    database = AuditHead._meta.database
    transaction = database.top_transaction() if lock else None
    if transaction is not None and (held := _ENDS.get(transaction)) is not None:
        return held
    query = AuditHead.select()
    if lock and database.for_update:
        query = query.for_update()
    row = query.get()
    return _held(transaction, Head(row.seq, row.hash, row.at))


def _held(transaction: Any, end: Head) -> Head:
    if transaction is not None:
        _ENDS[transaction] = end
    return end


def append(at: datetime, signer: Signer, action: str, subject: str = "", data: dict[str, Any] | None = None) -> Head:
    """Add one event. `subject` is `kind:id`; `data` holds ids, codes and counts only."""
    last = head()
    seq = last.seq + 1
    body = to_json(
        {
            "seq": seq,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "officer": signer.officer,
            "person": signer.person,
            "terminal": signer.terminal,
            "action": action,
            "subject": subject,
            "data": data or {},
            "prev": last.hash,
        }
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    AuditEvent.insert(seq=seq, body=body, hash=digest).execute()
    newest = max(at, last.at)
    AuditHead.update(seq=seq, hash=digest, at=newest).where(AuditHead.id == 1).execute()
    _held(AuditHead._meta.database.top_transaction(), Head(seq, digest, newest))
    return Head(seq, digest, at)


def accept_clock(at: datetime, signer: Signer, data: dict[str, Any]) -> Head:
    """Let acts go on from `at` although events are later: the clock had run ahead. Within a writing unit of work.

    The order of the chain is its sequence; nothing in it changes.
    """
    last = append(at, signer, "clock_accepted", "", data)
    AuditHead.update(at=at).where(AuditHead.id == 1).execute()
    _held(AuditHead._meta.database.top_transaction(), replace(last, at=at))
    return last


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
    last = head(lock=False)
    if last.hash != newest or last.seq != expected - 1:
        return Verification(expected - 1, newest, Break(expected, "head"))
    if missing:
        return Verification(expected - 1, newest, Break(expected, "witness"), tuple(sorted(missing)))
    return Verification(expected - 1, newest, None)
