"""Made-up cases in any number, for lists that must not slow down."""

from datetime import timedelta

from db.tables import Case, CaseName, ProcedureVersion
from kiosk import clock
from kiosk.office import Office


def fill(office: Office, count: int) -> None:
    """`count` made-up cases spread over the steps, most of them ended."""
    now = clock.now()
    steps = [step.key for step in office.procedure.steps]
    with office.store.writing():
        ProcedureVersion.insert(
            hash=office.procedure.hash, content=office.procedure.source, first_used=now
        ).on_conflict_ignore().execute()
        for start in range(0, count, 500):
            numbers = range(start, min(start + 500, count))
            Case.insert_many([_case(office, number, steps, now) for number in numbers]).execute()
        ids = {row.application_no: row.id for row in Case.select(Case.id, Case.application_no)}
        for start in range(0, count, 500):
            rows = []
            for number in range(start, min(start + 500, count)):
                case_id = ids[f"ITK-MRE-2026-{number:05d}"]
                rows += [{"case": case_id, "word": f"NAME{number}"}, {"case": case_id, "word": f"GIVEN{number % 97}"}]
            CaseName.insert_many(rows).execute()


def _case(office: Office, number: int, steps: list[str], now: object) -> dict[str, object]:
    assert hasattr(now, "astimezone")
    since = clock.now() - timedelta(minutes=number)
    ended = number % 10 != 0
    return {
        "application_no": f"ITK-MRE-2026-{number:05d}",
        "kind": "visit_visa_extension",
        "procedure": office.procedure.hash,
        "step": steps[-1] if ended else steps[number // 10 % len(steps)],
        "status": "ended" if ended else "active",
        "outcome": "issued" if ended else "in_process",
        "opened_at": since,
        "waiting_since": since,
        "ended_at": since if ended else None,
        "holder_name": f"GIVEN{number % 97} NAME{number}",
        "nationality": "NLD",
        "issuing_state": "NLD",
        "passport_no": f"P{number:07d}",
    }
