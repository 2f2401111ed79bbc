"""F9 on a screen in use: what it shows is what it would show had it been opened in that language."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from kiosk.bilingual import Bilingual
from kiosk.office import Office
from kiosk.words import Language
from screens.widgets.dialogs import Confirm, FormDialog
from screens.widgets.fields import Choice, Field, Kind
from screens.widgets.pick_list import PickDialog
from tests.screens.counter import at_work, found, open_step, press, stop_the_clock
from tests.screens.snapshot import text

pytestmark = pytest.mark.usefixtures("standing")
Drive = Callable[[Pilot[Any]], Awaitable[None]]
UNSCROLLED = (80, 100)
STATES = tuple(Choice(f"C{n}", title=Bilingual(f"Negeri {n}", f"Country {n}")) for n in range(9))


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


async def at_the_counter(office: Office, language: Language, drive: Drive, *, then_f9: bool = False) -> str:
    """What stands on the screen after `drive`."""
    async with at_work(office, "sri", language=language, size=UNSCROLLED) as pilot:
        await drive(pilot)
        if then_f9:
            await press(pilot, "f9")
        return text(pilot.app)


async def same_in_both_ways(tmp_path: Path, drive: Drive) -> str:
    """The screen in English, switched to and opened in."""
    with found(tmp_path) as office:
        switched = await at_the_counter(office, Language.INDONESIAN, drive, then_f9=True)
        opened = await at_the_counter(office, Language.ENGLISH, drive)
    assert switched.splitlines() == opened.splitlines()
    return opened


async def test_a_form_follows_the_language(tmp_path: Path) -> None:
    """Countries and kinds of permit, and the errors at the fields."""

    async def drive(pilot: Pilot[Any]) -> None:
        screen = await open_step(pilot, "intake", None)
        screen.form.restore({"kind": "visit_visa_extension", "nationality": "RUS", "holder_name": "IVANOV"})
        screen.changed("kind")
        await press(pilot, "f10")

    seen = await same_in_both_ways(tmp_path, drive)
    assert "Russia" in seen
    assert "! This field is required." in seen


async def test_a_question_follows_the_language(tmp_path: Path) -> None:
    """What is missing, as it would be printed."""

    async def drive(pilot: Pilot[Any]) -> None:
        screen = await open_step(pilot, "intake", None)
        screen.form.restore({"kind": "visit_visa_extension", "nationality": "RUS"})
        await press(pilot, "f7")
        assert isinstance(pilot.app.screen, Confirm)

    await same_in_both_ways(tmp_path, drive)


async def test_a_dialog_under_another_follows_the_language(tmp_path: Path) -> None:
    async def open_both(pilot: Pilot[Any]) -> None:
        fields = (Field("state", Kind.CHOICE, "intake.nationality", True, choices=STATES),)
        pilot.app.push_screen(FormDialog("queue.draw", fields))
        await press(pilot, "space")
        assert isinstance(pilot.app.screen, PickDialog)

    async def switched_above(pilot: Pilot[Any]) -> None:
        await open_both(pilot)
        await press(pilot, "f9", "escape")

    async def left(pilot: Pilot[Any]) -> None:
        await open_both(pilot)
        await press(pilot, "escape")

    with found(tmp_path) as office:
        switched = await at_the_counter(office, Language.INDONESIAN, switched_above)
        assert switched == await at_the_counter(office, Language.ENGLISH, left)
