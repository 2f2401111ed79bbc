"""Money, words, dates and masks as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk.formats import (
    amount_in_words,
    counted,
    decimal,
    duration,
    iso_utc,
    long_date,
    long_date_with_day,
    mask,
    mask_passport,
    moment_short,
    numeric_date,
    rupiah,
    staff_number,
    stopwatch,
    terbilang,
)
from kiosk.words import Language, catalogue

ID, EN = Language.INDONESIAN, Language.ENGLISH


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "Rp0"), (999, "Rp999"), (500_000, "Rp500.000"), (12_345_678, "Rp12.345.678"), (-750_000, "-Rp750.000")],
)
def test_rupiah_has_dots_between_thousands(amount: int, shown: str) -> None:
    assert rupiah(amount) == shown


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"),
        (1, "satu"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (12, "dua belas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (21, "dua puluh satu"),
        (99, "sembilan puluh sembilan"),
        (100, "seratus"),
        (101, "seratus satu"),
        (111, "seratus sebelas"),
        (200, "dua ratus"),
        (999, "sembilan ratus sembilan puluh sembilan"),
        (1_000, "seribu"),
        (1_001, "seribu satu"),
        (1_100, "seribu seratus"),
        (1_999, "seribu sembilan ratus sembilan puluh sembilan"),
        (2_000, "dua ribu"),
        (11_000, "sebelas ribu"),
        (21_000, "dua puluh satu ribu"),
        (100_000, "seratus ribu"),
        (101_000, "seratus satu ribu"),
        (500_000, "lima ratus ribu"),
        (1_000_000, "satu juta"),
        (1_001_000, "satu juta seribu"),
        (2_350_000, "dua juta tiga ratus lima puluh ribu"),
        (1_000_000_000, "satu miliar"),
        (1_000_000_001, "satu miliar satu"),
        (1_000_001_000_000, "satu triliun satu juta"),
        (
            999_999_999_999_999,
            "sembilan ratus sembilan puluh sembilan triliun sembilan ratus sembilan puluh sembilan miliar "
            "sembilan ratus sembilan puluh sembilan juta sembilan ratus sembilan puluh sembilan ribu "
            "sembilan ratus sembilan puluh sembilan",
        ),
    ],
)
def test_terbilang(number: int, words: str) -> None:
    assert terbilang(number) == words


VALUES = {
    word: value
    for value, word in enumerate(
        ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"]
    )
}
SCALES = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}


def read_words(words: str) -> int:
    """Read number words back, by the grammar of the language rather than by the way they were made."""
    total = group = small = 0
    for word in words.split():
        if word in SCALES:
            total += (group + small) * SCALES[word]
            group = small = 0
        elif word == "seribu":
            total, group, small = total + 1000, 0, 0
        elif word == "seratus":
            group += 100
        elif word == "ratus":
            group, small = group + small * 100, 0
        elif word == "puluh":
            group, small = group + small * 10, 0
        elif word == "belas":
            group, small = group + small + 10, 0
        else:
            small = VALUES[word]
    return total + group + small


def test_terbilang_says_the_number_it_was_given() -> None:
    numbers = [*range(12_000), *(7**k * 13 + k for k in range(16)), *(10**k - 1 for k in range(16))]
    assert [number for number in numbers if read_words(terbilang(number)) != number] == []


@pytest.mark.parametrize("number", [-1, 10**15])
def test_terbilang_refuses_what_it_has_no_words_for(number: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        terbilang(number)


def test_amount_in_words_ends_with_rupiah() -> None:
    assert amount_in_words(1_500_000) == "Satu juta lima ratus ribu rupiah"


def test_moments_are_shown_in_wib() -> None:
    late = datetime(2026, 11, 22, 17, 30, 59, tzinfo=UTC)
    assert moment_short(late) == "23-11-2026 00:30 WIB"
    assert long_date(late, ID) == "23 November 2026"
    assert numeric_date(late) == "23-11-2026"
    assert iso_utc(late) == "2026-11-22T17:30:59Z"


def test_dates_have_words_in_both_languages() -> None:
    day = date(2026, 8, 17)
    assert long_date_with_day(day, ID) == "Senin, 17 Agustus 2026"
    assert long_date_with_day(day, EN) == "Monday, 17 August 2026"


def test_a_time_without_a_zone_is_a_defect() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment_short(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="time zone"):
        iso_utc(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("length", "indonesian", "english"),
    [
        (timedelta(milliseconds=400), "0 detik", "0 seconds"),
        (timedelta(seconds=1), "1 detik", "1 second"),
        (timedelta(minutes=5, seconds=10), "5 menit 10 detik", "5 minutes 10 seconds"),
        (timedelta(hours=2), "2 jam", "2 hours"),
        (timedelta(hours=2, seconds=3), "2 jam", "2 hours"),
        (timedelta(days=1, hours=1, minutes=59), "1 hari 1 jam", "1 day 1 hour"),
    ],
)
def test_durations_name_two_units(length: timedelta, indonesian: str, english: str) -> None:
    assert duration(length, ID) == indonesian
    assert duration(length, EN) == english


def test_counted_knows_one_and_many() -> None:
    assert [counted(n, "page", EN) for n in (0, 1, 2)] == ["0 pages", "1 page", "2 pages"]
    assert counted(2, "working_day", ID) == "2 hari kerja"


def test_stopwatch_shows_overrun_with_a_minus() -> None:
    assert stopwatch(timedelta(minutes=4, seconds=59)) == "04:59"
    assert stopwatch(timedelta(hours=1)) == "1:00:00"
    assert stopwatch(timedelta(seconds=-61)) == "-01:01"


def test_masks_never_show_a_short_number_whole() -> None:
    assert mask_passport("X1234567") == "*****567"
    assert mask_passport("567") == "***"
    assert mask_passport("") == ""
    assert mask("1234567890123456", keep=4) == "************3456"


def test_staff_number_in_its_parts() -> None:
    assert staff_number("198503122010011001") == "19850312 201001 1 001"
    assert staff_number("12345") == "12345"


def test_both_languages_have_the_same_words() -> None:
    keys = [{key for key in catalogue(language) if key.startswith("format.")} for language in (ID, EN)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 12 + 7 + 12 + 1, "months, days, lengths of time, the decimal mark"


@pytest.mark.parametrize(("language", "shown"), [(Language.INDONESIAN, "113,9"), (Language.ENGLISH, "113.9")])
def test_a_fraction_has_the_decimal_mark_of_its_language(language: Language, shown: str) -> None:
    assert decimal(113.94, language) == shown
    assert decimal(113.94, language, signed=True) == f"+{shown}"
