"""The office's clock: UTC inside, WIB (UTC+7, no summer time) on screens and papers."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")


def now() -> datetime:
    """This instant, UTC, aware."""
    return datetime.now(UTC)


def office_day(instant: datetime) -> date:
    """The calendar day in the office at `instant`."""
    return instant.astimezone(WIB).date()


def monotonic() -> float:
    """Seconds that never jump, for durations."""
    return time.monotonic()
