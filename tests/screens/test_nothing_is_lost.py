"""Esc, F5 and the lock lose nothing that was typed: in dialogs and in SOP Ketidaksesuaian."""

from pathlib import Path

import pytest

from screens.nonconformity import NonconformityScreen
from screens.widgets.dialogs import FormDialog
from screens.widgets.fields import Field, Kind
from screens.widgets.form import Form
from tests.builders import case_at_approval
from tests.conftest import Desks
from tests.screens.counter import at_work, found, press, stop_the_clock
from tests.screens.driving import settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.snapshot import text


async def test_a_dialog_left_with_esc_has_its_text_when_it_is_opened_again() -> None:
    async with working(FakeOffice(items=[item(1), item(2)])) as pilot:

        async def send_back(case_id: int) -> FormDialog:
            pilot.app.open_side(case_id)
            await settle(pilot)
            await press(pilot, "enter")
            dialog = pilot.app.screen
            assert isinstance(dialog, FormDialog)
            return dialog

        dialog = await send_back(1)
        dialog.form.go_to("reason")
        await press(pilot, *"menunggu surat", "escape", "escape")
        assert (await send_back(2)).form.values().text("reason") == "", "another case"
        await press(pilot, "escape", "escape")
        again = await send_back(1)
        assert again.form.values().text("reason") == "menunggu surat"
        await press(pilot, "escape", "escape")
        assert (await send_back(1)).form.values().text("reason") == "menunggu surat", "left twice"
        pilot.app.sign_out()
        await settle(pilot)
        assert not pilot.app.left_in_dialogs, "nobody else reads it"


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.UPPER, Kind.NOTE])
@pytest.mark.parametrize("typed", ["JALAN ", "  JALAN  5", "JALAN\u200b \x1b[2J"])
async def test_what_was_typed_comes_back_with_its_blanks_and_nothing_that_acts(kind: Kind, typed: str) -> None:
    """A program killed behind a blank: the next word follows it."""
    plain = {"JALAN\u200b \x1b[2J": "JALAN [2J"}.get(typed, typed)
    async with working(FakeOffice()) as pilot:
        form = Form((Field("address", kind, "pin.old", False, 60),))
        await pilot.app.screen.mount(form)
        form.restore({"address": typed})
        assert form.snapshot() == {"address": plain}


async def test_a_note_comes_back_with_its_last_line_still_empty() -> None:
    async with working(FakeOffice()) as pilot:
        form = Form((Field("reason", Kind.NOTE, "pin.old", False, 60),))
        await pilot.app.screen.mount(form)
        form.restore({"reason": "menunggu surat \n"})
        assert form.snapshot() == {"reason": "menunggu surat \n"}


async def test_a_finding_half_written_survives_f5_and_esc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)
    with found(tmp_path) as office:
        case_id = case_at_approval(office, Desks(office))
        async with at_work(office, "hendra") as pilot:
            pilot.app.open_nonconformity(case_id)
            await settle(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, NonconformityScreen)
            assert screen._form is not None
            screen._form.go_to("finding")
            await press(pilot, *"penjamin pindah", "f5")
            assert "penjamin pindah" in text(pilot.app)
            await press(pilot, "escape")
            pilot.app.open_nonconformity(case_id)
            await settle(pilot)
            assert "penjamin pindah" in text(pilot.app)
