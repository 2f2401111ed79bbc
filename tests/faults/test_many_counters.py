"""C2, C4: counters in processes of their own on one database, some of them killed, some of them stopped."""

import multiprocessing
import os
import random
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.tables import Claim, RegisterNumber, StepRun
from kiosk import audit, clock
from kiosk.demo.office import found_demo
from kiosk.founding import add_terminal
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.settings import Settings, load
from kiosk.steps import registration
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport

FORK = multiprocessing.get_context("fork")
SERVER_ONLY = pytest.mark.skipif(not databases.CAN_SERVE, reason=databases.NO_SERVER)


def founded_with(folder: Path, counters: int, more: str = "") -> Settings:
    """An office with keys for its counters `loket-1` and on; with `more`, added to its address, on a server."""
    settings = found_demo(folder, devices=False, database=databases.passing_address(server=bool(more)) + more)
    config = folder / "kiosk.toml"
    # a claim lapses at once, so that no clock has to be moved
    config.write_text(config.read_text().replace("[policy]", "[policy]\nlease_minutes = 0"))
    settings = load(config)
    with Office.open(settings, devices=False) as office:
        for number in range(2, counters + 1):
            add_terminal(office.store, settings, f"loket-{number}", now=clock.now(), approved_by="uji")
    return settings


def register_all(config: str, terminal: str, cases: list[int]) -> None:
    """A counter that registers whatever still waits, and goes on where it was killed."""
    with Office.open(load(Path(config)), terminal=terminal, devices=False) as office:
        desk = Desks(office)["yusuf"]
        for case_id in cases:
            claim = desk.claim(case_id)
            if isinstance(claim, Refused):
                continue
            given = registration.Given("12", page_is_free=True, stamped=True)
            drawn = registration.draw(desk, case_id, given, claim=claim, key=secrets.token_hex(16))
            if not isinstance(drawn, Refused):
                desk.steps.registration.complete(case_id, given, key=f"register-{case_id}", claim=claim)


def waiting_for_a_number(office: Office) -> int:
    with office.store.reading():
        return int(StepRun.select().where(StepRun.step == "biometrics").count()) - int(
            StepRun.select().where(StepRun.step == "registration").count()
        )


def killed_at_random(settings: Settings, office: Office, counters: int, cases: list[int], kills: int) -> int:
    """Run the counters and kill one after the other, each started anew at once; how many were killed alive."""
    config, dice, killed = str(settings.path("kiosk.toml")), random.Random(745), 0

    def begin(number: int) -> Any:
        order = dice.sample(cases, len(cases))
        child = FORK.Process(target=register_all, args=(config, f"loket-{number}", order))
        child.start()
        return child

    running = {number: begin(number) for number in range(1, counters + 1)}
    deadline = time.monotonic() + 300
    while waiting_for_a_number(office) and time.monotonic() < deadline:
        time.sleep(dice.uniform(0.02, 0.2))
        number = dice.randint(1, counters)
        if running[number].is_alive() and killed < kills:
            os.kill(running[number].pid, signal.SIGKILL)
            killed += 1
        if not running[number].is_alive():
            running[number].join()
            running[number] = begin(number)
    for child in running.values():
        child.join(60)
    return killed


SIZES = [
    pytest.param(2, 3, 2, id="short"),
    pytest.param(20, 60, 120, id="long", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("counters", "count", "kills"), SIZES)
def test_c2_register_numbers_have_no_gaps_though_counters_are_killed(
    tmp_path: Path, counters: int, count: int, kills: int
) -> None:
    settings = founded_with(tmp_path / "office", counters)
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        cases = [
            builders.case_at_registration(office, desks, passport=passport(f"5304{turn:05d}")) for turn in range(count)
        ]
        office.store.close()
        killed = killed_at_random(settings, office, counters, cases, kills)
        assert killed > 0
        with office.store.reading():
            serials = sorted(row.serial for row in RegisterNumber.select())
            assert serials == list(range(1, count + 1))
            assert StepRun.select().where(StepRun.step == "registration").count() == count
            assert audit.verify().verified


def stopped_in_the_act(config: str, case_id: int, claimed: Any, told: Any) -> None:
    """A counter that claims a case, is stopped inside its transaction, and goes on when it is woken."""
    with Office.open(load(Path(config)), terminal="loket-2", devices=False) as office:
        desk = Desks(office)["budi"]
        claim = desk.claim(case_id)
        given = builders.given_data_entry()
        link = audit.link

        def stop(*args: Any, **kwargs: Any) -> Any:
            found = link(*args, **kwargs)
            claimed.set()
            os.kill(os.getpid(), signal.SIGSTOP)
            return found

        audit.link = stop
        try:
            answer = desk.steps.data_entry.complete(case_id, given, key="late", claim=claim)
        finally:
            audit.link = link
        told.put(str(answer.first.code) if isinstance(answer, Refused) else "done")


def stopped_before_the_act(config: str, case_id: int, claimed: Any, told: Any) -> None:
    """A counter that claims a case and is stopped before it writes."""
    with Office.open(load(Path(config)), terminal="loket-2", devices=False) as office:
        desk = Desks(office)["budi"]
        claim = desk.claim(case_id)
        claimed.set()
        os.kill(os.getpid(), signal.SIGSTOP)
        answer = desk.steps.data_entry.complete(case_id, builders.given_data_entry(), key="late", claim=claim)
        told.put(str(answer.first.code) if isinstance(answer, Refused) else "done")


def overtaken(settings: Settings, counter: Callable[..., None]) -> str:
    """One counter is stopped, another takes its case over and completes it; what the first is told when it wakes."""
    config, claimed, told = str(settings.path("kiosk.toml")), FORK.Event(), FORK.Queue()
    with Office.open(settings, devices=False) as office:
        case_id = builders.pretend_intake(office, Desks(office)["sri"], builders.an_applicant())
        office.store.close()
        child = FORK.Process(target=counter, args=(config, case_id, claimed, told))
        child.start()
        assert claimed.wait(30)
        desk = Desks(office)["eko"]
        done = builders.completed(desk, case_id, "data_entry", builders.given_data_entry())
        assert not isinstance(done, Refused), done
        os.kill(child.pid or 0, signal.SIGCONT)
        answer = str(told.get(timeout=60))
        child.join(10)
        with office.store.reading():
            assert StepRun.select().where(StepRun.step == "data_entry").count() == 1
            assert Claim.select().where((Claim.case == case_id) & Claim.released_at.is_null()).count() == 0
            assert audit.verify().verified
    return answer


def test_c4_a_counter_that_was_stopped_too_long_is_refused_when_it_wakes(tmp_path: Path) -> None:
    answer = overtaken(founded_with(tmp_path / "office", 2), stopped_before_the_act)
    assert answer in {"claim_lapsed", "case_moved_on", "not_your_unit"}


@SERVER_ONLY
def test_c4_a_counter_stopped_inside_its_act_does_not_stop_the_office(tmp_path: Path) -> None:
    """It holds the end of the audit chain; the server lets go of it, and its act is not kept."""
    soon = "&options=-c%20idle_in_transaction_session_timeout%3D1s"
    answer = overtaken(founded_with(tmp_path / "office", 2, soon), stopped_in_the_act)
    assert answer == "database_unreachable"
