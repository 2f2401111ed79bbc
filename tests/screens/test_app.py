"""The app around the screens: sign-in, lock, small terminals, failures, the other screens."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from textual import events
from textual.widgets import Static

from kiosk.cases.model import HistoryLine
from kiosk.cases.urgency import Urgency
from kiosk.people.model import DutyHeld
from kiosk.refusals import Code, Refused, refused
from screens.cover import Starting, TooSmall
from screens.lock import LockScreen
from screens.sign_in import SignInScreen
from screens.widgets.form import Form
from screens.widgets.rows import RowList
from screens.work_list import WorkListScreen
from tests.screens.driving import TestedApp, running, settle, working
from tests.screens.fake_office import AT, PIN, FakeOffice, device, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text


@pytest.fixture
def office() -> FakeOffice:
    history = (
        HistoryLine(1, AT, "intake", "open", 1, "SRI [/x] HARTATI", "LALINTUSKIM", "loket-1", "", None),
        HistoryLine(2, AT, "intake", "complete", 1, "SRI HARTATI", "LALINTUSKIM", "loket-1", "", None),
        HistoryLine(
            3, AT, "data_entry", "send_back", 1, "BUDI SANTOSO", "LALINTUSKIM", "loket-2", "nama [b] salah", None
        ),
    )
    return FakeOffice(items=[item(1), item(2, "payment", "GARCÍA [/b] MARÍA", priority="elderly")], history=history)


async def test_the_first_screen_is_painted_before_the_office_is_opened(office: FakeOffice) -> None:
    opened_when: list[str] = []

    def open_office() -> Any:
        opened_when.append(text(app))
        return office

    app = TestedApp(open_office)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Menyiapkan kantor" in opened_when[0]
        assert isinstance(app.screen, SignInScreen)


async def test_an_officer_of_the_demo_is_chosen_with_the_arrows_from_the_first_moment() -> None:
    async with running(FakeOffice(demo=True)) as pilot:
        await pilot.press("down", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_down_goes_to_the_next_field_where_a_login_was_typed() -> None:
    async with running(FakeOffice(demo=True)) as pilot:
        await pilot.press(*"budi", "down", *PIN, "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_what_is_typed_before_the_sign_in_screen_stands_there_lands_in_none_of_its_fields(
    office: FakeOffice,
) -> None:
    """A PIN typed in a hurry would be read in the field of the login."""

    class Hurried(TestedApp):
        def _opened(self, office: Any) -> None:
            waiting = [events.Key(character, character) for character in f"{PIN}i"]  # `i` may begin a code: it is held
            super()._opened(office)
            for key in waiting:
                self.post_message(key)

    app = Hurried(lambda: office)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, SignInScreen)
        typed = app.screen.query_one(Form).values()
        assert (typed.text("login"), typed.text("pin")) == ("", "")
        await pilot.press(*"sri", "enter", *PIN, "enter")
        await settle(pilot)
        assert isinstance(app.screen, WorkListScreen)


async def test_an_office_that_can_not_be_opened_is_said_and_tried_again(office: FakeOffice) -> None:
    answers: list[Any] = [refused(Code.DATABASE_UNREACHABLE).first, None]

    def open_office() -> Any:
        refusal = answers.pop(0)
        if refusal is not None:
            error = RuntimeError("no office")
            error.refusal = refusal  # type: ignore[attr-defined]
            raise error
        return office

    app = TestedApp(open_office)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, Starting)
        assert "[database_unreachable]" in text(app)
        assert "F5 Segarkan" in text(app)
        assert "Esc Tutup program" in text(app)
        await pilot.press("f5")
        await settle(pilot)
        assert isinstance(app.screen, SignInScreen)


async def test_who_can_not_open_the_office_can_leave_the_program() -> None:
    def open_office() -> Any:
        error = RuntimeError("no office")
        error.refusal = refused(Code.DATABASE_OTHER_VERSION).first  # type: ignore[attr-defined]
        raise error

    app = TestedApp(open_office)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
    assert app.return_code == 3


async def test_the_work_list_says_nothing_waits_only_once_it_knows() -> None:
    office = FakeOffice(items=[])
    async with working(office) as pilot:
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "Tidak ada berkas yang menunggu" in text(pilot.app) or "Permohonan baru" in text(pilot.app)
        new = WorkListScreen()
        assert [rows.empty for rows in new.content() if isinstance(rows, RowList)] == ["work_list.loading"]


async def test_help_does_not_explain_a_renamed_key_with_the_words_of_another_act(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("f1")
        await settle(pilot)
        shown = str(pilot.app.screen.query_one("#help-page", Static).content)
        assert "Antrean ruang tunggu" in shown
        assert "Selesaikan langkah ini" not in shown
        assert "tolak, tarik" not in shown


async def test_what_came_of_an_earlier_file_is_not_said_of_the_one_just_left(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.screen.say("step.done", "done", step="X")
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert pilot.app.screen.status.said.what == ""


async def test_signing_in_with_login_and_pin(office: FakeOffice) -> None:
    async with running(office) as pilot:
        await pilot.press(*"sri", "enter", *PIN, "f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "SRI HARTATI" in text(pilot.app)


async def test_a_wrong_pin_is_said_and_the_pin_is_gone(office: FakeOffice) -> None:
    async with running(office) as pilot:
        await pilot.press(*"sri", "enter", *"111111", "f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SignInScreen)
        assert "[sign_in_failed]" in text(pilot.app)
        assert "•" not in text(pilot.app)
        assert "sri" in text(pilot.app)


async def test_a_training_office_signs_in_by_choosing(office: FakeOffice) -> None:
    async with running(office) as pilot:
        assert PIN in text(pilot.app)
        await pilot.press("tab", "tab", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_a_real_office_lists_nobody() -> None:
    async with running(FakeOffice(demo=False)) as pilot:
        assert "Kantor latihan" not in text(pilot.app)


async def test_word_of_a_change_while_the_officer_leaves_is_no_defect(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("f12")
        await settle(pilot)
        pilot.app.elsewhere_changed.publish(None)
        await settle(pilot)
        await pilot.press("f12")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SignInScreen)


async def test_the_lock_shows_no_data_and_gives_everything_back(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        await pilot.press(*"secret", "f12")
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)
        assert "SMITH" not in text(pilot.app)
        assert "SECRET" not in text(pilot.app)
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == "SECRET"
        await pilot.press(*"000000", "f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)
        assert "[sign_in_failed]" in text(pilot.app)
        await pilot.press(*PIN, "enter")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert screen.form.snapshot()["surname"] == "SECRET"


async def test_the_terminal_locks_itself_when_nobody_types(office: FakeOffice) -> None:
    office.settings.policy.idle_lock_seconds = 60
    async with working(office) as pilot:
        pilot.app._lock_when_idle()
        assert not isinstance(pilot.app.screen, LockScreen)
        pilot.app.last_key = time.monotonic() - 61
        pilot.app._lock_when_idle()
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)


async def test_the_lock_takes_the_pin_though_it_came_while_another_window_was_in_front(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.post_message(events.AppBlur())
        await settle(pilot)
        pilot.app.lock()
        await settle(pilot)
        pilot.app.post_message(events.AppFocus())
        await settle(pilot)
        await pilot.press(*PIN, "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_the_only_step_that_a_case_can_go_back_to_is_chosen_already(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.open_side(1)
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "(x) 2 Entri data" in text(pilot.app)
        await pilot.press("enter", *"nama salah", "f10")
        await settle(pilot)
        assert "act 1 send_back nama salah data_entry" in " ".join(office.log)


async def test_an_answer_that_comes_while_locked_waits_for_the_officer(office: FakeOffice) -> None:
    office.gate.clear()
    async with working(office) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        screen.form.restore({"surname": "SMITH", "born": "1980", "sex": "M", "nationality": "AUS"})
        await pilot.press("f10")
        pilot.app.lock()
        office.gate.set()
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)
        await pilot.press(*PIN, "f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "2B26MRE0007-C: selesai." in text(pilot.app)


async def test_f12_on_the_lock_signs_out_and_keeps_the_draft(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        await pilot.press(*"abc", "f12", "f12")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SignInScreen)
        assert "sign_out" in office.log
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == "ABC"


async def test_a_small_terminal_says_so_and_loses_nothing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        await pilot.press(*"abc")
        for size in ((1, 1), (40, 10), (79, 24), (10, 3)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            small = pilot.app.screen
            assert isinstance(small, TooSmall)
        await pilot.press("f10", "x")
        for size in ((80, 24), (132, 43), (300, 100)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert pilot.app.screen is screen
        small.on_resize()  # it hears of a size after it is gone, too
        assert screen.form.snapshot()["surname"] == "ABC"
        assert not office.completions


async def test_an_office_that_opens_behind_a_small_terminal_waits_for_room(office: FakeOffice) -> None:
    async with running(office, size=(60, 20)) as pilot:
        assert isinstance(pilot.app.screen, TooSmall)
        assert "60x20" in text(pilot.app)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert isinstance(pilot.app.screen, SignInScreen)


async def test_the_lock_stays_a_lock_when_the_terminal_shrinks_and_grows(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("f12")
        await settle(pilot)
        await pilot.resize_terminal(60, 20)
        await settle(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)
        await pilot.press(*PIN, "f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_the_work_list_shows_one_page_and_turns_it(office: FakeOffice) -> None:
    office.items = [item(number) for number in range(1, 41)]
    async with working(office) as pilot:
        assert "ITK-MRE-2026-00001" in text(pilot.app)
        assert "Permohonan baru" in text(pilot.app)
        await pilot.press("pagedown")
        await settle(pilot)
        assert "ITK-MRE-2026-00001" not in text(pilot.app)
        assert "halaman 2+" in text(pilot.app)
        await pilot.press("pageup")
        await settle(pilot)
        assert "ITK-MRE-2026-00001" in text(pilot.app)
        for _ in range(3):
            await pilot.press("pagedown")
            await settle(pilot)
        assert "ITK-MRE-2026-00040" in text(pilot.app)


async def test_the_work_list_says_what_is_urgent_and_who_has_it(office: FakeOffice) -> None:
    office.items = [
        replace(item(1), claimed_by="BUDI [/x]"),
        replace(item(2), due=AT - timedelta(hours=1), urgency=Urgency.PROMISE_BROKEN),
        replace(item(3), has_draft=True),
        *(
            item(4 + days, permit_expiry=AT.date() + timedelta(days=days), urgency=Urgency.PERMIT_ENDS)
            for days in (0, 2)
        ),
        item(7, permit_expiry=AT.date() - timedelta(days=1), urgency=Urgency.PERMIT_ENDS, has_draft=True),
        item(8, due=AT, urgency=Urgency.PROMISE_TODAY),
        item(9, priority="pregnant"),
    ]
    async with working(office) as pilot:
        rows = [row for row in text(pilot.app).splitlines() if "ITK-MRE" in row]
        assert [row[2] for row in rows] == ["#", "!", "~", "!", "!", "!", "!", "!"]
        assert [row[64:].strip() for row in rows] == [
            *("", "LEWAT JANJI", "", "izin hari ini", "izin sisa 2hr", "IZIN HABIS", "janji hari ini", "ibu hamil")
        ]
        await pilot.press("f9")
        rows = [row for row in text(pilot.app).splitlines() if "ITK-MRE" in row]
        assert [row[64:].strip() for row in rows] == [
            *("", "PROMISE BROKEN", "", "permit: today", "permit: 2 d", "PERMIT OVER", "promised today", "pregnant")
        ]
        await pilot.press("f9")
        await pilot.press("down")
        await settle(pilot)
        assert "dikerjakan BUDI [/x]" in text(pilot.app)


async def test_a_step_without_a_screen_is_said(office: FakeOffice) -> None:
    office.items = [replace(item(1), step="unknown_step", number=4)]
    office.procedure = SimpleNamespace(  # type: ignore[assignment]
        step=lambda key: office_step(office, key), steps=office.procedure.steps, sop=office.procedure.sop, roles=()
    )
    async with working(office) as pilot:
        await pilot.press("down", "enter")
        await settle(pilot)
        assert "unknown_step belum punya layar" in text(pilot.app)


def office_step(office: FakeOffice, key: str) -> Any:
    return office.procedure.steps[3]


async def test_the_case_shows_its_history_and_the_passport(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("down", "f4")
        await settle(pilot)
        shown = text(pilot.app)
        assert "1 Penerimaan" in shown or "1 " in shown
        assert "dikembalikan" in shown
        assert "di kantor" in shown
        await pilot.press("down", "down")
        await settle(pilot)
        assert "nama [b] salah" in text(pilot.app)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_search_finds_while_typing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("f3", *"garc")
        await asyncio.sleep(0.3)
        await settle(pilot)
        assert "GARCÍA [/b] MARÍA" in text(pilot.app)
        await pilot.press("enter")
        await settle(pilot)
        assert "ITK-MRE-2026-00002" in text(pilot.app)
        assert "Riwayat" in text(pilot.app) or "Tindakan" in text(pilot.app)


async def test_search_says_when_there_is_nothing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("f3", *"zzz")
        await asyncio.sleep(0.3)
        await settle(pilot)
        assert "Tidak ditemukan." in text(pilot.app)


async def test_devices_say_their_fault_and_what_to_do(office: FakeOffice) -> None:
    office.devices.states["fingerprint"] = device("fingerprint", "failed", "port_denied", detail="/dev/ttyUSB0")
    async with working(office) as pilot:
        await pilot.press("f8")
        await settle(pilot)
        assert "Program tidak boleh memakai port ini. (/dev/ttyUSB0)" in text(pilot.app)
        assert "grup dialout" in text(pilot.app)
        office.devices.states["fingerprint"].state, office.devices.states["fingerprint"].code = "ready", None
        for listener in office.devices.listeners:
            listener(None)
        await settle(pilot)
        assert "Pembaca sidik jari       siap" in text(pilot.app)


async def test_a_printer_without_paper_is_never_called_ready(office: FakeOffice) -> None:
    office.devices.states["printer"] = device("printer", "ready", model="TM-T20", trouble="paper_out")
    async with working(office) as pilot:
        assert "KERTAS HABIS" in text(pilot.app)
        assert "cetak siap" not in text(pilot.app)
        await pilot.press("f8", "down", "down")
        await settle(pilot)
        assert "! Pencetak tanda terima    perlu tangan Anda" in text(pilot.app)
        assert "Kertas pencetak habis." in text(pilot.app)
        assert "Bereskan di alatnya" in text(pilot.app)
        office.devices.states["printer"].trouble = ""
        for listener in office.devices.listeners:
            listener(None)
        await settle(pilot)
        assert "cetak siap" in text(pilot.app)
        assert "Pencetak tanda terima    siap" in text(pilot.app)


async def test_a_technician_sees_what_passes_on_a_devices_line(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await pilot.press("f8", "enter")
        await settle(pilot)
        assert "Yang lewat di kabel: Pembaca sidik jari" in text(pilot.app)
        office.devices.wires["fingerprint"]("> GEN_IMG 01\x1b[2J")
        pilot.app.screen._show_wire()
        await settle(pilot)
        assert "> GEN_IMG 01" in text(pilot.app)
        await pilot.press("enter")
        await settle(pilot)
        assert "Yang lewat" not in text(pilot.app)
        assert office.devices.wires == {}


async def test_the_other_ways_are_only_those_the_officer_may_take(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.desk.officer = replace(pilot.app.desk.officer, duties=(DutyHeld("LALINTUSKIM", "counter"),))
        pilot.app.open_side(1)
        await settle(pilot)
        assert "Tolak permohonan" not in text(pilot.app)
        assert "Pindahkan" not in text(pilot.app)
        assert "Tarik permohonan" in text(pilot.app), "a withdrawal is taken at the counter"


async def test_a_case_is_sent_back_with_a_reason(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.open_side(1)
        await settle(pilot)
        assert "Kembalikan ke langkah" in text(pilot.app)
        await pilot.press("enter", "1", "tab", *"nama salah", "f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert [line for line in office.log if line.startswith("act")] == ["act 1 send_back nama salah data_entry"]
        assert "Dicatat." in text(pilot.app)


async def test_a_refusal_of_the_application_is_asked_twice(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.open_side(1)
        await settle(pilot)
        rows = text(pilot.app).splitlines()
        place = next(i for i, row in enumerate(r for r in rows if r.startswith((" >", "   "))) if "Tolak" in row)
        assert place
        await pilot.press(*["down"] * (next(_line(rows, "Tolak") for _ in "1")), "enter", *"alasan", "f10")
        await settle(pilot)
        assert "Tolak permohonan ini?" in text(pilot.app)
        await pilot.press("escape")
        await settle(pilot)
        assert not [line for line in office.log if line.startswith("act")]


def _line(rows: list[str], word: str) -> int:
    first = next(i for i, row in enumerate(rows) if row.startswith(" >"))
    return next(i for i, row in enumerate(rows) if word in row) - first


async def test_help_shows_the_keys_and_the_words_of_the_sop(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        await pilot.press(*"abc", "f1")
        await settle(pilot)
        await pilot.press("pagedown", "pagedown")
        await settle(pilot)
        assert "Bunyi SOP, langkah 4" in text(pilot.app)
        assert "Meneliti keabsahan dokumen dan penjamin" in text(pilot.app)
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert screen.form.snapshot()["surname"] == "ABC"


async def test_a_service_that_refuses_is_said_with_the_next_thing_to_do(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.screen.show_refused(Refused((refused(Code.DISK_FULL).first,)))
        await settle(pilot)
        assert "[disk_full]" in text(pilot.app)


async def test_the_office_is_closed_at_the_end(office: FakeOffice) -> None:
    async with working(office) as pilot:
        app = pilot.app
    app.close_office()
    assert office.closed


async def test_a_database_that_does_not_answer_is_said_on_every_screen_and_so_is_its_return() -> None:
    office = FakeOffice(items=[item(1)])
    async with working(office) as pilot:
        office.live.tell(refused(Code.DATABASE_UNREACHABLE))
        await settle(pilot)
        assert "DATA TERPUTUS" in text(pilot.app)
        assert pilot.app.words.say("refusal.database_unreachable")[:20] in text(pilot.app)
        office.live.tell(None)
        await settle(pilot)
        assert "DATA TERPUTUS" not in text(pilot.app)
        assert pilot.app.words.say("top.data_back") in text(pilot.app)


async def test_a_program_that_was_updated_underneath_asks_to_be_started_again() -> None:
    office = FakeOffice(items=[item(1)])
    async with working(office) as pilot:
        office.live.tell(refused(Code.DATABASE_OTHER_VERSION, found="0005_urgent", expected="0006_tomorrow"))
        await settle(pilot)
        assert "JALANKAN ULANG PROGRAM" in text(pilot.app)
        assert "DATA TERPUTUS" not in text(pilot.app)
        assert "diperbarui sewaktu terminal terbuka" in text(pilot.app)
        assert "jalankan lagi" in text(pilot.app)
        office.live.tell(refused(Code.PROGRAM_TOO_OLD, found="0006_tomorrow", expected="0005_urgent"))
        await settle(pilot)
        assert "PERBARUI PROGRAM" in text(pilot.app)
        assert "Perbarui program di" in text(pilot.app)


async def test_what_another_terminal_did_shows_on_the_work_list() -> None:
    office = FakeOffice(items=[item(1)])
    async with working(office) as pilot:
        office.items.append(item(2, holder="BARU DATANG"))
        for listener in office.live.changed:
            listener(frozenset({2}))
        await settle(pilot)
        assert "BARU DATANG" in text(pilot.app)
