"""The engine under any order of acts: officers, retries, lapsed claims, defects and crashes as Hypothesis likes them.

One office, rules of one line for each step. A small model says beforehand whether an act is accepted and where it
leads; after every step the database is read and must hold what the office promises.
"""

import shutil
import tempfile
from collections import Counter as Tally
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db.tables import Case, CaseEvent, Claim, Counter, Custody, Officer, Part, StepRun, StepWork
from kiosk import audit, clock
from kiosk.cases import engine
from kiosk.cases.model import Act, CaseFile, Moved, Outcome, Status
from kiosk.cases.moves import Position, after_act, after_completion, allowed, send_back_targets
from kiosk.cases.requirements import part_name
from kiosk.cases.work import Work
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.office import Office
from kiosk.people import officers
from kiosk.people.model import acting_unit, may_act
from kiosk.people.sign_in import officer_at
from kiosk.refusals import Code, Refused
from kiosk.settings import load
from tests import databases
from tests.kiosk.test_engine import WHO_DOES, Given, Plain, Produced

EVERYONE = ("omni", "omni_twice", *dict.fromkeys(WHO_DOES.values()))
PASSPORTS = ("X1", "X2", "X3")
WAITING = (Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR)
HOLDS = (*WAITING, Status.NONCONFORMITY, Status.HELD_WATCHLIST)
ENDS = (Act.REFUSE, Act.WITHDRAW, Act.TRANSFER)
ACTS = (*(Act.SEND_BACK,) * 5, *(Act.HOLD,) * 2, *(Act.RELEASE,) * 4, *ENDS, Act.CONFIRM_WATCHLIST)
PLACE = st.integers(0, 5)


class Counting(Plain):
    """Plain rules that also take a number: what a refusal or a crash gives back must leave no gap."""

    def apply(self, work: Work, case: CaseFile, given: Given) -> Produced:
        work.next_number("machine")
        return super().apply(work, case, given)


@dataclass(frozen=True)
class Done:
    """An accepted act that may be sent again: its key, and whatever repeats it."""

    key: str
    step: str
    case_id: int | None
    passport: str
    answer: Any
    act: Act | None = None


