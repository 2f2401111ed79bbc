"""S8: who walks past a counter that nobody uses, or sits in the waiting room, reads nobody's name or number."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from db.connection import StoreError, Trouble
from db.tables import Person
from kiosk import clock
from kiosk.cases.transactions import environment
from kiosk.office import Office
from kiosk.prediction.model import Estimate, Kept
from kiosk.queue import board
from kiosk.queue import desk as queue
from kiosk.queue.board import QueueDisplay
from kiosk.refusals import Refused
from screens.board import FRESH, Calls
from screens.lock import LockScreen
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import AT as AT_STEP
from tests.faults.thirteen import LOGIN, STEPS, passport
from tests.screens import counter
from tests.screens.board_display import display
from tests.screens.counter import AT, at_work, open_step, press
from tests.screens.driving import settle
from tests.screens.snapshot import text

SURNAME, GIVEN, NUMBER, SPONSOR = "RAHASIAWATI", "KANARIA", "KN7654321", "KANARI SPONSOR"
CANARIES = (SURNAME, GIVEN, NUMBER, "KANARI")
PLANTED = {
    "holder": replace(
        builders.an_applicant().holder, surname=SURNAME, given_names=GIVEN, name_viz=f"{GIVEN} {SURNAME}"
    ),
    "passport": passport(NUMBER),
    "sponsor": replace(builders.an_applicant().sponsor, name=SPONSOR),
}


def hits(shown: str) -> list[str]:
    return [canary for canary in CANARIES if canary in shown.upper()]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


# the counter that nobody uses


async def left_alone(pilot: Pilot[Any], pin: str, where: str) -> None:
    """What stands there is blanked when the time is over and not before; the PIN brings it back."""
    app = pilot.app
    assert hits(text(app)), f"{where}: nothing to hide"
    limit, before = app._office.settings.policy.idle_lock_seconds, app.screen
    app.last_key = time.monotonic() - limit + 5
    app._second_passed()
    await settle(pilot)
    assert app.screen is before, f"{where}: locked too early"
    app.last_key = time.monotonic() - limit
    app._second_passed()
    await settle(pilot)
    assert isinstance(app.screen, LockScreen), where
    assert hits(text(app)) == [], where
    assert hits(f"{app.title} {app.sub_title}") == [], where
    await press(pilot, *pin, "enter")
    assert app.screen is before, where
    assert hits(text(app)), where


async def test_s8_an_idle_counter_blanks_what_it_shows_in_time(office: Office) -> None:
    case_id = AT_STEP["data_entry"](office, Desks(office), **PLANTED)
    async with at_work(office, "budi") as pilot:
        await open_step(pilot, "data_entry", case_id)
        await left_alone(pilot, "314159", "step")


@pytest.mark.long
async def test_s8_every_other_screen_is_blanked_in_time(office: Office) -> None:
    case_id = AT_STEP["data_entry"](office, Desks(office), **PLANTED)
    async with at_work(office, "budi") as pilot:
        await left_alone(pilot, "314159", "work list")
        await open_step(pilot, "data_entry", case_id)
        await press(pilot, "f4")
        await left_alone(pilot, "314159", "case")
        await press(pilot, "escape", "f7", "enter")
        if hits(text(pilot.app)):
            await left_alone(pilot, "314159", "problem")
        await press(pilot, "escape", "escape", "f2", "f3", *"kanaria")
        await settle(pilot)
        await left_alone(pilot, "314159", "search")


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS[1:])
async def test_s8_every_step_is_blanked_in_time(office: Office, step: str, tmp_path: Path) -> None:
    desks = Desks(office)
    builders.import_watchlist(office, tmp_path)
    case_id = AT_STEP[step](office, desks, **PLANTED)
    pin = next(person.pin for person in counter.OFFICERS if person.login == LOGIN[step])
    async with at_work(office, LOGIN[step]) as pilot:
        await open_step(pilot, step, case_id)
        await left_alone(pilot, pin, step)


@pytest.mark.long
async def test_s8_a_lock_that_comes_too_late_or_shows_a_name_would_be_found(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutants: a lock at twice the time, and a lock that says whose case is open."""
    AT_STEP["data_entry"](office, Desks(office), **PLANTED)
    async with at_work(office, "budi") as pilot:
        lock = pilot.app._lock_when_idle
        monkeypatch.setattr(pilot.app, "_lock_when_idle", lambda: None)
        with pytest.raises(AssertionError, match="work list"):
            await left_alone(pilot, "314159", "work list")
        monkeypatch.setattr(pilot.app, "_lock_when_idle", lock)
        monkeypatch.setattr(LockScreen, "title_words", lambda screen: f"{GIVEN} {SURNAME}")
        with pytest.raises(AssertionError, match="work list"):
            await left_alone(pilot, "314159", "work list")


