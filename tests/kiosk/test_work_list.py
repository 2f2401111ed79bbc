"""What stands in whose work list."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.tables import Case
from kiosk import clock
from kiosk.cases.model import Act, Moved, Outcome, Status, WorkItem
from kiosk.cases.urgency import Urgency, measure
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.regulations import load_regulations
from kiosk.taking_next import Taken, take_next
from tests.builders import an_applicant, pretend_intake
from tests.conftest import Desks
from tests.faults.thirteen import passport


@pytest.mark.parametrize("hold", [Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR])
def test_a_case_that_waits_for_somebody_stays_in_its_steps_list(office: Office, desks: Desks, hold: Status) -> None:
    case_id = pretend_intake(office, desks["sri"], an_applicant())
    budi = desks["budi"]
    held = budi.act(case_id, Act.HOLD, key="hold", reason="Surat sponsor ditunggu", hold=hold)
    assert isinstance(held, Moved), held
    assert [(item.case_id, item.status) for item in budi.work_list()] == [(case_id, hold)]
    assert desks["ratna"].work_list() == ()
    assert isinstance(budi.act(case_id, Act.RELEASE, key="go", reason="Surat sudah ada"), Moved)
    assert [item.status for item in budi.work_list()] == [Status.ACTIVE]


def test_the_list_is_read_page_by_page_with_held_ones_among_it(office: Office, desks: Desks) -> None:
    cases = [pretend_intake(office, desks["sri"], an_applicant(passport=passport(f"W{number}"))) for number in range(5)]
    budi = desks["budi"]
    budi.act(cases[1], Act.HOLD, key="hold", reason="Surat sponsor ditunggu", hold=Status.WAITING_APPLICANT)
    seen, after = [], None
    while page := budi.work_list(limit=2, after=after):
        seen += [item.case_id for item in page]
        after = page[-1].place
    assert sorted(seen) == cases
    assert len(set(seen)) == len(seen)


AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""A Tuesday, 09:00 WIB. The promise of the SOP is two working days: the 26th."""


