"""A case as values. What a screen or a rule is handed; nothing here reads or writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from kiosk.cases.urgency import Urgency
from kiosk.procedure import Procedure, Step
from kiosk.records import from_json

T = TypeVar("T")
Place = tuple[int, datetime, int]
"""A place in the work list: urgency, since when it waits, case."""


class Status(StrEnum):
    """What can be done with a case now."""

    ACTIVE = "active"
    HELD_WATCHLIST = "held_watchlist"
    NONCONFORMITY = "nonconformity"
    WAITING_APPLICANT = "waiting_applicant"
    WAITING_SUPERIOR = "waiting_superior"
    ENDED = "ended"

    @property
    def held(self) -> bool:
        return self not in (Status.ACTIVE, Status.ENDED)


class Outcome(StrEnum):
    """How a case comes out. All but the first go to hand-over of the passport and then to the archive."""

    IN_PROCESS = "in_process"
    ISSUED = "issued"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"
    WATCHLIST_CONFIRMED = "watchlist_confirmed"


class Act(StrEnum):
    """What is done to a case. The value stands in its history."""

    OPEN = "open"
    COMPLETE = "complete"
    SEND_BACK = "send_back"
    HOLD = "hold"
    RELEASE = "release"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"
    CONFIRM_WATCHLIST = "confirm_watchlist"
    RAISE = "raise"
    RECORD = "record"
    CORRECT = "correct"


class Custodian(StrEnum):
    """Who has the passport."""

    OFFICE = "office"
    APPLICANT = "applicant"
    COLLECTOR = "collector"
    WASDAKIM = "wasdakim"


@dataclass(frozen=True, slots=True)
class Run:
    """A completed step: who, when, how many seconds of work, and what it produced (canonical JSON)."""

    step: str
    attempt: int
    officer: int
    person: int
    officer_name: str
    completed_at: datetime
    seconds: int
    output: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case with the valid outputs of its steps. `runs` holds the newest run of each step before `step`."""

    id: int
    application_no: str
    kind: str
    procedure: Procedure
    version: int
    attempt: int
    step: str
    status: Status
    outcome: Outcome
    opened_at: datetime
    waiting_since: datetime
    promise_due: datetime | None
    ended_at: datetime | None
    priority: str
    holder_name: str
    nationality: str
    issuing_state: str
    passport_no: str
    permit_expiry: date | None
    runs: Mapping[str, Run]

    @property
    def at(self) -> Step:
        """The step the case is at."""
        return self.procedure.step(self.step)

    def output(self, step: str, kind: type[T]) -> T | None:
        """What `step` produced, if its run is valid now. Raises BadRecord."""
        run = self.runs.get(step)
        return None if run is None else from_json(kind, run.output)

    def need(self, step: str, kind: type[T]) -> T:
        """Like `output`, for a step that the procedure puts before this one. Raises LookupError."""
        found = self.output(step, kind)
        if found is None:
            raise LookupError(f"case {self.id} has no output of {step}")
        return found


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A line of the work list."""

    case_id: int
    application_no: str
    step: str
    number: int
    status: Status
    outcome: Outcome
    holder_name: str
    nationality: str
    since: datetime
    due: datetime | None
    permit_expiry: date | None
    priority: str
    urgency: Urgency
    claimed_by: str
    has_draft: bool

    @property
    def place(self) -> "Place":
        """Where it stands in the list: what the page after it is asked with."""
        return self.urgency, self.since, self.case_id


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of a case's history. `officer` is "" for what the system did by itself."""

    event: int
    at: datetime
    step: str
    act: str
    attempt: int
    officer: str
    unit: str
    terminal: str
    reason: str
    replaces: int | None


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """Who has the passport from `at` on. `place`: its shelf and slot in the office, "" = with the file."""

    at: datetime
    holder: str
    officer: str
    note: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A line of a search result."""

    case_id: int
    application_no: str
    holder_name: str
    passport_no: str
    step: str
    status: Status
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Claim:
    """The hold of an officer on a case; `token` fences late writers."""

    token: int
    case_id: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """The answer to an act that moved a case."""

    case_id: int
    step: str
    status: Status
    outcome: Outcome
