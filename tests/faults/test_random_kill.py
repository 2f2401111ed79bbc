"""D2: kill -9 at any moment of steps 1, 9 and 12. Nothing acknowledged is lost; what was under way is shown again.

One office lives through all deaths. Each child signs in where the last one died, finds its unfinished act with the key
it began with, and goes on; the parent kills it some milliseconds later.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from db.tables import AuditEvent, Case, CaseEvent, Handover, Part, PrintJob, Receipt, RegisterNumber, StepRun
from kiosk import audit
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.receipts import facts, witnesses
from kiosk.refusals import Refused
from kiosk.settings import Settings
from kiosk.steps import registration
from tests import builders, databases
from tests.conftest import Desks
from tests.faults import killing
from tests.faults.killing import Child, Place
from tests.faults.thirteen import LOGIN, passport

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office is a file, opened by each child")

STEPS = ("intake", "registration", "handover")


@dataclass(frozen=True)
class Act:
    """What an officer is to do, and the key that the draft keeps for it."""

    number: int
    step: str
    case_id: int | None

    @property
    def key(self) -> str:
        return f"act-{self.number}"


@dataclass
class Deaths:
    """What was learned over all deaths."""

    kills: int = 0
    acknowledged: set[int] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)
    not_shown: list[str] = field(default_factory=list)
    unanswered: int = 0
    """Acts that were durable although their answer was lost."""


def todo(office: Office, each: int) -> list[Act]:
    """`each` acts of every step, in turn, and then applications without end."""
    desks = Desks(office)
    registering = [builders.case_at_registration(office, desks, passport=passport(f"5305{n:05d}")) for n in range(each)]
    collecting = [builders.case_at_handover(office, desks, passport=passport(f"5306{n:05d}")) for n in range(each)]
    acts: list[Act] = []
    for one, other in zip(registering, collecting, strict=True):
        for step, case_id in (("intake", None), ("registration", one), ("handover", other)):
            acts.append(Act(len(acts), step, case_id))
    return acts + [Act(number, "intake", None) for number in range(len(acts), len(acts) + 20_000)]


def carry_out(settings: Settings, acts: list[Act], child: Child) -> None:
    """In a child: one act after the other, each acknowledged."""
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        for step in STEPS:
            assert desks[LOGIN[step]]
        child.ack("open")
        for act in acts:
            desk, claim = desks[LOGIN[act.step]], None
            if act.case_id is not None:
                claim = desk.claim(act.case_id)
                if isinstance(claim, Refused):
                    # done before the last death, its answer lost: the same key gives the answer again
                    claim = None
            if claim is not None or act.case_id is None:
                assert desk.save_draft(act.step, act.case_id, {"typed": {"note": "x"}, "key": act.key}) is None
                child.ack(f"draft {act.number}")
            typed = given(desks, act, drawn=claim is not None)
            answer = desk.steps[act.step].complete(act.case_id, typed, key=act.key, claim=claim)
            assert isinstance(answer, desk.steps[act.step].rules.Produced), answer
            child.ack(f"done {act.number}")


def given(desks: Desks, act: Act, *, drawn: bool) -> object:
    """What is typed; not `drawn`: the act is done, and no number can be drawn for it any more."""
    desk = desks[LOGIN[act.step]]
    if act.step == "intake":
        return builders.given_intake(builders.an_applicant(passport=passport(f"54{act.number:07d}")))
    assert act.case_id is not None
    if act.step == "registration":
        if not drawn:
            return registration.Given("12", page_is_free=True, stamped=True)
        return builders.given_registration(desk, act.case_id)
    return builders.given_handover(desk.office, act.case_id)


def die_after(work: Callable[[Child], object], seconds: float) -> list[str]:
    """Kill a child `seconds` after it began to work; what had been acknowledged to it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        killing._be(Child(writing), work, Place.NOWHERE, 0)
    os.close(writing)
    said = []
    with os.fdopen(reading) as pipe:
        for line in pipe:
            said.append(json.loads(line))
            if said[-1].get("ack") == "open":
                time.sleep(seconds)
                os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    errors = [line["error"] for line in said if "error" in line]
    assert not errors, errors[0]
    return [line["ack"] for line in said]


