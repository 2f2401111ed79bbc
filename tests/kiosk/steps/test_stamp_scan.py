"""Step 11: the page is scanned and read back blind; clerical data are corrected by two, all else goes back."""

import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from db.tables import CaseEvent
from kiosk import clock
from kiosk.captures import STAMPED_PAGE
from kiosk.cases.model import Act, Moved, Outcome, Status
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.steps import corrections, registration, stamp_scan
from kiosk.steps.stamp_scan import Correction, CorrectionWanted, Given, Produced
from tests.builders import PAGE, an_applicant, case_at_stamp_scan, completed, given_stamp_scan

DAY = timedelta(days=1)
TODAY = clock.office_day(clock.now())


def refusals(desk: Desk, case_id: int, given: Given) -> list[tuple[Code, str | None]]:
    return [(refusal.code, refusal.field) for refusal in desk.steps.stamp_scan.check(case_id, given)]


def test_a_stamp_that_reads_as_registered_completes_the_step(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    given = given_stamp_scan(budi, case_id, register_no_read=" 2b26 mre0007 c")
    produced = completed(budi, case_id, "stamp_scan", given)
    assert isinstance(produced, Produced)
    assert (produced.object_id, produced.register_no_read, produced.corrections) == (
        given.object_id,
        "2B26MRE0007-C",
        (),
    )


def test_the_screen_is_never_told_what_the_stamp_should_say(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    prepared = budi.steps.stamp_scan.prepare(case_id)
    case = budi.case(case_id)
    assert case is not None
    stamped = case.need("registration", registration.Produced)
    shown = [str(getattr(prepared, field.name)) for field in fields(prepared)]
    assert not any(stamped.register_no in text or str(stamped.valid_until) in text for text in shown)


@pytest.mark.parametrize(
    ("read", "again", "expected"),
    [
        ("2B26MRE0007-C", "", None),
        ("2B26MRE0001-C", "", (Code.STAMP_TYPE_AGAIN, "register_no_again")),
        ("2B26MRE0001-C", "2B26MRE0007-C", None),
        ("2B26MRE0001-C", "2B26 MRE 0001 C", (Code.STAMP_DIFFERS, "register_no_again")),
        ("2B26MRE0001-C", "2B26MRE0002-C", (Code.TYPED_DIFFERENTLY, "register_no_again")),
    ],
)
def test_the_register_number_is_read_twice_where_it_differs(
    office: Office, desks: dict[str, Desk], read: str, again: str, expected: tuple[Code, str] | None
) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    given = given_stamp_scan(budi, case_id, register_no_read=read, register_no_again=again)
    assert refusals(budi, case_id, given) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("days", "again", "expected"),
    [
        (0, None, None),
        (1, None, (Code.STAMP_TYPE_AGAIN, "valid_until_again")),
        (1, 0, None),
        (1, 1, (Code.STAMP_DIFFERS, "valid_until_again")),
        (1, 2, (Code.TYPED_DIFFERENTLY, "valid_until_again")),
    ],
)
def test_the_last_day_is_read_twice_where_it_differs(
    office: Office, desks: dict[str, Desk], days: int, again: int | None, expected: tuple[Code, str] | None
) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    given = given_stamp_scan(budi, case_id)
    ends = given.valid_until_read
    second = None if again is None else ends + again * DAY
    given = replace(given, valid_until_read=ends + days * DAY, valid_until_again=second)
    assert refusals(budi, case_id, given) == ([expected] if expected else [])


def test_the_page_is_scanned_and_a_doubtful_one_compared(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    given = given_stamp_scan(budi, case_id)
    assert refusals(budi, case_id, replace(given, object_id=0)) == [(Code.SCAN_MISSING, "page")]
    assert refusals(budi, case_id, replace(given, object_id=1)) == [(Code.CAPTURES_CHANGED, "page")]
    doubtful = replace(PAGE, page=1, meta={"findings": ["cut"]})
    stored = budi.captures.store(case_id, "stamp_scan", STAMPED_PAGE, [doubtful], replaces=True)
    assert not isinstance(stored, Refused)
    given = replace(given, object_id=stored[0].id)
    assert refusals(budi, case_id, given) == [(Code.SCAN_DOUBTFUL, "accepted")]
    assert refusals(budi, case_id, replace(given, accepted=True)) == []


def corrected(field: str = "address.street", after: str = "Jalan Sudirman 7", reason: str = "salah ketik") -> Any:
    return (CorrectionWanted(field, after, reason),)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (corrected(), None),
        (corrected("holder.phone", "+62 812 0000 1111"), None),
        (corrected("holder.name", "MARIA"), (Code.CORRECTION_NOT_CLERICAL, "correction_1")),
        (corrected("passport.number", "X1"), (Code.CORRECTION_NOT_CLERICAL, "correction_1")),
        (corrected("register_no", "X"), (Code.CORRECTION_NOT_CLERICAL, "correction_1")),
        (corrected("stay.permit_expires", "2026-01-01"), (Code.CORRECTION_NOT_CLERICAL, "correction_1")),
        (corrected(after="Jalan Sudirman 5"), (Code.CORRECTION_WITHOUT_CHANGE, "correction_1_after")),
        (corrected(reason="x"), (Code.REASON_NEEDED, "correction_1_reason")),
        (corrected(after=""), (Code.FIELD_REQUIRED, "correction_1_after")),
        (corrected("holder.email", "bukan surel"), (Code.EMAIL_WRONG, "correction_1_after")),
        (corrected("sponsor.phone", "abc"), (Code.PHONE_WRONG, "correction_1_after")),
        (corrected() + corrected(after="Lain"), (Code.CORRECTION_WITHOUT_CHANGE, "correction_1_after")),
    ],
)
def test_what_may_be_corrected_and_how(
    office: Office, desks: dict[str, Desk], wanted: Any, expected: tuple[Code, str] | None
) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    found = refusals(budi, case_id, given_stamp_scan(budi, case_id, corrections=wanted))
    assert found[:1] == ([expected] if expected else [])


