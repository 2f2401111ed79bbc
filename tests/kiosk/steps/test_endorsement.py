"""Step 10: the only signature in the passport, by the Kakanim or a delegate of today, never by the clerk of step 9."""

from datetime import timedelta
from typing import Any

import pytest

from db.tables import Delegation, Duty
from kiosk import clock
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.office import Office
from kiosk.people import officers
from kiosk.people.authority import authority_of
from kiosk.refusals import Code, Refused
from kiosk.steps import endorsement
from tests.builders import (
    case_at_endorsement,
    case_at_registration,
    completed,
    given_endorsement,
    given_registration,
)


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def delegated(
    office: Office, desk: Desk, *, kind: str = "plh", basis: str = "KEP-12", first: int = 0, last: int = 0
) -> int:
    """Give the officer at `desk` the head's authority from `first` to `last` days from today."""
    now = clock.now()
    day = clock.office_day(now)
    with office.store.writing():
        return officers.delegate(
            desk.officer.id,
            kind=kind,
            basis=basis,
            valid_from=day + timedelta(days=first),
            valid_until=day + timedelta(days=last),
            now=now,
            signer=SYSTEM,
        )


def signed_in_again(office: Office, login: str, pin: str) -> Desk:
    desk = office.sign_in(login, pin)
    assert isinstance(desk, Desk)
    return desk


def stamped_for(office: Office, desks: dict[str, Desk], signatory: int) -> int:
    """A case at step 10 whose stamp names that officer."""
    case_id = case_at_registration(office, desks)
    given = given_registration(desks["yusuf"], case_id, signatory=signatory)
    assert not isinstance(completed(desks["yusuf"], case_id, "registration", given), Refused)
    return case_id


def test_the_kakanim_signs_as_head_of_the_office(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_endorsement(office, desks)
    shown = desks["made"].steps.endorsement.prepare(case_id)
    assert shown.authority == "office_head"
    assert shown.register_no in shown.stamp_text[2]
    produced = completed(desks["made"], case_id, "endorsement", given_endorsement())
    assert (produced.signatory, produced.title) == ("Made Adnyana", "Kepala Kantor Imigrasi")
    assert (produced.staff_no, produced.authority) == ("196811171994031011", "office_head")


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("plh", "Plh. Kepala Kantor Imigrasi"),
        ("plt", "Plt. Kepala Kantor Imigrasi"),
        ("delegate", "a.n. Kepala Kantor Imigrasi"),
    ],
)
def test_a_delegate_of_today_signs_under_the_decision(
    office: Office, desks: dict[str, Desk], kind: str, title: str
) -> None:
    delegated(office, desks["hendra"], kind=kind)
    case_id = stamped_for(office, desks, desks["hendra"].officer.id)
    hendra = signed_in_again(office, "hendra", "223606")
    produced = completed(hendra, case_id, "endorsement", given_endorsement())
    assert isinstance(produced, endorsement.Produced), produced
    assert (produced.title, produced.authority) == (title, f"{kind} KEP-12")


@pytest.mark.parametrize(("first", "last"), [(-9, -1), (1, 9)])
def test_a_delegation_of_another_day_signs_nothing(
    office: Office, desks: dict[str, Desk], first: int, last: int
) -> None:
    case_id = case_at_endorsement(office, desks)
    delegated(office, desks["hendra"], first=first, last=last)
    hendra = signed_in_again(office, "hendra", "223606")
    assert code(hendra.claim(case_id)) is Code.NOT_YOUR_UNIT
    assert endorsement.KEY not in {item.step for item in hendra.work_list()}


def test_a_delegation_revoked_at_lunch_ends_at_once(office: Office, desks: dict[str, Desk]) -> None:
    delegated(office, desks["hendra"])
    case_id = stamped_for(office, desks, desks["hendra"].officer.id)
    hendra = signed_in_again(office, "hendra", "223606")
    with office.store.writing():
        officers.revoke(hendra.officer.id, now=clock.now(), signer=SYSTEM)
    assert code(completed(hendra, case_id, "endorsement", given_endorsement())) is Code.NO_AUTHORITY_TO_ENDORSE
    assert hendra.steps.endorsement.prepare(case_id).authority == ""


