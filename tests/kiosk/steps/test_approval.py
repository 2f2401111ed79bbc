"""Step 6: the official sees the whole case, grants what the rules allow, and freezes what it costs."""

import secrets
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from db.connection import ConstraintBroken
from db.tables import Case, Part, Tariff
from kiosk import clock
from kiosk.applicant import Request, Stay
from kiosk.cases.model import Act, Moved, Outcome, Status
from kiosk.desk import Desk
from kiosk.formats import numeric_date
from kiosk.money.charges import OVERSTAY
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refused
from kiosk.steps import approval
from kiosk.steps.approval import Given, Produced
from tests.builders import an_applicant, case_at_approval, completed, given_approval

TODAY = clock.office_day(clock.now())


def refusals(desk: Desk, case_id: int, given: Given) -> list[tuple[Code, str | None]]:
    return [(refusal.code, refusal.field) for refusal in desk.steps.approval.check(case_id, given)]


def approved(desks: dict[str, Desk], case_id: int, **changes: Any) -> Produced:
    produced = completed(desks["hendra"], case_id, "approval", given_approval(**changes))
    assert isinstance(produced, Produced), produced
    return produced


def overstayed(days: int) -> dict[str, Any]:
    """An applicant whose permit ended `days` before today, with room under the ceiling."""
    stay = replace(
        an_applicant().stay, arrived=TODAY - timedelta(days=60 + days), permit_expires=TODAY - timedelta(days=days)
    )
    return {"stay": stay}


def test_thirty_days_from_the_end_of_the_old_permit(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks)
    produced = approved(desks, case_id)
    ends = an_applicant().stay.permit_expires
    assert (produced.decision, produced.initial, produced.days_granted) == ("approved", "HG", 30)
    assert (produced.valid_from, produced.valid_until) == (ends + timedelta(days=1), ends + timedelta(days=30))
    assert produced.caps == ()
    case = desks["ratna"].case(case_id)
    assert case is not None
    assert (case.step, case.status) == ("payment", Status.ACTIVE)


def test_the_charge_is_frozen_with_its_tariff_row_and_basis(office: Office, desks: dict[str, Desk]) -> None:
    produced = approved(desks, case_at_approval(office, desks))
    with office.store.reading():
        row = Tariff.get_by_id(produced.charges[0].tariff_id)
    assert produced.charges[0].basis == row.basis
    assert produced.total == row.amount == produced.charges[0].amount > 0
    with pytest.raises(ConstraintBroken, match="released_tariff_is_frozen"), office.store.writing():
        Tariff.update(amount=1).where(Tariff.id == row.id).execute()
    case = desks["ratna"].case(1)
    assert case is not None
    assert case.need("approval", Produced).total == produced.total


def test_the_official_sees_what_every_step_found(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks)
    seen = desks["hendra"].steps.approval.prepare(case_id)
    assert seen.data.holder.name == "MARINA KUZNETSOVA"
    assert (seen.days_left, seen.stayed_days, seen.extension_no) == (10, 50, 1)
    assert (seen.verdict, seen.list_version) == ("clear", "v1")
    assert (seen.entered_by, seen.verified_by) == ("Budi Santoso", "Agus Wijaya")
    assert dict(seen.scanned)["passport"] == 1
    assert seen.overstay is None
    assert seen.offer.granted == 30
    assert seen.bill[0].amount == 500_000
    assert {offer.days for offer in seen.lengths} >= {7, 14, 30}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"initial": ""}, (Code.FIELD_REQUIRED, "initial")),
        ({"initial": "HENDRA GUNAWAN SH"}, (Code.FIELD_TOO_LONG, "initial")),
        ({"days": 0}, (Code.DAYS_ABOVE_LIMIT, "days")),
        ({"days": -3}, (Code.DAYS_ABOVE_LIMIT, "days")),
        ({"days": 60}, (Code.DAYS_MORE_THAN_ASKED, "days")),
        ({"overstay_days": 2}, (Code.OVERSTAY_COUNT_UNCONFIRMED, "overstay_reason")),
    ],
)
def test_what_an_approval_must_hold(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], expected: tuple[Code, str]
) -> None:
    case_id = case_at_approval(office, desks)
    assert expected in refusals(desks["hendra"], case_id, given_approval(**changes))


