"""The score of an applicant against one entry: additive log-odds whose named contributions add up to it.

Every feature is a plain number and has one coefficient, whose sign is fixed by what it means: a person is never more
suspect for agreeing less. `coefficients.json` is fitted by tests/bench/fit_screening.py.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from kiosk.screening.alignment import Alignment, counted_words, missing_weight_applicant, missing_weight_listed
from kiosk.screening.births import ORDER, BirthRelation, relate
from kiosk.screening.entries import NameKind
from kiosk.screening.index import ListIndex

NAME_FEATURES = (
    "name_matched",
    "name_whole",
    "name_inexact",
    "name_not_listed",
    "name_not_given",
    "name_contradiction",
    "name_single",
    "name_weak_alias",
    "name_together",
)
BIRTH_FEATURES = tuple(f"birth_{relation.value}" for relation in BirthRelation if relation is not BirthRelation.MISSING)
OTHER_FEATURES = ("country_agrees", "country_differs", "sex_differs")
FEATURES = NAME_FEATURES + BIRTH_FEATURES + OTHER_FEATURES

_RAISING_BIRTHS = ("exact", "swapped", "one_digit", "month_agrees", "year_agrees", "about_agrees")
LATER = {"name_together": 0.0}
"""Features that older coefficients don't know, and what they are worth there."""

POSITIVE = frozenset(["name_matched", "name_whole", "country_agrees", *(f"birth_{name}" for name in _RAISING_BIRTHS)])
"""Features that may only raise the score; the others may only lower it."""

NATS = 10.0
"""Information enters the features in tens of nats, so that coefficients are of one size."""

FALSE_HITS = 20
"""False hits per 1,000 applicants that an office works with, unless it sets another of the measured numbers."""

FEWEST_ENTRIES = 1000
"""The prior of a shorter list is that of a list this long."""

BIRTH_NEEDS = 4.0
"""Nats of matching name from which a birth date counts fully: a date alone is no person."""

_BIRTH_SMOOTHING = 1000.0
_BIRTHDAYS = 22_000.0
"""Days in the sixty years in which applicants are born."""

