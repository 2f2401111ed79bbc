"""C6: the histories of cases, as counters append to them and read them, have one order that explains every read.

Judged as Elle judges list-append histories (histories.py), on SQLite and PostgreSQL; ways to break the program are kept
here, and the judge must name them.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from db.tables import AuditEvent, Case, CaseEvent
from kiosk import audit, clock, passports
from kiosk.cases import engine, reading
from kiosk.cases.model import Act
from kiosk.demo.office import found_demo
from kiosk.founding import add_terminal
from kiosk.office import Office
from kiosk.settings import Settings, load
from tests import databases
from tests.faults.counters_appending import Plan, end, history, run, settled
from tests.faults.histories import Anomaly, Outcome, Transaction, anomalies
from tests.faults.thirteen import passport

COUNTERS = 20


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An office of many counters on either database, for all histories of this module."""
    if request.param == "postgresql" and not databases.CAN_SERVE:
        pytest.skip(databases.NO_SERVER)
    if request.param == "sqlite" and databases.SERVER:
        pytest.skip("the other tests are on a server")
    address = databases.new_address(server=request.param == "postgresql")
    databases.create(address)
    settings = found_demo(tmp_path_factory.mktemp("c6") / "office", devices=False, database=address)
    with Office.open(settings, devices=False) as office:
        for number in range(2, COUNTERS + 1):
            add_terminal(office.store, settings, f"loket-{number}", now=clock.now(), approved_by="uji")
    yield load(settings.path("kiosk.toml"))
    databases.drop(address)


NUMBERS = iter(range(10**6))


def judged(
    settings: Settings, told: Path, *, counters: int, cases: int, turns: int, kills: int = 0, fault: Any = None
) -> tuple[list[Anomaly], list[Transaction]]:
    with Office.open(settings, devices=False) as office:
        made = settled(office, cases, lambda: passport(f"66{next(NUMBERS):07d}"))
        office.store.close()
        plan = Plan(str(settings.path("kiosk.toml")), made, turns, told, told.name, fault or (lambda: None))
        deaths = run(plan, counters, kills=kills)
        lived = history(office, plan)
        found = anomalies(lived, end(office, made))
        if fault is None:
            check_against_the_chain(office, made)
    told_of = {outcome: sum(each.outcome is outcome for each in lived) for outcome in Outcome}
    print(
        f"\n{counters} counters, {sum(each.operations for each in lived)} operations in {len(lived)} transactions"
        f" ({', '.join(f'{count} {outcome}' for outcome, count in told_of.items())}), {deaths} deaths,"
        f" {len(found)} anomalies"
    )
    return found, lived


def check_against_the_chain(office: Office, cases: tuple[int, ...]) -> None:
    """The order of a case's history is that of the audit chain, and its version has counted every move."""
    with office.store.reading():
        assert audit.verify().verified
        events = list(CaseEvent.select().where(CaseEvent.case.in_(cases)).order_by(CaseEvent.id))
        chained = [json.loads(body)["data"].get("event") for body in bodies()]
        order = {event: place for place, event in enumerate(chained) if event is not None}
        for case_id in cases:
            mine = [event for event in events if event.case_id == case_id]
            assert [order[event.id] for event in mine] == sorted(order[event.id] for event in mine)
            moves = [event.act for event in mine if event.act != Act.RECORD]
            assert moves == [Act.HOLD if number % 2 == 0 else Act.RELEASE for number in range(len(moves))]
            assert Case.get_by_id(case_id).version == 2 + len(moves)


def bodies() -> list[str]:
    return [row.body for row in AuditEvent.select(AuditEvent.body).order_by(AuditEvent.seq)]


def test_c6_histories_have_one_order(shared: Settings, tmp_path: Path) -> None:
    found, lived = judged(shared, tmp_path, counters=3, cases=6, turns=60)
    assert found == []
    assert sum(each.outcome is Outcome.DONE and bool(each.appended) for each in lived) > 20
    assert sum(len(values) > 2 for each in lived for _, values in each.read) > 20


@pytest.mark.long
def test_c6_a_hundred_thousand_operations_have_one_order(shared: Settings, tmp_path: Path) -> None:
    found, lived = judged(shared, tmp_path, counters=COUNTERS, cases=110, turns=1600, kills=100)
    assert found == []
    assert sum(each.operations for each in lived) >= 100_000


# the program broken on purpose


def stale_reads() -> None:
    """A screen that keeps a case's history for some looks."""
    real, kept = reading.history, dict[int, tuple[int, Any]]()

    def history(store: Any, case_id: int) -> Any:
        looks, known = kept.get(case_id, (0, None))
        if looks % 6 == 0:
            known = real(store, case_id)
        kept[case_id] = (looks + 1, known)
        return known

    reading.history = history


