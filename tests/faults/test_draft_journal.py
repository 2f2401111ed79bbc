"""What is typed while the database is away is on the terminal's own disk, sealed, within a second.

It comes back to the same officer, case and step; then the terminal's journal is empty.
"""

import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.tables import Draft
from kiosk import clock
from kiosk.cases import claims
from kiosk.draft_journal import DraftJournal, Owner
from kiosk.office import Office
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from kiosk.words import Language, say
from screens.drafts import DraftKeeper
from tests import builders, databases
from tests.conftest import Desks
from tests.faults import killing
from tests.faults.killing import Child
from tests.faults.thirteen import passport
from tests.screens.counter import at_work, open_step
from tests.screens.driving import settle
from tests.screens.snapshot import text

NAME = "PETERSEN LARS"
WITHIN_SECONDS = 1.0
own_file = pytest.mark.skipif(bool(databases.SERVER), reason="the office's own file is what fails here")


def typed(name: str = NAME) -> dict[str, Any]:
    return {"typed": {"holder_name": name, "passport_no": "X1234567"}, "extra": {}, "key": "k" * 32}


def journal(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.path("drafts").rglob("*") if path.is_file())


def rows(office: Office) -> list[tuple[int, str, str]]:
    with office.store.reading():
        return [
            (row.case_ref, row.step, from_json(dict, row.content)["typed"]["holder_name"]) for row in Draft.select()
        ]


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    for language in Language:
        assert say(language, answer.first.key())
        assert say(language, answer.first.next_key())
    return answer.first.code


