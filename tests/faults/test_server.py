"""D8: the database's server is killed, restarted, or hangs: it is said within two seconds, nothing is lost or doubled,
and everything goes on by itself."""

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.tables import Case, CaseEvent, Receipt, StepRun
from kiosk import audit
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from kiosk.steps import intake
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.postgres import Server, a_server

pytestmark = pytest.mark.skipif(not databases.CAN_SERVE, reason=databases.NO_SERVER)
SAID_SECONDS = 2.0
BACK_SECONDS = 3.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server() as started:
        if started is None:
            pytest.skip("no PostgreSQL to start here")
        yield started


@pytest.fixture(scope="module")
def founded_there(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return found_demo(tmp_path_factory.mktemp("server") / "office", devices=False, database=server.url)


class Counter:
    """A counter that listens, and what it was told of the server and when."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.desk = Desks(office)["sri"]
        self.told: queue.Queue[tuple[float, Refused | None]] = queue.Queue()
        office.live.on_trouble(lambda trouble: self.told.put((time.monotonic(), trouble)))

    def hears(self, trouble: bool, within: float, since: float) -> float:
        """Seconds from `since` until the counter was told that there is trouble, or none any more."""
        while True:
            at, told = self.told.get(timeout=within + 10)
            if (told is not None) is trouble:
                assert at - since < within, f"{at - since:.2f} s"
                return at - since

    def takes_in(self, number: int) -> Any:
        given = builders.given_intake(builders.an_applicant(passport=passport(f"5306{number:05d}")))
        return self.desk.steps.intake.complete(None, given, key=f"d8-{number}")


@pytest.fixture
def counter(founded_there: Settings) -> Iterator[Counter]:
    with Office.open(founded_there, devices=False) as office:
        office.live.start()
        yield Counter(office)


def intakes(office: Office, number: int) -> int:
    with office.store.reading():
        assert audit.verify().verified
        return int(CaseEvent.select().where(CaseEvent.key == f"d8-{number}").count())


def test_d8_a_server_that_dies_is_said_refuses_acts_and_comes_back_by_itself(server: Server, counter: Counter) -> None:
    assert isinstance(counter.takes_in(1), intake.Produced)
    died = time.monotonic()
    server.crash()
    counter.hears(True, SAID_SECONDS, died)
    answer = counter.takes_in(2)
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.DATABASE_UNREACHABLE
    server.start()
    counter.hears(False, BACK_SECONDS, time.monotonic())
    assert isinstance(counter.takes_in(2), intake.Produced)
    assert intakes(counter.office, 1) == intakes(counter.office, 2) == 1


def test_d8_a_server_that_hangs_is_said_and_nobody_waits_for_it(server: Server, counter: Counter) -> None:
    assert isinstance(counter.takes_in(3), intake.Produced)
    answers: list[Any] = []
    frozen = time.monotonic()
    server.freeze()
    acting = threading.Thread(target=lambda: answers.append(counter.takes_in(4)))
    acting.start()
    try:
        counter.hears(True, SAID_SECONDS, frozen)
        acting.join(10)
        assert not acting.is_alive(), "an act that was under way is given up"
        (answer,) = answers
        assert isinstance(answer, Refused)
        assert answer.first.code is Code.DATABASE_UNREACHABLE
        begun = time.monotonic()
        assert isinstance(counter.takes_in(5), Refused)
        assert time.monotonic() - begun < 0.5, "refused at once, before a device is touched"
    finally:
        thawed = time.monotonic()
        server.thaw()
    counter.hears(False, BACK_SECONDS, thawed)
    for number in (4, 5):
        assert isinstance(counter.takes_in(number), intake.Produced)
        assert intakes(counter.office, number) == 1


@pytest.mark.long
def test_d8_twenty_restarts_lose_and_double_nothing(server: Server, founded_there: Settings) -> None:
    """Four counters repeat what was not answered with the key it had; twenty times the server dies meanwhile."""
    with Office.open(founded_there, devices=False) as office:
        desk = Desks(office)["sri"]
        stop = threading.Event()
        acknowledged: list[str] = []
        lost_answers: list[str] = []

        def work(name: int) -> None:
            turn = 0
            while not stop.is_set():
                turn += 1
                key = f"r{name}-{turn}"
                given = builders.given_intake(builders.an_applicant(passport=passport(f"54{name}{turn:06d}")))
                answer = desk.steps.intake.complete(None, given, key=key)
                while isinstance(answer, Refused):
                    assert answer.first.code is Code.DATABASE_UNREACHABLE, answer
                    time.sleep(0.1)
                    answer = desk.steps.intake.complete(None, given, key=key)
                    lost_answers.append(key)
                acknowledged.append(key)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            time.sleep(1.0)
            server.crash()
            server.start()
        time.sleep(1.0)
        stop.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        with office.store.reading():
            assert audit.verify().verified
            keys = {row.key for row in CaseEvent.select(CaseEvent.key).where(CaseEvent.key.startswith("r"))}
            opened = Case.select().where(Case.passport_no.startswith("54")).count()
            numbers = [row.number for row in Receipt.select(Receipt.number)]
            runs = StepRun.select().where(StepRun.step == "intake").count()
        assert set(acknowledged) <= keys
        assert opened == len(acknowledged) == len(set(acknowledged))
        assert len(set(numbers)) == len(numbers) == runs
        assert len(acknowledged) > 50
        print(f"{len(acknowledged)} acknowledged, {len(set(lost_answers))} asked again, 0 lost, 0 doubled")


def test_d8_a_terminal_started_while_the_server_is_down_says_so(server: Server, founded_there: Settings) -> None:
    from kiosk.office import OfficeUnavailable

    server.crash()
    try:
        with pytest.raises(OfficeUnavailable) as unavailable:
            Office.open(founded_there, devices=False)
        assert unavailable.value.refusal.code is Code.DATABASE_UNREACHABLE
    finally:
        server.start()
    assert Path(founded_there.folder).exists()
    Office.open(founded_there, devices=False).close()
