"""The estimate of the ready time: its rule, where it is printed and shown, and its error on finished cases."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.tables import Case, PrintJob, StepRun
from kiosk import clock
from kiosk.office import Office
from kiosk.prediction import history
from kiosk.prediction.model import (
    LEAST,
    LEAST_MEASURED,
    MEASURED,
    Estimate,
    Kept,
    Passage,
    kept,
    met,
    predict,
)
from kiosk.queue.board import QueueDisplay
from kiosk.receipts import layout
from kiosk.receipts.contents import Letterhead, PaymentReceipt
from kiosk.records import from_json
from kiosk.regulations import load_regulations
from kiosk.reports.prediction import measured
from kiosk.self_service import SelfService
from kiosk.working_calendar import Calendar
from tests.builders import case_at_payment, claim_token, completed, given_payment
from tests.conftest import Desks
from tests.screens import counter

REGULATIONS = load_regulations()
CALENDAR = Calendar(REGULATIONS)
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
"""08:00 WIB."""
HOUR = timedelta(hours=1)


def passages(hours: list[int]) -> list[Passage]:
    return [
        Passage(at, CALENDAR.after(at, hour * HOUR))
        for number, hour in enumerate(hours)
        for at in [CALENDAR.after(MONDAY, number * 12 * HOUR)]
    ]


def test_office_time_is_added_over_breaks_nights_and_weekends() -> None:
    friday = MONDAY + timedelta(days=4)
    for began in (MONDAY, friday, friday + timedelta(hours=20), MONDAY + timedelta(hours=4, minutes=20)):
        for length in (timedelta(0), HOUR, 5 * HOUR, 30 * HOUR, timedelta(minutes=7)):
            ended = CALENDAR.after(began, length)
            assert CALENDAR.working_time(began, ended) == length
            assert length == timedelta(0) or CALENDAR.working_time(ended - timedelta(minutes=1), ended)


def test_four_in_five_were_ready_by_then_and_few_cases_tell_nothing() -> None:
    found = passages([4] * 8 + [10] * 2)
    now = datetime(2026, 12, 7, 1, 0, tzinfo=UTC)
    assert predict(CALENDAR, found, now, 0) == CALENDAR.after(now, 10 * HOUR)
    assert predict(CALENDAR, passages([4] * 9 + [10]), now, 0) == CALENDAR.after(now, 4 * HOUR)
    assert predict(CALENDAR, found[: LEAST - 1], now, 0) is None


def test_more_cases_under_way_than_usual_make_it_longer_but_not_without_limit() -> None:
    found = passages([4] * 10)
    assert all(met(found, one.entered) == 0 for one in found)
    now = datetime(2026, 12, 7, 1, 0, tzinfo=UTC)
    ready = [predict(CALENDAR, found, now, others) for others in (0, 1, 2, 40)]
    assert ready == [CALENDAR.after(now, hours * HOUR) for hours in (4, 8, 12, 12)]


def test_of_the_newest_estimates_those_are_counted_that_came_true() -> None:
    long_waits = [4] * (LEAST + 12) + [30] * 3 + [4] * (MEASURED - 15)
    assert kept(CALENDAR, passages(long_waits)) == Kept(MEASURED - 3, MEASURED), "three came days after what was said"
    assert kept(CALENDAR, passages([4] * (LEAST + LEAST_MEASURED))) == Kept(LEAST_MEASURED, LEAST_MEASURED)
    assert kept(CALENDAR, passages([4] * (LEAST + LEAST_MEASURED - 1))) is None, "too few to say anything"


def a_finished_case(office: Office, number: int, paid: datetime, ready: datetime) -> None:
    with office.store.writing():
        case = Case.create(
            application_no=f"ITK-{number}",
            kind="voa_extension",
            procedure=office.procedure.hash,
            step="handover",
            status="active",
            outcome="issued",
            opened_at=paid,
            waiting_since=ready,
            holder_name="X",
            nationality="RUS",
            issuing_state="RUS",
            passport_no=f"P{number}",
        )
        for step, at in (("payment", paid), ("stamp_scan", ready)):
            StepRun.create(case=case.id, step=step, attempt=1, officer=1, completed_at=at, seconds=60, output="{}")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on Tuesday 24 November 2026, 08:05."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def busy(office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Forty finished cases, each ready four to nine office hours after its payment; it is 09:00."""
    case_at_payment(office, desks)  # so that the procedure is known
    chance = random.Random(3)
    for number in range(40):
        paid = CALENDAR.after(MONDAY - timedelta(days=60), number * 3 * HOUR)
        a_finished_case(office, number, paid, CALENDAR.after(paid, chance.uniform(4, 9) * HOUR))
    now = counter.AT + timedelta(minutes=55)
    monkeypatch.setattr(clock, "now", lambda: now)
    return office


def test_the_claim_says_the_estimate_beside_the_promise_and_pickup_and_board_show_it(
    busy: Office, desks: Desks
) -> None:
    with busy.store.reading():
        case_id = Case.select().where(Case.step == "payment").get().id
    completed(desks["ratna"], case_id, "payment", given_payment(paid_on=clock.office_day(clock.now())))
    with busy.store.reading():
        job = PrintJob.get(PrintJob.paper == "PaymentReceipt")
    paper = from_json(PaymentReceipt, job.content)
    assert paper.estimated_ready == date(2026, 11, 25), "nine office hours after Tuesday 09:00"
    assert paper.expected_ready == date(2026, 11, 26)
    assert (paper.estimates_kept, paper.estimates_measured) == (20, 20)
    printed = layout.lay_out(paper, 48, Letterhead.of(busy.settings.office))
    assert any("25 November 2026" in getattr(line, "line", "") for line in printed.lines)
    shown = SelfService(busy).ask(claim_token(busy, case_id))
    assert (shown.ready, shown.kept) == (date(2026, 11, 25), Kept(20, 20))
    assert QueueDisplay(busy).now().ready == Estimate(date(2026, 11, 25), Kept(20, 20))


def test_the_error_is_measured_from_what_was_known_then(busy: Office) -> None:
    with busy.store.reading():
        report = measured(busy.procedure, REGULATIONS)
        known = history.passages(busy.procedure, "biometrics")
    assert report.finished == len(known) == 40
    assert report.estimate is not None
    assert report.promise is not None
    assert report.estimate.cases == report.promise.cases < 40 - LEAST, "the first ones had nothing to go by"
    assert report.estimate.on_day >= 0.8
    assert report.estimate.median_hours < report.promise.median_hours
    assert report.estimate.days_said < report.promise.days_said


def test_without_finished_cases_there_is_no_estimate(office: Office, desks: Desks) -> None:
    with office.store.reading():
        now = clock.now()
        assert history.ready_if_paid_now(office.procedure, REGULATIONS, now) is None
        assert measured(office.procedure, REGULATIONS).estimate is None
        step: Any = history.steps_to_ready(office.procedure)
    assert step == ("biometrics", "registration", "endorsement", "stamp_scan")
