"""Two versions of a list: what differs by content."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.screening.index import ListIndex


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


def changed_between(before: ListIndex, after: ListIndex) -> Difference:
    """What differs between two lists. A content hash covers the id too, so only entries whose hash is new are read."""
    old, new = _hashes(before), _hashes(after)
    gone = {before.entry_id(place): digest.hex() for digest, place in old.items() if digest not in new}
    fresh = {after.entry_id(place): digest.hex() for digest, place in new.items() if digest not in old}
    return difference(gone, fresh)


def changed_places(before: ListIndex, after: ListIndex) -> list[int]:
    """Where in `after` the entries stand that `before` has not or has otherwise."""
    old = _hashes(before)
    return [place for digest, place in _hashes(after).items() if digest not in old]


def _hashes(index: ListIndex) -> dict[bytes, int]:
    """Content hash -> the entry's place."""
    hashes = index.arrays["entry_hash"]
    content, width = hashes.tobytes(), hashes.shape[1]
    return {content[start : start + width]: place for place, start in enumerate(range(0, len(content), width))}
