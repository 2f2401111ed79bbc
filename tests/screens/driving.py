"""Driving the app in a test: signed in at a fake office, waiting for quiet instead of sleeping."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.pilot import Pilot

from kiosk.words import Language
from screens.app import KioskApp
from screens.themes import MODERN
from tests.screens.fake_office import AT, PIN, FakeDesk, FakeOffice


class TestedApp(KioskApp):
    """The app with a clock that stands still."""

    __test__ = False

    def now(self) -> Any:
        return AT


LOOKS = 1000


async def settle(pilot: Pilot[Any], looks: int = LOOKS) -> None:
    """Wait until no thread works for the app and every message was handled; give up after so many looks."""
    app: Any = pilot.app
    calm = 0
    await pilot.pause()
    for _ in range(looks):
        await pilot._wait_for_screen()
        busy = not app.screen.is_mounted or app._in_flight or app._wedge.holding
        busy = busy or any(not worker.is_finished for worker in app.workers)
        calm = 0 if busy else calm + 1
        if calm == 4:
            break
        await asyncio.sleep(0.005)
    await pilot.pause()


@asynccontextmanager
async def running(
    office: FakeOffice,
    *,
    language: Language = Language.INDONESIAN,
    theme: str = MODERN,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Pilot[Any]]:
    """The app at its sign-in screen."""
    app = TestedApp(lambda: office, language=language, theme=theme)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot


@asynccontextmanager
async def working(office: FakeOffice, **given: Any) -> AsyncIterator[Pilot[Any]]:
    """The app with an officer signed in, at the work list."""
    async with running(office, **given) as pilot:
        desk = office.sign_in("sri", PIN)
        assert isinstance(desk, FakeDesk)
        pilot.app.start_work(desk)
        await settle(pilot)
        yield pilot


def burst(app: Any, text: str) -> None:
    """What a scanner in keyboard mode does: all characters at once, line feeds as Enter."""
    for character in text:
        key = "enter" if character == "\n" else character
        app.post_message(events.Key(key, "\r" if character == "\n" else character))
