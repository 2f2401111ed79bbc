"""The words of a list by sound, and which of them are similar to a word of an applicant.

Sound forms are sorted by length and carry their letters as a bag of bits, so that a scan of integers leaves the few
forms that an edit distance within the limit can reach: the filter dismisses none wrongly, the distance decides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

SOUND_BYTES = 20
"""Sound forms are compared on so many bytes."""

WORD_BYTES = 28

LEAST_SIMILAR = 0.6
"""Words whose sound forms are less similar (1 - edits / length of the longer) are different words."""

_FIRST_LETTERS = 26
_OTHER_BITS = 12


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Sound forms in order of (length, bytes)."""

    sounds: NDArray[np.bytes_]
    letters: NDArray[np.uint64]
    length_start: NDArray[np.uint32]
    """The first form of each length from 0 to SOUND_BYTES, and the end."""

    def find(self, sound: str) -> int | None:
        """The number of exactly this form."""
        key = sound_key(sound)
        start, end = int(self.length_start[len(key)]), int(self.length_start[len(key) + 1])
        place = start + int(np.searchsorted(self.sounds[start:end], np.bytes_(key)))
        return place if place < end and self.sounds[place] == key else None

    def similar(self, sound: str, least: float = LEAST_SIMILAR) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The forms at least so similar, with their similarity, the most similar first, ties by number."""
        key = sound_key(sound)
        if not key.isascii():
            found = self.find(sound)
            numbers = np.array([] if found is None else [found], dtype=np.int64)
            return numbers, np.ones(len(numbers), dtype=np.float32)
        numbers = self._within_reach(key, least)
        near = self.sounds[numbers].tolist()
        if not near:
            return numbers, np.empty(0, dtype=np.float32)
        scores = process.cdist([key], near, scorer=OSA.normalized_similarity, score_cutoff=least, dtype=np.float32)[0]
        kept = np.flatnonzero(scores)
        order = kept[np.argsort(-scores[kept], kind="stable")]
        return numbers[order], scores[order]

    def _within_reach(self, key: bytes, least: float) -> NDArray[np.int64]:
        bag = letter_bag(key)
        not_in_bag = ~bag
        found = []
        for length in range(math.ceil(len(key) * least), min(SOUND_BYTES, int(len(key) / least)) + 1):
            start, end = int(self.length_start[length]), int(self.length_start[length + 1])
            edits = int((1 - least) * max(length, len(key)) + 1e-9)
            if start == end or abs(length - len(key)) > edits:
                continue
            block = self.letters[start:end]
            reach = np.maximum(np.bitwise_count(block & not_in_bag), np.bitwise_count(bag & ~block)) <= edits
            found.append(np.flatnonzero(reach) + start)
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def sound_key(sound: str) -> bytes:
    return sound.encode()[:SOUND_BYTES]


def letter_bag(key: bytes) -> np.uint64:
    """Bits for the letters of `key`: one for a letter, one more for its second use, some for what is no letter."""
    return np.uint64(letter_bags(np.array([key], dtype=f"S{SOUND_BYTES}"))[0])


def letter_bags(keys: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """`letter_bag` of every key."""
    cells = np.ascontiguousarray(keys).view(np.uint8).reshape(len(keys), SOUND_BYTES)
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


def make_vocabulary(sounds: Sequence[bytes]) -> Vocabulary:
    """The vocabulary of `sounds`, which are sorted by (length, bytes) and each once."""
    keys = np.array(sounds, dtype=f"S{SOUND_BYTES}")
    lengths = np.fromiter(map(len, sounds), dtype=np.int64, count=len(sounds))
    starts = np.searchsorted(lengths, np.arange(SOUND_BYTES + 2)).astype(np.uint32)
    return Vocabulary(keys, letter_bags(keys), starts)
