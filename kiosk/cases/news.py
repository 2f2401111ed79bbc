"""What is new in a case for the officer who opens it: the last colleague's note, and what was done since they saw it.

An officer saw a case last when their last stretch of work on it ended, or when they last acted on it.
"""

from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN

from db.tables import CaseEvent, Officer, Person, StepWork
from kiosk.cases.model import Act
from kiosk.cases.work import Look

NO_NOTE = frozenset({Act.OPEN, Act.COMPLETE, Act.RECORD})
"""Acts whose reason is no remark to a colleague but a number or place that was recorded."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague wrote: the reason of a pause (`pause.<text>` may be its words) or of an act."""

    at: datetime
    officer: str
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """An act of somebody else."""

    at: datetime
    officer: str
    step: str
    act: str


@dataclass(frozen=True, slots=True)
class News:
    """`changes` are empty for who sees the case for the first time; the newest is the last."""

    last_seen: datetime | None = None
    note: Note | None = None
    changes: tuple[Change, ...] = ()

    @property
    def any(self) -> bool:
        return self.note is not None or bool(self.changes)


def news(look: Look, case_id: int) -> News:
    """What is new for this officer. Asked before the case is claimed, within a unit of work."""
    stretches = _stretches(case_id)
    events = _events(case_id)
    own = [row.closed_at for row in stretches if row.officer_id == look.officer.id and row.closed_at is not None]
    own += [row.at for row in events if row.officer_id == look.officer.id]
    last_seen = max(own, default=None)
    notes = [
        Note(row.closed_at, row.officer.person.name, row.step, row.reason)
        for row in stretches
        if row.reason and row.closed_at is not None and row.officer_id != look.officer.id
    ]
    notes += [
        Note(row.at, _name(row), row.step, row.reason)
        for row in events
        if row.reason and row.act not in NO_NOTE and row.officer_id != look.officer.id
    ]
    fresh = [note for note in notes if last_seen is None or note.at > last_seen]
    changes = tuple(
        Change(row.at, _name(row), row.step, row.act)
        for row in events
        if last_seen is not None and row.at > last_seen and row.officer_id != look.officer.id
    )
    return News(last_seen, max(fresh, key=lambda note: note.at, default=None), changes)


def _stretches(case_id: int) -> list[StepWork]:
    query = StepWork.select(StepWork, Officer, Person).join(Officer).join(Person)
    return list(query.where(StepWork.case == case_id).order_by(StepWork.id))


def _events(case_id: int) -> list[CaseEvent]:
    query = CaseEvent.select(CaseEvent, Officer, Person).join(Officer, JOIN.LEFT_OUTER).join(Person, JOIN.LEFT_OUTER)
    return list(query.where(CaseEvent.case == case_id).order_by(CaseEvent.id))


def _name(row: CaseEvent) -> str:
    """Who did it; "" for the system."""
    return "" if row.officer is None else str(row.officer.person.name)