@pytest.fixture
def waiting(office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Nine cases that wait for their data entry, the first the longest."""
    cases = [pretend_intake(office, desks["sri"], an_applicant(passport=passport(f"W{number}"))) for number in range(9)]
    monkeypatch.setattr(clock, "now", lambda: AT)
    for place, case_id in enumerate(cases):
        since = AT - timedelta(hours=len(cases) - place)
        change(office, case_id, waiting_since=since, permit_expiry=None, priority="", kind="visit_visa_extension")
    return cases


def change(office: Office, case_id: int, **columns: object) -> None:
    with office.store.writing():
        Case.update(**columns).where(Case.id == case_id).execute()


def pages(desk: Desk, limit: int) -> list[WorkItem]:
    seen: list[WorkItem] = []
    while page := desk.work_list(limit=limit, after=seen[-1].place if seen else None):
        seen += page
    return seen


@pytest.mark.parametrize("limit", [2, 3, 20])
def test_the_urgent_stand_first_in_one_order_for_everyone_on_pages_of_any_size(
    office: Office, desks: Desks, waiting: list[int], limit: int
) -> None:
    change(office, waiting[8], promise_due=AT - timedelta(minutes=1))
    change(office, waiting[7], promise_due=AT - timedelta(days=3), priority="elderly")
    change(office, waiting[6], permit_expiry=date(2026, 11, 26))
    change(office, waiting[5], promise_due=AT + timedelta(hours=5))
    change(office, waiting[4], priority="pregnant")
    change(office, waiting[3], priority="normal", promise_due=AT + timedelta(days=1), permit_expiry=date(2026, 12, 8))
    wanted = [
        (waiting[7], Urgency.PROMISE_BROKEN),
        (waiting[8], Urgency.PROMISE_BROKEN),
        (waiting[6], Urgency.PERMIT_ENDS),
        (waiting[5], Urgency.PROMISE_TODAY),
        (waiting[4], Urgency.PRIORITY),
        *((case_id, Urgency.NONE) for case_id in waiting[:4]),
    ]
    for login in ("budi", "eko"):
        assert [(item.case_id, item.urgency) for item in pages(desks[login], limit)] == wanted


def test_who_waits_for_the_applicant_at_the_end_breaks_no_promise_and_no_permit(
    office: Office, desks: Desks, waiting: list[int]
) -> None:
    past = {"promise_due": AT - timedelta(days=1), "permit_expiry": date(2026, 11, 20)}
    change(office, waiting[0], step="handover", outcome=Outcome.ISSUED, **past)
    (item,) = desks["sri"].work_list()
    assert item.urgency is Urgency.NONE


def test_a_permit_is_about_to_end_where_its_window_closes_before_the_file_would_be_ready(office: Office) -> None:
    regulations = load_regulations()
    for day, ends in ((24, date(2026, 11, 27)), (27, date(2026, 12, 2))):  # Friday the 27th: ready on Tuesday
        at = measure(office.procedure, regulations, AT.replace(day=day))
        last = {kind: horizon.last for horizon in at.horizons for kind in horizon.kinds}
        assert last["visit_visa_extension"] == ends, "the window closes on the working day before"
        assert last["bridging"] == ends + timedelta(days=2), "three calendar days before"


def test_a_kind_without_a_window_is_not_urgent_by_its_permit(office: Office, desks: Desks, waiting: list[int]) -> None:
    change(office, waiting[8], kind="newborn", permit_expiry=date(2026, 11, 25))
    assert [item.urgency for item in desks["budi"].work_list()] == [Urgency.NONE] * 9


def test_the_urgent_are_found_by_their_indexes(office: Office, desks: Desks, waiting: list[int]) -> None:
    """Without reading every case that waits: an office of 100,000 lists as quickly as one of a hundred."""
    database = office.store.database
    asked: list[tuple[str, object]] = []
    execute = database.execute_sql
    database.execute_sql = lambda sql, params=None: asked.append((sql, params)) or execute(sql, params)  # type: ignore[func-returns-value]
    try:
        desks["budi"].work_list()
    finally:
        del database.execute_sql
    (sql, params), *_ = [one for one in asked if "UNION" in one[0]]
    with office.store.reading():
        plan = [row[3] for row in execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    for column in ("promise_due", "permit_expiry", "priority"):
        assert any(f"itk_case_status_step_{column} (status=? AND step=? AND {column}" in line for line in plan), plan
    assert not [line for line in plan if line.startswith("SCAN itk_case")], plan


def test_the_next_case_is_the_most_urgent_that_nobody_holds_and_is_held_at_once(
    office: Office, desks: Desks, waiting: list[int]
) -> None:
    change(office, waiting[7], priority="elderly")
    change(office, waiting[0], status=Status.WAITING_APPLICANT)
    numbers = []
    for login in ("budi", "eko", "budi"):
        taken = take_next(desks[login])
        assert isinstance(taken, Taken)
        numbers.append(taken.item.case_id)
        assert taken.missed == ()
    assert numbers[:2] == [waiting[7], waiting[1]], "not the one that waits for its applicant"


def test_who_is_a_moment_too_late_gets_the_one_after_it(
    office: Office, desks: Desks, waiting: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    budi, eko = desks["budi"], desks["eko"]
    listed = budi.work_list(limit=20)
    assert not isinstance(eko.claim(waiting[0]), Refused)
    monkeypatch.setattr(budi, "work_list", lambda limit, after: listed if after is None else ())
    taken = take_next(budi)
    assert isinstance(taken, Taken)
    assert (taken.item.case_id, taken.missed) == (waiting[1], (listed[0].application_no,))
    for case_id in waiting[2:]:
        eko.claim(case_id)
    eko.claim(waiting[1])
    monkeypatch.setattr(budi, "work_list", lambda limit, after: listed[2:] if after is None else ())
    assert take_next(budi) is None
