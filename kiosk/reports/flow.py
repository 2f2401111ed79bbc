"""The office of one day for Kasi and Kakanim: flow by step, load by officer, the promise, the money.

An officer has too much where the standard minutes of what waits at their steps, shared among the people at work who may
do the same step, are more than the office time that is left of the day. At work is who signed in that day; where nobody
who may do a step did, it is shared among all who may.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from statistics import median

from peewee import fn

from db.tables import Case, Ledger, Officer, Person, Session, StepRun
from kiosk.cases.model import Status
from kiosk.clock import WIB, office_day
from kiosk.money import shifts
from kiosk.money.ledger import Entry
from kiosk.money.shifts import Tally
from kiosk.people import sign_in
from kiosk.people.model import OfficerAt, acting_unit
from kiosk.procedure import Procedure
from kiosk.regulations import Regulations
from kiosk.reports.period import Period
from kiosk.working_calendar import Calendar


@dataclass(frozen=True, slots=True)
class StepFlow:
    """One step: how many cases wait now, how many were completed, and the median time of one against the standard."""

    step: str
    number: int
    waiting: int
    held: int
    done: int
    median_seconds: int | None
    standard_seconds: int
    over: int
    """Completed in more than the standard."""


@dataclass(frozen=True, slots=True)
class OfficerLoad:
    """One officer: what they completed, worked and have waiting. Minutes of the standard for what waits."""

    name: str
    at_work: bool
    done: int
    worked_minutes: int
    waiting_minutes: int
    too_much: bool


@dataclass(frozen=True, slots=True)
class Promises:
    """`kept` and `missed`: became ready that day in time, or too late. `late`: not ready and past the promise now."""

    kept: int
    missed: int
    late: int
    due_today: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole page."""

    day: str
    at: datetime
    minutes_left: int
    opened: int
    handed_over: int
    steps: tuple[StepFlow, ...]
    officers: tuple[OfficerLoad, ...]
    promises: Promises
    money: tuple[Tally, ...]
    hours: tuple[tuple[int, int], ...]
    """Hour of the day (WIB) and steps completed in it: the office's hours, and whatever was done beside them."""

    @property
    def total(self) -> int:
        """Rupiah taken, reversals taken off."""
        return sum(row.amount for row in self.money)


def sees_flow(officer: OfficerAt, procedure: Procedure) -> bool:
    """The Kakanim, and the authorised official of step 6 (Kasi)."""
    return officer.is_head or acting_unit(officer, procedure, "approval") is not None


def of_day(procedure: Procedure, regulations: Regulations, period: Period, now: datetime) -> Flow:
    """The figures of a day. What waits is of now. Within a unit of work."""
    runs = _runs(period)
    waiting, held = _waiting()
    left = _office_time_left(regulations, now)
    return Flow(
        day=period.name,
        at=now,
        minutes_left=left,
        opened=_opened(period),
        handed_over=sum(run.step == "handover" for run in runs),
        steps=tuple(_step(step.key, procedure, runs, waiting, held) for step in procedure.steps),
        officers=_officers(procedure, period, runs, waiting, left),
        promises=_promises(procedure, runs, now),
        money=_money(period),
        hours=_hours(regulations, period, runs),
    )


def _runs(period: Period) -> list[StepRun]:
    """The steps completed in a period. Read from the newest back, for they are stored in the order of their times."""
    newest = StepRun.select().where(StepRun.completed_at < period.until).order_by(StepRun.id.desc())
    return list(takewhile(lambda run: run.completed_at >= period.since, newest.iterator()))


def _waiting() -> tuple[dict[str, int], dict[str, int]]:
    query = Case.select(Case.step, Case.status, fn.COUNT(Case.id).alias("n")).where(Case.ended_at.is_null())
    waiting: dict[str, int] = defaultdict(int)
    held: dict[str, int] = defaultdict(int)
    for row in query.group_by(Case.step, Case.status):
        (waiting if row.status == Status.ACTIVE else held)[row.step] += row.n  # type: ignore[attr-defined]
    return waiting, held


