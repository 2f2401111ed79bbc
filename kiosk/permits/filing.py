"""When one may file: the window before a permit ends, by the rules of stays.toml (Permenkumham 27/2014, 11/2024)."""

from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.regulations.model import Regulations, WindowRule
from kiosk.working_calendar import Calendar


@dataclass(frozen=True, slots=True)
class FilingWindow:
    """First and last day of filing, both included, for a permit that ends on `expires`.

    `last_working_day` is the last day before `expires` on which the office is open; `closes` may be another day where
    a regulation counts calendar days. `closes_on_working_day` is false where the applicant can't come on the last day.
    """

    opens: date
    closes: date
    last_working_day: date
    closes_on_working_day: bool
    rule: WindowRule

    def days_left(self, on: date) -> int:
        """Calendar days to the last day; below zero once it is over."""
        return (self.closes - on).days


def filing_window(regulations: Regulations, kind: str, expires: date, on: date) -> FilingWindow | None:
    """The window for a permit ending on `expires` by the rules of the day `on`; None for a kind without one."""
    rule = regulations.window(kind, on)
    if rule is None:
        return None
    calendar = Calendar(regulations)
    last_working_day = calendar.last_working_day_before(expires)
    closes = last_working_day
    if rule.closes == "days_before":
        closes = expires - timedelta(days=rule.closes_days_before)
    opens = expires - timedelta(days=rule.opens_days_before)
    # a long closure of the office must not leave a window without a day in it
    return FilingWindow(min(opens, closes), closes, last_working_day, calendar.is_working_day(closes), rule)
