"""C1, C4 and the sharing of cases: two counters of one office, each with its own Office, on one database."""

import multiprocessing
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db.tables import Case, CaseEvent, Claim, Handover, Receipt, StepRun
from kiosk import audit, clock
from kiosk.cases import touch
from kiosk.cases.model import Act
from kiosk.demo.office import found_demo
from kiosk.devices import Devices
from kiosk.founding import add_terminal
from kiosk.office import Office, _kit
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings, load
from kiosk.steps import data_entry, handover, registration
from kiosk.words import Language, say
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport


class Two:
    """Two counters in this process: each with its own key and desk, on one Store, which threads may share."""

    def __init__(self, settings: Settings) -> None:
        self.first = Office.open(settings, devices=False)
        add_terminal(self.first.store, settings, "loket-2", now=clock.now(), approved_by="uji")
        other = msgspec.structs.replace(settings, terminal="loket-2")
        self.second = Office(other, self.first.store, _kit(other, self.first.store), Devices())
        self.here, self.there = Desks(self.first), Desks(self.second)

    def close(self) -> None:
        self.first.close()


@pytest.fixture
def two(settings: Settings) -> Iterator[Two]:
    counters = Two(settings)
    yield counters
    counters.close()


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def later(monkeypatch: pytest.MonkeyPatch, **more: int) -> None:
    """The clock goes on."""
    at = clock.now() + timedelta(**more)
    monkeypatch.setattr(clock, "now", lambda: at)


def case_at_data_entry(two: Two) -> int:
    return builders.pretend_intake(two.first, two.here["sri"], builders.an_applicant())


def test_a_case_in_work_at_one_counter_is_refused_at_the_other_with_who_and_where(two: Two) -> None:
    case_id = case_at_data_entry(two)
    assert not isinstance(two.here["budi"].claim(case_id), Refused)
    refused = two.there["eko"].claim(case_id)
    assert code(refused) is Code.CLAIMED_BY_OTHER
    (refusal,) = refused.refusals
    for language in Language:
        words = say(language, refusal.key(), **refusal.details)
        assert "Budi Santoso" in words
        assert "loket-1" in words
        assert say(language, refusal.next_key(), **refusal.details)
    (waiting,) = two.there["eko"].work_list()
    assert waiting.claimed_by == "Budi Santoso"
    (own,) = two.here["budi"].work_list()
    assert own.claimed_by == ""  # a power cut left it: it is not a colleague who works on it


def test_the_same_officer_at_another_counter_is_refused_too(two: Two) -> None:
    case_id = case_at_data_entry(two)
    two.here["budi"].claim(case_id)
    assert code(two.there["budi"].claim(case_id)) is Code.CLAIMED_BY_OTHER


def test_what_is_let_go_here_can_be_taken_there_at_once(two: Two) -> None:
    case_id = case_at_data_entry(two)
    two.here["budi"].claim(case_id)
    assert two.here["budi"].release(case_id) is None
    assert not isinstance(two.there["eko"].claim(case_id), Refused)


