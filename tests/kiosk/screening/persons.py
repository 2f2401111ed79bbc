"""Entries in one line."""

from kiosk.screening.entries import ListedName, NameKind, WatchlistEntry


def person(entry_id: str, *names: str, **fields: object) -> WatchlistEntry:
    """An entry; the first name is the primary one."""
    kinds = [NameKind.PRIMARY] + [NameKind.ALIAS] * (len(names) - 1)
    listed = tuple(ListedName(name, kind) for name, kind in zip(names, kinds, strict=True))
    return WatchlistEntry(entry_id, listed, **fields)  # type: ignore[arg-type]
