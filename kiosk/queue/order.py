"""Who is called next, and how long that takes. Pure.

The rule: whoever belongs to a priority group goes before all others, in the order of their numbers; but after
`in_a_row` of them the one who has waited longest among the others is called. So of any `in_a_row + 1` calls one is an
ordinary number's while one waits, and somebody with k ordinary numbers before them waits for at most
(k + 1) * (in_a_row + 1) calls, however many priority numbers are drawn.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

ROUND = timedelta(minutes=5)
"""An expected wait is said in steps of so much: more would be a promise."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number that waits. `since` is when it was drawn: who comes back after an absence has kept the place."""

    id: int
    priority: bool
    since: datetime


def in_order(waiting: Iterable[Waiting], streak: int, in_a_row: int) -> tuple[Waiting, ...]:
    """Everyone who waits in the order of their calls, if nobody else came. `streak`: priority calls without a break."""
    line = sorted(waiting, key=lambda one: (one.since, one.id))
    first = [one for one in line if one.priority]
    others = [one for one in line if not one.priority]
    called: list[Waiting] = []
    while first or others:
        if first and (streak < in_a_row or not others):
            called.append(first.pop(0))
            streak += 1
        else:
            called.append(others.pop(0))
            streak = 0
    return tuple(called)


def expected_wait(ahead: int, each: timedelta, counters: int) -> timedelta:
    """How long until the call of who has `ahead` numbers before them, rounded up to steps of ROUND."""
    exact = each * ahead / max(1, counters)
    return ROUND * math.ceil(exact / ROUND)