def test_fewer_days_may_be_granted_than_were_asked_for(office: Office, desks: dict[str, Desk]) -> None:
    produced = approved(desks, case_at_approval(office, desks), days=14)
    assert produced.days_granted == 14
    assert produced.charges[0].days == 14


def test_the_ceiling_of_the_whole_stay_cuts_the_grant(office: Office, desks: dict[str, Desk]) -> None:
    """180 days since arrival: 160 are behind, 10 more were granted before, 10 are left."""
    stay = replace(
        an_applicant().stay,
        arrived=TODAY - timedelta(days=160),
        permit_expires=TODAY + timedelta(days=10),
        extensions_before=2,
        granted_days=0,
    )
    case_id = case_at_approval(office, desks, stay=stay)
    hendra = desks["hendra"]
    assert (Code.DAYS_ABOVE_LIMIT, "days") in refusals(hendra, case_id, given_approval())
    seen = hendra.steps.approval.prepare(case_id)
    assert (seen.offer.granted, seen.offer.caps) == (10, ("ceiling",))
    produced = approved(desks, case_id, days=10)
    assert produced.caps == ("ceiling",)
    assert produced.valid_until == TODAY + timedelta(days=20)


def test_a_permit_never_outlasts_the_passport(office: Office, desks: dict[str, Desk]) -> None:
    passport = replace(an_applicant().passport, expires=TODAY + timedelta(days=22))
    case_id = case_at_approval(office, desks, passport=passport, request=Request(7, "Kunjungan keluarga"))
    produced = approved(desks, case_id, days=7)
    assert produced.valid_until <= passport.expires


@pytest.mark.parametrize(
    ("days", "confirmed", "reason", "code"),
    [
        (3, 0, "", Code.OVERSTAY_COUNT_UNCONFIRMED),
        (3, 3, "no", Code.OVERSTAY_COUNT_UNCONFIRMED),
        (3, 3, "dihitung dari hari setelah izin berakhir", None),
        (3, 2, "hari Minggu tidak dihitung atas perintah Kakanim", None),
        (3, 60, "salah ketik jumlahnya", Code.OVERSTAY_TOO_LONG),
    ],
)
def test_an_overstay_is_counted_confirmed_and_charged(
    office: Office, desks: dict[str, Desk], days: int, confirmed: int, reason: str, code: Code | None
) -> None:
    case_id = case_at_approval(office, desks, **overstayed(days))
    given = given_approval(overstay_days=confirmed, overstay_reason=reason)
    found = refusals(desks["hendra"], case_id, given)
    if code is not None:
        assert code in [refusal for refusal, _ in found]
        return
    produced = completed(desks["hendra"], case_id, "approval", given)
    assert isinstance(produced, Produced)
    charged = [charge for charge in produced.charges if charge.kind == OVERSTAY]
    assert [(charge.days, charge.amount) for charge in charged] == [(confirmed, confirmed * 1_000_000)]
    assert produced.total == sum(charge.amount for charge in produced.charges)
    assert produced.overstay_reason == reason


def test_sixty_days_of_overstay_are_not_settled_with_money(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks, **overstayed(60))
    given = given_approval(overstay_days=60, overstay_reason="dihitung dari paspor")
    assert Code.OVERSTAY_TOO_LONG in [code for code, _ in refusals(desks["hendra"], case_id, given)]


def test_without_a_released_tariff_nothing_is_approved(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks)
    with office.store.writing():
        Tariff.update(valid_until=date(2020, 1, 1)).execute()
    assert (Code.TARIFF_MISSING, "days") in refusals(desks["hendra"], case_id, given_approval())
    assert desks["hendra"].steps.approval.prepare(case_id).bill == ()


def calling(office: Office) -> str:
    return office.regulations.calling_visa.nationalities[0]


