"""The days a report is about, as office time (WIB) has them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kiosk.clock import WIB


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive), aware; `name` is how it was asked for."""

    name: str
    since: datetime
    until: datetime


def month(text: str) -> Period:
    """The month `YYYY-MM`. Raises ValueError."""
    first = date.fromisoformat(f"{text}-01")
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Period(f"{first:%Y-%m}", _midnight(first), _midnight(following))


def day(text: str) -> Period:
    """The day `YYYY-MM-DD`. Raises ValueError."""
    one = date.fromisoformat(text)
    return Period(one.isoformat(), _midnight(one), _midnight(one + timedelta(days=1)))


def around(of: Period, months: int) -> Period:
    """The month before (-1) or after (1) a month."""
    inside = of.since + timedelta(days=-1) if months < 0 else of.until
    return month(f"{inside.astimezone(WIB):%Y-%m}")


def _midnight(of: date) -> datetime:
    return datetime(of.year, of.month, of.day, tzinfo=WIB)
