"""How long a permit may last: counting days of stay, ceilings, and the expiry that an approval grants.

Regulations: the stay rules of stays.toml (PP 31/2013, Permenkumham 29/2021 and 22/2023, each with its dates). The new
expiry is the old permit's expiry plus the days granted, never beyond the ceiling of the whole stay or the passport.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kiosk.regulations.model import ApplicationKind, Counting, Regulations, Source, StayRule


class Cap(StrEnum):
    """Why a permit ends earlier than asked; words under `permits.cap.<value>`."""

    CEILING = "ceiling"
    PASSPORT = "passport"
    PARENTS = "parents"


@dataclass(frozen=True, slots=True)
class Permit:
    """The permit that is held, as far as a grant depends on it.

    `expires` is its last day; for a child born here, without one, the day of birth. `extension_no` is the number of
    the extension that is asked for (1 for the first).
    """

    source: Source
    arrived: date
    expires: date
    extension_no: int


@dataclass(frozen=True, slots=True)
class Grant:
    """The validity of the new permit. `days` are those really granted; without any, `valid_until` is the old expiry."""

    valid_from: date
    valid_until: date
    days: int
    caps: tuple[Cap, ...]
    rule: StayRule


def rule_for(regulations: Regulations, kind: ApplicationKind, source: Source, on: date) -> StayRule | None:
    """The stay rule a permit of that kind is granted by on that day, None if there is none."""
    return regulations.stay(kind.grants_as or source, on)


def stay_days(arrived: date, until: date, counting: Counting) -> int:
    """Days of stay from arrival to the last day; the day of arrival counts if the regulations say so."""
    return (until - arrived).days + (1 if counting.arrival_day_counts else 0)


def last_day_of_stay(arrived: date, days: int, counting: Counting) -> date:
    """The last day of a stay of `days`."""
    return arrived + timedelta(days=days - (1 if counting.arrival_day_counts else 0))


def ceiling_day(kind: ApplicationKind, permit: Permit, rule: StayRule, counting: Counting) -> date:
    """The last day any grant may reach. A permit of a new kind (birth, bridging) counts from its own beginning."""
    if kind.grants_as is not None:
        return permit.expires + timedelta(days=rule.ceiling_days)
    return last_day_of_stay(permit.arrived, rule.ceiling_days, counting)


def grant(
    regulations: Regulations,
    kind: ApplicationKind,
    permit: Permit,
    days: int,
    *,
    passport_expires: date,
    on: date,
    parents_until: date | None = None,
) -> Grant | None:
    """The validity that `days` from the end of the old permit give, and what cut it short; None without a stay rule.

    `on` is the day whose rules hold. `parents_until` is the last day of the parents' permit, for a child.
    """
    rule = rule_for(regulations, kind, permit.source, on)
    if rule is None:
        return None
    wanted = permit.expires + timedelta(days=days)
    limits = {Cap.CEILING: ceiling_day(kind, permit, rule, regulations.counting), Cap.PASSPORT: passport_expires}
    if parents_until is not None:
        limits[Cap.PARENTS] = parents_until
    until = max(permit.expires, min(wanted, *limits.values()))
    caps = tuple(cap for cap, limit in limits.items() if limit < wanted and limit <= until)
    granted = (until - permit.expires).days
    begins = permit.expires if kind.grants_as == "birth" else permit.expires + timedelta(days=1)
    return Grant(begins, until, granted, caps, rule)
