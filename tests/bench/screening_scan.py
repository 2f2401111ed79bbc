"""A scan of a whole list with the scorer of kiosk.screening: what the index must find.

`whole_scan` compares every name. `bounded_scan` leaves out names that can't reach the threshold even if every word
that is similar to one of the applicant's, or may be a part of one, matched in full and nothing spoke against it;
screening.py checks on the shortest list that both find the same.
"""

import math

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from kiosk.screening.births import relate
from kiosk.screening.comparison import Applicant, compare
from kiosk.screening.engine import Query, Screener, applicants_of
from kiosk.screening.index import ListIndex
from kiosk.screening.scoring import NATS, POSITIVE, birth_feature, prior

INITIAL_GAIN = 2.5
"""Nats: more than any match of an initial says."""

PART = 70.0
"""Least partial ratio (of 100) of a word that may have been written together with others."""

COUNTRY_GAIN = 0.8
"""Tens of nats: more than any agreeing country says."""

ROUNDING = 0.001


def whole_scan(index: ListIndex, query: Query, screener: Screener) -> set[str]:
    """The ids of the entries over the threshold."""
    return _over(index, query, screener, [np.arange(index.names)] * len(_applicants(index, query, screener)))


def _applicants(index: ListIndex, query: Query, screener: Screener) -> list[Applicant]:
    return applicants_of(index, query, {}, parts_words=screener.coefficients.parts_words)


def bounded_scan(index: ListIndex, query: Query, screener: Screener) -> set[str]:
    """The same, without comparing names that the bound rules out."""
    dated = _birth_bound(index, query.born, screener)
    possible = [
        np.flatnonzero(_name_bound(index, applicant, screener) + dated[index.name_entry] >= screener.threshold)
        for applicant in _applicants(index, query, screener)
    ]
    return _over(index, query, screener, possible)


def _over(index: ListIndex, query: Query, screener: Screener, names: list[NDArray[np.int64]]) -> set[str]:
    found = set()
    for applicant, possible in zip(_applicants(index, query, screener), names, strict=True):
        for name in possible.tolist():
            entry = int(index.name_entry[name])
            compared = compare(index, applicant, name, entry, None, screener.coefficients)
            if compared.score >= screener.threshold + ROUNDING:
                found.add(index.entry_id(entry))
    return found


def _name_bound(index: ListIndex, applicant: Applicant, screener: Screener) -> NDArray[np.float64]:
    """For each name the score without birth date, if all that may match did."""
    given = screener.coefficients
    gains = np.zeros(len(index.word_sound), dtype=np.float32)
    by_sound = np.zeros(len(index.sound_count), dtype=np.float32)
    for word in applicant.words:
        np.maximum.at(by_sound, word.sounds, word.informations)
    gains = by_sound[index.word_sound]
    firsts = {word.word.text[:1].encode() for word in applicant.words if len(word.word.text) == 1}
    forms = index.words.forms
    initials = np.char.str_len(forms) == 1
    for first in firsts:
        initials |= np.char.startswith(forms, first)
    weights = index.sound_weight[index.word_sound]
    gains = np.maximum(gains, np.where(initials, INITIAL_GAIN, 0.0))
    together = "".join(word.word.sound for word in applicant.words).encode()
    sounds = index.vocabulary.forms.tolist()
    parts = process.cdist([together], sounds, scorer=fuzz.partial_ratio, score_cutoff=PART, dtype=np.float32)[0] > 0
    gains = np.where(parts[index.word_sound], np.maximum(gains, weights), gains)
    if applicant.name.may_be_cut:
        cut = np.char.startswith(forms, applicant.words[-1].word.text.encode())
        gains = np.where(cut, np.maximum(gains, weights), gains)
    matched = np.add.reduceat(gains[index.name_words], index.name_start[:-1])
    slope = (given.values["name_matched"] + given.values["name_whole"]) / NATS
    bound: NDArray[np.float64] = slope * matched + given.values["country_agrees"] * COUNTRY_GAIN
    return bound + prior(index.version.entries) + max(given.base, given.name_base)


def _birth_bound(index: ListIndex, born: int | None, screener: Screener) -> NDArray[np.float64]:
    """For each entry what its birth dates add at most; 0 where they speak against it (the name alone may be enough)."""
    bound = np.zeros(index.entries)
    if born is None:
        return bound
    values = screener.coefficients.values
    exact = birth_feature(index, born, [born], math.inf)[1]
    added = {}
    for birth in np.unique(index.births).tolist():
        key = f"birth_{relate(born, birth).value}"
        added[birth] = values[key] * (exact if key == "birth_exact" else 1.0) if key in POSITIVE else 0.0
    per_birth = np.array([added[birth] for birth in index.births.tolist()])
    holders = np.repeat(np.arange(index.entries), np.diff(index.entry_births.astype(np.int64)))
    np.maximum.at(bound, holders, per_birth)
    return bound
