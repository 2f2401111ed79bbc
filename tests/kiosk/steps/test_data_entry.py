"""Step 2: what can't be right blocks, what later steps should know is handed on, the zone is read first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from db.tables import Case, CaseName, StepRun
from kiosk import clock, finding_text
from kiosk.applicant import (
    ApplicantData,
    Collector,
    Request,
    Sex,
    Sponsor,
    SponsorBasis,
)
from kiosk.desk import Desk
from kiosk.mrz import compose_td3
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import data_entry
from kiosk.steps.data_entry import Given, Produced
from tests.builders import an_applicant, given_data_entry, pretend_intake

TODAY = clock.office_day(clock.now())


@pytest.fixture
def case_id(office: Office, desks: dict[str, Desk]) -> int:
    """A case at step 2."""
    return pretend_intake(office, desks["sri"], an_applicant())


def refusals(desk: Desk, case_id: int, given: Given) -> dict[str | None, Code]:
    found: tuple[Refusal, ...] = desk.steps.data_entry.check(case_id, given)
    return {refusal.field: refusal.code for refusal in found}


def complete(desk: Desk, case_id: int, given: Given) -> Produced | Refused:
    desk.claim(case_id)
    produced: Produced | Refused = desk.steps.data_entry.complete(case_id, given, key=f"entry-{case_id}")
    return produced


def entered(desk: Desk, case_id: int, given: Given) -> set[str]:
    """The codes of the findings that are handed on."""
    produced = complete(desk, case_id, given)
    assert isinstance(produced, Produced), produced
    return {finding_text.code_of(finding) for finding in produced.findings}


def with_(part: str, **changes: Any) -> ApplicantData:
    data = an_applicant()
    return replace(data, **{part: replace(getattr(data, part), **changes)})


def test_a_complete_entry_stands(desks: dict[str, Desk], case_id: int) -> None:
    assert refusals(desks["budi"], case_id, given_data_entry()) == {}


@pytest.mark.parametrize(
    ("part", "changes", "field", "code"),
    [
        ("holder", {"name_viz": ""}, "name_viz", Code.FIELD_REQUIRED),
        ("holder", {"name_viz": "A" * 10_000}, "name_viz", Code.FIELD_TOO_LONG),
        ("holder", {"name_viz": "MARINA\x07"}, "name_viz", Code.FIELD_UNSAFE),
        ("holder", {"name_viz": "김민수"}, "name_viz", Code.NAME_NOT_LATIN),
        ("holder", {"surname": "", "given_names": ""}, "surname", Code.FIELD_REQUIRED),
        ("holder", {"former_names": ("", "X")}, "former_names", Code.FIELD_REQUIRED),
        ("holder", {"born": PartialDate(1880)}, "born", Code.BIRTH_IMPOSSIBLE),
        ("holder", {"born": PartialDate.of(TODAY + timedelta(days=400))}, "born", Code.BIRTH_IMPOSSIBLE),
        ("holder", {"birth_place": " "}, "birth_place", Code.FIELD_REQUIRED),
        ("holder", {"nationality": "RU"}, "nationality", Code.STATE_UNKNOWN),
        ("holder", {"nationality": "IDN"}, "nationality", Code.PERSON_INDONESIAN),
        ("holder", {"email": "marina"}, "email", Code.EMAIL_WRONG),
        ("holder", {"phone": "12"}, "phone", Code.PHONE_WRONG),
        ("passport", {"number": "12"}, "number", Code.DOCUMENT_NUMBER_WRONG),
        ("passport", {"number": "ab1234567"}, "number", Code.DOCUMENT_NUMBER_WRONG),
        ("passport", {"previous_number": "530012345"}, "previous_number", Code.SAME_NUMBER_TWICE),
        ("passport", {"expires": TODAY - timedelta(days=1)}, "expires", Code.PASSPORT_EXPIRED),
        ("passport", {"issued": TODAY + timedelta(days=1)}, "issued", Code.DATE_TOO_LATE),
        ("passport", {"free_page": False}, "free_page", Code.PASSPORT_FULL),
        ("passport", {"type": ""}, "type", Code.FIELD_REQUIRED),
        ("passport", {"mrz": ("P<RUSKUZNETSOVA",)}, "mrz", Code.MRZ_LINE_MISSING),
        ("stay", {"visa_index": ""}, "visa_index", Code.FIELD_REQUIRED),
        ("stay", {"visa_index": "A1"}, "visa_index", Code.VISA_NOT_EXTENDABLE),
        ("stay", {"arrived": TODAY + timedelta(days=1)}, "arrived", Code.DATE_TOO_LATE),
        ("stay", {"visa_date": TODAY}, "visa_date", Code.DATE_TOO_LATE),
        ("stay", {"permit_expires": TODAY - timedelta(days=60)}, "permit_expires", Code.DATE_TOO_EARLY),
        ("stay", {"extensions_before": -1}, "extensions_before", Code.FIELD_NOT_A_NUMBER),
        ("stay", {"arrived": TODAY - timedelta(days=300)}, "days", Code.NO_EXTENSION_LEFT),
        ("address", {"street": ""}, "street", Code.FIELD_REQUIRED),
        ("address", {"street": "x" * 300}, "street", Code.FIELD_TOO_LONG),
        ("sponsor", {"identity_no": "123"}, "sponsor_identity_no", Code.IDENTITY_NUMBER_WRONG),
        ("sponsor", {"name": ""}, "sponsor_name", Code.FIELD_REQUIRED),
        ("sponsor", {"email": "a@b"}, "sponsor_email", Code.EMAIL_WRONG),
        ("request", {"days": 45}, "days", Code.DAYS_NOT_OFFERED),
        ("request", {"days": 0}, "days", Code.FIELD_NOT_A_NUMBER),
        ("request", {"purpose": ""}, "purpose", Code.FIELD_REQUIRED),
        ("request", {"filed_by": Collector.PROXY}, "proxy_name", Code.FIELD_REQUIRED),
        ("request", {"ticket_date": TODAY - timedelta(days=1)}, "ticket_date", Code.DATE_TOO_EARLY),
    ],
)
def test_what_cannot_be_right_blocks(
    desks: dict[str, Desk], case_id: int, part: str, changes: dict[str, Any], field: str, code: Code
) -> None:
    assert refusals(desks["budi"], case_id, Given(with_(part, **changes))).get(field) is code


@pytest.mark.parametrize(
    ("sponsor", "missing"),
    [
        (Sponsor(SponsorBasis.NONE), {"sponsor_exemption"}),
        (Sponsor(SponsorBasis.DEPOSIT), {"guarantee_no"}),
        (Sponsor(SponsorBasis.INDIVIDUAL), {"sponsor_name", "sponsor_identity_no", "sponsor_address"}),
        (
            Sponsor(SponsorBasis.CORPORATE),
            {"sponsor_name", "sponsor_identity_no", "sponsor_address", "sponsor_contact"},
        ),
        (
            Sponsor(SponsorBasis.FAMILY_GUARANTOR),
            {"sponsor_name", "sponsor_identity_no", "sponsor_address", "sponsor_relation"},
        ),
    ],
)
def test_each_sponsor_basis_asks_for_its_own(
    desks: dict[str, Desk], case_id: int, sponsor: Sponsor, missing: set[str]
) -> None:
    found = refusals(desks["budi"], case_id, given_data_entry(an_applicant(sponsor=sponsor)))
    assert {field for field, code in found.items() if code is Code.FIELD_REQUIRED} == missing


@pytest.mark.parametrize(("number", "stands"), [("1234567890123", True), ("12345678901234", False)])
def test_a_company_has_a_business_number(desks: dict[str, Desk], case_id: int, number: str, stands: bool) -> None:
    company = Sponsor(SponsorBasis.CORPORATE, "PT TAMBANG", number, contact="RINA", address="Jalan Sudirman 1")
    found = refusals(desks["budi"], case_id, given_data_entry(an_applicant(sponsor=company)))
    assert ("sponsor_identity_no" not in found) is stands


def test_a_minor_has_a_guardian(desks: dict[str, Desk], case_id: int) -> None:
    child = with_("holder", born=PartialDate(TODAY.year - 10, 1, 1))
    assert refusals(desks["budi"], case_id, Given(child)).get("guardian_name") is Code.GUARDIAN_NEEDED
    guarded = replace(child, request=Request(30, "Keluarga", guardian_name="OLGA", guardian_relation="Ibu"))
    assert refusals(desks["budi"], case_id, Given(guarded)) == {}


def test_names_and_passport_of_the_case_follow_the_entry(office: Office, desks: dict[str, Desk], case_id: int) -> None:
    data = with_("passport", number="530099999")
    data = replace(data, holder=replace(data.holder, former_names=("MARINA SIDOROVA",), surname="KUZNETSOV-BAUER"))
    assert "intake_differs" in entered(desks["budi"], case_id, Given(data))
    with office.store.reading():
        row = Case.get_by_id(case_id)
        assert (row.passport_no, row.holder_name, row.step) == ("530099999", "MARINA KUZNETSOV-BAUER", "watchlist")
        assert {"SIDOROVA", "BAUER"} <= {name.word for name in CaseName.select()}
    assert [found.case_id for found in desks["budi"].search("sidorova")] == [case_id]


def test_a_passport_of_another_open_case_is_refused(office: Office, desks: dict[str, Desk], case_id: int) -> None:
    pretend_intake(office, desks["sri"], with_("passport", number="530099999"))
    found = refusals(desks["budi"], case_id, Given(with_("passport", number="530099999")))
    assert found == {"number": Code.PASSPORT_HAS_OPEN_CASE}


@pytest.mark.parametrize(("ended", "code"), [(False, "duplicate_open"), (True, "duplicate_ended")])
def test_the_same_person_under_another_passport_is_shown(
    office: Office, desks: dict[str, Desk], ended: bool, code: str
) -> None:
    other = pretend_intake(office, desks["sri"], with_("passport", number="530077777"))
    if ended:
        with office.store.writing():
            Case.update(status="ended", ended_at=clock.now(), outcome="refused").where(Case.id == other).execute()
    case_id = pretend_intake(office, desks["sri"], an_applicant())
    prepared = desks["budi"].steps.data_entry.prepare(case_id)
    assert [(case.case_id, case.ended, case.same_passport) for case in prepared.others] == [(other, ended, False)]
    assert code in entered(desks["budi"], case_id, given_data_entry())


def test_a_namesake_born_on_another_day_is_nobody(office: Office, desks: dict[str, Desk]) -> None:
    namesake = with_("holder", born=PartialDate(1988, 3, 15))
    pretend_intake(office, desks["sri"], replace(namesake, passport=with_("passport", number="530077777").passport))
    case_id = pretend_intake(office, desks["sri"], an_applicant())
    assert desks["budi"].steps.data_entry.prepare(case_id).others == ()


@pytest.mark.parametrize(("others", "told"), [(9, False), (10, True)])
def test_a_sponsor_of_more_than_ten_foreigners_is_told_and_not_refused(
    office: Office, desks: dict[str, Desk], case_id: int, others: int, told: bool
) -> None:
    with office.store.writing():
        mine = Case.get_by_id(case_id)
        for number in range(others + 2):
            row = {**mine.__data__, "id": None, "application_no": f"OTHER-{number}", "sponsor_no": "1603011708700001"}
            row |= {"passport_no": f"P{number}", "status": "ended", "outcome": "issued", "ended_at": clock.now()}
            Case.create(**row)
        Case.update(outcome="refused").where(Case.application_no == "OTHER-0").execute()
        Case.update(passport_no="P2").where(Case.application_no == "OTHER-1").execute()
    data = with_("sponsor", identity_no="1603011708700001")
    assert ("sponsor_of_many" in entered(desks["budi"], case_id, given_data_entry(data))) is told


def test_a_file_taken_in_time_is_not_late_because_it_waited(
    office: Office, desks: dict[str, Desk], case_id: int
) -> None:
    with office.store.writing():
        Case.update(opened_at=clock.now() - timedelta(days=8), version=Case.version + 1).where(
            Case.id == case_id
        ).execute()
    late = with_("stay", permit_expires=TODAY - timedelta(days=1), granted_days=0)
    assert refusals(desks["budi"], case_id, Given(late)) == {}


# the machine readable zone


def zone(**changes: Any) -> tuple[str, ...]:
    passport = an_applicant().passport
    return compose_td3(
        **{
            "issuing_state": "RUS",
            "surname": "KUZNETSOVA",
            "given_names": "MARINA",
            "document_no": passport.number,
            "nationality": "RUS",
            "birth": PartialDate(1988, 3, 14),
            "sex": "F",
            "expiry": passport.expires,
            **changes,
        }
    )


def spoilt(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The zone with a wrong check digit of the number."""
    digit = (int(lines[1][9]) + 1) % 10
    return lines[0], f"{lines[1][:9]}{digit}{lines[1][10:]}"


