"""Steps 1 to 4 and SOP Cekal through the screens, by keys: from a passport on the counter to the sign-off."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from db.tables import Case, PrintJob, Screening, StepRun, WatchlistDecision
from kiosk.cases.model import Outcome, Status
from kiosk.mrz import compose_td3
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.refusals import Refused
from kiosk.settings import load
from kiosk.steps import data_entry, intake, watchlist
from kiosk.words import Language
from screens.cekal import CekalScreen
from screens.steps.data_entry import DataEntryScreen
from screens.steps.intake import IntakeScreen
from screens.steps.verification import VerificationScreen
from screens.steps.watchlist import WatchlistScreen
from screens.work_list import WorkListScreen
from tests.builders import an_applicant, given_data_entry, given_intake, import_watchlist
from tests.screens.counter import at_work, desk_of, found, open_step, press, scan, stop_the_clock
from tests.screens.driving import settle
from tests.screens.snapshot import check, text

MARINA = {
    "id": "ID-1",
    "names": [{"name": "KUZNETSOVA MARINA", "kind": "primary"}, {"name": "MARINA K", "kind": "weak_alias"}],
    "dob": ["1988-03-14"],
    "sex": "F",
    "countries": ["RU"],
    "passports": ["530012345"],
    "kind": "tangkal",
    "agency": "Kepolisian",
    "decision_no": "R/1/2026",
    "reason_class": "penipuan",
}
NOBODY = {"id": "N-1", "names": [{"name": "ZORBLAT QUENNIX"}]}
ZONE = compose_td3(
    issuing_state="RUS",
    surname="KUZNETSOVA",
    given_names="MARINA",
    document_no="530012345",
    nationality="RUS",
    birth=PartialDate(1988, 3, 14),
    sex="F",
    expiry=date(2030, 5, 1),
)


@pytest.fixture(scope="module")
def founded_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office founded on the standing clock, to be copied."""
    patch = pytest.MonkeyPatch()
    stop_the_clock(patch)
    folder = tmp_path_factory.mktemp("counter") / "office"
    found(folder).close()
    patch.undo()
    return folder


