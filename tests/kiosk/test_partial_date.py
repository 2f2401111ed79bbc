"""Dates of birth of which the day or the month is unknown."""

from datetime import date

import pytest

from kiosk.partial_date import PartialDate


@pytest.mark.parametrize(
    ("text", "iso", "shown"),
    [
        ("1958", "1958-00-00", "00-00-1958"),
        ("1958-03", "1958-03-00", "00-03-1958"),
        ("1958-03-21", "1958-03-21", "21-03-1958"),
        ("1958-00-00", "1958-00-00", "00-00-1958"),
        ("19580321", "1958-03-21", "21-03-1958"),
        ("21/03/1958", "1958-03-21", "21-03-1958"),
        (" 21 3 1958 ", "1958-03-21", "21-03-1958"),
        ("00-03-1958", "1958-03-00", "00-03-1958"),
        ("03.1958", "1958-03-00", "00-03-1958"),
        ("xx-xx-1958", "1958-00-00", "00-00-1958"),
        ("29-02-2024", "2024-02-29", "29-02-2024"),
    ],
)
def test_a_date_is_read_and_shown(text: str, iso: str, shown: str) -> None:
    born = PartialDate.read(text)
    assert (born.iso(), born.shown()) == (iso, shown)
    assert PartialDate.read(born.iso()) == born


@pytest.mark.parametrize(
    "text",
    ["", "58", "29-02-2023", "31-04-2020", "2020-13-01", "0000-01-01", "2020-00-05", "today", "٢٠٢٠", "1-2-3-2020"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        PartialDate.read(text)


def test_an_unknown_part_spans_what_it_can_be() -> None:
    assert (PartialDate(2024, 2).earliest, PartialDate(2024, 2).latest) == (date(2024, 2, 1), date(2024, 2, 29))
    assert (PartialDate(2023).earliest, PartialDate(2023).latest) == (date(2023, 1, 1), date(2023, 12, 31))
    assert PartialDate(2023).whole is None
    assert PartialDate.of(date(2023, 5, 6)).whole == date(2023, 5, 6)


def test_an_age_is_a_range_where_the_birth_is_not_wholly_known() -> None:
    today = date(2026, 11, 24)
    assert PartialDate(2008, 11, 24).age_on(today) == (18, 18)
    assert PartialDate(2008, 11, 25).age_on(today) == (17, 17)
    assert PartialDate(2008).age_on(today) == (17, 18)
    assert PartialDate(2004, 2, 29).age_on(date(2022, 2, 28)) == (17, 17)
    assert PartialDate(2027).age_on(today) == (0, 0)
