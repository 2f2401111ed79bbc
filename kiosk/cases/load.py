"""Reading a case from the tables."""

from typing import Any

from db.tables import Case, Officer, Person, ProcedureVersion, StepRun
from kiosk.cases.model import CaseFile, Outcome, Run, Status
from kiosk.procedure import Procedure, parse


class Procedures:
    """The procedures that cases are pinned to, by hash, read once from the database."""

    def __init__(self, current: Procedure) -> None:
        self.current = current
        self._known = {current.hash: current}

    def by_hash(self, digest: str) -> Procedure:
        """Raises LookupError for a version that no case was ever opened under."""
        if digest not in self._known:
            row = ProcedureVersion.get_or_none(ProcedureVersion.hash == digest)
            if row is None:
                raise LookupError(digest)
            self._known[digest] = parse(row.content)
        return self._known[digest]


def case_file(case_id: int, procedures: Procedures, *, outputs: bool = True, held: bool = False) -> CaseFile | None:
    """The case with its valid outputs, or None. Within a unit of work.

    Without `outputs` for whoever asks only where the case is; `held` for whoever moves it (requirements.lock).
    """
    query = Case.select().where(Case.id == case_id)
    row = (held_row(query) if held else query).first()
    if row is None:
        return None
    procedure = procedures.by_hash(row.procedure_id)
    return CaseFile(
        id=row.id,
        application_no=row.application_no,
        kind=row.kind,
        procedure=procedure,
        version=row.version,
        attempt=row.attempt,
        step=row.step,
        status=Status(row.status),
        outcome=Outcome(row.outcome),
        opened_at=row.opened_at,
        waiting_since=row.waiting_since,
        promise_due=row.promise_due,
        ended_at=row.ended_at,
        priority=row.priority,
        holder_name=row.holder_name,
        nationality=row.nationality,
        issuing_state=row.issuing_state,
        passport_no=row.passport_no,
        permit_expiry=row.permit_expiry,
        runs=_runs(row, procedure) if outputs else {},
    )


def held_row(query: Any) -> Any:
    """The query for a case's row that nobody else moves until the unit of work ends."""
    return query.for_update("FOR NO KEY UPDATE") if Case._meta.database.for_update else query


def _runs(row: Case, procedure: Procedure) -> dict[str, Run]:
    """The newest run of each step that lies before the case's position (all of them once it has ended)."""
    limit = procedure.step(row.step).number + (1 if row.status == Status.ENDED else 0)
    valid = {step.key for step in procedure.steps if step.number < limit}
    found: dict[str, Run] = {}
    query = (
        StepRun.select(StepRun, Officer, Person)
        .join(Officer)
        .join(Person)
        .where(StepRun.case == row.id)
        .order_by(StepRun.attempt)
    )
    for run in query:
        if run.step in valid:
            found[run.step] = Run(
                step=run.step,
                attempt=run.attempt,
                officer=run.officer_id,
                person=run.officer.person_id,
                officer_name=run.officer.person.name,
                completed_at=run.completed_at,
                seconds=run.seconds,
                output=run.output,
            )
    return found
