"""The sound forms and the words of a list, and which of them are similar to those of an applicant.

Forms are sorted by length and carry their letters as a bag of bits, so that a scan of integers leaves the few
forms that an edit distance within the limit can reach: the filter dismisses none wrongly, the distance decides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

FORM_BYTES = 20
"""Forms are compared on so many bytes."""

LEAST_SIMILAR = 0.6
"""Words whose sound forms are less similar (1 - edits / length of the longer) are different words."""

_FIRST_LETTERS = 26
_OTHER_BITS = 12


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Forms in order of (length, bytes)."""

    forms: NDArray[np.bytes_]
    letters: NDArray[np.uint64]
    length_start: NDArray[np.uint32]
    """The first form of each length from 0 to FORM_BYTES, and the end."""

    def find(self, form: str) -> int | None:
        """The number of exactly this form."""
        key = form_key(form)
        start, end = int(self.length_start[len(key)]), int(self.length_start[len(key) + 1])
        place = start + int(np.searchsorted(self.forms[start:end], np.bytes_(key)))
        return place if place < end and self.forms[place] == key else None

    def similar(self, form: str, least: float = LEAST_SIMILAR) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The forms at least so similar, with their similarity, the most similar first, ties by number."""
        key = form_key(form)
        if not key.isascii():
            found = self.find(form)
            numbers = np.array([] if found is None else [found], dtype=np.int64)
            return numbers, np.ones(len(numbers), dtype=np.float32)
        numbers = self._within_reach(key, least)
        near = self.forms[numbers].tolist()
        if not near:
            return numbers, np.empty(0, dtype=np.float32)
        scores = process.cdist(
            [key], near, scorer=OSA.normalized_similarity, score_cutoff=least - 1e-6, dtype=np.float32
        )[0]
        kept = np.flatnonzero(scores)
        order = kept[np.argsort(-scores[kept], kind="stable")]
        return numbers[order], scores[order]

    def _within_reach(self, key: bytes, least: float) -> NDArray[np.int64]:
        lengths = np.arange(math.ceil(len(key) * least), min(FORM_BYTES, int(len(key) / least)) + 1)
        if not len(lengths):
            return np.empty(0, dtype=np.int64)
        starts = self.length_start[lengths[0] : lengths[-1] + 2].astype(np.int64)
        edits = ((1 - least) * np.maximum(lengths, len(key)) + 1e-9).astype(np.uint8)
        block = self.letters[starts[0] : starts[-1]]
        bag = letter_bag(key)
        apart = np.maximum(np.bitwise_count(block & ~bag), np.bitwise_count(bag & ~block))
        within: NDArray[np.int64] = np.flatnonzero(apart <= np.repeat(edits, np.diff(starts))) + starts[0]
        return within


def form_key(form: str) -> bytes:
    return form.encode()[:FORM_BYTES]


def letter_bag(key: bytes) -> np.uint64:
    """Bits for the letters of `key`: one for a letter, one more for its second use, some for what is no letter."""
    bag = 0
    for byte in key:
        place = byte - ord("A")
        if 0 <= place < _FIRST_LETTERS:
            once = 1 << place
            bag |= once << _FIRST_LETTERS if bag & once else once
        else:
            bag |= 1 << (2 * _FIRST_LETTERS + byte % _OTHER_BITS)
    return np.uint64(bag)


def letter_bags(keys: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """`letter_bag` of every key."""
    cells = np.ascontiguousarray(keys).view(np.uint8).reshape(len(keys), FORM_BYTES)
    bags = np.zeros(len(keys), dtype=np.uint64)
    for place in range(_FIRST_LETTERS):
        count = (cells == ord("A") + place).sum(axis=1)
        bags |= (count >= 1).astype(np.uint64) << np.uint64(place)
        bags |= (count >= 2).astype(np.uint64) << np.uint64(place + _FIRST_LETTERS)
    other = (cells != 0) & ((cells < ord("A")) | (cells > ord("Z")))
    for row in np.flatnonzero(other.any(axis=1)):
        for byte in cells[row][other[row]]:
            bags[row] |= np.uint64(1) << np.uint64(2 * _FIRST_LETTERS + int(byte) % _OTHER_BITS)
    return bags


def make_vocabulary(forms: Sequence[bytes]) -> Vocabulary:
    """The vocabulary of `forms`, which are sorted by (length, bytes) and each once."""
    keys = np.array(forms, dtype=f"S{FORM_BYTES}")
    lengths = np.fromiter(map(len, forms), dtype=np.int64, count=len(forms))
    starts = np.searchsorted(lengths, np.arange(FORM_BYTES + 2)).astype(np.uint32)
    return Vocabulary(keys, letter_bags(keys), starts)
