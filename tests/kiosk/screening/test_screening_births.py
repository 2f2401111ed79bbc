"""Dates of birth as lists and passports hold them, and how two relate."""

import pytest

from kiosk.screening.births import BirthRelation, birth_text, in_calendar, read_birth, relate, swapped


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("1958", 19580000),
        ("1958-03", 19580300),
        ("1958-03-21", 19580321),
        ("1958-00-00", 19580000),
        ("19580321", 19580321),
        ("1958-XX-XX", 19580000),
        ("21-03-1958", 19580321),
        ("21/3/1958", 19580321),
        ("~1958", 19589900),
        ("circa 1958", 19589900),
        ("1854-11-52", 18541152),
        ("0000-01-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read(text: str, birth: int | None) -> None:
    assert read_birth(text) == birth


@pytest.mark.parametrize("text", ["1958-13-01", "1958-02-30", "1958-00-12", "1854-11-52"])
def test_a_list_holds_only_days_of_the_calendar(text: str) -> None:
    assert read_birth(text, strict=True) is None


@pytest.mark.parametrize("text", ["1958", "1958-03", "1958-03-21", "~1958"])
def test_dates_are_written_as_they_were_read(text: str) -> None:
    birth = read_birth(text, strict=True)
    assert birth is not None
    assert birth_text(birth) == text
    assert in_calendar(birth)


@pytest.mark.parametrize(
    ("applicant", "listed", "relation"),
    [
        ("1958-03-21", "1958-03-21", BirthRelation.EXACT),
        ("1958-03-12", "1958-12-03", BirthRelation.SWAPPED),
        ("1958-03-21", "1958-03-22", BirthRelation.ONE_DIGIT),
        ("1958-03-21", "1968-03-21", BirthRelation.ONE_DIGIT),
        ("1958-03-12", "1958-03-21", BirthRelation.ONE_DIGIT),
        ("1958-03-21", "1958-03", BirthRelation.MONTH_AGREES),
        ("1958-03-21", "1958", BirthRelation.YEAR_AGREES),
        ("1958", "1958", BirthRelation.YEAR_AGREES),
        ("1958-03-21", "~1960", BirthRelation.ABOUT_AGREES),
        ("1854-11-52", "1824-11-22", BirthRelation.TWO_DIGITS),
        ("1958-03-21", "1958-11-09", BirthRelation.SAME_YEAR),
        ("1958-03-21", "1958-04", BirthRelation.SAME_YEAR),
        ("1958-03-21", "1959", BirthRelation.WITHIN_ONE),
        ("1958-03-21", "1961", BirthRelation.WITHIN_THREE),
        ("1958-03-21", "1971-12-04", BirthRelation.FURTHER),
    ],
)
def test_two_dates_relate(applicant: str, listed: str, relation: BirthRelation) -> None:
    first, second = read_birth(applicant), read_birth(listed)
    assert first is not None
    assert second is not None
    assert relate(first, second) is relation


def test_exchanged_day_and_month_must_be_a_date() -> None:
    assert swapped(19580321) is None
    assert swapped(19580404) is None
    assert swapped(19580304) == 19580403
