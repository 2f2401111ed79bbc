"""`kiosk case`: what is open, and one case whole. For maintainers: names are masked, every look is audited."""

from typing import Annotated, Any

import typer

from db.tables import Case
from kiosk import audit, clock
from kiosk.cases import reading
from kiosk.cases.model import CaseFile
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened
from kiosk.formats import mask_passport
from kiosk.office import Office
from kiosk.records import plain

app = typer.Typer(no_args_is_help=True, help="Cases.")


@app.command("list")
def list_(
    config: Config = None,
    json: Json = False,
    ended: Annotated[bool, typer.Option("--ended", help="Ended cases too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
) -> None:
    """The open cases, oldest first."""
    with opened(config) as office, office.store.reading():
        query = Case.select().order_by(Case.id).limit(limit)
        rows = [_row(office, row) for row in (query if ended else query.where(Case.ended_at.is_null()))]
    lines = [f"{r['number']}  {r['step_no']:>2}/13 {r['step']:<13} {r['status']:<16} {r['outcome']}" for r in rows]
    answer(rows, as_json=json, lines=lines)


def _row(office: Office, row: Case) -> dict[str, Any]:
    return {
        "number": row.application_no,
        "kind": row.kind,
        "step": row.step,
        "step_no": office.procedure.step(row.step).number,
        "status": row.status,
        "outcome": row.outcome,
        "opened_at": row.opened_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "passport": mask_passport(row.passport_no),
    }


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="Application, passport, register or receipt number.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """One case: where it is, its whole history, the passport's custody."""
    with opened(config) as office:
        found = reading.search(office.store, number, limit=1)
        if not found:
            raise Failure(f"{number}: tidak ditemukan / not found", Exit.REFUSED)
        case = reading.case(office.store, office.kit.procedures, found[0].case_id)
        assert case is not None
        with office.store.writing():
            audit.append(clock.now(), MAINTAINER, "read_case", f"case:{case.id}")
        document = _whole(office, case)
    lines = [
        f"{document['number']}  {case.kind}  {case.step} ({case.at.number}/13)  {case.status}  {case.outcome}",
        *(
            f"{e['at']}  {e['step']:<13} {e['act']:<10} {e['officer']} ({e['unit']}) {e['terminal']}"
            for e in document["events"]
        ),
        *(f"{c['at']}  paspor: {c['holder']} ({c['officer']})" for c in document["custody"]),
    ]
    answer(document, as_json=json, lines=lines)


def _whole(office: Office, case: CaseFile) -> dict[str, Any]:
    return {
        "number": case.application_no,
        "kind": case.kind,
        "step": case.step,
        "status": str(case.status),
        "outcome": str(case.outcome),
        "passport": mask_passport(case.passport_no),
        "procedure": case.procedure.hash,
        "events": [plain(line) for line in reading.history(office.store, case.id)],
        "custody": [plain(line) for line in reading.custody(office.store, case.id)],
        "runs": [
            {"step": run.step, "attempt": run.attempt, "completed_at": run.completed_at, "seconds": run.seconds}
            for run in case.runs.values()
        ],
    }
