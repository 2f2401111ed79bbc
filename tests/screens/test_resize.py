"""A half filled form while its terminal takes any size: nothing typed is lost, the cursor stays where it was."""

from typing import Any

import pytest
from textual.pilot import Pilot

from screens.cover import TooSmall
from screens.lock import LockScreen
from screens.sign_in import SignInScreen
from screens.widgets.aside import FORM, FROM_COLUMNS, NARROWEST, WIDEST, Aside, width_beside
from tests.screens.driving import running, settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text

SIZES = ((40, 10), (80, 24), (120, 40), (300, 100), (1, 1), (80, 24), (100, 30), (79, 24), (80, 23), (80, 24))


async def half_filled(pilot: Pilot[Any]) -> SampleStep:
    screen = SampleStep(1)
    pilot.app.push_screen(screen)
    await settle(pilot)
    await pilot.press(*"smith-jones", "enter", *"john", "enter", *"19")
    await settle(pilot)
    return screen


async def test_every_size_keeps_values_cursor_and_draft() -> None:
    office = FakeOffice(items=[item(1)])
    async with working(office) as pilot:
        screen = await half_filled(pilot)
        typed, at = screen.form.snapshot(), screen.focused
        assert at is not None
        assert typed["surname"] == "SMITH-JONES"
        for columns, rows in SIZES:
            await pilot.resize_terminal(columns, rows)
            await settle(pilot)
            small = columns < 80 or rows < 24
            assert isinstance(pilot.app.screen, TooSmall) is small
            assert screen.form.snapshot() == typed
            assert screen.focused is at
            if not small:
                assert at.region.height > 0
                assert screen.form.region.contains_region(at.region), (columns, rows)
                assert screen.query_one(Aside).display is (columns >= FROM_COLUMNS)
        await pilot.press("escape")
        await settle(pilot)
    assert office.drafts["sri", "verification", 1]["typed"] == typed


async def test_a_small_terminal_shows_the_field_under_the_cursor_and_says_that_it_is_small() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        screen = await half_filled(pilot)
        screen.form.go_to("surname")
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        shown = " ".join(text(pilot.app).split())
        assert "40x10" in shown
        assert f"{screen.form.label_of('surname')}: SMITH-JONES" in shown
        await pilot.resize_terminal(1, 1)
        await settle(pilot)
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert "SMITH-JONES" in text(pilot.app)


async def test_no_secret_and_nothing_under_a_lock_is_shown_when_the_terminal_is_small() -> None:
    async with running(FakeOffice()) as pilot:
        assert isinstance(pilot.app.screen, SignInScreen)
        await pilot.press(*"sri", "enter", *"204060")
        await settle(pilot)
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert "2040" not in text(pilot.app)
    async with working(FakeOffice(items=[item(1)])) as pilot:
        screen = await half_filled(pilot)
        screen.form.go_to("surname")
        await pilot.press("f12")
        await settle(pilot)
        assert isinstance(pilot.app.screen, LockScreen)
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert "SMITH" not in text(pilot.app)


@pytest.mark.parametrize("columns", range(80, 301, 4))
def test_the_aside_leaves_the_form_its_room(columns: int) -> None:
    for least in (66, 78):
        width = width_beside(columns, least)
        assert width == 0 or NARROWEST <= width <= WIDEST
        assert columns - width >= least
        assert width == 0 or columns >= FROM_COLUMNS
    assert columns < FORM + NARROWEST or width_beside(columns, 78) > 0
