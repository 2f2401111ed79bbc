"""The cekal lists of an office: importing an extract, switching to it, and the screener of the active one.

A list is a dated extract (domain.md 3.2): version, date, count, hash and who imported it stand in WatchlistVersion, its
files beside the database (kiosk.screening_files). One version is active; the switch is one row in one transaction.
"""

import threading
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from db.connection import Store
from db.tables import WatchlistVersion
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.engine import refuse, unit_of_work
from kiosk.cases.work import Kit
from kiosk.clock import office_day
from kiosk.formats import numeric_date
from kiosk.receipts import keys
from kiosk.refusals import Code, Refusal, Refused, refused
from kiosk.screening.engine import Screener
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.reading import ReadList, RowProblem, read_list
from kiosk.screening.versions import Difference, difference
from kiosk.screening_files import ListFilesBroken, hashes_by_id, open_index, read_record, write_list
from kiosk.settings import Settings
from kiosk.text import clean

SIZE_CHANGE = 0.2
"""A list that grows or shrinks by more than this share is held back until somebody says that it is right."""
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


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `problems` are the rows that were left out or kept with a remark."""

    version: str
    entries: int
    rows: int
    hash: str
    problems: tuple[RowProblem, ...]


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
    row = _active()
    if row is None:
        return refused(Code.WATCHLIST_MISSING)
    folder = lists_folder(kit.settings)
    if not (folder / row.hash.strip()).exists():
        return refused(Code.WATCHLIST_MISSING)
    try:
        index = _OPEN.index(kit.settings, row.hash)
    except ListFilesBroken:
        return refused(Code.WATCHLIST_UNREADABLE)
    screener = Screener(index, today=today, longest_age_days=kit.settings.policy.watchlist_max_age_days)
    return Current(screener, _shown(row, today))


def active_hash() -> str | None:
    """Hash of the active list, None where there is none. Within a unit of work."""
    row = _active()
    return None if row is None else row.hash.strip()


def _active() -> WatchlistVersion | None:
    row: WatchlistVersion | None = WatchlistVersion.get_or_none(WatchlistVersion.active == True)  # noqa: E712 - SQL
    return row


def record(kit: Kit, listed: ListShown, entry_id: str) -> WatchlistEntry | None:
    """The sealed record of an entry. Raises ListFilesBroken."""
    try:
        return read_record(lists_folder(kit.settings), listed.hash, entry_id, _master(kit.settings))
    except LookupError:
        return None


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
    accept_lost: bool = False,
    accept_size: bool = False,
) -> Imported | Refused:
    """Read a list (JSON lines, or CSV by its name), write its files and make it the active one.

    Nothing is switched unless all of it succeeded. The same list may be imported at another terminal. Raises OSError
    where the office's folder can't be written.
    """
    version, source = clean(version, limit=60), clean(source, limit=120)
    if not version:
        return refused(Code.FIELD_REQUIRED, "version")
    if listed_on > office_day(now):
        return refused(Code.DATE_TOO_LATE, "date", limit=numeric_date(office_day(now)))
    try:
        with path.open("rb") as lines:
            found = read_list(lines, name=path.name)
    except OSError as error:
        return refused(Code.LIST_FILE_UNREADABLE, "file", detail=error.strerror or type(error).__name__)
    if (broken := _unusable(found, accept_lost)) is not None:
        return broken
    folder = lists_folder(settings)
    with unit_of_work(store) as answer:
        _require_likely(version, listed_on, len(found.entries), accept_size)
    if answer.refused:
        return answer.refused
    listed = write_list(
        folder, found.entries, version=version, listed_on=listed_on, source=source, master=_master(settings)
    )
    with unit_of_work(store) as answer:
        _require_likely(version, listed_on, len(found.entries), accept_size, digest=listed.hash)
        WatchlistVersion.update(active=False).where(WatchlistVersion.active == True).execute()  # noqa: E712
        values = {"active": True, "imported_at": now, "operator": clean(operator, limit=120)}
        if not WatchlistVersion.update(**values).where(WatchlistVersion.version == version).execute():
            WatchlistVersion.create(
                version=version,
                list_date=listed_on,
                source=source,
                entries=listed.entries,
                hash=listed.hash,
                **values,
            )
        data = {"entries": listed.entries, "hash": listed.hash, "rows": found.rows, "lost": found.lost}
        audit.append(now, Signer(0, 0, settings.terminal), "watchlist_imported", f"watchlist:{version}", data)
    return answer.refused or Imported(version, listed.entries, found.rows, listed.hash, found.problems)


def versions(store: Store, today: date) -> tuple[tuple[ListShown, bool], ...]:
    """Every imported list, the newest first, and whether it is the active one. Raises StoreError."""
    with store.reading():
        query = WatchlistVersion.select().order_by(WatchlistVersion.imported_at.desc())
        return tuple((_shown(row, today), bool(row.active)) for row in query)


def changes(settings: Settings, before: str, after: str) -> Difference:
    """What differs between the lists with these hashes. Raises ListFilesBroken."""
    return difference(*(hashes_by_id(_OPEN.index(settings, digest)) for digest in (before, after)))


def lists_folder(settings: Settings) -> Path:
    return settings.path("watchlist")


def _unusable(found: ReadList, accept_lost: bool) -> Refused | None:
    if found.truncated:
        return refused(Code.LIST_TRUNCATED, "file")
    if not found.entries:
        return refused(Code.LIST_FILE_UNREADABLE, "file", detail="0")
    if found.lost and not accept_lost:
        return refused(Code.LIST_ROWS_LOST, "file", lost=found.lost, rows=found.rows)
    return None


def _require_likely(version: str, listed_on: date, entries: int, accept_size: bool, *, digest: str = "") -> None:
    """A mistake in the import is likelier than such a list. Within a unit of work."""
    same = WatchlistVersion.get_or_none(WatchlistVersion.version == version)
    if same is not None and digest and same.hash != digest:
        raise refuse(Code.LIST_VERSION_TAKEN, "version", version=version)
    active = _active()
    if active is None or active.version == version:
        return
    if listed_on < active.list_date:
        raise refuse(Code.LIST_OLDER, "date", date=numeric_date(listed_on), active=numeric_date(active.list_date))
    if not accept_size and abs(entries - active.entries) > SIZE_CHANGE * active.entries:
        raise refuse(Code.LIST_SIZE_SUSPICIOUS, "file", before=active.entries, after=entries)


def _shown(row: WatchlistVersion, today: date) -> ListShown:
    return ListShown(
        row.version, row.list_date, row.source, row.entries, row.hash.strip(), max(0, (today - row.list_date).days)
    )


def _master(settings: Settings) -> bytes:
    return keys.load_pepper(settings.path("keys") / "vault.key")


class _OpenIndexes:
    """The indexes this process has mapped, by the list's hash."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[Path, str], ListIndex] = {}

    def index(self, settings: Settings, digest: str) -> ListIndex:
        folder, digest = lists_folder(settings), digest.strip()
        with self._lock:
            found = self._open.pop((folder, digest), None) or open_index(folder, digest, _master(settings))
            self._open[folder, digest] = found
            while len(self._open) > KEPT_OPEN:
                del self._open[next(iter(self._open))]
        return found


_OPEN = _OpenIndexes()
