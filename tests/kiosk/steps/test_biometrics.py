"""Step 8: paid first, then portrait and every finger; what can't be taken has a reason and a second officer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from db.tables import Case, Payment
from kiosk import clock
from kiosk.applicant import Request
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refused
from kiosk.steps import payment
from kiosk.steps.biometrics import FingerState, FingerTaken, Given, Produced
from tests.builders import (
    an_applicant,
    bill_of,
    case_at_approval,
    case_at_biometrics,
    completed,
    given_biometrics,
    pretend,
    produced_approval,
)

TODAY = clock.office_day(clock.now())


def refusals(desk: Desk, case_id: int, given: Given) -> list[tuple[Code, str | None]]:
    return [(refusal.code, refusal.field) for refusal in desk.steps.biometrics.check(case_id, given)]


def but(given: Given, position: int, state: FingerState, attempts: int = 2, reason: str = "luka bakar") -> Given:
    other = FingerTaken(position, state, attempts=attempts, reason=reason)
    return replace(given, fingers=tuple(other if f.position == position else f for f in given.fingers))


def test_portrait_and_ten_fingers_complete_the_step(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    given = given_biometrics(agus, case_id)
    produced = completed(agus, case_id, "biometrics", given)
    assert isinstance(produced, Produced)
    assert produced.portrait == given.portrait
    assert [(f.position, f.state, f.quality, f.attempts) for f in produced.fingers] == [
        (position, FingerState.CAPTURED, 80, 2) for position in range(1, 11)
    ]
    assert produced.exception_by == ""
    assert "IMI-417" in produced.basis


def test_nothing_is_taken_before_it_is_paid(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    given = given_biometrics(agus, case_id)
    assert agus.steps.biometrics.prepare(case_id).paid
    with office.store.writing():
        Payment.update(state="reversed").where(Payment.case == case_id).execute()
    assert not agus.steps.biometrics.prepare(case_id).paid
    assert refusals(agus, case_id, given) == [(Code.PAYMENT_NEEDED, None)]


def test_a_payment_of_another_case_does_not_count(office: Office, desks: dict[str, Desk]) -> None:
    paid = case_at_biometrics(office, desks)
    other = case_at_approval(office, desks, passport=replace(an_applicant().passport, number="530099999"))
    pretend(office, other, "approval", produced_approval(bill_of()))
    case = desks["agus"].case(paid)
    assert case is not None
    pretend(office, other, "payment", case.need("payment", payment.Produced))
    assert not desks["agus"].steps.biometrics.prepare(other).paid


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"notice_given": False}, (Code.NOTICE_NOT_GIVEN, "notice_given")),
        ({"portrait": 0}, (Code.PORTRAIT_NEEDED, "portrait")),
        ({"portrait": 9999}, (Code.CAPTURES_CHANGED, None)),
        ({"face_agrees": False}, (Code.FACE_NOT_PASSPORT, "face_agrees")),
        ({"interview": " "}, (Code.INTERVIEW_NEEDED, "interview")),
    ],
)
def test_what_must_be_there(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], expected: tuple[Code, str | None]
) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    assert refusals(agus, case_id, given_biometrics(agus, case_id, **changes)) == [expected]


@pytest.mark.parametrize(
    ("position", "state", "attempts", "reason", "expected"),
    [
        (3, FingerState.MISSING, 0, "amputasi", None),
        (3, FingerState.BANDAGED, 0, "luka baru", None),
        (3, FingerState.UNREADABLE, 1, "kulit kering", None),
        (1, FingerState.UNREADABLE, 2, "kulit kering", None),
        (3, FingerState.MISSING, 0, "", Code.REASON_NEEDED),
        (3, FingerState.UNREADABLE, 0, "kulit kering", Code.FINGER_NOT_TRIED),
        (1, FingerState.UNREADABLE, 1, "kulit kering", Code.FINGER_NOT_TRIED),
        (3, FingerState.CAPTURED, 1, "", Code.CAPTURES_CHANGED),
    ],
)
def test_a_finger_that_cannot_be_taken(
    office: Office,
    desks: dict[str, Desk],
    position: int,
    state: FingerState,
    attempts: int,
    reason: str,
    expected: Code | None,
) -> None:
    """Unreadable only after tries, more of them for a thumb; each with a reason."""
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    given = but(given_biometrics(agus, case_id), position, state, attempts, reason)
    assert refusals(agus, case_id, given) == ([(expected, f"finger_{position}")] if expected else [])


def test_every_finger_is_accounted_for_once(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    given = given_biometrics(agus, case_id)
    assert refusals(agus, case_id, replace(given, fingers=given.fingers[:8])) == [
        (Code.FINGER_OPEN, "finger_9"),
        (Code.FINGER_OPEN, "finger_10"),
    ]
    twice = replace(given, fingers=(*given.fingers, given.fingers[0]))
    assert refusals(agus, case_id, twice) == [(Code.CAPTURES_CHANGED, None)]
    swapped = replace(given.fingers[0], position=2), replace(given.fingers[1], position=1)
    mixed = replace(given, fingers=(*swapped, *given.fingers[2:]))
    assert {code for code, _ in refusals(agus, case_id, mixed)} == {Code.CAPTURES_CHANGED}


def test_an_absent_finger_is_approved_by_a_second_officer_of_the_unit(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    given = but(given_biometrics(agus, case_id), 2, FingerState.MISSING)

    def answer(login: str = "", pin: str = "") -> Any:
        witness = agus.witness(login, pin) if login else None
        assert not isinstance(witness, Refused)
        return completed(agus, case_id, "biometrics", given, witness=witness)

    alone = answer()
    assert isinstance(alone, Refused)
    assert alone.first.code is Code.SECOND_PERSON_NEEDED
    stranger = answer("ratna", "264575")
    assert isinstance(stranger, Refused)
    assert stranger.first.code is Code.SECOND_PERSON_OTHER_UNIT
    produced = answer("budi", "314159")
    assert isinstance(produced, Produced)
    assert produced.exception_by == "Budi Santoso"
    assert produced.fingers[1] == FingerTaken(2, FingerState.MISSING, attempts=2, reason="luka bakar")


def test_nobody_is_their_own_second_officer(desks: dict[str, Desk]) -> None:
    answer = desks["agus"].witness("agus", "141421")
    assert isinstance(answer, Refused)
    assert not isinstance(answer, Witness)


def test_a_minor_has_a_guardian_beside(office: Office, desks: dict[str, Desk]) -> None:
    data = an_applicant()
    child = {
        "holder": replace(data.holder, born=PartialDate(TODAY.year - 10, 1, 1)),
        "request": Request(30, "Ikut ibu", guardian_name="IVAN KUZNETSOV", guardian_relation="ayah"),
    }
    case_id, agus = case_at_biometrics(office, desks, **child), desks["agus"]
    prepared = agus.steps.biometrics.prepare(case_id)
    assert (prepared.minor, prepared.guardian) == (True, "IVAN KUZNETSOV")
    given = given_biometrics(agus, case_id)
    assert refusals(agus, case_id, given) == [(Code.GUARDIAN_ABSENT, "guardian_present")]
    assert refusals(agus, case_id, replace(given, guardian_present=True)) == []


def test_a_small_child_gives_a_portrait_only(office: Office, desks: dict[str, Desk]) -> None:
    data = an_applicant()
    born = TODAY - timedelta(days=900)
    child = {
        "holder": replace(data.holder, born=PartialDate.of(born)),
        "passport": replace(data.passport, issued=born + timedelta(days=30)),
        "request": Request(30, "Ikut ibu", guardian_name="IVAN KUZNETSOV", guardian_relation="ayah"),
    }
    case_id, agus = case_at_biometrics(office, desks, **child), desks["agus"]
    assert agus.steps.biometrics.prepare(case_id).wanted.fingers_wanted == ()
    given = replace(given_biometrics(agus, case_id), fingers=(), guardian_present=True)
    assert isinstance(completed(agus, case_id, "biometrics", given), Produced)


def test_an_older_policy_makes_the_interview_optional(office: Office, desks: dict[str, Desk]) -> None:
    """A kind whose policy asks for no interview: the newborn's."""
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    with office.store.writing():
        Case.update(kind="newborn").where(Case.id == case_id).execute()
    wanted = agus.steps.biometrics.prepare(case_id).wanted
    assert (wanted.photo, wanted.fingers_wanted, wanted.interview) == (True, (), "none")
    given = replace(given_biometrics(agus, case_id), fingers=(), interview="")
    assert refusals(agus, case_id, given) == []
