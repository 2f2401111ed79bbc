"""Forms and dialogs for a tired officer: the cursor is in sight, Enter goes on, what is wrong is named."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from kiosk.refusals import Code, Refusal
from kiosk.words import Words
from screens.defects import say_at_field
from screens.lock import LockScreen
from screens.widgets.dialogs import Confirm, FormDialog, ReasonDialog, SecondPerson
from screens.widgets.fields import Choice, Field, Kind
from screens.widgets.pick_list import matching
from screens.work_list import WorkListScreen
from tests.screens.driving import settle, working
from tests.screens.fake_office import PIN, FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text

REASONS = (Choice("bank", "pause.bank"), Choice("device", "pause.device"))
NOTED = (Field("hold", Kind.CHOICE, "side.hold", True, choices=REASONS), Field("note", Kind.NOTE, "side.reason", True))


@pytest.fixture
def office() -> FakeOffice:
    return FakeOffice(items=[item(1)])


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step's clock stands."""
    monkeypatch.setattr("screens.widgets.sop.monotonic", lambda: 0.0)


async def opened(pilot: Any) -> SampleStep:
    screen = SampleStep(1)
    pilot.app.push_screen(screen)
    await settle(pilot)
    return screen


async def asked(pilot: Any, dialog: Any) -> list[Any]:
    """Push a dialog; what it answers."""
    answers: list[Any] = []
    pilot.app.push_screen(dialog, answers.append)
    await settle(pilot)
    return answers


def in_sight(screen: SampleStep) -> bool:
    """Whether the field with the cursor stands wholly inside the form's window."""
    assert screen.focused is not None
    return screen.form.content_region.contains_region(screen.focused.region)


# -- forms


