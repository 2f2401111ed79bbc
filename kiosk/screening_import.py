"""A list comes in: read, judged by the rules of kiosk.screening.acceptance, written, and made the active one at once.

A signed list has its detached Ed25519 signature (over the file's bytes; 64 bytes or their base64) beside it as
`FILE.sig`. Made with OpenSSL: `openssl pkeyutl -sign -inkey KEY.pem -rawin -in FILE -out FILE.sig`; whose signatures
count is `watchlist_keys` in kiosk.toml. Open cases are asked by kiosk.screening_again.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from db import turns
from db.connection import Store
from db.tables import WatchlistVersion
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.engine import refuse, unit_of_work
from kiosk.clock import office_day
from kiosk.formats import numeric_date
from kiosk.refusals import Code, Refused, refused
from kiosk.screening.acceptance import (
    Accepted,
    Objection,
    doubtful_rows,
    objections_to_file,
    objections_to_list,
    signature_objection,
)
from kiosk.screening.index import ListVersion
from kiosk.screening.reading import ReadList, RowProblem, read_list
from kiosk.screening.versions import Difference, difference
from kiosk.screening_files import ListFilesBroken, forget_opened, write_list
from kiosk.screening_lists import active_list, lists_folder, master_key, open_list
from kiosk.settings import Settings
from kiosk.text import clean

NOTHING = Accepted()
LARGEST_SIGNATURE = 1024
"""Bytes of a .sig file that are read."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `problems` are the rows that were left out or kept with a remark."""

    version: str
    entries: int
    rows: int
    hash: str
    signed: bool
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that was read. `signed`: a key named in kiosk.toml signed it."""

    read: ReadList
    signed: bool


@dataclass(frozen=True, slots=True)
class _Against:
    """The active list a new one is held against, and how many of its entries are missing in the new one."""

    listed: ListVersion | None
    removed: int


def import_list(
    store: Store,
    settings: Settings,
    path: Path,
    *,
    version: str,
    listed_on: date,
    source: str,
    operator: str,
    now: datetime,
    accepted: Accepted = NOTHING,
    report: Callable[[ReadList], None] | None = None,
) -> Imported | Refused:
    """Read a list (JSON lines, or CSV by its name), write its files and make it the active one.

    Nothing is switched unless all of it succeeded; `report` is told what was read, refused or not. The same list may
    be imported at another terminal. Raises OSError where the office's folder can't be written, StoreError.
    """
    version, source = clean(version, limit=60), clean(source, limit=120)
    if not version:
        return refused(Code.FIELD_REQUIRED, "version")
    if listed_on > office_day(now):
        return refused(Code.DATE_TOO_LATE, "date", limit=numeric_date(office_day(now)))
    arrived = read_file(settings, path)
    if isinstance(arrived, Refused):
        return arrived
    found = arrived.read
    if report is not None:
        report(found)
    if (broken := refusal_of_file(settings, found, accepted)) is not None:
        return broken
    against = _against(store, settings, found, version)
    if (unlikely := _refusal_of_list(settings, found, against, listed_on, accepted)) is not None:
        return unlikely
    listed = write_list(
        lists_folder(settings),
        found.entries,
        version=version,
        listed_on=listed_on,
        source=source,
        master=master_key(settings),
    )
    with unit_of_work(store) as answer:
        turns.take(turns.Hold(turns.Turn.WATCHLIST))
        _require_unchanged(against, version, listed.hash)
        _switch(listed, operator, now)
        data = {"entries": listed.entries, "hash": listed.hash, "rows": found.rows, "lost": found.lost}
        data |= {"signed": arrived.signed, "accepted_lost": accepted.lost, "accepted_size": accepted.size}
        audit.append(now, Signer(0, 0, settings.terminal), "watchlist_imported", f"watchlist:{version}", data)
    if answer.refused is None:
        forget_opened(lists_folder(settings), keep=(listed.hash,))
    done = Imported(version, listed.entries, found.rows, listed.hash, arrived.signed, found.problems)
    return answer.refused or done


def read_file(settings: Settings, path: Path) -> Arrived | Refused:
    """The list in a file whose signature, where the office asks for one, is right."""
    signature = path.with_name(path.name + ".sig")
    try:
        # read once: what was checked is what is read
        content = path.read_bytes()
        signed = signature.open("rb").read(LARGEST_SIGNATURE) if signature.exists() else None
    except OSError as error:
        return refused(Code.LIST_FILE_UNREADABLE, "file", detail=error.strerror or type(error).__name__)
    policy = settings.policy
    required = bool(policy.watchlist_keys) and policy.watchlist_signed
    wrong = signature_objection(content, signed, policy.watchlist_keys, required=required)
    if wrong is Objection.UNSIGNED:
        return refused(Code.LIST_UNSIGNED, "file", signature=signature.name)
    if wrong is Objection.BADLY_SIGNED:
        return refused(Code.LIST_BADLY_SIGNED, "file", signature=signature.name)
    return Arrived(read_list(io.BytesIO(content), name=path.name), signed is not None)


def refusal_of_file(settings: Settings, found: ReadList, accepted: Accepted) -> Refused | None:
    """Why the file is no list, whatever the active one is."""
    share = settings.policy.watchlist_largest_change
    objections = objections_to_file(found, largest_lost_share=share, accepted=accepted)
    if Objection.TRUNCATED in objections:
        return refused(Code.LIST_TRUNCATED, "file")
    if Objection.EMPTY in objections:
        return refused(Code.LIST_EMPTY, "file", rows=found.rows)
    if Objection.DOUBTFUL_ROWS in objections:
        count, line = doubtful_rows(found)
        return refused(Code.LIST_ROWS_DOUBTFUL, "file", count=count, line=line)
    if Objection.ROWS_LOST in objections:
        return refused(Code.LIST_ROWS_LOST, "file", lost=found.lost, rows=found.rows)
    return None


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file would change against the active list, and why it would be refused, if it would be."""

    active: str
    read: ReadList
    signed: bool
    difference: Difference
    refused: Refused | None