def test_a_delegation_that_ends_at_midnight_ends_at_midnight(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    delegated(office, desks["hendra"])
    case_id = stamped_for(office, desks, desks["hendra"].officer.id)
    hendra = signed_in_again(office, "hendra", "223606")
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert code(completed(hendra, case_id, "endorsement", given_endorsement())) is Code.NO_AUTHORITY_TO_ENDORSE


def test_a_head_who_has_left_the_post_signs_no_more(office: Office, desks: dict[str, Desk]) -> None:
    case_id, made = case_at_endorsement(office, desks), desks["made"]
    yesterday = clock.office_day(clock.now()) - timedelta(days=1)
    with office.store.writing():
        Duty.update(valid_until=yesterday).where(Duty.officer == made.officer.id).execute()
    assert code(made.claim(case_id)) is Code.SIGN_IN_AGAIN
    assert code(made.steps.endorsement.complete(case_id, given_endorsement(), key="k")) is Code.SIGN_IN_AGAIN
    assert code(signed_in_again(office, "made", "360555").claim(case_id)) is Code.NOT_YOUR_UNIT


def test_who_registered_never_endorses_even_with_a_delegation(office: Office, desks: dict[str, Desk]) -> None:
    delegated(office, desks["yusuf"])
    case_id = stamped_for(office, desks, desks["yusuf"].officer.id)
    yusuf = signed_in_again(office, "yusuf", "282842")
    answer = completed(yusuf, case_id, "endorsement", given_endorsement())
    assert code(answer) is Code.SAME_PERSON
    assert isinstance(answer, Refused)
    assert answer.first.details["other"] == 9


def test_a_second_account_of_the_register_clerk_is_the_same_person(office: Office, desks: dict[str, Desk]) -> None:
    now, yusuf = clock.now(), desks["yusuf"].officer
    with office.store.writing():
        officers.add(
            login="yusuf2",
            name="Yusuf Hidayat",
            staff_no=yusuf.staff_no,
            pin="918273",
            duties=(("OFFICE_HEAD", "endorser"),),
            now=now,
            signer=SYSTEM,
            since=clock.office_day(now),
        )
    case_id = case_at_endorsement(office, desks)
    other = signed_in_again(office, "yusuf2", "918273")
    assert code(completed(other, case_id, "endorsement", given_endorsement())) is Code.SAME_PERSON


def test_a_stamp_that_names_another_signatory_is_not_signed(office: Office, desks: dict[str, Desk]) -> None:
    delegated(office, desks["hendra"])
    case_id = case_at_endorsement(office, desks)
    hendra = signed_in_again(office, "hendra", "223606")
    answer = completed(hendra, case_id, "endorsement", given_endorsement())
    assert code(answer) is Code.STAMP_NAMES_OTHER
    assert isinstance(answer, Refused)
    assert answer.first.details["signatory"] == "Made Adnyana"


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"stamp_seen": False}, Code.STAMP_NOT_CONFIRMED, "stamp_seen"),
        ({"signed": False}, Code.SIGNATURE_NOT_CONFIRMED, "signed"),
    ],
)
def test_the_signatory_looks_and_signs(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], refusal: Code, field: str
) -> None:
    case_id = case_at_endorsement(office, desks)
    answer = completed(desks["made"], case_id, "endorsement", given_endorsement(**changes))
    assert code(answer) is refusal
    assert isinstance(answer, Refused)
    assert answer.first.field == field


def test_authority_is_read_from_the_decisions_in_force(office: Office, desks: dict[str, Desk]) -> None:
    day = clock.office_day(clock.now())
    hendra, made = desks["hendra"].officer.id, desks["made"].officer.id
    number = delegated(office, desks["hendra"], last=3)
    with office.store.reading():
        assert authority_of(made, day) == "office_head"
        assert authority_of(hendra, day + timedelta(days=3)) == "plh KEP-12"
        assert authority_of(hendra, day + timedelta(days=4)) == ""
        assert authority_of(desks["sri"].officer.id, day) == ""
    with office.store.writing():
        Delegation.update(revoked_at=clock.now()).where(Delegation.id == number).execute()
    with office.store.reading():
        assert authority_of(hendra, day) == ""
