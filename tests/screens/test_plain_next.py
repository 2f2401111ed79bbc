"""What to do next is plain: the work list, the sign-in screen, the side ways, scans that are short."""

from typing import Any

import pytest

from kiosk import permits, procedure
from kiosk.bilingual import Bilingual
from kiosk.captures import Capture
from kiosk.cases.model import Moved, Outcome, Status
from kiosk.refusals import Code, Refusal
from kiosk.regulations.reader import load_regulations
from kiosk.steps.scanning import Prepared, Wanted
from kiosk.words import Language, Words
from screens.case import CaseScreen
from screens.cekal_pair import day_first
from screens.cover import Starting
from screens.moved import say_moved
from screens.side import SideScreen
from screens.sign_in import SignInScreen
from screens.steps.scanning import ScanningScreen
from screens.widgets.dialogs import Confirm
from screens.widgets.rows import RowList
from tests.screens.driving import running, settle, working
from tests.screens.fake_office import AT, FakeOffice, item
from tests.screens.snapshot import text


def row_of(shown: str, number: str) -> str:
    return next(line for line in shown.splitlines() if number in line)


# -- the work list


async def test_a_held_case_says_which_procedure_it_waits_for() -> None:
    office = FakeOffice(items=[item(1, status=Status.NONCONFORMITY), item(2, status=Status.HELD_WATCHLIST), item(3)])
    async with working(office) as pilot:
        shown = text(pilot.app)
        assert "4 KETIDAKSESUAIAN" in row_of(shown, "00001")
        assert "SOP CEKAL" in row_of(shown, "00002")
        assert "4 Penelitian keabsahan" in row_of(shown, "00003")
        await pilot.press("down")
        await settle(pilot)
        assert "ditahan: ketidaksesuaian" in text(pilot.app)


async def test_the_mark_stays_where_the_cursor_is() -> None:
    office = FakeOffice(items=[item(1, priority="elderly"), item(2)])
    async with working(office) as pilot:
        await pilot.press("down")
        await settle(pilot)
        assert row_of(text(pilot.app), "00001").startswith(" >! ITK")


async def test_the_list_says_its_order() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        assert "yang mendesak, lalu yang terlama, di atas" in text(pilot.app)


async def test_a_new_application_that_was_begun_is_marked() -> None:
    office = FakeOffice()
    async with working(office) as pilot:
        assert " > Permohonan baru" in text(pilot.app)
    office.drafts["sri", "intake", None] = {"typed": {"holder_name": "A"}, "extra": {}, "key": "k"}
    async with working(office) as pilot:
        assert " >~ Permohonan baru" in text(pilot.app)
        assert "lanjutkan permohonan" in text(pilot.app)


async def test_f4_is_offered_only_where_there_is_a_case() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        assert "F4 Berkas" not in text(pilot.app)
        await pilot.press("down")
        await settle(pilot)
        assert "F4 Berkas" in text(pilot.app)


async def test_a_list_longer_than_its_room_says_where_one_is() -> None:
    async with working(FakeOffice(items=[item(n) for n in range(1, 10)])) as pilot:
        rows = pilot.app.screen.query_one(RowList)
        assert f"/{len(rows.rows)}" not in text(pilot.app).splitlines()[2]
        rows.styles.height = 5
        await settle(pilot)
        assert f"1/{len(rows.rows)}" in text(pilot.app).splitlines()[2]


# -- signing in and leaving


async def test_esc_on_the_sign_in_screen_ends_the_program_after_a_question() -> None:
    async with running(FakeOffice()) as pilot:
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SignInScreen)
        await pilot.press("escape", "f10")
        await settle(pilot)
        assert pilot.app.return_code == 0
        assert not pilot.app.is_running


async def test_an_office_may_keep_the_program_running() -> None:
    async with running(FakeOffice(quit_at_sign_in=False)) as pilot:
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SignInScreen)
        assert "Tutup program" not in text(pilot.app)


