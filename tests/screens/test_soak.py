"""Nothing piles up: screens opened and closed leave no screen, widget or thread behind."""

import gc
import threading
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from tests.screens.driving import settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep


def living(kind: type) -> int:
    gc.collect()
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


async def open_and_close(pilot: Pilot[Any], times: int) -> None:
    for _ in range(times):
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        pilot.app.screen.action_back()
        await settle(pilot)


@pytest.mark.parametrize("times", [20, pytest.param(100, marks=pytest.mark.long)])
async def test_steps_that_were_left_leave_nothing_behind(times: int) -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        await open_and_close(pilot, 4)
        screens, widgets = living(Screen), living(Widget)
        await open_and_close(pilot, times)
        assert living(Screen) <= screens + 3
        assert living(Widget) <= widgets + 100, "more than three screens' worth of widgets"
        assert threading.active_count() < 12


async def test_four_hundred_moves_of_the_cursor_leave_nothing_behind() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        widgets = living(Widget)
        for _ in range(400):
            pilot.app.action_focus_next()
        await settle(pilot)
        assert living(Widget) == widgets