def test_a_correction_keeps_before_and_after_and_both_officers(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    given = given_stamp_scan(budi, case_id, corrections=corrected())
    alone = completed(budi, case_id, "stamp_scan", given)
    assert isinstance(alone, Refused)
    assert alone.first.code is Code.SECOND_PERSON_NEEDED
    witness = budi.witness("eko", "346410")
    assert not isinstance(witness, Refused)
    produced = completed(budi, case_id, "stamp_scan", given, witness=witness)
    assert produced.corrections == (
        Correction("address.street", "Jalan Sudirman 5", "Jalan Sudirman 7", "Eko Nugroho"),
    )
    with office.store.reading():
        event = CaseEvent.get((CaseEvent.case == case_id) & (CaseEvent.act == Act.CORRECT))
        assert event.witness_id == witness.person_id
        assert event.reason == "salah ketik"
        assert json.loads(event.data)["before"] == "Jalan Sudirman 5"
    case = budi.case(case_id)
    assert case is not None
    assert stamp_scan.corrected(case).address.street == "Jalan Sudirman 7"
    assert case.need("data_entry", stamp_scan.data_entry.Produced).data.address.street == "Jalan Sudirman 5"


def test_a_stamp_that_differs_goes_back_to_be_endorsed_again(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    moved = budi.act(case_id, Act.SEND_BACK, key="b", reason="nomor pada cap salah", to="endorsement")
    assert moved == Moved(case_id, "endorsement", Status.ACTIVE, Outcome.IN_PROCESS)


def test_every_clerical_field_is_a_text_of_the_data() -> None:
    for field in corrections.CLERICAL:
        assert isinstance(corrections.value(an_applicant(), field), str)
        assert corrections.value(corrections.with_value(an_applicant(), field, "baru"), field) == "baru"
    for field in corrections.REOPENS:
        with pytest.raises(KeyError):
            corrections.value(an_applicant(), field)
