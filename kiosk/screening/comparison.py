"""One applicant's name beside one listed name: the features, the score, and the contributions that make it."""

import math
from dataclasses import dataclass
from enum import StrEnum

from kiosk.screening.alignment import Alignment, align
from kiosk.screening.births import BirthRelation
from kiosk.screening.index import ListIndex
from kiosk.screening.names import Name
from kiosk.screening.scoring import (
    FEATURES,
    NAME_FEATURES,
    NATS,
    Coefficients,
    added_up,
    birth_feature,
    country_feature,
    name_features,
    prior,
)
from kiosk.screening.similarity import QueryWord
from kiosk.screening.together import together

PASSPORT_EXACT = 25.0
PASSPORT_NEAR = 8.0
"""Log-odds set by policy: a number is issued once; a misread one is one of the few that are written alike."""


class Channel(StrEnum):
    PASSPORT = "passport"
    POSTERIOR = "posterior"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Applicant:
    """What of a query is compared: one of its names in words, and the rest."""

    text: str
    name: Name
    words: tuple[QueryWord, ...]
    born: int | None
    nationalities: tuple[str, ...]
    sex: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """An applicant's name beside name number `name` of entry number `entry`. Scores are not yet rounded."""

    entry: int
    name: int
    applicant: Applicant
    alignment: Alignment
    features: dict[str, float]
    birth: BirthRelation
    passport: bool | None
    """True: the exact number; False: one that may be misread; None: no number in common."""
    posterior: float
    name_alone: float

    @property
    def score(self) -> float:
        """The better of the channels."""
        return self.posterior if self.passport is not None else max(self.posterior, self.name_alone)

    @property
    def channel(self) -> Channel:
        if self.passport is not None:
            return Channel.PASSPORT if self.passport else Channel.POSTERIOR
        return Channel.NAME if self.name_alone > self.posterior else Channel.POSTERIOR


def compare(
    index: ListIndex,
    applicant: Applicant,
    name: int,
    entry: int,
    passport: bool | None,
    given: Coefficients,
    least: float = -math.inf,
) -> Comparison:
    """Compare with one listed name. A score under `least` may come out higher than it is, but stays under it."""
    alignment = align(
        index,
        applicant.words,
        index.words_of(name),
        may_be_cut=applicant.name.may_be_cut,
        parts_words=given.parts_words,
    )
    about_name = name_features(index, alignment, index.name_kind(name))
    values = given.values
    features = {key: value for key, value in zip(NAME_FEATURES, about_name, strict=False) if value}
    name_score = sum(values[key] * value for key, value in features.items())
    matched = about_name[0] * NATS
    relation, birth = birth_feature(index, applicant.born, index.births_of(entry), matched)
    other = 0.0
    if relation is not BirthRelation.MISSING:
        features[f"birth_{relation.value}"] = birth
        other += values[f"birth_{relation.value}"] * birth
    about_country = 0.0
    if country := country_feature(index, applicant.nationalities, index.countries_of(entry), matched):
        features[country[0]] = country[1]
        other += values[country[0]] * country[1]
        if given.name_and_country:
            about_country = max(0.0, values[country[0]] * country[1])
    sex = index.sex_of(entry)
    if sex in ("M", "F") and applicant.sex in ("M", "F") and sex != applicant.sex:
        features["sex_differs"] = 1.0
        other += values["sex_differs"]
    if passport is not None:
        other += PASSPORT_EXACT if passport else PASSPORT_NEAR
    start = prior(index.version.entries) + name_score
    alone = given.name_base + about_country
    if values["name_together"] and (passport is not None or start + max(given.base + other, alone) >= least):
        features["name_together"] = together(index, alignment) / NATS
        start += values["name_together"] * features["name_together"]
    return Comparison(
        entry,
        name,
        applicant,
        alignment,
        features,
        relation,
        passport,
        start + given.base + other,
        start + alone,
    )


def score_of(index: ListIndex, comparison: Comparison, given: Coefficients) -> tuple[float, dict[str, float]]:
    """The score and the contributions that add up to it, both rounded."""
    shown = {"prior": prior(index.version.entries)}
    if comparison.channel is Channel.NAME:
        shown["name_alone"] = given.name_base
        channel = (*NAME_FEATURES, "country_agrees") if given.name_and_country else NAME_FEATURES
        kept = [name for name in channel if name in comparison.features]
    else:
        shown["base"] = given.base
        kept = [name for name in FEATURES if name in comparison.features]
    shown |= {name: given.values[name] * comparison.features[name] for name in kept}
    if comparison.passport is not None:
        name, number_says = (
            ("passport_exact", PASSPORT_EXACT) if comparison.passport else ("passport_near", PASSPORT_NEAR)
        )
        shown[name] = number_says
    return added_up(shown)
