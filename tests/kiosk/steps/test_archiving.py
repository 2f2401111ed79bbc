"""Step 13: where the paper file lies, how long, and the two papers that say so."""

from datetime import date
from typing import Any

import pytest

from db.tables import ArchiveRecord, PrintJob, Receipt
from kiosk import clock
from kiosk.cases.model import Act, Moved, Outcome, Status
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.permits import keep_until
from kiosk.receipts import contents, facts
from kiosk.receipts.claim import Shown
from kiosk.receipts.token import Payload, ReceiptType, verify
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.steps import archiving, handover
from tests.builders import (
    case_at_archiving,
    case_at_registration,
    completed,
    given_archiving,
    given_registration,
    passport_no,
)


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def paper(office: Office, kind: type[Any]) -> Any:
    with office.store.reading():
        return from_json(kind, PrintJob.get(PrintJob.paper == kind.__name__).content)


def test_a_finished_file_is_filed_with_its_list_and_its_cover(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_archiving(office, desks)
    today = clock.office_day(clock.now())
    shown = desks["eko"].steps.archiving.prepare(case_id)
    assert (shown.handed_over_by, shown.outcome, shown.last_location) == ("Sri Lestari", Outcome.ISSUED, "")
    produced = completed(desks["eko"], case_id, "archiving", given_archiving())
    assert isinstance(produced, archiving.Produced), produced
    assert produced.list_no == f"DAF-MRE-{today.year}-00001"
    assert (produced.location, produced.pages, produced.received_by) == ("L3-R1-B12", 32, "Eko Nugroho")
    assert produced.retention_until == keep_until(office.regulations, today)
    listed = paper(office, contents.HandoverList)
    assert (listed.number, listed.giver.name, listed.receiver.name) == (produced.list_no, "Sri Lestari", "Eko Nugroho")
    case = desks["eko"].case(case_id)
    assert case is not None
    assert (case.status, case.outcome) == (Status.ENDED, Outcome.ISSUED)
    assert listed.rows == (contents.FiledCase(case.application_no, shown.register_no, 32, "L3-R1-B12"),)
    with office.store.reading():
        row = ArchiveRecord.get(ArchiveRecord.case == case_id)
        assert (row.location, row.legal_hold, row.disposal) == ("L3-R1-B12", False, "")


def test_the_cover_opens_the_case_by_its_token(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_archiving(office, desks)
    completed(desks["eko"], case_id, "archiving", given_archiving())
    cover = paper(office, contents.ArchiveCover)
    payload = verify(
        cover.token,
        facts.public_keys(office.store),
        expected_type=ReceiptType.ARCHIVE_COVER,
        office=office.settings.office.code,
        now=clock.now(),
    )
    assert isinstance(payload, Payload)
    assert int(payload.type) == 3
    assert desks["eko"].find_code(cover.token) == case_id
    assert desks["eko"].find_code(cover.short_code) == case_id
    assert (cover.location, cover.pages) == ("L3-R1-B12", 32)
    assert cover.outcome.english


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("L3-R1-B12", "L3-R1-B12"),
        ("l3 r1 b12", "L3-R1-B12"),
        ("L03-R01-B0012", "L3-R1-B12"),
        ("3.1.12", "L3-R1-B12"),
        ("L3R1B12", "L3-R1-B12"),
        (" L3/R1/B12 ", "L3-R1-B12"),
        ("L999-R999-B9999", "L999-R999-B9999"),
        ("", ""),
        ("L3-R1", ""),
        ("L0-R1-B1", ""),
        ("L1000-R1-B1", ""),
        ("R1-L3-B12", ""),
        ("3112", ""),
        ("L3-R1-B12-X", ""),
        ("L3-R1-B12\x1b[2J", ""),
        ("lemari tiga", ""),
    ],
)
def test_a_place_is_kept_in_one_form_however_it_is_typed(typed: str, kept: str) -> None:
    assert archiving.place_of(typed) == kept


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"location": "di gudang"}, Code.ARCHIVE_PLACE, "location"),
        ({"pages": 0}, Code.ARCHIVE_PAGES, "pages"),
        ({"pages": -4}, Code.ARCHIVE_PAGES, "pages"),
        ({"pages": 2001}, Code.ARCHIVE_PAGES, "pages"),
        ({"complete": False}, Code.ARCHIVE_INCOMPLETE, "complete"),
    ],
)
def test_a_file_that_is_not_in_order_is_not_taken(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], refusal: Code, field: str
) -> None:
    case_id = case_at_archiving(office, desks)
    answer = completed(desks["eko"], case_id, "archiving", given_archiving(**changes))
    assert code(answer) is refusal
    assert isinstance(answer, Refused)
    assert answer.first.field == field
    with office.store.reading():
        assert ArchiveRecord.select().count() == 0
        assert Receipt.select().where(Receipt.type == ReceiptType.ARCHIVE_COVER).count() == 0


@pytest.mark.parametrize(
    ("finished", "until"),
    [
        (date(2026, 3, 10), date(2029, 3, 10)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2025, 12, 31), date(2028, 12, 31)),
    ],
)
def test_a_file_is_kept_three_years(office: Office, finished: date, until: date) -> None:
    assert keep_until(office.regulations, finished) == until


@pytest.mark.parametrize("act", [Act.REFUSE, Act.WITHDRAW, Act.TRANSFER])
def test_a_case_that_ended_without_a_permit_is_filed_without_a_register_number(
    office: Office, desks: dict[str, Desk], act: Act
) -> None:
    case_id = case_at_registration(office, desks)
    given_registration(desks["yusuf"], case_id)
    assert isinstance(desks["hendra"].act(case_id, act, key="end", reason="sesuai surat"), Moved)
    witness = desks["sri"].witness("agus", "141421")
    assert not isinstance(witness, Refused)
    given = handover.Given(
        claim=Shown.LOST,
        passport_no=passport_no(office, case_id),
        relation=handover.Relation.APPLICANT,
        face_agrees=True,
        reason="Resi hilang.",
    )
    handed = completed(desks["sri"], case_id, "handover", given, witness=witness)
    assert isinstance(handed, handover.Produced), handed
    shown = desks["eko"].steps.archiving.prepare(case_id)
    assert shown.register_no == ""
    produced = completed(desks["eko"], case_id, "archiving", given_archiving())
    assert isinstance(produced, archiving.Produced), produced
    cover = paper(office, contents.ArchiveCover)
    assert cover.register_no == ""
    assert cover.outcome.indonesian != cover.outcome.english
    case = desks["eko"].case(case_id)
    assert case is not None
    assert case.status is Status.ENDED
    assert case.outcome is not Outcome.ISSUED


def test_the_last_box_is_offered_again_and_the_list_goes_on(office: Office, desks: dict[str, Desk]) -> None:
    first = case_at_archiving(office, desks)
    completed(desks["eko"], first, "archiving", given_archiving(location="L4-R2-B7"))
    with office.store.reading():
        assert ArchiveRecord.get().list_no.endswith("-00001")
    second = case_at_archiving(office, desks)
    assert desks["eko"].steps.archiving.prepare(second).last_location == "L4-R2-B7"
    assert completed(desks["eko"], second, "archiving", given_archiving()).list_no.endswith("-00002")


def test_the_counter_hands_over_but_does_not_file(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_archiving(office, desks)
    assert code(desks["sri"].claim(case_id)) is Code.NOT_YOUR_UNIT