class EngineMachine(RuleBasedStateMachine):
    base: ClassVar[Path]

    @initialize()
    def found(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="engine-machine-"))
        databases.copy(self.base, self.folder / "office")
        self.office = self.opened()
        self.desks: dict[str, Desk] = {}
        self.cases: list[int] = []
        self.done: list[Done] = []
        self.versions: dict[int, int] = {}
        self.keys = 0
        self.completions = 0

    def opened(self) -> Office:
        return Office.open(load(self.folder / "office" / "kiosk.toml"), devices=False)

    def teardown(self) -> None:
        self.office.close()
        shutil.rmtree(self.folder)

    # who, which, what

    def desk(self, login: str) -> Desk:
        """The officer at the terminal; the PIN is no subject here."""
        if login not in self.desks:
            with self.office.store.reading():
                row = Officer.get(Officer.login == login)
                self.desks[login] = Desk(self.office, officer_at(row, clock.office_day(clock.now())), 0)
        return self.desks[login]

    def case(self, place: int) -> CaseFile:
        found = self.desk("omni").case(self.cases[place % len(self.cases)])
        assert found is not None
        return found

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def here(self, case: CaseFile) -> Position:
        return Position(case.step, case.status, case.outcome)

    def moved_to(self, case: CaseFile, position: Position) -> None:
        """The case moved once, to `position`."""
        now = self.desk("omni").case(case.id)
        assert now is not None
        assert self.here(now) == position
        assert now.version == case.version + 1

    def stood_still(self, case: CaseFile) -> None:
        now = self.desk("omni").case(case.id)
        assert now is not None
        assert (self.here(now), now.version, now.attempt) == (self.here(case), case.version, case.attempt)

    def separated(self, case: CaseFile, person: int) -> bool:
        """May this person do the case's step, by what the history says?"""
        with self.office.store.reading():
            parts = {row.part for row in Part.select().where((Part.case == case.id) & (Part.person == person))}
        others = {part_name(one.step, one.act) for one in case.procedure.separated_from(case.step)}
        return not parts & others

    def holds_claim(self, case: CaseFile, desk: Desk) -> bool:
        with self.office.store.reading():
            row = Claim.get_or_none((Claim.case == case.id) & Claim.released_at.is_null())
            return row is not None and row.officer_id == desk.officer.id

    # acts

    @rule(passport=st.sampled_from(PASSPORTS), login=st.sampled_from(("sri", "omni", "ratna")))
    def open(self, passport: str, login: str) -> None:
        desk, key = self.desk(login), self.key()
        with self.office.store.reading():
            taken = Case.get_or_none((Case.passport_no == passport) & Case.ended_at.is_null()) is not None
        may = acting_unit(desk.officer, self.office.procedure, "intake") is not None
        answer = engine.complete(
            self.office.store, desk.look(), Counting("intake"), None, Given("new", passport), key=key
        )
        assert isinstance(answer, Produced) is (may and not taken), answer
        if isinstance(answer, Refused):
            expected = Code.NOT_YOUR_UNIT if not may and not taken else Code.PASSPORT_HAS_OPEN_CASE
            assert answer.first.code is expected
            return
        self.completions += 1
        with self.office.store.reading():
            case_id = int(CaseEvent.get(CaseEvent.key == key).case_id)
        self.cases.append(case_id)
        self.done.append(Done(key, "intake", None, passport, answer))

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, login=st.sampled_from(EVERYONE))
    def claim(self, place: int, login: str) -> None:
        case = self.case(place)
        before = self.desk(login).claim(case.id)
        again = self.desk(login).claim(case.id)
        assert isinstance(before, Refused) is isinstance(again, Refused)
        if not isinstance(before, Refused) and not isinstance(again, Refused):
            assert before.token == again.token
        self.stood_still(case)

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, login=st.sampled_from(EVERYONE))
    def release(self, place: int, login: str) -> None:
        case = self.case(place)
        assert self.desk(login).release(case.id) is None
        assert not self.holds_claim(case, self.desk(login))

    @precondition(lambda self: self.cases)
    @rule(place=PLACE)
    def lapse(self, place: int) -> None:
        past = clock.now() - timedelta(minutes=1)
        with self.office.store.writing():
            Claim.update(lease_until=past).where(
                (Claim.case == self.case_id(place)) & Claim.released_at.is_null()
            ).execute()

    def case_id(self, place: int) -> int:
        return self.cases[place % len(self.cases)]

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, value=st.sampled_from(("x", "x", "x", "bad", "explode")))
    def go_on(self, place: int, value: str) -> None:
        """The officer whose step it is takes the case and completes it."""
        case = self.case(place)
        desk = self.desk(WHO_DOES[case.step])
        desk.claim(case.id)
        self.complete_as(case, desk, case.step, value)

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, steps=st.integers(2, 8))
    def walk(self, place: int, steps: int) -> None:
        """An ordinary morning: the case goes on, step by step."""
        for _ in range(steps):
            case = self.case(place)
            if case.status is Status.ACTIVE:
                self.go_on(place, "x")

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, login=st.sampled_from(EVERYONE), step=st.sampled_from(("", "", "", *WHO_DOES)))
    def complete(self, place: int, login: str, step: str) -> None:
        """Anybody tries any step, with a claim or without."""
        case = self.case(place)
        self.complete_as(case, self.desk(login), step or case.step, "x")

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, login=st.sampled_from(("omni", "omni_twice")))
    def one_person_does_it_all(self, place: int, login: str) -> None:
        """Who may do everything claims and completes: only the separation of duty stands in the way."""
        case = self.case(place)
        self.desk(login).claim(case.id)
        self.complete_as(case, self.desk(login), case.step, "x")

    def complete_as(self, case: CaseFile, desk: Desk, step: str, value: str) -> None:
        key = self.key()
        accepted = (
            acting_unit(desk.officer, case.procedure, step) is not None
            and case.status is Status.ACTIVE
            and case.step == step
            and self.holds_claim(case, desk)
            and self.separated(case, desk.officer.person_id)
        )
        try:
            answer = engine.complete(self.office.store, desk.look(), Counting(step), case.id, Given(value), key=key)
        except RuntimeError:
            assert accepted
            assert value == "explode"
            self.stood_still(case)
            return
        assert isinstance(answer, Produced) is (accepted and value == "x"), answer
        if isinstance(answer, Refused):
            self.stood_still(case)
            return
        self.completions += 1
        self.moved_to(case, after_completion(case.procedure, self.here(case)))
        self.done.append(Done(key, step, case.id, "", answer))

    @precondition(lambda self: self.cases)
    @rule(
        place=PLACE,
        login=st.sampled_from(EVERYONE),
        what=st.sampled_from(ACTS),
        hold=st.sampled_from(HOLDS),
        back=PLACE,
        reason=st.sampled_from(("alasan yang cukup", "alasan yang cukup", "-")),
    )
    def act(self, place: int, login: str, what: Act, hold: Status, back: int, reason: str) -> None:
        case = self.case(place)
        here, key = self.here(case), self.key()
        targets = send_back_targets(case.procedure, here)
        to = targets[back % len(targets)] if what is Act.SEND_BACK and targets else ""
        accepted = (
            len(reason) >= engine.REASON_MINIMUM
            and what in allowed(case.procedure, here)
            and here.status is not Status.HELD_WATCHLIST
            and what is not Act.CONFIRM_WATCHLIST
            and (what is not Act.HOLD or hold in WAITING)
            and may_act(self.desk(login).officer, case.procedure, case.step, what)
        )
        answer = self.desk(login).act(case.id, what, key=key, reason=reason, to=to, hold=hold)
        assert isinstance(answer, Moved) is accepted, answer
        if isinstance(answer, Refused):
            self.stood_still(case)
            return
        position = after_act(case.procedure, here, what, to=to, hold=hold)
        self.moved_to(case, position)
        assert answer == Moved(case.id, position.step, position.status, position.outcome)
        self.done.append(Done(key, case.step, case.id, "", answer, what))

    @precondition(lambda self: self.done)
    @rule(place=st.integers(0, 30), login=st.sampled_from(EVERYONE))
    def retry(self, place: int, login: str) -> None:
        """A key sent again, by whomever, does nothing and gives the first answer of a completion again."""
        done, desk = self.done[place % len(self.done)], self.desk(login)
        events = self.events()
        if done.act is None:
            rules, given = Counting(done.step), Given("other", done.passport)
            answer = engine.complete(self.office.store, desk.look(), rules, done.case_id, given, key=done.key)
            assert answer == done.answer
        else:
            assert done.case_id is not None
            again = desk.act(done.case_id, done.act, key=done.key, reason="alasan yang lain", hold=HOLDS[0])
            assert isinstance(again, Moved)
            assert again.case_id == done.case_id
        assert self.events() == events

    @precondition(lambda self: self.cases)
    @rule(place=PLACE, login=st.sampled_from(EVERYONE))
    def type_something(self, place: int, login: str) -> None:
        case = self.case(place)
        assert self.desk(login).save_draft(case.step, case.id, {"typed": {"a": "b"}}) is None
        assert self.desk(login).draft(case.step, case.id) == {"typed": {"a": "b"}}

    @rule()
    def crash(self) -> None:
        """The program dies between two acts and starts again."""
        self.office.close()
        self.office = self.opened()
        self.desks = {}

    # what must always hold

    def events(self) -> int:
        with self.office.store.reading():
            return int(CaseEvent.select().count())

    @invariant()
    def nothing_is_broken(self) -> None:
        if not hasattr(self, "office"):
            return
        with self.office.store.reading():
            self._claims()
            self._versions()
            self._runs()
            self._passports()
            self._separation()
            self._numbers()
            assert audit.verify().verified

    def _claims(self) -> None:
        live = Tally(row.case_id for row in Claim.select().where(Claim.released_at.is_null()))
        assert max(live.values(), default=0) <= 1
        working = Tally(row.case_id for row in StepWork.select().where(StepWork.closed_at.is_null()))
        assert max(working.values(), default=0) <= 1

    def _versions(self) -> None:
        for row in Case.select():
            assert row.version >= self.versions.get(row.id, 1)
            self.versions[row.id] = row.version
            moves = CaseEvent.select().where((CaseEvent.case == row.id) & (CaseEvent.act != Act.OPEN)).count()
            assert row.version == 1 + moves
            assert (row.ended_at is None) is (row.status != Status.ENDED)
            assert row.status != Status.ENDED or row.outcome != Outcome.IN_PROCESS

    def _runs(self) -> None:
        runs = Tally((row.case_id, row.step, row.attempt) for row in StepRun.select())
        assert max(runs.values(), default=0) <= 1
        completed = CaseEvent.select().where(CaseEvent.act == Act.COMPLETE).count()
        assert completed == sum(runs.values()) == self.completions

    def _passports(self) -> None:
        open_now = Tally(row.passport_no for row in Case.select().where(Case.ended_at.is_null()))
        assert max(open_now.values(), default=0) <= 1
        for case_id in self.cases:
            last = Custody.select().where(Custody.case == case_id).order_by(Custody.id.desc()).first()
            assert last is not None
            assert last.holder == "office"

    def _separation(self) -> None:
        procedure = self.office.procedure
        for pair in procedure.separations:
            first, second = (part_name(one.step, one.act) for one in (pair.first, pair.second))
            for case_id in self.cases:
                players = {
                    part: {row.person_id for row in Part.select().where((Part.case == case_id) & (Part.part == part))}
                    for part in (first, second)
                }
                assert not players[first] & players[second]

    def _numbers(self) -> None:
        row = Counter.get_or_none(Counter.name == "machine")
        assert (0 if row is None else row.value) == self.completions


@pytest.fixture
def base(founded: Path, tmp_path: Path) -> Path:
    """A demo office with a person who has two accounts and every duty there is."""
    folder = tmp_path / "base"
    databases.copy(founded, folder)
    with Office.open(load(folder / "kiosk.toml"), devices=False) as office:
        duties = {(step.unit, step.role) for step in office.procedure.steps} | {("OFFICE_HEAD", "endorser")}
        now = clock.now()
        with office.store.writing():
            for login in ("omni", "omni_twice"):
                officers.add(
                    login=login,
                    name="Serba Bisa",
                    staff_no="199001012015011001",
                    pin="918273",
                    duties=tuple(sorted(duties)),
                    now=now,
                    signer=SYSTEM,
                    since=clock.office_day(now),
                )
    return folder


def run(base: Path, examples: int, steps: int) -> None:
    machine = type("Machine", (EngineMachine,), {"base": base})
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_whatever_is_done_in_whatever_order_the_office_keeps_its_promises(base: Path) -> None:
    run(base, examples=16, steps=30)


@pytest.mark.long
def test_the_same_for_a_long_time(base: Path) -> None:
    run(base, examples=600, steps=60)