async def test_enter_in_a_note_goes_on(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("remark")
        await pilot.press(*"baik", "enter")
        await settle(pilot)
        assert screen.form.values().text("remark") == "baik"


async def test_the_field_with_the_cursor_stays_in_sight_when_the_language_changes(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.styles.height = 6
        screen.form.go_to("remark")
        await settle(pilot)
        screen.form.scroll_to(0, 0, animate=False, immediate=True)
        await settle(pilot)
        assert not in_sight(screen)
        await pilot.press("f9")
        await settle(pilot)
        assert in_sight(screen)


async def test_a_refused_field_far_down_comes_into_sight_with_its_error(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.styles.height = 6
        screen.form.restore({"surname": "A", "born": "00-00-1980", "sex": "M"})
        await pilot.press("f10")
        await settle(pilot)
        assert screen.focused is not None
        assert screen.focused.id == "field-nationality"
        assert in_sight(screen)


async def test_a_date_that_is_none_is_said_when_the_cursor_leaves_it(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("expiry")
        await pilot.press(*"3113202", "enter")
        await settle(pilot)
        assert "! Bukan tanggal yang benar." in text(pilot.app)


async def test_a_date_stands_as_dates_do_once_the_cursor_left_it(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.form.go_to("expiry")
        await pilot.press(*"03122026", "enter")
        await settle(pilot)
        assert screen.form.snapshot()["expiry"] == "03-12-2026"


async def test_no_label_is_lit_when_the_cursor_left_the_form(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = await opened(pilot)
        assert len(screen.query(".-here")) == 1
        screen.set_focus(None)
        await settle(pilot)
        assert not screen.query(".-here")


# -- drafts


async def test_a_step_that_was_only_looked_at_leaves_no_draft(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await opened(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert not office.drafts


async def test_a_refused_act_leaves_no_draft_where_nothing_was_typed(office: FakeOffice) -> None:
    office.rule = lambda given: (Refusal(Code.WATCHLIST_POSSIBLE_HIT),)
    async with working(office) as pilot:
        screen = await opened(pilot)
        typed = screen._content()
        assert screen._keeper is not None
        screen._keeper.save(typed, always=True)
        assert office.drafts
        screen._keeper.forget_untouched(typed)
        assert not office.drafts


async def test_a_restored_draft_says_what_is_missing_too(office: FakeOffice) -> None:
    office.drafts["sri", "verification", 1] = {"typed": {"surname": "OLD"}, "extra": {}, "key": "k" * 32}
    async with working(office) as pilot:
        await opened(pilot)
        await asyncio.sleep(0.8)
        await settle(pilot)
        shown = text(pilot.app)
        assert "dipulihkan" in shown
        assert "Belum diisi" in shown


# -- asking


async def test_nothing_is_asked_that_would_be_refused_anyway(office: FakeOffice) -> None:
    office.rule = lambda given: (Refusal(Code.SAME_PERSON, details={"other": "2"}),)
    async with working(office) as pilot:
        screen = await opened(pilot)
        screen.ask = True
        screen.form.restore({"surname": "SMITH", "born": "00-00-1980", "sex": "M", "nationality": "AUS"})
        await pilot.press("f10")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert screen.status.tone == "refusal"
        assert not office.completions


# -- dialogs


async def test_f12_locks_from_a_dialog_and_the_dialog_waits(office: FakeOffice) -> None:
    async with working(office) as pilot:
        dialog = FormDialog("side.hold", NOTED)
        await asked(pilot, dialog)
        await pilot.press("1", "tab", *"perlu surat", "f12")
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)
        await pilot.press(*PIN, "enter")
        await settle(pilot)
        assert pilot.app.screen is dialog
        assert dialog.form.values().text("note") == "perlu surat"


async def test_enter_takes_the_reason_of_a_pause(office: FakeOffice) -> None:
    async with working(office) as pilot:
        answers = await asked(pilot, ReasonDialog("pause.title", REASONS))
        await pilot.press("1", "enter")
        await settle(pilot)
        assert answers == ["bank"]


async def test_enter_at_the_end_of_a_dialog_says_which_key_does_it(office: FakeOffice) -> None:
    async with working(office) as pilot:
        answers = await asked(pilot, FormDialog("side.hold", NOTED))
        await pilot.press("1", "enter", *"perlu surat", "enter")
        await settle(pilot)
        assert not answers
        assert "Tekan F10" in text(pilot.app)


async def test_a_dialog_names_the_field_that_is_missing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        await asked(pilot, FormDialog("side.hold", NOTED))
        await pilot.press("1", "f10")
        await settle(pilot)
        shown = text(pilot.app)
        assert "! Alasan (dicatat): Isian ini wajib." in shown
        assert "Alasan (dicatat) *\n" in "\n".join(row.strip(" │") for row in shown.splitlines()) + "\n"


@pytest.mark.parametrize("dialog", [lambda: Confirm("side.refuse.sure"), lambda: SecondPerson()])
async def test_f9_speaks_the_other_language_in_a_dialog_too(office: FakeOffice, dialog: Any) -> None:
    async with working(office) as pilot:
        await asked(pilot, dialog())
        await pilot.press("f9")
        await settle(pilot)
        assert "Refuse this application?" in text(pilot.app) or "Second officer" in text(pilot.app)


class _Kinds(SampleStep):
    def fields(self) -> Sequence[Field]:
        kinds = tuple(Choice(str(n), text=f"Perpanjangan yang panjang namanya, nomor {n}") for n in range(4))
        return (
            Field("before", Kind.TEXT, "work_list.number"),
            Field("kind", Kind.CHOICE, "work_list.step", True, choices=kinds),
            Field("after", Kind.TEXT, "work_list.due"),
        )

    def opened(self) -> None:
        """No fact to show."""


async def test_passing_an_answered_field_with_the_arrows_changes_nothing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = _Kinds(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        form, place = screen.form, lambda: pilot.app.focused.field.name
        form.go_to("kind")
        await pilot.press("down", "down")
        assert (form.snapshot()["kind"], place()) == ("1", "kind"), "an open question is answered with the arrows"
        await pilot.press("enter", "up", "up")
        assert (form.snapshot()["kind"], place()) == ("1", "before")
        await pilot.press("down", "down")
        assert (form.snapshot()["kind"], place()) == ("1", "after")
        await pilot.press("up", "right", "down")
        assert (form.snapshot()["kind"], place()) == ("3", "kind"), "who begins to choose goes on choosing"


def test_a_code_that_begins_so_comes_before_words_that_do() -> None:
    entries = (Choice("A1", text="Bebas visa"), Choice("B1", text="Saat kedatangan"), Choice("C1", text="Bisnis"))
    found = matching([(each, str(each.text)) for each in entries], "b")
    assert [each.value for each, _ in found] == ["B1", "A1", "C1"]


def test_a_label_that_asks_gets_no_colon_after_its_question_mark() -> None:
    said = say_at_field(Words(), Refusal(Code.FIELD_REQUIRED), "Masalah?")
    assert said.what == "Masalah? Isian ini wajib."
    assert say_at_field(Words(), Refusal(Code.FIELD_REQUIRED), "Paraf").what == "Paraf: Isian ini wajib."
