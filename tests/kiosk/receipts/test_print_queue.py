"""Q4 in the office: trouble during a paper, and the queue says what happened; nothing comes out twice unmarked."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.tables import PrintJob
from hardware.registry import Simulator, start_simulator
from kiosk import clock
from kiosk.office import Office
from kiosk.receipts.print_queue import EXPIRED, UNREADABLE, Job
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings
from tests.builders import given_intake
from tests.conftest import Desks
from tests.faults.thirteen import with_devices

HASTY = {"answer": 0.5, "confirm": 3.0, "repair": 0.2, "look": 0.05}


class Counter:
    """A terminal with a printer made of code, whose papers lie in `tray`."""

    def __init__(self, office: Office, printer: Simulator, tray: Path) -> None:
        self.office, self.printer, self.tray = office, printer, tray
        self.sri = Desks(office)["sri"]
        self._number = 0

    def order(self, **command: Any) -> None:
        answer = self.printer.control(command)
        assert answer.get("ok"), answer

    def application(self) -> int:
        """A new application; its paper is queued. The job's id."""
        self._number += 1
        given = given_intake(passport_no=f"5304{self._number:05d}")
        answer = self.sri.steps.intake.complete(None, given, key=f"q{self._number}")
        assert not isinstance(answer, Refused), answer
        with self.office.store.reading():
            return int(PrintJob.select().order_by(PrintJob.id.desc()).get().id)

    def job(self, job_id: int) -> PrintJob:
        with self.office.store.reading():
            row: PrintJob = PrintJob.get_by_id(job_id)
            return row

    def ends(self, job_id: int, *states: str) -> tuple[str, str]:
        """Wait until the job has one of these states; (state, code)."""
        wait_for(lambda: self.job(job_id).state in states)
        row = self.job(job_id)
        return row.state, row.code

    def again(self, job_id: int, reason: str = "Kertas robek.") -> Job:
        job = self.sri.print_again(job_id, reason)
        assert isinstance(job, Job), job
        return job

    @property
    def pieces(self) -> int:
        return len(list(self.tray.glob("*.png")))

    @property
    def last(self) -> str:
        return max(self.tray.glob("*.txt")).read_text("utf-8")


def wait_for(what: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.02)


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Simulator]:
    simulator = start_simulator("printer", {"tray": str(tmp_path / "tray")})
    yield simulator
    simulator.stop()


@pytest.fixture
def ready(settings: Settings, printer: Simulator) -> Settings:
    return with_devices(settings, printer=DeviceSettings("escpos", printer.path, HASTY))


@pytest.fixture
def counter(ready: Settings, printer: Simulator, tmp_path: Path) -> Iterator[Counter]:
    with Office.open(ready) as office:
        office.devices.get("printer").wait_ready(10.0)
        yield Counter(office, printer, tmp_path / "tray")


def test_a_paper_is_printed_once_and_a_copy_says_that_it_is_one(counter: Counter) -> None:
    paper = counter.application()
    assert counter.ends(paper, "confirmed") == ("confirmed", "")
    assert "SALINAN" not in counter.last
    refused = counter.sri.print_again(paper, "x")
    assert isinstance(refused, Refused)
    assert refused.first.code is Code.REASON_NEEDED
    other = Desks(counter.office)["hendra"]
    refused = other.print_again(paper, "")
    assert isinstance(refused, Refused), "also for another officer's paper"
    copies = [counter.again(paper), counter.again(paper)]
    assert [copy.copy_no for copy in copies] == [1, 2]
    for copy in copies:
        counter.ends(copy.id, "confirmed")
    assert "SALINAN 2" in counter.last
    with counter.office.store.reading():
        kept = {(row.reason, row.officer_id) for row in PrintJob.select().where(PrintJob.copy_no > 0)}
        assert len({row.content for row in PrintJob.select()}) == 1, "the same token"
    assert kept == {("Kertas robek.", counter.sri.officer.id)}


def test_trouble_before_a_paper_lets_it_wait_and_then_it_comes_out_unmarked(counter: Counter) -> None:
    counter.order(paper="out")
    paper = counter.application()
    wait_for(lambda: counter.job(paper).code == "paper_out")
    assert (counter.job(paper).state, counter.pieces) == ("queued", 0)
    counter.order(paper="ok")
    assert counter.ends(paper, "confirmed", "unknown", "failed")[0] == "confirmed"
    assert counter.pieces == 1
    assert "SALINAN" not in counter.last


@pytest.mark.parametrize(
    ("trouble", "repaired", "states"),
    [
        ({"paper": "out"}, {"paper": "ok"}, {"failed"}),
        pytest.param({"cover": "open"}, {"cover": "closed"}, {"failed"}, marks=pytest.mark.long),
        ({"plug": False}, {"plug": True}, {"unknown"}),
    ],
)
def test_a_paper_cut_off_in_the_middle_is_told_and_never_comes_out_again_by_itself(
    counter: Counter, trouble: dict[str, Any], repaired: dict[str, Any], states: set[str]
) -> None:
    counter.order(after_bytes=3000, then=trouble)
    paper = counter.application()
    state, code = counter.ends(paper, "failed", "unknown", "confirmed")
    assert state in states
    assert code
    assert [job.id for job in counter.sri.papers(None)] == [paper]
    counter.order(**repaired)
    wait_for(lambda: counter.office.devices.status("printer").state == "ready")
    next_one = counter.application()
    assert counter.ends(next_one, "confirmed")[0] == "confirmed", "the next paper is not held up"
    assert "SALINAN" not in counter.last
    assert counter.job(paper).state == state, "not printed again by itself"
    copy = counter.again(paper)
    assert counter.ends(copy.id, "confirmed", "failed", "unknown")[0] == "confirmed"
    assert "SALINAN 1" in counter.last
    assert counter.sri.papers(None) == ()


def test_a_paper_of_yesterday_is_told_instead_of_printed_into_an_empty_room_and_a_spoiled_one_stops_no_other(
    settings: Settings, ready: Settings, printer: Simulator, tmp_path: Path
) -> None:
    with Office.open(settings, devices=False) as office:
        counter = Counter(office, printer, tmp_path / "tray")
        paper = counter.application()
        with office.store.writing():
            PrintJob.update(created_at=clock.now() - timedelta(hours=13)).execute()
        spoiled, good = counter.application(), counter.application()
        with office.store.writing():
            PrintJob.update(content="{}").where(PrintJob.id == spoiled).execute()
    with Office.open(ready) as office:
        counter = Counter(office, printer, tmp_path / "tray")
        office.devices.get("printer").wait_ready(10.0)
        assert (counter.job(paper).state, counter.job(paper).code) == ("failed", EXPIRED)
        assert counter.ends(good, "confirmed")[0] == "confirmed"
        assert (counter.job(spoiled).state, counter.job(spoiled).code) == ("failed", UNREADABLE)
        assert [job.id for job in counter.sri.papers(None)] == [paper, spoiled]
        assert counter.pieces == 1
        assert counter.again(paper, "Pemohon datang lagi.").id == paper
        assert counter.ends(paper, "confirmed")[0] == "confirmed"
        assert "SALINAN" not in counter.last, "it had never been printed"
