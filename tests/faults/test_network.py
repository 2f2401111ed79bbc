"""D8 with a cut line: nothing answers, nothing refuses. It is said within two seconds, acts are refused before a device
is touched, what was under way is given up, everything goes on by itself, nothing is doubled."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from db.tables import Case, CaseEvent
from hardware.registry import Simulator, start_simulator
from kiosk import audit
from kiosk.demo.office import found_demo
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings
from kiosk.steps import intake
from tests import builders
from tests.conftest import Desks
from tests.faults.network import FarServer, Line, a_far_server
from tests.faults.test_server import Counter, intakes
from tests.faults.thirteen import with_devices
from tests.kiosk.money.conftest import SHORT

SAID_SECONDS = 2.0
BACK_SECONDS = 3.0
CUT_SECONDS = 5.0


@pytest.fixture(scope="module")
def far() -> Iterator[tuple[FarServer, Line]]:
    with a_far_server() as made:
        if made is None:
            pytest.skip("no network namespace or no PostgreSQL can be made here (needs root, iproute2, setpriv)")
        yield made


@pytest.fixture(scope="module")
def founded_far(far: tuple[FarServer, Line], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return found_demo(tmp_path_factory.mktemp("far") / "office", devices=False, database=far[0].url)


@pytest.fixture
def terminal() -> Iterator[Simulator]:
    simulator = start_simulator("payment", {"polls": 1})
    yield simulator
    simulator.stop()


def test_d8_a_line_that_is_cut_is_said_refuses_acts_before_a_device_and_comes_back_by_itself(
    far: tuple[FarServer, Line], founded_far: Settings, terminal: Simulator
) -> None:
    _, line = far
    settings = with_devices(founded_far, payment=DeviceSettings("bca", terminal.path, {**SHORT, "echo_on_open": False}))
    with Office.open(settings) as office:
        office.devices.get("payment").wait_ready(10.0)
        counter = Counter(office)
        try:
            case_id = builders.case_at_payment(office, Desks(office))
            ratna = Desks(office)["ratna"]
            claim = ratna.claim(case_id)
            assert not isinstance(claim, Refused), claim
            assert isinstance(counter.takes_in(101), intake.Produced)
            answers: list[Any] = []
            acting = threading.Thread(target=lambda: answers.append(counter.takes_in(102)))
            cut = time.monotonic()
            line.cut()
            acting.start()
            counter.hears(True, SAID_SECONDS, cut)
            acting.join(10)
            assert not acting.is_alive(), "an act that was under way is given up"
            assert isinstance(answers[0], Refused)
            assert answers[0].first.code is Code.DATABASE_UNREACHABLE
            begun = time.monotonic()
            assert isinstance(counter.takes_in(103), Refused)
            refused = ratna.payments.charge(case_id, Method.EDC_CARD, key="cut", claim=claim)
            assert isinstance(refused, Refused), refused
            assert time.monotonic() - begun < 1.0, "refused at once"
            assert counter.desk.save_draft("intake", None, {"typed": {"holder_name": "X"}}) is not None
            assert terminal.control({"attempts": True})["attempts"] == [], "the payment terminal heard nothing"
            time.sleep(max(0.0, CUT_SECONDS - (time.monotonic() - cut)))
            healed = time.monotonic()
            line.heal()
            counter.hears(False, BACK_SECONDS, healed)
            for number in (102, 103):
                assert isinstance(counter.takes_in(number), intake.Produced)
            assert intakes(counter.office, 101) == intakes(counter.office, 102) == intakes(counter.office, 103) == 1
            paid = ratna.payments.charge(case_id, Method.EDC_CARD, key="cut", claim=claim)
            assert isinstance(paid, PaymentView), paid
            assert paid.state is State.APPROVED
            assert len(terminal.control({"attempts": True})["attempts"]) == 1
        finally:
            line.heal()


def sessions(server: FarServer) -> int:
    with psycopg.connect(server.near) as connection:
        found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'itk-kiosk'")
        (count,) = found.fetchone() or (0,)
        return int(count)


@pytest.mark.long
def test_d8_twenty_cuts_of_any_length_double_and_lose_nothing(
    far: tuple[FarServer, Line], founded_far: Settings
) -> None:
    """Three counters repeat what was not answered with the key it had, while the line is cut twenty times."""
    _, line = far
    rng = random.Random(6)
    acknowledged: list[int] = []
    asked_again: set[int] = set()
    stop = threading.Event()
    longest_said = longest_back = 0.0
    with Office.open(founded_far, devices=False) as office:
        office.live.start()
        counter = Counter(office)

        def work(turn: int) -> None:
            number = 1000 * (turn + 1)
            while not stop.is_set():
                number += 1
                while isinstance(counter.takes_in(number), Refused):
                    asked_again.add(number)
                    time.sleep(0.1)
                acknowledged.append(number)

        threads = [threading.Thread(target=work, args=(turn,)) for turn in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            time.sleep(rng.uniform(0.3, 1.0))
            cut = time.monotonic()
            line.cut()
            lasts = rng.uniform(0.2, 6.0)
            if lasts > SAID_SECONDS:
                longest_said = max(longest_said, counter.hears(True, SAID_SECONDS, cut))
            time.sleep(max(0.0, lasts - (time.monotonic() - cut)))
            healed = time.monotonic()
            line.heal()
            while office.live.trouble is not None:
                assert time.monotonic() - healed < BACK_SECONDS
                time.sleep(0.02)
            longest_back = max(longest_back, time.monotonic() - healed)
            while not counter.told.empty():
                counter.told.get()
        stop.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        with office.store.reading():
            assert audit.verify().verified
            keys = {row.key for row in CaseEvent.select(CaseEvent.key).where(CaseEvent.key.startswith("d8-"))}
            cases = Case.select().where(Case.passport_no.startswith("5306")).count()
        assert {f"d8-{number}" for number in acknowledged} <= keys
        assert cases == len([key for key in keys if not key.endswith(":open")])
        assert len(acknowledged) > 50
    print(
        f"{len(acknowledged)} acknowledged, {len(asked_again)} asked again, 0 lost, 0 doubled; "
        f"said within {longest_said:.1f} s, back within {longest_back:.1f} s"
    )


@pytest.mark.long
def test_d8_the_server_forgets_a_terminal_that_it_can_not_hear_any_more(
    far: tuple[FarServer, Line], founded_far: Settings
) -> None:
    """A terminal that lost power says nothing; its sessions, and what they may hold, are gone within twenty seconds."""
    server, line = far
    with Office.open(founded_far, devices=False) as office:
        office.live.start()
        Counter(office)
        assert sessions(server) >= 2
        line.cut()
    try:
        until = time.monotonic() + 20
        while sessions(server) and time.monotonic() < until:
            time.sleep(0.5)
        assert sessions(server) == 0
    finally:
        line.heal()
