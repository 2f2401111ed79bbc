"""Step 4: another person looks at every document; doubt does not complete the step."""

from dataclasses import replace
from typing import Any

import pytest

from db.tables import Case
from kiosk.applicant import Sponsor, SponsorBasis
from kiosk.cases.model import CaseFile
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import data_entry, intake, verification, watchlist
from kiosk.steps.verification import DocumentChecked, Given, Produced
from tests.builders import an_applicant, given_verification, pretend, pretend_intake, produced_intake

ITEMS = (intake.ItemReceived("passport", True, True, 3), intake.ItemReceived("sponsor_id", copy=True, pages=1))


def case_at_verification(
    office: Office, desks: dict[str, Desk], findings: tuple[str, ...] = (), entered_by: str = "budi", **changes: Any
) -> int:
    data = an_applicant(**changes)
    case_id = pretend_intake(office, desks["sri"], data)
    with office.store.writing():
        Case.update(step="intake", attempt=2, version=Case.version + 1).where(Case.id == case_id).execute()
    pretend(office, case_id, "intake", replace(produced_intake(data, "ITK-T"), items=ITEMS))
    officer = desks[entered_by].officer
    pretend(office, case_id, "data_entry", data_entry.Produced(data, findings), officer=officer.id)
    pretend(office, case_id, "watchlist", watchlist.Produced(1, "clear", "v1", ()))
    return case_id


def refusals(desk: Desk, case_id: int, given: Given) -> list[tuple[Code, str | None]]:
    found: tuple[Refusal, ...] = desk.steps.verification.check(case_id, given)
    return [(refusal.code, refusal.field) for refusal in found]


def opened(desk: Desk, case_id: int) -> CaseFile:
    case = desk.case(case_id)
    assert case is not None
    return case


def sign_off(**changes: Any) -> Given:
    given = given_verification(replace(produced_intake(an_applicant(), "ITK-T"), items=ITEMS))
    return replace(given, **changes)


def test_a_sign_off_of_every_document_completes_the_step(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_verification(office, desks)
    desks["agus"].claim(case_id)
    produced = desks["agus"].steps.verification.complete(case_id, sign_off(), key="v1")
    assert isinstance(produced, Produced)
    assert {document.key for document in produced.documents} == {"passport", "sponsor_id"}
    assert opened(desks["agus"], case_id).step == "scanning"


def test_the_verifier_sees_what_was_found_before(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_verification(office, desks, findings=("identity_typed",))
    prepared = desks["agus"].steps.verification.prepare(case_id)
    assert prepared.findings == ("identity_typed",)
    assert [item.key for item, _ in prepared.documents] == ["passport", "sponsor_id"]
    assert prepared.entered_by == "Budi Santoso"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"documents": (DocumentChecked("passport", True),)}, (Code.DOCUMENT_NOT_CHECKED, "document_sponsor_id")),
        (
            {"documents": (DocumentChecked("passport", False), DocumentChecked("sponsor_id", True))},
            (Code.DOCUMENT_DOUBTFUL, "document_passport"),
        ),
        ({"sponsor_ok": False}, (Code.SPONSOR_DOUBTFUL, "sponsor_ok")),
    ],
)
def test_doubt_does_not_complete_the_step(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], refusal: tuple[Code, str]
) -> None:
    case_id = case_at_verification(office, desks)
    assert refusals(desks["agus"], case_id, sign_off(**changes)) == [refusal]


def test_findings_are_answered_in_words(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_verification(office, desks, findings=("identity_typed",))
    assert refusals(desks["agus"], case_id, sign_off(note="ok")) == [(Code.NOTE_NEEDED, "note")]
    assert refusals(desks["agus"], case_id, sign_off(note="MRZ dibaca ulang, cocok.")) == []


def test_without_a_sponsor_there_is_none_to_doubt(office: Office, desks: dict[str, Desk]) -> None:
    nobody = Sponsor(SponsorBasis.NONE, exemption="VOA")
    case_id = case_at_verification(office, desks, sponsor=nobody)
    assert refusals(desks["agus"], case_id, sign_off(sponsor_ok=False)) == []


def test_who_entered_the_data_does_not_verify(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_verification(office, desks, entered_by="agus")
    from db.tables import Part
    from kiosk import clock

    with office.store.writing():
        Part.create(case=case_id, part="data_entry", person=desks["agus"].officer.person_id, at=clock.now())
    desks["agus"].claim(case_id)
    refusal = desks["agus"].steps.verification.complete(case_id, sign_off(), key="v1")
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.SAME_PERSON


@pytest.mark.parametrize("login", ["sri", "budi", "ratna"])
def test_only_a_verifier_signs_off(office: Office, desks: dict[str, Desk], login: str) -> None:
    case_id = case_at_verification(office, desks)
    refusal = desks[login].steps.verification.complete(case_id, sign_off(), key="v1")
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.NOT_YOUR_UNIT


def test_notes_are_cleaned_and_what_acts_on_a_terminal_is_refused(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_verification(office, desks)
    desks["agus"].claim(case_id)
    service = desks["agus"].steps.verification
    refusal = service.complete(case_id, sign_off(note="Baik\x1b[31m sekali"), key="v0")
    assert isinstance(refusal, Refused)
    assert (refusal.first.code, refusal.first.field) == (Code.FIELD_UNSAFE, "note")
    produced = service.complete(case_id, sign_off(note="\nBaik   sekali \nDua baris\n"), key="v1")
    assert isinstance(produced, verification.Produced)
    assert produced.note == "Baik sekali\nDua baris"
