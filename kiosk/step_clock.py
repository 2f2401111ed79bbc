"""The touch-time clock of one step: standard minutes (mutu baku: waktu) against the time really worked.

It runs only while the step is being worked on, from start to completion, and stands still in a pause with a reason.
Pure: the marks are what the database keeps, `now` is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NEAR_SHARE = 0.8
"""From this share of the standard time on the clock says "near"."""


class MarkKind(StrEnum):
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"


class Pace(StrEnum):
    """How the step stands against its standard."""

    CALM = "calm"
    NEAR = "near"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Mark:
    """One act on the clock, at an aware moment; a pause has a reason."""

    kind: MarkKind
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The clock at one moment. `paused_for` is the reason of the pause it stands in, None if it isn't paused."""

    standard: timedelta
    elapsed: timedelta
    paused: timedelta
    pace: Pace
    running: bool
    paused_for: str | None
    completed: bool

    @property
    def remaining(self) -> timedelta:
        """Below zero when the standard is over."""
        return self.standard - self.elapsed


def read_clock(minutes: int, marks: Sequence[Mark], now: datetime) -> ClockReading:
    """The clock of a step of `minutes` after `marks`, which are in the order they were made.

    A second start (a step taken over after a lapsed claim) goes on from there: the time in between isn't work.
    Time that runs backwards, because a computer's clock was set, counts as none.
    """
    elapsed = paused = timedelta(0)
    since: datetime | None = None
    paused_since: datetime | None = None
    reason: str | None = None
    completed = False
    for mark in marks:
        if since is not None and mark.kind is not MarkKind.START:
            elapsed += _forward(since, mark.at)
        if paused_since is not None and mark.kind is not MarkKind.PAUSE:
            paused += _forward(paused_since, mark.at)
        works = mark.kind in (MarkKind.START, MarkKind.RESUME)
        pauses = mark.kind is MarkKind.PAUSE
        since = mark.at if works else None
        paused_since = (paused_since or mark.at) if pauses else None
        reason = mark.reason if pauses else None
        completed = mark.kind is MarkKind.COMPLETE
    if since is not None:
        elapsed += _forward(since, now)
    if paused_since is not None:
        paused += _forward(paused_since, now)
    standard = timedelta(minutes=minutes)
    return ClockReading(standard, elapsed, paused, pace_of(standard, elapsed), since is not None, reason, completed)


def _forward(began: datetime, ended: datetime) -> timedelta:
    return max(timedelta(0), ended - began)


def pace_of(standard: timedelta, elapsed: timedelta) -> Pace:
    """How `elapsed` stands against `standard`."""
    if elapsed > standard:
        return Pace.OVER
    return Pace.NEAR if elapsed >= standard * NEAR_SHARE else Pace.CALM
