"""The services of the thirteen steps at one desk: open, look, ask what would be refused, complete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from db.connection import StoreError
from kiosk import steps
from kiosk.cases import engine
from kiosk.cases.engine import environment
from kiosk.cases.load import case_file
from kiosk.cases.model import Claim
from kiosk.cases.opening import Opened, open_step
from kiosk.cases.rules import StepRules
from kiosk.cases.transactions import refusing
from kiosk.given import unusable
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refusal, Refused, refused

if TYPE_CHECKING:
    from kiosk.desk import Desk

P = TypeVar("P")


class StepService(Generic[P]):
    """One step at this desk."""

    def __init__(self, desk: Desk, rules: StepRules) -> None:
        self._desk = desk
        self._rules = rules

    @property
    def rules(self) -> StepRules:
        return self._rules

    def prepare(self, case_id: int | None) -> Any | Refused:
        """What the screen shows before anything is typed: the step's own `prepare(look, case)`."""
        desk = self._desk
        try:
            if case_id is not None:
                desk.reads.case(desk.look(), case_id, self._rules.KEY)
            with desk.office.store.reading():
                case = None if case_id is None else case_file(case_id, desk.office.kit.procedures)
                if case_id is not None and case is None:
                    return refused(Code.CASE_NOT_FOUND)
                if case is not None and case.step != self._rules.KEY:
                    return refused(Code.CASE_MOVED_ON)
                found: Any = self._rules.prepare(desk.look(), case)  # type: ignore[attr-defined]
                return found
        except StoreError as error:
            return environment(error)

    def open(self, case_id: int) -> Opened | Refused:
        """Take the case at this step: the case, what is new in it, and what `prepare` gives."""
        desk = self._desk
        opened = open_step(desk.office.store, desk.look(), desk.reads, self._rules.KEY, case_id)
        if isinstance(opened, Refused):
            return opened
        try:
            with desk.office.store.reading():
                prepared: Any = self._rules.prepare(desk.look(), opened.case)  # type: ignore[attr-defined]
        except StoreError as error:
            return environment(error)
        return prepared if isinstance(prepared, Refused) else replace(opened, prepared=prepared)

    def check(self, case_id: int | None, given: Any) -> tuple[Refusal, ...]:
        """Why `complete` would refuse now; () if it would not."""
        desk = self._desk
        if wrong := tuple(unusable(given)):
            return wrong
        try:
            with desk.office.store.reading():
                case = None if case_id is None else case_file(case_id, desk.office.kit.procedures)
                if case_id is not None and case is None:
                    return (Refusal(Code.CASE_NOT_FOUND),)
                if case is not None and case.step != self._rules.KEY:
                    return (Refusal(Code.CASE_MOVED_ON),)
                return tuple(self._rules.check(desk.look(), case, given))  # type: ignore[arg-type]
        except StoreError as error:
            return environment(error).refusals

    @refusing
    def complete(
        self,
        case_id: int | None,
        given: Any,
        *,
        key: str,
        witness: Witness | None = None,
        claim: Claim | None = None,
        worked: int = 0,
    ) -> Any | Refused:
        """Complete the step: what it produced, or why not. The same `key` again gives the same answer.

        `worked`: seconds spent on a new application, which had no case to keep them.
        """
        from kiosk.steps import cekal

        desk = self._desk
        if wrong := tuple(unusable(given)):
            return Refused(wrong)
        if case_id is not None and (held := cekal.hold_undecided(desk, case_id, key=key)) is not None:
            return held
        answer = engine.complete(
            desk.office.store,
            desk.look(),
            self._rules,
            case_id,
            given,
            key=key,
            witness=witness,
            claim_token=claim.token if claim else None,
            worked=worked,
        )
        if case_id is not None and isinstance(answer, Refused) and answer.first.code is Code.WATCHLIST_POSSIBLE_HIT:
            # a possible hit is held whoever is at the counter (SOP Cekal)
            cekal.refer(desk, case_id, key=f"{key}:hold")
        desk.office.printing.poke()
        return answer


class Steps:
    """`desk.steps.intake`, `desk.steps["intake"]`: the services of the thirteen steps."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __getitem__(self, key: str) -> StepService[Any]:
        return StepService(self._desk, steps.rules(key))

    def __getattr__(self, key: str) -> StepService[Any]:
        return self[key]
