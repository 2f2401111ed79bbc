"""A small made-up cekal list for a demo office. Nobody on it exists."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from db.connection import Store
from kiosk.clock import office_day
from kiosk.demo.applicants import DemoApplicant
from kiosk.refusals import Refused
from kiosk.screening.acceptance import Accepted
from kiosk.screening_import import import_list
from kiosk.settings import Settings

_LISTED = (
    ("demo-001", "MARKOVIC STEFAN", "1979-02-11", "SRB", "tangkal"),
    ("demo-002", "OKONKWO CHUKWUEMEKA DANIEL", "1985-07-30", "NGA", "tangkal"),
    ("demo-003", "PETROV DMITRI ALEKSEEVICH", "1968-12-03", "RUS", "tangkal"),
    ("demo-004", "NGUYEN VAN HUNG", "1990", "VNM", "tangkal"),
    ("demo-005", "AL HASSAN YOUSSEF IBRAHIM", "1974-05-19", "SYR", "tangkal"),
    ("demo-006", "WANG JIANGUO", "1982-09", "CHN", "tangkal"),
    ("demo-007", "SUHARTONO BAMBANG", "1971-01-25", "IDN", "cegah"),
    ("demo-008", "FERREIRA LUIS MIGUEL", "1988-03-08", "PRT", "tangkal"),
    ("demo-009", "KOWALCZYK ANDRZEJ", "1965-10-14", "POL", "tangkal"),
    ("demo-010", "SINGH GURPREET", "1993-06-21", "IND", "tangkal"),
)


def entries(lookalike: DemoApplicant | None = None) -> list[Mapping[str, object]]:
    """The list; with `lookalike` also somebody of that applicant's name who was born in another year."""
    rows: list[Mapping[str, object]] = [
        {
            "id": number,
            "names": [{"name": name, "kind": "primary"}],
            "dob": [born],
            "countries": [country],
            "kind": kind,
            "agency": "DEMO",
        }
        for number, name, born, country, kind in _LISTED
    ]
    if lookalike is not None:
        holder = lookalike.data.holder
        rows.append(
            {
                "id": "demo-lookalike",
                "names": [{"name": f"{holder.surname} {holder.given_names}".strip(), "kind": "primary"}],
                "dob": [f"{holder.born.year + 1}-{holder.born.month:02d}-{holder.born.day:02d}"],
                "countries": [holder.nationality],
                "kind": "tangkal",
                "agency": "DEMO",
            }
        )
    return rows


def add_cekal(settings: Settings, rows: Sequence[Mapping[str, object]], *, now: datetime) -> None:
    """Import `rows` as the office's list of today. Raises OSError, StoreError; ValueError if the list is refused."""
    path = Path(settings.folder) / "cekal-demo.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    store = Store(settings.for_maintainers().database_url)
    try:
        done = import_list(
            store,
            settings,
            path,
            version=f"demo-{office_day(now):%Y%m%d}",
            listed_on=office_day(now),
            source="demo",
            operator="demo",
            now=now,
            accepted=Accepted(size=True),
        )
    finally:
        store.close()
        path.unlink()
    if isinstance(done, Refused):
        raise ValueError(done.first.code)
