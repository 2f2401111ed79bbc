"""Building the index of a list from its entries, in one pass over them."""

import gc
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kiosk.screening.background import BACKGROUND_PERSONS, background_counts
from kiosk.screening.entries import WatchlistEntry, list_hash
from kiosk.screening.index import (
    KINDS,
    MOST_COUNTRIES,
    OPEN_END,
    PARENT_MARK,
    PARTICLE,
    PATRONYMIC,
    SEXES,
    Arrays,
    ListIndex,
    ListVersion,
    day_number,
    text_arrays,
)
from kiosk.screening.names import LONGEST_NAME, PARENT_MARKS, TITLES, Word, split_name, word
from kiosk.screening.passports import exact_number, misread_number, number_key
from kiosk.screening.vocabulary import form_key, make_vocabulary

PARTICLE_WEIGHT = 0.7
"""Nats that a particle says at most."""

MOST_WORDS = 12
"""Words of a listed name that compare."""

_KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


class _Columns:
    """What the pass over the entries collects."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.name_words = array("I")
        self.name_lengths = array("B")
        self.name_entry = array("I")
        self.name_kind = array("B")
        self.name_texts: list[bytes] = []
        self.births = array("I")
        self.birth_counts = array("B")
        self.countries: dict[str, int] = {}
        self.country_rows = array("B")
        self.sex = array("B")
        self.valid_from = array("H")
        self.valid_until = array("H")
        self.ids: list[str] = []
        self.hashes: list[str] = []
        self.passports: tuple[array[int], array[int]] = array("Q"), array("I")
        self.misread: tuple[array[int], array[int]] = array("Q"), array("I")


def build_index(entries: Iterable[WatchlistEntry], *, version: str, listed_on: date, source: str) -> ListIndex:
    """The index of `entries`, whose ids differ. Raises ValueError if there is none with a name."""
    with _without_collector():
        columns = _Columns()
        for number, entry in enumerate(entries):
            _add(columns, number, entry)
        if not columns.name_words:
            raise ValueError("no entry with a name")
        arrays = _word_arrays(columns)
        arrays |= _entry_arrays(columns)
    listed = ListVersion(
        version, listed_on, source, list_hash(zip(columns.ids, columns.hashes, strict=True)), len(columns.ids)
    )
    return ListIndex(arrays, listed, tuple(columns.countries))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of new objects without a cycle among them: the collector would only walk them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _add(columns: _Columns, number: int, entry: WatchlistEntry) -> None:
    columns.ids.append(entry.id)
    columns.hashes.append(entry.hash)
    numbers = columns.words
    for listed in entry.names:
        words = split_name(listed.name[:LONGEST_NAME])
        kept = [text for text in words if text not in TITLES] or words
        kept = kept[:MOST_WORDS]
        if not kept:
            continue
        columns.name_words.extend([numbers.setdefault(text, len(numbers)) for text in kept])
        columns.name_lengths.append(len(kept))
        columns.name_entry.append(number)
        columns.name_kind.append(_KIND_NUMBER[listed.kind])
        columns.name_texts.append(listed.name.encode())
    columns.births.extend(entry.births)
    columns.birth_counts.append(len(entry.births))
    codes = [
        columns.countries.setdefault(code, len(columns.countries) + 1) for code in entry.countries[:MOST_COUNTRIES]
    ]
    columns.country_rows.extend(codes + [0] * (MOST_COUNTRIES - len(codes)))
    columns.sex.append(SEXES.index(entry.sex.value if entry.sex else None))
    columns.valid_from.append(day_number(entry.valid_from) if entry.valid_from else 0)
    columns.valid_until.append(_last_day(entry))
    for passport in entry.passports:
        _add_passport(columns, number, passport)


def _last_day(entry: WatchlistEntry) -> int:
    last = day_number(entry.valid_until) if entry.valid_until else OPEN_END
    return min(last, day_number(entry.revoked_at) - 1) if entry.revoked_at else last


def _add_passport(columns: _Columns, number: int, passport: str) -> None:
    if exact := exact_number(passport):
        columns.passports[0].append(number_key(exact))
        columns.passports[1].append(number)
    if misread := misread_number(passport):
        columns.misread[0].append(number_key(misread))
        columns.misread[1].append(number)


def _word_arrays(columns: _Columns) -> Arrays:
    """The vocabularies of words and sounds, the names as words, and the postings of each sound."""
    texts = list(columns.words)
    keys = [form_key(text) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: (len(keys[i]), keys[i], texts[i]))
    words = [word(texts[i]) for i in order]
    renumbered = np.empty(len(texts), dtype=np.uint32)
    renumbered[order] = np.arange(len(texts), dtype=np.uint32)
    sound_keys = [form_key(each.sound) for each in words]
    sounds = sorted(set(sound_keys), key=lambda key: (len(key), key))
    place = {key: number for number, key in enumerate(sounds)}
    word_sound = np.fromiter((place[key] for key in sound_keys), dtype=np.uint32, count=len(words))
    name_words = renumbered[np.frombuffer(columns.name_words, dtype=np.uint32)]
    lengths = np.frombuffer(columns.name_lengths, dtype=np.uint8).astype(np.int64)
    name_of = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
    name_start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint32)
    flags = np.array([_flags(each) for each in words], dtype=np.uint8)
    weights, arrays = _sound_arrays(columns, sounds, word_sound[name_words], name_of, word_sound[flags & PARTICLE > 0])
    by_word = make_vocabulary([keys[i] for i in order])
    return arrays | {
        "words": by_word.forms,
        "word_letters": by_word.letters,
        "word_lengths": by_word.length_start,
        "word_sound": word_sound,
        "word_flags": flags,
        "name_start": name_start,
        "name_words": name_words,
        "name_weight": np.add.reduceat(weights[word_sound[name_words]], name_start[:-1]).astype(np.float32),
    }


def _sound_arrays(
    columns: _Columns,
    sounds: list[bytes],
    sound_of: NDArray[np.uint32],
    name_of: NDArray[np.uint32],
    particles: NDArray[np.uint32],
) -> tuple[NDArray[np.float32], Arrays]:
    """The weight of each sound, and the arrays. `sound_of`, `name_of`: sound and name of every word of every name."""
    vocabulary = make_vocabulary(sounds)
    counts, starts = _counts(columns, sound_of, name_of, len(sounds))
    background = background_counts()
    counts = counts + np.array([background.get(key.decode(errors="ignore"), 0.0) for key in sounds])
    stock = len(columns.ids) + BACKGROUND_PERSONS
    weights: NDArray[np.float32] = np.log(stock / np.maximum(counts, 1)).astype(np.float32)
    weights[particles] = np.minimum(weights[particles], PARTICLE_WEIGHT)
    return weights, {
        "sounds": vocabulary.forms,
        "sound_letters": vocabulary.letters,
        "sound_lengths": vocabulary.length_start,
        "sound_count": counts.astype(np.float32),
        "sound_weight": weights,
        "sound_postings": starts,
        "postings": name_of[np.argsort(sound_of, kind="stable")],
        "stock": np.array([stock], dtype=np.float64),
    }


def _flags(each: Word) -> int:
    parent_mark = PARENT_MARK if each.text in PARENT_MARKS else 0
    return (PARTICLE if each.particle else 0) | (PATRONYMIC if each.patronymic else 0) | parent_mark


def _counts(
    columns: _Columns, sound_of: NDArray[np.uint32], name_of: NDArray[np.uint32], sounds: int
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """In how many entries each sound stands (an entry's aliases count once), and where its postings begin."""
    entry_of = np.frombuffer(columns.name_entry, dtype=np.uint32)[name_of].astype(np.uint64)
    pairs = np.unique(sound_of.astype(np.uint64) << np.uint64(32) | entry_of)
    counts = np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=sounds).astype(np.float64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(sound_of, minlength=sounds))]).astype(np.uint32)
    return counts, starts


