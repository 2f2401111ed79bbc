"""Open cases asked again when a list becomes active (screening.md 6).

A case is asked about what changed since the list it was last asked of; where that touches it, the whole list is asked
and the answer recorded. A new hit holds an active case for SOP Cekal with the system as signer, whoever has it on a
counter: the late writer is refused, what was typed stays a draft. A case that is held for another reason keeps that
hold; its hit is recorded, and the next step anyone completes on it holds it (kiosk.steps.cekal.hold_undecided).
Nothing is cleared or released here. A run that was broken off is taken up again by the next: cases whose newest
record is of the active list are done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Expression, fn

from db.connection import Store
from db.tables import Case, Screening, StepRun
from kiosk import audit
from kiosk.cases import by_system
from kiosk.cases.load import case_file
from kiosk.cases.model import Outcome, Status
from kiosk.cases.transactions import unit_of_work
from kiosk.cases.work import Kit
from kiosk.clock import office_day
from kiosk.records import from_json, to_json
from kiosk.refusals import Refused
from kiosk.screening.engine import Query
from kiosk.screening.rescreening import touched
from kiosk.screening_case import answer, neutral, queries, question_of, record_screening
from kiosk.screening_files import ListFilesBroken
from kiosk.screening_lists import Current, active_hash, changed_part, current
from kiosk.screening_records import UNCHANGED, Record, Unchanged, keep_all, scorer_name
from kiosk.steps import data_entry

BATCH = 100
"""Untouched cases recorded in one transaction."""
CHANGES_FOR_A_CASE = 1000
"""With more changed entries for each case it costs less to ask the whole list: to index an entry takes 15 microseconds,
to ask a million of them takes 10 to 20 milliseconds."""


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What became of the open cases. `left` were written to meanwhile and are asked by the next run."""

    asked: int = 0
    held: int = 0
    """By a new hit."""
    waiting: int = 0
    """With a new hit, under a hold for another reason."""
    left: int = 0


@dataclass(frozen=True, slots=True)
class _Open:
    """An open case as it was read: who to look for, and the record it was last asked in."""

    case_id: int
    persons: tuple[Query, ...]
    record: int | None
    digest: str | None


def ask_again(store: Store, kit: Kit, now: datetime) -> AskedAgain | Refused:
    """Ask every open case that was last asked of another list than the active one. Raises StoreError."""
    with store.reading():
        listed = current(kit, office_day(now))
        if isinstance(listed, Refused):
            return listed
        waiting = _open_cases(kit, listed)
    done = AskedAgain()
    groups: dict[str | None, list[_Open]] = {}
    for each in waiting:
        groups.setdefault(each.digest, []).append(each)
    for digest, cases in groups.items():
        near = _touched(kit, listed, digest, cases)
        far = [each for each in cases if each.case_id not in near]
        for start in range(0, len(far), BATCH):
            done = _add(done, _record_unchanged(store, kit, listed, far[start : start + BATCH], now))
        for each in cases:
            if each.case_id in near:
                done = _add(done, _ask(store, kit, listed, each.case_id, now))
    return done


def left_to_ask(store: Store, kit: Kit, now: datetime) -> int:
    """How many open cases were last asked of another list than the active one. Raises StoreError."""
    with store.reading():
        listed = current(kit, office_day(now))
        return 0 if isinstance(listed, Refused) else len(_open_cases(kit, listed))


def _add(one: AskedAgain, other: AskedAgain) -> AskedAgain:
    return AskedAgain(
        one.asked + other.asked, one.held + other.held, one.waiting + other.waiting, one.left + other.left
    )


def _open_cases(kit: Kit, listed: Current, only: Iterable[int] | None = None) -> list[_Open]:
    """The cases past step 2, in process, whose newest record is not of this list; `only` of these ids. One that was
    never asked and stands at step 3 is asked there."""
    chosen = (Case.outcome == Outcome.IN_PROCESS) & (Case.status != Status.ENDED)
    if only is not None:
        chosen &= Case.id.in_(list(only))
    entered, before = _entered(chosen), _newest_records(chosen)
    rows: list[Any] = list(Case.select(Case.id, Case.step, Case.procedure).where(chosen).order_by(Case.id).tuples())
    found = []
    for case_id, step, procedure in rows:
        record, digest = before.get(case_id, (None, None))
        done = kit.procedures.by_hash(procedure)
        if case_id not in entered or done.step(step).number <= done.step(data_entry.KEY).number:
            continue
        if digest == listed.listed.hash or (record is None and step == "watchlist"):
            continue
        data = from_json(data_entry.Produced, entered[case_id]).data
        found.append(_Open(case_id, queries(data, listed.screener.today), record, digest))
    return found