@pytest.fixture
def office(founded_at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The office at AT, with a cekal list that names nobody."""
    stop_the_clock(monkeypatch)
    shutil.copytree(founded_at, tmp_path / "office")
    opened = Office.open(load(tmp_path / "office" / "kiosk.toml"), devices=False)
    import_watchlist(opened, tmp_path, NOBODY, version="v1")
    yield opened
    opened.close()


def the_case(office: Office) -> Case:
    with office.store.reading():
        return Case.get()


async def take_in(pilot: Any) -> None:
    """A complete file of a visit-visa extension, by keys alone."""
    screen = await open_step(pilot, "intake", None)
    assert isinstance(screen, IntakeScreen)
    await press(pilot, "1")
    await scan(pilot, ZONE)
    screen.form.go_to("visa_index")
    await press(pilot, "c", "6", "enter")
    await press(pilot, *"04122026", "enter")
    await press(pilot, "3", "enter")
    await press(pilot, "m", *"uara", "enter")
    await press(pilot, "1", "enter")
    await press(pilot, *"hartono wibisana", "enter")
    screen.query_one("#received").focus()
    for _ in range(6):
        await press(pilot, "space", "down")
    await press(pilot, "f10")
    await press(pilot, "f10")


TYPED = {
    "birth_place": "kazan",
    "arrived": "05102026",
    "granted_days": "60",
    "street": "Jalan Sudirman 5",
    "purpose": "Kunjungan keluarga",
    "sponsor_identity_no": "1603011708700001",
    "sponsor_address": "Jalan Sudirman 5",
}
"""What the counter does not know."""


async def enter_data(pilot: Any, case_id: int, *, by_keys: bool = False) -> DataEntryScreen:
    """Step 2, filled in."""
    screen = await open_step(pilot, "data_entry", case_id)
    assert isinstance(screen, DataEntryScreen)
    if not by_keys:
        screen.form.restore({**TYPED, "free_page": "yes"})
        return screen
    for name, words in TYPED.items():
        screen.form.go_to(name)
        await press(pilot, *words, "enter")
    screen.form.go_to("free_page")
    await press(pilot, "1")
    return screen


def register(office: Office) -> int:
    """A case at step 2 whose passport was scanned, through the service."""
    data = an_applicant()
    passport = replace(data.passport, expires=date(2030, 5, 1), mrz=ZONE)
    given = given_intake(replace(data, passport=passport))
    produced = desk_of(office, "sri").steps.intake.complete(None, given, key="i")
    assert isinstance(produced, intake.Produced), produced
    return int(the_case(office).id)


async def test_a_file_goes_from_the_counter_to_the_verifiers_sign_off(office: Office) -> None:
    async with at_work(office, "sri") as pilot:
        await take_in(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
        assert "Terdaftar: ITK-MRE-2026-00001" in text(pilot.app)
    case = the_case(office)
    assert (case.step, case.holder_name) == ("data_entry", "MARINA KUZNETSOVA")
    with office.store.reading():
        assert PrintJob.get().paper == "ApplicationReceipt"
    async with at_work(office, "budi") as pilot:
        await enter_data(pilot, case.id, by_keys=True)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    async with at_work(office, "wati") as pilot:
        assert isinstance(await open_step(pilot, "watchlist", case.id), WatchlistScreen)
        assert "BERSIH" in text(pilot.app)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "verification", case.id)
        assert isinstance(screen, VerificationScreen)
        for field in screen.form.fields:
            if is_question(field.name):
                screen.form.go_to(field.name)
                await press(pilot, "1")
        if screen.prepared.findings:
            screen.form.go_to("note")
            await press(pilot, *"Semua cocok.")
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    assert the_case(office).step == "scanning"


async def test_an_incomplete_file_goes_back_with_its_list(office: Office) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await open_step(pilot, "intake", None)
        await press(pilot, "1")
        await scan(pilot, ZONE)
        assert screen.form.values().text("holder_name") == "MARINA KUZNETSOVA"
        await press(pilot, "f7")
        assert "Kembalikan berkas" in text(pilot.app)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
        assert "daftar kekurangan" in text(pilot.app)
        reopened = await open_step(pilot, "intake", None)
        assert reopened.form.values().text("holder_name") == ""
    with office.store.reading():
        assert Case.select().count() == 0
        assert PrintJob.get().paper == "MissingList"


async def test_what_was_scanned_and_ticked_comes_back(office: Office) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await open_step(pilot, "intake", None)
        await press(pilot, "1")
        await scan(pilot, ZONE)
        screen.query_one("#received").focus()
        await press(pilot, "space", "5", "escape")
        again = await open_step(pilot, "intake", None)
        assert again.form.values().text("passport_no") == "530012345"
        assert again._mrz == ZONE
        (item,) = again._received.received()
        assert (item.key, item.original, item.copy, item.pages) == ("passport", True, True, 5)


async def test_a_zone_with_a_line_missing_is_said_and_nothing_is_lost(office: Office) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await open_step(pilot, "intake", None)
        screen.form.fill({"holder_name": "SUDAH DIKETIK"})
        await scan(pilot, ZONE[:1])
        assert "MRZ" in text(pilot.app)
        assert "[mrz_line_missing]" in text(pilot.app)
        assert screen.form.values().text("holder_name") == "SUDAH DIKETIK"


async def test_a_failing_check_digit_asks_for_a_second_typing(office: Office) -> None:
    case_id = register(office)
    async with at_work(office, "budi") as pilot:
        screen = await enter_data(pilot, case_id)
        wrong = (ZONE[0], f"{ZONE[1][:9]}{(int(ZONE[1][9]) + 1) % 10}{ZONE[1][10:]}")
        await scan(pilot, wrong)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, DataEntryScreen)
        assert screen.focused is not None
        assert screen.focused.id == "field-number_again", text(pilot.app)
        await press(pilot, *"530012345", "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    assert the_case(office).step == "watchlist"


async def test_a_difference_from_the_zone_is_confirmed(office: Office) -> None:
    case_id = register(office)
    async with at_work(office, "budi") as pilot:
        screen = await enter_data(pilot, case_id)
        screen.form.fill({"number": "530012399"})
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, DataEntryScreen)
        screen.form.go_to("number_as_printed")
        assert "530012345" in text(pilot.app)
        await press(pilot, "1", "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    assert the_case(office).passport_no == "530012399"


def is_question(name: str) -> bool:
    """Is it one of the verifier's yes and no?"""
    return name == "sponsor_ok" or (name.startswith("document_") and not name.endswith("_note"))


def complete_first_two(office: Office) -> int:
    """A case at step 3, through the services."""
    case_id, data = register(office), an_applicant()
    passport = replace(data.passport, expires=date(2030, 5, 1), mrz=ZONE)
    given = given_data_entry(replace(data, passport=passport))
    desk = desk_of(office, "budi")
    desk.claim(case_id)
    assert isinstance(desk.steps.data_entry.complete(case_id, given, key="d"), data_entry.Produced)
    return case_id


async def test_a_possible_hit_is_held_examined_and_cleared_by_two(office: Office, tmp_path: Path) -> None:
    import_watchlist(office, tmp_path, MARINA, version="v1b")
    case_id = complete_first_two(office)
    async with at_work(office, "wati") as pilot:
        await open_step(pilot, "watchlist", case_id)
        assert "COCOK PASPOR: 1 calon" in text(pilot.app)
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, CekalScreen), text(pilot.app)
        shown = text(pilot.app)
        assert "KUZNETSOVA<>" in shown
        assert "Nomor paspor sama" in shown
        await press(pilot, "f10")
        assert "belum diputuskan" in text(pilot.app)
        await press(pilot, "enter")
        await press(pilot, "f", "enter", *"Foto lain.", "f10")
        assert "Foto berbeda" in text(pilot.app)
        await press(pilot, "f10")
        await press(pilot, "f10")
        await press(pilot, *"joko", "enter", *"173205", "enter")
        assert isinstance(pilot.app.screen, WatchlistScreen), text(pilot.app)
        assert "Sudah disaring Wasdakim" in text(pilot.app)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    assert the_case(office).step == "verification"
    with office.store.reading():
        assert WatchlistDecision.get().decision == "cleared"
        assert Screening.select().count() == 3


