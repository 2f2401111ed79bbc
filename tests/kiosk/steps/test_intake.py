"""Step 1: what the counter takes, what it gives back, and what it refuses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db.tables import AuditEvent, Case, CaseName, Custody, PrintJob, Receipt
from kiosk import clock, finding_text
from kiosk.applicant import Collector, Priority, SponsorBasis
from kiosk.cases.work import Look
from kiosk.desk import Desk
from kiosk.mrz import compose_td3
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.receipts import contents, layout
from kiosk.receipts.token import ReceiptType
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.steps import intake
from kiosk.steps.intake import Given, ItemReceived
from kiosk.steps.turned_away import Attempt, TurnedAway, turn_away
from tests.builders import given_intake

TUESDAY = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
EXPIRES = date(2026, 3, 20)


@pytest.fixture
def look(office: Office, desks: dict[str, Desk]) -> Look:
    """The counter officer on a Tuesday."""
    return office.look(desks["sri"].officer, TUESDAY)


def file(**changes: Any) -> Given:
    """A file that stands, on that Tuesday."""
    return given_intake(
        **{"permit_expires": EXPIRES, "passport_expires": date(2030, 1, 1), "born": PartialDate(1988, 3, 14), **changes}
    )


def codes(office: Office, look: Look, given: Given) -> list[Code]:
    with office.store.reading():
        return [refusal.code for refusal in intake.check(look, None, given)]


def without(given: Given, key: str) -> tuple[ItemReceived, ...]:
    return tuple(item for item in given.items if item.key != key)


def test_a_complete_file_is_taken(office: Office, look: Look) -> None:
    assert codes(office, look, file()) == []


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"holder_name": ""}, Code.FIELD_REQUIRED, "holder_name"),
        ({"holder_name": "A" * 10_000}, Code.FIELD_TOO_LONG, "holder_name"),
        ({"holder_name": "MARINA\x1b[2J"}, Code.FIELD_UNSAFE, "holder_name"),
        ({"holder_name": "\u202eANIRAM"}, Code.FIELD_UNSAFE, "holder_name"),
        ({"holder_name": "王小明"}, Code.NAME_NOT_LATIN, "holder_name"),
        ({"nationality": "ZZZ"}, Code.STATE_UNKNOWN, "nationality"),
        ({"nationality": "IDN"}, Code.PERSON_INDONESIAN, "nationality"),
        ({"issuing_state": ""}, Code.FIELD_REQUIRED, "issuing_state"),
        ({"passport_no": "53 00"}, Code.DOCUMENT_NUMBER_WRONG, "passport_no"),
        ({"passport_no": "A234567890"}, Code.DOCUMENT_NUMBER_WRONG, "passport_no"),
        ({"kind": "residence"}, Code.KIND_UNKNOWN, "kind"),
        ({"visa_index": "A1"}, Code.VISA_NOT_EXTENDABLE, "visa_index"),
        ({"visa_index": "B1"}, Code.KIND_DOES_NOT_FIT_VISA, "visa_index"),
        ({"permit_expires": date(2026, 4, 20)}, Code.FILING_TOO_EARLY, "permit_expires"),
        ({"permit_expires": date(2026, 3, 10)}, Code.FILING_TOO_LATE, "permit_expires"),
        ({"permit_expires": date(2026, 3, 7)}, Code.OVERSTAY_NOT_CONFIRMED, "overstay_told"),
        ({"permit_expires": date(2026, 1, 1), "overstay_told": True}, Code.OVERSTAY_TOO_LONG, "permit_expires"),
        ({"passport_expires": date(2026, 3, 1)}, Code.PASSPORT_EXPIRED, "passport_expires"),
        ({"passport_expires": date(2026, 3, 15)}, Code.PASSPORT_ENDS_FIRST, "passport_expires"),
        ({"passport_expires": date(2026, 4, 1)}, Code.PASSPORT_SHORTER_THAN_PERMIT, "passport_expires"),
        ({"days_requested": 45}, Code.DAYS_NOT_OFFERED, "days"),
        ({"born": PartialDate(2015, 1, 1)}, Code.GUARDIAN_NEEDED, "guardian_name"),
        ({"born": PartialDate(2027)}, Code.DATE_TOO_LATE, "born"),
        ({"sponsor_name": ""}, Code.FIELD_REQUIRED, "sponsor_name"),
        ({"filed_by": Collector.PROXY, "proxy_name": ""}, Code.FIELD_REQUIRED, "proxy_name"),
        ({"filed_by": Collector.PROXY, "proxy_name": "SITI AMINAH"}, Code.PROXY_WITHOUT_POWER, "items"),
        ({"items": ()}, Code.DOCUMENTS_MISSING, "items"),
    ],
)
def test_a_file_is_refused_with_its_reason(
    office: Office, look: Look, changes: dict[str, Any], code: Code, field: str
) -> None:
    with office.store.reading():
        found = [(refusal.code, refusal.field) for refusal in intake.check(look, None, file(**changes))]
    assert (code, field) in found


def test_a_visa_on_arrival_needs_no_sponsor_and_admits_none(office: Office, look: Look) -> None:
    items = tuple(
        ItemReceived(key, original=True, copy=True)
        for key in ("passport", "voa_proof", "application_form", "request_letter", "return_ticket")
    )
    alone = file(kind="voa_extension", visa_index="B1", sponsor_basis=SponsorBasis.NONE, sponsor_name="", items=items)
    assert codes(office, look, alone) == []
    sponsored = replace(alone, sponsor_basis=SponsorBasis.INDIVIDUAL, sponsor_name="HARTONO")
    assert Code.SPONSOR_DOES_NOT_FIT in codes(office, look, sponsored)


@pytest.mark.parametrize(
    ("item", "complete"),
    [
        (ItemReceived("passport", original=True), False),
        (ItemReceived("passport", copy=True), False),
        (ItemReceived("passport", original=True, copy=True), True),
    ],
)
def test_the_passport_is_wanted_as_original_and_copy(
    office: Office, look: Look, item: ItemReceived, complete: bool
) -> None:
    given = file()
    found = codes(office, look, replace(given, items=(*without(given, "passport"), item)))
    assert (Code.DOCUMENTS_MISSING not in found) is complete


def test_a_proxy_with_a_power_of_attorney_is_served(office: Office, look: Look) -> None:
    given = file()
    items = (*given.items, ItemReceived("power_of_attorney", original=True), ItemReceived("proxy_id", copy=True))
    given = replace(given, filed_by=Collector.PROXY, proxy_name="SITI AMINAH", items=items)
    assert codes(office, look, given) == []


def test_a_minor_needs_a_guardian_and_the_guardians_consent(office: Office, look: Look) -> None:
    child = file(born=PartialDate(2015, 1, 1), guardian_name="OLGA KUZNETSOVA")
    assert codes(office, look, child) == [Code.DOCUMENTS_MISSING]
    consent = ItemReceived("guardian_consent", original=True)
    assert codes(office, look, replace(child, items=(*child.items, consent))) == []


def test_who_is_late_is_told_the_charge_and_then_served(office: Office, look: Look) -> None:
    late = file(permit_expires=date(2026, 3, 7))
    with office.store.reading():
        (refusal,) = intake.check(look, None, late)
    assert (refusal.details["days"], refusal.details["amount"]) == (3, "Rp3.000.000")
    assert codes(office, look, replace(late, overstay_told=True)) == []


def test_an_address_outside_the_territory_is_a_finding_for_the_office_to_judge(office: Office, look: Look) -> None:
    outside = file(regency="Kota Bandung")
    assert codes(office, look, outside) == []
    assert Code.OUTSIDE_TERRITORY in [found.code for found in intake.assess(look, outside)]


def register(desk: Desk, **changes: Any) -> intake.Produced:
    produced = desk.steps.intake.complete(None, given_intake(**changes), key="intake-1")
    assert isinstance(produced, intake.Produced), produced
    return produced


def test_a_taken_file_is_a_case_with_custody_receipt_and_print_job(office: Office, desks: dict[str, Desk]) -> None:
    produced = register(desks["sri"])
    with office.store.reading():
        case = Case.get(Case.application_no == produced.application_no)
        assert (case.step, case.kind, case.passport_no) == ("data_entry", "visit_visa_extension", "530012345")
        assert Custody.get(Custody.case == case.id).holder == "office"
        assert {row.word for row in CaseName.select()} == {"MARINA", "KUZNETSOVA"}
        receipt = Receipt.get(Receipt.case == case.id)
        assert (receipt.type, receipt.number) == (ReceiptType.APPLICATION, produced.receipt_number)
        assert "530012345" not in receipt.token
        paper = from_json(contents.ApplicationReceipt, PrintJob.get(PrintJob.receipt == receipt.id).content)
    assert (paper.token, paper.application_no) == (receipt.token, produced.application_no)
    assert [received.form for received in paper.documents][:2] == ["original", "copy"]
    assert layout.lay_out(paper, 48, contents.Letterhead.of(office.settings.office)) is not None


def test_an_old_applicant_is_served_first_without_asking(office: Office, desks: dict[str, Desk]) -> None:
    register(desks["sri"], born=PartialDate(1950))
    with office.store.reading():
        assert Case.get().priority == Priority.ELDERLY


def test_one_passport_has_one_open_case(office: Office, desks: dict[str, Desk]) -> None:
    produced = register(desks["sri"])
    again = desks["sri"].steps.intake.complete(None, given_intake(), key="intake-2")
    assert isinstance(again, Refused)
    assert again.first.code is Code.PASSPORT_HAS_OPEN_CASE
    assert again.first.details["application_no"] == produced.application_no


def test_the_same_key_registers_once(office: Office, desks: dict[str, Desk]) -> None:
    first, second = register(desks["sri"]), register(desks["sri"])
    assert first == second
    with office.store.reading():
        assert (Case.select().count(), PrintJob.select().count()) == (1, 1)


@pytest.mark.parametrize("login", ["budi", "wati", "ratna", "made"])
def test_only_the_counter_takes_files(desks: dict[str, Desk], login: str) -> None:
    refusal = desks[login].steps.intake.complete(None, given_intake(), key="intake-1")
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.NOT_YOUR_UNIT


def test_what_the_zone_could_not_say_is_handed_on(office: Office, desks: dict[str, Desk]) -> None:
    lines = zone()
    broken = (lines[0], lines[1][:9] + str((int(lines[1][9]) + 1) % 10) + lines[1][10:])
    produced = register(desks["sri"], mrz=broken)
    assert "mrz_unsound" in {finding_text.code_of(finding) for finding in produced.findings}


def test_a_typed_passport_is_handed_on_as_typed(desks: dict[str, Desk]) -> None:
    assert "identity_typed" in register(desks["sri"]).findings


def zone() -> tuple[str, ...]:
    return compose_td3(
        issuing_state="RUS",
        surname="KUZNETSOVA",
        given_names="MARINA",
        document_no="530012345",
        nationality="RUS",
        birth=PartialDate(1988, 3, 14),
        sex="F",
        expiry=clock.office_day(clock.now()) + timedelta(days=1500),
    )


def rows(office: Office) -> dict[str, int]:
    with office.store.reading():
        return {table.__name__: table.select().count() for table in (Case, Receipt, Custody, CaseName)}


def test_an_incomplete_file_goes_back_with_a_list_and_nothing_is_registered(
    office: Office, desks: dict[str, Desk]
) -> None:
    given = given_intake()
    before = rows(office)
    attempt = Attempt(
        kind=given.kind,
        sponsor_basis=given.sponsor_basis,
        filed_by=Collector.PROXY,
        holder_name=given.holder_name,
        permit_expires=given.permit_expires,
        items=(*without(given, "sponsor_id"), ItemReceived("guarantee_letter", note="Tanpa meterai")),
    )
    answer = turn_away(desks["sri"], attempt)
    assert isinstance(answer, TurnedAway)
    assert set(answer.missing) == {"sponsor_id", "power_of_attorney", "proxy_id"}
    assert rows(office) == before
    with office.store.reading():
        job = PrintJob.get_by_id(answer.print_job)
        assert (job.paper, job.case_id, job.receipt_id) == ("MissingList", None, None)
        newest = AuditEvent.select().order_by(AuditEvent.seq.desc()).get().body
    assert '"turned_away"' in newest
    assert "MARINA" not in newest
    paper = from_json(contents.MissingList, job.content)
    assert {missing.item.english for missing in paper.missing} >= {"Sponsor's e-KTP", "Proxy's e-KTP"}
    assert layout.lay_out(paper, 32, contents.Letterhead.of(office.settings.office)) is not None


def test_the_list_says_what_else_stands_against_the_filing(office: Office, desks: dict[str, Desk]) -> None:
    given = given_intake(visa_index="A1")
    attempt = Attempt(
        given.kind,
        given.sponsor_basis,
        given.filed_by,
        items=given.items,
        passport_expires=given.passport_expires,
        permit_expires=given.permit_expires,
        days_requested=given.days_requested,
        visa_index="A1",
    )
    answer = turn_away(desks["sri"], attempt)
    assert isinstance(answer, TurnedAway)
    assert (answer.missing, answer.against) == ((), ("visa_not_extendable",))


def test_a_complete_file_is_not_turned_away(desks: dict[str, Desk]) -> None:
    given = given_intake()
    answer = turn_away(desks["sri"], Attempt(given.kind, given.sponsor_basis, given.filed_by, items=given.items))
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.NOTHING_MISSING


def test_a_file_without_a_kind_has_no_list(desks: dict[str, Desk]) -> None:
    answer = turn_away(desks["sri"], Attempt("", SponsorBasis.NONE, Collector.APPLICANT))
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.FIELD_REQUIRED
