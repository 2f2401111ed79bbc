"""Finding the few entries worth scoring: names that share similar words, and people born on the same day.

Every word of the applicant adds its information to the names that hold a similar word; the sum is a fair estimate of
the score's name part. The entries with the best estimate, birth date included, are scored.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.screening.alignment import LEAST_JOINED, SHORTEST_SAME
from kiosk.screening.births import swapped
from kiosk.screening.index import ListIndex
from kiosk.screening.scoring import NATS, Coefficients, country_feature, prior
from kiosk.screening.similarity import QueryWord
from kiosk.screening.sound import sound_form

LEAST_GAIN = 0.7
"""Nats: words that say less do not bring a name among the candidates."""

COUNTRY_AT_MOST = 0.6
"""Tens of nats that an agreeing country says, but for the rarest."""

SHORTEST_PART = 3
MOST_PARTINGS = 6
"""Ways to part a word that bring candidates: among a million entries many words have several."""

MOST_PARTINGS_BEFORE = 2
"""The same for engines before 3."""

MARGIN = 3.5
"""Log-odds by which an estimate may fall short of the score, with a country worth COUNTRY_IN_MARGIN."""

COUNTRY_IN_MARGIN = 2.51

CONSIDERED = 5000
"""Names that are estimated with their birth dates."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Names to score, grouped by entry, entries in rising order."""

    names: NDArray[np.int64]
    found: int
    """Names that shared anything."""


def find_candidates(
    index: ListIndex,
    names_given: Sequence[Sequence[QueryWord]],
    born: int | None,
    given: Coefficients,
    *,
    least: float,
    keep: int,
    nationalities: tuple[str, ...] | None = None,
) -> Candidates:
    """The names, `keep` at most, that may score `least` for an applicant with these names, born then.

    With `nationalities` the countries are estimated too; without they are left as room (as engines before 3 did).
    """
    gathered = np.zeros(index.names, dtype=np.float32)
    words = {word.word.text: word for name in names_given for word in name}
    for word in words.values():
        _gather(index, word, gathered)
    for name in names_given:
        _gather_joined(index, name, gathered, parts_words=given.parts_words)
    best = float(gathered.max()) if len(gathered) else 0.0
    if best <= 0.0:
        return Candidates(np.empty(0, dtype=np.int64), 0)
    names = np.flatnonzero(gathered > _least_gathered(index, given, least, dated=born is not None))
    found = len(names)
    if found > CONSIDERED:
        names = names[np.argpartition(-gathered[names], CONSIDERED)[:CONSIDERED]]
    if born is not None and born % 100:
        names = np.union1d(names, _born_like(index, born, gathered))
    weight = max(sum(word.weight for word in name) for name in names_given)
    if nationalities is None:
        country: NDArray[np.float32] | float = 0.0
        margin = MARGIN + COUNTRY_AT_MOST * max(0.0, given.values["country_agrees"] - COUNTRY_IN_MARGIN)
    else:
        country = _country_estimate(index, names, nationalities, given)
        margin = MARGIN - COUNTRY_AT_MOST * COUNTRY_IN_MARGIN
    estimate = _estimate(index, names, gathered[names], weight, born, given, country)
    likely = np.flatnonzero(estimate >= least - margin)
    if len(likely) > keep:
        likely = likely[np.argpartition(-estimate[likely], keep)[:keep]]
    return Candidates(np.sort(names[likely]), found)


def _least_gathered(index: ListIndex, given: Coefficients, least: float, *, dated: bool) -> float:
    """Nats without which a name can't score `least`, whatever else agrees but the whole birth date.

    The entries born on the day are looked up by themselves.
    """
    values = given.values
    partly = max(values[f"birth_{relation}"] for relation in ("one_digit", "month_agrees", "year_agrees"))
    start = prior(index.version.entries) + max(given.base + (partly if dated else 0.0), given.name_base)
    slope = (values["name_matched"] + values["name_whole"]) / NATS
    return max(0.0, (least - values["country_agrees"] * COUNTRY_AT_MOST - start) / slope)


def _gather(index: ListIndex, word: QueryWord, gathered: NDArray[np.float32]) -> None:
    gains = word.similarities * word.informations
    worth = np.flatnonzero(gains >= LEAST_GAIN)
    _add(index, word.sounds[worth], gains[worth], gathered)