async def test_a_held_case_opens_from_wasdakims_work_list_and_may_be_confirmed(office: Office, tmp_path: Path) -> None:
    import_watchlist(office, tmp_path, MARINA, version="v1b")
    case_id = complete_first_two(office)
    desk = desk_of(office, "wati")
    desk.claim(case_id)
    desk.steps.watchlist.complete(case_id, watchlist.Given("v1b"), key="w")
    assert the_case(office).status == Status.HELD_WATCHLIST
    async with at_work(office, "joko") as pilot:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, CekalScreen), text(pilot.app)
        await press(pilot, "f7")
        await press(pilot, *"Foto dan sidik jari sama.", "f10")
        await press(pilot, "f10")
        assert "Petugas kedua: Wasdakim atau Kepala Kantor" in text(pilot.app)
        await press(pilot, "escape")
        await press(pilot, "f7")
        assert "Foto dan sidik jari sama." in text(pilot.app), "the reason outlives a second person who is not there"
        await press(pilot, "f10")
        await press(pilot, "f10")
        await press(pilot, *"wati", "enter", *"161803", "enter")
        assert isinstance(pilot.app.screen, WorkListScreen), text(pilot.app)
    assert (the_case(office).outcome, the_case(office).step) == (Outcome.WATCHLIST_CONFIRMED, "handover")


