"""C2: register numbers under counters that die at random: unique, and no gap without a void number and its reason."""

import random
import time
from collections import Counter

import pytest

from db.tables import Counter as Serials
from db.tables import RegisterNumber
from kiosk import clock
from kiosk.founding import add_terminal
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.settings import Settings
from kiosk.steps import registration
from tests import builders, databases
from tests.conftest import Desks
from tests.faults import killing
from tests.faults.killing import Child, Running
from tests.faults.thirteen import passport

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="children open the office's own file")


def cases_to_register(settings: Settings, count: int, terminals: int) -> list[int]:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        made = [
            builders.case_at_registration(office, desks, passport=passport(f"5500{turn:05d}")) for turn in range(count)
        ]
        for number in range(1, terminals + 1):
            if number > 1:
                add_terminal(office.store, settings, f"loket-{number}", now=clock.now(), approved_by="uji")
    return made


def register(settings: Settings, terminal: str, cases: list[int], child: Child) -> None:
    """In a child: one counter registers whatever it can get of these cases."""
    with Office.open(settings, terminal=terminal, devices=False) as office:
        desk = Desks(office)["yusuf"]
        for case_id in cases:
            case = desk.case(case_id)
            if case is None or case.at.key != "registration" or isinstance(desk.claim(case_id), Refused):
                continue
            given = builders.given_registration(desk, case_id)
            claim = desk.claim(case_id)
            if isinstance(claim, Refused):
                continue
            done = desk.steps.registration.complete(case_id, given, key=f"register-{case_id}", claim=claim)
            if isinstance(done, registration.Produced):
                child.ack(f"{case_id} {done.serial}")


def check_numbers(settings: Settings, acknowledged: list[str]) -> tuple[int, int]:
    """Assert that the numbers are unique and gapless; how many there are, and how many of them are void."""
    with Office.open(settings, devices=False) as office, office.store.reading():
        rows = list(RegisterNumber.select().order_by(RegisterNumber.serial))
    serials = [row.serial for row in rows]
    assert serials == list(range(1, len(serials) + 1)), "a double or a gap that nothing explains"
    assert all(row.void_reason for row in rows if row.voided_at is not None)
    good = Counter(row.case_id for row in rows if row.voided_at is None)
    assert all(count == 1 for count in good.values()), "a case with two good numbers"
    by_case = {row.case_id: row.serial for row in rows if row.voided_at is None}
    for ack in acknowledged:
        case_id, serial = map(int, ack.split())
        assert by_case[case_id] == serial, "acknowledged, and lost"
    return len(rows), sum(1 for row in rows if row.voided_at is not None)


@pytest.mark.long
def test_c2_twenty_counters_that_die_at_random_leave_no_double_and_no_gap(settings: Settings) -> None:
    counters, chance = 20, random.Random(2)
    cases = cases_to_register(settings, 120, counters)
    told: list[str] = []
    deaths = 0

    def begin(number: int) -> Running:
        mine = chance.sample(cases, len(cases))
        return killing.start(lambda child: register(settings, f"loket-{number}", mine, child))

    running = {number: begin(number) for number in range(1, counters + 1)}
    end = time.monotonic() + 120
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.2, 0.8))
        number = chance.randrange(1, counters + 1)
        death = running[number].end(kill=True)
        deaths += death.killed
        told += [ack for ack in death.acknowledged if ack != "end"]
        running[number] = begin(number)
    for one in running.values():
        told += [ack for ack in one.end(kill=False).acknowledged if ack != "end"]
    drawn, void = check_numbers(settings, told)
    print(f"C2: {drawn} numbers, {counters} counters, {deaths} deaths, {void} void with a reason, no double, no gap")
    assert len(told) >= 50


@pytest.mark.long
def test_c2_sees_a_number_that_was_skipped(settings: Settings) -> None:
    """The mutant: a number is lost between two draws. (Two good numbers for one case the database itself refuses.)"""
    first, second = cases_to_register(settings, 2, 1)
    assert not killing.run(lambda child: register(settings, "loket-1", [first], child)).killed
    assert check_numbers(settings, []) == (1, 0)
    with Office.open(settings, devices=False) as office, office.store.writing():
        drawn = RegisterNumber.get()
        assert Serials.update(value=Serials.value + 1).where(Serials.name == f"register-{drawn.year}").execute() == 1
    assert not killing.run(lambda child: register(settings, "loket-1", [second], child)).killed
    with pytest.raises(AssertionError, match="gap"):
        check_numbers(settings, [])