async def test_the_sign_in_table_shows_every_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    office = FakeOffice()
    sri = office.demo_officers()[0]
    sri.roles, sri.name = ("counter", "delivery_counter"), "Sri Lestari"
    monkeypatch.setattr(office, "demo_officers", lambda: (sri,))
    async with running(office) as pilot:
        names = {role.code: role.name.say(Language.INDONESIAN) for role in procedure.load().roles}
        assert f"{names['counter']}, {names['delivery_counter']}" in text(pilot.app)


async def test_the_cover_says_the_whole_of_what_to_do() -> None:
    async with running(FakeOffice()) as pilot:
        starting = Starting()
        pilot.app.push_screen(starting)
        await settle(pilot)
        refusal = Refusal(Code.DATABASE_OTHER_VERSION, details={"found": "0007", "known": "0003"})
        starting.show_refusal(refusal)
        await settle(pilot)
        wanted = Words(Language.INDONESIAN).say(refusal.next_key())
        shown = " ".join(text(pilot.app).split())
        assert all(word in shown for word in wanted.split() if "{" not in word)
        assert ".." not in shown.replace("...", "")


# -- side ways


async def test_f7_on_a_case_works_before_the_case_is_there() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        screen = CaseScreen(1)
        assert screen.offers("problem")
        pilot.app.push_screen(screen)
        await pilot.press("f7")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SideScreen)


def test_an_ended_application_says_where_its_passport_is() -> None:
    words = Words(Language.INDONESIAN)
    said = say_moved(words, Moved(1, "handover", Status.ACTIVE, Outcome.WITHDRAWN), "Penyerahan")
    assert "ditarik pemohon" in said.what
    assert "langkah 12" in said.next
    going_on = say_moved(words, Moved(1, "intake", Status.ACTIVE, Outcome.IN_PROCESS), "Penerimaan")
    assert not going_on.next


def test_dates_of_the_cekal_list_are_shown_day_first() -> None:
    assert day_first("Tanggal lahir beda 1 angka (1994-03-22)") == "Tanggal lahir beda 1 angka (22-03-1994)"
    assert day_first("1958-00-00") == "00-00-1958"
    assert day_first("R/1994-03/22") == "R/1994-03/22"


# -- what is offered at step 1


def test_only_what_fits_the_kind_is_offered() -> None:
    rules, today = load_regulations(), AT.date()
    arrival = rules.kind("voa_extension")
    visas = permits.visas_for(rules, arrival, today)
    assert {"B1", "B4"} <= {visa.index for visa in visas}
    assert "C1" not in {visa.index for visa in visas}
    assert "A1" in {visa.index for visa in visas}, "who holds one is told why it ends there"
    assert permits.lengths_for(rules, arrival, "B1", today) == (30,)
    assert permits.lengths_for(rules, rules.kind("bridging"), "", today) == (60,)
    assert 14 in permits.lengths_for(rules, rules.kind("visit_visa_extension"), "C1", today)
    assert len(permits.lengths_for(rules, None, "", today)) > 1


# -- scans


def page(number: int, kind: str, sheet: int) -> Capture:
    return Capture(number, 1, "scanning", kind, sheet, "0" * 64, "image/png", 1, AT, {})


async def test_fewer_pages_than_counted_are_asked_about() -> None:
    name = Bilingual("Formulir", "Form")
    office = FakeOffice(items=[item(1, "scanning")])
    office.prepared = Prepared(
        (Wanted("form", name, 3), Wanted("letter", name, 1)), (page(1, "form", 1), page(2, "letter", 1))
    )
    async with working(office) as pilot:
        screen: Any = ScanningScreen(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        assert "kurang 2 halaman" in text(pilot.app)
        await pilot.press("f10")
        await settle(pilot)
        assert isinstance(pilot.app.screen, Confirm)
        assert "Formulir: 1/3 halaman" in text(pilot.app)
        assert not office.completions
