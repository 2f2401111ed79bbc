"""A demo office on a standing clock and the app in front of it, for the journeys through the step screens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from kiosk import clock
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.settings import load
from kiosk.words import Language
from screens import step_screen
from screens.sign_in import SignInScreen
from screens.themes import MODERN
from screens.widgets.sop import SopRow
from tests.screens.driving import TestedApp, burst, settle

AT = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
"""A Tuesday, 08:05 WIB."""


def stop_the_clock(patch: pytest.MonkeyPatch) -> None:
    """It is AT, and stays so; the status line is not changed by how long a key takes."""
    patch.setattr(clock, "now", lambda: AT)
    patch.setattr(clock, "monotonic", lambda: 0.0)
    patch.setattr(step_screen, "CHECK_AFTER_S", 3600.0)
    patch.setattr(SopRow, "seconds", property(lambda self: self._seconds))


def found(folder: Path) -> Office:
    """A demo office without devices, founded and opened at AT."""
    found_demo(folder, now=AT, devices=False)
    return Office.open(load(folder / "kiosk.toml"), devices=False)


def desk_of(office: Office, login: str) -> Desk:
    """The desk of a demo officer."""
    pin = next(person.pin for person in OFFICERS if person.login == login)
    desk = office.sign_in(login, pin)
    assert isinstance(desk, Desk), desk
    return desk


@asynccontextmanager
async def at_work(
    office: Office,
    login: str,
    *,
    language: Language = Language.INDONESIAN,
    theme: str = MODERN,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Pilot[Any]]:
    """The app with a demo officer signed in, at the work list."""
    app = TestedApp(lambda: office, language=language, theme=theme)
    async with app.run_test(size=size) as pilot:
        while not isinstance(app.screen, SignInScreen):
            await settle(pilot)
        pilot.app.start_work(desk_of(office, login))
        await settle(pilot)
        yield pilot


async def open_step(pilot: Pilot[Any], step: str, case_id: int | None) -> Any:
    """The screen of a step, opened."""
    pilot.app.open_step(step, case_id)
    await settle(pilot)
    return pilot.app.screen


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys and wait until nothing is under way."""
    await pilot.press(*keys)
    await settle(pilot)


async def scan(pilot: Pilot[Any], lines: tuple[str, ...]) -> None:
    """What a passport reader in keyboard mode types, and its pause after the last line."""
    burst(pilot.app, "\n".join(lines) + "\n")
    await pilot.pause()
    while pilot.app._wedge.holding:
        await asyncio.sleep(0.01)
    await settle(pilot)
