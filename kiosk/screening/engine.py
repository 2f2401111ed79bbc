"""Screening one applicant against one version of the list (SOP step 3).

The same inputs, list and coefficients give the same answer, byte for byte.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from kiosk.screening.births import BirthRelation
from kiosk.screening.candidates import find_candidates
from kiosk.screening.comparison import Applicant, Channel, Comparison, compare, score_of
from kiosk.screening.explain import Explanation, explain
from kiosk.screening.index import ListIndex
from kiosk.screening.names import Name, read_name, without_joined_titles
from kiosk.screening.passports import exact_number, misread_number, number_key
from kiosk.screening.scoring import FALSE_HITS, ROUNDING, Coefficients, coefficients, threshold
from kiosk.screening.similarity import QueryWord, query_word

ENGINE_VERSION = "3"
"""Stands in every record of a screening. A change that gives any query another answer raises it."""


class Verdict(StrEnum):
    CLEAR = "clear"
    REVIEW = "review"
    PASSPORT_MATCH = "passport_match"
    STALE = "stale"
    NO_LIST = "no_list"


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

MOST_COMPARED = 150
"""Names that are compared word by word, unless more hits are asked for."""

ROUNDING_ERROR = 0.01
"""How far the rounded contributions may be from the score they were chosen by."""

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
    """By channel; today the bases of the channels make it one number."""
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class _Hit:
    comparison: Comparison
    score: float
    contributions: dict[str, float]

    @property
    def near_passport(self) -> bool:
        return self.comparison.passport is False


class Screener:
    """Screens against one index. Read-only and safe for several threads; a new list version is a new Screener."""

    def __init__(
        self,
        index: ListIndex | None,
        *,
        today: date,
        longest_age_days: int | None = None,
        false_hits: int = FALSE_HITS,
        given: Coefficients | None = None,
    ) -> None:
        """`today` decides which entries are in force and how old the list is; `index` None answers `no_list`.

        `false_hits` per 1,000 applicants set the threshold: one of the numbers in `Coefficients.thresholds`.
        """
        self.index = index
        self.today = today
        self.coefficients = (given or coefficients()).at(index.version.entries if index else 0)
        self.longest_age_days = longest_age_days
        self.false_hits = false_hits
        self.threshold = round(threshold(false_hits, index.entries if index else 0, self.coefficients), ROUNDING)

    def on(self, today: date) -> "Screener":
        """The same list on another day."""
        return Screener(
            self.index,
            today=today,
            longest_age_days=self.longest_age_days,
            false_hits=self.false_hits,
            given=self.coefficients,
        )

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
        ordered = sorted(kept, key=lambda hit: (-hit.score, index.entry_id(hit.comparison.entry)))
        candidates = tuple(self._candidate(index, hit) for hit in ordered[:limit])
        return self._result(query, self._verdict(candidates), candidates, len(hits) - len(kept), started)

    def finds(self, query: Query, floor: float, words: dict[str, QueryWord]) -> bool:
        """Does any entry score `floor`? `words` are the words of queries before, and take up this one's."""
        return self.index is not None and bool(self._hits(self.index, query, floor, 1, words))

    def _hits(
        self,
        index: ListIndex,
        query: Query,
        floor: float | None,
        limit: int,
        words: dict[str, QueryWord] | None = None,
    ) -> list[_Hit]:
        applicants = applicants_of(
            index, query, {} if words is None else words, parts_words=self.coefficients.parts_words
        )
        given_names = [applicant.words for applicant in applicants]
        least = self.threshold if floor is None else floor
        nearly = least - ROUNDING_ERROR
        keep = max(MOST_COMPARED, 3 * limit)
        countries = query.nationalities if self.coefficients.estimates_country else None
        found = find_candidates(
            index, given_names, query.born, self.coefficients, least=least, keep=keep, nationalities=countries
        )
        by_passport = self._by_passport(index, query)
        numbers = found.names.tolist()
        for entry in by_passport:
            numbers.extend(range(int(index.entry_names[entry]), int(index.entry_names[entry + 1])))
        entries = index.name_entry[np.array(numbers, dtype=np.int64)]
        in_force = index.in_force(entries, self.today).tolist()
        best: dict[int, Comparison] = {}
        for number, entry, active in zip(numbers, entries.tolist(), in_force, strict=True):
            if active:
                for applicant in applicants:
                    passport = by_passport.get(entry)
                    comparison = compare(index, applicant, number, entry, passport, self.coefficients, nearly)
                    if entry not in best or comparison.score > best[entry].score:
                        best[entry] = comparison
        hits = []
        for _, comparison in sorted(best.items()):
            if comparison.passport is not None or comparison.score >= nearly:
                score, contributions = score_of(index, comparison, self.coefficients)
                if comparison.passport is not None or score >= least:
                    hits.append(_Hit(comparison, score, contributions))
        return hits

    def _by_passport(self, index: ListIndex, query: Query) -> dict[int, bool]:
        """Entry -> True for the exact number, False for one that may be misread."""
        if not query.passport:
            return {}
        misread = misread_number(query.passport)
        near = index.with_passport(number_key(misread), misread=True) if misread else []
        exact = index.with_passport(number_key(exact_number(query.passport)), misread=False)
        return dict.fromkeys(near, False) | dict.fromkeys(exact, True)

    def _is_cleared(self, query: Query, hit: _Hit, cleared: Cleared) -> bool:
        if self.index is None or not cleared:
            return False
        pair = (
            query.person_key,
            self.index.entry_id(hit.comparison.entry),
            self.index.entry_hash(hit.comparison.entry),
        )
        return cleared(*pair) if callable(cleared) else pair in cleared

    def _candidate(self, index: ListIndex, hit: _Hit) -> Candidate:
        compared = hit.comparison
        return Candidate(
            entry_id=index.entry_id(compared.entry),
            entry_hash=index.entry_hash(compared.entry),
            score=hit.score,
            band=self._band(hit),
            channel=compared.channel,
            matched_name=index.name_text(compared.name),
            applicant_name=compared.applicant.text,
            name_kind=index.name_kind(compared.name).value,
            birth=compared.birth,
            contributions=hit.contributions,
            explanation=explain(index, compared),
        )

    def _band(self, hit: _Hit) -> Band:
        channel = hit.comparison.channel
        if channel is Channel.PASSPORT:
            return Band.PASSPORT
        if hit.near_passport:
            return Band.PASSPORT_NEAR
        over = hit.score - self.threshold
        if over < 0:
            return Band.BELOW
        if channel is Channel.NAME:
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
            thresholds={channel.value: self.threshold for channel in (Channel.POSTERIOR, Channel.NAME)},
            elapsed_ms=round((time.perf_counter() - started) * 1000, 3),
        )


def applicants_of(index: ListIndex, query: Query, words: dict[str, QueryWord], *, parts_words: bool) -> list[Applicant]:
    """The applicant under each of the names that differ, or without a name; words in `words` are known already.

    `parts_words` as in Coefficients.
    """
    names: dict[Name, str] = {}
    for text in query.names:
        name = read_name(text)
        if name.words:
            names.setdefault(name, text)
            if parts_words:
                names.setdefault(without_joined_titles(name), text)
    if not names:
        names[Name((), may_be_cut=False)] = ""
    for name in names:
        for word in name.words:
            if word.text not in words:
                words[word.text] = query_word(index, word)
    return [
        Applicant(
            text, name, tuple(words[word.text] for word in name.words), query.born, query.nationalities, query.sex
        )
        for name, text in names.items()
    ]
