"""A10: whoever writes to a table of the office leaves an event in the audit chain, in the same transaction."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from db.tables import MODELS, Case
from kiosk import clock
from kiosk.cases.model import Act, Status
from kiosk.office import Office
from kiosk.refusals import Refused
from tests import builders
from tests.conftest import Desks
from tests.faults.naked_writes import TECHNICAL, Trace
from tests.faults.thirteen import passport

PROJECT = Path(__file__).parents[2]
REASON = "Uji kelengkapan jejak."
FOLLOWED = (
    "tests/kiosk/test_engine.py", "tests/kiosk/steps", "tests/kiosk/queue", "tests/kiosk/money/test_books.py",
    "tests/kiosk/test_passports.py", "tests/kiosk/test_privacy.py", "tests/kiosk/test_changing_verbs.py",
)  # fmt: skip
"""The tests that drive every step, side path, book, count and maintainers' command."""


def live(office: Office, desks: Desks) -> None:
    """A case from payment to the archive, and one on each side path."""
    done = builders.case_in_archive(office, desks)
    assert done
    for number, (login, what, more) in enumerate(
        (
            ("hendra", Act.HOLD, {"hold": Status.WAITING_APPLICANT}),
            ("hendra", Act.REFUSE, {}),
            ("sri", Act.WITHDRAW, {}),
            ("hendra", Act.SEND_BACK, {"to": "data_entry"}),
        )
    ):
        case_id = builders.case_at_approval(office, desks, passport=passport(f"5900{number:05d}"))
        moved = desks[login].act(case_id, what, key=f"a10-{number}", reason=REASON, **more)
        assert not isinstance(moved, Refused), moved
    assert not isinstance(desks["sri"].search("MARINA"), Refused)
    assert desks["sri"].sign_out() is None


def test_a10_every_write_has_its_event(office: Office, desks: Desks) -> None:
    trace = Trace()
    with trace.following():
        live(office, desks)
    assert trace.naked == {}
    assert trace.audited > 15


def test_a10_a_write_without_an_event_is_found(office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: an act that forgets its event."""
    from kiosk.cases.work import Work

    case_id = builders.case_at_approval(office, desks)
    monkeypatch.setattr(Work, "audit", lambda work, action, data=None: None)
    trace = Trace()
    with trace.following():
        desks["sri"].act(case_id, Act.WITHDRAW, key="a10", reason=REASON)
    (tables,) = trace.naked.values()
    assert {"case", "case_event"} <= tables
    with office.store.reading():
        assert Case.get_by_id(case_id).ended_at or clock.now()


def test_a10_the_tables_that_need_no_event_are_tables() -> None:
    names = {model._meta.table_name.removeprefix("itk_") for model in MODELS}
    assert set(TECHNICAL) - names <= {"schema_migration"}


@pytest.mark.long
def test_a10_no_test_of_the_office_finds_a_write_without_an_event(tmp_path: Path) -> None:
    """Every step, side path, book, count and command as their own tests drive them, statement by statement."""
    told = tmp_path / "naked.json"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "tests.faults.naked_writes", *FOLLOWED],
        cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT), "KIOSK_NAKED_WRITES": str(told)},
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-2000:]
    found = json.loads(told.read_text())
    print(f"\n{found['transactions']} transactions of the program, {found['audited']} with an event")
    assert found["naked"] == {}
    assert found["audited"] > 500
