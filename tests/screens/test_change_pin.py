"""F12, F7: the officer's own PIN, from the lock and as closed as the lock."""

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from db.tables import Officer
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.own_pin import Changed
from kiosk.refusals import Refused
from screens.change_pin import ChangePinScreen
from screens.cover import TooSmall
from screens.linear.lines import Lines
from screens.lock import LockScreen
from screens.work_list import WorkListScreen
from tests.screens.counter import at_work, press
from tests.screens.driving import burst, settle
from tests.screens.fake_office import FakeOffice, item
from tests.screens.snapshot import text
from tests.screens.test_linear import opened

OLD, NEW = "314159", "582046"


@asynccontextmanager
async def changing(office: Office) -> AsyncIterator[Pilot[Any]]:
    """Budi at the screen of the own PIN."""
    async with at_work(office, "budi") as pilot:
        await press(pilot, "f12")
        assert isinstance(pilot.app.screen, LockScreen)
        assert "F7 Ganti PIN" in text(pilot.app)
        await press(pilot, "f7")
        assert isinstance(pilot.app.screen, ChangePinScreen)
        yield pilot


async def typed(pilot: Pilot[Any], *answers: str, f10: int = 0) -> None:
    """The fields from the cursor on, and so many F10 after them."""
    burst(pilot.app, "\n".join(answers))
    for _ in range(f10):
        pilot.app.post_message(events.Key("f10", None))
    await settle(pilot)


async def test_the_old_pin_and_the_new_one_twice_change_it_and_open_the_lock(office: Office) -> None:
    async with changing(office) as pilot:
        assert "minimal 6 angka" in text(pilot.app)
        await typed(pilot, OLD, NEW, NEW, "")
        assert "Tekan F10" in text(pilot.app)
        assert not any(pin in text(pilot.app) for pin in (OLD, NEW))
        await typed(pilot, "", f10=3)
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "PIN diganti" in text(pilot.app)
        with office.store.reading():
            assert Officer.get(Officer.login == "budi").failed_attempts == 0, "F10 in haste is one change"
    assert isinstance(office.sign_in("budi", NEW), Desk)


async def test_only_what_was_wrong_is_typed_again(office: Office) -> None:
    async with changing(office) as pilot:
        await typed(pilot, "000000", NEW, NEW, f10=1)
        assert "[sign_in_failed]" in text(pilot.app)
        await typed(pilot, OLD, "123456", "123456", f10=1)
        assert "PIN baru: PIN terlalu mudah ditebak." in text(pilot.app)
        assert "[pin_too_weak]" in text(pilot.app)
        await typed(pilot, NEW, NEW, f10=1)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_esc_goes_back_to_the_lock_which_stays_one(office: Office) -> None:
    async with changing(office) as pilot:
        await typed(pilot, OLD)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LockScreen)
        await press(pilot, "escape", "f2", "enter")
        assert isinstance(pilot.app.screen, LockScreen)


@pytest.mark.long
async def test_an_answer_that_comes_while_the_terminal_is_small_waits(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, change_pin = threading.Event(), office.change_pin

    def slowly(desk: Desk, **given: str) -> Changed | Refused:
        gate.wait(5)
        return change_pin(desk, **given)

    monkeypatch.setattr(office, "change_pin", slowly)
    async with changing(office) as pilot:
        await typed(pilot, OLD, NEW, NEW)
        await pilot.press("f10")
        await pilot.resize_terminal(40, 10)
        gate.set()
        await settle(pilot)
        assert isinstance(pilot.app.screen, TooSmall)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_it_is_asked_line_by_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    office, asked = FakeOffice(items=[item(1)], demo=False), []

    def change_pin(desk: Any, **given: str) -> Changed:
        asked.append(given)
        return Changed(2)

    monkeypatch.setattr(office, "change_pin", change_pin, raising=False)
    (source, write), (read, target) = os.pipe(), os.pipe()
    async with opened(office, Lines(source, target), write, read) as ear:
        await ear.answer("/f12", "/?")
        assert "F7 Ganti PIN" in ear.heard
        await ear.answer("/f7")
        assert ear.question.startswith("PIN lama")
        assert "minimal 6 angka" in ear.heard
        await ear.answer(OLD, NEW, NEW, "f10")
        assert "PIN diganti" in ear.heard
        assert not any(pin in ear.all for pin in (OLD, NEW))
    assert asked == [{"old": OLD, "new": NEW, "again": NEW}]
