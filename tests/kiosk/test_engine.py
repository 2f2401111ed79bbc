"""The engine with rules of one line: done once, moved once, refused for the right reason."""

import threading
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from db.tables import Case, CaseEvent, Claim, Part, RegisterNumber, StepRun
from kiosk import audit
from kiosk.cases import claims, engine
from kiosk.cases.model import Act, CaseFile, Moved, Outcome, Status
from kiosk.cases.moves import GO_ON, Move, Position, after_act, after_completion, allowed
from kiosk.cases.rules import Opening
from kiosk.cases.work import Look, Work
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refusal, Refused
from tests import builders

WHO_DOES = {
    "intake": "sri",
    "data_entry": "budi",
    "watchlist": "wati",
    "verification": "agus",
    "scanning": "budi",
    "approval": "hendra",
    "payment": "ratna",
    "biometrics": "agus",
    "registration": "yusuf",
    "endorsement": "made",
    "stamp_scan": "budi",
    "handover": "sri",
    "archiving": "eko",
}


@dataclass(frozen=True, slots=True)
class Given:
    value: str = ""
    passport_no: str = "X1234567"


@dataclass(frozen=True, slots=True)
class Produced:
    value: str


class Plain:
    """Rules that produce what they are given, and refuse `bad`."""

    Given = Given
    Produced = Produced

    def __init__(self, key: str, move: Move = GO_ON) -> None:
        self.KEY = key
        self.move = move

    def opening(self, given: Given) -> Opening:
        return Opening("visit_visa_extension", "ANNA LEE", "NLD", "NLD", given.passport_no, date(2027, 1, 1), "")

    def check(self, look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
        return (Refusal(Code.FIELD_REQUIRED, "value"),) if given.value == "bad" else ()

    def apply(self, work: Work, case: CaseFile, given: Given) -> Produced:
        if given.value == "explode":
            raise RuntimeError("defect")
        return Produced(given.value)

    def go(self, case: CaseFile, produced: Produced) -> Move:
        return self.move


def open_case(desks: dict[str, Desk], key: str = "k-open", passport: str = "X1234567") -> int:
    desk = desks["sri"]
    answer = engine.complete(desk.office.store, desk.look(), Plain("intake"), None, Given("opened", passport), key=key)
    assert isinstance(answer, Produced)
    with desk.office.store.reading():
        return int(CaseEvent.get(CaseEvent.key == key).case_id)


def do(desk: Desk, step: str, case_id: int, *, key: str = "", value: str = "", claim: bool = True) -> Any:
    if claim:
        taken = desk.claim(case_id)
        if isinstance(taken, Refused):
            return taken
    rules = Plain(step)
    return engine.complete(
        desk.office.store, desk.look(), rules, case_id, Given(value or step), key=key or f"{case_id}-{step}"
    )


def walk(desks: dict[str, Desk], case_id: int, until: str) -> None:
    for step in desks["sri"].office.procedure.steps[1:]:
        if step.key == until:
            return
        answer = do(desks[WHO_DOES[step.key]], step.key, case_id, key=f"{case_id}-{step.key}")
        assert isinstance(answer, Produced), (step.key, answer)


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def test_a_case_walks_from_intake_to_the_archive(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    walk(desks, case_id, "")
    case = desks["sri"].case(case_id)
    assert case is not None
    assert (case.status, case.outcome) == (Status.ENDED, Outcome.ISSUED)
    assert [line.act for line in desks["sri"].history(case_id)] == ["open"] + ["complete"] * 13
    assert len(case.runs) == 13
    with office.store.reading():
        assert audit.verify().verified


def test_the_same_key_gives_the_same_answer_and_one_event(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    first = do(desks["budi"], "data_entry", case_id, key="once", value="first")
    again = do(desks["budi"], "data_entry", case_id, key="once", value="second", claim=False)
    assert first == again == Produced("first")
    with office.store.reading():
        assert StepRun.select().where(StepRun.case == case_id).count() == 2


def test_one_open_case_for_a_passport(desks: dict[str, Desk]) -> None:
    open_case(desks)
    desk = desks["sri"]
    answer = engine.complete(desk.office.store, desk.look(), Plain("intake"), None, Given("x"), key="other")
    assert code(answer) is Code.PASSPORT_HAS_OPEN_CASE


def test_a_wrong_unit_is_refused_with_the_right_one_named(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    answer = do(desks["ratna"], "data_entry", case_id)
    assert code(answer) is Code.NOT_YOUR_UNIT
    assert answer.first.details["unit"] == "Lalintuskim"


def test_a_step_out_of_order_is_refused(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert code(do(desks["budi"], "scanning", case_id)) is Code.CASE_MOVED_ON


def test_a_refusal_of_the_rules_keeps_nothing(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert code(do(desks["budi"], "data_entry", case_id, value="bad")) is Code.FIELD_REQUIRED
    with office.store.reading():
        assert Case.get_by_id(case_id).step == "data_entry"
        assert CaseEvent.select().where(CaseEvent.case == case_id).count() == 2


def test_a_defect_in_a_rule_keeps_nothing(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    with pytest.raises(RuntimeError):
        do(desks["budi"], "data_entry", case_id, value="explode")
    with office.store.reading():
        assert Case.get_by_id(case_id).step == "data_entry"
        assert audit.verify().verified


def test_two_terminals_cannot_work_on_one_case(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert not isinstance(desks["budi"].claim(case_id), Refused)
    answer = desks["eko"].claim(case_id)
    assert code(answer) is Code.CLAIMED_BY_OTHER
    assert answer.first.details["officer"] == "Budi Santoso"  # type: ignore[union-attr]


def test_a_lapsed_claim_is_taken_over_and_the_late_writer_is_refused(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    budi, eko = desks["budi"], desks["eko"]
    late = budi.claim(case_id)
    assert not isinstance(late, Refused)
    with office.store.writing():
        Claim.update(lease_until=budi.look().now - timedelta(minutes=1)).where(Claim.case == case_id).execute()
    assert not isinstance(eko.claim(case_id), Refused)
    answer = engine.complete(
        office.store, budi.look(), Plain("data_entry"), case_id, Given("late"), key="late", claim_token=late.token
    )
    assert code(answer) is Code.CLAIM_LAPSED
    assert isinstance(do(eko, "data_entry", case_id), Produced)


def test_the_person_of_step_2_may_not_do_step_4(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    walk(desks, case_id, "verification")
    agus = desks["agus"]
    with office.store.writing():
        Part.create(case=case_id, part="data_entry", person=agus.officer.person_id, at=agus.look().now)
    answer = do(agus, "verification", case_id)
    assert code(answer) is Code.SAME_PERSON
    assert answer.first.details["other"] == 2


@pytest.mark.parametrize(
    ("first", "second"), [("data_entry", "verification"), ("approval", "payment"), ("registration", "endorsement")]
)
def test_the_database_itself_separates_duties(office: Office, desks: dict[str, Desk], first: str, second: str) -> None:
    from db.connection import ConstraintBroken

    case_id = open_case(desks)
    person, now = desks["budi"].officer.person_id, desks["budi"].look().now
    with office.store.writing():
        Part.create(case=case_id, part=first, person=person, at=now)
    with pytest.raises(ConstraintBroken, match="separation_of_duty"), office.store.writing():
        Part.create(case=case_id, part=second, person=person, at=now)


def test_going_back_keeps_history_and_voids_the_register_number(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    walk(desks, case_id, "endorsement")
    yusuf = desks["yusuf"]
    now = yusuf.look().now
    with office.store.writing():
        RegisterNumber.create(
            year=2026, series="A", serial=1, number="N-1", case=case_id, officer=yusuf.officer.id, drawn_at=now
        )
    moved = desks["made"].act(case_id, Act.SEND_BACK, key="back", reason="nama salah pada cap", to="approval")
    assert moved == Moved(case_id, "approval", Status.ACTIVE, Outcome.IN_PROCESS)
    case = desks["made"].case(case_id)
    assert case is not None
    assert case.attempt == 2
    assert set(case.runs) == {"intake", "data_entry", "watchlist", "verification", "scanning"}
    with office.store.reading():
        assert RegisterNumber.get().void_reason == "nama salah pada cap"
        assert StepRun.select().where(StepRun.case == case_id).count() == 9


def test_an_act_needs_a_reason(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert code(desks["budi"].act(case_id, Act.WITHDRAW, key="w", reason=" ")) is Code.REASON_NEEDED


def test_a_refused_application_still_returns_the_passport_and_is_archived(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    walk(desks, case_id, "approval")
    moved = desks["hendra"].act(case_id, Act.REFUSE, key="r", reason="tujuan tidak sesuai")
    assert moved == Moved(case_id, "handover", Status.ACTIVE, Outcome.REFUSED)
    assert isinstance(do(desks["sri"], "handover", case_id), Produced)
    assert isinstance(do(desks["eko"], "archiving", case_id), Produced)
    case = desks["eko"].case(case_id)
    assert case is not None
    assert (case.status, case.outcome) == (Status.ENDED, Outcome.REFUSED)


def test_a_held_case_refuses_work_until_released(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    held = desks["budi"].act(case_id, Act.HOLD, key="h", reason="menunggu pemohon", hold=Status.WAITING_APPLICANT)
    assert isinstance(held, Moved)
    assert code(do(desks["budi"], "data_entry", case_id)) is Code.CASE_ON_HOLD
    assert isinstance(desks["budi"].act(case_id, Act.RELEASE, key="rel", reason="pemohon kembali"), Moved)
    assert isinstance(do(desks["budi"], "data_entry", case_id), Produced)


def test_completing_twice_at_once_completes_once(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert not isinstance(desks["budi"].claim(case_id), Refused)
    answers: list[Any] = []

    def press(key: str) -> None:
        answers.append(do(desks["budi"], "data_entry", case_id, key=key, claim=False))

    threads = [threading.Thread(target=press, args=(f"key-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(answer, Produced) for answer in answers) == 1
    with office.store.reading():
        assert StepRun.select().where((StepRun.case == case_id) & (StepRun.step == "data_entry")).count() == 1


def test_a_draft_comes_back_to_the_officer_who_typed_it(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert desks["budi"].save_draft("data_entry", case_id, {"surname": "LEE"}) is None
    assert desks["budi"].save_draft("data_entry", case_id, {"surname": "LEE", "sex": "F"}) is None
    assert desks["budi"].draft("data_entry", case_id) == {"surname": "LEE", "sex": "F"}
    assert desks["eko"].draft("data_entry", case_id) is None
    do(desks["budi"], "data_entry", case_id)
    assert desks["budi"].draft("data_entry", case_id) is None


def test_the_work_list_shows_what_waits_for_my_unit(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    assert [item.case_id for item in desks["budi"].work_list()] == [case_id]
    assert desks["ratna"].work_list() == ()
    walk(desks, case_id, "payment")
    assert [item.step for item in desks["ratna"].work_list()] == ["payment"]


def test_search_finds_by_any_number_or_word_of_a_name(office: Office, desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    number = desks["sri"].case(case_id).application_no  # type: ignore[union-attr]
    for text in ("anna", "lee an", "Lee", "x123 4567", number.lower(), number[-5:], number[-5:].lstrip("0")):
        assert [found.case_id for found in desks["sri"].search(text)] == [case_id], text
    assert desks["sri"].search("bob") == ()
    assert desks["sri"].search("' OR 1=1 --") == ()


def test_a_pause_stops_the_touch_clock_with_its_reason(desks: dict[str, Desk]) -> None:
    case_id = open_case(desks)
    desks["budi"].claim(case_id)
    assert builders.touch_clock(desks["budi"], case_id) == (0, True)
    assert isinstance(desks["budi"].pause(case_id, "x"), Refused)
    assert desks["budi"].pause(case_id, "pemohon mengambil fotokopi") is None
    assert builders.touch_clock(desks["budi"], case_id) == (0, False)


def test_every_position_reachable_from_intake_can_end(office: Office) -> None:
    """Walk the whole table: no position is a dead end and none leaves the passport behind."""
    procedure = office.procedure
    seen: set[Position] = set()
    todo = [Position("intake", Status.ACTIVE, Outcome.IN_PROCESS)]
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        acts = allowed(procedure, here)
        if here.status is Status.ENDED:
            assert here.outcome is not Outcome.IN_PROCESS
            continue
        assert acts & {Act.COMPLETE, Act.RELEASE}, here
        if Act.COMPLETE in acts:
            todo.append(after_completion(procedure, here))
        for act in acts - {Act.COMPLETE, Act.RECORD, Act.CORRECT}:
            if act is Act.SEND_BACK:
                todo += [after_act(procedure, here, act, to=to) for to in procedure.step(here.step).send_back]
            elif act in (Act.HOLD, Act.RAISE):
                todo += [after_act(procedure, here, act, hold=hold) for hold in Status if hold.held]
            else:
                todo.append(after_act(procedure, here, act))
    assert {here.step for here in seen} == {step.key for step in procedure.steps}
    assert {here.outcome for here in seen if here.status is Status.ENDED} == set(Outcome) - {Outcome.IN_PROCESS}


def test_claims_module_refuses_a_case_that_is_not_there(desks: dict[str, Desk]) -> None:
    assert code(claims.claim(desks["sri"].office.store, desks["sri"].look(), 999)) is Code.CASE_NOT_FOUND


@pytest.mark.parametrize(
    ("login", "what", "permitted"),
    [
        ("budi", Act.HOLD, True),
        ("budi", Act.REFUSE, False),
        ("budi", Act.TRANSFER, False),
        ("sri", Act.WITHDRAW, True),
        ("sri", Act.HOLD, False),
        ("ratna", Act.WITHDRAW, False),
        ("ratna", Act.HOLD, False),
        ("hendra", Act.REFUSE, True),
        ("made", Act.TRANSFER, True),
    ],
)
def test_side_acts_belong_to_the_step_or_to_the_official(
    desks: dict[str, Desk], login: str, what: Act, permitted: bool
) -> None:
    """The case is at step 2, which budi works on."""
    case_id = open_case(desks)
    hold = Status.WAITING_APPLICANT if what is Act.HOLD else None
    answer = desks[login].act(case_id, what, key="act", reason="alasan yang cukup", hold=hold)
    if permitted:
        assert isinstance(answer, Moved)
    else:
        assert code(answer) is Code.NOT_YOUR_UNIT