def test_a_sound_zone_that_agrees_asks_nothing(desks: dict[str, Desk], case_id: int) -> None:
    data = with_("passport", mrz=zone())
    assert refusals(desks["budi"], case_id, Given(data)) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document_no": "530012346"}, "number"),
        ({"birth": PartialDate(1988, 3, 15)}, "born"),
        ({"sex": "M"}, "sex"),
        ({"nationality": "UKR"}, "nationality"),
        ({"issuing_state": "UKR"}, "issuing_state"),
        ({"expiry": TODAY + timedelta(days=900)}, "expires"),
        ({"surname": "SMIRNOVA"}, "name_viz"),
    ],
)
def test_what_differs_from_a_sound_zone_is_confirmed_and_handed_on(
    desks: dict[str, Desk], case_id: int, changes: dict[str, Any], field: str
) -> None:
    data = with_("passport", mrz=zone(**changes))
    assert refusals(desks["budi"], case_id, Given(data)) == {field: Code.DIFFERS_FROM_MRZ}
    assert "mrz_differs" in entered(desks["budi"], case_id, Given(data, confirmed=(field,)))


def test_legal_renderings_of_a_name_agree(desks: dict[str, Desk], case_id: int) -> None:
    data = an_applicant()
    holder = replace(data.holder, surname="MÜLLER", given_names="JÖRG-ÅKE", name_viz="Jörg-Åke Müller")
    passport = replace(data.passport, mrz=zone(surname="MUELLER", given_names="JOERG AAKE"))
    assert refusals(desks["budi"], case_id, Given(replace(data, holder=holder, passport=passport))) == {}


