"""What the estimate is made from: the step runs of finished cases, and what is under way now. Within a unit of work."""

from collections.abc import Iterable
from datetime import datetime

from db.tables import Case, StepRun
from kiosk.cases.model import Outcome, Status
from kiosk.clock import office_day
from kiosk.prediction.model import MEASURED, NEWEST, Estimate, Passage, kept, predict
from kiosk.procedure import Procedure
from kiosk.regulations import Regulations
from kiosk.working_calendar import Calendar, NoWorkingDay

COLLECTED = "handover"
"""The step at which a passport is ready."""


def ready_if_paid_now(procedure: Procedure, regulations: Regulations, now: datetime) -> Estimate | None:
    """The day for somebody who pays now, with what became of such estimates; None if nothing can be told."""
    step = steps_to_ready(procedure)[0]
    return ready_day(procedure, regulations, step, now, now, others=under_way(procedure, step))


def ready_day(
    procedure: Procedure, regulations: Regulations, step: str, entered: datetime, now: datetime, *, others: int
) -> Estimate | None:
    """The day on which a case that entered `step` at `entered` will be ready, with what became of such estimates; None
    if nothing can be told. `others`: how many other cases are under way (`under_way`).

    Never a day that has passed: who is later than the estimate is ready today at the earliest.
    """
    if step not in steps_to_ready(procedure):
        return None
    calendar = Calendar(regulations)
    found = passages(procedure, step, limit=NEWEST + MEASURED)
    try:
        at = predict(calendar, found, entered, others)
        return None if at is None else Estimate(max(office_day(at), office_day(now)), kept(calendar, found))
    except NoWorkingDay:
        return None


def steps_to_ready(procedure: Procedure) -> tuple[str, ...]:
    """The steps between the payment and the hand-over: what the applicant waits for after paying."""
    keys = [step.key for step in procedure.steps]
    return tuple(keys[keys.index(procedure.promise.counted_from) + 1 : keys.index(COLLECTED)])


def passages(procedure: Procedure, step: str, *, limit: int = NEWEST) -> list[Passage]:
    """The newest cases that went from `step` to being ready, the newest first. No sent back case is left out: its
    first entry and its last completion count."""
    keys = [one.key for one in procedure.steps]
    before, last = keys[keys.index(step) - 1], keys[keys.index(COLLECTED) - 1]
    done = StepRun.select(StepRun.case, StepRun.completed_at).where(StepRun.step == last)
    ready: dict[int, datetime] = {}
    for row in done.order_by(StepRun.id.desc()).limit(limit):
        ready.setdefault(row.case_id, row.completed_at)
    issued = {row.id for row in _issued(ready)}
    entered: dict[int, datetime] = {}
    runs = StepRun.select(StepRun.case, StepRun.completed_at).where(
        StepRun.case.in_(list(issued)) & (StepRun.step == before)
    )
    for row in runs.order_by(StepRun.id):
        entered.setdefault(row.case_id, row.completed_at)
    return [Passage(entered[one], ready[one]) for one in ready if one in entered and entered[one] <= ready[one]]


def _issued(ids: Iterable[int]) -> Iterable[Case]:
    outcomes = (str(Outcome.IN_PROCESS), str(Outcome.ISSUED))
    query: Iterable[Case] = Case.select(Case.id).where(Case.id.in_(list(ids)) & Case.outcome.in_(outcomes))
    return query


def under_way(procedure: Procedure, step: str) -> int:
    """How many cases are at `step` or between it and being ready now."""
    ahead = steps_to_ready(procedure)
    return int(Case.select().where((Case.status == Status.ACTIVE) & Case.step.in_(ahead[ahead.index(step) :])).count())
