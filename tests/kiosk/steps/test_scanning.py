"""Step 5: every document of the file is scanned, or owed with a reason that blocks step 9."""

from dataclasses import replace

import pytest

from db.tables import Case
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.steps import biometrics, intake, registration
from kiosk.steps.scanning import Given, Produced, ScanLater
from tests.builders import (
    PAGE,
    case_at_approval,
    case_at_scanning,
    completed,
    given_scanning,
    pretend,
    skip,
)

DOUBTFUL = replace(PAGE, meta={**PAGE.meta, "findings": ["blurred"]})


def refusals(desk: Desk, case_id: int, given: Given) -> list[tuple[Code, str | None]]:
    return [(refusal.code, refusal.field) for refusal in desk.steps.scanning.check(case_id, given)]


def test_the_file_is_scanned_page_by_page(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    produced = completed(budi, case_id, "scanning", given_scanning(budi, case_id))
    assert isinstance(produced, Produced)
    assert {scan.kind for scan in produced.scans} >= {"passport", "visa_and_arrival_stamp", "request_letter"}
    assert all(len(scan.sha256) == 64 and scan.page == 1 for scan in produced.scans)
    assert produced.later == ()
    assert produced.operator == "Budi Santoso"


def test_the_documents_wanted_are_those_of_the_file(office: Office, desks: dict[str, Desk]) -> None:
    """The checklist of this sponsor and person, and whatever else was handed in."""
    case_id = case_at_scanning(office, desks)
    wanted = [document.kind for document in desks["budi"].steps.scanning.prepare(case_id).documents]
    assert "sponsor_id" in wanted
    assert "company_papers" not in wanted
    assert "proxy_id" not in wanted
    assert "onward_ticket" not in wanted


def test_a_paper_that_need_not_be_there_is_scanned_if_it_is(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_scanning(office, desks)
    ticket = intake.ItemReceived("onward_ticket", copy=True, pages=2)
    with office.store.reading():
        case = desks["budi"].case(case_id)
    assert case is not None
    received = replace(case.need("intake", intake.Produced), items=(ticket,))
    with office.store.writing():
        Case.update(step="intake", attempt=2, version=Case.version + 1).where(Case.id == case_id).execute()
    pretend(office, case_id, "intake", received)
    with office.store.writing():
        Case.update(step="scanning").where(Case.id == case_id).execute()
    documents = {d.kind: d.sheets for d in desks["budi"].steps.scanning.prepare(case_id).documents}
    assert documents.get("onward_ticket") == 2


def test_a_document_without_a_page_is_missing(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    given = given_scanning(budi, case_id, "request_letter")
    assert refusals(budi, case_id, given) == [(Code.SCAN_MISSING, "request_letter")]


@pytest.mark.parametrize(("reason", "refused"), [("", True), ("x", True), ("pemindai rusak", False)])
def test_a_document_can_be_put_off_with_a_reason(
    office: Office, desks: dict[str, Desk], reason: str, refused: bool
) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    given = given_scanning(budi, case_id, "request_letter", later=(ScanLater("request_letter", reason),))
    expected = [(Code.REASON_NEEDED, "request_letter")] if refused else []
    assert refusals(budi, case_id, given) == expected


def test_a_doubtful_page_is_accepted_by_name_or_scanned_again(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    stored = budi.captures.store(case_id, "scanning", "passport", [DOUBTFUL])
    assert not isinstance(stored, Refused)
    given = given_scanning(budi, case_id)
    assert refusals(budi, case_id, given) == [(Code.SCAN_DOUBTFUL, "passport")]
    assert refusals(budi, case_id, replace(given, accepted=(stored[0].id,))) == []
    budi.captures.discard(stored[0].id, "kabur, pindai ulang")
    assert refusals(budi, case_id, given_scanning(budi, case_id)) == []


def test_pages_the_officer_never_saw_are_not_signed_for(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    given = given_scanning(budi, case_id)
    budi.captures.store(case_id, "scanning", "passport", [PAGE])
    assert refusals(budi, case_id, given) == [(Code.CAPTURES_CHANGED, None)]
    assert refusals(budi, case_id, replace(given, pages=(*given.pages, 9999))) == [(Code.CAPTURES_CHANGED, None)]


def test_a_debt_blocks_the_register_number_until_it_is_scanned(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    owed = ScanLater("request_letter", "pemindai rusak")
    produced = completed(budi, case_id, "scanning", given_scanning(budi, case_id, owed.kind, later=(owed,)))
    assert produced.later == ("request_letter",)
    assert owed.reason in [line.reason for line in budi.history(case_id)], "whoever asks for the scan reads why"
    skip(office, case_id, "approval", "payment")
    pretend(office, case_id, "biometrics", biometrics.Produced(0, (), "", ""))
    yusuf, given = desks["yusuf"], registration.Given("12", True, True)

    def blocked() -> bool:
        return Code.SCANS_OWED in {refusal.code for refusal in yusuf.steps.registration.check(case_id, given)}

    assert blocked()
    assert not isinstance(budi.captures.store(case_id, "scanning", "request_letter", [PAGE]), Refused)
    assert not blocked()


def test_scans_survive_a_return_to_an_earlier_step(office: Office, desks: dict[str, Desk]) -> None:
    from kiosk.cases.model import Act, Moved

    case_id, budi = case_at_approval(office, desks), desks["budi"]
    before = budi.captures.list(case_id)
    moved = desks["hendra"].act(case_id, Act.SEND_BACK, key="b", reason="halaman kurang", to="scanning")
    assert isinstance(moved, Moved)
    assert budi.captures.list(case_id) == before
    again = completed(budi, case_id, "scanning", given_scanning(budi, case_id))
    assert isinstance(again, Produced)
