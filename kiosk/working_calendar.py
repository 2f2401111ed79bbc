"""Working days and office time (WIB), and the promise to the applicant that is counted in them.

Moments are aware datetimes; a day is a calendar day of the office. Holidays and hours come from the regulations.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kiosk.clock import WIB, office_day
from kiosk.regulations.model import Holiday, OfficeHours, Regulations

_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_LONGEST_CLOSURE = 60
"""Days without a single working day that a table could mean; beyond it the table is wrong."""


class NoWorkingDay(Exception):
    """The tables leave no working day: a mistake in office.toml or holidays.toml."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the promise stands still. `ended` None: it still does."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, and when."""

    regulations: Regulations

    def hours(self, day: date) -> OfficeHours | None:
        """The office hours of `day`, None if the office is closed."""
        if day in self.regulations.holidays:
            return None
        return next((hours for hours in self.regulations.hours if day.isoweekday() in hours.weekdays), None)

    def is_working_day(self, day: date) -> bool:
        return self.hours(day) is not None

    def holiday(self, day: date) -> Holiday | None:
        return self.regulations.holidays.get(day)

    def knows(self, day: date) -> bool:
        """True if the holidays of that year were checked against the decree; if not, dates in it may yet change."""
        return any(year.year == day.year and year.certain for year in self.regulations.years)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself if 0. Raises NoWorkingDay."""
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`. Raises NoWorkingDay."""
        return self._seek(day, _ONE_DAY)

    def last_working_day_before(self, day: date) -> date:
        """The last working day before `day`. Raises NoWorkingDay."""
        return self._seek(day, -_ONE_DAY)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; 0 if `last` isn't later."""
        days = (last - first).days
        return sum(self.is_working_day(first + timedelta(days=passed)) for passed in range(1, days + 1))

    def is_open(self, moment: datetime) -> bool:
        """True in office time, the midday break not counted."""
        return any(began <= moment < ended for began, ended in self._spans(office_day(moment)))

    def working_time(self, began: datetime, ended: datetime) -> timedelta:
        """Office time between two moments; nothing if `ended` isn't later."""
        total = _NOTHING
        day, last = office_day(began), office_day(ended)
        while day <= last:
            for opens, closes in self._spans(day):
                total += max(_NOTHING, min(closes, ended) - max(opens, began))
            day += _ONE_DAY
        return total

    def after(self, began: datetime, length: timedelta) -> datetime:
        """The moment `length` of office time after `began`. Raises NoWorkingDay."""
        day = office_day(began)
        while True:
            for opens, closes in self._spans(day):
                start = max(opens, began)
                if start < closes and length <= closes - start:
                    return start + length
                length -= max(_NOTHING, closes - start)
            day = self.next_working_day(day)

    def opening(self, day: date) -> datetime:
        """The moment (UTC) the office opens on a working day. Raises NoWorkingDay if it isn't open at all."""
        return _moment(day, self._hours(day).opens)

    def closing(self, day: date) -> datetime:
        """The moment (UTC) the office closes on a working day. Raises NoWorkingDay if it isn't open at all."""
        return _moment(day, self._hours(day).closes)

    def due(
        self, counted_from: datetime, working_days: int, pauses: Iterable[Pause] = (), now: datetime | None = None
    ) -> datetime:
        """When the promise is due (UTC): closing time of the `working_days`-th working day after `counted_from`.

        What is paid after closing or on a day off counts from the next working day. Office time that lies in a pause
        moves the due day by as many working days as it takes; a pause that still goes on is counted up to `now`.
        """
        day = office_day(counted_from)
        if not self.is_working_day(day) or counted_from >= self.closing(day):
            day = self.next_working_day(day)
        due_day = self.add_working_days(day, working_days)
        left = self._paused(counted_from, pauses, now)
        while left > _NOTHING:
            due_day = self.next_working_day(due_day)
            left -= self._length(due_day)
        return self.closing(due_day)

    def later(self, due: datetime, began: datetime, ended: datetime) -> datetime:
        """`due` after the promise stood still from `began` to `ended`: as many working days later as that takes."""
        left, day = self.working_time(began, ended), office_day(due)
        if left <= _NOTHING:
            return due
        while left > _NOTHING:
            day = self.next_working_day(day)
            left -= self._length(day)
        return self.closing(day)

    def _paused(self, since: datetime, pauses: Iterable[Pause], now: datetime | None) -> timedelta:
        total = _NOTHING
        for pause in pauses:
            ended = pause.ended or now
            if ended is not None:
                total += self.working_time(max(pause.began, since), ended)
        return total

    def _hours(self, day: date) -> OfficeHours:
        hours = self.hours(day)
        if hours is None:
            raise NoWorkingDay(day.isoformat())
        return hours

    def _length(self, day: date) -> timedelta:
        return sum((ended - began for began, ended in self._spans(day)), _NOTHING)

    def _spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        hours = self.hours(day)
        if hours is None:
            return ()
        return (
            (_moment(day, hours.opens), _moment(day, hours.break_from)),
            (_moment(day, hours.break_until), _moment(day, hours.closes)),
        )

    def _seek(self, day: date, step: timedelta) -> date:
        for _ in range(_LONGEST_CLOSURE):
            day += step
            if self.is_working_day(day):
                return day
        raise NoWorkingDay(day.isoformat())


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, WIB).astimezone(UTC)
