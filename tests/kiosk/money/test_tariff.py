"""The tariff table: entered by one person, released by another, kept for ever."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from db.connection import ConstraintBroken
from db.tables import Tariff
from kiosk import clock
from kiosk.audit import Signer
from kiosk.desk import Desk
from kiosk.money import tariff
from kiosk.money.charges import find
from kiosk.money.tariff import TariffEntry
from kiosk.office import Office
from kiosk.refusals import Code, Refused

NOW = clock.now()
NEW = TariffEntry("itk", 30, 600_000, date(2027, 1, 1), "PP 1/2027", note="naik")


@pytest.fixture
def ratna(desks: dict[str, Desk]) -> Signer:
    return desks["ratna"].look().signer


@pytest.fixture
def hendra(desks: dict[str, Desk]) -> Signer:
    return desks["hendra"].look().signer


def test_the_seed_has_the_history_since_2019(office: Office) -> None:
    with office.store.reading():
        rows = tariff.in_force()
        assert find(rows, "itk", 60, date(2020, 1, 1)).amount == 750_000
        assert find(rows, "itk", 60, date(2023, 1, 1)).amount == 2_000_000
        assert find(rows, "itk", 60, date(2026, 1, 1)).amount == 1_000_000
        assert all(line.in_force for line in tariff.history())


def test_a_new_row_is_in_force_only_once_another_person_released_it(
    office: Office, ratna: Signer, hendra: Signer
) -> None:
    with office.store.writing():
        row = tariff.enter(NEW, ratna, NOW)
        assert isinstance(row, int)
        assert find(tariff.in_force(), "itk", 30, date(2027, 1, 1)).amount == 500_000
        same = tariff.release(row, ratna, NOW)
        assert isinstance(same, Refused)
        assert same.first.code is Code.TARIFF_NEEDS_OTHER_PERSON
        assert tariff.release(row, hendra, NOW) == row
        rows = tariff.in_force()
        assert find(rows, "itk", 30, date(2027, 1, 1)).amount == 600_000
        assert find(rows, "itk", 30, date(2026, 12, 31)).amount == 500_000
        line = next(line for line in tariff.history("itk") if line.row.id == row)
        assert (line.entered_by, line.released_by) == ("Ratna Dewi", "Hendra Gunawan")


def test_the_database_itself_refuses_one_person_for_both(office: Office, ratna: Signer) -> None:
    with office.store.writing():
        row = tariff.enter(NEW, ratna, NOW)
    with pytest.raises(ConstraintBroken, match="tariff_needs_two_people"), office.store.writing():
        Tariff.update(released_by=ratna.person).where(Tariff.id == row).execute()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"basis": "  "}, Code.FIELD_REQUIRED),
        ({"amount": 0}, Code.FIELD_NOT_A_NUMBER),
        ({"days": -1}, Code.FIELD_NOT_A_NUMBER),
        ({"valid_until": date(2026, 1, 1)}, Code.TARIFF_DATES),
    ],
)
def test_a_row_that_makes_no_sense_is_not_entered(
    office: Office, ratna: Signer, changes: dict[str, object], code: Code
) -> None:
    with office.store.writing():
        answer = tariff.enter(replace(NEW, **changes), ratna, NOW)  # type: ignore[arg-type]
    assert isinstance(answer, Refused)
    assert answer.first.code is code


def test_unknown_and_released_rows_and_nobody_in_particular_are_refused(
    office: Office, ratna: Signer, hendra: Signer
) -> None:
    with office.store.writing():
        row = tariff.enter(NEW, ratna, NOW)
        assert isinstance(row, int)
        answers = [
            tariff.release(9_999, hendra, NOW),
            tariff.release(row, Signer(0, 0, "kiosk"), NOW),
            tariff.release(1, hendra, NOW),
        ]
    codes = [answer.first.code for answer in answers if isinstance(answer, Refused)]
    assert codes == [Code.TARIFF_NOT_FOUND, Code.TARIFF_NEEDS_OTHER_PERSON, Code.TARIFF_RELEASED]


def test_a_row_that_overlaps_a_released_one_is_refused(office: Office, ratna: Signer, hendra: Signer) -> None:
    early = TariffEntry("itk", 30, 1, date(2023, 1, 1), "X", valid_until=date(2023, 1, 1) + timedelta(days=9))
    with office.store.writing():
        row = tariff.enter(early, ratna, NOW)
        assert isinstance(row, int)
        answer = tariff.release(row, hendra, NOW)
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.TARIFF_DATES
