"""Steps 5, 6, 8 and 11 and SOP Ketidaksesuaian by keys, with devices that speak their real protocols."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db.tables import Case, Nonconformity, Payment
from hardware.camera.portraits import portrait
from hardware.document_scanner.sheets import sheet
from hardware.registry import start_simulator
from kiosk.captures import FINGERPRINT, PORTRAIT, STAMPED_PAGE, Item
from kiosk.cases.model import Outcome, Status
from kiosk.office import Office
from kiosk.settings import DeviceSettings, load
from kiosk.steps import approval, biometrics, scanning, stamp_scan
from kiosk.words import Language
from screens.nonconformity import NonconformityScreen
from screens.scan_debt import ScanDebtScreen
from screens.steps.approval import ApprovalScreen
from screens.steps.biometrics import BiometricsScreen
from screens.steps.scanning import ScanningScreen
from screens.steps.stamp_scan import StampScanScreen
from screens.widgets.picture import Picture
from screens.widgets.rows import RowList
from screens.work_list import WorkListScreen
from tests.builders import (
    PAGE,
    an_applicant,
    case_at_approval,
    case_at_biometrics,
    case_at_scanning,
    case_at_stamp_scan,
    completed,
    given_biometrics,
    given_scanning,
)
from tests.conftest import Desks
from tests.screens.counter import at_work, found, open_step, press, stop_the_clock
from tests.screens.driving import settle
from tests.screens.snapshot import check, text


@pytest.fixture(scope="module")
def founded_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office founded on the standing clock, to be copied."""
    patch = pytest.MonkeyPatch()
    stop_the_clock(patch)
    folder = tmp_path_factory.mktemp("middle") / "office"
    found(folder).close()
    patch.undo()
    return folder


