"""One key on the work list opens the most urgent case that nobody holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Case
from kiosk.cases.model import Claim
from kiosk.desk import Desk
from kiosk.office import Office
from tests.builders import an_applicant, pretend_intake
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.screens import counter
from tests.screens.counter import at_work, press
from tests.screens.snapshot import text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


async def test_plus_takes_the_most_urgent_and_says_whom_a_colleague_took_first(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = Desks(office)
    with office.store.writing():
        Case.update(ended_at=counter.AT, status="ended").execute()
    cases = [pretend_intake(office, desks["sri"], an_applicant(passport=passport(f"W{n}"))) for n in range(3)]
    with office.store.writing():
        Case.update(permit_expiry=None).execute()
        Case.update(priority="pregnant").where(Case.id == cases[2]).execute()
    numbers = [item.application_no for item in desks["budi"].work_list()]
    assert [desks["budi"].work_list()[0].case_id] == [cases[2]]
    async with at_work(office, "budi") as pilot:
        assert "+ Ambil berikut" in text(pilot.app)
        await press(pilot, "plus")
        assert pilot.app.screen.case_id == cases[2]
        assert "Baru saja" not in text(pilot.app)
        await press(pilot, "escape")
        real = Desk.claim

        def too_late(desk: Desk, case_id: int) -> object:
            if case_id == cases[2] and desk is pilot.app.desk:
                assert isinstance(real(desks["eko"], case_id), Claim)
            return real(desk, case_id)

        monkeypatch.setattr(Desk, "claim", too_late)
        await press(pilot, "plus")
        assert pilot.app.screen.case_id == cases[0]
        assert f"Baru saja diambil rekan: {numbers[0]}" in text(pilot.app)
        await press(pilot, "escape")
        for case_id in cases[:2]:
            real(desks["eko"], case_id)
        await press(pilot, "plus")
        assert "Tidak ada berkas yang dapat diambil" in text(pilot.app)
