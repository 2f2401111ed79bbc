"""How cases move: one table made from the procedure, so that no pair of steps has code of its own."""

from dataclasses import dataclass

from kiosk.cases.model import Act, Outcome, Status
from kiosk.procedure import Procedure

ENDINGS = {
    Act.REFUSE: Outcome.REFUSED,
    Act.WITHDRAW: Outcome.WITHDRAWN,
    Act.TRANSFER: Outcome.TRANSFERRED,
    Act.CONFIRM_WATCHLIST: Outcome.WATCHLIST_CONFIRMED,
}
HANDOVER = "handover"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case is."""

    step: str
    status: Status
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Move:
    """Where a step's rules send the case instead of the next step: held, or ended with an outcome."""

    status: Status = Status.ACTIVE
    ending: Outcome | None = None


GO_ON = Move()

_HOLDS = (Status.HELD_WATCHLIST, Status.NONCONFORMITY, Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR)


def after_completion(procedure: Procedure, here: Position, move: Move = GO_ON) -> Position:
    """The position after the step at `here` is completed. A step completed with a hold goes on when released."""
    if move.ending is not None:
        return Position(HANDOVER, Status.ACTIVE, move.ending)
    following = procedure.after(here.step)
    outcome = here.outcome
    if here.step == HANDOVER and outcome is Outcome.IN_PROCESS:
        outcome = Outcome.ISSUED
    if following is None:
        return Position(here.step, Status.ENDED, outcome)
    return Position(following.key, move.status, outcome)


def allowed(procedure: Procedure, here: Position) -> frozenset[Act]:
    """The acts that exist at a position."""
    if here.status is Status.ENDED:
        return frozenset({Act.RECORD})
    before_handover = procedure.step(here.step).number < procedure.step(HANDOVER).number
    acts = {Act.RECORD}
    if here.status is Status.ACTIVE:
        acts |= {Act.COMPLETE, Act.HOLD, Act.RAISE}
    else:
        acts |= {Act.RELEASE}
    if here.status is Status.NONCONFORMITY:
        # a decision may hand the case to the applicant, who is waited for instead
        acts |= {Act.HOLD}
    if here.outcome is Outcome.IN_PROCESS:
        acts |= {Act.CORRECT}
        if here.status is not Status.HELD_WATCHLIST and send_back_targets(procedure, here):
            acts |= {Act.SEND_BACK}
        if here.step == HANDOVER:
            acts |= {Act.CONFIRM_WATCHLIST}
        if before_handover:
            acts |= {Act.REFUSE, Act.WITHDRAW, Act.TRANSFER, Act.CONFIRM_WATCHLIST}
    return frozenset(acts)


def send_back_targets(procedure: Procedure, here: Position) -> tuple[str, ...]:
    """The earlier steps a case may return to from here."""
    return procedure.step(here.step).send_back if here.outcome is Outcome.IN_PROCESS else ()


def after_act(procedure: Procedure, here: Position, act: Act, *, to: str = "", hold: Status | None = None) -> Position:
    """The position after `act`. Raises ValueError where the table has no such move."""
    if act not in allowed(procedure, here):
        raise ValueError(f"{act} at {here}")
    if act is Act.SEND_BACK:
        if to not in send_back_targets(procedure, here):
            raise ValueError(f"send back from {here.step} to {to}")
        return Position(to, Status.ACTIVE, here.outcome)
    if act in (Act.HOLD, Act.RAISE):
        if hold not in _HOLDS:
            raise ValueError(f"hold as {hold}")
        return Position(here.step, hold, here.outcome)
    if act is Act.RELEASE:
        return Position(here.step, Status.ACTIVE, here.outcome)
    if act in ENDINGS:
        return Position(HANDOVER, Status.ACTIVE, ENDINGS[act])
    return here
