"""Attacks on the services by somebody who sits at a desk or writes to the database: each is refused."""

import secrets
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from db.tables import Duty, Handover
from kiosk import clock
from kiosk.cases.model import Act, Status
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.office import Office
from kiosk.people import officers
from kiosk.receipts.claim import Shown
from kiosk.refusals import Code, Refused
from kiosk.steps import handover
from tests import builders
from tests.conftest import Desks


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def passport(number: str) -> dict[str, Any]:
    return {"passport": replace(builders.an_applicant().passport, number=number)}


def handed_over(desk: Desk, case_id: int, key: str, **changes: Any) -> Any:
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused), claim
    given = builders.given_handover(desk.office, case_id, **changes)
    return desk.steps.handover.complete(case_id, given, key=key, claim=claim)


def give_duty(office: Office, desk: Desk, role: str, *, unit: str = "LALINTUSKIM") -> None:
    with office.store.writing():
        Duty.create(officer=desk.officer.id, unit=unit, role=role, valid_from=date(2026, 1, 1))


# keys of acts


def test_the_key_of_one_hand_over_does_not_hand_over_another_passport(office: Office, desks: Desks) -> None:
    first = builders.case_at_handover(office, desks, **passport("AA1111111"))
    second = builders.case_at_handover(office, desks, **passport("BB2222222"))
    assert isinstance(handed_over(desks["sri"], first, "same"), handover.Produced)
    assert code(handed_over(desks["sri"], second, "same")) is Code.CASE_MOVED_ON
    with office.store.reading():
        assert [row.case_id for row in Handover.select()] == [first]


def test_the_key_of_a_completion_is_no_answer_to_another_act(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_handover(office, desks)
    assert isinstance(handed_over(desks["sri"], case_id, "same"), handover.Produced)
    held = desks["made"].act(case_id, Act.HOLD, key="same", reason="menunggu pemohon", hold=Status.WAITING_APPLICANT)
    assert code(held) is Code.CASE_MOVED_ON


def test_the_key_of_one_application_does_not_answer_for_another_passport(office: Office, desks: Desks) -> None:
    sri, given = desks["sri"], builders.given_intake()
    first = sri.steps.intake.complete(None, given, key="same")
    assert not isinstance(first, Refused), first
    assert sri.steps.intake.complete(None, given, key="same") == first
    other = replace(given, passport_no="BB2222222")
    assert code(sri.steps.intake.complete(None, other, key="same")) is Code.CASE_MOVED_ON


# who acts


def test_nobody_is_the_second_person_beside_himself(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_handover(office, desks)
    give_duty(office, desks["agus"], "delivery_counter")
    himself = desks["sri"].witness("agus", "141421")
    agus = office.sign_in("agus", "141421")
    assert isinstance(agus, Desk)
    given = builders.given_handover(office, case_id, claim=Shown.LOST, reason="tanda bukti hilang")
    answer = builders.completed(agus, case_id, "handover", given, witness=himself)
    assert code(answer) is Code.SECOND_PERSON_NEEDED


def test_an_account_closed_while_its_desk_is_open_does_nothing_more(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_payment(office, desks)
    ratna = desks["ratna"]
    claim = ratna.claim(case_id)
    assert not isinstance(claim, Refused)
    with office.store.writing():
        officers.disable("ratna", now=clock.now(), signer=SYSTEM)
    paid = ratna.steps.payment.complete(case_id, builders.given_payment(), key=secrets.token_hex(16), claim=claim)
    assert code(paid) is Code.OFFICER_DISABLED
    assert code(ratna.claim(case_id)) is Code.OFFICER_DISABLED
    assert code(ratna.shifts.open(cash=False)) is Code.OFFICER_DISABLED


def test_a_desk_that_signed_out_does_nothing_more(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_payment(office, desks)
    hendra = desks["hendra"]
    hendra.sign_out()
    held = hendra.act(case_id, Act.HOLD, key="h", reason="menunggu pemohon", hold=Status.WAITING_APPLICANT)
    assert code(held) is Code.SIGN_IN_AGAIN


def test_a_duty_that_ended_is_not_done_from_a_desk_that_stayed_open(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_payment(office, desks)
    ratna = desks["ratna"]
    with office.store.writing():
        Duty.update(valid_until=date(2026, 1, 2)).where(Duty.officer == ratna.officer.id).execute()
    assert code(ratna.claim(case_id)) is Code.SIGN_IN_AGAIN


@pytest.mark.parametrize("hold", [Status.HELD_WATCHLIST, Status.NONCONFORMITY, Status.ACTIVE, Status.ENDED, None])
def test_a_bare_hold_is_only_a_waiting_one(office: Office, desks: Desks, hold: Status | None) -> None:
    case_id = builders.case_at_payment(office, desks)
    held = desks["made"].act(case_id, Act.HOLD, key="h", reason="alasan yang cukup", hold=hold)
    assert code(held) is Code.ACT_NOT_ALLOWED
