"""Typed text becomes values, values become typed text, and what is wrong is refused at its field."""

from datetime import UTC, date, datetime

import pytest

from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refusal
from screens.widgets.fields import Choice, Field, Kind, Values, parse, shown

CHOICES = (Choice("AUS", text="Australia"), Choice("NZL", text="Selandia Baru"))

GOOD = [
    (Kind.TEXT, " O'Brien  ", "O'Brien"),
    (Kind.TEXT, "a\x1b[2Jb\u202e", "a[2Jb"),
    (Kind.UPPER, "müller", "MÜLLER"),
    (Kind.DIGITS, "0012 3400", "00123400"),
    (Kind.INTEGER, "12", 12),
    (Kind.MONEY, "1.500.000", 1_500_000),
    (Kind.MONEY, "Rp500.000", 500_000),
    (Kind.DATE, "01-02-2026", date(2026, 2, 1)),
    (Kind.DATE, "1/2/2026", date(2026, 2, 1)),
    (Kind.DATE, "01022026", date(2026, 2, 1)),
    (Kind.DATE, "29.2.2024", date(2024, 2, 29)),
    (Kind.PARTIAL_DATE, "00-00-1980", PartialDate(1980)),
    (Kind.PARTIAL_DATE, "00-05-1980", PartialDate(1980, 5)),
    (Kind.PARTIAL_DATE, "1980", PartialDate(1980)),
    (Kind.PARTIAL_DATE, "21-03-1958", PartialDate(1958, 3, 21)),
    (Kind.DATE_TIME, "24-11-2026 08:05", datetime(2026, 11, 24, 1, 5, tzinfo=UTC)),
    (Kind.CHOICE, "NZL", "NZL"),
    (Kind.YES_NO, "yes", True),
    (Kind.YES_NO, "no", False),
    (Kind.CHECKLIST, ["NZL", "AUS", "gone"], ("AUS", "NZL")),
    (Kind.NOTE, "satu\r\ndua\x07", "satu\ndua"),
]


@pytest.mark.parametrize(("kind", "raw", "value"), GOOD)
def test_reads_what_was_typed(kind: Kind, raw: str | list[str], value: object) -> None:
    assert parse(Field("f", kind, choices=CHOICES, max_length=40), raw) == value


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        (Kind.DATE, "31-02-2026", Code.FIELD_NOT_A_DATE),
        (Kind.DATE, "00-02-2026", Code.FIELD_NOT_A_DATE),
        (Kind.DATE, "besok", Code.FIELD_NOT_A_DATE),
        (Kind.PARTIAL_DATE, "12-00-1980", Code.FIELD_NOT_A_DATE),
        (Kind.PARTIAL_DATE, "00-13-1980", Code.FIELD_NOT_A_DATE),
        (Kind.DATE_TIME, "24-11-2026 25:00", Code.FIELD_NOT_A_DATE),
        (Kind.INTEGER, "1a", Code.FIELD_NOT_A_NUMBER),
        (Kind.MONEY, "9" * 16, Code.FIELD_NOT_A_NUMBER),
        (Kind.DIGITS, "١٢٣", Code.FIELD_NOT_A_NUMBER),
        (Kind.CHOICE, "XYZ", Code.FIELD_NOT_A_CHOICE),
        (Kind.TEXT, "x" * 41, Code.FIELD_TOO_LONG),
        (Kind.NOTE, "x" * 10_000, Code.FIELD_TOO_LONG),
    ],
)
def test_refuses_what_has_the_wrong_shape(kind: Kind, raw: str, code: Code) -> None:
    answer = parse(Field("f", kind, choices=CHOICES, max_length=40), raw)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, "f")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.HEADING, Kind.SHOW)])
def test_empty_is_refused_only_where_it_is_required(kind: Kind) -> None:
    empty: str | list[str] = [] if kind is Kind.CHECKLIST else "  "
    assert not parse(Field("f", kind, choices=CHOICES), empty)
    required = parse(Field("f", kind, choices=CHOICES, required=True), empty)
    assert isinstance(required, Refusal)
    assert required.code is Code.FIELD_REQUIRED


@pytest.mark.parametrize(("kind", "raw", "value"), GOOD)
def test_a_value_is_shown_as_it_would_be_typed(kind: Kind, raw: object, value: object) -> None:
    field = Field("f", kind, choices=CHOICES, max_length=40)
    assert parse(field, shown(field, value)) == value  # type: ignore[arg-type]


def test_named_readers_give_nothing_for_what_is_missing_or_of_another_kind() -> None:
    values = Values(name="x", fee=5, yes=True, day=date(2026, 1, 1))
    assert (values.text("name"), values.text("fee"), values.maybe("gone")) == ("x", "", None)
    assert (values.integer("fee"), values.integer("yes")) == (5, None)
    assert (values.flag("yes"), values.flag("name")) == (True, None)
    assert (values.day("day"), values.moment("day"), values.partial_day("day")) == (date(2026, 1, 1), None, None)
    assert values.ticked("name") == ()
