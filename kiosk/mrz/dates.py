"""Six-digit dates of a machine readable zone: their century, and days and months that are unknown (`<<`)."""

from datetime import date

from kiosk.partial_date import PartialDate

_PARTS = 3
UNKNOWN = "<<<<<<"


def read_birth(text: str, today: date) -> PartialDate:
    """YYMMDD, where `<<` (or 00, as some states write) is an unknown month or day; the last century that is past.

    Raises ValueError for anything else.
    """
    year, month, day = _numbers(text)
    latest = today.year // 100 * 100 + year
    for candidate in (latest, latest - 100):
        born = PartialDate(candidate, month, day)
        if born.earliest <= today:
            return born
    raise ValueError("not a date of birth")


def read_expiry(text: str, today: date) -> date:
    """YYMMDD in the century that is nearest to `today`. Raises ValueError for what is no whole date."""
    year, month, day = _numbers(text)
    this = today.year // 100 * 100 + year
    nearest = min((this - 100, this, this + 100), key=lambda candidate: abs(candidate - today.year))
    return date(nearest, month, day)


def write_date(value: PartialDate) -> str:
    """YYMMDD with `<<` for what is unknown."""
    parts = (f"{value.year % 100:02d}", *(f"{part:02d}" if part else "<<" for part in (value.month, value.day)))
    return "".join(parts)


def _numbers(text: str) -> tuple[int, int, int]:
    year, month, day = (text[start : start + 2] for start in range(0, 2 * _PARTS, 2))
    if not (year.isdigit() and all(part.isdigit() or part == "<<" for part in (month, day))):
        raise ValueError("not a date")
    return int(year), int(month.replace("<<", "0")), int(day.replace("<<", "0"))
