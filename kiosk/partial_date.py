"""Dates of which the day, or day and month, may be unknown: some passports know no more of a birth."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/. ](\d{1,2}|XX|<<))?(?:[-/. ](\d{1,2}|XX|<<))?", re.ASCII)
_DAY_FIRST = re.compile(r"(?:(\d{1,2}|XX|<<)[-/. ])?(\d{1,2}|XX|<<)[-/. ](\d{4})", re.ASCII)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A year, perhaps a month, perhaps a day; 0 stands for what is unknown. A day needs a month.

    Ordered by year, month, day with the unknown first. Raises ValueError for what the calendar doesn't have.
    """

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.year <= 9999 or not 0 <= self.month <= 12:
            raise ValueError("no such year or month")
        if self.day and not self.month:
            raise ValueError("a day without a month")
        if not 0 <= self.day <= (monthrange(self.year, self.month)[1] if self.month else 0):
            raise ValueError("no such day")

    @classmethod
    def of(cls, whole: date) -> "PartialDate":
        return cls(whole.year, whole.month, whole.day)

    @classmethod
    def read(cls, text: str) -> "PartialDate":
        """From 1958, 1958-03, 1958-03-21, 1958-00-00, 19580321, or day first: 21-03-1958, 03-1958, 00-00-1958.

        `00`, `XX` and `<<` mean unknown; `-`, `/`, `.` and space part the numbers. Raises ValueError for anything else.
        """
        text = text.strip().upper()
        if match := (_YEAR_FIRST.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text)):
            year, month, day = match.groups()
        elif match := _DAY_FIRST.fullmatch(text):
            day, month, year = match.groups()
        else:
            raise ValueError("not a date")
        return cls(int(year), _number(month), _number(day))

    @property
    def whole(self) -> date | None:
        """The date, if all of it is known."""
        return date(self.year, self.month, self.day) if self.day else None

    @property
    def earliest(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def iso(self) -> str:
        """`1958-03-21`, with 00 for what is unknown: the form in the database."""
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    def shown(self) -> str:
        """`21-03-1958`, with 00 for what is unknown: the form on screens and papers."""
        return f"{self.day:02d}-{self.month:02d}-{self.year:04d}"

    def age_on(self, today: date) -> tuple[int, int]:
        """The least and the greatest age in whole years that the person can have on `today`."""
        return _years(self.latest, today), _years(self.earliest, today)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _years(born: date, today: date) -> int:
    return max(0, today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
