"""Finding the few entries worth scoring: names that share similar words, and people born on the same day.

Every word of the applicant adds its information to the names that hold a similar word; the sum is a fair estimate of
the score's name part. The entries with the best estimate, birth date included, are scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.screening.births import swapped
from kiosk.screening.index import ListIndex
from kiosk.screening.scoring import NATS, Coefficients
from kiosk.screening.similarity import QueryWord

LEAST_GAIN = 0.7
"""Nats: words that say less do not bring a name among the candidates."""

CONSIDERED = 3000
"""Names that are estimated with their birth dates."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Names to score, grouped by entry, entries in rising order."""

    names: NDArray[np.int64]
    found: int
    """Names that shared anything."""


def find_candidates(
    index: ListIndex, words: Sequence[QueryWord], born: int | None, keep: int, given: Coefficients
) -> Candidates:
    """The `keep` names most likely to score high for an applicant with these words, born then."""
    gathered = np.zeros(index.names, dtype=np.float32)
    for word in words:
        _gather(index, word, gathered)
    best = float(gathered.max()) if len(gathered) else 0.0
    if best <= 0.0:
        return Candidates(np.empty(0, dtype=np.int64), 0)
    names = np.flatnonzero(gathered > best * 0.3)
    found = len(names)
    if found > CONSIDERED:
        names = names[np.argpartition(-gathered[names], CONSIDERED)[:CONSIDERED]]
    if born is not None and born % 100:
        names = np.union1d(names, _born_like(index, born, gathered))
    weight = sum(word.weight for word in words)
    estimate = _estimate(index, names, gathered[names], weight, born, given)
    if len(names) > keep:
        kept = np.argpartition(-estimate, keep)[:keep]
        names = names[np.sort(kept)]
    return Candidates(np.sort(names), found)


def _gather(index: ListIndex, word: QueryWord, gathered: NDArray[np.float32]) -> None:
    gains = word.similarities * word.informations
    worth = np.flatnonzero(gains >= LEAST_GAIN)
    if not len(worth):
        return
    starts = index.sound_postings[word.sounds[worth]].astype(np.int64)
    ends = index.sound_postings[word.sounds[worth] + 1].astype(np.int64)
    slices = [index.postings[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    np.add.at(gathered, np.concatenate(slices), np.repeat(gains[worth], ends - starts))


def _born_like(index: ListIndex, born: int, gathered: NDArray[np.float32]) -> NDArray[np.int64]:
    """Names of the entries born on the day, or on the day with day and month exchanged, that share anything."""
    exchanged = swapped(born)
    entries = index.born_on((born,) if exchanged is None else (born, exchanged)).astype(np.int64)
    starts = index.entry_names[entries].astype(np.int64)
    counts = index.entry_names[entries + 1].astype(np.int64) - starts
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    names = np.repeat(starts, counts) + offsets
    sharing: NDArray[np.int64] = names[gathered[names] > 0.0]
    return sharing


def _estimate(
    index: ListIndex,
    names: NDArray[np.int64],
    gathered: NDArray[np.float32],
    weight: float,
    born: int | None,
    given: Coefficients,
) -> NDArray[np.float32]:
    values = given.values
    listed = index.name_weight[names]
    not_given = np.maximum(listed - gathered, 0.0)
    not_listed = np.maximum(weight - gathered, 0.0)
    whole = gathered / np.maximum(np.maximum(listed, weight), gathered)
    estimate = values["name_matched"] * gathered + values["name_whole"] * gathered * whole
    estimate += values["name_not_given"] * not_given + values["name_not_listed"] * not_listed
    estimate += values["name_contradiction"] * np.minimum(not_given, not_listed)
    estimate /= NATS
    if born is not None:
        estimate += _birth_estimate(index, names, born, given)
    result: NDArray[np.float32] = estimate.astype(np.float32)
    return result


def _birth_estimate(index: ListIndex, names: NDArray[np.int64], born: int, given: Coefficients) -> NDArray[np.float32]:
    values = given.values
    entries = index.name_entry[names]
    starts, ends = index.entry_births[entries], index.entry_births[entries + 1]
    counts = ends.astype(np.int64) - starts
    best = np.where(counts > 0, values["birth_further"], 0.0).astype(np.float32)
    near_digit = values["birth_one_digit"]
    ours = np.array([born // 10**place % 10 for place in range(8)])
    for place in range(int(counts.max(initial=0))):
        has = np.flatnonzero(counts > place)
        births = index.births[starts[has] + place].astype(np.int64)
        years = np.abs(births // 10000 - born // 10000)
        value = np.where(years <= 3, values["birth_within_three"], values["birth_further"])
        value = np.where(years <= 1, values["birth_within_one"], value)
        value = np.where(years == 0, values["birth_same_year"], value)
        partial = (years == 0) & ((births % 10000 == 0) | (born % 10000 == 0))
        value = np.where(partial, values["birth_year_agrees"], value)
        differing = sum((births // 10**place_ % 10 != ours[place_]).astype(np.int8) for place_ in range(8))
        value = np.where((differing <= 2) & (births % 100 > 0), np.maximum(value, near_digit * (differing == 1)), value)
        value = np.where(births == (swapped(born) or 0), values["birth_swapped"], value)
        value = np.where(births == born, values["birth_exact"] * 0.9, value)
        best[has] = np.where(counts[has] > 0, np.maximum(best[has], value), best[has])
    return best
