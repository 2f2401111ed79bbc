"""Steps 9, 10 and 13 by keyboard in a demo office: a number drawn and stamped, endorsed, filed; case after case."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.tables import RegisterNumber
from kiosk.cases.model import Act
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.steps import archiving, registration
from kiosk.words import Language
from screens import step_screen
from screens.work_list import WorkListScreen
from tests.builders import (
    an_applicant,
    case_at_archiving,
    case_at_endorsement,
    case_at_registration,
)
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import at_work, open_step, press
from tests.screens.snapshot import check, text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    monkeypatch.setattr(step_screen, "CHECK_AFTER_S", 600)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def desks(office: Office) -> dict[str, Desk]:
    return Desks(office)


def produced(office: Office, case_id: int, step: str, kind: type[Any]) -> Any:
    case = counter.desk_of(office, "made").case(case_id)
    assert case is not None
    return case.output(step, kind)


async def test_a_number_is_drawn_stamped_and_registered(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    async with at_work(office, "yusuf") as pilot:
        await open_step(pilot, "registration", case_id)
        assert "IZIN TINGGAL KUNJUNGAN" not in text(pilot.app)
        await press(pilot, *"12", "enter", "y", "f8")
        assert "Ambil nomor register 2B21ME0001-" in text(pilot.app)
        await press(pilot, "f10")
        shown = text(pilot.app)
        assert "Terakan di paspor, tepat seperti ini:" in shown
        assert "No. Register: 2B21ME0001-" in shown
        assert "F8 Cap rusak" in shown
        await press(pilot, "y", "f10")
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "Terdaftar dengan nomor 2B21ME0001-" in text(pilot.app)
    assert produced(office, case_id, "registration", registration.Produced).passport_page == "12"


async def test_a_spoiled_page_takes_a_new_number(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    async with at_work(office, "yusuf") as pilot:
        await open_step(pilot, "registration", case_id)
        await press(pilot, *"12", "enter", "y", "f8")
        await press(pilot, "f10")
        await press(pilot, "f8")
        await press(pilot, *"tinta meleber", "f10")
        assert "batal dan tetap tercatat" in text(pilot.app)
        assert "IZIN TINGGAL KUNJUNGAN" not in text(pilot.app)
        await press(pilot, *"13", "enter", "y", "f8")
        await press(pilot, "f10")
        assert "No. Register: 2B21ME0002-" in text(pilot.app)
    with office.store.reading():
        reasons = [row.void_reason for row in RegisterNumber.select().order_by(RegisterNumber.serial)]
    assert reasons == ["tinta meleber", ""]


async def test_a_full_passport_is_said_with_what_to_do(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    async with at_work(office, "yusuf") as pilot:
        await open_step(pilot, "registration", case_id)
        await press(pilot, *"12", "enter", "t", "f8")
        await press(pilot, "f10")
        assert "Paspor tidak punya halaman kosong" in text(pilot.app)


async def test_f10_before_the_number_says_how_to_get_one(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    async with at_work(office, "yusuf") as pilot:
        await open_step(pilot, "registration", case_id)
        await press(pilot, *"12", "enter", "y", "f10")
        assert "Ambil nomor dengan F8" in text(pilot.app)


async def test_the_signatory_endorses_one_case_after_another(office: Office, desks: dict[str, Desk]) -> None:
    passports = [an_applicant().passport, an_applicant().passport]
    cases = [
        case_at_endorsement(office, desks, passport=type(one)("P", f"5300{n}", "RUS", one.expires, one.issued))
        for n, one in enumerate(passports, start=11)
    ]
    async with at_work(office, "made") as pilot:
        for left in (1, 0):
            await press(pilot, "enter")
            assert "disahkan sebagai Kakanim" in text(pilot.app)
            await press(pilot, "y", "enter", "y", "f10")
            await press(pilot, "f10")
            assert isinstance(pilot.app.screen, WorkListScreen)
            assert "Disahkan oleh Made Adnyana, Kepala Kantor Imigrasi." in text(pilot.app)
            assert len(pilot.app.screen._items) == left
    for case_id in cases:
        case = desks["made"].case(case_id)
        assert case is not None
        assert case.step == "stamp_scan"


async def test_an_unsigned_passport_is_not_endorsed(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_endorsement(office, desks)
    async with at_work(office, "made") as pilot:
        await open_step(pilot, "endorsement", case_id)
        await press(pilot, "y", "enter", "t", "f10")
        await press(pilot, "f10")
        assert "Tanda tangan belum dinyatakan" in text(pilot.app)


async def test_a_file_is_taken_into_the_archive(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_archiving(office, desks)
    async with at_work(office, "eko") as pilot:
        await open_step(pilot, "archiving", case_id)
        await press(pilot, *"gudang", "enter", *"32", "enter", "y", "f10")
        assert "Lokasi arsip tidak terbaca" in text(pilot.app)
        await press(pilot, *["backspace"] * 6, *"3 1 12", "f10")
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "Diarsipkan: DAF-MRE-2026-00001, L3-R1-B12" in text(pilot.app)
    assert produced(office, case_id, "archiving", archiving.Produced).pages == 32


async def test_a_case_sent_back_is_stamped_anew(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_endorsement(office, desks)
    desks["made"].act(case_id, Act.SEND_BACK, key="b", reason="nama salah pada cap", to="registration")
    async with at_work(office, "yusuf") as pilot:
        await open_step(pilot, "registration", case_id)
        assert "2B21ME0002-" in text(pilot.app)


@pytest.mark.parametrize("language", list(Language))
async def test_the_screens_look_as_they_did(office: Office, desks: dict[str, Desk], language: Language) -> None:
    async with at_work(office, "yusuf", language=language) as pilot:
        case_id = case_at_registration(office, desks)
        await open_step(pilot, "registration", case_id)
        await press(pilot, *"12", "enter", "y")
        check(pilot.app, f"registration-{language}")
        await press(pilot, "f8")
        await press(pilot, "f10")
        check(pilot.app, f"registration-drawn-{language}")
        await press(pilot, "y", "f10")
    async with at_work(office, "made", language=language) as pilot:
        await open_step(pilot, "endorsement", case_id)
        check(pilot.app, f"endorsement-{language}")


@pytest.mark.parametrize("language", list(Language))
async def test_the_archive_screen_looks_as_it_did(office: Office, desks: dict[str, Desk], language: Language) -> None:
    case_id = case_at_archiving(office, desks)
    async with at_work(office, "eko", language=language) as pilot:
        await open_step(pilot, "archiving", case_id)
        check(pilot.app, f"archiving-{language}")