@pytest.fixture
def office(founded_at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The office at 08:05 WIB with a reader on a pty, a camera file and a scanner's folder."""
    stop_the_clock(monkeypatch)
    shutil.copytree(founded_at, tmp_path / "office")
    (tmp_path / "portrait.jpg").write_bytes(portrait("somebody"))
    (tmp_path / "drop").mkdir()
    reader = {"finger_seconds": 0.5, "poll_seconds": 0.02, "baud": 57600, "tries": 2}
    devices = {
        "fingerprint": DeviceSettings("zfm", "simulated:reaction=0.02", reader),
        "camera": DeviceSettings("file", str(tmp_path / "portrait.jpg")),
        "document_scanner": DeviceSettings(
            "folder", str(tmp_path / "drop"), {"wait_seconds": 0.3, "settle_seconds": 0.02}
        ),
    }
    opened = Office.open(msgspec.structs.replace(load(tmp_path / "office" / "kiosk.toml"), devices=devices))
    for role in devices:
        opened.devices.get(role).wait_ready(5)
    yield opened
    opened.close()


@pytest.fixture
def desks(office: Office) -> Desks:
    return Desks(office)


def feed(tmp_path: Path, *pages: bytes) -> None:
    """Lay pages into the scanner."""
    for number, data in enumerate(pages):
        part = tmp_path / "drop" / f".{number}.part"
        part.write_bytes(data)
        part.rename(tmp_path / "drop" / f"page-{number}.png")


async def act(pilot: Any, key: str = "f8") -> None:
    """Press F8 and wait for the device."""
    await press(pilot, key)
    while pilot.app.screen.device_talk is not None:
        await asyncio.sleep(0.01)
        await settle(pilot)


def row(office: Office, case_id: int) -> Case:
    with office.store.reading():
        return Case.get_by_id(case_id)


def go_to(screen: Any, key: str) -> None:
    """The cursor to a row of the screen's list."""
    rows = screen.query_one(RowList)
    rows.focus()
    rows.cursor = [r.key for r in rows.rows].index(key)
    rows.refresh()


async def typed(pilot: Any, screen: Any, **values: str) -> None:
    """Type into fields of the screen's form, each left with Enter."""
    for name, words in values.items():
        screen.form.go_to(name)
        await press(pilot, *words, "tab")


# step 5


async def test_a_file_is_scanned_document_by_document(office: Office, desks: Desks, tmp_path: Path) -> None:
    """F8 for each document; a blurred page is accepted, one document is put off with a reason."""
    case_id = case_at_scanning(office, desks)
    async with at_work(office, "budi") as pilot:
        screen = await open_step(pilot, "scanning", case_id)
        assert isinstance(screen, ScanningScreen)
        feed(tmp_path, sheet("a"), sheet("b", blur=2))
        await act(pilot)
        assert "Hasil pindai diragukan: kabur" in text(pilot.app)
        await press(pilot, "enter")
        await press(pilot, "2", "f10")
        assert "dipindai" in text(pilot.app)
        await press(pilot, "down")
        for _ in range(4):
            feed(tmp_path, sheet("c"))
            await act(pilot)
        go_to(screen, "sponsor_id")
        await press(pilot, "enter")
        await press(pilot, *"kartu menyusul besok", "f10")
        assert "ditunda: kartu menyusul besok" in text(pilot.app)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "1 dokumen ditunda" in text(pilot.app)
    case = desks["hendra"].case(case_id)
    assert case is not None
    produced = case.need("scanning", scanning.Produced)
    assert (len(produced.scans), produced.later) == (6, ("sponsor_id",))


async def test_a_missing_document_is_said_and_the_cursor_goes_there(office: Office, desks: Desks) -> None:
    case_id = case_at_scanning(office, desks)
    given_scanning(desks["budi"], case_id, "request_letter")
    async with at_work(office, "budi") as pilot:
        screen = await open_step(pilot, "scanning", case_id)
        await press(pilot, "f10")
        assert "Surat permohonan: Dokumen ini belum dipindai." in text(pilot.app)
        assert screen.query_one(RowList).current.key == "request_letter"
    assert row(office, case_id).step == "scanning"


async def test_pages_are_discarded_with_a_reason_and_scanned_again(
    office: Office, desks: Desks, tmp_path: Path
) -> None:
    case_id = case_at_scanning(office, desks)
    async with at_work(office, "budi") as pilot:
        await open_step(pilot, "scanning", case_id)
        feed(tmp_path, sheet("a"))
        await act(pilot)
        await press(pilot, "home", "enter")
        await press(pilot, "1", "tab", *"halaman terbalik", "f10")
        assert "1 halaman dibuang" in text(pilot.app)
    assert desks["budi"].captures.list(case_id) == ()


async def test_an_empty_scanner_is_said_and_nothing_is_lost(office: Office, desks: Desks, tmp_path: Path) -> None:
    case_id = case_at_scanning(office, desks)
    async with at_work(office, "budi") as pilot:
        await open_step(pilot, "scanning", case_id)
        feed(tmp_path, sheet("a"))
        await act(pilot)
        await act(pilot)
        assert "Tidak ada kertas di pemindai." in text(pilot.app)
        await press(pilot, "escape")
    async with at_work(office, "budi") as pilot:
        screen = await open_step(pilot, "scanning", case_id)
        assert screen.query_one(RowList).rows[0].cells[1] == "1"


async def test_a_scan_that_was_put_off_is_made_good_from_f7(office: Office, desks: Desks, tmp_path: Path) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    owed = scanning.ScanLater("sponsor_id", "kartu menyusul")
    completed(budi, case_id, "scanning", given_scanning(budi, case_id, owed.kind, later=(owed,)))
    async with at_work(office, "budi") as pilot:
        pilot.app.open_side(case_id)
        await settle(pilot)
        await press(pilot, "end", "enter")
        assert isinstance(pilot.app.screen, ScanDebtScreen)
        assert "E-KTP penjamin" in text(pilot.app)
        feed(tmp_path, sheet("card"))
        await act(pilot)
        assert "sudah dipindai" in text(pilot.app)
    found = desks["hendra"].steps.approval.prepare(case_id)
    assert found.scans_owed == ()


# step 6


async def test_the_official_reads_the_case_and_approves_with_his_initials(office: Office, desks: Desks) -> None:
    case_id = case_at_approval(office, desks)
    async with at_work(office, "hendra") as pilot:
        screen = await open_step(pilot, "approval", case_id)
        assert isinstance(screen, ApprovalScreen)
        shown = text(pilot.app)
        for fact in ("MARINA KUZNETSOVA", "sisa 10 hari", "hari ke-50 dari 180", "bersih (daftar v1)", "6 halaman"):
            assert fact in shown
        await press(pilot, "1")
        await typed(pilot, screen, initial="hg")
        await press(pilot, "f10")
        assert "Setujui 30 hari, sampai" in text(pilot.app)
        await press(pilot, "f10")
        assert "Disetujui 30 hari" in text(pilot.app)
    case = desks["ratna"].case(case_id)
    assert case is not None
    granted = case.need("approval", approval.Produced)
    assert (granted.initial, granted.days_granted, granted.total) == ("HG", 30, 500_000)


async def test_a_refusal_needs_a_written_reason_and_is_asked_twice(office: Office, desks: Desks) -> None:
    case_id = case_at_approval(office, desks)
    async with at_work(office, "hendra") as pilot:
        screen = await open_step(pilot, "approval", case_id)
        await press(pilot, "3", "f10")
        assert "Isian ini wajib." in text(pilot.app)
        await typed(pilot, screen, reason="tujuan tidak sesuai visa")
        await press(pilot, "f10")
        assert "Tolak permohonan ini?" in text(pilot.app)
        await press(pilot, "escape")
        assert row(office, case_id).outcome == Outcome.IN_PROCESS
        await press(pilot, "f10", "f10")
        assert "Permohonan ditolak" in text(pilot.app)
    assert (row(office, case_id).step, row(office, case_id).outcome) == ("handover", Outcome.REFUSED)


async def test_a_case_of_the_directorate_waits_for_it(office: Office, desks: Desks) -> None:
    nationality = office.regulations.calling_visa.nationalities[0]
    holder = replace(an_applicant().holder, nationality=nationality)
    case_id = case_at_approval(office, desks, holder=holder)
    async with at_work(office, "hendra") as pilot:
        screen = await open_step(pilot, "approval", case_id)
        await press(pilot, "3")
        await typed(pilot, screen, reason="menunggu Ditjen")
        await press(pilot, "f10", "f10")
        assert "menunggu keputusan atasan" in text(pilot.app)
    assert row(office, case_id).status == Status.WAITING_SUPERIOR


# SOP Ketidaksesuaian


async def test_a_finding_is_raised_at_approval_and_sent_back_by_decision(office: Office, desks: Desks) -> None:
    case_id = case_at_approval(office, desks)
    async with at_work(office, "hendra") as pilot:
        screen = await open_step(pilot, "approval", case_id)
        await press(pilot, "2")
        screen._check()
        assert "F10 membuka catatan ketidaksesuaian" in text(pilot.app)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, NonconformityScreen)
        await press(pilot, *"penj", "enter")
        await press(pilot, *"penjamin tidak dikenal", "tab", *"foto rumah", "enter", "2", "f10")
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "ditahan: ketidaksesuaian" in text(pilot.app)
        assert row(office, case_id).status == Status.NONCONFORMITY
        await press(pilot, "home", "enter")
        assert isinstance(pilot.app.screen, NonconformityScreen)
        assert "penjamin tidak dikenal" in text(pilot.app)
        await press(pilot, "1", "tab")
        await press(pilot, "3", "tab")
        await press(pilot, *"periksa penjamin lagi", "f10")
    assert (row(office, case_id).step, row(office, case_id).status) == ("verification", Status.ACTIVE)
    with office.store.reading():
        finding = Nonconformity.get()
        assert (finding.category, finding.outcome, finding.back_to) == (
            "sponsor_doubtful",
            "back_to_step",
            "verification",
        )


