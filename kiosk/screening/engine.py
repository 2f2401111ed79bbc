"""Screening one applicant against one version of the list (SOP step 3).

The same inputs, list and coefficients give the same answer, byte for byte.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from kiosk.screening.alignment import Alignment, align
from kiosk.screening.births import BirthRelation
from kiosk.screening.candidates import find_candidates
from kiosk.screening.explain import Explanation, explain
from kiosk.screening.index import ListIndex
from kiosk.screening.names import Name, read_name
from kiosk.screening.passports import exact_number, misread_number, number_key
from kiosk.screening.scoring import (
    NAME_FEATURES,
    NATS,
    Coefficients,
    added_up,
    birth_feature,
    coefficients,
    country_feature,
    name_features,
    prior,
    threshold,
)
from kiosk.screening.similarity import QueryWord, query_word

ENGINE_VERSION = "1"


class Verdict(StrEnum):
    CLEAR = "clear"
    REVIEW = "review"
    PASSPORT_MATCH = "passport_match"
    STALE = "stale"
    NO_LIST = "no_list"


class Channel(StrEnum):
    PASSPORT = "passport"
    POSTERIOR = "posterior"
    NAME = "name"


class Band(StrEnum):
    """Where a hit stands in the officer's list; words: `screening.band.<value>`."""

    PASSPORT = "passport"
    PASSPORT_NEAR = "passport_near"
    STRONG = "strong"
    POSSIBLE = "possible"
    NAME_ONLY = "name_only"
    BELOW = "below"
    """Under the threshold; shown only where the floor was lowered."""


STRONG_ABOVE = 4.0
"""A hit this far over its threshold is in the strong band."""

PASSPORT_EXACT = 25.0
PASSPORT_NEAR = 8.0
"""Log-odds set by policy: a number is issued once; a misread one is one of the few that are written alike."""

Cleared = Collection[tuple[str, str, str]] | Callable[[str, str, str], bool]
"""Pairs an officer has cleared: (person key, entry id, entry hash)."""


