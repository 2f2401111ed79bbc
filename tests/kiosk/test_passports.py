"""Where each passport is from step 1 to 12 and after a refusal, how long it waits, and what a count finds."""

import secrets
from datetime import timedelta
from typing import Any

import pytest

from db.tables import AuditEvent, Case, Custody, PrintJob, StockCount, StockTake
from kiosk import clock, passports, stock_take
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, Custodian
from kiosk.cases.work import Work
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.passports import Held, Which
from kiosk.refusals import Code, Refused
from kiosk.stock_take import Find, Result, Take
from tests.builders import case_at_handover, case_at_payment, claim_token, completed, given_handover, given_intake, skip
from tests.faults.thirteen import passport

MRZ = "P<RUSKUZNETSOVA<<MARINA<<<<<<<<<<<<<<<<<<<<<\n5300000011RUS8803145F3012318<<<<<<<<<<<<<<04"


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def key() -> str:
    return secrets.token_hex(8)


def ready(office: Office, desks: dict[str, Desk], number: int) -> int:
    """A case waiting at step 12, whose payment nobody asks for."""
    case_id = case_at_payment(office, desks, passport=passport(f"53000000{number}"))
    skip(office, case_id, "payment", "biometrics", "registration", "endorsement", "stamp_scan")
    return case_id


def handed_over(office: Office, desk: Desk, case_id: int) -> None:
    """The passport leaves, whatever the claim."""
    look = desk.look()
    with office.store.writing():
        case = case_file(case_id, office.kit.procedures)
        assert case is not None
        Work(look, case, "LALINTUSKIM").custody(Custodian.APPLICANT)
        Case.update(step="archiving").where(Case.id == case_id).execute()


def shelved(desk: Desk, case_id: int, place: str) -> Held:
    found = passports.shelve(desk, case_id, place, key=key())
    assert isinstance(found, Held), found
    return found


def begun(desk: Desk) -> Take:
    take = stock_take.begin(desk)
    assert isinstance(take, Take), take
    return take


def found(desk: Desk, take: Take, text: str, place: str) -> Find:
    find = stock_take.find(desk, take.id, text, place)
    assert isinstance(find, Find), find
    return find


def ended(desk: Desk, take: Take) -> Result:
    result = stock_take.finish(desk, take.id)
    assert isinstance(result, Result), result
    return result


def test_the_office_has_a_passport_from_intake_until_it_is_handed_over(office: Office, desks: dict[str, Desk]) -> None:
    sri = desks["sri"]
    assert not isinstance(sri.steps.intake.complete(None, given_intake(), key=key()), Refused)
    (held,) = passports.listed(sri)
    assert (held.passport_no, held.step, held.place, held.ready_since) == ("530012345", "data_entry", "", None)
    waiting = case_at_handover(office, desks, passport=passport("530000001"))
    assert [one.case_id for one in passports.listed(sri)] == [held.case_id, waiting]
    (ready,) = passports.listed(sri, Which.WAITING)
    assert (ready.case_id, ready.ready_since is not None) == (waiting, True)
    assert not isinstance(completed(sri, waiting, "handover", given_handover(office, waiting)), Refused)
    assert [one.case_id for one in passports.listed(sri)] == [held.case_id]
    assert code(passports.shelve(sri, waiting, "A-1", key=key())) is Code.PASSPORT_NOT_HERE


