"""Why an entry was found: reasons as keys of the catalogue with their values, and marks on every word of both names."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kiosk.screening.alignment import Alignment
from kiosk.screening.births import ORDER, BirthRelation, birth_text, relate
from kiosk.screening.comparison import Comparison
from kiosk.screening.entries import NameKind
from kiosk.screening.index import PARTICLE, ListIndex
from kiosk.screening.similarity import Likeness
from kiosk.words import Words


class Mark(StrEnum):
    """How a word stands to the other name."""

    SAME = "same"
    NEAR = "near"
    SWAPPED = "swapped"
    MISSING = "missing"
    CONTRADICTING = "contradicting"


SIGNS = {Mark.SAME: "=", Mark.NEAR: "~", Mark.SWAPPED: "<>", Mark.MISSING: "-", Mark.CONTRADICTING: "x"}
"""What a screen prints beside a word."""


@dataclass(frozen=True, slots=True)
class MarkedWord:
    text: str
    mark: Mark
    likeness: str = ""
    """For `near`: sound, variant, edit, initial, prefix or joined."""
    partner: str = ""
    """The words of the other name that it stands for."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A key of the catalogue (`screening.reason.<name>`) and the values of its fields."""

    key: str
    values: tuple[tuple[str, str], ...] = ()

    def say(self, words: Words) -> str:
        return words.say(self.key, **dict(self.values))


@dataclass(frozen=True, slots=True)
class Explanation:
    reasons: tuple[Reason, ...]
    applicant: tuple[MarkedWord, ...]
    listed: tuple[MarkedWord, ...]
    births: tuple[str, ...]
    """The entry's dates, the one compared first."""
    countries: tuple[str, ...]
    sex: str | None


def explain(index: ListIndex, compared: Comparison) -> Explanation:
    """Everything a person needs to see why the entry was found."""
    entry, alignment, born = compared.entry, compared.alignment, compared.applicant.born
    applicant, listed = marks(index, alignment)
    births = index.births_of(entry)
    if born is not None:
        births.sort(key=lambda listed_birth: ORDER.index(relate(born, listed_birth)))
    reasons = [
        *_passport_reasons(compared.passport),
        *_name_reasons(index, alignment, applicant, listed, index.name_kind(compared.name)),
        _birth_reason(born, births, compared.birth),
        *_other_reasons(index, entry, compared.features),
        _reason("rarity", count=str(alike(index, alignment))),
    ]
    texts = tuple(birth_text(each) for each in births)
    return Explanation(tuple(reasons), applicant, listed, texts, index.countries_of(entry), index.sex_of(entry))


def marks(index: ListIndex, alignment: Alignment) -> tuple[tuple[MarkedWord, ...], tuple[MarkedWord, ...]]:
    """The words of both names with their marks."""
    ours = [word.word.text for word in alignment.applicant]
    theirs = [index.word(number)[0] for number in alignment.listed]
    contradicting = bool(alignment.missing_listed) and bool(alignment.missing_applicant)
    unpaired = Mark.CONTRADICTING if contradicting else Mark.MISSING
    applicant = [MarkedWord(text, unpaired) for text in ours]
    listed = [MarkedWord(text, unpaired) for text in theirs]
    in_order = _in_order(alignment)
    for number, pair in enumerate(alignment.pairs):
        mark = Mark.NEAR if pair.likeness is not Likeness.SAME else Mark.SAME if in_order[number] else Mark.SWAPPED
        likeness = pair.likeness.value if mark is Mark.NEAR else ""
        for i in pair.applicant:
            applicant[i] = MarkedWord(ours[i], mark, likeness, " ".join(theirs[j] for j in pair.listed))
        for j in pair.listed:
            listed[j] = MarkedWord(theirs[j], mark, likeness, " ".join(ours[i] for i in pair.applicant))
    return tuple(applicant), tuple(listed)


