"""Working days, office time and the promise of two working days from payment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk.clock import WIB
from kiosk.regulations import load_regulations
from kiosk.working_calendar import Calendar, NoWorkingDay, Pause

CALENDAR = Calendar(load_regulations())


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 12, 24), False),
        (date(2026, 12, 25), False),
        (date(2026, 8, 17), False),
        (date(2027, 3, 10), False),
        (date(2028, 1, 3), True),
    ],
)
def test_which_days_are_worked(day: date, worked: bool) -> None:
    assert CALENDAR.is_working_day(day) is worked


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
        (date(2026, 11, 24), 2, date(2026, 11, 26)),
        (date(2026, 11, 26), 2, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 12, 23), 1, date(2026, 12, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2026, 3, 17), 1, date(2026, 3, 25)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
    ],
)
def test_working_days_are_added(day: date, count: int, expected: date) -> None:
    assert CALENDAR.add_working_days(day, count) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 25), date(2026, 11, 24)),
        (date(2026, 11, 30), date(2026, 11, 27)),
        (date(2026, 12, 26), date(2026, 12, 23)),
        (date(2026, 3, 25), date(2026, 3, 17)),
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2028, 2, 29)),
    ],
)
def test_the_last_working_day_before(day: date, expected: date) -> None:
    assert CALENDAR.last_working_day_before(day) == expected


def test_working_days_between_two_days() -> None:
    assert CALENDAR.working_days_between(date(2026, 11, 24), date(2026, 12, 1)) == 5
    assert CALENDAR.working_days_between(date(2026, 11, 24), date(2026, 11, 24)) == 0
    assert CALENDAR.working_days_between(date(2026, 11, 24), date(2026, 11, 20)) == 0


def test_a_year_that_was_not_checked_is_said() -> None:
    assert CALENDAR.knows(date(2026, 5, 1))
    assert not CALENDAR.knows(date(2027, 5, 1))
    assert not CALENDAR.knows(date(2028, 5, 1))


def test_the_office_is_open_in_office_time_but_not_in_the_break() -> None:
    assert CALENDAR.is_open(wib("2026-11-24T08:00"))
    assert not CALENDAR.is_open(wib("2026-11-24T07:59"))
    assert not CALENDAR.is_open(wib("2026-11-24T12:00"))
    assert CALENDAR.is_open(wib("2026-11-24T13:00"))
    assert not CALENDAR.is_open(wib("2026-11-24T16:00"))
    assert not CALENDAR.is_open(wib("2026-11-27T12:45"))
    assert CALENDAR.is_open(wib("2026-11-27T16:15"))
    assert not CALENDAR.is_open(wib("2026-11-28T10:00"))


def test_office_time_between_two_moments() -> None:
    assert CALENDAR.working_time(wib("2026-11-24T11:00"), wib("2026-11-24T14:00")) == timedelta(hours=2)
    assert CALENDAR.working_time(wib("2026-11-27T16:00"), wib("2026-11-30T08:30")) == timedelta(hours=1)
    assert CALENDAR.working_time(wib("2026-11-24T14:00"), wib("2026-11-24T11:00")) == timedelta(0)


@pytest.mark.parametrize(
    ("paid", "due"),
    [
        ("2026-11-24T09:00", "2026-11-26T16:00"),
        ("2026-11-24T00:30", "2026-11-26T16:00"),
        ("2026-11-24T16:00", "2026-11-27T16:30"),
        ("2026-11-26T10:00", "2026-11-30T16:00"),
        ("2026-11-28T10:00", "2026-12-02T16:00"),
        ("2026-12-22T10:00", "2026-12-28T16:00"),
        ("2026-12-23T15:59", "2026-12-29T16:00"),
    ],
)
def test_two_working_days_from_payment(paid: str, due: str) -> None:
    assert CALENDAR.due(wib(paid), 2) == wib(due)


def test_a_pause_moves_the_due_day_and_time_outside_the_office_does_not() -> None:
    paid = wib("2026-11-24T09:00")
    overnight = Pause(wib("2026-11-24T16:00"), wib("2026-11-25T08:00"))
    two_hours = Pause(wib("2026-11-24T13:00"), wib("2026-11-24T15:00"))
    two_days = Pause(wib("2026-11-24T10:00"), wib("2026-11-26T10:00"))
    assert CALENDAR.due(paid, 2, [overnight]) == wib("2026-11-26T16:00")
    assert CALENDAR.due(paid, 2, [two_hours]) == wib("2026-11-27T16:30")
    assert CALENDAR.due(paid, 2, [two_days]) == wib("2026-11-30T16:00")


def test_a_pause_before_payment_or_still_open_is_counted_as_far_as_it_goes() -> None:
    paid = wib("2026-11-24T09:00")
    before = Pause(wib("2026-11-20T09:00"), wib("2026-11-24T09:00"))
    assert CALENDAR.due(paid, 2, [before]) == wib("2026-11-26T16:00")
    still = Pause(wib("2026-11-24T10:00"), None)
    assert CALENDAR.due(paid, 2, [still], wib("2026-11-24T11:00")) == wib("2026-11-27T16:30")
    assert CALENDAR.due(paid, 2, [still]) == wib("2026-11-26T16:00")


def test_an_office_that_is_never_open_is_a_mistake_in_its_table() -> None:
    never = Calendar(replace(CALENDAR.regulations, hours=()))
    with pytest.raises(NoWorkingDay):
        never.next_working_day(date(2026, 11, 24))