@contextmanager
def away(settings: Settings) -> Iterator[None]:
    """The database's file is not where it was."""
    path = settings.path("office.db")
    path.rename(path.with_name("elsewhere"))
    try:
        yield
    finally:
        path.with_name("elsewhere").rename(path)


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Another program holds the database's file and does not let go."""
    holder = sqlite3.connect(settings.path("office.db"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def until(found: Any, seconds: float = 5.0) -> float:
    """Seconds until `found()` is true."""
    begun = time.monotonic()
    while not found():
        assert time.monotonic() - begun < seconds
        time.sleep(0.005)
    return time.monotonic() - begun


# a database that is away


@own_file
def test_what_is_typed_while_the_database_is_away_is_kept_here_and_comes_back(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        with away(settings):
            assert code(desk.save_draft("intake", None, typed())) is Code.DRAFT_KEPT_HERE
            (kept,) = journal(settings)
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
            assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
        assert rows(office) == []
        assert desk.draft("intake", None) == typed()
        assert rows(office) == [(0, "intake", NAME)]
        assert journal(settings) == []


@own_file
def test_what_is_kept_here_tells_nothing_to_who_reads_the_disk(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        with away(settings):
            desk.save_draft("intake", None, typed())
        (kept,) = journal(settings)
        seen = kept.name.encode() + kept.read_bytes()
        for secret in ("PETERSEN", "LARS", "X1234567", "holder_name", "intake", "sri"):
            assert secret.encode() not in seen
        other = DraftJournal(kept.parent, b"another office's vault key, 32 b")
        assert other.kept(Owner(desk.officer.id, 0, "intake")) is None
        moved = kept.with_name("0" * 64 + ".draft")
        kept.rename(moved)
        assert office.kit.drafts.of(desk.officer.id) == (), "sealed to its own name"
        assert not moved.exists()


@own_file
def test_a_draft_kept_here_opens_for_its_officer_case_and_step_alone(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        first = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
        second = builders.pretend_intake(office, desks["sri"], builders.an_applicant(passport=passport("530099111")))
        budi, eko = desks["budi"], desks["eko"]
        with away(settings):
            assert code(budi.save_draft("data_entry", first, typed())) is Code.DRAFT_KEPT_HERE
        assert eko.draft("data_entry", first) is None
        assert budi.draft("data_entry", second) is None
        assert budi.draft("verification", first) is None
        assert budi.draft("intake", None) is None
        assert rows(office) == []
        office.sign_in("eko", "161803")
        assert rows(office) == [], "another officer's sign-in brings nothing of it"
        assert budi.draft("data_entry", first) == typed()


@own_file
def test_signing_in_again_brings_it_back_and_empties_the_journal(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        with away(settings):
            desk.save_draft("intake", None, typed())
    with Office.open(settings, devices=False) as office:
        Desks(office)["sri"]
        assert rows(office) == [(0, "intake", NAME)]
        assert journal(settings) == []


@own_file
def test_what_was_completed_or_typed_later_is_not_overwritten_by_what_is_kept_here(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        sri, budi = desks["sri"], desks["budi"]
        with away(settings):
            sri.save_draft("intake", None, typed() | {"key": "done"})
        (kept,) = journal(settings)
        sealed = kept.read_bytes()
        assert not isinstance(sri.steps.intake.complete(None, builders.given_intake(), key="done"), Refused)
        assert sri.draft("intake", None) is None, "the act that it was typed for is done"
        assert journal(settings) == []
        case_id = builders.pretend_intake(office, sri, builders.an_applicant(passport=passport("530099111")))
        with away(settings):
            budi.save_draft("data_entry", case_id, typed("OLD"))
        (kept,) = journal(settings)
        sealed = kept.read_bytes()
        assert budi.save_draft("data_entry", case_id, typed("NEW")) is None
        kept.write_bytes(sealed)  # a power cut brings the removed file back
        assert budi.draft("data_entry", case_id) == typed("NEW")
        assert journal(settings) == []
        # a clock that was set back does not make what is typed now older than what was saved before
        back = clock.now() - timedelta(hours=3)
        monkeypatch.setattr(clock, "now", lambda: back)
        with away(settings):
            assert code(budi.save_draft("data_entry", case_id, typed("NEWEST"))) is Code.DRAFT_KEPT_HERE
        assert budi.draft("data_entry", case_id) == typed("NEWEST")


@own_file
def test_a_terminal_whose_own_disk_fails_too_says_that_nothing_is_kept(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        settings.path("drafts").write_bytes(b"in the way")
        assert desk.save_draft("intake", None, typed()) is None, "the database alone is enough"
        with away(settings):
            assert code(desk.save_draft("intake", None, typed("LATER"))) is Code.DRAFT_NOT_KEPT
            assert say(Language.INDONESIAN, "refusal.draft_not_kept")


@own_file
async def test_the_screen_says_in_one_line_that_it_is_kept_here_and_later_that_the_data_is_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.step_life.SAVE_AGAIN_S", 0.05)
    with Office.open(settings, devices=False) as office:
        async with at_work(office, "sri") as pilot:
            screen = await open_step(pilot, "intake", None)
            with away(settings):
                screen.form.fill({"holder_name": NAME})
                screen.touched()
                screen._save()
                await settle(pilot)
                seen = " ".join(text(pilot.app).split())
                assert "disimpan terenkripsi di terminal ini" in seen
                assert "[draft_kept_here]" in seen
                assert len(journal(settings)) == 1
            for _ in range(100):
                await settle(pilot)
                if not journal(settings):
                    break
            assert "Data tersambung lagi" in text(pilot.app)
            assert rows(office) == [(0, "intake", NAME)]


# a database that hangs, and a kill


@own_file
def test_a_kill_while_the_database_hangs_loses_nothing_older_than_a_second(settings: Settings) -> None:
    """Two saves wait for a locked file; the second is on the terminal's disk within a second, and outlives kill -9."""

    def work(child: Child) -> None:
        with Office.open(settings, devices=False) as office:
            desk = Desks(office)["sri"]
            keeper = DraftKeeper(desk, "intake", None)
            assert keeper.load() is None
            child.ack("ready")
            until(lambda: settings.path("locked").exists(), 20)
            threading.Thread(target=keeper.save, args=(typed("FIRST"),)).start()
            until(lambda: len(journal(settings)) == 1)
            begun = time.monotonic()
            threading.Thread(target=keeper.save, args=(typed("SECOND"),)).start()
            owner = Owner(desk.officer.id, 0, "intake")
            until(lambda: "SECOND" in (kept.content if (kept := office.kit.drafts.kept(owner)) else ""))
            assert time.monotonic() - begun < WITHIN_SECONDS / 2
            child.ack("kept")
            time.sleep(60)

    running = killing.start(work)
    running.first_word()
    with locked(settings):
        settings.path("locked").touch()
        running.first_word()
        running.end(kill=True)
        assert len(journal(settings)) == 1
    with Office.open(settings, devices=False) as office:
        assert rows(office) == []
        Desks(office)["sri"]
        assert rows(office) == [(0, "intake", "SECOND")]
        assert journal(settings) == []


def test_of_several_saves_that_wait_only_the_newest_goes_to_the_database(
    office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desks["sri"]
    owner, journal_here = Owner(desk.officer.id, 0, "intake"), office.kit.drafts
    saved: list[str] = []
    still_here: list[str] = []
    gate, first = threading.Event(), threading.Event()
    save_draft, forget = claims.save_draft, DraftJournal.forget

    def here() -> str:
        kept = journal_here.kept(owner)
        return "" if kept is None else str(from_json(dict, kept.content)["typed"]["holder_name"])

    def slow(*given: Any) -> Refused | None:
        first.set()
        assert gate.wait(10)
        saved.append(given[-1]["typed"]["holder_name"])
        return save_draft(*given)

    def forgotten(*given: Any) -> None:
        forget(*given)
        still_here.append(here())

    monkeypatch.setattr(claims, "save_draft", slow)
    monkeypatch.setattr(DraftJournal, "forget", forgotten)
    keeper = DraftKeeper(desk, "intake", None)
    threads = [threading.Thread(target=keeper.save, args=(typed("A"),))]
    threads[0].start()
    assert first.wait(10)
    for name in "BCD":
        threads.append(threading.Thread(target=keeper.save, args=(typed(name),)))
        threads[-1].start()
        until(lambda: here() == name)  # noqa: B023
    gate.set()
    for thread in threads:
        thread.join(10)
    assert saved == ["A", "D"]
    assert still_here == ["D", ""], "the end of an older save leaves what was typed since"
    assert rows(office) == [(0, "intake", "D")]
