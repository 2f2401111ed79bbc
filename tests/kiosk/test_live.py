"""What one terminal is told of the others and of the database."""

import queue

import pytest

from db.connection import Store
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from tests import builders
from tests.conftest import Desks


def test_the_other_terminals_hear_of_an_act(office: Office, desks: Desks) -> None:
    heard: queue.Queue[frozenset[int]] = queue.Queue()
    office.live.on_change(heard.put)
    office.live.start()
    assert heard.get(timeout=5) == frozenset(), "at the start anything may have changed"
    case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
    while not heard.empty():
        heard.get()
    assert not isinstance(desks["budi"].claim(case_id), Refused)
    assert heard.get(timeout=1.5) in ({case_id}, frozenset())


@pytest.mark.maintainer
def test_a_terminal_that_is_open_while_another_program_migrates_says_so_and_stops_writing(
    office: Office, desks: Desks, settings: Settings
) -> None:
    told: queue.Queue[Refused | None] = queue.Queue()
    desk = desks["sri"]
    office.live.on_trouble(told.put)
    office.live.start()
    other = Store(settings.database_url)
    with other.writing():
        other.database.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_tomorrow', '2030-01-01 00:00:00')"
        )
        other.database.execute_sql("UPDATE schema_floor SET name = '9999_tomorrow'")
        if other.path is None:
            other.database.execute_sql("SELECT pg_notify('kiosk_changes', 'schema')")
        else:
            other.database.execute_sql("CREATE TABLE tomorrow (id INTEGER)")
    other.close()
    trouble = told.get(timeout=5)
    assert trouble is not None
    assert (trouble.first.code, trouble.first.details["found"]) == (Code.PROGRAM_TOO_OLD, "9999_tomorrow")
    answer = desk.save_draft("intake", None, {"typed": {}})
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.PROGRAM_TOO_OLD