def _in_order(alignment: Alignment) -> list[bool]:
    """For each pair: no other pair crosses it."""
    places = [(pair.applicant[0], pair.listed[0]) for pair in alignment.pairs]
    return [all((i - k) * (j - m) >= 0 for k, m in places) for i, j in places]


def _reason(name: str, **values: str) -> Reason:
    return Reason(f"screening.reason.{name}", tuple(values.items()))


def _passport_reasons(passport: bool | None) -> list[Reason]:
    return [] if passport is None else [_reason("passport_exact" if passport else "passport_near")]


def _name_reasons(
    index: ListIndex,
    alignment: Alignment,
    applicant: tuple[MarkedWord, ...],
    listed: tuple[MarkedWord, ...],
    kind: NameKind,
) -> list[Reason]:
    reasons = []
    matched = sum(1 for word in applicant if word.mark not in (Mark.MISSING, Mark.CONTRADICTING))
    exact = all(word.mark in (Mark.SAME, Mark.SWAPPED) for word in (*applicant, *listed))
    if exact:
        reasons.append(_reason("name_same"))
    elif not matched:
        reasons.append(_reason("name_none"))
    else:
        reasons.append(_reason("name_words", matched=str(matched), all=str(len(applicant))))
    if alignment.swapped:
        reasons.append(_reason("name_swapped"))
    for likeness in Likeness:
        near = [word for word in applicant if word.mark is Mark.NEAR and word.likeness == likeness.value]
        if near:
            pairs = ", ".join(dict.fromkeys(f"{word.text} ~ {word.partner}" for word in near))
            reasons.append(_reason(f"word_{likeness.value}", words=pairs))
    if any(word.mark is Mark.CONTRADICTING for word in listed):
        ours = " ".join(word.text for word in applicant if word.mark is Mark.CONTRADICTING)
        theirs = " ".join(word.text for word in listed if word.mark is Mark.CONTRADICTING)
        reasons.append(_reason("name_contradiction", applicant=ours, listed=theirs))
    if len([pair for pair in alignment.pairs if not _is_particle(index, alignment, pair.listed)]) == 1:
        reasons.append(_reason("name_single"))
    if kind is not NameKind.PRIMARY:
        reasons.append(_reason(f"kind_{kind.value}"))
    return reasons


def _is_particle(index: ListIndex, alignment: Alignment, places: tuple[int, ...]) -> bool:
    return all(index.word(alignment.listed[place])[2] & PARTICLE for place in places)


def _birth_reason(born: int | None, births: list[int], relation: BirthRelation) -> Reason:
    if born is None or not births:
        return _reason("birth_missing")
    years = abs(born // 10000 - births[0] // 10000)
    return _reason(f"birth_{relation.value}", listed=birth_text(births[0]), years=str(years))


def _other_reasons(index: ListIndex, entry: int, features: dict[str, float]) -> list[Reason]:
    reasons = []
    listed = ", ".join(index.countries_of(entry))
    for name in ("country_agrees", "country_differs"):
        if name in features:
            reasons.append(_reason(name, listed=listed))
    if "sex_differs" in features:
        reasons.append(_reason("sex_differs"))
    return reasons


def alike(index: ListIndex, alignment: Alignment) -> int:
    """How many entries have a name with all the listed words that matched, by sound."""
    sounds = {int(index.word_sound[alignment.listed[j]]) for pair in alignment.pairs for j in pair.listed}
    bounds = sorted((int(index.sound_postings[sound + 1] - index.sound_postings[sound]), sound) for sound in sounds)
    if not bounds:
        return 0
    holders = [index.postings[index.sound_postings[sound] : index.sound_postings[sound + 1]] for _, sound in bounds]
    names = holders[0]
    for others in holders[1:]:
        places = np.minimum(np.searchsorted(others, names), len(others) - 1)
        names = names[others[places] == names]
    entries = index.name_entry[names]
    return int(np.count_nonzero(np.diff(entries))) + 1 if len(entries) else 0
