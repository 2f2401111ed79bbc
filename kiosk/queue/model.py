"""A queue as values: what screens and the display are handed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.prediction.model import Estimate


class State(StrEnum):
    """Where a number is. Words: `queue.state.<value>`."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    ABSENT = "absent"
    SERVED = "served"
    VOID = "void"


def number(series: str, serial: int) -> str:
    """A number as it is printed and shown: A012."""
    return f"{series}{serial:03d}"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number of today. `expected`: how long until its call, as far as can be told; None once it was called."""

    id: int
    number: str
    service: str
    priority: str
    state: State
    issued_at: datetime
    absences: int
    ahead: int = 0
    expected: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """A number at a counter."""

    call: int
    ticket: int
    number: str
    service: str
    priority: str
    counter: str
    times: int
    called_at: datetime
    last_called_at: datetime
    started_at: datetime | None

    @property
    def serving(self) -> bool:
        return self.started_at is not None


@dataclass(frozen=True, slots=True)
class Overview:
    """The queue as one counter sees it: its own open call, who waits in the order of their calls, who was absent."""

    counter: str
    services: tuple[str, ...]
    mine: Called | None
    waiting: tuple[Ticket, ...]
    absent: tuple[Ticket, ...]
    served_today: int


@dataclass(frozen=True, slots=True)
class Board:
    """What the public display shows: numbers and counters, nothing else."""

    calls: tuple[Called, ...]
    """Open calls, the last called first."""
    waiting: tuple[tuple[str, int], ...]
    """Series and how many wait, in the order of the plan."""
    ready: "Estimate | None" = None
    """When a passport is ready whose fee is paid now, and how such estimates turned out."""