def test_a_calling_visa_nationality_waits_for_the_superior(office: Office, desks: dict[str, Desk]) -> None:
    holder = replace(an_applicant().holder, nationality=calling(office))
    case_id, hendra = case_at_approval(office, desks, holder=holder), desks["hendra"]
    assert hendra.steps.approval.prepare(case_id).approver == "directorate"
    assert (Code.SUPERIOR_DECISION_NEEDED, "superior_no") in refusals(hendra, case_id, given_approval())
    claim = hendra.claim(case_id)
    assert not isinstance(claim, Refused)
    held = approval.wait_for_superior(hendra, case_id, "menunggu Direktorat Jenderal", key="w", claim=claim)
    assert held == Moved(case_id, "approval", Status.WAITING_SUPERIOR, Outcome.IN_PROCESS)
    released = hendra.act(case_id, Act.RELEASE, key="r", reason="surat keputusan diterima")
    assert isinstance(released, Moved)
    produced = approved(desks, case_id, superior_no="IMI.2-GR.01-77", superior_date=TODAY)
    assert (produced.approver, produced.superior_no, produced.superior_date) == ("directorate", "IMI.2-GR.01-77", TODAY)


@pytest.mark.parametrize("decided", [TODAY + timedelta(days=1), TODAY - timedelta(days=400)])
def test_a_superior_decides_between_filing_and_today(office: Office, desks: dict[str, Desk], decided: date) -> None:
    holder = replace(an_applicant().holder, nationality=calling(office))
    case_id = case_at_approval(office, desks, holder=holder)
    given = given_approval(superior_no="77", superior_date=decided)
    assert (Code.SUPERIOR_DATE_WRONG, "superior_date") in refusals(desks["hendra"], case_id, given)


def test_a_refusal_has_a_written_reason_and_returns_the_passport(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = case_at_approval(office, desks), desks["hendra"]
    claim = hendra.claim(case_id)
    assert not isinstance(claim, Refused)
    for_nothing = approval.refuse(hendra, case_id, "", key="r1", claim=claim)
    assert isinstance(for_nothing, Refused)
    assert for_nothing.first.code is Code.REASON_NEEDED
    moved = approval.refuse(hendra, case_id, "Tujuan kunjungan tidak sesuai visa.", key="r2", claim=claim)
    assert moved == Moved(case_id, "handover", Status.ACTIVE, Outcome.REFUSED)
    assert hendra.history(case_id)[-1].reason == "Tujuan kunjungan tidak sesuai visa."


def test_only_the_authorised_official_refuses_at_step_6(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks)
    answer = approval.refuse(desks["budi"], case_id, "Tujuan tidak sesuai.", key="r")
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.NOT_YOUR_UNIT


def test_who_cleared_a_possible_hit_neither_approves_nor_refuses(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = case_at_approval(office, desks), desks["hendra"]
    with office.store.writing():
        person, now = hendra.officer.person_id, hendra.look().now
        Part.create(case=case_id, part="watchlist_clearing", person=person, at=now)
    answer = completed(hendra, case_id, "approval", given_approval())
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.SAME_PERSON
    refused = approval.refuse(hendra, case_id, "Tujuan tidak sesuai.", key=secrets.token_hex(8))
    assert isinstance(refused, Refused)
    assert refused.first.code is Code.SAME_PERSON


def newborn(office: Office, desks: dict[str, Desk]) -> int:
    born = TODAY - timedelta(days=20)
    data = an_applicant()
    case_id = case_at_approval(
        office,
        desks,
        holder=replace(data.holder, born=PartialDate.of(born)),
        passport=replace(data.passport, issued=born),
        stay=Stay("", born, born),
        request=Request(30, "Mengikuti orang tua", guardian_name="IVAN KUZNETSOV", guardian_relation="ayah"),
    )
    with office.store.writing():
        Case.update(kind="newborn").where(Case.id == case_id).execute()
    return case_id


def test_a_childs_permit_ends_with_the_parents(office: Office, desks: dict[str, Desk]) -> None:
    case_id, hendra = newborn(office, desks), desks["hendra"]
    assert (Code.PARENTS_PERMIT_NEEDED, "parents_until") in refusals(hendra, case_id, given_approval())
    seen = hendra.steps.approval.prepare(case_id)
    assert seen.is_birth
    assert seen.overstay is None
    ends = TODAY + timedelta(days=3)
    found = hendra.steps.approval.check(case_id, given_approval(days=30, parents_until=ends))
    limits = [refusal.details for refusal in found if refusal.code is Code.DAYS_ABOVE_LIMIT]
    assert limits == [{"limit": 23, "until": numeric_date(ends)}]
