"""SOP Ketidaksesuaian: raised where the procedure says, held, and moved only by a decision on record."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from db.tables import Case, Nonconformity
from kiosk import clock
from kiosk.cases.model import Act, Moved, Outcome, Status
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refused
from kiosk.steps import nonconformity
from kiosk.steps.nonconformity import Actor, Decision, Finding, Prepared
from kiosk.working_calendar import Calendar
from tests.builders import case_at_approval, case_at_biometrics, case_at_scanning

TODAY = clock.office_day(clock.now())
FINDING = Finding("sponsor_doubtful", "Penjamin tidak dikenal di alamatnya.", Actor.LALINTUSKIM, TODAY, "foto rumah")
WITNESS = "made", "360555"


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def raised(desks: dict[str, Desk], case_id: int, login: str = "hendra") -> Moved:
    moved = nonconformity.raise_finding(desks[login], case_id, FINDING, key=secrets.token_hex(8))
    assert isinstance(moved, Moved), moved
    return moved


def decided(desk: Desk, case_id: int, outcome: str, note: str = "Sudah diperiksa.", **more: Any) -> Moved | Refused:
    witness = more.pop("witness", None)
    decision = Decision(outcome, note, **more)
    return nonconformity.decide(desk, case_id, decision, key=secrets.token_hex(8), witness=witness)


def seen(desk: Desk, case_id: int) -> Prepared:
    prepared = nonconformity.prepare(desk, case_id)
    assert isinstance(prepared, Prepared)
    return prepared


def test_a_finding_holds_the_case_where_it_was_raised(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks)
    assert raised(desks, case_id) == Moved(case_id, "approval", Status.NONCONFORMITY, Outcome.IN_PROCESS)
    found = seen(desks["hendra"], case_id).open
    assert found is not None
    assert (found.category, found.who_acts, found.evidence) == ("sponsor_doubtful", "lalintuskim", "foto rumah")
    assert found.raised_by == "Hendra Gunawan"
    assert desks["hendra"].history(case_id)[-1].act == "raise"


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (Finding("nonsense", "Ada yang salah.", Actor.APPLICANT, TODAY), Code.FIELD_NOT_A_CHOICE),
        (Finding("overstay", "x", Actor.APPLICANT, TODAY), Code.REASON_NEEDED),
        (Finding("overstay", "Lewat izin.", Actor.APPLICANT, TODAY - timedelta(days=1)), Code.DATE_TOO_EARLY),
        (Finding("overstay", "Lewat izin.", Actor.APPLICANT, date(2999, 1, 1)), Code.DATE_TOO_LATE),
    ],
)
def test_a_finding_says_what_who_and_by_when(
    office: Office, desks: dict[str, Desk], finding: Finding, expected: Code
) -> None:
    case_id = case_at_approval(office, desks)
    assert code(nonconformity.raise_finding(desks["hendra"], case_id, finding, key="f")) is expected
    with office.store.reading():
        assert Case.get_by_id(case_id).status == Status.ACTIVE
        assert Nonconformity.select().count() == 0


def test_it_is_raised_only_where_the_procedure_says_and_by_who_works_there(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id = case_at_scanning(office, desks)
    answer = nonconformity.raise_finding(desks["budi"], case_id, FINDING, key="a")
    assert code(answer) is Code.NONCONFORMITY_NOT_HERE
    assert code(seen(desks["budi"], case_id).why_not) is Code.NONCONFORMITY_NOT_HERE
    other = case_at_approval(office, desks, **_other_passport())
    assert code(nonconformity.raise_finding(desks["ratna"], other, FINDING, key="b")) is Code.NOT_YOUR_UNIT


def _other_passport() -> dict[str, Any]:
    from dataclasses import replace

    from tests.builders import an_applicant

    return {"passport": replace(an_applicant().passport, number="530099999")}


def test_only_a_decision_lets_the_case_go(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = case_at_approval(office, desks), desks["hendra"]
    raised(desks, case_id)
    for what in (Act.RELEASE, Act.REFUSE, Act.WITHDRAW, Act.TRANSFER):
        assert code(hendra.act(case_id, what, key=str(what), reason="jalan pintas")) is Code.NONCONFORMITY_OPEN
    assert code(hendra.act(case_id, Act.SEND_BACK, key="s", reason="jalan pintas", to="scanning")) is (
        Code.NONCONFORMITY_OPEN
    )
    again = nonconformity.raise_finding(hendra, case_id, FINDING, key="again")
    assert code(again) is Code.ACT_NOT_ALLOWED
    fresh = case_at_approval(office, desks, **_other_passport())
    bare = hendra.act(fresh, Act.RAISE, key="bare", reason="tanpa temuan", hold=Status.NONCONFORMITY)
    assert code(bare) is Code.ACT_NOT_ALLOWED


@pytest.mark.parametrize(
    ("outcome", "back_to", "expected"),
    [
        ("back_to_step", "", ("approval", Status.ACTIVE, Outcome.IN_PROCESS)),
        ("back_to_step", "approval", ("approval", Status.ACTIVE, Outcome.IN_PROCESS)),
        ("back_to_step", "data_entry", ("data_entry", Status.ACTIVE, Outcome.IN_PROCESS)),
        ("returned_to_applicant", "", ("approval", Status.WAITING_APPLICANT, Outcome.IN_PROCESS)),
        ("referred_wasdakim", "", ("approval", Status.NONCONFORMITY, Outcome.IN_PROCESS)),
        ("withdrawn", "", ("handover", Status.ACTIVE, Outcome.WITHDRAWN)),
    ],
)
def test_every_outcome_moves_the_case_as_the_procedure_says(
    office: Office, desks: dict[str, Desk], outcome: str, back_to: str, expected: tuple[str, Status, Outcome]
) -> None:
    case_id = case_at_approval(office, desks)
    raised(desks, case_id)
    assert decided(desks["hendra"], case_id, outcome, back_to=back_to) == Moved(case_id, *expected)
    with office.store.reading():
        row = Nonconformity.select().order_by(Nonconformity.id).first()
        assert (row.outcome, row.note, row.back_to) == (outcome, "Sudah diperiksa.", back_to)


def test_a_refusal_needs_a_second_person(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = case_at_approval(office, desks), desks["hendra"]
    raised(desks, case_id)
    assert code(decided(hendra, case_id, "refused", "Penjamin palsu.")) is Code.SECOND_PERSON_NEEDED
    witness = hendra.witness(*WITNESS)
    assert isinstance(witness, Witness)
    moved = decided(hendra, case_id, "refused", "Penjamin palsu.", witness=witness)
    assert moved == Moved(case_id, "handover", Status.ACTIVE, Outcome.REFUSED)


def test_a_decision_says_why_and_names_an_outcome_and_step_that_exist(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = case_at_approval(office, desks), desks["hendra"]
    raised(desks, case_id)
    assert code(decided(hendra, case_id, "back_to_step", "")) is Code.REASON_NEEDED
    assert code(decided(hendra, case_id, "forgiven")) is Code.FIELD_NOT_A_CHOICE
    assert code(decided(hendra, case_id, "back_to_step", back_to="payment")) is Code.ACT_NOT_ALLOWED
    assert seen(hendra, case_id).open is not None


def test_wasdakim_decides_what_was_referred_to_it(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra, wati = case_at_approval(office, desks), desks["hendra"], desks["wati"]
    raised(desks, case_id)
    assert code(decided(wati, case_id, "back_to_step")) is Code.NONCONFORMITY_NOT_YOURS
    assert isinstance(decided(hendra, case_id, "referred_wasdakim", "Periksa penjamin di lapangan."), Moved)
    assert code(decided(hendra, case_id, "back_to_step")) is Code.NONCONFORMITY_NOT_YOURS
    found = seen(wati, case_id)
    assert found.why_not is None
    assert found.open is not None
    assert (found.open.who_acts, len(found.earlier)) == ("wasdakim", 1)
    moved = decided(wati, case_id, "back_to_step", "Penjamin ditemukan, alamat baru.")
    assert moved == Moved(case_id, "approval", Status.ACTIVE, Outcome.IN_PROCESS)
    earlier = desks["hendra"].steps.approval.prepare(case_id).past
    assert [past.outcome for past in earlier] == ["referred_wasdakim", "back_to_step"]


def test_a_finding_waits_in_the_work_list_of_who_decides(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_biometrics(office, desks)
    raised(desks, case_id, "agus")

    def waits(login: str) -> bool:
        return case_id in [item.case_id for item in desks[login].work_list()]

    assert waits("hendra")
    assert waits("made")
    assert not waits("agus")
    assert not waits("wati")
    assert isinstance(decided(desks["hendra"], case_id, "referred_wasdakim"), Moved)
    assert waits("wati")
    assert not waits("hendra")


def test_the_promise_stands_still_while_the_case_is_held(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_biometrics(office, desks)
    raised(desks, case_id, "agus")
    began = _held_for(office, case_id, timedelta(days=9))
    before = desks["hendra"].case(case_id)
    assert before is not None
    assert before.promise_due is not None
    assert isinstance(decided(desks["hendra"], case_id, "back_to_step"), Moved)
    after = desks["hendra"].case(case_id)
    assert after is not None
    calendar = Calendar(office.regulations)
    assert after.promise_due == calendar.later(before.promise_due, began, clock.now())
    assert after.promise_due > before.promise_due


def _held_for(office: Office, case_id: int, length: timedelta) -> datetime:
    began = clock.now() - length
    with office.store.writing():
        Case.update(waiting_since=began).where(Case.id == case_id).execute()
    return began


def test_an_act_pressed_twice_is_one_decision(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = case_at_approval(office, desks), desks["hendra"]
    first = nonconformity.raise_finding(hendra, case_id, FINDING, key="same")
    assert nonconformity.raise_finding(hendra, case_id, FINDING, key="same") == first
    decision = Decision("back_to_step", "Sudah diperiksa.")
    assert nonconformity.decide(hendra, case_id, decision, key="d") == nonconformity.decide(
        hendra, case_id, decision, key="d"
    )
    with office.store.reading():
        assert Nonconformity.select().count() == 1