def kept_refusals() -> None:
    """An act that writes its line before it looks whether it may."""
    real = engine._act

    def act(look: Any, case_id: int, what: Act, key: str, reason: str, *more: Any) -> Any:
        case = engine._loaded(look.kit, case_id)
        engine.record(engine.Work(look, case, ""), what, key, reason=reason)
        AuditEvent._meta.database.execute_sql("COMMIT")
        AuditEvent._meta.database.execute_sql("BEGIN")
        return real(look, case_id, what, f"{key}-2", reason, *more)

    engine._act = act


def shelved_by_halves() -> None:
    """A shelving whose line in the history is a transaction of its own."""
    real = passports.engine.record

    def record(*given: Any, **named: Any) -> int:
        AuditEvent._meta.database.execute_sql("COMMIT")
        AuditEvent._meta.database.execute_sql("BEGIN")
        return real(*given, **named)

    passports.engine.record = record


def unlocked() -> None:
    """A shelving that does not hold its case: another one overtakes it between its two lines."""
    real = passports.engine.record
    passports.lock = lambda case_id: None

    def record(*given: Any, **named: Any) -> int:
        time.sleep(random.choice((0, 0.05)))
        return real(*given, **named)

    passports.engine.record = record


FAULTS: dict[str, tuple[Callable[[], None], set[str]]] = {
    "stale reads": (stale_reads, {"G2 against the clock"}),
    "a refused act that leaves its line": (kept_refusals, {"G1a"}),
    "an act in two transactions": (shelved_by_halves, {"G2", "G2 against the clock"}),
    "an act that does not hold its case": (unlocked, {"reordered", "G2", "G2 against the clock"}),
}


@pytest.mark.long
@pytest.mark.parametrize("name", FAULTS)
def test_c6_a_broken_program_is_named(shared: Settings, tmp_path: Path, name: str) -> None:
    fault, kinds = FAULTS[name]
    if fault is unlocked and shared.database.startswith("sqlite"):
        pytest.skip("a file has one writer at a time, whoever holds what")
    found, _ = judged(shared, tmp_path, counters=4, cases=4, turns=150 if fault is unlocked else 60, fault=fault)
    assert {each.kind for each in found} & kinds, found[:5]


# the judge alone


def done(number: int, *, append: str = "", read: str = "", at: int = 0, outcome: Outcome = Outcome.DONE) -> Transaction:
    """`append="a1 b1"`; `read="a:1,2 b:"`. All at once but for `at`."""
    appended = tuple((each[0], each[1:]) for each in append.split())
    seen = tuple((each[0], tuple(value for value in each[2:].split(",") if value)) for each in read.split())
    return Transaction(number, at * 10, at * 10 + 100 if at == 0 else at * 10 + 1, outcome, appended, seen)


SOUND = [
    done(1, append="a1 b1"), done(2, append="a2"), done(3, read="a:1 b:1"), done(4, read="a:1,2 b:1"),
    done(5, read="a: b:"), done(6, append="a9", outcome=Outcome.REFUSED), done(7, append="b2", outcome=Outcome.UNKNOWN),
    done(8, append="b7", outcome=Outcome.UNKNOWN),
]  # fmt: skip
END = {"a": ["1", "2"], "b": ["1", "2"]}
WRONG: dict[str, tuple[list[Transaction], dict[str, list[str]]]] = {
    "lost": ([done(9, append="a3")], END),
    "doubled": ([done(9, read="a:1,1")], END),
    "invented": ([done(9, read="a:1,8")], END),
    "reordered": ([done(9, read="a:2")], END),
    "G1a": ([done(9, read="a:1,2,9")], END),
    "G1b": ([done(9, append="a3 a4"), done(10, read="a:1,2,3")], END | {"a": ["1", "2", "3", "4"]}),
    "G0": (
        [done(9, append="a3 b3"), done(10, append="a4 b4")], {"a": ["1", "2", "3", "4"], "b": ["1", "2", "4", "3"]},
    ),
    "G1c": (
        [done(9, append="a3", read="b:1,2,3"), done(10, append="b3", read="a:1,2,3")],
        {"a": ["1", "2", "3"], "b": ["1", "2", "3"]},
    ),
    "G2": ([done(9, read="a:1 b:1,2"), done(10, read="a:1,2 b:1")], END),
    "G2 against the clock": ([done(9, read="a:1", at=20)], END),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_c6_the_judge_names_each_kind_of_anomaly(kind: str) -> None:
    assert anomalies(SOUND, END) == []
    more, ended = WRONG[kind]
    assert kind in {each.kind for each in anomalies([*SOUND, *more], ended)}
