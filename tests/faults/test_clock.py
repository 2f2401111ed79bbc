"""T1, T2: clocks that jump, drift, stand in another zone or differ between terminals.

Steps are timed by the monotonic clock; no receipt is issued by a clock behind the audit chain, and it is said why; the
promise to the applicant stands; receipts are judged with ten minutes' tolerance; the order is the database's.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from db.tables import Case, Receipt, StepRun
from kiosk import audit, clock
from kiosk.formats import clock_time
from kiosk.office import Office
from kiosk.receipts import facts
from kiosk.receipts.token import CLOCK_TOLERANCE, Payload, Verdict, verify
from kiosk.refusals import Code, Refused
from kiosk.steps import data_entry, intake, payment
from kiosk.words import Language, say
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import passport

WORKED_SECONDS = 90
NOW = datetime.now(UTC) + timedelta(minutes=20)
"""After the founding of any office of these tests."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the clock while an officer works."""

    name: str
    by: timedelta = timedelta(0)
    to: datetime | None = None
    zone: str = ""
    begin: datetime = NOW

    @property
    def behind(self) -> bool:
        """Further behind the chain than clocks may differ."""
        after = self.to or self.begin + self.by
        return after + CLOCK_TOLERANCE < self.begin

    @property
    def ahead(self) -> timedelta:
        return max(timedelta(0), (self.to or self.begin + self.by) - self.begin)


FAULTS = (
    Fault("an hour ahead", timedelta(hours=1)),
    Fault("an hour back", timedelta(hours=-1)),
    Fault("a day ahead", timedelta(days=1)),
    Fault("a day back", timedelta(days=-1)),
    Fault("1970", to=datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)),
    Fault("slewed ahead", timedelta(milliseconds=128)),
    Fault("slewed back", timedelta(milliseconds=-128)),
    Fault("within tolerance", timedelta(minutes=-9, seconds=-50)),
    Fault("beyond tolerance", timedelta(minutes=-11, seconds=-10)),
    Fault("a leap second", timedelta(seconds=-1), begin=datetime(NOW.year, 12, 31, 23, 59, 59, 900_000, UTC)),
    Fault("New York", zone="America/New_York"),
    Fault("Kiribati", zone="Pacific/Kiritimati"),
)


@contextmanager
def zone(name: str) -> Iterator[None]:
    """The machine's own time zone is `name`."""
    before = os.environ.get("TZ")
    if name:
        os.environ["TZ"] = name
        time.tzset()
    try:
        yield
    finally:
        if name:
            os.environ.pop("TZ")
            if before is not None:
                os.environ["TZ"] = before
            time.tzset()


OFTEN = {"an hour back", "a day ahead", "1970"}
"""Tried in every run; the others take their turn in the long form."""


@pytest.fixture(
    params=[
        pytest.param(each, id=each.name.replace(" ", "-"), marks=() if each.name in OFTEN else pytest.mark.long)
        for each in FAULTS
    ]
)
def fault(request: pytest.FixtureRequest) -> Fault:
    found = request.param
    assert isinstance(found, Fault)
    return found


def strike(fault: Fault, machine: time_machine.Traveller) -> None:
    machine.move_to(fault.to or datetime.now(UTC) + fault.by)


def receipts(office: Office) -> int:
    with office.store.reading():
        return int(Receipt.select().count())


def takes_in(office: Office, desks: Desks, number: int) -> intake.Produced | Refused:
    given = builders.given_intake(builders.an_applicant(passport=passport(f"5500{number:05d}")))
    answer = desks["sri"].steps.intake.complete(None, given, key=f"t1-{number}")
    assert isinstance(answer, intake.Produced | Refused)
    return answer


def accept(office: Office, now: datetime) -> None:
    """Two people accept the clock as it is now (kiosk audit clock)."""
    with office.store.writing():
        audit.accept_clock(now, audit.Signer(0, 0, "loket-1"), {})


