"""A step's screen: what is typed is kept, F10 is answered, nothing is lost whatever happens."""

import asyncio
import threading
from typing import Any

import pytest

from kiosk.refusals import Code, Refusal, Refused, refused
from screens import work_list
from screens.app import KioskApp
from screens.case import CaseScreen
from screens.defects import Said
from screens.work_list import WorkListScreen
from tests.screens.driving import settle, working
from tests.screens.fake_office import PIN, FakeOffice, FakeService, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text


@pytest.fixture
def office() -> FakeOffice:
    return FakeOffice(items=[item(1), item(2, "payment", "GARCÍA [/b] MARÍA", priority="elderly")])


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step's clock stands."""
    monkeypatch.setattr("screens.widgets.sop.monotonic", lambda: 0.0)


async def opened(pilot: Any, **given: Any) -> SampleStep:
    screen = SampleStep(1)
    for name, value in given.items():
        setattr(screen, name, value)
    pilot.app.push_screen(screen)
    await settle(pilot)
    return screen


@pytest.mark.parametrize("holds", [True, False])
async def test_a_scan_that_comes_while_the_case_is_being_opened_is_given_to_the_step(
    office: FakeOffice, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    """A claim is laid on the reader with the Enter that opens its case. Where the case can't be opened the code opens
    what it stands for, as it does everywhere."""
    gate = threading.Event()

    def prepare(service: FakeService, case_id: int | None) -> Any:
        gate.wait(5)
        return office.prepared if holds else refused(Code.CASE_MOVED_ON)

    monkeypatch.setattr(FakeService, "prepare", prepare)
    async with working(office) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await pilot.pause()
        assert pilot.app.take_scan("ITK1" + "A" * 60)
        assert pilot.app.take_scan("P<UTOERIKSSON")
        assert pilot.app.screen is screen
        gate.set()
        await settle(pilot)
        if holds:
            assert screen.scans == ["ITK1" + "A" * 60, "P<UTOERIKSSON"]
        assert isinstance(pilot.app.screen, CaseScreen), "SampleStep wants no code, so it opens its case"


async def test_f10_while_a_device_works_says_so(office: FakeOffice) -> None:
    gate = threading.Event()
    async with working(office) as pilot:
        screen = await filled(pilot)
        screen.run_device(lambda talk: gate.wait(5))
        await pilot.press("f10")
        await pilot.pause()
        assert "Alat masih bekerja" in text(pilot.app)
        gate.set()
        await settle(pilot)
        assert office.completions == []


async def filled(pilot: Any, **given: Any) -> SampleStep:
    screen = await opened(pilot, **given)
    screen.form.restore({"surname": "SMITH", "born": "00-00-1980", "sex": "M", "nationality": "AUS"})
    return screen


async def test_shows_the_row_of_the_sop_and_the_running_clock(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        shown = text(pilot.app)
        assert "4/13" in shown
        assert "Meneliti keabsahan dokumen dan penjamin" in shown
        assert "Kelengkapan: Dokim dan paspor" in shown
        assert "Output: Tanda tangan pada dokim dan paspor" in shown
        assert "01:01 dari 5 menit" in shown
        assert office.log == ["claim 1"]


async def test_enter_moves_from_field_to_field(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        assert screen.focused is not None
        assert screen.focused.id == "field-surname"
        await pilot.press(*"smith", "enter")
        assert screen.focused.id == "field-given"
        assert screen.form.values().text("surname") == "SMITH"


async def test_what_is_typed_is_saved_within_a_second(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        await pilot.press(*"smith")
        await asyncio.sleep(0.7)
        await settle(pilot)
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == "SMITH"


async def test_a_draft_comes_back_with_its_key(office: FakeOffice) -> None:
    office.drafts["sri", "verification", 1] = {"typed": {"surname": "OLD"}, "extra": {}, "key": "k" * 32}
    async with working(office) as pilot:
        screen = await opened(pilot)
        assert screen.form.snapshot()["surname"] == "OLD"
        assert screen._act_key == "k" * 32
        assert "dipulihkan" in text(pilot.app)


async def test_initial_values_give_way_to_the_draft(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        assert screen.form.snapshot() == {"given": "dari berkas"}


async def test_escape_keeps_what_was_typed_and_lets_the_case_go(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        await pilot.press(*"x", "escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == "X"
        assert office.log == ["claim 1", "release 1"]


async def test_says_what_is_missing_before_f10_is_pressed(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        await asyncio.sleep(0.8)
        await settle(pilot)
        assert "Belum diisi (4): Pemohon, Janji, Pemohon, ..." in text(pilot.app)
        assert not office.completions


async def test_says_that_the_rules_would_refuse_before_f10_is_pressed(office: FakeOffice) -> None:
    office.rule = lambda given: (Refusal(Code.SAME_PERSON, details={"other": "2"}),)
    async with working(office) as pilot:
        screen = await filled(pilot)
        screen.touched()
        await asyncio.sleep(0.8)
        await settle(pilot)
        assert "F10 akan ditolak: Orang yang sama" in text(pilot.app)
        assert not office.completions


async def test_f10_with_empty_fields_puts_the_cursor_into_the_first_of_them(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("remark")
        await pilot.press("f10")
        await settle(pilot)
        assert screen.focused is not None
        assert screen.focused.id == "field-surname"
        assert "! Isian ini wajib." in text(pilot.app)
        assert "[field_required]" in text(pilot.app)
        assert not office.completions


async def test_f10_completes_and_goes_back_to_the_work_list(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await filled(pilot)
        await pilot.press("f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "2B26MRE0007-C: selesai." in text(pilot.app)
        (completion,) = office.completions
        key, case_id, given, act_key, witness, claim = completion
        assert (key, case_id, witness, claim.token) == ("verification", 1, None, 1)
        assert given.born.iso() == "1980-00-00"
        assert len(act_key) == 32
        assert not office.drafts


async def test_what_must_be_copied_stays_until_enter(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await filled(pilot, many=True)
        await pilot.press("f10")
        await settle(pilot)
        assert screen.sop._running_since is None, "the clock of a done step stands"
        assert "2B26MRE0007-C\n ditulis di paspor" in text(pilot.app)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_a_second_f10_while_the_first_runs_does_nothing(office: FakeOffice) -> None:
    office.gate.clear()
    async with working(office) as pilot:
        await filled(pilot)
        await pilot.press("f10", "f10", "f10")
        office.gate.set()
        await settle(pilot)
        assert len(office.completions) == 1


async def test_a_refusal_of_the_rules_is_shown_at_its_field(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await filled(pilot)
        office.rule = lambda given: (Refusal(Code.FIELD_TOO_LONG, "nationality", {"limit": 3}),)
        await pilot.press("f10")
        await settle(pilot)
        assert screen.focused is not None
        assert screen.focused.id == "field-nationality"
        assert "! Isian terlalu panjang (paling banyak 3 huruf)." in text(pilot.app)
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == "SMITH"


async def test_an_unknown_outcome_is_asked_again_with_the_same_key(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await filled(pilot)
        office.broken = ConnectionResetError("rahasia SMITH")
        await pilot.press("f10")
        await settle(pilot)
        assert "Terjadi gangguan program" in text(pilot.app)
        assert "rahasia" not in text(pilot.app)
        office.broken = None
        await pilot.press("f10")
        await settle(pilot)
        assert [completion[3] for completion in office.completions] == [office.completions[0][3]] * 2


async def test_after_a_refusal_the_next_try_is_another_act(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await filled(pilot)
        office.rule = lambda given: (Refusal(Code.CASE_ON_HOLD),)
        await pilot.press("f10")
        await settle(pilot)
        office.rule = lambda given: ()
        await pilot.press("f10")
        await settle(pilot)
        first, second = office.completions
        assert first[3] != second[3]


async def test_a_consequential_step_is_asked_with_the_cursor_on_no(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await filled(pilot, ask=True)
        await pilot.press("f10")
        await settle(pilot)
        assert "SMITH [/x]" in text(pilot.app)
        await pilot.press("enter")
        await settle(pilot)
        assert not office.completions
        await pilot.press("f10", "y")
        await settle(pilot)
        assert not office.completions
        await pilot.press("f10")
        await settle(pilot)
        assert len(office.completions) == 1


async def test_a_second_person_is_asked_for_when_the_rules_need_one(office: FakeOffice) -> None:
    office.rule = lambda given: (
        () if office.completions[-1:] and office.completions[-1][4] else (Refusal(Code.SECOND_PERSON_NEEDED),)
    )
    async with working(office) as pilot:
        await filled(pilot)
        await pilot.press("f10")
        await settle(pilot)
        assert "Petugas kedua" in text(pilot.app)
        await pilot.press(*"budi", "enter", *PIN, "f10")
        await settle(pilot)
        assert office.completions[-1][4].name == "BUDI SANTOSO"
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_a_case_that_a_colleague_has_is_not_opened(office: FakeOffice) -> None:
    details = {"officer": "BUDI", "terminal": "loket-2", "until": "10:00 WIB"}
    office.claim_answer = Refused((Refusal(Code.CLAIMED_BY_OTHER, details=details),))
    async with working(office) as pilot:
        screen = await opened(pilot)
        assert "Berkas sedang dikerjakan BUDI di loket-2." in text(pilot.app)
        await pilot.press("f10")
        await settle(pilot)
        assert not screen._open
        assert not office.completions


async def test_a_pause_stops_the_clock_with_its_reason(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        await pilot.press("f6", "2", "f10")
        await settle(pilot)
        assert "pause 1 bank" in office.log
        assert "jeda: Menunggu bank" in text(pilot.app)
        assert "F6 Lanjutkan" in text(pilot.app)
        await pilot.press("f6")
        await settle(pilot)
        assert "01:01 dari 5 menit" in text(pilot.app)
        assert screen.form.snapshot()["given"] == "dari berkas"


async def test_a_pause_takes_a_note_for_the_colleague(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        await pilot.press("f6", "1", "enter", *"bawa KTP", "enter")
        await settle(pilot)
        assert "pause 1 applicant: bawa KTP" in office.log


async def test_the_language_changes_and_what_is_typed_stays(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        await pilot.press(*"smith", "f9")
        await settle(pilot)
        shown = text(pilot.app)
        assert "Applicant *               SMITH" in shown
        assert "F10 Complete" in shown
        assert "Pemohon" not in shown


async def test_a_field_of_another_answer_appears_with_it(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        name = screen.form.query_one("#field-sponsor_name")
        assert not name.display
        screen.form.go_to("sponsor")
        await pilot.press("y")
        await settle(pilot)
        assert name.display


async def test_a_list_is_searched_by_typing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("nationality")
        await pilot.press("k", "o", "r")
        await settle(pilot)
        assert "Korea Selatan" in text(pilot.app)
        await pilot.press("enter")
        await settle(pilot)
        assert screen.form.values().text("nationality") == "KOR"
        assert screen.focused is not None
        assert screen.focused.id == "field-sponsor"


async def test_arrows_pass_a_choice_that_may_stay_empty_and_space_takes_it_back(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("sponsor")
        await pilot.press("right", "left")
        assert screen.form.snapshot().get("sponsor") is None
        await pilot.press("right", "space")
        assert screen.form.snapshot()["sponsor"] == "no"
        await pilot.press("space")
        assert screen.form.snapshot().get("sponsor") is None
        await pilot.press("1", "backspace")
        assert screen.form.snapshot().get("sponsor") is None


async def test_space_keeps_what_the_arrows_chose(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("sex")
        await pilot.press("right", "right", "space")
        assert screen.form.snapshot()["sex"] == "M"


async def test_a_field_that_was_filled_by_a_scan_is_no_longer_wrong(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        await pilot.press("f10")
        await settle(pilot)
        assert "Isian ini wajib." in text(pilot.app)
        screen.form.restore({"surname": "SMITH", "born": "00-00-1980", "sex": "M", "nationality": "AUS"})
        await settle(pilot)
        assert text(pilot.app).count("! ") == 1  # the status line alone


async def test_a_long_reason_goes_on_in_the_second_line(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.status.say(
            Said("Lama ini tidak tersedia bagi jenis permohonan ini; yang dapat dipilih hanya 30.", "Pilih.")
        )
        await settle(pilot)
        assert "30. Pilih." in text(pilot.app)


async def test_what_could_not_be_saved_is_saved_when_the_database_is_back(
    office: FakeOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.step_life.SAVE_AGAIN_S", 0.02)
    async with working(office) as pilot:
        screen = await filled(pilot)
        office.draft_answer = office.claim_answer = Refused((Refusal(Code.DATABASE_UNREACHABLE),))
        await pilot.press(*"x")
        screen._save()
        screen._renew()
        await settle(pilot)
        assert not office.drafts
        assert screen._claim is not None, "a database that is away takes no case away"
        office.draft_answer = None
        for _ in range(200):
            if office.drafts:
                break
            await asyncio.sleep(0.02)
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == screen.form.snapshot()["surname"]


async def test_f10_once_too_often_after_a_step_calls_nobody(
    office: FakeOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []
    monkeypatch.setattr(KioskApp, "open_queue", lambda self: called.append(1))
    async with working(office) as pilot:
        pilot.app.open_work_list(lambda words: Said(words.say("step.done", step="4")), "done")
        await pilot.press("f10", "f10")
        assert not called
        monkeypatch.setattr(work_list, "REST_S", 0.0)
        pilot.app.open_work_list(lambda words: Said(words.say("step.done", step="4")), "done")
        await pilot.press("f10")
        assert called


@pytest.mark.parametrize(
    ("worked", "said"),
    [(42, "00:42 dari 5 menit"), (241, "sisa 00:59 dari 5 menit"), (370, "+ lewat 01:10 dari 5 menit")],
)
async def test_the_clock_is_calm_until_it_matters(office: FakeOffice, worked: int, said: str) -> None:
    office.worked = worked
    async with working(office) as pilot:
        await opened(pilot)
        assert text(pilot.app).split("\n")[1].endswith(said)
