"""What stands against a filing, and what the officer is told: one row for each rule."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kiosk import words
from kiosk.applicant import Collector, SponsorBasis
from kiosk.partial_date import PartialDate
from kiosk.permits import (
    Filing,
    assess_filing,
    biometric_requirements,
    checklist,
    in_territory,
    missing,
    needs_guardian,
    priority_by_age,
)
from kiosk.refusals import Code
from kiosk.regulations import load_regulations
from kiosk.words import Language

RULES = load_regulations()
TODAY = date(2026, 11, 24)

GOOD = Filing(
    kind="visit_visa_extension",
    on=TODAY,
    permit_expires=date(2026, 12, 4),
    passport_expires=date(2029, 1, 1),
    days=60,
    visa_index="C1",
    arrived=date(2026, 10, 5),
    granted_days=60,
    extension_no=1,
    nationality="NLD",
    birth=PartialDate(1980, 5, 6),
    sponsor=SponsorBasis.INDIVIDUAL,
    regency="Kabupaten Muara Enim",
)
VOA = replace(GOOD, kind="voa_extension", visa_index="B1", days=30, sponsor=SponsorBasis.NONE, granted_days=30)
VOA = replace(VOA, arrived=date(2026, 11, 4))
NEWBORN = replace(
    GOOD, kind="newborn", permit_expires=date(2026, 11, 1), arrived=None, has_guardian=True, visa_index=""
)
NEWBORN = replace(NEWBORN, birth=PartialDate(2026, 11, 1), granted_days=0)
BRIDGING = replace(GOOD, kind="bridging", visa_index="", arrived=date(2026, 1, 1), granted_days=0, extension_no=0)

CASES: list[tuple[Filing, dict[str, Any], Code, bool]] = [
    (GOOD, {"kind": "itap"}, Code.KIND_UNKNOWN, True),
    (BRIDGING, {"on": date(2024, 3, 31)}, Code.KIND_NOT_YET, True),
    (GOOD, {"visa_index": "ZZ9"}, Code.VISA_INDEX_UNKNOWN, False),
    (GOOD, {"visa_index": "C99"}, Code.VISA_INDEX_UNLISTED, False),
    (GOOD, {"visa_index": "B1"}, Code.KIND_DOES_NOT_FIT_VISA, True),
    (GOOD, {"visa_index": "A1"}, Code.VISA_NOT_EXTENDABLE, True),
    (VOA, {"visa_index": "C1"}, Code.KIND_DOES_NOT_FIT_VISA, True),
    (GOOD, {"visa_index": "D212", "on": date(2020, 5, 8)}, Code.VISA_NOT_EXTENDABLE, True),
    (VOA, {"extension_no": 2}, Code.NO_EXTENSION_LEFT, True),
    (GOOD, {"days": 45}, Code.DAYS_NOT_OFFERED, True),
    (VOA, {"days": 60}, Code.DAYS_NOT_OFFERED, True),
    (GOOD, {"on": date(2024, 12, 16), "days": 7}, Code.TARIFF_MISSING, True),
    (GOOD, {"nationality": "AFG"}, Code.NEEDS_DIRECTORATE, False),
    (GOOD, {"on": date(2010, 5, 1), "extension_no": 3}, Code.NEEDS_REGIONAL_OFFICE, False),
    (GOOD, {"arrived": TODAY + timedelta(days=1)}, Code.DATE_TOO_LATE, True),
    (GOOD, {"arrived": date(2026, 12, 5)}, Code.DATE_TOO_LATE, True),
    (GOOD, {"granted_days": 30}, Code.STAY_DATES_DISAGREE, False),
    (GOOD, {"arrived": date(2026, 6, 7), "extension_no": 3}, Code.NO_EXTENSION_LEFT, True),
    (GOOD, {"arrived": date(2026, 7, 1), "extension_no": 3}, Code.CEILING_CUTS, False),
    (GOOD, {"on": date(2026, 11, 19)}, Code.FILING_TOO_EARLY, True),
    (GOOD, {"on": date(2026, 12, 4)}, Code.FILING_TOO_LATE, True),
    (GOOD, {"on": date(2026, 12, 1)}, Code.FILING_LAST_DAYS, False),
    (GOOD, {"on": date(2026, 12, 3)}, Code.FILING_LAST_DAYS, False),
    (GOOD, {"permit_expires": date(2026, 12, 5)}, Code.EXPIRES_ON_DAY_OFF, False),
    (GOOD, {"on": date(2026, 12, 5)}, Code.OVERSTAY_PAYABLE, False),
    (GOOD, {"on": date(2027, 2, 1)}, Code.OVERSTAY_PAYABLE, False),
    (GOOD, {"on": date(2027, 2, 2)}, Code.OVERSTAY_TOO_LONG, True),
    (NEWBORN, {"on": date(2027, 1, 1)}, Code.NEWBORN_LATE, False),
    (GOOD, {"passport_expires": date(2026, 11, 23)}, Code.PASSPORT_EXPIRED, True),
    (GOOD, {"passport_expires": date(2026, 12, 4)}, Code.PASSPORT_ENDS_FIRST, True),
    (GOOD, {"passport_expires": date(2027, 2, 1)}, Code.PASSPORT_SHORTER_THAN_PERMIT, True),
    (GOOD, {"passport_expires": date(2027, 2, 2)}, Code.PASSPORT_SHORT_OF_MONTHS, False),
    (GOOD, {"passport_expires": date(2027, 5, 23)}, Code.PASSPORT_SHORT_OF_MONTHS, False),
    (GOOD, {"free_page": False}, Code.PASSPORT_FULL, True),
    (GOOD, {"birth": PartialDate(2026, 12)}, Code.DATE_TOO_LATE, True),
    (GOOD, {"birth": PartialDate(2008, 11, 25)}, Code.GUARDIAN_NEEDED, True),
    (GOOD, {"birth": PartialDate(2008)}, Code.GUARDIAN_NEEDED, True),
    (VOA, {"sponsor": SponsorBasis.CORPORATE}, Code.SPONSOR_DOES_NOT_FIT, True),
    (GOOD, {"regency": "Kota Palembang"}, Code.OUTSIDE_TERRITORY, False),
]


@pytest.mark.parametrize("filing", [GOOD, VOA, NEWBORN, BRIDGING], ids=lambda filing: filing.kind)
def test_nothing_stands_against_a_good_filing(filing: Filing) -> None:
    assert assess_filing(RULES, filing) == ()


@pytest.mark.parametrize(("filing", "change", "code", "blocks"), CASES, ids=lambda value: str(value)[:40])
def test_each_rule_finds_what_is_wrong(filing: Filing, change: dict[str, Any], code: Code, blocks: bool) -> None:
    findings = assess_filing(RULES, replace(filing, **change))
    found = {finding.code: finding for finding in findings}
    assert code in found, findings
    assert found[code].blocks is blocks
    assert list(findings) == sorted(findings, key=lambda finding: not finding.blocks)


@pytest.mark.parametrize(("filing", "change", "code", "_blocks"), CASES, ids=lambda value: str(value)[:40])
def test_each_finding_has_words_that_say_what_to_do(
    filing: Filing, change: dict[str, Any], code: Code, _blocks: bool
) -> None:
    for finding in assess_filing(RULES, replace(filing, **change)):
        for language in Language:
            assert "{" not in words.say(language, finding.refusal.key(), **finding.refusal.details)
            assert words.say(language, finding.refusal.next_key(), **finding.refusal.details)


@pytest.mark.parametrize(
    "change",
    [
        {"passport_expires": date(2027, 5, 24)},
        {"birth": PartialDate(2008, 11, 24)},
        {"birth": PartialDate(2008), "has_guardian": True},
        {"regency": "muara enim"},
        {"on": date(2026, 11, 20)},
        {"on": date(2026, 11, 29)},
        {"visa_index": ""},
        {"visa_index": "D1"},
        {"arrived": None},
        {"on": date(2026, 12, 8), "protected_since": date(2026, 12, 1)},
    ],
)
def test_the_day_before_a_rule_bites_nothing_is_found(change: dict[str, Any]) -> None:
    found = {finding.code for finding in assess_filing(RULES, replace(GOOD, **change))}
    assert found <= {Code.FILING_TOO_LATE}
    assert not found or "protected_since" in change


def test_overstay_is_said_with_its_amount_and_without_a_window() -> None:
    findings = assess_filing(RULES, replace(GOOD, on=date(2026, 12, 7)))
    assert [finding.code for finding in findings] == [Code.OVERSTAY_PAYABLE]
    assert findings[0].refusal.details["amount"] == "Rp3.000.000"


@pytest.mark.parametrize("regency", ["Kabupaten Lahat", "kab. lahat", "LAHAT", "Kota Prabumulih", "prabumulih"])
def test_a_regency_is_known_however_it_is_written(regency: str) -> None:
    assert in_territory(RULES, regency)
    assert not in_territory(RULES, regency + "x")


def keys(kind: str, sponsor: SponsorBasis, person: Collector) -> set[str]:
    return {item.key for item in checklist(RULES, kind, sponsor, person)}


def test_the_office_s_own_list_of_seven() -> None:
    needed = keys("visit_visa_extension", SponsorBasis.INDIVIDUAL, Collector.PROXY)
    assert needed >= {
        "passport",
        "visa_and_arrival_stamp",
        "request_letter",
        "guarantee_letter",
        "power_of_attorney",
        "sponsor_id",
        "proxy_id",
    }
    assert "company_papers" not in needed


def test_the_checklist_depends_on_kind_sponsor_and_person() -> None:
    voa = keys("voa_extension", SponsorBasis.NONE, Collector.APPLICANT)
    assert voa == {"passport", "voa_proof", "application_form", "request_letter", "return_ticket"}
    assert "company_papers" in keys("visit_visa_extension", SponsorBasis.CORPORATE, Collector.SPONSOR)
    newborn = keys("newborn", SponsorBasis.NONE, Collector.APPLICANT)
    assert newborn >= {"child_passport", "birth_certificate", "parents_passports", "parents_permit"}
    assert "passport" not in newborn
    assert "deposit_proof" in keys("bridging", SponsorBasis.DEPOSIT, Collector.APPLICANT)


def test_the_young_need_their_guardian_s_consent() -> None:
    arguments = (RULES, "voa_extension", SponsorBasis.NONE, Collector.APPLICANT)
    young = checklist(*arguments, birth=PartialDate(2010, 1, 1), on=TODAY)
    grown = checklist(*arguments, birth=PartialDate(2000, 1, 1), on=TODAY)
    assert {item.key for item in young} - {item.key for item in grown} == {"guardian_consent"}
    assert needs_guardian(RULES, PartialDate(2008), TODAY)
    assert not needs_guardian(RULES, PartialDate(2007), TODAY)


def test_what_is_missing_is_what_is_required_and_not_there() -> None:
    items = checklist(RULES, "visit_visa_extension", SponsorBasis.NONE, Collector.APPLICANT)
    lacking = missing(items, {"passport", "application_form"})
    assert [item.key for item in lacking] == ["visa_and_arrival_stamp", "request_letter"]
    assert "onward_ticket" in {item.key for item in items}


@pytest.mark.parametrize(
    ("kind", "extension_no", "on", "photo", "interview"),
    [
        ("visit_visa_extension", 1, date(2020, 5, 8), True, "optional"),
        ("visit_visa_extension", 2, date(2020, 5, 8), False, "optional"),
        ("visit_visa_extension", 2, date(2022, 5, 12), True, "optional"),
        ("visit_visa_extension", 1, date(2025, 5, 28), True, "optional"),
        ("visit_visa_extension", 3, date(2025, 5, 29), True, "required"),
        ("voa_extension", 1, TODAY, True, "required"),
        ("bridging", 0, TODAY, True, "required"),
    ],
)
def test_biometrics_follow_the_policy_of_the_day(
    kind: str, extension_no: int, on: date, photo: bool, interview: str
) -> None:
    needed = biometric_requirements(RULES, kind, extension_no, on, PartialDate(1980))
    assert needed is not None
    assert (needed.photo, needed.interview) == (photo, interview)
    assert needed.fingers_wanted == tuple(range(1, 11))
    assert needed.fingers_required == (1, 6)


def test_a_small_child_gives_a_photo_only() -> None:
    baby = biometric_requirements(RULES, "newborn", 0, TODAY, PartialDate(2026, 11, 1))
    assert baby is not None
    assert (baby.photo, baby.fingers_wanted, baby.interview) == (True, (), "none")
    four = biometric_requirements(RULES, "voa_extension", 1, TODAY, PartialDate(2021, 11, 25))
    five = biometric_requirements(RULES, "voa_extension", 1, TODAY, PartialDate(2021, 11, 24))
    assert four is not None
    assert five is not None
    assert (four.fingers_wanted, len(five.fingers_wanted)) == ((), 10)
    assert biometric_requirements(RULES, "itap", 1, TODAY) is None


def test_age_alone_makes_one_elderly() -> None:
    assert priority_by_age(RULES, PartialDate(1966, 11, 24), TODAY) == "elderly"
    assert priority_by_age(RULES, PartialDate(1966, 11, 25), TODAY) == ""
