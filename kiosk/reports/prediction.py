"""How good the estimate of the ready time was: every finished case is predicted again from what was known when its
applicant had paid, and compared with what happened and with the promise."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from kiosk.clock import office_day
from kiosk.prediction import history
from kiosk.prediction.model import LEAST, NEWEST, Passage, met, predict
from kiosk.procedure import Procedure
from kiosk.regulations import Regulations
from kiosk.working_calendar import Calendar

MOST = 500
"""So many of the newest finished cases are looked at."""


@dataclass(frozen=True, slots=True)
class Error:
    """How an estimate and what happened differ, over `cases` cases. Office hours; later than said is positive."""

    cases: int
    median_hours: float
    """Of the size of the error."""
    bias_hours: float
    """Median with its sign."""
    in_time: float
    """Share ready by the moment that was said."""
    on_day: float
    """Share ready on or before the day that was said, which is what the applicant reads."""
    days_said: float
    """Working days between payment and the day that was said: an estimate that is always late is no use."""


@dataclass(frozen=True, slots=True)
class PredictionReport:
    """The estimate beside the promise, on the same cases; None with fewer than LEAST finished cases before."""

    finished: int
    needed: int
    estimate: Error | None
    promise: Error | None


@dataclass(frozen=True, slots=True)
class _Said:
    entered: datetime
    said: datetime
    ready: datetime


def measured(procedure: Procedure, regulations: Regulations) -> PredictionReport:
    """The error on finished cases. Within a unit of work."""
    step = history.steps_to_ready(procedure)[0]
    calendar = Calendar(regulations)
    found = sorted(history.passages(procedure, step, limit=MOST), key=lambda one: one.entered)
    estimates, promises = [], []
    for one in found:
        known = [other for other in found if other.ready < one.entered]
        said = predict(calendar, known[-NEWEST:], one.entered, met(found, one.entered))
        if said is not None:
            estimates.append(_Said(one.entered, said, one.ready))
            promises.append(_Said(one.entered, _promised(calendar, procedure, one), one.ready))
    return PredictionReport(len(found), LEAST, _error(calendar, estimates), _error(calendar, promises))


def _promised(calendar: Calendar, procedure: Procedure, one: Passage) -> datetime:
    return calendar.due(one.entered, procedure.promise.working_days)


def _error(calendar: Calendar, pairs: list[_Said]) -> Error | None:
    if not pairs:
        return None
    hours = [_hours(calendar, pair) for pair in pairs]
    on_day = [office_day(pair.ready) <= office_day(pair.said) for pair in pairs]
    days = [calendar.working_days_between(office_day(pair.entered), office_day(pair.said)) for pair in pairs]
    return Error(
        cases=len(pairs),
        median_hours=round(median(abs(value) for value in hours), 2),
        bias_hours=round(median(hours), 2),
        in_time=round(sum(value <= 0 for value in hours) / len(hours), 3),
        on_day=round(sum(on_day) / len(on_day), 3),
        days_said=round(sum(days) / len(days), 2),
    )


def _hours(calendar: Calendar, pair: _Said) -> float:
    late = calendar.working_time(pair.said, pair.ready) - calendar.working_time(pair.ready, pair.said)
    return late / timedelta(hours=1)
