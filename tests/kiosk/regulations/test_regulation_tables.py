"""The dated tables that come with the program, and an office's own that stand in their place."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from kiosk import words
from kiosk.applicant import Priority
from kiosk.regulations import RegulationError, load_regulations
from kiosk.words import Language

RULES = load_regulations()


def shipped(name: str) -> str:
    return files("kiosk.regulations").joinpath(name).read_text("utf-8")


def own_folder(folder: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """A folder with the table `name`, in which `old` is `new`, and the line of that."""
    text = shipped(name)
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return folder, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("days", "on", "amount"),
    [
        (30, date(2019, 5, 2), 355_000),
        (30, date(2019, 5, 3), 500_000),
        (60, date(2019, 5, 2), None),
        (60, date(2020, 5, 8), 750_000),
        (60, date(2022, 5, 11), 750_000),
        (60, date(2022, 5, 12), 2_000_000),
        (60, date(2024, 12, 16), 2_000_000),
        (60, date(2024, 12, 17), 1_000_000),
        (7, date(2026, 11, 24), 250_000),
        (14, date(2026, 11, 24), 350_000),
        (30, date(2026, 11, 24), 500_000),
        (90, date(2026, 11, 24), 1_500_000),
        (180, date(2026, 11, 24), 2_000_000),
        (45, date(2026, 11, 24), None),
        (180, date(2024, 12, 16), None),
        (30, date(2000, 1, 1), None),
    ],
)
def test_the_tariff_of_a_day(days: int, on: date, amount: int | None) -> None:
    row = RULES.tariff("itk", days, on)
    assert (row.amount if row else None) == amount


def test_overstay_cost_300_000_a_day_and_a_million_since_2019() -> None:
    rates = {day: rate.amount_each_day for day in (date(2019, 5, 2), date(2019, 5, 3)) if (rate := RULES.overstay(day))}
    assert list(rates.values()) == [300_000, 1_000_000]


@pytest.mark.parametrize(
    ("index", "source", "listed"),
    [
        ("C1", "single_entry", True),
        ("c 1", "single_entry", True),
        ("B1", "visa_on_arrival", True),
        ("A1", "visa_exempt", True),
        ("D2", "multiple_entry", True),
        ("B211A", "single_entry", True),
        ("211", "single_entry", True),
        ("C99", "single_entry", False),
    ],
)
def test_a_visa_index_is_looked_up_or_read_by_its_letter(index: str, source: str, listed: bool) -> None:
    visa = RULES.visa(index)
    assert visa is not None
    assert (visa.source, visa.listed) == (source, listed)


@pytest.mark.parametrize("index", ["", "E31", "C", "CX", "999"])
def test_an_unknown_visa_index_is_none(index: str) -> None:
    assert RULES.visa(index) is None


def test_priority_groups_are_those_of_the_application() -> None:
    assert {group.code for group in RULES.priorities} == {group.value for group in Priority if group}


def test_holidays_are_known_from_2025_to_2027() -> None:
    assert [(year.year, year.certain) for year in RULES.years] == [(2025, True), (2026, True), (2027, False)]
    assert RULES.holidays[date(2026, 8, 17)].name.english == "Independence Day"
    assert RULES.holidays[date(2026, 12, 24)].kind == "joint_leave"


def test_retention_and_territory_are_configuration() -> None:
    assert RULES.retention.paper_years == 3
    assert "Kota Prabumulih" in RULES.territory.regencies


def test_an_office_overrides_one_table_and_keeps_the_others(tmp_path: Path) -> None:
    folder, _ = own_folder(tmp_path, "office.toml", 'office = "ME"', 'office = "PL"')
    own = load_regulations(folder)
    assert own.register.office == "PL"
    assert own.tariffs == RULES.tariffs
    assert own.hash != RULES.hash


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("money.toml", "amount = 355_000", "amount = 0", "tomlfile.not_positive"),
        ("money.toml", "amount = 355_000", 'amount = "355000"', "tomlfile.wrong_type"),
        ("money.toml", "valid_until = 2019-05-02", "valid_until = 2014-01-01", "permits.problem.ends_before_it_begins"),
        ("stays.toml", "offered = [30]", "offered = [300]", "permits.problem.offered_beyond_ceiling"),
        ("stays.toml", 'approvers = ["office_head"]', 'approvers = ["boss"]', "tomlfile.not_a_choice"),
        ("stays.toml", '"AFG"', '"QQQ"', "permits.problem.unknown_nationality"),
        ("stays.toml", 'kinds = ["bridging"]', 'kinds = ["brigding"]', "permits.problem.unknown_kind"),
        ("stays.toml", 'closes = "working_day_before"', 'closes = "whenever"', "tomlfile.not_a_choice"),
        ("kinds.toml", 'code = "bridging"', 'code = "newborn"', "permits.problem.given_twice"),
        ("kinds.toml", 'form = "Perdim 23"', 'forms = "Perdim 23"', "tomlfile.unknown_key"),
        ("checklists.toml", 'key = "request_letter"', 'key = "passport"', "permits.problem.given_twice"),
        ("checklists.toml", 'persons = ["proxy"]', 'persons = ["lawyer"]', "tomlfile.not_a_choice"),
        ("biometrics.toml", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "[0, 1, 6]", "permits.problem.no_such_finger"),
        (
            "biometrics.toml",
            "fingers_required = [1, 6]",
            "fingers_required = [11]",
            "permits.problem.required_not_wanted",
        ),
        ("visas.toml", 'index = "B1"', 'index = "A1"', "permits.problem.given_twice"),
        ("holidays.toml", "day = 2025-01-01", "day = 2031-01-01", "permits.problem.holiday_without_year"),
        ("holidays.toml", "day = 2025-01-01", "day = 2025-02-30", "tomlfile.syntax"),
        ("office.toml", "opens = 08:00:00", "opens = 18:00:00", "permits.problem.hours_out_of_order"),
        ("office.toml", "weekdays = [5]", "weekdays = [8]", "permits.problem.no_such_weekday"),
        ("office.toml", "{office}{serial}", "{office}{seriel}", "permits.problem.template"),
        ("office.toml", "{office}{serial}", "{office}0001", "permits.problem.template_without_serial"),
        ("office.toml", 'bridging = "31"', 'bridge = "31"', "tomlfile.unknown_key"),
    ],
)
def test_a_wrong_table_is_refused_with_its_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, key: str
) -> None:
    folder, line = own_folder(tmp_path, name, old, new)
    with pytest.raises(RegulationError) as caught:
        load_regulations(folder)
    assert caught.value.file == name
    found = [problem for problem in caught.value.problems if problem.key == key]
    assert line in [problem.line for problem in found]
    for language in Language:
        assert "{seriel" not in words.say(language, key, **found[0].details)


def test_a_tariff_given_twice_for_one_day_is_refused(tmp_path: Path) -> None:
    text = shipped("money.toml")
    row = text[text.index("[[tariff]]") : text.index("[[tariff]]", text.index("[[tariff]]") + 1)]
    (tmp_path / "money.toml").write_text(text.replace("# Biaya beban.", row + "# Biaya beban."), "utf-8")
    with pytest.raises(RegulationError) as caught:
        load_regulations(tmp_path)
    assert caught.value.key == "permits.problem.tariffs_overlap"


def test_a_misspelt_table_is_refused_rather_than_passed_over(tmp_path: Path) -> None:
    (tmp_path / "tarif.toml").write_text("", "utf-8")
    with pytest.raises(RegulationError) as caught:
        load_regulations(tmp_path)
    assert (caught.value.file, caught.value.key) == ("tarif.toml", "permits.problem.unknown_file")


def test_a_folder_that_is_not_there_is_refused_rather_than_passed_over(tmp_path: Path) -> None:
    with pytest.raises(RegulationError) as caught:
        load_regulations(tmp_path / "peraturan")
    assert caught.value.key == "permits.problem.no_folder"
    for language in Language:
        assert "peraturan" in words.say(language, caught.value.key, **caught.value.details)