def _add(
    index: ListIndex, sounds: NDArray[np.int64], gains: NDArray[np.float32], gathered: NDArray[np.float32]
) -> None:
    """Add the gain of each sound to every name that holds it."""
    if len(sounds):
        starts = index.sound_postings[sounds].astype(np.int64)
        ends = index.sound_postings[sounds + 1].astype(np.int64)
        slices = [index.postings[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        np.add.at(gathered, np.concatenate(slices), np.repeat(gains, ends - starts))


def _gather_joined(
    index: ListIndex, name: Sequence[QueryWord], gathered: NDArray[np.float32], *, parts_words: bool
) -> None:
    """Neighbouring words that the list writes together, and words that it writes apart."""
    for start in range(len(name)):
        for end in range(start + 2, min(start + 3, len(name)) + 1):
            joined = "".join(each.word.text for each in name[start:end])
            sounds, similarities = index.vocabulary.similar(sound_form(joined), LEAST_JOINED)
            gain = np.minimum(sum(each.weight for each in name[start:end]), index.sound_weight[sounds])
            _add(index, sounds, (similarities * gain).astype(np.float32), gathered)
        word = name[start]
        if word.partings is None:
            word.partings = _parted(index, word.word.text, parts_words=parts_words)
        for sounds, weights in word.partings:
            _add(index, sounds, weights, gathered)


def _parted(index: ListIndex, text: str, *, parts_words: bool) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The ways to part a word in two words of the list, the rarest parts first, a few of them."""
    found: list[tuple[float, NDArray[np.int64], NDArray[np.float32]]] = []
    shortest = SHORTEST_SAME // 2 if parts_words and len(text) == SHORTEST_SAME else SHORTEST_PART
    for cut in range(shortest, len(text) - shortest + 1):
        parts = [index.vocabulary.find(sound_form(part)) for part in (text[:cut], text[cut:])]
        if None not in parts:
            sounds = np.array(parts, dtype=np.int64)
            weights = index.sound_weight[sounds]
            found.append((float(weights.min()), sounds, weights))
    found.sort(key=lambda row: (-row[0], row[1].tolist()))
    return [(sounds, weights) for _, sounds, weights in found[: MOST_PARTINGS if parts_words else MOST_PARTINGS_BEFORE]]


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
    country: NDArray[np.float32] | float,
) -> NDArray[np.float32]:
    values = given.values
    listed = index.name_weight[names]
    not_given = np.maximum(listed - gathered, 0.0)
    not_listed = np.maximum(weight - gathered, 0.0)
    whole = gathered / np.maximum(np.maximum(listed, weight), gathered)
    estimate = values["name_matched"] * gathered + values["name_whole"] * gathered * whole
    estimate += values["name_not_given"] * not_given + values["name_not_listed"] * not_listed
    estimate += values["name_contradiction"] * np.minimum(not_given, not_listed)
    about_name = estimate / NATS + prior(index.version.entries)
    posterior = about_name + given.base + country
    if born is not None:
        posterior += _birth_estimate(index, names, born, given)
    alone = about_name + given.name_base + (np.maximum(country, 0.0) if given.name_and_country else 0.0)
    result: NDArray[np.float32] = np.maximum(posterior, alone).astype(np.float32)
    return result


def _country_estimate(
    index: ListIndex, names: NDArray[np.int64], nationalities: tuple[str, ...], given: Coefficients
) -> NDArray[np.float32]:
    """What the countries say, as if the name matched in full; the first country in common is the one that counts."""
    worth = np.zeros(len(index.countries) + 1, dtype=np.float32)
    for code in nationalities:
        if code in index.countries:
            _, value = country_feature(index, (code,), (code,), math.inf) or ("", 0.0)
            worth[index.countries.index(code) + 1] = given.values["country_agrees"] * value
    rows = index.entry_countries[index.name_entry[names]]
    best = worth[rows].max(axis=1)
    differs = given.values["country_differs"] if nationalities else 0.0
    found: NDArray[np.float32] = np.where((best <= 0.0) & (rows[:, 0] > 0), differs, best).astype(np.float32)
    return found


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
