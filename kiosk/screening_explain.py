"""Why a case was found or not, years later: each record of it is asked again and held against what was answered.

The same list (by its hash) and the same scorer (by its version and coefficients) give the same bytes; the coefficients
of older versions are delivered too. Where the list's files are gone, or the program doesn't have the scorer, that is
said; what was recorded is shown all the same.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db.connection import Store
from db.tables import Case, Officer, Person, Screening, WatchlistDecision
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.engine import refuse, unit_of_work
from kiosk.cases.work import Kit
from kiosk.records import BadRecord, from_json, to_json
from kiosk.refusals import Code, Refused
from kiosk.screening.engine import Screener
from kiosk.screening.index import ListIndex
from kiosk.screening.rescreening import changed_index, touched
from kiosk.screening.scoring import coefficients
from kiosk.screening_files import ListFilesBroken
from kiosk.screening_lists import changed_part, changes, entries_of, open_list
from kiosk.screening_records import (
    UNCHANGED,
    KeptAnswer,
    Question,
    Unchanged,
    answers_of,
    cleared_pairs,
    coefficients_of,
    kept_answers,
    scorer_name,
)


class Reproduced(StrEnum):
    """What came of asking a record again. Words: `watchlist.reproduced.<value>`."""

    SAME = "same"
    """The same bytes."""
    DIFFERS = "differs"
    """Other bytes from the same list and scorer: the record or the list's files were changed."""
    OTHER_SCORER_SAME = "other_scorer_same"
    """This program doesn't have that scorer; its own gives the same bytes."""
    OTHER_SCORER_DIFFERS = "other_scorer_differs"
    LIST_GONE = "list_gone"
    """The files of the list can't be opened on this terminal."""
    UNREADABLE = "unreadable"
    """The record is not one of this program."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of Wasdakim on a candidate, as it was recorded."""

    entry: str
    entry_hash: str
    decision: str
    reason: str
    officer: str
    second: str
    at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One record. `stored` is its answer's bytes, `again` what asking again gives ("" where it can't be asked)."""

    screening: int
    at: datetime
    officer: str
    """"" for the system: a new list came in."""
    list_version: str
    list_hash: str
    scorer: str
    verdict: str
    question: Question | None
    answers: tuple[KeptAnswer, ...]
    since: int | None
    """The record that this one says nothing changed since."""
    stored: str
    again: str
    reproduced: Reproduced
    decisions: tuple[Decided, ...]


def explain(store: Store, kit: Kit, case_id: int, signer: Signer, now: datetime) -> tuple[Explained, ...] | Refused:
    """Every record of a case, the oldest first, each asked again; the reading is audited first. Raises StoreError."""
    with unit_of_work(store) as answer:
        if Case.get_or_none(Case.id == case_id) is None:
            raise refuse(Code.CASE_NOT_FOUND)
        rows = list(Screening.select().where(Screening.case == case_id).order_by(Screening.id))
        data = {"screenings": [row.id for row in rows], "scorer": scorer_name(coefficients())}
        audit.append(now, signer, "explained_watchlist", f"case:{case_id}", data)
    if answer.refused:
        return answer.refused
    with store.reading():
        return tuple(_explained(kit, row) for row in rows)


def _explained(kit: Kit, row: Screening) -> Explained:
    digest = row.list_hash.strip()
    question: Question | None = None
    answers: tuple[KeptAnswer, ...] = ()
    since: int | None = None
    again, reproduced = "", Reproduced.UNREADABLE
    try:
        question = from_json(Question, row.query)
        if row.verdict == UNCHANGED:
            since = from_json(Unchanged, row.answer).since
        else:
            answers = answers_of(row)
        again = _asked_again(kit, row, question, since)
        reproduced = _judged(row, again)
    except BadRecord:
        pass
    except ListFilesBroken:
        reproduced = Reproduced.LIST_GONE
    return Explained(
        screening=row.id,
        at=row.at,
        officer=row.officer.person.name if row.officer else "",
        list_version=row.list_version,
        list_hash=digest,
        scorer=row.scorer,
        verdict=row.verdict,
        question=question,
        answers=answers,
        since=since,
        stored=row.answer,
        again=again,
        reproduced=reproduced,
        decisions=_decisions(row.id),
    )


def _judged(row: Screening, again: str) -> Reproduced:
    same = again.encode() == row.answer.encode()
    if coefficients_of(row.scorer) is not None:
        return Reproduced.SAME if same else Reproduced.DIFFERS
    return Reproduced.OTHER_SCORER_SAME if same else Reproduced.OTHER_SCORER_DIFFERS


def _asked_again(kit: Kit, row: Screening, question: Question, since: int | None) -> str:
    """What the list of the record answers today to its question. Raises ListFilesBroken."""
    digest = row.list_hash.strip()
    screener = Screener(
        open_list(kit.settings, digest),
        today=question.today,
        longest_age_days=question.longest_age_days,
        false_hits=question.false_hits,
        given=coefficients_of(row.scorer),
    )
    if since is None:
        cleared = cleared_pairs([person.person_key for person in question.persons], row.at, before=row.id)
        return kept_answers(screener.screen(person, cleared=cleared) for person in question.persons)
    before = Screening.get_or_none(Screening.id == since)
    if before is None:
        raise ListFilesBroken("no record to compare with")
    part = _changed_since(kit, screener, before.list_hash.strip(), digest)
    near = part is not None and any(touched(screener, question.persons, part))
    return to_json(None if near else Unchanged(since))


def _changed_since(kit: Kit, screener: Screener, before: str, digest: str) -> ListIndex | None:
    """What changed between two lists, as the scorer looked at it. Raises ListFilesBroken."""
    if screener.coefficients.estimates_country or screener.index is None:
        return changed_part(kit.settings, before, digest)
    changed = entries_of(kit.settings, digest, changes(kit.settings, before, digest).to_screen)
    return changed_index(screener.index, changed) if changed else None


def _decisions(screening: int) -> tuple[Decided, ...]:
    second = Person.alias()
    query = (
        WatchlistDecision.select(WatchlistDecision, Officer, Person, second)
        .join(Officer)
        .join(Person)
        .switch(WatchlistDecision)
        .join(second, on=(WatchlistDecision.witness == second.id))
        .where(WatchlistDecision.screening == screening)
        .order_by(WatchlistDecision.id)
    )
    return tuple(
        Decided(
            entry=row.entry_id,
            entry_hash=row.entry_hash.strip(),
            decision=row.decision,
            reason=row.reason,
            officer=row.officer.person.name,
            second=row.witness.name,
            at=row.at,
            expires_at=row.expires_at,
        )
        for row in query
    )
