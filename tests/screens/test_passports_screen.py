"""The passports by keyboard and scanner: their shelf, who does not come, and the count."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from db.tables import Case, PrintJob
from kiosk import passports
from kiosk.office import Office
from screens.passports import PassportsScreen
from screens.stock_take import StockTakeScreen
from tests.builders import case_at_payment, skip
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.screens import counter
from tests.screens.counter import AT, at_work, press, scan
from tests.screens.snapshot import check, text

ZONE = ("P<RUSKUZNETSOVA<<MARINA<<<<<<<<<<<<<<<<<<<<<", "5300000017RUS8803145F3012318<<<<<<<<<<<<<<04")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def cases(office: Office) -> list[int]:
    """Two passports at step 12, one of them for 31 days, and one on its way."""
    desks = Desks(office)
    made = [case_at_payment(office, desks, passport=passport(f"53000000{n}")) for n in (1, 2, 3)]
    for case_id in made[:2]:
        skip(office, case_id, "payment", "biometrics", "registration", "endorsement", "stamp_scan")
    with office.store.writing():
        Case.update(waiting_since=AT - timedelta(days=31)).where(Case.id == made[0]).execute()
    return made


def places(office: Office) -> list[str]:
    return [one.place for one in passports.listed(Desks(office)["sri"])]


async def test_f7_leads_to_the_passports_and_enter_puts_one_on_a_shelf(office: Office, cases: list[int]) -> None:
    async with at_work(office, "sri") as pilot:
        assert "F7 Paspor" in text(pilot.app)
        await press(pilot, "f7")
        assert isinstance(pilot.app.screen, PassportsScreen)
        assert "Semua 3 · siap diambil 2 · 7 hari 1 · 14 hari 1 · 30 hari 1" in text(pilot.app)
        await press(pilot, "enter", *"laci", "f10")
        assert "rak dan nomor" in text(pilot.app)
        await press(pilot, "enter", *"a 12", "f10")
        assert places(office) == ["A-12", "", ""]
        await press(pilot, "left")
        assert "belum diambil 30 hari" in text(pilot.app)
        assert text(pilot.app).count("MARINA KUZNETSOVA") == 1
        await press(pilot, "f4")
        assert "A-12" in text(pilot.app)


async def test_passports_are_counted_with_the_scanner_and_by_hand(office: Office, cases: list[int]) -> None:
    for case_id, place in zip(cases, ("A-1", "A-2", "A-3"), strict=True):
        passports.shelve(Desks(office)["sri"], case_id, place, key=f"k{case_id}")
    async with at_work(office, "sri") as pilot:
        await press(pilot, "f7", "f8")
        assert isinstance(pilot.app.screen, StockTakeScreen)
        await scan(pilot, ZONE)
        assert "rak dan nomor" in text(pilot.app), "first the shelf"
        await press(pilot, *"a-1", "enter")
        await scan(pilot, ZONE)
        assert "1 dari 3" in text(pilot.app)
        await press(pilot, *"530000002", "enter")
        assert "tercatat di A-2" in text(pilot.app)
        await press(pilot, *"X7", "enter")
        assert "TIDAK di kantor" in text(pilot.app)
        await press(pilot, "escape", "f8")
        assert "2 dari 3" in text(pilot.app), "a count that was left goes on"
        await press(pilot, "f10")
        assert "Selesaikan hitungan ini?" in text(pilot.app)
        await press(pilot, "f10")
        assert "2 dari 3 ada, 1 tidak ditemukan" in text(pilot.app)
        assert "TIDAK DITEMUKAN, tercatat di A-3" in text(pilot.app)
    assert places(office) == ["A-1", "A-1", "A-3"]
    with office.store.reading():
        assert PrintJob.select().where(PrintJob.paper == "StockTakeReport").count() == 1


async def test_both_screens_as_they_look(office: Office, cases: list[int]) -> None:
    passports.shelve(Desks(office)["sri"], cases[0], "A-1", key="k")
    async with at_work(office, "sri") as pilot:
        await press(pilot, "f7")
        check(pilot.app, "passports-id")
        await press(pilot, "f9")
        check(pilot.app, "passports-en")
        await press(pilot, "f8", *"B-2", "enter", *"530000001", "enter", *"X7", "enter")
        check(pilot.app, "stock-take-en")
        await press(pilot, "f9")
        check(pilot.app, "stock-take-id")


async def test_who_does_not_keep_passports_has_no_way_there(office: Office) -> None:
    async with at_work(office, "budi") as pilot:
        assert "F7" not in text(pilot.app)
        await press(pilot, "f7")
        assert not isinstance(pilot.app.screen, PassportsScreen)