@dataclass(frozen=True, slots=True)
class Query:
    """Who is screened. Names as in the viewing zone and in the machine readable zone; former names too."""

    id: str
    names: tuple[str, ...]
    born: int | None = None
    """As `kiosk.screening.births` keeps dates."""
    sex: str | None = None
    nationalities: tuple[str, ...] = ()
    """ISO 3166-1 alpha-3."""
    passport: str | None = None
    issuer: str | None = None

    @property
    def person_key(self) -> str:
        """Stands for this person in cleared pairs: passport, issuing state, birth date and names."""
        names = sorted({" ".join(word.text for word in read_name(name).words) for name in self.names})
        parts = [exact_number(self.passport or ""), self.issuer or "", str(self.born or ""), *names]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry, and why it may be the applicant."""

    entry_id: str
    entry_hash: str
    score: float
    band: Band
    channel: Channel
    matched_name: str
    applicant_name: str
    name_kind: str
    birth: BirthRelation
    contributions: dict[str, float]
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    query_id: str
    verdict: Verdict
    candidates: tuple[Candidate, ...]
    suppressed: int
    """Hits that were left out because an officer had cleared the pair."""
    list_version: str | None
    list_hash: str | None
    entries: int
    coefficients_hash: str
    thresholds: dict[str, float]
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class _Hit:
    entry: int
    score: float
    channel: Channel
    contributions: dict[str, float]
    name: int
    applicant_name: str
    birth: BirthRelation
    alignment: Alignment
    passport_near: bool = False


class Screener:
    """Screens against one index. Read-only and safe for several threads; a new list version is a new Screener."""

    def __init__(
        self,
        index: ListIndex | None,
        *,
        today: date,
        longest_age_days: int | None = None,
        given: Coefficients | None = None,
    ) -> None:
        """`today` decides which entries are in force and how old the list is; `index` None answers `no_list`."""
        self.index = index
        self.today = today
        self.coefficients = given or coefficients()
        self.longest_age_days = longest_age_days
        entries = index.entries if index else 0
        self.thresholds = {channel: threshold(channel, entries, self.coefficients) for channel in ("posterior", "name")}

    def on(self, today: date) -> "Screener":
        """The same list on another day."""
        return Screener(self.index, today=today, longest_age_days=self.longest_age_days, given=self.coefficients)

    @property
    def is_stale(self) -> bool:
        """The list is older than is allowed."""
        if self.index is None or self.longest_age_days is None:
            return False
        return (self.today - self.index.version.listed_on).days > self.longest_age_days

    def screen(
        self, query: Query, *, floor: float | None = None, limit: int = 20, cleared: Cleared = ()
    ) -> ScreeningResult:
        """Every entry over the thresholds (or over `floor`), the best first, cleared pairs left out before the cut."""
        started = time.perf_counter()
        if self.index is None:
            return self._result(query, Verdict.NO_LIST, (), 0, started)
        hits = self._hits(self.index, query, floor, limit)
        kept = [hit for hit in hits if not self._is_cleared(query, hit, cleared)]
        index = self.index
        ordered = sorted(kept, key=lambda hit: (-hit.score, index.entry_id(hit.entry)))
        candidates = tuple(self._candidate(index, query, hit) for hit in ordered[:limit])
        return self._result(query, self._verdict(candidates), candidates, len(hits) - len(kept), started)

    def _hits(self, index: ListIndex, query: Query, floor: float | None, limit: int) -> list[_Hit]:
        words: dict[str, QueryWord] = {}
        names = _names_of(index, query, words)
        found = find_candidates(index, tuple(words.values()), query.born, max(150, 3 * limit), self.coefficients)
        best: dict[int, _Hit] = {}
        by_passport = self._by_passport(index, query)
        numbers = found.names.tolist()
        for entry in by_passport:
            numbers.extend(range(int(index.entry_names[entry]), int(index.entry_names[entry + 1])))
        entries = index.name_entry[np.array(numbers, dtype=np.int64)]
        in_force = index.in_force(entries, self.today).tolist()
        for number, entry, active in zip(numbers, entries.tolist(), in_force, strict=True):
            if active:
                for text, name, query_words in names:
                    hit = self._score(index, query, (text, name, query_words), number, entry, by_passport.get(entry))
                    if entry not in best or hit.score > best[entry].score:
                        best[entry] = hit
        return [hit for _, hit in sorted(best.items()) if self._shown(hit, floor)]

    def _by_passport(self, index: ListIndex, query: Query) -> dict[int, bool]:
        """Entry -> True for the exact number, False for one that may be misread."""
        if not query.passport:
            return {}
        misread = misread_number(query.passport)
        near = index.with_passport(number_key(misread), misread=True) if misread else []
        exact = index.with_passport(number_key(exact_number(query.passport)), misread=False)
        return dict.fromkeys(near, False) | dict.fromkeys(exact, True)

    def _score(
        self,
        index: ListIndex,
        query: Query,
        applicant: tuple[str, Name, tuple[QueryWord, ...]],
        number: int,
        entry: int,
        passport: bool | None,
    ) -> _Hit:
        text, name, words = applicant
        alignment = align(index, words, index.words_of(number), may_be_cut=name.may_be_cut)
        values = self.coefficients.values
        features = name_features(index, alignment, index.name_kind(number))
        matched = features[0] * NATS
        about_name = {key: values[key] * value for key, value in zip(NAME_FEATURES, features, strict=True)}
        start = {"prior": prior(index.entries)}
        relation, birth = birth_feature(index, query.born, index.births_of(entry), matched)
        other: dict[str, float] = {}
        if relation is not BirthRelation.MISSING:
            other[f"birth_{relation.value}"] = values[f"birth_{relation.value}"] * birth
        country = country_feature(index, query.nationalities, index.countries_of(entry), matched)
        if country:
            other[country[0]] = values[country[0]] * country[1]
        sex = index.sex_of(entry)
        if sex in ("M", "F") and query.sex in ("M", "F") and sex != query.sex:
            other["sex_differs"] = values["sex_differs"]
        posterior, shown = added_up(start | {"base": self.coefficients.base} | about_name | other)
        hit = _Hit(entry, posterior, Channel.POSTERIOR, shown, number, text, relation, alignment)
        if passport is not None:
            number_says = {"passport_exact": PASSPORT_EXACT} if passport else {"passport_near": PASSPORT_NEAR}
            score, shown = added_up(shown | number_says)
            channel = Channel.PASSPORT if passport else Channel.POSTERIOR
            return replace(hit, score=score, contributions=shown, channel=channel, passport_near=not passport)
        alone, shown_alone = added_up(start | {"name_alone": self.coefficients.name_base} | about_name)
        if alone > posterior:
            return replace(hit, score=alone, channel=Channel.NAME, contributions=shown_alone)
        return hit

    def _shown(self, hit: _Hit, floor: float | None) -> bool:
        if hit.channel is Channel.PASSPORT or hit.passport_near:
            return True
        return hit.score >= (floor if floor is not None else self.thresholds[hit.channel])

    def _is_cleared(self, query: Query, hit: _Hit, cleared: Cleared) -> bool:
        if self.index is None or not cleared:
            return False
        pair = (query.person_key, self.index.entry_id(hit.entry), self.index.entry_hash(hit.entry))
        return cleared(*pair) if callable(cleared) else pair in cleared

    def _candidate(self, index: ListIndex, query: Query, hit: _Hit) -> Candidate:
        return Candidate(
            entry_id=index.entry_id(hit.entry),
            entry_hash=index.entry_hash(hit.entry),
            score=hit.score,
            band=self._band(hit),
            channel=hit.channel,
            matched_name=index.name_text(hit.name),
            applicant_name=hit.applicant_name,
            name_kind=index.name_kind(hit.name).value,
            birth=hit.birth,
            contributions=hit.contributions,
            explanation=explain(index, query.born, hit.entry, hit.name, hit.birth, hit.contributions, hit.alignment),
        )

    def _band(self, hit: _Hit) -> Band:
        if hit.channel is Channel.PASSPORT:
            return Band.PASSPORT
        if hit.passport_near:
            return Band.PASSPORT_NEAR
        over = hit.score - self.thresholds[hit.channel]
        if over < 0:
            return Band.BELOW
        if hit.channel is Channel.NAME:
            return Band.NAME_ONLY
        return Band.STRONG if over >= STRONG_ABOVE else Band.POSSIBLE

    def _verdict(self, candidates: Iterable[Candidate]) -> Verdict:
        if self.is_stale:
            return Verdict.STALE
        bands = {candidate.band for candidate in candidates}
        if Band.PASSPORT in bands:
            return Verdict.PASSPORT_MATCH
        return Verdict.REVIEW if bands - {Band.BELOW} else Verdict.CLEAR

    def _result(
        self, query: Query, verdict: Verdict, candidates: tuple[Candidate, ...], suppressed: int, started: float
    ) -> ScreeningResult:
        index = self.index
        return ScreeningResult(
            query_id=query.id,
            verdict=verdict,
            candidates=candidates,
            suppressed=suppressed,
            list_version=index.version.version if index else None,
            list_hash=index.version.hash if index else None,
            entries=index.entries if index else 0,
            coefficients_hash=self.coefficients.hash,
            thresholds=self.thresholds,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 3),
        )


def _names_of(
    index: ListIndex, query: Query, words: dict[str, QueryWord]
) -> list[tuple[str, Name, tuple[QueryWord, ...]]]:
    """The applicant's names that differ, each word looked up once."""
    names: dict[Name, str] = {}
    for text in query.names:
        name = read_name(text)
        if name.words:
            names.setdefault(name, text)
    for name in names:
        for word in name.words:
            if word.text not in words:
                words[word.text] = query_word(index, word)
    return [(text, name, tuple(words[word.text] for word in name.words)) for name, text in names.items()]


def rescreen(screener: Screener, queries: Iterable[Query], *, cleared: Cleared = ()) -> Iterator[ScreeningResult]:
    """Screen open cases against the index of what a new list version added or changed."""
    for query in queries:
        result = screener.screen(query, cleared=cleared)
        if result.candidates:
            yield result