async def test_doubt_about_a_document_does_not_complete_step_4(office: Office) -> None:
    case_id = complete_first_two(office)
    desk = desk_of(office, "wati")
    desk.claim(case_id)
    desk.steps.watchlist.complete(case_id, watchlist.Given("v1"), key="w")
    async with at_work(office, "agus") as pilot:
        screen = await open_step(pilot, "verification", case_id)
        for field in screen.form.fields:
            if is_question(field.name):
                screen.form.go_to(field.name)
                await press(pilot, "2" if field.name == "document_passport" else "1")
        screen.form.go_to("document_passport_note")
        await press(pilot, *"Halaman 3 tampak diganti.")
        screen.form.go_to("note")
        await press(pilot, *"Paspor diragukan.")
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, VerificationScreen)
        assert "[document_doubtful]" in text(pilot.app) or "! Keaslian" in text(pilot.app)
    assert the_case(office).step == "verification"


# how the screens look


@pytest.mark.parametrize("language", list(Language))
async def test_the_four_screens_and_cekal_look_like_this(office: Office, tmp_path: Path, language: Language) -> None:
    async with at_work(office, "sri", language=language) as pilot:
        screen = await open_step(pilot, "intake", None)
        check(pilot.app, f"intake_empty-{language}")
        await press(pilot, "1")
        await scan(pilot, ZONE)
        screen.form.fill({"visa_index": "C6"})
        screen.form.go_to("permit_expires")
        await press(pilot, *"04122026", "enter", "3")
        check(pilot.app, f"intake_permit-{language}")
        screen.query_one("#received").focus()
        await press(pilot, "space", "3", "down", "space")
        check(pilot.app, f"intake_checklist-{language}")
    import_watchlist(office, tmp_path, MARINA, version="v1b")
    case_id = complete_first_two(office)
    await _look_at_cekal(office, case_id, language)


async def _look_at_cekal(office: Office, case_id: int, language: Language) -> None:
    async with at_work(office, "wati", language=language) as pilot:
        screen = await open_step(pilot, "watchlist", case_id)
        screen.prepared = _still(screen.prepared)
        screen._show()
        await settle(pilot)
        check(pilot.app, f"watchlist_hit-{language}")
        await press(pilot, "f10")
        await press(pilot, "f10")
        check(pilot.app, f"cekal-{language}")


def _still(prepared: Any) -> Any:
    """The answer without the time it took."""
    return replace(prepared, elapsed_ms=1.0)


@pytest.mark.parametrize("language", list(Language))
async def test_entry_clean_answer_and_verification_look_like_this(office: Office, language: Language) -> None:
    case_id = register(office)
    async with at_work(office, "budi", language=language) as pilot:
        screen = await open_step(pilot, "data_entry", case_id)
        screen.form.fill({"number": "530012399"})
        await settle(pilot)
        check(pilot.app, f"data_entry-{language}")
        screen.form.fill({"number": "530012345"})
    async with at_work(office, "budi") as pilot:
        await enter_data(pilot, case_id)
        await press(pilot, "f10")
    async with at_work(office, "wati", language=language) as pilot:
        screen = await open_step(pilot, "watchlist", case_id)
        screen.prepared = _still(screen.prepared)
        screen._show()
        await settle(pilot)
        check(pilot.app, f"watchlist_clear-{language}")
        await press(pilot, "f10")
    async with at_work(office, "agus", language=language) as pilot:
        await open_step(pilot, "verification", case_id)
        check(pilot.app, f"verification-{language}")


async def test_the_time_at_step_1_outlives_a_crash_and_is_recorded(tmp_path: Path) -> None:
    with found(tmp_path) as office:
        async with at_work(office, "sri") as pilot:
            screen = await open_step(pilot, "intake", None)
            screen.form.go_to("holder_name")
            screen.sop.show_clock(73, True)
            await press(pilot, "a")
            screen._save()
            await settle(pilot)
        async with at_work(office, "sri") as pilot:
            screen = await open_step(pilot, "intake", None)
            assert 73 <= screen.sop.seconds < 173
        desk = desk_of(office, "sri")
        taken = desk.steps.intake.complete(None, given_intake(), key="k" * 32, worked=200)
        assert not isinstance(taken, Refused), taken
        with office.store.reading():
            assert StepRun.get(StepRun.step == "intake").seconds == 200
