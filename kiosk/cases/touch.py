"""Touch time: the stretches in which somebody works on a step, and the pauses with their reasons.

The standard minutes of the SOP run only in these stretches. A stretch that a crash left open is closed by the
next claim and counted up to its lease. What this program opened itself it counts by the monotonic clock: a wall clock
that is set while somebody works makes no step longer or shorter.
"""

from datetime import datetime, timedelta
from typing import Any

from db.tables import StepWork
from kiosk import clock
from kiosk.cases.model import CaseFile
from kiosk.cases.work import STEP_LEASE, Look

LAPSE = "lapse"
REMEMBERED = 500
LONGEST_S = 86_400
_STARTED: dict[tuple[int, datetime], float] = {}
"""Of the stretches that were opened in this program, by id and time: the monotonic clock then."""


def open_work(case: CaseFile, look: Look) -> None:
    """Start a stretch, closing what a crash left open. Within a writing unit of work."""
    stale = StepWork.get_or_none((StepWork.case == case.id) & StepWork.closed_at.is_null())
    if stale is not None:
        if stale.officer_id == look.officer.id and stale.terminal == look.kit.terminal and stale.step == case.step:
            return
        _close(stale, min(look.now, stale.opened_at + STEP_LEASE), LAPSE, "")
    opened = StepWork.create(
        case=case.id,
        step=case.step,
        attempt=case.attempt,
        officer=look.officer.id,
        terminal=look.kit.terminal,
        opened_at=look.now,
    )
    _STARTED[opened.id, look.now] = clock.monotonic()
    while len(_STARTED) > REMEMBERED:
        del _STARTED[next(iter(_STARTED))]


def close(case: CaseFile, look: Look, closed_by: str, reason: str = "") -> int:
    """End the running stretch; the seconds worked on this step and attempt so far."""
    total = 0
    for row in _stretches(case):
        spent = row.seconds if row.closed_at is not None else _close(row, look.now, closed_by, reason)
        if row.step == case.step and row.attempt == case.attempt:
            total += spent
    return total


def worked_before(case: CaseFile, look: Look, seconds: int) -> None:
    """Keep the work on an application before it was a case (SOP step 1). Within a writing unit of work."""
    spent = max(0, min(seconds, LONGEST_S))
    StepWork.create(
        case=case.id,
        step=case.step,
        attempt=case.attempt,
        officer=look.officer.id,
        terminal=look.kit.terminal,
        opened_at=look.now - timedelta(seconds=spent),
        closed_at=look.now,
        seconds=spent,
        closed_by="complete",
    )


def worked(case: CaseFile, now: datetime) -> tuple[int, bool]:
    """Seconds worked on the step the case is at, a running stretch counted up to `now`; does one run?"""
    seconds, running = 0, False
    for row in _stretches(case):
        running |= row.closed_at is None
        if row.step == case.step and row.attempt == case.attempt:
            seconds += row.seconds if row.closed_at is not None else _seconds(row, now)
    return seconds, running


def _stretches(case: CaseFile) -> Any:
    """Those of the step and attempt the case is at, and the open one."""
    here = (StepWork.step == case.step) & (StepWork.attempt == case.attempt)
    return StepWork.select().where((StepWork.case == case.id) & (StepWork.closed_at.is_null() | here))


def _seconds(row: StepWork, until: datetime) -> int:
    started = _STARTED.get((row.id, row.opened_at))
    return _between(row.opened_at, until) if started is None else int(clock.monotonic() - started)


def _between(opened: datetime, until: datetime) -> int:
    return max(0, int((until - opened).total_seconds()))


def _close(row: StepWork, at: datetime, closed_by: str, reason: str) -> int:
    spent = _seconds(row, at) if closed_by != LAPSE else _between(row.opened_at, at)
    StepWork.update(closed_at=at, seconds=spent, closed_by=closed_by, reason=reason[:200]).where(
        StepWork.id == row.id
    ).execute()
    return spent
