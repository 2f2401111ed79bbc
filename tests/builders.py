"""Cases for tests: `given_<step>` builds what an officer gives; `pretend` puts a step's output in place."""

from typing import Any

from db.tables import Case, StepRun
from kiosk import clock
from kiosk.office import Office
from kiosk.records import to_json


def pretend(office: Office, case_id: int, step: str, produced: Any, *, officer: int = 1) -> None:
    """Record `produced` as the output of `step` and move the case on, without the step's rules."""
    following = office.procedure.after(step)
    with office.store.writing():
        row = Case.get_by_id(case_id)
        StepRun.create(
            case=case_id,
            step=step,
            attempt=row.attempt,
            officer=officer,
            completed_at=clock.now(),
            seconds=60,
            output=to_json(produced),
        )
        if following is not None:
            Case.update(step=following.key, version=Case.version + 1).where(Case.id == case_id).execute()
