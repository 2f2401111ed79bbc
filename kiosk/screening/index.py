"""The index of one version of a list: plain arrays, built once, never changed, saved and mapped as they are.

A name is a row of word numbers, and each word has a sound form; the names that hold a sound form are one slice of
`postings`. An entry is its names, dates, countries, period, id and content hash.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.screening.entries import NameKind
from kiosk.screening.vocabulary import Vocabulary

INDEX_FORMAT = 2
KINDS = tuple(NameKind)
SEXES = (None, "M", "F", "X")
MOST_COUNTRIES = 4
"""Countries of an entry that compare; nobody holds more papers than that."""

PARTICLE, PATRONYMIC, PARENT_MARK = 1, 2, 4
"""Bits of `word_flags`."""

EPOCH = date(1970, 1, 1).toordinal()
OPEN_END = 65535

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ListVersion:
    """What an import was told about the list, and its hash."""

    version: str
    listed_on: date
    source: str
    hash: str
    entries: int


class ListIndex:
    """Read-only views of the arrays. Safe to share between threads and, mapped, between processes."""

    def __init__(self, arrays: Arrays, version: ListVersion, countries: tuple[str, ...]) -> None:
        self.arrays = arrays
        self.version = version
        self.countries = countries
        self.vocabulary = Vocabulary(arrays["sounds"], arrays["sound_letters"], arrays["sound_lengths"])
        self.words = Vocabulary(arrays["words"], arrays["word_letters"], arrays["word_lengths"])
        self.word_sound = arrays["word_sound"]
        self.sound_weight = arrays["sound_weight"]
        self.sound_count = arrays["sound_count"]
        self.sound_postings = arrays["sound_postings"]
        self.postings = arrays["postings"]
        self.name_start = arrays["name_start"]
        self.name_words = arrays["name_words"]
        self.name_entry = arrays["name_entry"]
        self.name_weight = arrays["name_weight"]
        self.entry_names = arrays["entry_names"]
        self.entry_births = arrays["entry_births"]
        self.births = arrays["births"]
        self.entry_countries = arrays["entry_countries"]
        self.entry_from = arrays["entry_from"]
        self.entry_until = arrays["entry_until"]
        self._known: dict[int, tuple[str, str, int, float]] = {}
        self.common: dict[tuple[int, int], int] = {}
        """Two sounds -> entries with a name that has both, as far as counted (kiosk.screening.together)."""

    @property
    def names(self) -> int:
        return len(self.name_entry)

    @property
    def entries(self) -> int:
        return len(self.entry_names) - 1

    @property
    def size(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @cached_property
    def stock(self) -> float:
        """Entries and background persons among which a word is counted."""
        return float(self.arrays["stock"][0])

    def word(self, number: int) -> tuple[str, str, int, float]:
        """Text, sound form, flags and weight (nats) of a word; kept, as few words are looked at often."""
        known = self._known.get(number)
        if known is None:
            sound = int(self.word_sound[number])
            text = bytes(self.words.forms[number]).decode(errors="ignore")
            form = bytes(self.vocabulary.forms[sound]).decode(errors="ignore")
            known = (text, form, int(self.arrays["word_flags"][number]), float(self.sound_weight[sound]))
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[number] = known
        return known

    def words_of(self, name: int) -> list[int]:
        words: list[int] = self.name_words[self.name_start[name] : self.name_start[name + 1]].tolist()
        return words

    def name_text(self, name: int) -> str:
        """The name as the list writes it."""
        return _text_at(self.arrays, "name_texts", name)

    def name_kind(self, name: int) -> NameKind:
        return KINDS[int(self.arrays["name_kind"][name])]

    def entry_id(self, entry: int) -> str:
        return _text_at(self.arrays, "entry_ids", entry)

    def entry_hash(self, entry: int) -> str:
        return bytes(self.arrays["entry_hash"][entry]).hex()

    def births_of(self, entry: int) -> list[int]:
        births: list[int] = self.births[self.entry_births[entry] : self.entry_births[entry + 1]].tolist()
        return births

    def countries_of(self, entry: int) -> tuple[str, ...]:
        return tuple(self.countries[code - 1] for code in self.entry_countries[entry] if code)

    def sex_of(self, entry: int) -> str | None:
        return SEXES[self.arrays["entry_sex"][entry]]

    def in_force(self, entries: NDArray[Any], on: date) -> NDArray[np.bool_]:
        """Which of `entries` are in force on a day."""
        day = day_number(on)
        active: NDArray[np.bool_] = (self.entry_from[entries] <= day) & (self.entry_until[entries] >= day)
        return active

    def with_passport(self, key: int, *, misread: bool) -> list[int]:
        """The entries that hold the number with this key."""
        keys, holders = ("misread_keys", "misread_entry") if misread else ("passport_keys", "passport_entry")
        wanted = np.uint64(key)
        start = int(np.searchsorted(self.arrays[keys], wanted, side="left"))
        end = int(np.searchsorted(self.arrays[keys], wanted, side="right"))
        found: list[int] = sorted(set(self.arrays[holders][start:end].tolist()))
        return found

    def born_on(self, births: Iterable[int]) -> NDArray[np.uint32]:
        """The entries that hold exactly one of these dates."""
        keys, holders = self.arrays["birth_keys"], self.arrays["birth_entry"]
        wanted = [np.uint32(birth) for birth in births]
        bounds = [(np.searchsorted(keys, birth, "left"), np.searchsorted(keys, birth, "right")) for birth in wanted]
        parts: list[NDArray[np.uint32]] = [holders[start:end] for start, end in bounds]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)

    def birth_count(self, birth: int) -> int:
        """How many entries hold exactly this date."""
        return len(self.born_on((birth,)))

    @cached_property
    def entries_with_birth(self) -> int:
        return int(np.count_nonzero(np.diff(self.entry_births)))

    @cached_property
    def country_share(self) -> dict[str, float]:
        """Share of each country among the entries that have one."""
        counts = np.bincount(self.entry_countries.ravel(), minlength=len(self.countries) + 1)[1:]
        with_country = max(1, int(np.count_nonzero(self.entry_countries[:, 0])))
        return {code: float(count) / with_country for code, count in zip(self.countries, counts, strict=True)}


def day_number(day: date) -> int:
    """Days since 1970-01-01, from 1; the day before 1970 counts as 1."""
    return min(OPEN_END - 1, max(1, day.toordinal() - EPOCH))


def text_arrays(name: str, texts: Iterable[bytes]) -> Arrays:
    """One blob and the places where its texts begin."""
    kept = list(texts)
    starts = np.zeros(len(kept) + 1, dtype=np.uint32)
    np.cumsum(np.fromiter(map(len, kept), dtype=np.uint32, count=len(kept)), out=starts[1:])
    return {name: np.frombuffer(b"".join(kept), dtype=np.uint8), f"{name}_start": starts}


def _text_at(arrays: Arrays, name: str, place: int) -> str:
    starts = arrays[f"{name}_start"]
    return bytes(arrays[name][starts[place] : starts[place + 1]]).decode()


def flattened(rows: Iterable[Iterable[int]]) -> list[int]:
    return list(chain.from_iterable(rows))
