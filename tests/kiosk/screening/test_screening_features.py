"""What each feature does to the score: one difference at a time on a list of a few persons."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from kiosk.screening.births import read_birth
from kiosk.screening.engine import Candidate, Query, Screener
from kiosk.screening.entries import ListedName, NameKind, Sex, WatchlistEntry
from kiosk.screening.explain import Mark
from kiosk.screening.scoring import FEATURES, NAME_FEATURES, POSITIVE, coefficients, older_coefficients
from tests.kiosk.screening.persons import person

Build = Callable[..., Screener]
LISTED = person("w-1", "RAMIREZ ZAMBRANO, Wilmar Armando", births=(19580321,), countries=("COL",), sex=Sex.MALE)


def top(screener: Screener, name: str, born: str | None = None, **options: object) -> Candidate:
    query = Query("q", (name,), read_birth(born) if born else None, **options)  # type: ignore[arg-type]
    return screener.screen(query, floor=-1000.0).candidates[0]


def contribution(screener: Screener, name: str, key: str, born: str | None = None, **options: object) -> float:
    return top(screener, name, born, **options).contributions.get(key, 0.0)


@pytest.mark.parametrize(
    "name",
    [
        "ZAMBRANO WILMAR ARMANDO RAMIREZ",
        "WILMAR RAMIREZ ZAMBRANO ARMANDO",
        "RAMIRES ZAMBRANO WILMAR ARMANDO",
        "RAMIREZZAMBRANO WILMAR ARMANDO",
        "RAMIREZ ZAMBRANO WILMARARMANDO",
        "RAMIREZ ZAMBRANO<<WILMAR<ARMANDO<<<<<<<",
        "RAMIREZ ZAMBRANO W ARMANDO",
        "RAMIREZ ZAMBRANO WILMAR",
        "RAMIREZ ZAMBRANO WILAMR ARMANDO",
    ],
)
def test_a_name_written_otherwise_is_found(of_persons: Build, name: str) -> None:
    found = of_persons(LISTED).screen(Query("q", (name,), 19580321, None, ("COL",)))
    assert [candidate.entry_id for candidate in found.candidates] == ["w-1"]


@pytest.mark.parametrize(
    ("listed", "given"),
    [
        ("HAN YU-RO", "HAN YURO"),
        ("HAN YURO", "HAN YU RO"),
        ("MOHAMMAD AMAN AKHUND", "MOHAMMAD AMANAKHUND"),
        ("Mullah Abdul Satar", "MULLAHABDUL SATAR"),
    ],
)
def test_short_words_and_titles_written_together_are_parted(of_persons: Build, listed: str, given: str) -> None:
    """As engine 3 does; what 2 made of them stays what it was."""
    entry = person("w-1", listed)
    parted = top(of_persons(entry), given)
    assert {word.mark for word in parted.explanation.listed} <= {Mark.SAME, Mark.NEAR}
    assert "name_contradiction" not in parted.contributions
    before = top(of_persons(entry, given=older_coefficients()["2"]), given)
    assert "name_contradiction" in before.contributions


def test_a_word_is_parted_only_where_the_list_has_both_parts(of_persons: Build) -> None:
    assert "name_contradiction" in top(of_persons(person("w-1", "HAN YU-RO")), "HAN YUKO").contributions
    assert top(of_persons(person("w-1", "AMANAKHUND")), "AMANAKHUND").applicant_name == "AMANAKHUND"
    assert top(of_persons(person("w-1", "AMANAKHUND KARIM")), "KARIM AMANAKHUND").contributions.keys() <= {
        "prior",
        "base",
        "name_alone",
        "name_matched",
        "name_whole",
    }


def test_every_difference_costs(of_persons: Build) -> None:
    screener = of_persons(LISTED)
    whole = top(screener, "RAMIREZ ZAMBRANO WILMAR ARMANDO").score
    for other in (
        "RAMIREZ ZAMBRANO WILMER ARMANDO",
        "RAMIREZ ZAMBRANO WILMAR",
        "RAMIREZ ZAMBRANO WILMAR ARMANDO OSCAR",
    ):
        assert top(screener, other).score < whole
    contradicting = top(screener, "RAMIREZ ZAMBRANO WILMAR OSCAR")
    assert contradicting.score < top(screener, "RAMIREZ ZAMBRANO WILMAR").score
    assert contradicting.contributions["name_contradiction"] < 0


@pytest.mark.parametrize(
    ("born", "better_than"),
    [
        ("1958-03-21", "1958-03-22"),
        ("1958-03-22", "1971-11-05"),
        ("1958", "1957"),
    ],
)
def test_a_nearer_birth_date_scores_higher(of_persons: Build, born: str, better_than: str) -> None:
    screener, name = of_persons(LISTED), "RAMIREZ WILMAR"
    assert top(screener, name, born).score > top(screener, name, better_than).score


def test_exchanged_day_and_month_speak_for_the_person(of_persons: Build) -> None:
    screener = of_persons(person("w-1", "RAMIREZ ZAMBRANO", births=(19580312,)))
    assert contribution(screener, "RAMIREZ ZAMBRANO", "birth_swapped", "1958-12-03") > 0


def test_a_common_birth_date_says_less_than_a_rare_one(of_persons: Build) -> None:
    others = [person(f"o-{number}", f"OTHER {number}", births=(19800101,)) for number in range(400)]
    common = person("w-1", "RAMIREZ ZAMBRANO", births=(19800101,))
    rare = person("w-2", "PEREIRA QUINTANA", births=(19800317,))
    screener = of_persons(common, rare, *others)
    assert contribution(screener, "RAMIREZ ZAMBRANO", "birth_exact", "1980-01-01") < contribution(
        screener, "PEREIRA QUINTANA", "birth_exact", "1980-03-17"
    )


def test_a_birth_date_alone_is_no_hit(of_persons: Build) -> None:
    found = of_persons(LISTED).screen(Query("q", ("SMITH JOHN",), 19580321, None, ("COL",)))
    assert found.candidates == ()


def test_a_rare_name_says_more_than_a_common_one(of_persons: Build) -> None:
    crowd = [person(f"o-{number}", f"MUHAMMAD ALI {chr(65 + number % 26)}UKI") for number in range(300)]
    screener = of_persons(person("w-1", "MUHAMMAD ALI"), person("w-2", "ZAMBRANO QUINTANA"), *crowd)
    assert top(screener, "ZAMBRANO QUINTANA").score > top(screener, "MUHAMMAD ALI").score


def test_nationality_and_sex(of_persons: Build) -> None:
    screener, name = of_persons(LISTED), "RAMIREZ ZAMBRANO WILMAR"
    assert contribution(screener, name, "country_agrees", "1958-03-21", nationalities=("COL",)) > 0
    assert contribution(screener, name, "country_differs", "1958-03-21", nationalities=("PER",)) < 0
    assert contribution(screener, name, "sex_differs", "1958-03-21", sex="F") < 0
    assert contribution(screener, name, "sex_differs", "1958-03-21", sex="M") == 0


def test_a_weak_alias_counts_less(of_persons: Build) -> None:
    weak = WatchlistEntry("w-1", (ListedName("OTHER PERSON"), ListedName("ABU RUSDAN", NameKind.WEAK_ALIAS)))
    strong = person("w-1", "OTHER PERSON", "ABU RUSDAN")
    assert top(of_persons(weak), "ABU RUSDAN").score < top(of_persons(strong), "ABU RUSDAN").score
    assert top(of_persons(weak), "ABU RUSDAN").name_kind == "weak_alias"


def test_a_fathers_name_left_out_costs_less_than_another_word(of_persons: Build) -> None:
    russian = of_persons(person("w-1", "GAGLOEV, Mikhail Georgievich"), person("w-2", "GAGLOEV, Mikhail Kvartsov"))
    assert top(russian, "GAGLOEV MIKHAIL").entry_id == "w-1"
    malay = of_persons(person("w-1", "SITI AMINAH BINTI ROSLAN"), person("w-2", "SITI AMINAH ROSLAN"))
    assert top(malay, "SITI AMINAH").entry_id == "w-1"


def test_a_name_cut_in_the_machine_readable_zone_is_found(of_persons: Build) -> None:
    listed = person("w-1", "Nilavadhanananda Chayapa Dejthamrong Krasuang", births=(19600505,))
    found = top(of_persons(listed), "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "1960-05-05")
    assert found.score > 0
    assert "screening.reason.word_prefix" in [reason.key for reason in found.explanation.reasons] or (
        "screening.reason.word_initial" in [reason.key for reason in found.explanation.reasons]
    )


@pytest.mark.parametrize(
    ("applicant", "listed"),
    [
        ("XIAOMING LI", "LI XIAO MING"),
        ("ABDULRAHMAN KHALID", "KHALID, Abdul Rahman"),
        ("ABDUL RAHMAN KHALID", "KHALID, Abdurrahman"),
        ("BOB DALZELL", "robert dalziel"),
        ("OLEKSANDR KHRYAKOV", "ХРЯКОВ Александр"),
        ("MOCH SOLEH IBROHIM", "Muhammad Sholeh Ibrahim"),
        ("TJOKRO SOEKARNO", "Cokro Sukarno"),
        ("VENKATESAN R", "Venkatesan Ramasamy"),
    ],
)
def test_romanisations_orders_and_joins(of_persons: Build, applicant: str, listed: str) -> None:
    screener = of_persons(person("w-1", listed, births=(19700817,)), person("w-2", "SUHARTO Bambang"))
    found = screener.screen(Query("q", (applicant,), 19700817))
    assert [candidate.entry_id for candidate in found.candidates] == ["w-1"]


def test_signs_are_those_of_the_meaning() -> None:
    for name, value in coefficients().values.items():
        assert value >= 0 if name in POSITIVE else value <= 0
    assert set(NAME_FEATURES) <= set(FEATURES) == set(coefficients().values)


def test_on_longer_lists_other_coefficients_hold_and_the_change_is_gradual() -> None:
    given = coefficients()
    longer = [(long.full, long.base, dict(long.values)) for long in given.long_lists]
    fitted = [(given.long_lists[0].begins, given.base, dict(given.values)), *longer]
    for entries, base, values in fitted:
        there = given.at(entries)
        assert there.base == pytest.approx(base)
        assert dict(there.values) == pytest.approx(values)
    assert given.at(10).values == given.values
    assert given.at(5_000_000) == given.at(1_000_000)
    for (low, base, values), (high, far_base, far_values) in pairwise(fitted):
        between = given.at(int((low * high) ** 0.5))
        assert between.base == pytest.approx((base + far_base) / 2, abs=1e-3)
        for name, value in between.values.items():
            assert value == pytest.approx((values[name] + far_values[name]) / 2, abs=1e-3)
    between = given.at(45_000)
    assert between.at(10) == between


def test_another_birth_date_leaves_the_channel_of_the_name_whatever_the_length() -> None:
    """Who has another date of birth is found by the name, and shown so: that channel is never the worse one."""
    for entries in (1_000, 30_000, 100_000, 400_000, 1_000_000):
        given = coefficients().at(entries)
        assert given.base + given.values["birth_further"] <= given.name_base < given.base