def _step(
    key: str, procedure: Procedure, runs: Iterable[StepRun], waiting: dict[str, int], held: dict[str, int]
) -> StepFlow:
    step = procedure.step(key)
    took = [run.seconds for run in runs if run.step == key]
    standard = step.minutes * 60
    return StepFlow(
        step=key,
        number=step.number,
        waiting=waiting.get(key, 0),
        held=held.get(key, 0),
        done=len(took),
        median_seconds=int(median(took)) if took else None,
        standard_seconds=standard,
        over=sum(seconds > standard for seconds in took),
    )


def _officers(
    procedure: Procedure, period: Period, runs: list[StepRun], waiting: dict[str, int], left: int
) -> tuple[OfficerLoad, ...]:
    day = office_day(period.since)
    rows = Officer.select(Officer, Person).join(Person).where(Officer.active)
    people = [sign_in.officer_at(row, day) for row in rows.order_by(Officer.id)]
    started = Session.select(Session.officer).where(
        (Session.started_at < period.until) & (Session.ended_at.is_null() | (Session.ended_at >= period.since))
    )
    here = {row.officer_id for row in started.where(Session.started_at >= period.since)} | {r.officer_id for r in runs}
    shares: dict[int, float] = defaultdict(float)
    for step in procedure.steps:
        able = [one.id for one in people if acting_unit(one, procedure, step.key) is not None]
        sharing = [one for one in able if one in here] or able
        for one in sharing:
            shares[one] += waiting.get(step.key, 0) * step.minutes / len(sharing)
    loads = [
        OfficerLoad(
            name=one.name,
            at_work=one.id in here,
            done=sum(run.officer_id == one.id for run in runs),
            worked_minutes=sum(run.seconds for run in runs if run.officer_id == one.id) // 60,
            waiting_minutes=round(shares[one.id]),
            too_much=shares[one.id] > left,
        )
        for one in people
    ]
    return tuple(sorted(loads, key=lambda load: (-load.waiting_minutes, -load.done, load.name)))


def _hours(regulations: Regulations, period: Period, runs: Iterable[StepRun]) -> tuple[tuple[int, int], ...]:
    calendar, day = Calendar(regulations), office_day(period.since)
    done = Counter(run.completed_at.astimezone(WIB).hour for run in runs)
    shown = set(done)
    if calendar.is_working_day(day):
        shown |= {calendar.opening(day).astimezone(WIB).hour, calendar.closing(day).astimezone(WIB).hour - 1}
    return tuple((hour, done[hour]) for hour in range(min(shown), max(shown) + 1)) if shown else ()


def _office_time_left(regulations: Regulations, now: datetime) -> int:
    calendar, day = Calendar(regulations), office_day(now)
    if not calendar.is_working_day(day):
        return 0
    return calendar.working_time(now, calendar.closing(day)) // timedelta(minutes=1)


def _opened(period: Period) -> int:
    return int(Case.select().where((Case.opened_at >= period.since) & (Case.opened_at < period.until)).count())


def _promises(procedure: Procedure, runs: Iterable[StepRun], now: datetime) -> Promises:
    keys = [step.key for step in procedure.steps]
    collected = keys.index("handover")
    ready = {run.case_id: run.completed_at for run in runs if run.step == keys[collected - 1]}
    due = {row.id: row.promise_due for row in Case.select().where(Case.id.in_(list(ready)))}
    in_time = [at <= due[case] for case, at in ready.items() if due.get(case) is not None]
    paid = keys.index(procedure.promise.counted_from)
    under_way = Case.ended_at.is_null() & Case.step.in_(keys[paid + 1 : collected]) & Case.promise_due.is_null(False)
    promised = [row.promise_due for row in Case.select(Case.promise_due).where(under_way)]
    today = office_day(now)
    return Promises(
        kept=sum(in_time),
        missed=len(in_time) - sum(in_time),
        late=sum(at < now for at in promised),
        due_today=sum(at >= now and office_day(at) == today for at in promised),
    )


def _money(period: Period) -> tuple[Tally, ...]:
    kinds = (str(Entry.RECEIPT), str(Entry.REVERSAL))
    rows = Ledger.select().where((Ledger.at >= period.since) & (Ledger.at < period.until) & Ledger.kind.in_(kinds))
    return shifts.tallies(((row.method, None, ""), row.payment_id, row.amount) for row in rows.order_by(Ledger.id))
