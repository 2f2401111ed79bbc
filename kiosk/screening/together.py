"""Words that stand together on a list more often than chance: MARIA CLARA, ABDUL RAHMAN, a family's usual names.

The information of a name's words is added up as if each came by itself. Where two often come together, a person who
has one is likely to have the other too, and the pair says less than its words: by the logarithm of how many times
more entries have both than chance would give.
"""

import math
from itertools import combinations

import numpy as np

from kiosk.screening.alignment import Alignment
from kiosk.screening.index import PARTICLE, ListIndex
from kiosk.screening.similarity import Likeness

MOST_KEPT = 50_000
"""Pairs of words whose count an index remembers."""


def together(index: ListIndex, alignment: Alignment) -> float:
    """Nats that the matching words of the listed name say less than their sum.

    The pairs that go together most are counted first, as long as they join words not joined yet: a tree over the words.
    """
    sounds = _matching(index, alignment)
    if len(sounds) < 2:
        return 0.0
    found = [(-_excess(index, one, other), one, other) for one, other in combinations(sounds, 2)]
    part_of = {sound: sound for sound in sounds}
    total = 0.0
    for excess, one, other in sorted(found):
        if excess < 0.0 and part_of[one] != part_of[other]:
            total -= excess
            old, new = part_of[one], part_of[other]
            part_of = {sound: new if part == old else part for sound, part in part_of.items()}
    return total


def _matching(index: ListIndex, alignment: Alignment) -> list[int]:
    """The sounds of the listed words that match by more than an initial, without particles."""
    listed = (j for pair in alignment.pairs if pair.likeness is not Likeness.INITIAL for j in pair.listed)
    numbers = [alignment.listed[j] for j in listed]
    return sorted({int(index.word_sound[number]) for number in numbers if not index.word(number)[2] & PARTICLE})


def _excess(index: ListIndex, one: int, other: int) -> float:
    """Log of how many times more entries than by chance have both sounds; the entry that is compared doesn't count."""
    starts = index.sound_postings
    chance = float(starts[one + 1] - starts[one]) * float(starts[other + 1] - starts[other]) / index.entries
    return math.log((max(_common(index, one, other) - 1, 0) + 1.0) / (chance + 1.0))


def _common(index: ListIndex, one: int, other: int) -> int:
    """How many entries have a name with both sounds."""
    known = index.common.get((one, other))
    if known is not None:
        return known
    starts = index.sound_postings
    few, many = sorted((index.postings[starts[sound] : starts[sound + 1]] for sound in (one, other)), key=len)
    places = np.minimum(np.searchsorted(many, few), len(many) - 1)
    entries = index.name_entry[few[many[places] == few]]
    count = int(np.count_nonzero(np.diff(entries))) + 1 if len(entries) else 0
    if len(index.common) > MOST_KEPT:
        index.common.clear()
    index.common[one, other] = count
    return count
