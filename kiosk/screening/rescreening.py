"""Open cases against what a new list version added or changed.

The changed entries are a list by themselves, with the rarities of the whole one; almost every case is done with that.
The few that come near the threshold are screened against the whole list: their answer is the ordinary one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kiosk.screening.building import build_index
from kiosk.screening.engine import Cleared, Query, Screener, ScreeningResult
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.part import part_of
from kiosk.screening.similarity import QueryWord

NEAR = 4.0
"""Log-odds under the threshold from which the whole list is asked: a few entries tell rarity badly."""


@dataclass(frozen=True, slots=True)
class Rescreened:
    """A case that changed entries may concern."""

    result: ScreeningResult
    """Its answer against the whole new list."""
    touched: tuple[str, ...]
    """The changed entries among its candidates."""


def rescreen(
    screener: Screener, queries: Sequence[Query], changed: Collection[int], *, cleared: Cleared = ()
) -> Iterator[Rescreened]:
    """The cases whose answer against the new list (`screener`) holds one of its entries at the places `changed`."""
    if screener.index is None or not changed:
        return
    part = part_of(screener.index, changed)
    ids = {part.entry_id(place) for place in range(part.entries)}
    for query, near in zip(queries, touched(screener, queries, part), strict=True):
        if near:
            result = screener.screen(query, cleared=cleared)
            found = tuple(candidate.entry_id for candidate in result.candidates if candidate.entry_id in ids)
            if found:
                yield Rescreened(result, found)


def touched(screener: Screener, queries: Iterable[Query], changed: ListIndex) -> Iterator[bool]:
    """For each query: does an entry of `changed`, a part of the list, come so near that the whole must be asked?"""
    delta = Screener(changed, today=screener.today, false_hits=screener.false_hits, given=screener.coefficients)
    floor = screener.threshold - NEAR
    words: dict[str, QueryWord] = {}
    for query in queries:
        yield delta.finds(query, floor, words)


def changed_index(whole: ListIndex, changed: Sequence[WatchlistEntry]) -> ListIndex:
    """An index of some entries of a list from their records, as engines before 3 looked at them.

    It weighs words as the whole list does, but estimates names by their weights in the part.
    """
    part = build_index(changed, version=whole.version.version, listed_on=whole.version.listed_on, source="")
    arrays = dict(part.arrays)
    forms = [bytes(form).decode(errors="ignore") for form in part.vocabulary.forms]
    places = [whole.vocabulary.find(form) for form in forms]
    known = np.array([place is not None for place in places])
    found = np.array([place for place in places if place is not None], dtype=np.int64)
    for name in ("sound_count", "sound_weight"):
        values = part.arrays[name].copy()
        values[known] = whole.arrays[name][found]
        arrays[name] = values
    arrays["stock"] = whole.arrays["stock"]
    return ListIndex(arrays, replace(part.version, entries=whole.version.entries), part.countries)