def test_c4_a_lapsed_claim_is_taken_over_and_the_late_writer_is_refused(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = case_at_data_entry(two)
    slow = two.here["budi"].claim(case_id)
    assert not isinstance(slow, Refused)
    later(monkeypatch, minutes=two.first.settings.policy.lease_minutes + 1)
    taken = two.there["eko"].claim(case_id)
    assert not isinstance(taken, Refused)
    given = builders.given_data_entry()
    late = two.here["budi"].steps.data_entry.complete(case_id, given, key="late", claim=slow)
    assert code(late) is Code.CLAIM_LAPSED
    assert code(two.here["budi"].claim(case_id)) is Code.CLAIMED_BY_OTHER
    done = two.there["eko"].steps.data_entry.complete(case_id, given, key="taken", claim=taken)
    assert isinstance(done, data_entry.Produced), done
    with two.first.store.reading():
        assert [event.terminal for event in CaseEvent.select().where(CaseEvent.act == Act.COMPLETE)] == ["loket-2"]


@pytest.mark.skipif(not databases.SERVER, reason="KIOSK_TEST_POSTGRES names no server; SQLite lets one write at a time")
@pytest.mark.parametrize("mutant", [False, True])
def test_c4_nobody_takes_a_case_over_while_its_holder_completes_it(
    two: Two, monkeypatch: pytest.MonkeyPatch, mutant: bool
) -> None:
    """The mutant reads the claim without holding it: the other counter is told that the case is its own."""
    case_id = case_at_data_entry(two)
    claim = two.here["budi"].claim(case_id)
    eko = two.there["eko"]
    later(monkeypatch, minutes=two.first.settings.policy.lease_minutes + 1)
    inside, go_on, close = threading.Event(), threading.Event(), touch.close

    def slowly(*given: Any) -> int:
        inside.set()
        go_on.wait(5)
        return close(*given)

    monkeypatch.setattr(touch, "close", slowly)
    if mutant:
        monkeypatch.setattr(type(Claim.select()), "for_update", lambda query, *_: query)
    done: list[Any] = []
    taken: list[Any] = []
    given = builders.given_data_entry()
    service = two.here["budi"].steps.data_entry
    holder = threading.Thread(target=lambda: done.append(service.complete(case_id, given, key="mine", claim=claim)))
    holder.start()
    assert inside.wait(10)
    other = threading.Thread(target=lambda: taken.append(eko.claim(case_id)))
    other.start()
    other.join(0.5)
    assert other.is_alive() is not mutant
    go_on.set()
    holder.join(20)
    other.join(20)
    assert isinstance(done[0], data_entry.Produced), done
    assert isinstance(taken[0], Refused) is not mutant


def test_a_claim_that_was_renewed_in_time_is_not_taken_over(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = case_at_data_entry(two)
    first = two.here["budi"].claim(case_id)
    later(monkeypatch, minutes=two.first.settings.policy.lease_minutes - 1)
    renewed = two.here["budi"].claim(case_id)
    assert not isinstance(first, Refused)
    assert not isinstance(renewed, Refused)
    assert renewed.token == first.token
    later(monkeypatch, minutes=two.first.settings.policy.lease_minutes - 1)
    assert code(two.there["eko"].claim(case_id)) is Code.CLAIMED_BY_OTHER


def test_what_was_typed_at_one_counter_is_there_at_the_other(two: Two) -> None:
    case_id = case_at_data_entry(two)
    two.here["budi"].claim(case_id)
    two.here["budi"].save_draft("data_entry", case_id, {"typed": {"birth_place": "KAZAN"}, "key": "k"})
    two.here["budi"].release(case_id)
    draft = two.there["budi"].draft("data_entry", case_id)
    assert draft is not None
    assert draft["typed"] == {"birth_place": "KAZAN"}


def test_a_case_that_has_moved_on_is_not_completed_again_here(two: Two) -> None:
    case_id = case_at_data_entry(two)
    given = builders.given_data_entry()
    done = builders.completed(two.there["eko"], case_id, "data_entry", given)
    assert isinstance(done, data_entry.Produced), done
    late = two.here["budi"].steps.data_entry.complete(case_id, given, key="late")
    assert code(late) is Code.CASE_MOVED_ON


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """All acts start at the same moment, each in a thread of its own; their answers in order."""
    answers: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            answers[place] = act()
        except Exception as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_counters_that_complete_one_step_at_once_complete_it_once(two: Two) -> None:
    for turn in range(8):
        data = builders.an_applicant(passport=passport(f"5301{turn:05d}"))
        case_id = builders.pretend_intake(two.first, two.here["sri"], data)
        claim = two.here["budi"].claim(case_id)
        assert not isinstance(claim, Refused)
        given = builders.given_data_entry(data)
        here, there = two.here["budi"].steps.data_entry, two.there["eko"].steps.data_entry
        answers = at_once(
            lambda: here.complete(case_id, given, key=f"a{case_id}", claim=claim),  # noqa: B023
            lambda: there.complete(case_id, given, key=f"b{case_id}"),  # noqa: B023
            lambda: here.complete(case_id, given, key=f"c{case_id}", claim=claim),  # noqa: B023
        )
        done = [answer for answer in answers if isinstance(answer, data_entry.Produced)]
        assert len(done) == 1, answers
        assert all(isinstance(answer, data_entry.Produced | Refused) for answer in answers), answers
        with two.first.store.reading():
            assert StepRun.select().where((StepRun.case == case_id) & (StepRun.step == "data_entry")).count() == 1


def test_one_passport_at_two_counters_opens_one_case(two: Two) -> None:
    given = builders.given_intake()
    answers = at_once(
        lambda: two.here["sri"].steps.intake.complete(None, given, key="here"),
        lambda: two.there["sri"].steps.intake.complete(None, given, key="there"),
    )
    (refused,) = (answer for answer in answers if isinstance(answer, Refused))
    assert code(refused) is Code.PASSPORT_HAS_OPEN_CASE
    with two.first.store.reading():
        (case,) = Case.select()
        assert Receipt.select().count() == 1
    assert refused.first.details["application_no"] in (case.application_no, "-")


def test_register_numbers_drawn_at_two_counters_have_neither_doubles_nor_gaps(two: Two) -> None:
    cases = [
        builders.case_at_registration(two.first, two.here, passport=passport(f"5302{turn:05d}")) for turn in range(4)
    ]

    def register(desk: Any, case_id: int) -> Any:
        return builders.completed(desk, case_id, "registration", builders.given_registration(desk, case_id))

    desks = [two.here["yusuf"], two.there["yusuf"], two.here["yusuf"], two.there["yusuf"]]
    acts = [
        (lambda desk=desk, case_id=case_id: register(desk, case_id)) for desk, case_id in zip(desks, cases, strict=True)
    ]
    answers = at_once(*acts)
    assert all(isinstance(answer, registration.Produced) for answer in answers), answers
    assert sorted(answer.serial for answer in answers) == [1, 2, 3, 4]


# C1: one passport is handed over once


def hand_over(config: str, terminal: str, case_id: int, start: Any, told: Any) -> None:
    """One counter's officer hands the passport over, as fast as it goes."""
    with Office.open(load(Path(config)), terminal=terminal, devices=False) as office:
        desk = Desks(office)["sri"]
        witness = desk.witness("agus", "141421")
        given = builders.given_handover(office, case_id, reason="Alat sidik jari belum terpasang.")
        start.wait()
        while True:
            claim = desk.claim(case_id)
            if isinstance(claim, Refused):
                told.put(str(claim.first.code))
                return
            answer = desk.steps.handover.complete(
                case_id, given, key=secrets.token_hex(8), witness=witness, claim=claim
            )
            told.put("given" if isinstance(answer, handover.Produced) else str(answer.first.code))
            return


@pytest.mark.parametrize("counters", [4, pytest.param(20, marks=pytest.mark.long)])
def test_c1_two_terminals_cannot_hand_over_one_passport(tmp_path: Path, counters: int) -> None:
    settings = found_demo(tmp_path / "office", devices=False, database=databases.passing_address())
    with Office.open(settings, devices=False) as office:
        case_id = builders.case_at_handover(office, Desks(office))
        names = [f"loket-{number}" for number in range(2, counters + 2)]
        for name in names:
            add_terminal(office.store, settings, name, now=clock.now(), approved_by="uji")
    context = multiprocessing.get_context("fork")
    start, told = context.Event(), context.Queue()
    config = str(Path(settings.folder) / "kiosk.toml")
    children = [context.Process(target=hand_over, args=(config, name, case_id, start, told)) for name in names]
    for child in children:
        child.start()
    start.set()
    answers = [told.get(timeout=60) for _ in children]
    for child in children:
        child.join(30)
    assert answers.count("given") == 1
    losers = set(answers) - {"given"}
    assert losers <= {"claimed_by_other", "case_moved_on", "receipt_already_handed_over", "not_your_unit"}, losers
    with Office.open(settings, devices=False) as office, office.store.reading():
        assert Handover.select().count() == 1
        assert StepRun.select().where(StepRun.step == "handover").count() == 1
        assert audit.verify().verified


def test_c1_counters_that_race_for_many_passports_hand_over_each_once(two: Two) -> None:
    cases = [builders.case_at_handover(two.first, two.here, passport=passport(f"5303{n:05d}")) for n in range(6)]
    for case_id in cases:
        offices = ((two.first, two.here["sri"]), (two.second, two.there["sri"])) * 2
        acts = []
        for office, desk in offices:
            witness = desk.witness("agus", "141421")
            given = builders.given_handover(office, case_id, reason="Alat sidik jari belum terpasang.")

            def act(desk: Any = desk, given: Any = given, witness: Any = witness, case_id: int = case_id) -> Any:
                claim = desk.claim(case_id)
                if isinstance(claim, Refused):
                    return claim
                return desk.steps.handover.complete(
                    case_id, given, key=secrets.token_hex(8), witness=witness, claim=claim
                )

            acts.append(act)
        answers = at_once(*acts)
        assert sum(isinstance(answer, handover.Produced) for answer in answers) == 1, answers
        assert all(isinstance(answer, handover.Produced | Refused) for answer in answers), answers
    with two.first.store.reading():
        assert Handover.select().count() == len(cases)


def test_without_the_databases_rules_the_race_would_be_lost(two: Two) -> None:
    """A mutant: who looks first and writes later, without version or claim, hands one passport over more than once."""
    case_id = builders.case_at_handover(two.first, two.here)
    given: list[str] = []
    looked = threading.Barrier(2)

    def look_then_write(office: Office, name: str) -> None:
        with office.store.reading():
            free = not Handover.select().where(Handover.case == case_id).exists()
        looked.wait(10)
        if free:
            given.append(name)

    at_once(lambda: look_then_write(two.first, "here"), lambda: look_then_write(two.second, "there"))
    assert len(given) == 2


def test_a_claim_has_at_most_one_holder_in_its_whole_history(two: Two) -> None:
    case_id = case_at_data_entry(two)

    def work(desk: Any) -> None:
        had = 0
        for _ in range(300):
            if not isinstance(desk.claim(case_id), Refused):
                desk.release(case_id)
                had += 1
                if had == 3:
                    return

    at_once(lambda: work(two.here["budi"]), lambda: work(two.there["eko"]), lambda: work(two.there["budi"]))
    with two.first.store.reading():
        held = [(row.taken_at, row.released_at) for row in Claim.select().where(Claim.case == case_id)]
    assert len(held) >= 6
    assert all(released is not None for _, released in held)
