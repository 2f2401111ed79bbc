"""The estimate. Pure.

Of the last cases that went through the same steps, four in five were ready within `length` of office time (working
hours, holidays and breaks left out). Where more cases are under way now than those met on their way, the length grows
in the same proportion, at most LOAD_LIMIT times. The answer is the moment `length` of office time after the case
entered the step. Fewer than LEAST cases: no estimate, only the promise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from kiosk.working_calendar import Calendar

SHARE = 0.8
LEAST = 8
NEWEST = 60
"""So many of the newest cases are looked at: an office changes."""
LOAD_LIMIT = 3.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A finished case: when it entered the step, and when its passport was ready for collection."""

    entered: datetime
    ready: datetime


def predict(calendar: Calendar, passages: Sequence[Passage], entered: datetime, under_way: int) -> datetime | None:
    """When a case that entered the step at `entered`, with `under_way` others, will be ready. Raises NoWorkingDay."""
    newest = sorted(passages, key=lambda one: one.ready)[-NEWEST:]
    if len(newest) < LEAST:
        return None
    took = sorted(calendar.working_time(one.entered, one.ready) for one in newest)
    length = took[min(len(took) - 1, int(len(took) * SHARE))]
    return calendar.after(entered, length * _load(newest, under_way))


def met(passages: Sequence[Passage], at: datetime) -> int:
    """How many of these cases were under way at a moment."""
    return sum(one.entered < at < one.ready for one in passages)


def _load(passages: Sequence[Passage], under_way: int) -> float:
    usual = median(met(passages, one.entered) for one in passages)
    return min(LOAD_LIMIT, max(1.0, (under_way + 1) / (usual + 1)))