def test_a_refused_applicants_passport_stays_until_it_is_fetched(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    refused = desks["hendra"].act(case_id, Act.REFUSE, key="k", reason="Penjamin tidak ditemukan di alamatnya.")
    assert not isinstance(refused, Refused)
    (held,) = passports.listed(desks["sri"], Which.WAITING)
    assert (held.case_id, held.outcome) == (case_id, "refused")
    with office.store.reading():
        notice = PrintJob.get(PrintJob.paper == "RefusalNotice")
    assert (notice.case_id, notice.state) == (case_id, "queued")
    assert "Penjamin tidak ditemukan di alamatnya." in notice.content


def test_a_passport_is_put_on_a_shelf_and_its_custody_says_so(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    assert shelved(sri, case_id, "a 12").place == "A-12"
    again = key()
    for _ in range(2):
        assert not isinstance(passports.shelve(sri, case_id, "B/3", key=again), Refused)
    assert shelved(sri, case_id, "").place == ""
    with office.store.reading():
        places = [row.place for row in Custody.select().where(Custody.case == case_id).order_by(Custody.id)]
    assert places == ["", "A-12", "B-3", ""]
    assert code(passports.shelve(sri, case_id, "di laci", key=key())) is Code.PASSPORT_PLACE
    assert code(passports.shelve(desks["budi"], case_id, "A-1", key=key())) is Code.NOT_YOUR_UNIT


LISTS = (
    (6, {Which.ALL, Which.WAITING}),
    (7, {Which.ALL, Which.WAITING, Which.WEEK}),
    (14, {Which.ALL, Which.WAITING, Which.WEEK, Which.FORTNIGHT}),
    (30, set(Which)),
)


def test_who_does_not_come_stands_in_the_list_of_7_14_and_30_days(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, sri, today = ready(office, desks, 1), desks["sri"], clock.now()
    for days, lists in LISTS:
        later = today + timedelta(days=days, minutes=1)
        monkeypatch.setattr(clock, "now", lambda: later)  # noqa: B023
        assert {which for which in Which if passports.listed(sri, which)} == lists
        assert {which for which, count in passports.counts(sri).items() if count} == lists
        assert all(one.case_id == case_id for one in passports.listed(sri))


def test_a_count_lists_what_is_missing_misplaced_and_should_not_be_here(office: Office, desks: dict[str, Desk]) -> None:
    sri = desks["sri"]
    right = case_at_handover(office, desks, passport=passport("530000001"))
    wrong, gone, loose = (ready(office, desks, n) for n in (2, 3, 4))
    for case_id, place in ((right, "A-1"), (wrong, "A-2"), (gone, "A-3")):
        shelved(sri, case_id, place)
    collected = ready(office, desks, 9)
    handed_over(office, sri, collected)
    take = begun(sri)
    assert take.expected == 4
    assert not found(sri, take, claim_token(office, right), "A-1").misplaced
    assert found(sri, take, "53000000-2", "B 7").misplaced
    assert found(sri, take, "530000004", "B-8").known
    assert not found(sri, take, "530000009", "B-8").known
    assert not found(sri, take, "X1234567", "B-9").known
    assert begun(sri).counted == 3, "an interrupted count is taken up again"
    result = ended(sri, take)
    assert (result.expected, result.found) == (4, 3)
    assert [(line.passport_no, line.recorded) for line in result.missing] == [("530000003"[:9], "A-3")]
    assert [(line.recorded, line.found) for line in result.misplaced] == [("A-2", "B-7")]
    assert [(line.passport_no, line.found) for line in result.foreign] == [("530000009", "B-8"), ("X1234567", "B-9")]
    assert {one.case_id: one.place for one in passports.listed(sri)} == {
        right: "A-1",
        wrong: "B-7",
        gone: "A-3",
        loose: "B-8",
    }
    assert ended(sri, take) == result, "the same answer again"
    with office.store.reading():
        assert PrintJob.select().where(PrintJob.paper == "StockTakeReport").count() == 1
        told = "".join(event.body for event in AuditEvent.select())
        assert StockTake.get().ended_at is not None
    assert '"missing":1' in told
    assert "530000003" not in told


def test_the_later_of_two_finds_counts_and_a_zone_is_read(office: Office, desks: dict[str, Desk]) -> None:
    sri = desks["sri"]
    case_id = ready(office, desks, 1)
    shelved(sri, case_id, "A-1")
    take = begun(sri)
    assert found(sri, take, "530000001", "B-1").misplaced
    assert not found(sri, take, MRZ, "A-1").misplaced
    result = ended(sri, take)
    assert (result.missing, result.misplaced, result.found) == ((), (), 1)


def test_who_was_handed_out_after_being_counted_is_nobodys_fault(office: Office, desks: dict[str, Desk]) -> None:
    sri = desks["sri"]
    case_id = ready(office, desks, 1)
    take = begun(sri)
    found(sri, take, "530000001", "A-1")
    handed_over(office, sri, case_id)
    result = ended(sri, take)
    assert (result.missing, result.foreign) == ((), ())


def test_what_is_no_place_no_receipt_of_ours_or_no_open_count_is_refused(
    office: Office, desks: dict[str, Desk]
) -> None:
    sri = desks["sri"]
    take = begun(sri)
    assert code(stock_take.find(sri, take.id, "530000001", "")) is Code.PASSPORT_PLACE
    assert code(stock_take.find(sri, take.id, "ITK1" + "A" * 151, "A-1")) is Code.RECEIPT_UNSUPPORTED_VERSION
    assert code(stock_take.find(sri, take.id, " \x1b ", "A-1")) is Code.FIELD_REQUIRED
    assert code(stock_take.find(desks["budi"], take.id, "530000001", "A-1")) is Code.NOT_YOUR_UNIT
    ended(sri, take)
    assert code(stock_take.find(sri, take.id, "530000001", "A-1")) is Code.STOCK_TAKE_ENDED
    assert code(stock_take.finish(sri, take.id + 1)) is Code.STOCK_TAKE_ENDED
    assert stock_take.current(sri) is None
    with office.store.reading():
        assert StockCount.select().count() == 0
        assert Case.select().count() == 0
