"""`kiosk db move`: every row arrives, the chain is whole, and nobody goes on writing to the old file."""

import json
from pathlib import Path

import pytest

from db import moving
from db.connection import Store, StoreError
from db.tables import MODELS, Case, Person
from kiosk import audit, clock
from kiosk import moving as office_moving
from kiosk.audit import Signer
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.settings import Settings, load
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport

pytestmark = pytest.mark.skipif(not databases.CAN_SERVE, reason=databases.NO_SERVER)
SIGNER = Signer(0, 0, "cli")


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """An office on SQLite with a case that has come as far as step 9."""
    settings = found_demo(tmp_path / "office", devices=False)
    with Office.open(settings, devices=False) as office:
        builders.case_at_registration(office, Desks(office))
    return settings


def rows(url: str) -> dict[str, int]:
    store = Store(url)
    with store.reading():
        found = {model._meta.table_name: model.select().count() for model in MODELS}
    store.close()
    return found


def test_an_office_moves_with_every_row_and_goes_on(small: Settings) -> None:
    before, address = rows(small.database_url), databases.passing_address(server=True)
    moved = office_moving.move_office(small, address, now=clock.now(), signer=SIGNER)
    assert {each.table: each.rows for each in moved.tables} == before
    assert all(each.same for each in moved.tables)
    assert moved.chain.verified
    assert moved.witnesses > 0
    settings = load(small.path("kiosk.toml"))
    assert settings.database == address
    with Office.open(settings, devices=False) as office:
        with office.store.reading():
            assert audit.verify().verified
            last = json.loads(list(audit.events())[-1][1])
            assert (last["action"], last["data"]["rows"]) == ("office_moved", moved.rows)
        given = builders.given_intake(builders.an_applicant(passport=passport("530666666")))
        assert not isinstance(Desks(office)["sri"].steps.intake.complete(None, given, key="next"), Refused)


def test_a_counter_that_still_has_the_file_open_is_refused(small: Settings) -> None:
    running = Store(small.database_url)
    with running.reading():
        Person.select().count()
    moved = office_moving.move_office(small, databases.passing_address(server=True), now=clock.now(), signer=SIGNER)
    with pytest.raises(StoreError, match="gone"), running.writing():
        Person.create(name="late")
    assert moved.left.exists()


def test_a_database_that_holds_an_office_is_not_moved_into(small: Settings) -> None:
    address = databases.passing_address(server=True)
    found_demo(Path(small.folder).with_name("other"), devices=False, database=address)
    text = small.path("kiosk.toml").read_text()
    with pytest.raises(moving.NotEmpty):
        office_moving.move_office(small, address, now=clock.now(), signer=SIGNER)
    assert small.path("kiosk.toml").read_text() == text
    Office.open(small, devices=False).close()


def test_a_row_that_differs_stops_the_move_and_leaves_nothing(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, address = moving._copy, databases.passing_address(server=True)

    def falsified(model: type[moving.Table], source: object, target: moving.Database) -> None:
        copy(model, source, target)  # type: ignore[arg-type]
        if model is Case:
            target.execute_sql("UPDATE itk_case SET holder_name = 'LAIN'")

    monkeypatch.setattr(moving, "_copy", falsified)
    with pytest.raises(moving.RowsDiffer, match="itk_case"):
        office_moving.move_office(small, address, now=clock.now(), signer=SIGNER)
    target = Store(address)
    with target.reading():
        assert target.database.get_tables() == []
    target.close()
    Office.open(small, devices=False).close()


def test_a_broken_chain_is_not_moved(small: Settings) -> None:
    store = Store(small.database_url)
    with store.reading():
        store.database.execute_sql("DROP TRIGGER audit_event_append_only_update")
        store.database.execute_sql("UPDATE audit_event SET body = '{}' WHERE seq = 3")
    store.close()
    with pytest.raises(office_moving.NotMovable, match="audit"):
        office_moving.move_office(small, databases.passing_address(server=True), now=clock.now(), signer=SIGNER)
    assert load(small.path("kiosk.toml")).database.startswith("sqlite:")
