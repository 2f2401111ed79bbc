"""Touch time: the stretches in which somebody works on a step, and the pauses with their reasons.

The standard minutes of the SOP run only in these stretches. A stretch that a crash left open is closed by the
next claim and counted up to its lease.
"""

from datetime import datetime

from db.tables import StepWork
from kiosk.cases.model import CaseFile
from kiosk.cases.work import STEP_LEASE, Look


def open_work(case: CaseFile, look: Look) -> None:
    """Start a stretch, closing what a crash left open. Within a writing unit of work."""
    stale = StepWork.get_or_none((StepWork.case == case.id) & StepWork.closed_at.is_null())
    if stale is not None:
        if stale.officer_id == look.officer.id and stale.terminal == look.kit.terminal and stale.step == case.step:
            return
        _close(stale, min(look.now, stale.opened_at + STEP_LEASE), "lapse", "")
    StepWork.create(
        case=case.id,
        step=case.step,
        attempt=case.attempt,
        officer=look.officer.id,
        terminal=look.kit.terminal,
        opened_at=look.now,
    )


def close(case: CaseFile, look: Look, closed_by: str, reason: str = "") -> int:
    """End the running stretch; the seconds worked on this step and attempt so far."""
    here = (StepWork.step == case.step) & (StepWork.attempt == case.attempt)
    worked = 0
    for row in StepWork.select().where((StepWork.case == case.id) & (StepWork.closed_at.is_null() | here)):
        spent = row.seconds if row.closed_at is not None else _close(row, look.now, closed_by, reason)
        if row.step == case.step and row.attempt == case.attempt:
            worked += spent
    return worked


def is_running(case_id: int) -> bool:
    """Does a stretch run on the case now?"""
    return bool(StepWork.select().where((StepWork.case == case_id) & StepWork.closed_at.is_null()).exists())


def seconds(case_id: int, step: str, attempt: int, *, now: datetime | None = None) -> int:
    """Seconds worked on a step in an attempt; with `now`, a running stretch counts up to it."""
    total = 0
    for row in StepWork.select().where(
        (StepWork.case == case_id) & (StepWork.step == step) & (StepWork.attempt == attempt)
    ):
        if row.closed_at is None:
            total += max(0, int((now - row.opened_at).total_seconds())) if now else 0
        else:
            total += row.seconds
    return total


def _close(row: StepWork, at: datetime, closed_by: str, reason: str) -> int:
    worked = max(0, int((at - row.opened_at).total_seconds()))
    StepWork.update(closed_at=at, seconds=worked, closed_by=closed_by, reason=reason[:200]).where(
        StepWork.id == row.id
    ).execute()
    return worked