_COUNTRY_SMOOTHING = 20.0
_COUNTRIES = 200.0
ROUNDING = 4


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What the fit found, and the hash of the file it is kept in."""

    base: float
    values: Mapping[str, float]
    name_base: float
    """Base of the channel that leaves the birth date out, so that one threshold serves both."""
    thresholds: Mapping[int, tuple[tuple[float, float], ...]]
    """False hits per 1,000 applicants -> (entries, score) rows, by rising number of entries."""
    measured: str
    """On whom the thresholds were measured."""
    hash: str
    name_and_country: bool = False
    """The channel that leaves the birth date out counts a country in common; one that differs it never counts."""
    parts_words: bool = False
    """Parted are short words that the list writes as two (YURO for YU RO), and titles written onto a name."""
    estimates_country: bool = False
    """Whom to compare is chosen by the countries too."""
    long_lists: "tuple[LongList, ...]" = ()
    """By rising number of entries."""

    def at(self, entries: int) -> "Coefficients":
        """The coefficients for a list of so many entries: between those fitted below and above it in its logarithm."""
        found = replace(self, long_lists=())
        for long in self.long_lists:
            low, high = math.log(long.begins), math.log(long.full)
            share = (math.log(max(entries, 1)) - low) / (high - low)
            if share > 0.0:
                found = found._towards(long, min(1.0, share))
        return found

    def _towards(self, long: "LongList", share: float) -> "Coefficients":
        def between(short: float, far: float) -> float:
            return short + share * (far - short)

        values = {name: between(value, long.values[name]) for name, value in self.values.items()}
        base, name_base = between(self.base, long.base), between(self.name_base, long.name_base)
        return replace(self, base=base, name_base=name_base, values=values)


@dataclass(frozen=True, slots=True)
class LongList:
    """Coefficients where many entries share words with anybody: a word that is missing says more, a name alone less.

    They hold fully at `full` entries, and begin to count at `begins`, where the next shorter ones hold fully.
    """

    begins: int
    full: int
    base: float
    name_base: float
    values: Mapping[str, float]


@cache
def coefficients() -> Coefficients:
    """The coefficients that the program is delivered with."""
    return read_coefficients(files("kiosk.screening").joinpath("coefficients.json").read_text(encoding="utf-8"))


@cache
def older_coefficients() -> Mapping[str, Coefficients]:
    """Engine version -> its coefficients as delivered: what was answered with them is asked again with them."""
    found = files("kiosk.screening").joinpath("older").iterdir()
    return {file.name.removesuffix(".json"): read_coefficients(file.read_text(encoding="utf-8")) for file in found}


def read_coefficients(text: str) -> Coefficients:
    """Coefficients from JSON. Raises ValueError if a feature has none or one of the wrong sign."""
    data = json.loads(text)
    values = _values(data["features"])
    thresholds = {
        int(budget): tuple((float(entries), float(score)) for entries, score in rows)
        for budget, rows in data["thresholds"].items()
    }
    digest = hashlib.sha256(text.encode()).hexdigest()
    long_lists = data.get("long_lists", [data["long_list"]] if "long_list" in data else [])
    return Coefficients(
        base=float(data["base"]),
        values=values,
        name_base=float(data["name_base"]),
        thresholds=thresholds,
        measured=str(data["measured"]),
        hash=digest,
        name_and_country=bool(data.get("name_and_country")),
        parts_words=bool(data.get("parts_words")),
        estimates_country=bool(data.get("estimates_country")),
        long_lists=tuple(
            LongList(
                begins=int(long["begins"]),
                full=int(long["full"]),
                base=float(long["base"]),
                name_base=float(long["name_base"]),
                values=_values(long["features"]),
            )
            for long in long_lists
        ),
    )


def _values(given: Mapping[str, float]) -> dict[str, float]:
    """The coefficient of every feature. Raises ValueError."""
    known = LATER | dict(given)
    values = {name: float(known[name]) for name in FEATURES if name in known}
    if len(values) != len(FEATURES):
        raise ValueError("a feature without a coefficient")
    if any(value < 0 if name in POSITIVE else value > 0 for name, value in values.items()):
        raise ValueError("a coefficient of the wrong sign")
    return values


def threshold(false_hits: int, entries: int, given: Coefficients) -> float:
    """The score over which so many of 1,000 applicants have a false hit on a list of so many entries.

    Linear in the logarithm of the entries between the measured rows. Raises KeyError for a number not measured.
    """
    rows = given.thresholds[false_hits]
    size = max(entries, 1)
    below = [row for row in rows if row[0] <= size] or [rows[0]]
    above = [row for row in rows if row[0] > size] or [rows[-1]]
    (low, low_score), (high, high_score) = below[-1], above[0]
    if high <= low or size < low:
        return low_score
    share = math.log(size / low) / math.log(high / low)
    return low_score + share * (high_score - low_score)


def prior(entries: int) -> float:
    """Log-odds that a given entry is the applicant before anything is compared."""
    return -math.log(max(entries, FEWEST_ENTRIES))


def name_features(index: ListIndex, alignment: Alignment, kind: NameKind) -> list[float]:
    """Values of NAME_FEATURES but for the last, which takes longer to count (kiosk.screening.together)."""
    matched = inexact = 0.0
    for pair in alignment.pairs:
        matched += pair.information * pair.similarity
        inexact += pair.information * (1.0 - pair.similarity)
    ours = missing_weight_applicant(alignment)
    theirs = missing_weight_listed(index, alignment)
    whole = matched / (matched + inexact + ours + theirs) if matched else 0.0
    return [
        matched / NATS,
        matched / NATS * whole,
        inexact / NATS,
        ours / NATS,
        theirs / NATS,
        min(ours, theirs) / NATS,
        1.0 if counted_words(index, alignment) < 2 else 0.0,
        1.0 if kind is NameKind.WEAK_ALIAS else 0.0,
    ]


def birth_feature(index: ListIndex, born: int | None, listed: list[int], matched: float) -> tuple[BirthRelation, float]:
    """The strongest relation to any of the entry's dates, and its value; `matched` are the nats of the name."""
    if born is None or not listed:
        return BirthRelation.MISSING, 0.0
    relation = min((relate(born, birth) for birth in listed), key=ORDER.index)
    if f"birth_{relation.value}" not in POSITIVE:
        return relation, 1.0
    gate = min(1.0, matched / BIRTH_NEEDS)
    if relation is not BirthRelation.EXACT:
        return relation, gate
    share = (index.birth_count(born) + _BIRTH_SMOOTHING / _BIRTHDAYS) / (index.entries_with_birth + _BIRTH_SMOOTHING)
    return relation, -math.log(min(1.0, share)) / NATS * gate


def country_feature(
    index: ListIndex, nationalities: tuple[str, ...], listed: tuple[str, ...], matched: float
) -> tuple[str, float] | None:
    """Agreement, worth more the rarer the country is on the list, or difference; None where one side has none."""
    if not nationalities or not listed:
        return None
    common = set(nationalities) & set(listed)
    if not common:
        return "country_differs", 1.0
    known = float(index.entries)
    share = min(
        (index.country_share[code] * known + _COUNTRY_SMOOTHING / _COUNTRIES) / (known + _COUNTRY_SMOOTHING)
        for code in common
    )
    return "country_agrees", -math.log(min(1.0, share)) / NATS * min(1.0, matched / BIRTH_NEEDS)


def added_up(contributions: Mapping[str, float]) -> tuple[float, dict[str, float]]:
    """The score and the contributions that make it, rounded so that what is shown adds up exactly."""
    rounded = {name: round(value, ROUNDING) for name, value in contributions.items()}
    kept = {name: value for name, value in rounded.items() if value or name == "prior"}
    return round(math.fsum(kept.values()), ROUNDING), kept