def _entry_arrays(columns: _Columns) -> Arrays:
    name_entry = np.frombuffer(columns.name_entry, dtype=np.uint32)
    entries = len(columns.ids)
    birth_counts = np.frombuffer(columns.birth_counts, dtype=np.uint8).astype(np.int64)
    births = np.array(columns.births, dtype=np.uint32)
    birth_entry = np.repeat(np.arange(entries, dtype=np.uint32), birth_counts)
    by_birth = np.argsort(births, kind="stable")
    arrays: Arrays = {
        "name_entry": name_entry,
        "name_kind": np.frombuffer(columns.name_kind, dtype=np.uint8),
        "entry_names": np.searchsorted(name_entry, np.arange(entries + 1)).astype(np.uint32),
        "entry_births": np.concatenate([[0], np.cumsum(birth_counts)]).astype(np.uint32),
        "births": births,
        "birth_keys": births[by_birth],
        "birth_entry": birth_entry[by_birth],
        "entry_countries": np.array(columns.country_rows, dtype=np.uint8).reshape(entries, MOST_COUNTRIES),
        "entry_sex": np.array(columns.sex, dtype=np.uint8),
        "entry_from": np.array(columns.valid_from, dtype=np.uint16),
        "entry_until": np.array(columns.valid_until, dtype=np.uint16),
        "entry_hash": np.frombuffer(bytes.fromhex("".join(columns.hashes)), dtype=np.uint8).reshape(entries, 16),
    }
    arrays |= text_arrays("name_texts", columns.name_texts)
    arrays |= text_arrays("entry_ids", (entry_id.encode() for entry_id in columns.ids))
    for name, (keys, holders) in (("passport", columns.passports), ("misread", columns.misread)):
        numbers = np.array(keys, dtype=np.uint64)
        order = np.argsort(numbers, kind="stable")
        arrays[f"{name}_keys"] = numbers[order]
        arrays[f"{name}_entry"] = np.array(holders, dtype=np.uint32)[order]
    return arrays
