"""Sign-ins that a terminal's death left open end at its next start, and those of a living program do not."""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.tables import AuditEvent, Session
from kiosk import audit, clock
from kiosk.audit import Signer
from kiosk.desk import Desk
from kiosk.health import examine
from kiosk.office import Office
from kiosk.people import left_open
from kiosk.settings import Settings

BUDI, SRI = "314159", "271828"
LATER = timedelta(hours=9)


@contextmanager
def alive(work: Callable[[], object]) -> Iterator[int]:
    """Another process that did `work` and lives on, until it is killed."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os.write(tell, b"1")
            signal.pause()
        except BaseException:
            os.write(tell, traceback.format_exc().encode())
        finally:
            os._exit(1)
    os.close(tell)
    try:
        assert (said := os.read(told, 100_000)) == b"1", said.decode()
        yield pid
    finally:
        os.close(told)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def sign_in(settings: Settings, login: str = "budi", pin: str = BUDI, act: Callable[[Desk], Any] | None = None) -> Any:
    """What a counter's program does: it opens the office, and somebody signs in. Nothing is closed."""
    office = Office.open(settings, devices=False)
    desk = office.sign_in(login, pin)
    assert isinstance(desk, Desk), desk
    if act is not None:
        act(desk)
    return desk


def died(settings: Settings, *args: Any) -> None:
    with alive(lambda: sign_in(settings, *args)):
        pass


@contextmanager
def started(settings: Settings, monkeypatch: pytest.MonkeyPatch, after: timedelta = LATER) -> Iterator[Office]:
    """The terminal's next start, with its devices."""
    now = clock.now() + after
    monkeypatch.setattr(clock, "now", lambda: now)
    with Office.open(settings) as office:
        yield office
    monkeypatch.undo()


def sessions(office: Office) -> list[Session]:
    with office.store.reading():
        return list(Session.select().order_by(Session.id))


def left_events(office: Office) -> list[dict[str, Any]]:
    with office.store.reading():
        bodies = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
    return [body for body in bodies if body["action"] == "session_left"]


def noted(desk: Desk, minutes: int) -> datetime:
    """The officer does something so many minutes from now."""
    at = clock.now() + timedelta(minutes=minutes)
    with desk.office.store.writing():
        audit.append(at, Signer(desk.officer.id, desk.officer.person_id, desk.office.terminal), "read_case", "case:1")
    return at


def test_the_next_start_ends_what_a_death_left_open_when_its_officer_was_last_seen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    died(settings, "budi", BUDI, lambda desk: noted(desk, 42))
    died(settings, "sri", SRI)
    with started(settings, monkeypatch) as office:
        budi, sri = sessions(office)
        assert budi.ended_at is not None
        assert sri.ended_at is not None
        assert timedelta(minutes=41) < budi.ended_at - budi.started_at <= timedelta(minutes=42, seconds=5)
        assert timedelta(0) <= sri.ended_at - sri.started_at < timedelta(seconds=5)
        told = left_events(office)
        assert [(event["subject"], event["officer"], event["terminal"]) for event in told] == [
            (f"session:{budi.id}", 0, office.terminal),
            (f"session:{sri.id}", 0, office.terminal),
        ]
        assert told[0]["data"] == {
            "officer": budi.officer_id,
            "last_seen": budi.ended_at.isoformat(timespec="seconds"),
        }
        assert audit.verify().verified


def test_what_was_done_in_a_later_sign_in_is_not_the_dead_ones(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    died(settings)
    with Office.open(settings, devices=False) as office:
        desk = office.sign_in("budi", BUDI)
        assert isinstance(desk, Desk)
        noted(desk, 30)
        desk.sign_out()
    with started(settings, monkeypatch) as office:
        dead, later = sessions(office)
        assert dead.ended_at is not None
        assert later.ended_at is not None
        assert dead.ended_at <= later.started_at
        assert len(left_events(office)) == 1


def test_a_living_programs_sign_in_stays_and_dies_with_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with alive(lambda: sign_in(settings)), started(settings, monkeypatch) as office:
        assert [row.ended_at for row in sessions(office)] == [None]
        assert left_events(office) == []
    with started(settings, monkeypatch) as office:
        assert [row.ended_at is None for row in sessions(office)] == [False]


def test_a_stopped_program_is_a_living_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with alive(lambda: sign_in(settings)) as pid:
        os.kill(pid, signal.SIGSTOP)
        with started(settings, monkeypatch) as office:
            assert left_events(office) == []


def test_other_terminals_are_left_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    died(settings)
    with Office.open(settings, devices=False) as office, office.store.writing():
        Session.update(terminal="loket-9").execute()
    with started(settings, monkeypatch) as office:
        assert [row.ended_at for row in sessions(office)] == [None]


def test_a_maintainers_command_closes_nothing(settings: Settings) -> None:
    died(settings)
    with Office.open(settings, devices=False) as office:
        assert left_events(office) == []


def test_the_doctor_says_what_was_left_open_and_changes_nothing(settings: Settings) -> None:
    def found() -> str:
        (one,) = [finding for finding in examine(settings) if finding.check == "sign-ins"]
        return one.found

    assert "tidak ada" in found()
    with alive(lambda: sign_in(settings)):
        assert "1 petugas sedang masuk" in found()
    assert "programnya mati" in found()
    with Office.open(settings, devices=False) as office:
        assert [row.ended_at for row in sessions(office)] == [None]


def test_a_sign_in_waits_for_a_start_that_is_closing_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = left_open.Held(tmp_path / "loket-1"), left_open.Held(tmp_path / "loket-1")
    with one.alone() as nobody:
        assert nobody
        begun = time.monotonic()
        monkeypatch.setattr(left_open, "PATIENCE_S", 0.05)
        other.hold()
        assert 0.04 < time.monotonic() - begun < 1
    other.close()
    other.hold()
    with one.alone() as nobody:
        assert not nobody
    other.close()
    with one.alone() as nobody:
        assert nobody


def test_where_the_folder_cannot_be_written_nothing_is_closed(settings: Settings) -> None:
    nowhere = left_open.Held(settings.path("nothing/loket-1"))
    nowhere.hold()
    with nowhere.alone() as nobody:
        assert not nobody
