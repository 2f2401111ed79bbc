"""Two versions of a list: what differs by content, and whether a new one can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.screening.index import ListVersion
from kiosk.screening.reading import ReadList


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids of entries, in order."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def to_screen(self) -> tuple[str, ...]:
        """What open cases must be screened against."""
        return tuple(sorted((*self.added, *self.changed)))


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """What differs between two lists given as id -> content hash."""
    return Difference(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(key for key, digest in after.items() if before.get(key, digest) != digest)),
        tuple(sorted(before.keys() - after.keys())),
    )


class Objection(StrEnum):
    """Why a list is not taken over. Words: `screening.refused.<value>`."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    BAD_SIGNATURE = "bad_signature"
    OLDER = "older"
    SAME_VERSION = "same_version"
    LOST_SHARE = "lost_share"


def objections(
    read: ReadList,
    *,
    version: str,
    listed_on: date,
    current: ListVersion | None,
    removed: int,
    largest_lost_share: float = 0.2,
    signed: bool = True,
) -> tuple[Objection, ...]:
    """What speaks against taking over a list that was read.

    `removed` entries of the current list are missing in it; with the broken rows they may be `largest_lost_share` of
    the current list at most (of the rows, where there is none).
    """
    found = []
    if not signed:
        found.append(Objection.BAD_SIGNATURE)
    if read.truncated:
        found.append(Objection.TRUNCATED)
    if not read.entries:
        found.append(Objection.EMPTY)
    if current and listed_on < current.listed_on:
        found.append(Objection.OLDER)
    if current and version == current.version:
        found.append(Objection.SAME_VERSION)
    whole = current.entries if current else read.rows
    if read.entries and read.lost + removed > largest_lost_share * whole:
        found.append(Objection.LOST_SHARE)
    return tuple(found)
