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

LEAST_SPELLED = 0.7
"""Words whose letters are so similar match whatever their sound: one slip of a finger can change the sound."""

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
    partings: list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None = None
    """Two sounds of the list each that the word may be written together from, once looked up (candidates)."""


def query_word(index: ListIndex, word: Word) -> QueryWord:
    """Look `word` up in the list's vocabularies: by its sound, by its letters, and its known variants."""
    sounds, similarities = index.vocabulary.similar(word.sound)
    found = dict(zip(sounds.tolist(), (similarities * np.float32(SAME_SOUND)).tolist(), strict=True))
    spelled, spelling = index.words.similar(word.text, LEAST_SPELLED)
    _raise(found, index.word_sound[spelled].tolist(), spelling.tolist())
    own = index.vocabulary.find(word.sound)
    if own is not None:
        found[own] = 1.0
    variants = variants_of(word.text)
    forms = sorted({sound_form(variant) for variant in variants})
    known = [number for number in map(index.vocabulary.find, forms) if number is not None]
    _raise(found, known, [VARIANT] * len(known))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return _query_word(index, word, ordered, own, variants)


def _raise(found: dict[int, float], sounds: list[int], similarities: list[float]) -> None:
    for sound, similarity in zip(sounds, similarities, strict=True):
        if similarity > found.get(sound, 0.0):
            found[sound] = similarity


def _query_word(
    index: ListIndex, word: Word, ordered: list[tuple[int, float]], own: int | None, variants: frozenset[str]
) -> QueryWord:
    sounds = np.array([sound for sound, _ in ordered], dtype=np.int64)
    similarities = np.array([similarity for _, similarity in ordered], dtype=np.float32)
    counts = np.cumsum(index.sound_count[sounds], dtype=np.float64)
    last_of_equal = np.searchsorted(-similarities, -similarities, side="right") - 1
    informations = np.log(index.stock / np.maximum(counts[last_of_equal], 1.0))
    informations = np.clip(informations, 0.0, PARTICLE_WEIGHT if word.particle else math.inf).astype(np.float32)
    by_sound = dict(zip(sounds.tolist(), zip(similarities.tolist(), informations.tolist(), strict=True), strict=True))
    count = float(index.sound_count[own]) if own is not None else background_counts().get(word.sound, 0.0)
    weight = math.log(index.stock / max(count, 1.0))
    if word.particle:
        weight = min(weight, PARTICLE_WEIGHT)
    return QueryWord(word, weight, sounds, similarities, informations, by_sound, variants)


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