def _entered(chosen: Expression) -> dict[int, str]:
    """Case -> the newest output of step 2."""
    runs = StepRun.select(StepRun.case, StepRun.output).join(Case).where(chosen & (StepRun.step == data_entry.KEY))
    rows: list[Any] = list(runs.order_by(StepRun.attempt).tuples())
    return dict(rows)


def _newest_records(chosen: Expression) -> dict[int, tuple[int | None, str | None]]:
    """Case -> its newest record, and the hash of the list that was asked."""
    newest = Screening.select(fn.MAX(Screening.id)).join(Case).where(chosen).group_by(Screening.case)
    found = Screening.select(Screening.case, Screening.id, Screening.list_hash).where(Screening.id.in_(newest))
    rows: list[Any] = list(found.tuples())
    return {case_id: (number, digest.strip()) for case_id, number, digest in rows}


def _touched(kit: Kit, listed: Current, digest: str | None, cases: Sequence[_Open]) -> frozenset[int]:
    """Which cases the changes since the list `digest` come near; all where that can't be told, or costs more."""
    everyone = frozenset(each.case_id for each in cases)
    if digest is None:
        return everyone
    try:
        changed = changed_part(kit.settings, digest, listed.listed.hash)
    except ListFilesBroken:
        return everyone
    if changed is None:
        return frozenset()
    if changed.entries > CHANGES_FOR_A_CASE * len(cases):
        return everyone
    persons = [(each.case_id, query) for each in cases for query in each.persons]
    near = touched(listed.screener, (query for _, query in persons), changed)
    return frozenset(case_id for (case_id, _), is_near in zip(persons, near, strict=True) if is_near)


def _record_unchanged(store: Store, kit: Kit, listed: Current, cases: Sequence[_Open], now: datetime) -> AskedAgain:
    """Record that the new list does not touch these cases; one that moved meanwhile is asked whole."""
    moved: list[int] = []
    kept: Sequence[int] = ()
    with unit_of_work(store) as done:
        if active_hash() != listed.listed.hash:
            return AskedAgain()
        now_open = {each.case_id: each for each in _open_cases(kit, listed, (each.case_id for each in cases))}
        rows = []
        for each in cases:
            again = now_open.get(each.case_id)
            if again is None:
                continue
            if again != each or each.record is None:
                moved.append(each.case_id)
                continue
            rows.append((each.case_id, _unchanged(listed, each, each.record)))
        kept = keep_all(rows, now)
        if kept:
            data = {"list": listed.listed.hash, "cases": len(kept), "first": kept[0], "last": kept[-1]}
            audit.append(now, by_system.signer(kit), "screened_unchanged", f"watchlist:{listed.listed.version}", data)
    found = AskedAgain(left=len(kept)) if done.refused else AskedAgain(asked=len(kept))
    for case_id in moved:
        found = _add(found, _ask(store, kit, listed, case_id, now))
    return found


def _unchanged(listed: Current, each: _Open, since: int) -> Record:
    return Record(
        question=question_of(listed.screener, each.persons),
        version=listed.listed.version,
        digest=listed.listed.hash,
        scorer=scorer_name(listed.screener.coefficients),
        verdict=UNCHANGED,
        answer=to_json(Unchanged(since)),
    )


def _ask(store: Store, kit: Kit, listed: Current, case_id: int, now: datetime) -> AskedAgain:
    """Ask the whole list about one case, record the answer, and hold the case if it names somebody."""
    result = AskedAgain()
    with unit_of_work(store) as done:
        still = _open_cases(kit, listed, (case_id,)) if active_hash() == listed.listed.hash else []
        case = case_file(case_id, kit.procedures) if still else None
        if case is None:
            return result
        found = answer(listed, case.need(data_entry.KEY, data_entry.Produced).data, now)
        work = by_system.work_of(kit, case, now)
        holds = bool(found.hits) and case.status is Status.ACTIVE
        if holds:
            key = f"list:{listed.listed.hash[:8]}:{still[0].record or 0}:{case_id}"
            by_system.hold(work, Status.HELD_WATCHLIST, key=key, reason=neutral("held"))
        record_screening(work, found)
        elsewhere = bool(found.hits) and not holds and case.status is not Status.HELD_WATCHLIST
        result = AskedAgain(1, int(holds), int(elsewhere))
    return AskedAgain(left=1) if done.refused else result
