"""The queue: gapless numbers, a rule that starves nobody, one officer for one number, absence and return."""

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.connection import ConstraintBroken
from db.tables import PrintJob, QueueCall, QueueTicket
from hardware.printer.document import Qr, Text
from kiosk import clock
from kiosk.office import Office
from kiosk.queue import desk as queue
from kiosk.queue import line
from kiosk.queue.model import Called, State, Ticket
from kiosk.queue.order import Waiting, expected_wait, in_order
from kiosk.queue.plan import plan, read
from kiosk.receipts import layout
from kiosk.receipts.contents import Letterhead, QueueSlip
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from kiosk.toml_file import FileRefused
from tests.conftest import Desks
from tests.faults.test_two_terminals import Two, code

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
THE_PLAN = plan(Path("/nowhere"))


@pytest.fixture
def two(settings: Settings) -> Iterator[Two]:
    counters = Two(settings)
    yield counters
    counters.close()


def drawn(desk: Any, service: str = "application", priority: str = "") -> Ticket:
    ticket = queue.issue(desk, service, priority)
    assert isinstance(ticket, Ticket), ticket
    return ticket


def called(desk: Any) -> Called:
    call = queue.call_next(desk)
    assert isinstance(call, Called), call
    return call


def finished(desk: Any) -> str:
    """The number that is called next, served at once."""
    call = called(desk)
    queue.start(desk)
    queue.served(desk)
    return call.number


# -- the rule


def test_priority_goes_first_but_nobody_waits_for_more_calls_than_stated() -> None:
    """However many priority numbers come, one with k ordinary ones before it waits (k + 1) * (in_a_row + 1) calls."""
    chance = random.Random(7)
    for _ in range(40):
        in_a_row, streak = chance.randint(1, 3), 0
        waiting: list[Waiting] = []
        limit: dict[int, int] = {}
        for number in range(120):
            priority = number >= 60 or chance.random() < 0.6
            waiting.append(Waiting(number, priority, AT + timedelta(minutes=number)))
            before = sum(not one.priority for one in waiting[:-1])
            limit[number] = (before + 1) * (in_a_row + 1)
            if chance.random() < 0.4:
                continue
            chosen = in_order(waiting, streak, in_a_row)[0]
            group = [one for one in waiting if one.priority == chosen.priority]
            assert chosen == group[0], "nobody is overtaken by a later one of the same kind"
            streak = streak + 1 if chosen.priority else 0
            waiting.remove(chosen)
            for one in waiting:
                limit[one.id] -= 1
                assert one.priority or limit[one.id] > 0, "it should have been called by now"


def test_an_ordinary_number_at_the_head_waits_for_two_priority_calls_at_most() -> None:
    line_ = [Waiting(0, False, AT), *(Waiting(n, True, AT + timedelta(minutes=n)) for n in range(1, 9))]
    for streak in (0, 1, 2):
        order = in_order(line_, streak, 2)
        assert [one.id for one in order].index(0) == 2 - streak
    assert [one.id for one in in_order([Waiting(1, False, AT), Waiting(2, True, AT)], 0, 2)] == [2, 1]


def test_an_expected_wait_is_rounded_up_and_shared_by_the_counters() -> None:
    assert expected_wait(0, timedelta(minutes=10), 1) == timedelta(0)
    assert expected_wait(3, timedelta(minutes=10), 2) == timedelta(minutes=15)
    assert expected_wait(1, timedelta(minutes=2), 0) == timedelta(minutes=5)


def test_every_mistake_in_a_plan_is_named() -> None:
    with pytest.raises(FileRefused) as refused:
        read(b'priority_in_a_row = 0\nabsences = 3\n[[service]]\nkey = "x"\nseries = "a1"\nsteps = []\nopens = ""\n')
    assert len(refused.value.problems) >= 4
    assert THE_PLAN.counter("loket-12").shown == "12"
    assert THE_PLAN.counter("front").shown == "ONT"


# -- at the counter


def test_numbers_are_gapless_for_each_series_and_day(office: Office, desks: Desks, monkeypatch: Any) -> None:
    assert [drawn(desks["sri"], s).number for s in ("application", "collection", "application")] == [
        "A001",
        "C001",
        "A002",
    ]
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert drawn(desks["sri"]).number == "A001"


def test_a_number_of_a_service_that_is_not_served_here_is_refused(office: Office, desks: Desks) -> None:
    assert code(queue.issue(desks["sri"], "payment")) is Code.FIELD_NOT_A_CHOICE
    assert code(queue.issue(desks["sri"], "application", "rich")) is Code.FIELD_NOT_A_CHOICE
    assert code(queue.issue(desks["eko"], "application")) is Code.NOT_YOUR_UNIT
    assert [service.key for service in queue.serves(desks["ratna"])] == ["payment"]


def test_a_number_is_called_again_begun_and_served(office: Office, desks: Desks) -> None:
    sri = desks["sri"]
    assert code(queue.call_next(sri)) is Code.QUEUE_EMPTY
    assert code(queue.recall(sri)) is Code.QUEUE_NO_CALL
    drawn(sri)
    drawn(sri, priority="pregnant")
    assert called(sri).number == "A002"
    assert code(queue.call_next(sri)) is Code.QUEUE_CALL_OPEN
    again = queue.recall(sri)
    assert isinstance(again, Called)
    assert again.times == 2
    assert code(queue.served(sri)) is Code.QUEUE_NOT_BEGUN
    begun = queue.start(sri)
    assert isinstance(begun, Called)
    assert begun.serving
    assert code(queue.absent(sri)) is Code.QUEUE_BEGUN
    assert called(sri).number == "A001", "calling the next ends the service of the one before"
    with office.store.reading():
        assert [row.state for row in QueueTicket.select().order_by(QueueTicket.serial)] == ["called", "served"]


