"""What the screens look like, character by character: 80x24, in both languages, and the console's theme."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from kiosk.cases.model import HistoryLine
from kiosk.cases.urgency import Urgency
from kiosk.words import Language
from screens.themes import CONSOLE, CONTRAST, MODERN, MONOCHROME
from tests.screens.driving import running, settle, working
from tests.screens.fake_office import AT, FakeOffice, device, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import check

LOOKS = (("id", MODERN), ("en", MODERN), ("id", CONSOLE))
BARE = (("id", CONTRAST), ("id", MONOCHROME))
Act = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks stand, and nobody is still long enough for the rules to be asked."""
    monkeypatch.setattr("screens.widgets.sop.monotonic", lambda: 0.0)
    monkeypatch.setattr("screens.step_screen.CHECK_AFTER_S", 1000)


@pytest.fixture
def office() -> FakeOffice:
    history = (
        HistoryLine(1, AT, "intake", "open", 1, "SRI LESTARI", "LALINTUSKIM", "loket-1", "", None),
        HistoryLine(2, AT, "intake", "complete", 1, "SRI LESTARI", "LALINTUSKIM", "loket-1", "", None),
        HistoryLine(3, AT, "data_entry", "send_back", 1, "BUDI SANTOSO", "LALINTUSKIM", "loket-2", "nama salah", None),
    )
    items = [
        item(1, claimed_by="BUDI SANTOSO"),
        item(2, "payment", "GARCÍA MARÍA", priority="elderly"),
        item(3, "approval", "LI WEI", due=AT - timedelta(hours=2), urgency=Urgency.PROMISE_BROKEN),
        item(4, "endorsement", "O'BRIEN SEÁN", has_draft=True),
    ]
    items[1] = replace(items[1], since=AT - timedelta(days=3))
    opened = FakeOffice(items=items, history=history)
    for role, state, code in (
        ("fingerprint", "ready", None),
        ("payment", "failed", "no_answer"),
        ("printer", "ready", None),
    ):
        opened.devices.states[role] = device(role, state, code, model="ZFM-20")
    return opened


async def step(pilot: Pilot[Any]) -> None:
    pilot.app.push_screen(SampleStep(1))
    await settle(pilot)


async def step_refused(pilot: Pilot[Any]) -> None:
    await step(pilot)
    await pilot.press(*"smith", "f10")


async def step_of_two_columns_of_text(pilot: Pilot[Any]) -> None:
    await step(pilot)
    pilot.app.screen.form.go_to("papers")
    await pilot.press("space")


async def pick(pilot: Pilot[Any]) -> None:
    await step(pilot)
    pilot.app.screen.form.go_to("nationality")
    await pilot.press("i")


async def confirm(pilot: Pilot[Any]) -> None:
    await step(pilot)
    pilot.app.screen.ask = True
    pilot.app.screen.form.restore({"surname": "SMITH", "born": "1980", "sex": "M", "nationality": "AUS"})
    await pilot.press("f10")


async def finished(pilot: Pilot[Any]) -> None:
    await confirm(pilot)
    pilot.app.screen_stack[-2].many = True
    await pilot.press("f10")


async def search(pilot: Pilot[Any]) -> None:
    await pilot.press("f3", *"0000")
    await asyncio.sleep(0.3)


async def side(pilot: Pilot[Any]) -> None:
    pilot.app.open_side(1)


async def side_reason(pilot: Pilot[Any]) -> None:
    pilot.app.open_side(1)
    await settle(pilot)
    await pilot.press("enter")


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)


SCREENS: dict[str, Act] = {
    "work_list": lambda pilot: pressed(pilot, "down", "down"),
    "case": lambda pilot: pressed(pilot, "down", "f4"),
    "devices": lambda pilot: pressed(pilot, "f8", "down"),
    "search": search,
    "side": side,
    "side_reason": side_reason,
    "help": lambda pilot: pressed(pilot, "f1"),
    "lock": lambda pilot: pressed(pilot, "f12"),
    "step": step,
    "step_refused": step_refused,
    "step_checklist": step_of_two_columns_of_text,
    "step_finished": finished,
    "pick": pick,
    "confirm": confirm,
}


async def looks_as_it_did(name: str, look: tuple[str, str], office: FakeOffice) -> None:
    language, theme = look
    async with working(office, language=Language(language), theme=theme) as pilot:
        await SCREENS[name](pilot)
        await settle(pilot)
        check(pilot.app, f"{name}-{language}-{theme}")


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
@pytest.mark.parametrize("name", SCREENS)
async def test_looks_as_it_did(name: str, look: tuple[str, str], office: FakeOffice) -> None:
    await looks_as_it_did(name, look, office)


@pytest.mark.parametrize("look", BARE, ids="-".join)
@pytest.mark.parametrize("name", ["work_list", "step_refused"])
async def test_without_colours_looks_as_it_did(name: str, look: tuple[str, str], office: FakeOffice) -> None:
    await looks_as_it_did(name, look, office)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_sign_in_looks_as_it_did(language: str, theme: str, office: FakeOffice) -> None:
    async with running(office, language=Language(language), theme=theme) as pilot:
        check(pilot.app, f"sign_in-{language}-{theme}")