def preview(store: Store, settings: Settings, path: Path) -> Preview | Refused:
    """Look at a file before it is imported; its date is not judged. Raises ListFilesBroken, StoreError."""
    arrived = read_file(settings, path)
    if isinstance(arrived, Refused):
        return arrived
    found = arrived.read
    with store.reading():
        active = active_list()
    if active is None:
        changed = difference({}, {entry.id: entry.hash for entry in found.entries})
        return Preview("", found, arrived.signed, changed, refusal_of_file(settings, found, NOTHING))
    against = _against(store, settings, found, version="")
    unlikely = refusal_of_file(settings, found, NOTHING) or _refusal_of_list(
        settings, found, against, active.list_date, NOTHING
    )
    before = open_list(settings, active.hash)
    hashes = {before.entry_id(number): before.entry_hash(number) for number in range(before.entries)}
    changed = difference(hashes, {entry.id: entry.hash for entry in found.entries})
    return Preview(active.version, found, arrived.signed, changed, unlikely)


def _against(store: Store, settings: Settings, found: ReadList, version: str) -> _Against:
    with store.reading():
        active = active_list()
    if active is None:
        return _Against(None, 0)
    digest = active.hash.strip()
    listed = ListVersion(active.version, active.list_date, active.source, digest, active.entries)
    if active.version == version:
        return _Against(listed, 0)
    try:
        index = open_list(settings, digest)
    except ListFilesBroken:
        # its ids can't be read here: what is missing can only be counted
        return _Against(listed, max(0, active.entries - len(found.entries)))
    ids = {entry.id for entry in found.entries}
    return _Against(listed, sum(index.entry_id(number) not in ids for number in range(index.entries)))


def _refusal_of_list(
    settings: Settings, found: ReadList, against: _Against, listed_on: date, accepted: Accepted
) -> Refused | None:
    """Why the list can't take the place of the active one."""
    current = against.listed
    objections = objections_to_list(
        found,
        listed_on=listed_on,
        current=current,
        removed=against.removed,
        largest_lost_share=settings.policy.watchlist_largest_change,
        accepted=accepted,
    )
    if current is None or not objections:
        return None
    if Objection.OLDER in objections:
        return refused(Code.LIST_OLDER, "date", date=numeric_date(listed_on), active=numeric_date(current.listed_on))
    if Objection.ENTRIES_LOST in objections:
        return refused(Code.LIST_ENTRIES_LOST, "file", removed=against.removed, before=current.entries)
    return refused(Code.LIST_SIZE_SUSPICIOUS, "file", before=current.entries, after=len(found.entries))


def _require_unchanged(against: _Against, version: str, digest: str) -> None:
    """The active list is still the one held against, and the version's name is free or this list's own."""
    same = WatchlistVersion.get_or_none(WatchlistVersion.version == version)
    if same is not None and same.hash.strip() != digest:
        raise refuse(Code.LIST_VERSION_TAKEN, "version", version=version)
    active = active_list()
    if (active.hash.strip() if active else None) != (against.listed.hash if against.listed else None):
        raise refuse(Code.LIST_OVERTAKEN, "file")


def _switch(listed: ListVersion, operator: str, now: datetime) -> None:
    """Make a list the active one. Within a writing unit of work."""
    WatchlistVersion.update(active=False).where(WatchlistVersion.active == True).execute()  # noqa: E712 - SQL
    values = {"active": True, "imported_at": now, "operator": clean(operator, limit=120)}
    if not WatchlistVersion.update(**values).where(WatchlistVersion.version == listed.version).execute():
        WatchlistVersion.create(
            version=listed.version,
            list_date=listed.listed_on,
            source=listed.source,
            entries=listed.entries,
            hash=listed.hash,
            **values,
        )
