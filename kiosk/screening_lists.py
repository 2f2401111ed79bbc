"""The cekal lists of an office: the active one with its screener, and those before it.

A list is a dated extract (domain.md 3.2): version, date, count, hash and who imported it stand in WatchlistVersion, its
files beside the database (kiosk.screening_files). One version is active (kiosk.screening_import).
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from db.connection import Store
from db.tables import WatchlistVersion
from kiosk.cases.work import Kit
from kiosk.refusals import Code, Refusal, Refused, refused
from kiosk.screening.engine import Screener
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.part import part_of
from kiosk.screening.storage import forget_shared
from kiosk.screening.versions import Difference, changed_between, changed_places
from kiosk.screening_files import INDEX, ListFilesBroken, list_folder, open_index, read_record, read_records
from kiosk.settings import Settings
from kiosk.vault_keys import VaultKeys

KEPT_OPEN = 2
"""Indexes that stay mapped: the active one and the one before it."""


@dataclass(frozen=True, slots=True)
class ListShown:
    """Which list was asked, and how old it is. `listed_on` is the date the sender gave it."""

    version: str
    listed_on: date
    source: str
    entries: int
    hash: str
    age_days: int
    operator: str = ""
    """Who imported it, on the machine."""


@dataclass(frozen=True, slots=True)
class Current:
    """The active list, ready to be asked."""

    screener: Screener
    listed: ListShown

    @property
    def stale(self) -> Refusal | None:
        """The refusal of a list that is older than the office allows."""
        if not self.screener.is_stale:
            return None
        limit = self.screener.longest_age_days
        return Refusal(Code.WATCHLIST_STALE, None, {"age": self.listed.age_days, "limit": limit})


def current(kit: Kit, today: date) -> Current | Refused:
    """The active list. Refused where there is none, or its files can't be used here. Within a unit of work."""
    row = active_list()
    if row is None:
        return refused(Code.WATCHLIST_MISSING)
    folder = lists_folder(kit.settings)
    if not (folder / row.hash.strip()).exists():
        return refused(Code.WATCHLIST_MISSING)
    try:
        index = _OPEN.index(kit.settings, row.hash)
    except ListFilesBroken:
        return refused(Code.WATCHLIST_UNREADABLE)
    policy = kit.settings.policy
    screener = Screener(
        index,
        today=today,
        longest_age_days=policy.watchlist_max_age_days,
        false_hits=policy.watchlist_false_hits,
    )
    return Current(screener, _shown(row, today))


def active_hash() -> str | None:
    """Hash of the active list, None where there is none. Within a unit of work."""
    row = active_list()
    return None if row is None else row.hash.strip()


def active_list() -> WatchlistVersion | None:
    """The row of the active list. Within a unit of work."""
    row: WatchlistVersion | None = WatchlistVersion.get_or_none(WatchlistVersion.active == True)  # noqa: E712 - SQL
    return row


def record(kit: Kit, listed: ListShown, entry_id: str) -> WatchlistEntry | None:
    """The sealed record of an entry. Raises ListFilesBroken."""
    try:
        return read_record(lists_folder(kit.settings), listed.hash, entry_id, _masters(kit.settings))
    except LookupError:
        return None


def versions(store: Store, today: date) -> tuple[tuple[ListShown, bool], ...]:
    """Every imported list, the newest first, and whether it is the active one. Raises StoreError."""
    with store.reading():
        query = WatchlistVersion.select().order_by(WatchlistVersion.imported_at.desc())
        return tuple((_shown(row, today), bool(row.active)) for row in query)


def changes(settings: Settings, before: str, after: str) -> Difference:
    """What differs between the lists with these hashes. Raises ListFilesBroken."""
    return changed_between(open_list(settings, before), open_list(settings, after))


def changed_part(settings: Settings, before: str, after: str) -> ListIndex | None:
    """The entries of one list that another before it has not or has otherwise, as a list; None where there are none.

    Raises ListFilesBroken.
    """
    whole = open_list(settings, after)
    places = changed_places(open_list(settings, before), whole)
    return part_of(whole, places) if places else None


def open_list(settings: Settings, digest: str) -> ListIndex:
    """The index of the list with this hash, active or not. Raises ListFilesBroken."""
    return _OPEN.index(settings, digest)


def entries_of(settings: Settings, digest: str, ids: Iterable[str]) -> tuple[WatchlistEntry, ...]:
    """The records of these entries of a list; an id that isn't there is left out. Raises ListFilesBroken."""
    return read_records(lists_folder(settings), digest, ids, _masters(settings))


def lists_folder(settings: Settings) -> Path:
    return settings.path("watchlist")


def _shown(row: WatchlistVersion, today: date) -> ListShown:
    return ListShown(
        version=row.version,
        listed_on=row.list_date,
        source=row.source,
        entries=row.entries,
        hash=row.hash.strip(),
        age_days=max(0, (today - row.list_date).days),
        operator=row.operator,
    )


def master_key(settings: Settings) -> bytes:
    """The key that the key of a new list is derived from. Raises KeyFileError."""
    return _masters(settings)[0]


def _masters(settings: Settings) -> tuple[bytes, ...]:
    """The vault's keys held here, `vault.key` first: during a rotation another terminal may be further. Raises
    KeyFileError."""
    ring = VaultKeys.load(settings.path("keys"))
    return (ring.held[ring.main], *(key for name, key in ring.held.items() if name != ring.main))


class _OpenIndexes:
    """The indexes this process has mapped, by the list's hash."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[Path, str], ListIndex] = {}

    def index(self, settings: Settings, digest: str) -> ListIndex:
        folder, digest = lists_folder(settings), digest.strip()
        with self._lock:
            found = self._open.pop((folder, digest), None) or open_index(folder, digest, _masters(settings))
            self._open[folder, digest] = found
            while len(self._open) > KEPT_OPEN:
                base, oldest = next(iter(self._open))
                del self._open[base, oldest]
                forget_shared(list_folder(base, oldest) / INDEX)
        return found


_OPEN = _OpenIndexes()