# the display of the waiting room


async def read_anew(pilot: Pilot[Any]) -> str:
    """Everything that the display shows and was told: its figures are no letters that a search would find."""
    pilot.app.queue_changed.publish(None)
    await settle(pilot)
    calls = next(iter(pilot.app.screen_stack[-1].query(Calls)), None)
    return text(pilot.app) + repr(calls.board if calls is not None else "")


def named_like_canaries(office: Office) -> Desks:
    """An applicant at the counter, and officers, all of planted names; every officer at a counter of the queue."""
    desks = Desks(office)
    for login in ("sri", "budi", "ratna", "agus"):
        assert desks[login]
    builders.case_at_handover(office, desks, **PLANTED)
    with office.store.writing():
        for person in Person.select():
            Person.update(name=f"{GIVEN} {SURNAME} {person.id}").where(Person.id == person.id).execute()
    return Desks(office)


async def walk(pilot: Pilot[Any], office: Office, desks: Desks, patch: pytest.MonkeyPatch) -> list[str]:
    """Every state of the display, one after the other; what was seen."""
    seen, sri, ratna = [await read_anew(pilot)], desks["sri"], desks["ratna"]

    async def after(*acts: Any) -> None:
        for act in acts:
            done = act()
            assert not isinstance(done, Refused), done
        seen.append(await read_anew(pilot))

    await after(lambda: queue.issue(sri, "application"))
    await after(lambda: queue.issue(sri, "collection", "elderly"), lambda: queue.issue(ratna, "payment"))
    await after(lambda: queue.call_next(sri))
    await after(lambda: queue.recall(sri))
    await after(lambda: queue.call_next(ratna))
    await after(lambda: queue.start(sri))
    await after(lambda: queue.served(sri), lambda: queue.call_next(sri))
    absent = queue.absent(sri)
    assert not isinstance(absent, Refused)
    await after(lambda: queue.back(sri, absent.id))
    patch.setattr(clock, "now", lambda: AT + FRESH)
    await after(lambda: queue.call_next(sri))
    patch.setattr(board, "ready_if_paid_now", lambda *_: Estimate(date(2026, 9, 30), Kept(18, 20)))
    await after()
    patch.setattr(clock, "now", lambda: AT + FRESH + timedelta(minutes=5))
    pilot.app._second_passed()
    await after()
    office.live.trouble = environment(StoreError(Trouble.SILENT, f"{GIVEN} {SURNAME}"))
    pilot.app.devices_changed.publish(None)
    await after()
    office.live.trouble = None
    with patch.context() as away:
        away.setattr(QueueDisplay, "now", _fails)
        await after()
    await press(pilot, "f12")
    await after()
    await press(pilot, *"sri", "enter", *"000000", "enter")
    await after()
    return seen


def _fails(display: QueueDisplay) -> Any:
    raise StoreError(Trouble.UNREACHABLE, f"{GIVEN} {SURNAME} {NUMBER}")


@pytest.mark.long
@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_s8_the_display_shows_no_name_in_any_state(
    office: Office, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    desks = named_like_canaries(office)
    async with display(office, size) as pilot:
        seen = await walk(pilot, office, desks, monkeypatch)
    assert len(set(seen)) >= 12, "the states differ"
    assert [hits(shown) for shown in seen] == [[]] * len(seen)


@pytest.mark.long
async def test_s8_a_display_that_says_who_serves_would_be_found(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: the officer's name in the place of the counter's number."""
    desks, now = named_like_canaries(office), QueueDisplay.now

    def named(display: QueueDisplay) -> Any:
        found = now(display)
        return replace(found, calls=tuple(replace(call, counter=desks["sri"].officer.name) for call in found.calls))

    monkeypatch.setattr(QueueDisplay, "now", named)
    queue.issue(desks["sri"], "application")
    queue.call_next(desks["sri"])
    async with display(office) as pilot:
        assert hits(await read_anew(pilot))