async def test_refusing_a_finding_asks_and_needs_a_second_officer(office: Office, desks: Desks) -> None:
    from tests.kiosk.steps.test_nonconformity import raised

    case_id = case_at_approval(office, desks)
    raised(desks, case_id)
    async with at_work(office, "hendra") as pilot:
        pilot.app.open_side(case_id)
        await settle(pilot)
        await press(pilot, "enter")
        screen = pilot.app.screen
        assert isinstance(screen, NonconformityScreen)
        await press(pilot, "4", "tab", *"penjamin palsu", "f10")
        assert "Tolak permohonan ini?" in text(pilot.app)
        await press(pilot, "f10")
        await press(pilot, *"made", "enter", *"360555", "f10")
    assert (row(office, case_id).step, row(office, case_id).outcome) == ("handover", Outcome.REFUSED)


async def test_who_may_not_decide_reads_and_is_told_who_does(office: Office, desks: Desks) -> None:
    from tests.kiosk.steps.test_nonconformity import raised

    case_id = case_at_approval(office, desks)
    raised(desks, case_id)
    async with at_work(office, "budi") as pilot:
        pilot.app.open_nonconformity(case_id)
        await settle(pilot)
        assert "Penjamin tidak dikenal di alamatnya." in text(pilot.app)
        assert "diputuskan Lalintuskim" in text(pilot.app)
        assert "F10" not in text(pilot.app)


