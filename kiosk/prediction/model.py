"""The estimate. Pure.

Of the last cases that went through the same steps, four in five were ready within `length` of office time (working
hours, holidays and breaks left out). Where more cases are under way now than those met on their way, the length grows
in the same proportion, at most LOAD_LIMIT times. The answer is the moment `length` of office time after the case
entered the step. Fewer than LEAST cases: no estimate, only the promise.

Beside it stands how it did: the newest MEASURED cases are estimated again from what was known when each entered the
step, and those that were ready by the day so said are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from kiosk.clock import office_day
from kiosk.working_calendar import Calendar

SHARE = 0.8
LEAST = 8
NEWEST = 60
"""So many of the newest cases are looked at: an office changes."""
LOAD_LIMIT = 3.0
MEASURED = 20
LEAST_MEASURED = 10
"""Fewer estimates than these say nothing of how good they are."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A finished case: when it entered the step, and when its passport was ready for collection."""

    entered: datetime
    ready: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """Of the estimates of `cases` finished cases, `by_then` came true: ready on the day that was said, or before."""

    by_then: int
    cases: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The day on which a passport will be ready, and how such estimates turned out of late (None: too few cases)."""

    day: date
    kept: Kept | None


def predict(calendar: Calendar, passages: Sequence[Passage], entered: datetime, under_way: int) -> datetime | None:
    """When a case that entered the step at `entered`, with `under_way` others, will be ready. Raises NoWorkingDay."""
    newest = sorted(passages, key=lambda one: one.ready)[-NEWEST:]
    return _said(calendar, newest, _lengths(calendar, newest), entered, under_way)


def kept(calendar: Calendar, passages: Sequence[Passage]) -> Kept | None:
    """How the estimates of the newest cases turned out; None for fewer than LEAST_MEASURED. Raises NoWorkingDay."""
    found = sorted(passages, key=lambda one: one.ready)
    lengths = _lengths(calendar, found)
    cases = by_then = 0
    for one in found[-MEASURED:]:
        known = [other for other in found if other.ready < one.entered][-NEWEST:]
        said = _said(calendar, known, lengths, one.entered, met(found, one.entered))
        if said is not None:
            cases += 1
            by_then += office_day(one.ready) <= office_day(said)
    return Kept(by_then, cases) if cases >= LEAST_MEASURED else None


def _lengths(calendar: Calendar, passages: Sequence[Passage]) -> Mapping[Passage, timedelta]:
    return {one: calendar.working_time(one.entered, one.ready) for one in passages}


def _said(
    calendar: Calendar,
    newest: Sequence[Passage],
    lengths: Mapping[Passage, timedelta],
    entered: datetime,
    under_way: int,
) -> datetime | None:
    if len(newest) < LEAST:
        return None
    took = sorted(lengths[one] for one in newest)
    length = took[min(len(took) - 1, int(len(took) * SHARE))]
    return calendar.after(entered, length * _load(newest, under_way))


def met(passages: Sequence[Passage], at: datetime) -> int:
    """How many of these cases were under way at a moment."""
    return sum(one.entered < at < one.ready for one in passages)


def _load(passages: Sequence[Passage], under_way: int) -> float:
    usual = median(met(passages, one.entered) for one in passages)
    return min(LOAD_LIMIT, max(1.0, (under_way + 1) / (usual + 1)))
