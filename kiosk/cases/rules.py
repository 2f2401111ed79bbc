"""What a step's module offers the engine. A module in `kiosk/steps/` IS these rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from kiosk.cases.model import CaseFile
from kiosk.cases.moves import Move
from kiosk.cases.work import Look, Work
from kiosk.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new case is opened with (SOP step 1)."""

    kind: str
    holder_name: str
    nationality: str
    issuing_state: str
    passport_no: str
    permit_expiry: date | None
    priority: str


class StepRules(Protocol):
    """The module of one step.

    `check` refuses or returns nothing; it reads only. `apply` writes what the step produces, in the act's
    transaction, after `check` refused nothing. `go` says where the case goes where it isn't the next step.
    A module with `across_cases(given)` checks what other cases hold or a list says: the `db.turns.Hold`s under which
    its acts take turns; `given` is None for an act before the completion.
    """

    KEY: str
    Given: type[Any]
    Produced: type[Any]

    def check(self, look: Look, case: CaseFile, given: Any, /) -> Sequence[Refusal]: ...

    def apply(self, work: Work, case: CaseFile, given: Any, /) -> Any: ...

    def go(self, case: CaseFile, produced: Any, /) -> Move: ...
