"""How similar one word of an applicant's name is to the words of a list, and how much that says.

Rarity is counted over the neighbourhood: a match says -ln(share of people who have a word at least this similar), so
that one edit in a long rare word still says much and one edit in a short common one almost nothing.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from kiosk.screening.background import background_counts
from kiosk.screening.building import PARTICLE_WEIGHT
from kiosk.screening.index import PARTICLE, ListIndex
from kiosk.screening.names import Word, variants_of
from kiosk.screening.sound import sound_form
from kiosk.screening.vocabulary import LEAST_SIMILAR

SAME_SOUND = 0.96
VARIANT = 0.92
PREFIX = 0.9
INITIAL = 0.75
SHORT_WORD = 0.85
"""Factor where the shorter word has three letters at most and the sound differs: LI and LU are other names."""

INITIAL_INFORMATION = 1.5
"""Nats that an agreeing initial says at most."""


class Likeness(StrEnum):
    """Why two words match."""

    SAME = "same"
    SOUND = "sound"
    VARIANT = "variant"
    EDIT = "edit"
    INITIAL = "initial"
    PREFIX = "prefix"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class WordMatch:
    similarity: float
    information: float
    """Nats."""
    likeness: Likeness


@dataclass(slots=True)
class QueryWord:
    """A word of the applicant's name with all words of the list that are similar to it."""

    word: Word
    weight: float
    sounds: NDArray[np.int64]
    """Sound forms of the list that match, the most similar first."""
    similarities: NDArray[np.float32]
    informations: NDArray[np.float32]
    by_sound: dict[int, tuple[float, float]]
    variants: frozenset[str]
    seen: dict[int, WordMatch | None] = field(default_factory=dict)
    """What `match` has found for words of the list."""


def query_word(index: ListIndex, word: Word) -> QueryWord:
    """Look `word` up in the list's vocabulary."""
    sounds, similarities = index.vocabulary.similar(word.sound)
    similarities = similarities * np.float32(SAME_SOUND)
    if len(similarities):
        similarities[similarities >= SAME_SOUND] = 1.0
    variants = variants_of(word.text)
    sounds, similarities = _with_variants(index, variants, sounds, similarities)
    counts = np.cumsum(index.sound_count[sounds], dtype=np.float64)
    last_of_equal = np.searchsorted(-similarities, -similarities, side="right") - 1
    informations = np.log(index.stock / np.maximum(counts[last_of_equal], 1.0)).astype(np.float32)
    limit = PARTICLE_WEIGHT if word.particle else math.inf
    informations = np.clip(informations, 0.0, limit).astype(np.float32)
    by_sound = dict(zip(sounds.tolist(), zip(similarities.tolist(), informations.tolist(), strict=True), strict=True))
    return QueryWord(word, _weight(index, word), sounds, similarities, informations, by_sound, variants)


def _with_variants(
    index: ListIndex, variants: frozenset[str], sounds: NDArray[np.int64], similarities: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    found = {index.vocabulary.find(form) for form in {sound_form(variant) for variant in variants}}
    known = dict(zip(sounds.tolist(), similarities.tolist(), strict=True))
    better = {sound: VARIANT for sound in found if sound is not None and known.get(sound, 0.0) < VARIANT}
    if not better:
        return sounds, similarities
    known |= better
    ordered = sorted(known.items(), key=lambda item: (-item[1], item[0]))
    return np.array([sound for sound, _ in ordered]), np.array([value for _, value in ordered], dtype=np.float32)


def _weight(index: ListIndex, word: Word) -> float:
    sound = index.vocabulary.find(word.sound)
    count = float(index.sound_count[sound]) if sound is not None else background_counts().get(word.sound, 0.0)
    weight = math.log(index.stock / max(count, 1.0))
    return min(weight, PARTICLE_WEIGHT) if word.particle else weight


def match(index: ListIndex, query: QueryWord, listed: int) -> WordMatch | None:
    """How the word matches the list's word number `listed`, or None; remembered in `query.seen`."""
    if listed in query.seen:
        return query.seen[listed]
    found = _match(index, query, listed)
    query.seen[listed] = found
    return found


def _match(index: ListIndex, query: QueryWord, listed: int) -> WordMatch | None:
    text, sound, flags, weight = index.word(listed)
    own = query.word
    if len(text) == 1 or len(own.text) == 1:
        if text == own.text:
            return WordMatch(1.0, min(weight, INITIAL_INFORMATION * 1.5), Likeness.SAME)
        if text[0] != own.text[0]:
            return None
        return WordMatch(INITIAL, min(weight, query.weight, INITIAL_INFORMATION), Likeness.INITIAL)
    near = query.by_sound.get(int(index.word_sound[listed]))
    if near is None:
        return None
    similarity, information = near
    if text == own.text:
        return WordMatch(1.0, information, Likeness.SAME)
    likeness = Likeness.EDIT
    if sound == own.sound:
        similarity, likeness = SAME_SOUND, Likeness.SOUND
    elif text in query.variants:
        similarity, likeness = VARIANT, Likeness.VARIANT
    else:
        similarity = max(similarity, OSA.normalized_similarity(own.text, text))
        if min(len(text), len(own.text)) <= 3:
            similarity *= SHORT_WORD
        if similarity < LEAST_SIMILAR * SAME_SOUND * SHORT_WORD:
            return None
    if flags & PARTICLE:
        information = min(information, PARTICLE_WEIGHT)
    return WordMatch(similarity, information, likeness)


def joined_similarity(one: str, several: tuple[str, ...]) -> float:
    """Similarity of one word to several words written together."""
    joined = "".join(several)
    if one == joined:
        return 1.0
    first, second = sound_form(one), sound_form(joined)
    if first == second:
        return SAME_SOUND
    return max(OSA.normalized_similarity(one, joined), SAME_SOUND * OSA.normalized_similarity(first, second))
