"""Attacks on the services by somebody who sits at a desk or writes to the database: each is refused."""

import dataclasses
import secrets
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from db.connection import ConstraintBroken
from db.tables import Duty, Handover, Person, PrintJob, Tariff
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cases.model import Act, Status
from kiosk.cases.work import void_receipts
from kiosk.demo.office import found_demo
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.money import tariff
from kiosk.office import Office
from kiosk.people import officers
from kiosk.receipts.claim import Shown
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refused
from kiosk.steps import handover
from tests import builders, databases
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


# money


def test_a_deposit_older_than_the_application_pays_nothing(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_payment(office, desks)
    given = builders.given_payment(paid_on=date(2020, 1, 1))
    answer = builders.completed(desks["ratna"], case_id, "payment", given)
    assert code(answer) is Code.DATE_TOO_EARLY


def test_a_release_that_is_refused_ends_no_other_tariff(office: Office) -> None:
    with office.store.writing():
        clerk, other = Person.create(name="A"), Person.create(name="B")
        common = {"kind": "x", "amount": 5, "basis": "b", "entered_at": clock.now(), "entered_by": clerk}
        open_row = Tariff.create(valid_from=date(2026, 1, 1), released_at=clock.now(), **common)
        Tariff.create(valid_from=date(2026, 6, 1), valid_until=date(2026, 7, 1), released_at=clock.now(), **common)
        late = Tariff.create(valid_from=date(2026, 5, 1), **common)
    with office.store.writing():
        answer = tariff.release(late.id, Signer(0, other.id, "loket-1"), clock.now())
    assert code(answer) is Code.TARIFF_DATES
    with office.store.reading():
        assert Tariff.get_by_id(open_row.id).valid_until is None


# claims on the passport


def test_who_printed_a_copy_of_the_claim_does_not_hand_over_by_it_alone(office: Office, desks: Desks) -> None:
    case_id, sri = builders.case_at_handover(office, desks), desks["sri"]
    with office.store.reading():
        job = PrintJob.get((PrintJob.case == case_id) & (PrintJob.paper == "PaymentReceipt"))
    assert not isinstance(sri.print_again(job.id, "kertas pertama hilang"), Refused)
    assert code(handed_over(sri, case_id, "alone")) is Code.SECOND_PERSON_NEEDED
    claim = sri.claim(case_id)
    assert not isinstance(claim, Refused)
    witness = sri.witness("agus", "141421")
    assert not isinstance(witness, Refused)
    given = builders.given_handover(office, case_id)
    both = sri.steps.handover.complete(case_id, given, key="both", claim=claim, witness=witness)
    assert isinstance(both, handover.Produced)


def test_a_voided_receipt_is_not_printed_again(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_handover(office, desks)
    with office.store.writing():
        void_receipts(case_id, (ReceiptType.PAYMENT,), "uji", clock.now())
    with office.store.reading():
        job = PrintJob.get((PrintJob.case == case_id) & (PrintJob.paper == "PaymentReceipt"))
    assert code(desks["sri"].print_again(job.id, "kertas pertama hilang")) is Code.RECEIPT_VOID


# what stands in fields


HOSTILE = ("a\0b", "\ud800", "x" * 10_240, 2**31, -(2**70), date(1, 1, 1), date(9999, 12, 31))


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_a_hostile_value_in_any_field_is_refused(office: Office, desks: Desks, value: Any) -> None:
    """In every field of step 1 that has such a value, through `check` and `complete`."""
    given, sri = builders.given_intake(), desks["sri"]
    for field in dataclasses.fields(given):
        if type(getattr(given, field.name)) is not type(value):
            continue
        hostile = replace(given, **{field.name: value})
        assert sri.steps.intake.check(None, hostile), field.name
        assert isinstance(sri.steps.intake.complete(None, hostile, key=field.name), Refused), field.name


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1d(k", "a\u202eb", "y" * 201])
@pytest.mark.parametrize("field", ["visa_index", "regency", "proxy_name", "guardian_name"])
def test_step_1_keeps_no_control_bytes(office: Office, desks: Desks, field: str, text: str) -> None:
    given = replace(builders.given_intake(), **{field: text})
    assert field in {refusal.field for refusal in desks["sri"].steps.intake.check(None, given)}


def test_a_case_at_another_step_and_no_case_at_all_are_refusals(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_watchlist(office, desks)
    for step in ("approval", "registration", "handover", "intake"):
        service = desks["made"].steps[step]
        assert [one.code for one in service.check(case_id, None)] == [Code.CASE_MOVED_ON]
        assert code(service.prepare(case_id)) is Code.CASE_MOVED_ON
        assert [one.code for one in service.check(999_999, None)] == [Code.CASE_NOT_FOUND]


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "x" * 100_000, "' OR 1=1 --", "\x1b[2J"])
def test_hostile_text_where_people_search_and_sign_in(office: Office, desks: Desks, text: str) -> None:
    sri = desks["sri"]
    assert sri.search(text) == ()
    assert isinstance(sri.find_code(text), Refused)
    assert isinstance(sri.find_code("ITK1" + text), Refused)
    assert isinstance(office.sign_in(text, text), Refused)
    assert isinstance(sri.unlock(text), Refused)
    assert isinstance(sri.save_draft("intake", None, {"a": "\ud800"}), Refused)


# what lies on the disk


@pytest.mark.skipif(bool(databases.SERVER), reason="the files of an office of one terminal")
def test_only_the_offices_account_reads_its_files(tmp_path: Path) -> None:
    """Founded in a folder that was there and is open to all."""
    folder = tmp_path / "office"
    folder.mkdir(mode=0o755)
    found_demo(folder, devices=False)
    open_to_others = [path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mode & 0o077]
    assert open_to_others == []


# whoever writes to the database


def broken(office: Office, statement: str) -> str:
    """The constraint that refuses a statement."""
    with pytest.raises(ConstraintBroken) as caught, office.store.writing():
        office.store.database.execute_sql(statement)
    return caught.value.name


def test_the_database_hands_a_passport_over_once_and_against_its_own_receipt(office: Office, desks: Desks) -> None:
    first = builders.case_at_handover(office, desks, **passport("AA1111111"))
    second = builders.case_at_handover(office, desks, **passport("BB2222222"))
    assert isinstance(handed_over(desks["sri"], first, "k"), handover.Produced)
    row = (
        "INTO handover (case_id, receipt_id, kind, collected_by, relation, identity_kind, identity_no, officer_id,"
        " terminal, at, content) SELECT {case}, {receipt}, kind, collected_by, relation, '', '', officer_id,"
        " terminal, at, '{{}}' FROM handover"
    )
    with office.store.reading():
        spent = Handover.get(Handover.case == first).receipt_id
    assert broken(office, "INSERT " + row.format(case=first, receipt="NULL")) == "one_handover_for_a_case"
    assert broken(office, "INSERT " + row.format(case=second, receipt=spent)) in (
        "receipt_claims_its_own_case",
        "one_handover_for_a_case",
    )
    if not databases.SERVER:
        assert broken(office, "REPLACE " + row.format(case=first, receipt="NULL")) == "one_handover_for_a_case"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("payment SET state = 'declined'", "final_payment_is_final"),
        ("payment SET state = 'sent'", "final_payment_is_final"),
        ("payment SET ntpn = 'X'", "payment_amount_is_frozen"),
        ("tariff SET amount = 1 WHERE released_at IS NOT NULL", "released_tariff_is_frozen"),
    ],
)
def test_the_database_keeps_money_as_it_was(office: Office, desks: Desks, change: str, name: str) -> None:
    builders.case_at_handover(office, desks)
    assert broken(office, f"UPDATE {change}") in (name, "sale_is_sent_once")


@pytest.mark.skipif(bool(databases.SERVER), reason="REPLACE is SQLite's")
def test_replace_takes_no_row_of_the_audit_chain_away(office: Office, desks: Desks) -> None:
    assert desks["sri"]
    replaced = "REPLACE INTO audit_event (seq, body, hash) SELECT seq, '{}', hash FROM audit_event WHERE seq = 1"
    assert broken(office, replaced) == "audit_event_append_only_delete"
