"""A step is opened in one transaction, which says who looked; the chain's end is what a unit of work takes last."""

import json

import pytest

from db import turns
from db.tables import AuditEvent, Case, Claim, StepWork
from kiosk import audit, clock
from kiosk.cases.opening import Opened
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.steps import data_entry
from tests import builders
from tests.conftest import Desks


def looks(office: Office, case_id: int) -> list[str]:
    with office.store.reading():
        events = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
    looked = [event for event in events if (event["action"], event["subject"]) == ("read_case", f"case:{case_id}")]
    return [event["data"]["view"] for event in looked]


def test_who_opens_a_step_has_the_case_its_claim_and_what_the_step_shows(office: Office, desks: Desks) -> None:
    case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
    opened = desks["budi"].steps.data_entry.open(case_id)
    assert isinstance(opened, Opened)
    assert (opened.case.id, opened.case.step, opened.worked_seconds) == (case_id, "data_entry", 0)
    assert opened.prepared == desks["budi"].steps.data_entry.prepare(case_id)
    assert builders.touch_clock(desks["budi"], case_id) == (0, True)
    assert looks(office, case_id) == ["data_entry"], "once, for all that one look showed"
    again = desks["budi"].steps.data_entry.open(case_id)
    assert isinstance(again, Opened)
    assert again.claim.token == opened.claim.token
    assert looks(office, case_id) == ["data_entry"]
    other = desks["eko"].steps.data_entry.open(case_id)
    assert isinstance(other, Refused)
    assert other.first.code is Code.CLAIMED_BY_OTHER
    assert looks(office, case_id) == ["data_entry"], "who was refused was shown nothing"
    done = desks["budi"].steps.data_entry.complete(case_id, builders.given_data_entry(), key="k", claim=again.claim)
    assert isinstance(done, data_entry.Produced), done


def test_a_step_that_the_case_has_left_is_not_opened_and_nothing_is_claimed(office: Office, desks: Desks) -> None:
    case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
    opened = desks["wati"].steps.verification.open(case_id)
    assert isinstance(opened, Refused)
    assert opened.first.code is Code.CASE_MOVED_ON
    with office.store.reading():
        assert Claim.select().where(Claim.case == case_id, Claim.released_at.is_null()).count() == 0
        assert StepWork.select().where(StepWork.case == case_id, StepWork.closed_at.is_null()).count() == 0
    assert looks(office, case_id) == []


def test_a_look_that_could_not_be_recorded_shows_nothing_and_claims_nothing(
    office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())

    def broken(*_: object) -> audit.Head:
        raise OSError("no chain")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "link", broken)
        with pytest.raises(OSError, match="no chain"):
            desks["budi"].steps.data_entry.open(case_id)
    with office.store.reading():
        assert Claim.select().where(Claim.case == case_id, Claim.released_at.is_null()).count() == 0
    assert isinstance(desks["budi"].steps.data_entry.open(case_id), Opened)
    assert looks(office, case_id) == ["data_entry"]


def test_events_come_last_in_a_unit_of_work_in_the_order_they_were_said(office: Office) -> None:
    signer = audit.Signer(0, 0, "loket-1")
    with office.store.writing():
        before = audit.head()
        audit.append(clock.now(), signer, "first")
        audit.append(clock.now(), signer, "second")
        assert audit.head() == before, "the chain's end is free until the unit of work ends"
        Case.update(priority="none").where(Case.id == 0).execute()
    with office.store.reading():
        rows = AuditEvent.select().where(AuditEvent.seq > before.seq).order_by(AuditEvent.seq)
        assert [json.loads(row.body)["action"] for row in rows] == ["first", "second"]
        assert audit.verify().verified


def test_events_of_a_unit_of_work_that_failed_are_not_in_the_chain(office: Office) -> None:
    with office.store.reading():
        before = audit.head()
    with pytest.raises(LookupError), office.store.writing():
        audit.append(clock.now(), audit.Signer(0, 0, "loket-1"), "never")
        raise LookupError
    with office.store.writing():
        turns.take(turns.Hold(turns.Turn.SLIPS, "1"), turns.Hold(turns.Turn.WATCHLIST))
    with office.store.reading():
        assert audit.head() == before
