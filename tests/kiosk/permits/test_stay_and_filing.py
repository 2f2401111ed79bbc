"""New expiry, ceilings, filing window and overstay, under each regime and on the awkward days of the calendar."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.permits import Cap, Permit, filing_window, grant, keep_until, overstay_charge, overstay_days, register_number
from kiosk.permits.dates import add_months
from kiosk.permits.stay import stay_days
from kiosk.regulations import Source, load_regulations

RULES = load_regulations()
FAR = date(2040, 1, 1)


def granted(source: Source, arrived: date, expires: date, days: int, on: date, passport: date = FAR, **more: date):  # type: ignore[no-untyped-def]
    kind = "voa_extension" if source == "visa_on_arrival" else "visit_visa_extension"
    result = grant(
        RULES, RULES.kind(kind), Permit(source, arrived, expires, 1), days, passport_expires=passport, on=on, **more
    )
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("expires", "days", "until"),
    [
        (date(2026, 11, 30), 30, date(2026, 12, 30)),
        (date(2026, 12, 31), 30, date(2027, 1, 30)),
        (date(2027, 1, 31), 30, date(2027, 3, 2)),
        (date(2028, 1, 31), 30, date(2028, 3, 1)),
        (date(2028, 1, 30), 30, date(2028, 2, 29)),
        (date(2028, 2, 29), 60, date(2028, 4, 29)),
        (date(2026, 11, 24), 60, date(2027, 1, 23)),
    ],
)
def test_the_new_permit_ends_so_many_days_after_the_old_one(expires: date, days: int, until: date) -> None:
    result = granted("single_entry", expires - timedelta(days=59), expires, days, expires - timedelta(days=5))
    assert (result.valid_until, result.days, result.caps) == (until, days, ())
    assert result.valid_from == expires + timedelta(days=1)


@pytest.mark.parametrize(
    ("source", "on", "ceiling", "max_extensions", "offered", "first"),
    [
        ("single_entry", date(2010, 5, 1), 210, 5, (30,), 60),
        ("single_entry", date(2020, 5, 8), 180, 4, (30,), 60),
        ("single_entry", date(2022, 5, 11), 180, 4, (30,), 60),
        ("single_entry", date(2022, 5, 12), 180, 2, (60,), 60),
        ("single_entry", date(2026, 11, 24), 180, None, (7, 14, 30, 60), 60),
        ("multiple_entry", date(2020, 5, 8), 60, 0, (), 60),
        ("multiple_entry", date(2026, 11, 24), 180, None, (7, 14, 30, 60), 60),
        ("visa_on_arrival", date(2020, 5, 8), 60, 1, (30,), 30),
        ("visa_on_arrival", date(2026, 11, 24), 60, 1, (30,), 30),
        ("visa_exempt", date(2026, 11, 24), 30, 0, (), 30),
        ("bridging", date(2026, 11, 24), 60, 0, (60,), 60),
    ],
)
def test_each_regime_has_its_stay(  # type: ignore[no-untyped-def]
    source: Source, on: date, ceiling: int, max_extensions, offered, first: int
) -> None:
    rule = RULES.stay(source, on)
    assert rule is not None
    assert (rule.ceiling_days, rule.max_extensions, rule.offered) == (ceiling, max_extensions, offered)
    assert rule.first_days == first


def test_the_old_regime_asked_ever_higher_offices() -> None:
    rule = RULES.stay("single_entry", date(2010, 5, 1))
    assert rule is not None
    assert [rule.approver(number) for number in range(1, 7)] == [
        "office_head",
        "office_head",
        "regional_office",
        "regional_office",
        "directorate",
        "directorate",
    ]


def test_no_stay_goes_beyond_the_ceiling() -> None:
    arrived = date(2026, 6, 1)
    last = granted("single_entry", arrived, arrived + timedelta(days=120), 60, date(2026, 9, 20))
    assert (last.valid_until, last.days, last.caps) == (arrived + timedelta(days=180), 60, ())
    cut = granted("single_entry", arrived, arrived + timedelta(days=150), 60, date(2026, 10, 20))
    assert (cut.valid_until, cut.days, cut.caps) == (arrived + timedelta(days=180), 30, (Cap.CEILING,))
    none = granted("single_entry", arrived, arrived + timedelta(days=180), 60, date(2026, 11, 20))
    assert (none.valid_until, none.days, none.caps) == (arrived + timedelta(days=180), 0, (Cap.CEILING,))


def test_a_permit_does_not_outlive_the_passport() -> None:
    arrived = date(2026, 9, 26)
    result = granted("single_entry", arrived, date(2026, 11, 25), 60, date(2026, 11, 20), passport=date(2026, 12, 31))
    assert (result.valid_until, result.days, result.caps) == (date(2026, 12, 31), 36, (Cap.PASSPORT,))
    gone = granted("single_entry", arrived, date(2026, 11, 25), 60, date(2026, 11, 20), passport=date(2026, 11, 1))
    assert (gone.days, gone.caps) == (0, (Cap.PASSPORT,))


def test_only_the_limit_that_binds_is_named() -> None:
    arrived = date(2026, 6, 1)
    result = granted("single_entry", arrived, date(2026, 10, 29), 60, date(2026, 10, 20), passport=date(2026, 11, 10))
    assert (result.valid_until, result.caps) == (date(2026, 11, 10), (Cap.PASSPORT,))


def test_a_child_stays_no_longer_than_its_parents() -> None:
    born = date(2026, 11, 1)
    result = grant(
        RULES,
        RULES.kind("newborn"),
        Permit("birth", born, born, 0),
        60,
        passport_expires=FAR,
        on=date(2026, 11, 24),
        parents_until=date(2026, 12, 15),
    )
    assert result is not None
    assert (result.valid_from, result.valid_until, result.caps) == (born, date(2026, 12, 15), (Cap.PARENTS,))


def test_a_bridging_permit_lasts_60_days_from_the_end_of_the_old_one() -> None:
    arrived, expires = date(2026, 1, 1), date(2026, 12, 1)
    permit = Permit("limited_stay", arrived, expires, 0)
    result = grant(RULES, RULES.kind("bridging"), permit, 60, passport_expires=FAR, on=date(2026, 11, 24))
    assert result is not None
    assert (result.valid_until, result.days, result.caps) == (date(2027, 1, 30), 60, ())
    assert grant(RULES, RULES.kind("bridging"), permit, 60, passport_expires=FAR, on=date(2024, 3, 31)) is None


def test_the_day_of_arrival_counts_where_the_office_says_so() -> None:
    inclusive = replace(RULES, counting=replace(RULES.counting, arrival_day_counts=True))
    assert stay_days(date(2026, 11, 1), date(2026, 11, 30), RULES.counting) == 29
    assert stay_days(date(2026, 11, 1), date(2026, 11, 30), inclusive.counting) == 30
    permit = Permit("visa_on_arrival", date(2026, 11, 1), date(2026, 11, 30), 1)
    result = grant(inclusive, RULES.kind("voa_extension"), permit, 30, passport_expires=FAR, on=date(2026, 11, 24))
    assert result is not None
    assert (result.valid_until, result.caps) == (date(2026, 12, 30), ())


@settings(deadline=None)
@given(
    arrived=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    stayed=st.integers(0, 250),
    days=st.integers(1, 200),
    passport=st.integers(-30, 400),
)
def test_a_grant_never_breaks_a_limit(arrived: date, stayed: int, days: int, passport: int) -> None:
    expires = arrived + timedelta(days=stayed)
    result = granted("single_entry", arrived, expires, days, expires, passport=expires + timedelta(days=passport))
    assert result.days == (result.valid_until - expires).days
    assert 0 <= result.days <= days
    if result.days:
        assert result.valid_until <= arrived + timedelta(days=180)
        assert result.valid_until <= expires + timedelta(days=passport)
    assert bool(result.caps) is (result.days < days)


@pytest.mark.parametrize(
    ("expires", "opens", "closes"),
    [
        (date(2026, 12, 4), date(2026, 11, 20), date(2026, 12, 3)),
        (date(2026, 12, 6), date(2026, 11, 22), date(2026, 12, 4)),
        (date(2026, 12, 7), date(2026, 11, 23), date(2026, 12, 4)),
        (date(2026, 12, 27), date(2026, 12, 13), date(2026, 12, 23)),
        (date(2026, 3, 24), date(2026, 3, 10), date(2026, 3, 17)),
        (date(2027, 1, 1), date(2026, 12, 18), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2028, 2, 16), date(2028, 2, 29)),
    ],
)
def test_one_files_from_14_days_before_to_the_last_working_day_before(expires: date, opens: date, closes: date) -> None:
    for kind in ("visit_visa_extension", "voa_extension"):
        window = filing_window(RULES, kind, expires, opens)
        assert window is not None
        assert (window.opens, window.closes, window.closes_on_working_day) == (opens, closes, True)
        assert window.days_left(closes) == 0
        assert window.days_left(closes + timedelta(days=1)) == -1


def test_a_bridging_permit_is_asked_for_three_calendar_days_before() -> None:
    window = filing_window(RULES, "bridging", date(2026, 12, 2), date(2026, 11, 24))
    assert window is not None
    assert (window.closes, window.closes_on_working_day) == (date(2026, 11, 29), False)
    assert window.last_working_day == date(2026, 12, 1)
    assert filing_window(RULES, "newborn", date(2026, 12, 2), date(2026, 11, 24)) is None


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (date(2026, 11, 23), 0),
        (date(2026, 11, 24), 0),
        (date(2026, 11, 25), 1),
        (date(2026, 11, 30), 6),
        (date(2027, 1, 22), 59),
        (date(2027, 1, 23), 60),
    ],
)
def test_overstay_is_counted_in_calendar_days(on: date, days: int) -> None:
    assert overstay_days(RULES, date(2026, 11, 24), on) == days
    assert overstay_days(RULES, date(2026, 11, 24), on, protected_since=date(2026, 11, 20)) == 0
    strict = replace(RULES, counting=replace(RULES.counting, permit_day_is_legal=False))
    assert overstay_days(strict, date(2026, 11, 24), on) == (days + 1 if on > date(2026, 11, 23) else 0)


def test_a_leap_day_is_a_day_of_overstay() -> None:
    assert overstay_days(RULES, date(2028, 2, 28), date(2028, 3, 1)) == 2
    assert overstay_days(RULES, date(2027, 2, 28), date(2027, 3, 1)) == 1


def test_protection_begins_with_filing_and_payment() -> None:
    expires = date(2026, 11, 20)
    assert overstay_days(RULES, expires, date(2026, 11, 30), protected_since=date(2026, 11, 23)) == 3
    assert overstay_days(RULES, expires, date(2026, 11, 21), protected_since=date(2026, 11, 23)) == 1


@pytest.mark.parametrize(
    ("days", "on", "amount", "payable"),
    [
        (1, date(2026, 11, 24), 1_000_000, True),
        (59, date(2026, 11, 24), 59_000_000, True),
        (60, date(2026, 11, 24), 60_000_000, False),
        (2, date(2019, 5, 2), 600_000, True),
        (2, date(2019, 5, 3), 2_000_000, True),
    ],
)
def test_overstay_is_charged_by_the_day_and_below_60_days_only(days: int, on: date, amount: int, payable: bool) -> None:
    charge = overstay_charge(RULES, days, on)
    assert charge is not None
    assert (charge.amount, charge.payable) == (amount, payable)


def test_no_overstay_no_charge_and_no_rate_no_guess() -> None:
    assert overstay_charge(RULES, 0, date(2026, 11, 24)) is None
    with pytest.raises(LookupError):
        overstay_charge(RULES, 1, date(1990, 1, 1))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
        (date(2026, 6, 15), 6, date(2026, 12, 15)),
    ],
)
def test_six_months_end_with_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_a_register_number_follows_the_template() -> None:
    assert register_number(RULES, "visit_visa_extension", 7, 2026) == "2B21ME0007-V"
    assert register_number(RULES, "voa_extension", 12345, 2027) == "2B22ME12345-W"
    with pytest.raises(ValueError, match="2019"):
        register_number(RULES, "voa_extension", 1, 2019)


def test_a_file_is_kept_three_years() -> None:
    assert keep_until(RULES, date(2026, 11, 24)) == date(2029, 11, 24)
    assert keep_until(RULES, date(2028, 2, 29)) == date(2031, 2, 28)
