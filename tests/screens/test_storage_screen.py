"""The archive by keyboard: found from the work list, moved, held, proposed, destroyed, page by page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.tables import ArchiveRecord, Case
from kiosk import clock
from kiosk.office import Office
from kiosk.words import Language
from screens.storage import StorageScreen
from screens.themes import CONSOLE
from tests.builders import case_in_archive
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import at_work, press
from tests.screens.snapshot import check, text

YEARS = timedelta(days=3 * 366)
TUTI = ("tuti", "331662")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def case_id(office: Office) -> int:
    """A case filed three years and some days ago."""
    filed = case_in_archive(office, Desks(office))
    with office.store.writing():
        old = clock.office_day(clock.now()) - timedelta(days=3)
        ArchiveRecord.update(retention_until=old).where(ArchiveRecord.case == filed).execute()
    return filed


def many(office: Office, case_id: int, count: int) -> None:
    """`count` more files like that one."""
    with office.store.writing():
        case = Case.get_by_id(case_id).__data__
        row = ArchiveRecord.get(ArchiveRecord.case == case_id).__data__
        for n in range(count):
            number = {"id": None, "application_no": f"ITK-MRE-2020-{n:05d}", "passport_no": f"P{n:06d}"}
            other = Case.create(**{**case, **number})
            ArchiveRecord.create(**{**row, "id": None, "case": other.id, "location": f"L1-R1-B{n + 1}"})


def state(office: Office, case_id: int) -> Any:
    with office.store.reading():
        return ArchiveRecord.get(ArchiveRecord.case == case_id)


async def second_person(pilot: Any) -> None:
    login, pin = TUTI
    await press(pilot, *login, "enter", *pin, "f10")


async def test_f7_of_the_work_list_opens_the_archive_for_archivists_only(office: Office, case_id: int) -> None:
    async with at_work(office, "eko") as pilot:
        assert "F7 Arsip" in text(pilot.app)
        await press(pilot, "f7")
        assert isinstance(pilot.app.screen, StorageScreen)
        assert "L3-R1-B12" in text(pilot.app)
        await press(pilot, "f4")
        assert "MARINA KUZNETSOVA" in text(pilot.app)
    async with at_work(office, "budi") as pilot:
        assert "F7" not in text(pilot.app)
        await press(pilot, "f7")
        assert not isinstance(pilot.app.screen, StorageScreen)


async def test_a_file_is_moved(office: Office, case_id: int) -> None:
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f7", "enter", "enter")
        await press(pilot, *"gudang", "f10")
        assert "Lokasi arsip tidak terbaca" in text(pilot.app)
        await press(pilot, "enter", "enter")
        await press(pilot, *"l7r2b9", "f10")
        assert "Pindahkan ke tempat lain. Tercatat." in text(pilot.app)
        assert "L7-R2-B9" in text(pilot.app)
    assert state(office, case_id).location == "L7-R2-B9"


async def test_a_file_is_held_and_the_hold_lifted_by_two(office: Office, case_id: int) -> None:
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f7", "enter", "down", "enter")
        await press(pilot, *"perkara 12", "f10")
        assert "DITAHAN" in text(pilot.app)
        await press(pilot, "right")
        assert "Tidak ada berkas di daftar ini" in text(pilot.app)
        await press(pilot, "left", "left")
        assert "Arsip: ditahan" in text(pilot.app)
        await press(pilot, "enter", "down", "enter")
        await press(pilot, *"perkara putus", "f10")
        assert "Petugas kedua" in text(pilot.app)
        assert state(office, case_id).legal_hold
        await second_person(pilot)
    assert not state(office, case_id).legal_hold


async def test_a_file_is_proposed_and_destroyed(office: Office, case_id: int) -> None:
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f7", "right")
        assert "Arsip: masa simpan habis" in text(pilot.app)
        await press(pilot, "enter", "end", "enter")
        await press(pilot, "right")
        assert "usul musnah" in text(pilot.app)
        await press(pilot, "enter", "end", "enter")
        await press(pilot, *"BA-7", "enter", *"ANRI-31", "f10")
        await second_person(pilot)
        assert state(office, case_id).disposal == "destroyed"
        await press(pilot, "right", "right")
        assert "dimusnahkan" in text(pilot.app)
        await press(pilot, "enter")
        assert "sudah dimusnahkan dengan berita acara BA-7" in text(pilot.app)


async def test_esc_at_the_second_person_destroys_nothing(office: Office, case_id: int) -> None:
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f7", "enter", "end", "enter")
        await press(pilot, "enter", "end", "enter")
        await press(pilot, *"BA-7", "enter", *"ANRI-31", "f10")
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, StorageScreen)
    assert state(office, case_id).disposal == "proposed"


async def test_a_file_still_kept_is_not_proposed(office: Office, case_id: int) -> None:
    with office.store.writing():
        ArchiveRecord.update(retention_until=clock.office_day(clock.now())).execute()
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f7", "enter", "end", "enter")
        assert "Masa simpan arsip ini belum habis (24-11-2026)" in text(pilot.app)


async def test_a_long_archive_is_read_page_by_page(office: Office, case_id: int) -> None:
    many(office, case_id, 30)
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f7")
        first = text(pilot.app)
        await press(pilot, "pagedown")
        assert "L3-R1-B12" in first
        assert "L3-R1-B12" not in text(pilot.app)
        await press(pilot, "pagedown", "pagedown", "pagedown")
        assert "B30" in text(pilot.app)
        await press(pilot, "pageup", "pageup", "pageup", "pageup")
        assert "L3-R1-B12" in text(pilot.app)


@pytest.mark.parametrize(("language", "theme"), [("id", "office"), ("en", "office"), ("id", CONSOLE)])
async def test_the_archive_looks_as_it_did(office: Office, case_id: int, language: str, theme: str) -> None:
    many(office, case_id, 20)
    async with at_work(office, "eko", language=Language(language), theme=theme) as pilot:
        await press(pilot, "f7", "down")
        check(pilot.app, f"storage-{language}-{theme}")
        await press(pilot, "enter")
        check(pilot.app, f"storage-what-{language}-{theme}")