def test_a_failing_check_digit_asks_for_a_second_typing(desks: dict[str, Desk], case_id: int) -> None:
    data = with_("passport", mrz=spoilt(zone()))
    assert refusals(desks["budi"], case_id, Given(data)) == {"number_again": Code.TYPE_AGAIN}
    again = Given(data, retyped={"number": "530012346"})
    assert refusals(desks["budi"], case_id, again) == {"number_again": Code.TYPED_DIFFERENTLY}
    assert "mrz_unsound" in entered(desks["budi"], case_id, Given(data, retyped={"number": "530012345"}))


def test_a_single_name_stands(desks: dict[str, Desk], case_id: int) -> None:
    data = an_applicant()
    holder = replace(data.holder, surname="SUKARNOPUTRI", given_names="", name_viz="Sukarnoputri")
    passport = replace(data.passport, mrz=zone(surname="SUKARNOPUTRI", given_names=""))
    assert refusals(desks["budi"], case_id, Given(replace(data, holder=holder, passport=passport))) == {}


def test_an_unknown_day_of_birth_stands(desks: dict[str, Desk], case_id: int) -> None:
    data = an_applicant()
    holder = replace(data.holder, born=PartialDate(1988, 3), sex=Sex.X)
    passport = replace(data.passport, mrz=zone(birth=PartialDate(1988, 3), sex="X"))
    assert refusals(desks["budi"], case_id, Given(replace(data, holder=holder, passport=passport))) == {}


def test_the_entry_is_kept_as_it_was_given(office: Office, desks: dict[str, Desk], case_id: int) -> None:
    data = an_applicant()
    entered(desks["budi"], case_id, Given(data))
    case = desks["wati"].case(case_id)
    assert case is not None
    assert case.need("data_entry", data_entry.Produced).data == data
    with office.store.reading():
        assert StepRun.select().where(StepRun.step == "data_entry").count() == 1