def live_through(settings: Settings, kills: int, seed: int, *, each: int) -> Deaths:
    chance, deaths = random.Random(seed), Deaths()
    with Office.open(settings, devices=False) as office:
        acts = todo(office, each)
    place = 0
    while deaths.kills < kills:
        left = acts[place:]
        acks = die_after(lambda child: carry_out(settings, left, child), chance.uniform(0.0, 0.12))  # noqa: B023
        deaths.kills += 1
        deaths.acknowledged |= {int(ack.split()[1]) for ack in acks if ack.startswith("done")}
        place = len(deaths.acknowledged)
        look(settings, acts, place, acks, deaths, whole=deaths.kills % 50 == 0 or deaths.kills == kills)
    return deaths


def look(settings: Settings, acts: list[Act], place: int, acks: list[str], deaths: Deaths, *, whole: bool) -> None:
    """After a death: the newest acts are there, the one under way is whole or shown again."""
    under_way = acts[place]
    with Office.open(settings, devices=False) as office:
        with office.store.reading():
            kept = {row.key for row in CaseEvent.select(CaseEvent.key).order_by(CaseEvent.id.desc()).limit(200)}
        new = [acts[int(ack.split()[1])] for ack in acks if ack.startswith("done")]
        deaths.lost += [act.key for act in new if act.key not in kept]
        done = under_way.key in kept
        deaths.unanswered += done
        if f"draft {under_way.number}" in acks and not done:
            desk = Desks(office)[LOGIN[under_way.step]]
            draft = desk.draft(under_way.step, under_way.case_id)
            if draft is None or draft.get("key") != under_way.key:
                deaths.not_shown.append(under_way.key)
        if whole:
            check_whole(office, acts[: place + 1])


def check_whole(office: Office, acts: list[Act]) -> None:
    """Every act is in the books once, with everything that goes with it; the chain knows every receipt."""
    with office.store.reading():
        assert office.store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
        inside = witnesses.stored(facts.known_keys())
        assert inside.forged == ()
        assert audit.verify(inside.heads).verified
        done = {row.key: row for row in CaseEvent.select().where(CaseEvent.act == "complete")}
        assert all(act.key in done for act in acts[:-1])
        numbers = [row.serial for row in RegisterNumber.select().order_by(RegisterNumber.serial)]
        assert numbers == list(range(1, len(numbers) + 1)), "no number given twice, none left out"
        receipts = {row.id for row in Receipt.select(Receipt.id)}
        assert receipts <= {row.receipt_id for row in PrintJob.select(PrintJob.receipt)}
        for step in STEPS:
            runs = StepRun.select().where((StepRun.step == step) & StepRun.case.in_(_cases(done.values(), step)))
            parts = Part.select().where((Part.part == step) & Part.case.in_(_cases(done.values(), step)))
            count = sum(1 for row in done.values() if row.step == step)
            assert (runs.count(), parts.count()) == (count, count)
        assert Handover.select().count() == sum(1 for row in done.values() if row.step == "handover")
        told = AuditEvent.select().where(AuditEvent.body.contains('"action":"complete"')).count()
        assert told == len(done)
        assert Case.select().count() >= sum(1 for row in done.values() if row.step == "intake")


def _cases(events: object, step: str) -> list[int]:
    assert hasattr(events, "__iter__")
    return [event.case_id for event in events if event.step == step]


def test_d2_a_terminal_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    deaths = live_through(found_demo(tmp_path / "office", devices=False), 3, seed=1, each=1)
    assert (deaths.lost, deaths.not_shown) == ([], [])


@pytest.mark.long
def test_d2_a_thousand_deaths(tmp_path: Path) -> None:
    deaths = live_through(found_demo(tmp_path / "office", devices=False), 1000, seed=2, each=100)
    print(f"D2: {deaths.kills} kills, {len(deaths.acknowledged)} acknowledged, {deaths.unanswered} answers lost")
    assert (deaths.lost, deaths.not_shown) == ([], [])
    assert len(deaths.acknowledged) > 500
