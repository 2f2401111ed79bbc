"""The clock of a step runs while it is worked on, stands still in a pause, and says when the standard is near."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.step_clock import Mark, MarkKind, Pace, read_clock

BEGAN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def marks(*acts: tuple[MarkKind, float]) -> list[Mark]:
    return [
        Mark(kind, after(minutes), "waiting for the bank" if kind is MarkKind.PAUSE else "") for kind, minutes in acts
    ]


START, PAUSE, RESUME, COMPLETE = MarkKind.START, MarkKind.PAUSE, MarkKind.RESUME, MarkKind.COMPLETE


@pytest.mark.parametrize(
    ("now", "pace"), [(0, Pace.CALM), (3.9, Pace.CALM), (4, Pace.NEAR), (5, Pace.NEAR), (5.1, Pace.OVER)]
)
def test_calm_then_near_then_over(now: float, pace: Pace) -> None:
    reading = read_clock(5, marks((START, 0)), after(now))
    assert (reading.pace, reading.running) == (pace, True)
    assert reading.remaining == timedelta(minutes=5 - now)


def test_a_step_that_was_not_begun_stands_at_nothing() -> None:
    reading = read_clock(5, [], after(60))
    assert (reading.elapsed, reading.running, reading.completed) == (timedelta(0), False, False)


def test_a_pause_stands_still_and_keeps_its_reason() -> None:
    reading = read_clock(5, marks((START, 0), (PAUSE, 2)), after(30))
    assert (reading.elapsed, reading.paused) == (timedelta(minutes=2), timedelta(minutes=28))
    assert (reading.paused_for, reading.running) == ("waiting for the bank", False)


def test_the_clock_goes_on_after_a_pause_and_stops_at_the_end() -> None:
    acts = marks((START, 0), (PAUSE, 2), (RESUME, 10), (PAUSE, 11), (PAUSE, 12), (RESUME, 20), (COMPLETE, 24))
    reading = read_clock(5, acts, after(90))
    assert (reading.elapsed, reading.paused) == (timedelta(minutes=7), timedelta(minutes=17))
    assert (reading.pace, reading.completed, reading.running) == (Pace.OVER, True, False)
    assert reading.paused_for is None


def test_a_step_finished_out_of_a_pause_is_not_charged_for_it() -> None:
    reading = read_clock(5, marks((START, 0), (PAUSE, 1), (COMPLETE, 50)), after(60))
    assert (reading.elapsed, reading.paused) == (timedelta(minutes=1), timedelta(minutes=49))


def test_a_step_taken_over_is_not_charged_for_the_time_nobody_worked() -> None:
    reading = read_clock(5, marks((START, 0), (START, 60)), after(63))
    assert reading.elapsed == timedelta(minutes=3)


def test_a_clock_that_was_set_back_counts_as_no_time() -> None:
    assert read_clock(5, marks((START, 10), (PAUSE, 5)), after(0)).elapsed == timedelta(0)
    assert read_clock(5, marks((START, 10)), after(0)).elapsed == timedelta(0)
