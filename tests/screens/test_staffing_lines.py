"""At the start of a shift the screen says whether the people on duty can finish a case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Delegation, Duty, Officer
from kiosk.office import Office
from tests.screens import counter
from tests.screens.counter import AT, at_work, press
from tests.screens.snapshot import text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock: 08:05."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


def without_duty(office: Office, login: str) -> None:
    with office.store.writing():
        officer = Officer.get(Officer.login == login)
        Duty.update(valid_until=AT.date().replace(day=1)).where(Duty.officer == officer.id).execute()


def words(pilot: object) -> str:
    return " ".join(text(pilot.app).split())  # type: ignore[attr-defined]


async def test_nothing_is_said_where_nobody_is_missing(office: Office) -> None:
    async with at_work(office, "hendra") as pilot:
        assert "Hari ini" not in words(pilot)
        await press(pilot, "f6", "f7")
        assert pilot.app.screen.query_one("#flow-staffing").display is False


async def test_a_step_without_anybody_is_said_at_sign_in_and_in_the_office_today(office: Office) -> None:
    without_duty(office, "made")
    async with at_work(office, "sri") as pilot:
        assert "Hari ini tidak ada petugas untuk langkah 10" in words(pilot)
        assert "Beri tahu atasan" in words(pilot)
    async with at_work(office, "hendra") as pilot:
        await press(pilot, "f6", "f7")
        assert "tidak ada petugas untuk langkah 10" in words(pilot)
        await press(pilot, "f9")
        assert "Nobody is on duty today for step 10" in words(pilot)
    with office.store.writing():
        officer = Officer.get(Officer.login == "hendra")
        Delegation.create(
            officer=officer, authority="office_head", kind="plh", basis="SK-1",
            valid_from=AT.date(), valid_until=AT.date(),
        )  # fmt: skip
    async with at_work(office, "sri") as pilot:
        assert "tidak ada petugas" not in words(pilot), "an acting official stands in"


async def test_two_parts_that_only_one_person_can_play_are_said(office: Office) -> None:
    without_duty(office, "ratna")
    with office.store.writing():
        officer = Officer.get(Officer.login == "hendra")
        Duty.create(officer=officer, unit="BENDAHARA", role="treasurer", valid_from=AT.date())
    async with at_work(office, "sri") as pilot:
        assert "hanya satu orang dapat mengerjakan langkah 6 dan 7" in words(pilot)
