"""What a case was asked of the list and what the list answered, kept so that it can be asked again years later.

A record holds everything the answer came from: the persons, the day, the settings, the list's hash and the scorer.
Asked again of the same list by the same scorer it gives the same bytes (kiosk.screening_explain).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from db.tables import Screening, WatchlistDecision
from kiosk.cases.work import Work
from kiosk.records import from_json, to_json
from kiosk.screening.engine import ENGINE_VERSION, Candidate, Query, ScreeningResult
from kiosk.screening.scoring import Coefficients, coefficients, older_coefficients

CLEARED = "cleared"
CONFIRMED = "confirmed"
UNCHANGED = "unchanged"
"""Verdict of a record that says: what the new list added and changed does not touch this case."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who was looked for, on which day, under which settings."""

    today: date
    longest_age_days: int | None
    false_hits: int
    persons: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class KeptReason:
    """A key of the catalogue and the values of its fields."""

    key: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeptCandidate:
    """One entry that was found, its score with what it adds up from, and why."""

    entry: str
    hash: str
    score: float
    band: str
    channel: str
    applicant_name: str
    matched_name: str
    name_kind: str
    birth: str
    contributions: dict[str, float]
    reasons: tuple[KeptReason, ...]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The list's answer about one person. `suppressed`: candidates put aside because they were cleared before."""

    id: str
    verdict: str
    suppressed: int
    thresholds: dict[str, float]
    candidates: tuple[KeptCandidate, ...]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What is kept for a case that a new list does not touch: the record it was compared from."""

    since: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the question, the list that was asked (its version and hash), by which scorer, and the answer."""

    question: Question
    version: str
    digest: str
    scorer: str
    verdict: str
    answer: str


def scorer_name(given: Coefficients) -> str:
    """The version of the scorer with the hash of its coefficients."""
    return f"{ENGINE_VERSION}:{given.hash[:16]}"


def coefficients_of(scorer: str) -> Coefficients | None:
    """The coefficients of a scorer of this name; None where this program doesn't have them.

    The engine of this version answers with those of older versions as the older engines did.
    """
    if scorer == scorer_name(coefficients()):
        return coefficients()
    known = {f"{engine}:{given.hash[:16]}": given for engine, given in older_coefficients().items()}
    return known.get(scorer)


def kept_answers(results: Iterable[ScreeningResult]) -> str:
    """The answers about all persons as they are stored."""
    return to_json([_kept(result) for result in results])


def _kept(result: ScreeningResult) -> KeptAnswer:
    candidates = tuple(_kept_candidate(candidate) for candidate in result.candidates)
    return KeptAnswer(result.query_id, str(result.verdict), result.suppressed, result.thresholds, candidates)


def _kept_candidate(candidate: Candidate) -> KeptCandidate:
    return KeptCandidate(
        entry=candidate.entry_id,
        hash=candidate.entry_hash,
        score=candidate.score,
        band=str(candidate.band),
        channel=str(candidate.channel),
        applicant_name=candidate.applicant_name,
        matched_name=candidate.matched_name,
        name_kind=candidate.name_kind,
        birth=str(candidate.birth),
        contributions=candidate.contributions,
        reasons=tuple(KeptReason(reason.key, reason.values) for reason in candidate.explanation.reasons),
    )


def keep(work: Work, record: Record) -> int:
    """Keep a record; the caller's audit event names the row. The row's id."""
    row = Screening.create(
        case=work.case.id,
        at=work.now,
        officer=work.look.officer.id or None,
        list_version=record.version,
        list_hash=record.digest,
        scorer=record.scorer,
        verdict=record.verdict,
        query=to_json(record.question),
        answer=record.answer,
    )
    return int(row.id)


def keep_all(records: Iterable[tuple[int, Record]], now: datetime) -> list[int]:
    """Keep what the system found of many cases (by id). The rows' ids; the caller's audit event names them."""
    rows = [
        {
            "case": case_id,
            "at": now,
            "officer": None,
            "list_version": record.version,
            "list_hash": record.digest,
            "scorer": record.scorer,
            "verdict": record.verdict,
            "query": to_json(record.question),
            "answer": record.answer,
        }
        for case_id, record in records
    ]
    if not rows:
        return []
    return sorted(row.id for row in Screening.insert_many(rows).returning(Screening.id).execute())


def last_screening(case_id: int, *, whole: bool = False) -> Screening | None:
    """The newest record of a case; with `whole` the newest that asked the whole list. Within a unit of work."""
    query = Screening.select().where(Screening.case == case_id).order_by(Screening.id.desc())
    newest: Screening | None = (query.where(Screening.verdict != UNCHANGED) if whole else query).first()
    return newest


def undecided(case_id: int) -> bool:
    """Does the newest whole answer name somebody whom nobody has decided on? Within a unit of work."""
    newest = last_screening(case_id, whole=True)
    if newest is None or not any(each.candidates for each in answers_of(newest)):
        return False
    return not WatchlistDecision.select().where(WatchlistDecision.screening == newest.id).exists()


def answers_of(row: Screening) -> tuple[KeptAnswer, ...]:
    """The answers in a record that asked the whole list. Raises BadRecord."""
    return from_json(tuple[KeptAnswer, ...], row.answer)


def cleared_pairs(
    person_keys: Iterable[str], now: datetime, *, before: int | None = None
) -> frozenset[tuple[str, str, str]]:
    """(person key, entry id, entry hash) that stand cleared: the newest decision on a pair counts, until it expires.

    With `before` as they stood when that record was made. Within a unit of work.
    """
    newest: dict[tuple[str, str, str], str] = {}
    query = WatchlistDecision.select().where(
        WatchlistDecision.person_key.in_(list(person_keys))
        & (WatchlistDecision.expires_at.is_null() | (WatchlistDecision.expires_at > now))
    )
    if before is not None:
        query = query.where(WatchlistDecision.screening < before)
    for row in query.order_by(WatchlistDecision.id):
        newest[row.person_key.strip(), row.entry_id, row.entry_hash.strip()] = row.decision
    return frozenset(pair for pair, decision in newest.items() if decision == CLEARED)