# step 8


async def test_portrait_and_ten_fingers_are_taken_with_f8(office: Office, desks: Desks) -> None:
    case_id = case_at_biometrics(office, desks)
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        assert isinstance(screen, BiometricsScreen)
        assert "Data pribadi" in text(pilot.app)
        for _ in range(11):
            await act(pilot)
        assert screen.query_one(Picture).display, "the portrait just taken, to be looked at"
        await typed(pilot, screen, interview="tujuan dijelaskan")
        screen.form.go_to("notice_given")
        await press(pilot, "1", "tab", "1", "f10")
        assert "foto dan 10 jari" in text(pilot.app)
    case = desks["yusuf"].case(case_id)
    assert case is not None
    taken = case.need("biometrics", biometrics.Produced)
    assert {finger.state for finger in taken.fingers} == {biometrics.FingerState.CAPTURED}
    assert all(finger.object_id and finger.quality > 50 for finger in taken.fingers)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what a device's thread brings about; a preview never comes to rest."""
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_the_portrait_is_chosen_from_what_the_camera_sees(
    office: Office, desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BiometricsScreen, "_watched", lambda _: True)
    monkeypatch.setattr("hardware.camera.driver.PREVIEW_S", 0.02)
    case_id = case_at_biometrics(office, desks)
    camera = tmp_path / "portrait.jpg"
    camera.write_bytes(portrait("somebody", 640, 480, blur=6))
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        await pilot.press("f8")
        await until(lambda: "kurang tajam" in text(pilot.app))
        assert "F8 Ambil" in text(pilot.app)
        camera.write_bytes(portrait("somebody"))
        await until(lambda: "Sudah baik." in text(pilot.app))
        await pilot.press("escape")
        await until(lambda: office.devices.status("camera").state == "ready")
        assert pilot.app.screen is screen
        assert not desks["agus"].captures.list(case_id, kind=PORTRAIT)
        for key in ("enter", "f8"):
            screen.query_one(RowList).cursor = 0
            await pilot.press("f8")
            await pilot.press(key)
            await until(lambda: pilot.app.screen is screen)
        assert "tersimpan, baik" in text(pilot.app)
        assert screen.query_one(Picture).display
        assert len(desks["agus"].captures.list(case_id, kind=PORTRAIT)) == 1


async def test_a_preview_without_its_camera_says_so_and_a_locked_one_takes_nothing(
    office: Office, desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BiometricsScreen, "_watched", lambda _: True)
    case_id = case_at_biometrics(office, desks)
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        await pilot.press("f8")
        await until(lambda: "Sudah baik." in text(pilot.app))
        await pilot.press("f12")
        await until(lambda: office.devices.status("camera").state == "ready")
        assert not desks["agus"].captures.list(case_id, kind=PORTRAIT)
        await pilot.press(*"141421", "enter")
        await until(lambda: pilot.app.screen is screen)
        assert "Dihentikan." in text(pilot.app)
        (tmp_path / "portrait.jpg").unlink()
        await pilot.press("f8")
        await until(lambda: pilot.app.screen is screen)
        assert "Alat tidak terhubung." in text(pilot.app)


