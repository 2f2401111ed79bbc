"""Who looked at which applicant stands in the audit chain; what can't be recorded is not shown."""

import json
from collections.abc import Iterator

import pytest

from db.connection import StoreError, Trouble
from db.tables import AuditEvent
from kiosk import audit, protected_reads
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Refused
from tests.builders import an_applicant, pretend_intake
from tests.conftest import Desks


@pytest.fixture
def case_id(office: Office, desks: Desks) -> int:
    return pretend_intake(office, desks["sri"], an_applicant())


def reads(office: Office) -> Iterator[tuple[str, str, dict[str, object]]]:
    with office.store.reading():
        for row in AuditEvent.select().order_by(AuditEvent.seq):
            body = json.loads(row.body)
            if body["action"].startswith("read_"):
                yield body["action"], body["subject"], body["data"]


def test_a_case_its_history_and_custody_are_one_look(office: Office, desks: Desks, case_id: int) -> None:
    desk = desks["budi"]
    desk.case(case_id)
    desk.history(case_id)
    desk.custody(case_id)
    assert list(reads(office)) == [("read_case", f"case:{case_id}", {"view": "case"})]


def test_a_step_that_is_opened_is_a_look(office: Office, desks: Desks, case_id: int) -> None:
    desks["budi"].steps.data_entry.prepare(case_id)
    assert list(reads(office)) == [("read_case", f"case:{case_id}", {"view": "data_entry"})]


def test_a_search_records_whom_it_found_and_not_what_was_typed(office: Office, desks: Desks, case_id: int) -> None:
    desk = desks["budi"]
    name = desk.case(case_id).holder_name  # type: ignore[union-attr]
    assert [found.case_id for found in desk.search(name[:6])] == [case_id]
    assert desk.search("NOBODY OF THIS NAME") == ()
    assert ("read_search", "search", {"cases": [case_id]}) in list(reads(office))
    assert name[:6] not in json.dumps(list(reads(office)))


def test_another_officer_and_a_later_look_are_looks_of_their_own(
    office: Office, desks: Desks, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks["budi"].case(case_id)
    desks["budi"].case(case_id)
    desks["wati"].case(case_id)
    assert len(list(reads(office))) == 2
    monkeypatch.setattr(protected_reads, "AGAIN_S", 0.0)
    desks["budi"].case(case_id)
    assert len(list(reads(office))) == 3


def test_what_can_not_be_recorded_is_not_shown(desks: Desks, case_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    desk: Desk = desks["budi"]

    def full(*_: object, **__: object) -> None:
        raise StoreError(Trouble.DISK_FULL)

    monkeypatch.setattr(audit, "append", full)
    for look in (desk.case, desk.history, desk.custody):
        with pytest.raises(StoreError):
            look(case_id)
    assert isinstance(desk.steps.data_entry.prepare(case_id), Refused)
