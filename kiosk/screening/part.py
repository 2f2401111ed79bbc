"""Some entries of a list as a list of their own, which weighs words as the whole one does.

Cut from the arrays of the whole list: no record is unsealed and no name read again.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kiosk.screening.index import Arrays, ListIndex

_TEXTS = ("name_texts", "entry_ids")


def part_of(whole: ListIndex, places: Collection[int]) -> ListIndex:
    """The entries at `places` of `whole`, in their order there, the same words, sounds and weights."""
    chosen = np.unique(np.array(list(places), dtype=np.int64))
    names, name_counts = _rows(whole.entry_names, chosen)
    cells, word_counts = _rows(whole.name_start, names)
    words, name_words = np.unique(whole.name_words[cells], return_inverse=True)
    sounds, word_sound = np.unique(whole.word_sound[words], return_inverse=True)
    arrays = _forms(whole, words, sounds) | {
        "word_sound": word_sound.astype(np.uint32),
        "name_start": _starts(word_counts),
        "name_words": name_words.astype(np.uint32),
        "name_weight": whole.name_weight[names],
        "name_kind": whole.arrays["name_kind"][names],
        "name_entry": np.repeat(np.arange(len(chosen), dtype=np.uint32), name_counts),
        "entry_names": _starts(name_counts),
        "stock": whole.arrays["stock"],
    }
    name_of = np.repeat(np.arange(len(names), dtype=np.uint32), word_counts)
    arrays |= _postings(word_sound[name_words], name_of, len(sounds))
    arrays |= _of_entries(whole, chosen)
    for name, rows in zip(_TEXTS, (names, chosen), strict=True):
        arrays |= _texts(whole, name, rows)
    return ListIndex(arrays, replace(whole.version, source=""), whole.countries)


def _rows(starts: NDArray[np.uint32], chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that belong to each of `chosen`, one after the other, and how many each has."""
    first = starts[chosen].astype(np.int64)
    counts = starts[chosen + 1].astype(np.int64) - first
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + offsets, counts


def _starts(counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)


def _forms(whole: ListIndex, words: NDArray[np.uint32], sounds: NDArray[np.uint32]) -> Arrays:
    """The vocabularies of the words and sounds that occur; they stay in the order of the whole list's."""
    arrays = {
        "words": whole.words.forms[words],
        "word_letters": whole.words.letters[words],
        "word_lengths": _lengths(whole.words.length_start, words),
        "sounds": whole.vocabulary.forms[sounds],
        "sound_letters": whole.vocabulary.letters[sounds],
        "sound_lengths": _lengths(whole.vocabulary.length_start, sounds),
        "word_flags": whole.arrays["word_flags"][words],
    }
    return arrays | {name: whole.arrays[name][sounds] for name in ("sound_count", "sound_weight")}


def _lengths(starts: NDArray[np.uint32], kept: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Where each length of form begins among those kept."""
    return np.searchsorted(kept, starts).astype(np.uint32)


def _postings(sound_of: NDArray[np.int64], name_of: NDArray[np.uint32], sounds: int) -> Arrays:
    return {
        "sound_postings": _starts(np.bincount(sound_of, minlength=sounds)),
        "postings": name_of[np.argsort(sound_of, kind="stable")],
    }


def _of_entries(whole: ListIndex, chosen: NDArray[np.int64]) -> Arrays:
    """What belongs to an entry: dates, countries, sex, period, hash and passports."""
    cells, counts = _rows(whole.entry_births, chosen)
    births = whole.births[cells]
    by_birth = np.argsort(births, kind="stable")
    arrays: Arrays = {
        "entry_births": _starts(counts),
        "births": births,
        "birth_keys": births[by_birth],
        "birth_entry": np.repeat(np.arange(len(chosen), dtype=np.uint32), counts)[by_birth],
    }
    for name in ("entry_countries", "entry_sex", "entry_from", "entry_until", "entry_hash"):
        arrays[name] = whole.arrays[name][chosen]
    for kind in ("passport", "misread"):
        holders = whole.arrays[f"{kind}_entry"]
        held = np.flatnonzero(np.isin(holders, chosen))
        arrays[f"{kind}_keys"] = whole.arrays[f"{kind}_keys"][held]
        arrays[f"{kind}_entry"] = np.searchsorted(chosen, holders[held]).astype(np.uint32)
    return arrays


def _texts(whole: ListIndex, name: str, rows: NDArray[np.int64]) -> Arrays:
    cells, counts = _rows(whole.arrays[f"{name}_start"], rows)
    return {name: whole.arrays[name][cells], f"{name}_start": _starts(counts)}
