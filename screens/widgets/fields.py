"""Fields as data: what a form asks for, how typed text becomes a value, how a value is shown. No widget in here."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, StrEnum

from kiosk.bilingual import Bilingual
from kiosk.clock import WIB
from kiosk.formats import numeric_date, office_time, thousands
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refusal
from kiosk.text import clean, clean_lines
from kiosk.words import Words


class Kind(StrEnum):
    """What a field holds. The comment is the type of its value; an empty optional field is None (texts are "")."""

    HEADING = "heading"
    """No value: a line that names the section below."""
    SHOW = "show"
    """No value: a fact beside its label, given by `Form.show(name, text)`."""
    TEXT = "text"
    """str, one line."""
    UPPER = "upper"
    """str in upper case: passport numbers, MRZ lines, names as in the passport."""
    DIGITS = "digits"
    """str of digits, leading zeros kept: NIK, billing code."""
    INTEGER = "integer"
    """int | None."""
    MONEY = "money"
    """int | None, rupiah; dots between thousands may be typed."""
    DATE = "date"
    """datetime.date | None; typed DD-MM-YYYY, also 1/2/2026 or 01022026."""
    PARTIAL_DATE = "partial_date"
    """kiosk.partial_date.PartialDate | None; an unknown day or month is typed as 00 (00-00-1980)."""
    DATE_TIME = "date_time"
    """aware datetime in UTC | None; typed DD-MM-YYYY HH:MM in office time (WIB)."""
    CHOICE = "choice"
    """str (the choice's value) | None."""
    YES_NO = "yes_no"
    """bool | None."""
    CHECKLIST = "checklist"
    """tuple[str, ...]: the values ticked, in the order of the choices."""
    NOTE = "note"
    """str of several lines."""
    SECRET = "secret"  # noqa: S105 - a kind of field
    """str, shown as dots, never kept in a draft."""


Value = str | int | bool | date | datetime | PartialDate | tuple[str, ...] | None
Raw = str | list[str]
"""What was typed, as it was typed: text, or the ticked values of a checklist. A draft is a dict of these."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list. `text` is shown as it is (an officer), `title` in the officer's language (a country); else
    `key` is looked up in the words."""

    value: str
    key: str = ""
    text: str = ""
    title: Bilingual | None = None

    def label(self, words: Words) -> str:
        """What the officer reads."""
        named = self.text or (self.title.say(words.language) if self.title else "")
        return clean(named) if named else words.say(self.key or self.value)

    @property
    def is_data(self) -> bool:
        """Whether its label is data, beside which its value may say something."""
        return bool(self.text or self.title)


def choices_of(kind: Iterable[Enum], prefix: str) -> tuple[Choice, ...]:
    """A choice for each member of an enum, its words at `<prefix>.<value>`."""
    return tuple(Choice(str(member.value), f"{prefix}.{member.value}") for member in kind)


YES, NO = "yes", "no"
YES_NO = (Choice(YES, "answer.yes"), Choice(NO, "answer.no"))


class Values(dict[str, Value]):
    """What a form was given, by field name. The named readers give the type; a field that isn't shown is empty."""

    def text(self, name: str) -> str:
        """Text of any field that holds text; "" if empty."""
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def maybe(self, name: str) -> str | None:
        """Text, or None if empty."""
        return self.text(name) or None

    def integer(self, name: str) -> int | None:
        """A number or an amount."""
        value = self.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def day(self, name: str) -> date | None:
        """A whole date."""
        value = self.get(name)
        return value if isinstance(value, date) and not isinstance(value, datetime) else None

    def partial_day(self, name: str) -> PartialDate | None:
        """A date of which the day or month may be unknown."""
        value = self.get(name)
        return value if isinstance(value, PartialDate) else None

    def moment(self, name: str) -> datetime | None:
        """A date and time, UTC."""
        value = self.get(name)
        return value if isinstance(value, datetime) else None

    def flag(self, name: str) -> bool | None:
        """A yes or no."""
        value = self.get(name)
        return value if isinstance(value, bool) else None

    def ticked(self, name: str) -> tuple[str, ...]:
        """The ticked values of a checklist."""
        value = self.get(name)
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    `label` and `hint` are catalogue keys (the hint stands in the status line while the cursor is in the field). `title`
    is words of data, such as a document of the checklist, in place of a label.
    `only_if` decides from the other values whether the field is shown; a hidden field keeps what was typed but gives
    no value and is never required. `required_if` decides from them whether a field is required that is not always.
    `max_length` is in characters.
    """

    name: str
    kind: Kind = Kind.TEXT
    label: str = ""
    required: bool = False
    max_length: int = 60
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    only_if: Callable[[Values], bool] | None = None
    required_if: Callable[[Values], bool] | None = None
    title: Bilingual | None = None
    nothing: str = "pick.nothing"
    """Catalogue key of what is said when no choice of a long list fits what was typed."""

    def entries(self) -> tuple[Choice, ...]:
        """The choices, also of a yes/no field."""
        return YES_NO if self.kind is Kind.YES_NO else self.choices

    @property
    def takes_input(self) -> bool:
        """Whether the cursor can be put into it."""
        return self.kind not in {Kind.HEADING, Kind.SHOW}


def parse(field: Field, raw: Raw) -> Value | Refusal:
    """The value of what was typed. Empty and required, or of the wrong shape: a Refusal at this field."""
    if isinstance(raw, list):
        ticked = tuple(choice.value for choice in field.choices if choice.value in raw)
        return Refusal(Code.FIELD_REQUIRED, field.name) if field.required and not ticked else ticked
    text = clean_lines(raw, limit=10_000) if field.kind is Kind.NOTE else _as_typed(field, raw)
    if not text.strip():
        return Refusal(Code.FIELD_REQUIRED, field.name) if field.required else _EMPTY.get(field.kind)
    if len(text) > field.max_length and field.kind in _LIMITED:
        return Refusal(Code.FIELD_TOO_LONG, field.name, {"limit": field.max_length})
    return _PARSERS.get(field.kind, _parse_text)(field, text)


def shown(field: Field, value: Value) -> Raw:
    """How a value is typed: the inverse of `parse`."""
    if field.kind is Kind.CHECKLIST:
        return list(value) if isinstance(value, tuple) else []
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, datetime):
        return office_time(value).strftime("%d-%m-%Y %H:%M")
    if isinstance(value, date):
        return numeric_date(value)
    if isinstance(value, PartialDate):
        return f"{value.day:02d}-{value.month:02d}-{value.year:04d}"
    if field.kind is Kind.MONEY and isinstance(value, int):
        return thousands(value)
    return str(value)


_DATE = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})\Z|(\d{2})(\d{2})(\d{4})\Z")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})\Z")
_LIMITED = {Kind.TEXT, Kind.UPPER, Kind.NOTE, Kind.SECRET, Kind.DIGITS}
_EMPTY: Mapping[Kind, Value] = dict.fromkeys((Kind.TEXT, Kind.UPPER, Kind.DIGITS, Kind.NOTE, Kind.SECRET), "")


def _as_typed(field: Field, raw: str) -> str:
    return raw if field.kind is Kind.SECRET else clean(raw, limit=10_000)


def _parse_text(field: Field, text: str) -> Value | Refusal:
    return text.upper() if field.kind is Kind.UPPER else text


def _parse_digits(field: Field, text: str) -> Value | Refusal:
    digits = text.replace(" ", "")
    return digits if digits.isascii() and digits.isdigit() else Refusal(Code.FIELD_NOT_A_NUMBER, field.name)


def _parse_number(field: Field, text: str) -> Value | Refusal:
    number = re.sub(r"[. ]", "", text.removeprefix("Rp")) if field.kind is Kind.MONEY else text
    if not re.fullmatch(r"-?[0-9]{1,15}", number):
        return Refusal(Code.FIELD_NOT_A_NUMBER, field.name)
    return int(number)


def _parts(text: str) -> tuple[int, int, int] | None:
    match = _DATE.match(text.strip())
    if match is None:
        return None
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[4], match[5], match[6])
    return int(day), int(month), int(year)


def _parse_date(field: Field, text: str) -> Value | Refusal:
    parts = _parts(text)
    try:
        return date(parts[2], parts[1], parts[0]) if parts else Refusal(Code.FIELD_NOT_A_DATE, field.name)
    except ValueError:
        return Refusal(Code.FIELD_NOT_A_DATE, field.name)


def _parse_partial(field: Field, text: str) -> Value | Refusal:
    parts = _parts(text)
    try:
        if parts is not None:
            return PartialDate(parts[2], parts[1], parts[0])
        return PartialDate.read(text)
    except ValueError:
        return Refusal(Code.FIELD_NOT_A_DATE, field.name)


def _parse_date_time(field: Field, text: str) -> Value | Refusal:
    day, _, clock = text.strip().rpartition(" ")
    parts, time = _parts(day), _TIME.match(clock)
    if parts is None or time is None:
        return Refusal(Code.FIELD_NOT_A_DATE, field.name)
    try:
        local = datetime(parts[2], parts[1], parts[0], int(time[1]), int(time[2]), tzinfo=WIB)
    except ValueError:
        return Refusal(Code.FIELD_NOT_A_DATE, field.name)
    return local.astimezone(UTC)


def _parse_choice(field: Field, text: str) -> Value | Refusal:
    if text not in {choice.value for choice in field.entries()}:
        return Refusal(Code.FIELD_NOT_A_CHOICE, field.name)
    return text == YES if field.kind is Kind.YES_NO else text


_PARSERS: Mapping[Kind, Callable[[Field, str], Value | Refusal]] = {
    Kind.DIGITS: _parse_digits,
    Kind.INTEGER: _parse_number,
    Kind.MONEY: _parse_number,
    Kind.DATE: _parse_date,
    Kind.PARTIAL_DATE: _parse_partial,
    Kind.DATE_TIME: _parse_date_time,
    Kind.CHOICE: _parse_choice,
    Kind.YES_NO: _parse_choice,
}
