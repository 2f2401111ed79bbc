"""Birth dates as lists and passports hold them: whole, month and year, year only, or about a year; and how two relate.

A date is kept as the integer YYYYMMDD with zeros for what isn't known. An approximate year (an age, "circa") has
month 99. The digits of an applicant's date need not be a day of the calendar: typing errors are compared too.
"""

import re
from calendar import monthrange
from enum import StrEnum

ABOUT = 9900
"""Added to year * 10000: the year is about right."""

_ISO = re.compile(r"(\d{4})(?:[-/. ]?([\dX<]{1,2})(?:[-/. ]?([\dX<]{1,2}))?)?")
_DAY_FIRST = re.compile(r"([\dX<]{1,2})[-/. ]([\dX<]{1,2})[-/. ](\d{4})")
_ABOUT = re.compile(r"(?:~|c\.|ca\.|circa|about|approximately)\s*(\d{4})", re.IGNORECASE)


class BirthRelation(StrEnum):
    """How an applicant's date of birth relates to a listed one, the strongest first."""

    EXACT = "exact"
    SWAPPED = "swapped"
    ONE_DIGIT = "one_digit"
    MONTH_AGREES = "month_agrees"
    YEAR_AGREES = "year_agrees"
    ABOUT_AGREES = "about_agrees"
    TWO_DIGITS = "two_digits"
    SAME_YEAR = "same_year"
    WITHIN_ONE = "within_one"
    WITHIN_THREE = "within_three"
    FURTHER = "further"
    MISSING = "missing"


ORDER = tuple(BirthRelation)


def read_birth(text: str, *, strict: bool = False) -> int | None:
    """The date in `text`: 1958, 1958-03, 1958-03-21, 19580321, 21-03-1958, 1958-00-00, ~1958; None if there is none.

    `strict` (for lists) also refuses what the calendar doesn't have.
    """
    text = text.strip().upper()
    if about := _ABOUT.fullmatch(text):
        return int(about[1]) * 10000 + ABOUT
    if match := _ISO.fullmatch(text):
        year, month, day = match[1], match[2], match[3]
    elif match := _DAY_FIRST.fullmatch(text):
        year, month, day = match[3], match[2], match[1]
    else:
        return None
    value = int(year) * 10000 + _part(month) * 100 + _part(day)
    return value if int(year) and (not strict or in_calendar(value)) else None


def _part(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def in_calendar(birth: int) -> bool:
    """True for a day, month or year that exists; a day without a month doesn't."""
    year, month, day = birth // 10000, birth // 100 % 100, birth % 100
    if not year or birth % 10000 == ABOUT:
        return bool(year)
    if not month:
        return not day
    return month <= 12 and (not day or day <= monthrange(year, month)[1])


def birth_text(birth: int) -> str:
    """The date in the list's own form: 1958, 1958-03, 1958-03-21 or ~1958."""
    year, month, day = birth // 10000, birth // 100 % 100, birth % 100
    if month == 99:
        return f"~{year:04d}"
    return f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day else "")


def swapped(birth: int) -> int | None:
    """The date with day and month exchanged; None where that is no other date."""
    month, day = birth // 100 % 100, birth % 100
    if not month or not day or month == day or day > 12 or month > 31:
        return None
    return birth // 10000 * 10000 + day * 100 + month


def relate(applicant: int, listed: int) -> BirthRelation:
    """How two dates relate."""
    if applicant == listed and applicant % 100 and applicant % 10000 != ABOUT:
        return BirthRelation.EXACT
    years = abs(applicant // 10000 - listed // 10000)
    if ABOUT in (applicant % 10000, listed % 10000):
        return BirthRelation.ABOUT_AGREES if years <= 2 else _apart(years)
    if applicant % 100 and listed % 100:
        return _relate_whole(applicant, listed, years)
    if years:
        return _apart(years)
    months = {applicant // 100 % 100, listed // 100 % 100}
    if 0 in months:
        return BirthRelation.YEAR_AGREES
    return BirthRelation.MONTH_AGREES if len(months) == 1 else BirthRelation.SAME_YEAR


def _relate_whole(applicant: int, listed: int, years: int) -> BirthRelation:
    if swapped(listed) == applicant:
        return BirthRelation.SWAPPED
    ours, theirs = f"{applicant:08d}", f"{listed:08d}"
    differing = [i for i in range(8) if ours[i] != theirs[i]]
    if len(differing) == 1:
        return BirthRelation.ONE_DIGIT
    if len(differing) == 2:
        first, second = differing
        if second == first + 1 and ours[first] == theirs[second] and ours[second] == theirs[first]:
            return BirthRelation.ONE_DIGIT
        return BirthRelation.TWO_DIGITS
    return _apart(years) if years else BirthRelation.SAME_YEAR


def _apart(years: int) -> BirthRelation:
    if years <= 1:
        return BirthRelation.WITHIN_ONE
    return BirthRelation.WITHIN_THREE if years <= 3 else BirthRelation.FURTHER
