"""Writes machine readable zones, for the simulators and for reading back what an office typed."""

from datetime import date

from kiosk.mrz.dates import UNKNOWN, write_date
from kiosk.mrz.layout import FILLER, LAYOUTS, Format, Layout, Span, check_digit
from kiosk.mrz.model import Sex
from kiosk.mrz.names import write_name
from kiosk.partial_date import PartialDate


def compose_td3(
    *,
    issuing_state: str,
    surname: str,
    given_names: str,
    document_no: str,
    nationality: str,
    birth: PartialDate | date | None,
    sex: Sex,
    expiry: date,
    optional: str = "",
    document_code: str = "P",
) -> tuple[str, str]:
    """The two lines of a passport's zone. Raises ValueError for a value that has no place in it."""
    first, second = compose(
        Format.TD3,
        issuing_state=issuing_state,
        surname=surname,
        given_names=given_names,
        document_no=document_no,
        nationality=nationality,
        birth=birth,
        sex=sex,
        expiry=expiry,
        optional=optional,
        document_code=document_code,
    )
    return first, second


def compose(
    form: Format,
    *,
    issuing_state: str,
    surname: str,
    given_names: str,
    document_no: str,
    nationality: str,
    birth: PartialDate | date | None,
    sex: Sex,
    expiry: date | None,
    document_code: str,
    optional: str = "",
    optional_2: str = "",
) -> tuple[str, ...]:
    """The lines of a zone of any format, check digits included. Raises ValueError for a value that doesn't fit."""
    layout = LAYOUTS[form]
    grid = [[FILLER] * layout.length for _ in range(layout.lines)]
    born = PartialDate.of(birth) if isinstance(birth, date) else birth
    number, continuation = _document_number(layout, document_no)
    _put(grid, layout.fields["document_code"], document_code)
    _put(grid, layout.fields["issuing_state"], issuing_state)
    _put(grid, layout.fields["document_no"], number)
    _put(grid, layout.fields["nationality"], nationality)
    _put(grid, layout.fields["birth"], write_date(born) if born else UNKNOWN)
    _put(grid, layout.fields["sex"], FILLER if sex == "X" else sex)
    _put(grid, layout.fields["expiry"], write_date(PartialDate.of(expiry)) if expiry else UNKNOWN)
    _put(grid, layout.fields["optional"], continuation + optional)
    if optional_2:
        _put(grid, layout.fields["optional_2"], optional_2)
    name = layout.fields["name"]
    _put(grid, name, write_name(surname, given_names, name.end - name.start))
    _put_checks(grid, layout, skip_number=bool(continuation))
    return _lines(grid)


def _document_number(layout: Layout, number: str) -> tuple[str, str]:
    """The part in the field, and what goes on in the optional data with the check digit behind it."""
    if len(number) <= 9 or not layout.long_number:
        return number, ""
    return number[:9], number[9:] + check_digit(number) + FILLER


def _put_checks(grid: list[list[str]], layout: Layout, *, skip_number: bool) -> None:
    for field, place in layout.checks.items():
        if not (skip_number and field == "document_no"):
            _put(grid, place, check_digit(layout.fields[field].of(_lines(grid))))
    if layout.optional_check:
        _put(grid, layout.optional_check, check_digit(layout.fields["optional"].of(_lines(grid))))
    if layout.composite_check:
        composite = "".join(span.of(_lines(grid)) for span in layout.composite)
        _put(grid, layout.composite_check, check_digit(composite))


def _put(grid: list[list[str]], span: Span, text: str) -> None:
    if len(text) > span.end - span.start:
        raise ValueError("a value is too long for its field")
    check_digit(text)  # raises ValueError for a character outside the alphabet
    grid[span.line][span.start : span.start + len(text)] = text


def _lines(grid: list[list[str]]) -> tuple[str, ...]:
    return tuple("".join(line) for line in grid)
