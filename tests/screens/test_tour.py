"""The tour comes once, in a demo office that asks for it, and never in a real one."""

from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import demo
from screens.tour import CARDS, Tour
from screens.work_list import WorkListScreen
from tests.screens.driving import running, settle
from tests.screens.fake_office import PIN, FakeOffice
from tests.screens.snapshot import text


async def sign_in(pilot: Any, *, is_demo: bool) -> list[str]:
    """Signed in at an office whose tour was not shown yet; what is told when it is."""
    told: list[str] = []
    pilot.app.the_office().settings.office.demo = is_demo
    pilot.app.tour = lambda: told.append("shown")
    pilot.app.start_work(pilot.app.the_office().sign_in("sri", PIN))
    await settle(pilot)
    return told


async def test_each_card_fits_the_screen_and_the_last_one_leads_to_the_work_list() -> None:
    async with running(FakeOffice()) as pilot:
        assert await sign_in(pilot, is_demo=True) == ["shown"]
        for number in range(1, len(CARDS) + 1):
            shown = text(pilot.app)
            assert f"Perkenalan {number}/{len(CARDS)}" in shown
            assert "F10 Lanjut" in shown
            assert "Esc Lewati" in shown
            assert "**" not in shown
            await pilot.press("f9", "f9", "enter")
            await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_esc_skips_it_and_it_does_not_come_again() -> None:
    async with running(FakeOffice()) as pilot:
        await sign_in(pilot, is_demo=True)
        assert isinstance(pilot.app.screen, Tour)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert pilot.app.tour is None


async def test_a_real_office_has_no_tour() -> None:
    async with running(FakeOffice()) as pilot:
        assert await sign_in(pilot, is_demo=False) == []
        assert isinstance(pilot.app.screen, WorkListScreen)


def test_kiosk_demo_asks_for_it_until_it_was_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "kiosk.toml"
    config.touch()
    asked: list[Any] = []
    monkeypatch.setattr("kiosk.cli.run.open_terminal", lambda path, linear, tour: asked.append(tour) or 0)
    (tmp_path / demo.TOUR).touch()
    for _ in range(2):
        with pytest.raises(demo.typer.Exit):
            demo.demo(folder=tmp_path)
        if asked[-1] is not None:
            asked[-1]()
    assert [tour is not None for tour in asked] == [True, False]