def test_t1_a_step_is_timed_by_what_passed_whatever_the_clock_says(
    office: Office, desks: Desks, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(fault.begin, tick=True) as machine, zone(fault.zone):
        case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
        budi = desks["budi"]
        claim = budi.claim(case_id)
        assert not isinstance(claim, Refused), claim
        strike(fault, machine)
        passed = clock.monotonic() + WORKED_SECONDS
        monkeypatch.setattr(clock, "monotonic", lambda: passed)
        worked, _ = builders.touch_clock(budi, case_id)
        assert worked == pytest.approx(WORKED_SECONDS, abs=2)
        if not fault.behind:
            done = budi.steps.data_entry.complete(case_id, builders.given_data_entry(), key="t1", claim=claim)
            assert isinstance(done, data_entry.Produced), done
            with office.store.reading():
                run = StepRun.get((StepRun.case == case_id) & (StepRun.step == "data_entry"))
                assert run.seconds == pytest.approx(WORKED_SECONDS, abs=2)


def test_t1_no_receipt_is_issued_by_a_clock_behind_the_chain_and_it_is_said_why(
    office: Office, desks: Desks, fault: Fault
) -> None:
    with time_machine.travel(fault.begin, tick=True) as machine, zone(fault.zone):
        assert isinstance(takes_in(office, desks, 1), intake.Produced)
        before = receipts(office)
        strike(fault, machine)
        answer = takes_in(office, desks, 2)
        if fault.behind:
            assert isinstance(answer, Refused), answer
            assert answer.first.code is Code.CLOCK_WENT_BACK
            assert receipts(office) == before
            for language in Language:
                assert say(language, answer.first.key(), **answer.first.details)
                assert say(language, answer.first.next_key(), **answer.first.details)
            machine.move_to(fault.begin + timedelta(minutes=1))
            answer = takes_in(office, desks, 2)
        assert isinstance(answer, intake.Produced), answer
        if fault.ahead > CLOCK_TOLERANCE:
            machine.move_to(fault.begin + timedelta(minutes=2))
            answer = takes_in(office, desks, 3)
            assert isinstance(answer, Refused), "set right again it is behind what it wrote; two people accept that"
            assert answer.first.code is Code.CLOCK_WENT_BACK
            accept(office, datetime.now(UTC))
            assert isinstance(takes_in(office, desks, 3), intake.Produced)
        with office.store.reading():
            assert audit.verify().verified


def test_t1_the_promise_to_the_applicant_stands(office: Office, desks: Desks, fault: Fault) -> None:
    with time_machine.travel(fault.begin, tick=True) as machine, zone(fault.zone):
        case_id = builders.case_at_payment(office, desks)
        paid = builders.completed(desks["ratna"], case_id, "payment", builders.given_payment())
        assert isinstance(paid, payment.Produced), paid
        with office.store.reading():
            due = Case.get_by_id(case_id).promise_due
        agus = desks["agus"]
        claim = agus.claim(case_id)
        assert not isinstance(claim, Refused), claim
        strike(fault, machine)
        seen = agus.case(case_id)
        assert seen is not None
        assert seen.promise_due == due == paid.promise_due
        assert clock_time(clock.now()) == f"{datetime.now(UTC) + timedelta(hours=7):%H:%M}", (
            "WIB, whatever the machine's"
        )


def test_t1_a_receipt_is_judged_with_ten_minutes_tolerance(office: Office, desks: Desks, fault: Fault) -> None:
    with time_machine.travel(fault.begin, tick=True) as machine, zone(fault.zone):
        assert isinstance(takes_in(office, desks, 1), intake.Produced)
        with office.store.reading():
            token = Receipt.select().order_by(Receipt.id.desc()).first().token
        keys = facts.public_keys(office.store)
        strike(fault, machine)
        found = verify(token, keys, expected_type=None, office=office.settings.office.code, now=clock.now())
        if fault.behind:
            assert not isinstance(found, Payload)
            assert found.verdict is Verdict.NOT_YET_VALID
        else:
            assert isinstance(found, Payload), found


def test_t2_two_terminals_ten_minutes_apart_are_ordered_by_the_database(office: Office, desks: Desks) -> None:
    late = timedelta(minutes=-9, seconds=-59)
    with time_machine.travel(NOW, tick=True) as machine:
        for number in range(1, 7):
            machine.move_to(NOW + timedelta(seconds=number) + (late if number % 2 else timedelta(0)))
            assert isinstance(takes_in(office, desks, number), intake.Produced)
        case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant(passport=passport("550099999")))
        for number in range(6):
            machine.move_to(NOW + timedelta(minutes=1, seconds=number) + (late if number % 2 else timedelta(0)))
            act = "hold" if number % 2 == 0 else "release"
            moved = _hold_or_release(desks, case_id, act, number)
            assert not isinstance(moved, Refused), moved
        lines = [line.act for line in desks["budi"].history(case_id)]
        assert [str(act) for act in lines if act in ("hold", "release")] in (
            ["hold", "release"] * 3,
            ["release", "hold"] * 3,
        ), "as they were done, not as the clocks say"
        with office.store.reading():
            assert audit.verify().verified
            assert audit.head().at == max(audit.head().at, NOW)
            numbers = [row.number for row in Receipt.select().order_by(Receipt.id)]
        assert numbers == sorted(numbers)


def _hold_or_release(desks: Desks, case_id: int, act: str, number: int) -> object:
    from kiosk.cases.model import Act, Status

    hold = Status.WAITING_APPLICANT if act == "hold" else None
    return desks["budi"].act(case_id, Act(act), key=f"t2-{number}", reason="Menunggu berkas.", hold=hold)