def test_who_was_absent_keeps_the_place_for_a_return_until_it_was_too_often(office: Office, desks: Desks) -> None:
    sri = desks["sri"]
    first = drawn(sri)
    drawn(sri)
    for time in range(1, THE_PLAN.absences + 1):
        assert called(sri).number == "A001"
        gone = queue.absent(sri)
        assert isinstance(gone, Ticket)
        assert gone.state is (State.VOID if time == THE_PLAN.absences else State.ABSENT)
        if gone.state is State.ABSENT:
            assert isinstance(queue.back(sri, first.id), Ticket)
    assert code(queue.back(sri, first.id)) is Code.QUEUE_NOT_ABSENT
    assert finished(sri) == "A002"


def test_a_call_that_was_left_open_yesterday_does_not_stop_today(
    office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(desks["sri"])
    called(desks["sri"])
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    drawn(desks["sri"])
    assert called(desks["sri"]).number == "A001"
    with office.store.reading():
        assert [row.state for row in QueueTicket.select().order_by(QueueTicket.id)] == ["void", "called"]


def test_the_slip_has_number_time_and_wait_in_two_languages_and_no_code_or_name(office: Office, desks: Desks) -> None:
    drawn(desks["sri"])
    drawn(desks["sri"], priority="elderly")
    third = drawn(desks["sri"])
    assert (third.ahead, third.expected) == (2, timedelta(minutes=20)), "two of ten minutes (SOP step 1) at one counter"
    with office.store.reading():
        slip = from_json(QueueSlip, PrintJob.select().order_by(PrintJob.id.desc()).first().content)
    for columns in (32, 48):
        document = layout.lay_out(slip, columns, Letterhead.of(office.settings.office))
        lines = [element for element in document.lines if isinstance(element, Text)]
        assert not any(isinstance(element, Qr) for element in document.lines)
        assert any(one.line == "A003" and one.double for one in lines)
        text = " ".join(one.line for one in lines)
        assert all(word in text for word in ("NOMOR ANTREAN", "QUEUE NUMBER", "20 menit", "20 minutes"))
        assert "Sri" not in text


# -- two counters


def race(two: Two, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both counters choose before either of them takes. What each was answered."""
    meet, choose, first = threading.Barrier(2), queue._choose, threading.local()

    def together(*given: Any) -> int | None:
        found = choose(*given)
        if not getattr(first, "passed", False):
            first.passed = True
            meet.wait(20)
        return found

    monkeypatch.setattr(queue, "_choose", together)
    answers: list[Any] = []

    def call(desk: Any) -> None:
        try:
            answers.append(queue.call_next(desk))
        except ConstraintBroken as broken:
            answers.append(broken)

    threads = [threading.Thread(target=call, args=(desk,)) for desk in (two.here["ratna"], two.there["agus"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_two_counters_that_call_in_the_same_moment_get_two_numbers(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(two.here["ratna"], "payment")
    drawn(two.here["ratna"], "payment")
    answers = race(two, monkeypatch)
    assert sorted(answer.number for answer in answers) == ["B001", "B002"]
    with two.first.store.reading():
        assert {call.counter for call in line.open_calls()} == {"1", "2"}


def test_of_two_counters_and_one_number_one_is_told_that_nobody_waits(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(two.here["ratna"], "payment")
    answers = race(two, monkeypatch)
    assert sorted(isinstance(answer, Called) for answer in answers) == [False, True]
    assert [code(answer) for answer in answers if isinstance(answer, Refused)] == [Code.QUEUE_EMPTY]


@pytest.mark.maintainer
@pytest.mark.parametrize("indexed", [True, False])
def test_the_mutant_that_takes_without_the_condition_is_caught(
    two: Two, monkeypatch: pytest.MonkeyPatch, indexed: bool
) -> None:
    """The database's own rule stops it; without that rule too, two officers have one number, and this test sees it."""

    def take(ticket: int) -> bool:
        return bool(QueueTicket.update(state=State.CALLED).where(QueueTicket.id == ticket).execute())

    monkeypatch.setattr(queue, "take", take)
    monkeypatch.setattr(queue, "ATTEMPTS", 1)
    if not indexed:
        with two.first.store.writing():
            two.first.store.database.execute_sql("DROP INDEX one_open_call_for_a_ticket")
    drawn(two.here["ratna"], "payment")
    answers = race(two, monkeypatch)
    with two.first.store.reading():
        assert QueueCall.select().count() == (1 if indexed else 2)
    assert sum(isinstance(answer, Called) for answer in answers) == (1 if indexed else 2)


def test_a_terminal_hears_of_a_call_at_another(two: Two) -> None:
    heard = threading.Event()
    two.first.live.on_queue(heard.set)
    drawn(two.there["agus"], "payment")
    two.first.live._heard(frozenset({"queue:1"}))
    assert heard.is_set()
