"""What a case owes, from the tariff rows of the day and the overstay of the regulations."""

from datetime import date

import pytest

from kiosk import permits
from kiosk.money.charges import OVERSTAY, Charge, TariffMissing, TariffRow, charges_for, find, overstay_line, total
from kiosk.regulations import load_regulations

REGULATIONS = load_regulations(None)
ROWS = tuple(
    TariffRow(number, row.kind, row.days, row.amount, row.valid_from, row.valid_until, row.basis, row.note)
    for number, row in enumerate(REGULATIONS.tariffs, 1)
)


@pytest.mark.parametrize(
    ("day", "days", "amount", "basis"),
    [
        (date(2019, 5, 2), 30, 355_000, "PP 45/2014 jo. 10/2015"),
        (date(2019, 5, 3), 30, 500_000, "PP 28/2019"),
        (date(2022, 5, 11), 60, 750_000, "PP 28/2019"),
        (date(2022, 5, 12), 60, 2_000_000, "PMK 9/PMK.02/2022; SE IMI-0093.KU.01.03/2022"),
        (date(2024, 12, 16), 60, 2_000_000, "PMK 9/PMK.02/2022; SE IMI-0093.KU.01.03/2022"),
        (date(2024, 12, 17), 60, 1_000_000, "PP 45/2024"),
        (date(2026, 7, 1), 7, 250_000, "PP 45/2024"),
        (date(2026, 7, 1), 180, 2_000_000, "PP 45/2024"),
    ],
)
def test_the_tariff_is_the_row_of_the_day(day: date, days: int, amount: int, basis: str) -> None:
    row = find(ROWS, "itk", days, day)
    assert (row.amount, row.basis) == (amount, basis)


@pytest.mark.parametrize(("days", "pays_for"), [(1, 7), (7, 7), (8, 14), (31, 60), (45, 60), (61, 90), (179, 180)])
def test_a_stay_between_two_rows_costs_the_longer_one(days: int, pays_for: int) -> None:
    assert find(ROWS, "itk", days, date(2026, 7, 1)).days == pays_for


@pytest.mark.parametrize(
    ("kind", "days", "day"),
    [("itk", 181, date(2026, 7, 1)), ("itas", 30, date(2026, 7, 1)), ("itk", 30, date(1990, 1, 1))],
)
def test_no_row_is_said_and_never_guessed(kind: str, days: int, day: date) -> None:
    with pytest.raises(TariffMissing):
        find(ROWS, kind, days, day)


def test_a_row_without_a_length_serves_any_but_gives_way_to_one_with() -> None:
    general = TariffRow(90, "itk", None, 9, date(2024, 12, 17), None, "X")
    assert find((*ROWS, general), "itk", 30, date(2026, 7, 1)).amount == 500_000
    assert find((*ROWS, general), "itk", 400, date(2026, 7, 1)).amount == 9


@pytest.mark.parametrize(("days", "amount"), [(1, 1_000_000), (59, 59_000_000)])
def test_overstay_is_charged_by_the_day_with_its_basis(days: int, amount: int) -> None:
    found = overstay_line(permits.overstay_charge(REGULATIONS, days, date(2026, 7, 1)))
    assert found == Charge(OVERSTAY, days, amount, 0, "PP 28/2019")


def test_overstay_of_sixty_days_is_no_matter_of_money() -> None:
    with pytest.raises(ValueError, match="no charge settles"):
        overstay_line(permits.overstay_charge(REGULATIONS, 60, date(2026, 7, 1)))


def test_the_bill_is_the_permit_and_the_overstay() -> None:
    extra = overstay_line(permits.overstay_charge(REGULATIONS, 3, date(2026, 7, 1)))
    bill = charges_for("itk", 30, ROWS, date(2026, 7, 1), extra)
    assert [charge.kind for charge in bill] == ["itk", OVERSTAY]
    assert total(bill) == 3_500_000
    assert charges_for("itk", 30, ROWS, date(2026, 7, 1), overstay_line(None)) == bill[:1]
