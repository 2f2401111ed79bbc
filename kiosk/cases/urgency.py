"""Which cases go before others: a broken promise, a permit about to end, a promise for today, a priority group."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from kiosk.clock import WIB
from kiosk.permits.filing import filing_window
from kiosk.procedure import Procedure
from kiosk.regulations import Regulations
from kiosk.working_calendar import Calendar

FURTHEST_DAYS = 60
"""No permit that ends later than this is looked at."""


class Urgency(IntEnum):
    """Why a case goes before others; the lowest first. Within one the longest waiting is first."""

    PROMISE_BROKEN = 0
    PERMIT_ENDS = 1
    PROMISE_TODAY = 2
    PRIORITY = 3
    NONE = 4


@dataclass(frozen=True, slots=True)
class Horizon:
    """Applications of these kinds are urgent where the permit ends on `last` or before."""

    kinds: tuple[str, ...]
    last: date


@dataclass(frozen=True, slots=True)
class Measure:
    """What urgency is told by at one moment. `promised`: the steps at which a promise to the applicant can be broken;
    from the hand-over on it is the applicant who is waited for. `midnight` ends the day in the office's time."""

    now: datetime
    midnight: datetime
    promised: tuple[str, ...]
    horizons: tuple[Horizon, ...]


def measure(procedure: Procedure, regulations: Regulations, now: datetime) -> Measure:
    """A permit is about to end where its filing window (stays.toml) closes before a file that is taken up today would
    be ready by the promise of the SOP."""
    local = now.astimezone(WIB)
    today = local.date()
    ready = Calendar(regulations).add_working_days(today, procedure.promise.working_days)
    keys = [step.key for step in procedure.steps]
    promised = keys[: keys.index("handover")] if "handover" in keys else keys
    kinds = sorted({kind for window in regulations.windows for kind in window.kinds})
    last = {kind: _last(regulations, kind, today, ready) for kind in kinds}
    days = sorted({day for day in last.values() if day is not None})
    horizons = tuple(Horizon(tuple(kind for kind in kinds if last[kind] == day), day) for day in days)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Measure(now, midnight, tuple(promised), horizons)


def _last(regulations: Regulations, kind: str, today: date, ready: date) -> date | None:
    """The last day on which a permit of that kind may end to be urgent today; None for a kind without a window."""
    found: date | None = None
    for ahead in range(FURTHEST_DAYS):
        ends = today + timedelta(days=ahead)
        window = filing_window(regulations, kind, ends, today)
        if window is None or window.closes > ready:
            break
        found = ends
    return found