@pytest.mark.long
async def test_a_preview_or_a_camera_that_hangs_holds_up_nothing(
    office: Office, desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BiometricsScreen, "_watched", lambda _: True)
    case_id = case_at_biometrics(office, desks)
    seen = [tmp_path / "one.jpg", tmp_path / "two.jpg"]
    for number, path in enumerate(seen):
        path.write_bytes(portrait("somebody", light=1.0 - number / 20))
    camera = start_simulator("camera", {"person": "A"})
    camera.control({"file": str(seen[1])})
    (tmp_path / "portrait.jpg").write_text(camera.path)
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        late = []
        for watching in (False, True):
            if watching:
                await pilot.press("f8")
                await until(lambda: "Sudah baik." in text(pilot.app))
            waits = []
            for number in range(300):
                if watching and number % 20 == 0:
                    camera.control({"file": str(seen[number // 20 % 2])})
                begun = time.perf_counter()
                await asyncio.sleep(0.01)
                waits.append((time.perf_counter() - begun - 0.01) * 1000)
            late.append(sorted(waits))
        print("late by ms, p50, p99, most:", [(round(w[150], 1), round(w[297], 1), round(w[-1], 1)) for w in late])
        assert late[1][150] < 10
        assert late[1][297] < max(100, late[0][297] * 3)
        camera.control({"fault": "silence", "count": 9})
        await asyncio.sleep(0.6)
        begun = time.perf_counter()
        await pilot.press("escape")
        await until(lambda: pilot.app.screen is screen)
        assert time.perf_counter() - begun < 1
    camera.stop()


async def test_a_missing_finger_is_recorded_and_a_second_officer_signs(office: Office, desks: Desks) -> None:
    case_id = case_at_biometrics(office, desks)
    given_biometrics(desks["agus"], case_id)
    desks["agus"].captures.discard(desks["agus"].captures.list(case_id, kind=FINGERPRINT)[2].id, "untuk uji")
    office.devices.get("fingerprint").companion.control({"obliging": False, "present": False})
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        assert screen.query_one(RowList).current.key == "finger_3"
        await act(pilot)
        assert "Tidak ada jari pada kaca." in text(pilot.app)
        await press(pilot, "enter")
        await press(pilot, "1", "tab", *"amputasi", "f10")
        assert "tidak ada: amputasi" in text(pilot.app)
        await typed(pilot, screen, interview="tujuan dijelaskan")
        screen.form.go_to("notice_given")
        await press(pilot, "1", "tab", "1")
        screen._show_readiness(())
        assert "lalu petugas kedua menandatangani" in text(pilot.app)
        await press(pilot, "f10")
        assert "Petugas kedua" in text(pilot.app)
        await press(pilot, *"budi", "enter", *"314159", "f10")
        assert "disetujui Budi Santoso" in text(pilot.app)
    case = desks["yusuf"].case(case_id)
    assert case is not None
    finger = case.need("biometrics", biometrics.Produced).fingers[2]
    assert (finger.state, finger.reason) == (biometrics.FingerState.MISSING, "amputasi")


async def test_an_unplugged_reader_is_said_and_the_draft_stays(office: Office, desks: Desks) -> None:
    case_id = case_at_biometrics(office, desks)
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        await act(pilot)
        await typed(pilot, screen, interview="tujuan dijelaskan")
        office.devices.get("fingerprint").companion.control({"plug": False})
        await act(pilot)
        assert any(words in text(pilot.app) for words in ("Alat tidak terhubung.", "Alat terputus."))
        await press(pilot, "escape")
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "biometrics", case_id)
        assert "tersimpan, baik" in text(pilot.app)
        assert screen.form.values().text("interview") == "tujuan dijelaskan"


async def test_an_unpaid_case_is_said_before_anything_is_taken(office: Office, desks: Desks) -> None:
    case_id = case_at_biometrics(office, desks)
    with office.store.writing():
        Payment.update(state="reversed").execute()
    async with at_work(office, "agus") as pilot:
        await open_step(pilot, "biometrics", case_id)
        assert "BELUM DIBAYAR" in text(pilot.app)


# step 11


async def test_the_stamp_is_scanned_and_read_back(office: Office, desks: Desks, tmp_path: Path) -> None:
    """A slip of the eye asks for a second reading, which agrees with the data."""
    case_id = case_at_stamp_scan(office, desks)
    async with at_work(office, "budi") as pilot:
        screen = await open_step(pilot, "stamp_scan", case_id)
        assert isinstance(screen, StampScanScreen)
        feed(tmp_path, sheet("stamp"))
        await act(pilot)
        assert "Halaman cap tersimpan." in text(pilot.app)
        await typed(pilot, screen, register_no_read="2b26mre0001-c", valid_until_read="03012027")
        await press(pilot, "f10")
        assert "berbeda dengan data sistem" in text(pilot.app)
        await typed(pilot, screen, register_no_again="2b26mre0007-c")
        await press(pilot, "f10")
        assert "siap diambil" in text(pilot.app)
    assert row(office, case_id).step == "handover"


async def test_a_clerical_slip_is_corrected_by_two_officers(office: Office, desks: Desks, tmp_path: Path) -> None:
    case_id = case_at_stamp_scan(office, desks)
    stored = desks["budi"].captures.store(case_id, "stamp_scan", STAMPED_PAGE, [PAGE])
    assert isinstance(stored, tuple)
    async with at_work(office, "budi") as pilot:
        screen = await open_step(pilot, "stamp_scan", case_id)
        await typed(pilot, screen, register_no_read="2b26mre0007-c", valid_until_read="03012027")
        screen.form.go_to("correction_1")
        await press(pilot, *"alamat: jalan", "enter")
        assert "Jalan Sudirman 5" in text(pilot.app)
        await typed(pilot, screen, correction_1_after="Jalan Sudirman 7", correction_1_reason="salah ketik")
        await press(pilot, "f10")
        await press(pilot, *"eko", "enter", *"346410", "f10")
        assert "1 koreksi" in text(pilot.app)
    case = desks["sri"].case(case_id)
    assert case is not None
    assert stamp_scan.corrected(case).address.street == "Jalan Sudirman 7"


# how they look


@pytest.mark.parametrize("language", list(Language))
async def test_the_screens_of_the_middle_look_like_this(office: Office, desks: Desks, language: Language) -> None:
    data = an_applicant()
    stay = replace(data.stay, arrived=data.stay.arrived - timedelta(days=115), extensions_before=1)
    scanned = case_at_scanning(office, desks)
    budi, agus = desks["budi"], desks["agus"]
    doubtful = replace(PAGE, meta={**PAGE.meta, "findings": ["blurred"]})
    budi.captures.store(scanned, "scanning", "passport", [PAGE, doubtful])
    desks["budi"].release(scanned)
    async with at_work(office, "budi", language=language) as pilot:
        await open_step(pilot, "scanning", scanned)
        check(pilot.app, f"scanning-{language}")
    approved = case_at_approval(office, desks, passport=replace(data.passport, number="530000002"), stay=stay)
    async with at_work(office, "hendra", language=language) as pilot:
        await open_step(pilot, "approval", approved)
        check(pilot.app, f"approval-{language}")
        pilot.app.open_nonconformity(approved)
        await settle(pilot)
        check(pilot.app, f"nonconformity-{language}")
    taken = case_at_biometrics(office, desks, passport=replace(data.passport, number="530000003"))
    assert not isinstance(agus.claim(taken), Exception)
    agus.captures.store(taken, "biometrics", PORTRAIT, [Item(b"p", "image/jpeg", 1, {"findings": ["sharpness_low"]})])
    agus.captures.store(taken, "biometrics", FINGERPRINT, [Item(b"f", "x", 1, {"quality": 88, "attempts": 2})])
    async with at_work(office, "agus", language=language) as pilot:
        await open_step(pilot, "biometrics", taken)
        check(pilot.app, f"biometrics-{language}")
    stamped = case_at_stamp_scan(office, desks, passport=replace(data.passport, number="530000004"))
    async with at_work(office, "budi", language=language) as pilot:
        await open_step(pilot, "stamp_scan", stamped)
        check(pilot.app, f"stamp_scan-{language}")
