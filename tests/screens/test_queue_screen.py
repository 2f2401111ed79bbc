"""The queue by keyboard, and the display of the waiting room: which number, which counter, never a name."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk import clock
from kiosk.office import Office
from kiosk.prediction.model import Estimate, Kept
from kiosk.queue import board
from kiosk.queue import desk as queue
from screens import figures
from screens.board import FRESH, BoardScreen
from screens.pickup import ExitDialog
from screens.queue import QueueScreen
from screens.steps.intake import IntakeScreen
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.board_display import display
from tests.screens.counter import AT, at_work, press
from tests.screens.driving import settle
from tests.screens.snapshot import check, text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


async def test_a_number_is_drawn_called_again_absent_back_and_served_by_keys_alone(office: Office) -> None:
    async with at_work(office, "sri") as pilot:
        assert "F10 Antrean" in text(pilot.app)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, QueueScreen)
        for group in ("", "ibu"):
            await press(pilot, "f8", *"perm", "enter", *group, "enter", "f10")
        assert "Nomor A002 dicetak: 0 di depan" in text(pilot.app)
        check(pilot.app, "queue")
        await press(pilot, "f10", "f7")
        assert "DIPANGGIL · A002 · Permohonan baru · 2 kali" in text(pilot.app)
        await press(pilot, "f6")
        assert "A002 tidak hadir" in text(pilot.app)
        await press(pilot, "end", "enter")
        assert "A002 kembali menunggu" in text(pilot.app)
        await press(pilot, "f10", "f10")
        assert isinstance(pilot.app.screen, IntakeScreen), "serving leads to the step"
        await press(pilot, "f2", "f10", "f6")
        assert "A002 selesai dilayani" in text(pilot.app)


async def test_who_collects_is_served_from_search(office: Office) -> None:
    queue.issue(Desks(office)["sri"], "collection")
    async with at_work(office, "sri") as pilot:
        await press(pilot, "f10", "f10", "f10")
        assert "Melayani nomor C001" in text(pilot.app)


async def test_who_has_no_counter_has_no_queue(office: Office) -> None:
    async with at_work(office, "eko") as pilot:
        await press(pilot, "f10")
        assert not isinstance(pilot.app.screen, QueueScreen)


async def test_the_display_shows_numbers_and_counters_and_is_idle_without(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = Desks(office)
    async with display(office) as pilot:
        check(pilot.app, "board_idle")
        queue.issue(desks["sri"], "application")
        queue.issue(desks["ratna"], "payment")
        queue.call_next(desks["sri"])
        queue.call_next(desks["ratna"])
        pilot.app.queue_changed.publish(None)
        await settle(pilot)
        check(pilot.app, "board_calls")
        shown = text(pilot.app)
        for row in figures.lines("B001"):
            assert row.rstrip() in shown
        assert not any(desk.officer.name.split()[0] in shown for desk in desks.values())
        assert ">>" in shown
        monkeypatch.setattr(clock, "now", lambda: AT + FRESH)
        pilot.app._second_passed()
        await settle(pilot)
        assert ">>" not in text(pilot.app)


async def test_the_figures_grow_with_the_screen(office: Office) -> None:
    desks = Desks(office)
    queue.issue(desks["sri"], "application")
    queue.call_next(desks["sri"])
    for size, scale in (((80, 24), 1), ((160, 50), 2)):
        async with display(office, size) as pilot:
            rows = figures.lines("A001", 2 * scale, scale)
            assert all(row.rstrip() in text(pilot.app) for row in rows), size


async def test_no_key_but_f12_does_anything_and_only_a_pin_ends_it(office: Office) -> None:
    async with display(office) as pilot:
        await press(pilot, "f1", "f2", "f3", "f8", "f10", "escape", "enter", *"abc")
        assert isinstance(pilot.app.screen, BoardScreen)
        await press(pilot, "f12")
        assert isinstance(pilot.app.screen, ExitDialog)
        await press(pilot, *"sri", "enter", *"000000", "enter")
        assert pilot.app.is_running
        await press(pilot, *"271828", "enter")
    assert pilot.app.return_code == 0


async def test_the_display_says_when_a_passport_is_ready_and_how_such_estimates_turned_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Estimate(date(2026, 9, 30), Kept(18, 20))
    monkeypatch.setattr(board, "ready_if_paid_now", lambda *_: said)
    async with display(office) as pilot:
        shown = " ".join(text(pilot.app).split())
    assert "Bayar sekarang, siap sekitar 30 September 2026; 18 dari 20 perkiraan ditepati" in shown
    assert "Pay now, ready about 30 September 2026; 18 of 20 estimates were kept" in shown


@pytest.mark.long
async def test_a_call_shows_within_a_second(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desks = Desks(office)
    office.live.start()
    async with display(office) as pilot:
        await asyncio.sleep(1.0)
        for number in range(1, 6):
            queue.issue(desks["sri"], "application")
            await asyncio.sleep(1.5)
            queue.call_next(desks["sri"])
            began = time.monotonic()
            while f"{figures.lines(f'A{number:03d}')[2].rstrip()}" not in text(pilot.app):
                await asyncio.sleep(0.02)
                assert time.monotonic() - began < 1.0
            queue.start(desks["sri"])
            monkeypatch.setattr(clock, "now", lambda at=AT + timedelta(minutes=number): at)
            await asyncio.sleep(1.0)
