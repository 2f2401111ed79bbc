"""Reading a list: JSON lines or CSV. A broken row is reported with its line and reason, and the rest is read on.

JSON lines hold one object a line. CSV has a heading with the same field names; lists are joined by `;`, and a name may
begin with its kind: `weak_alias:ABU X`. The first name without a kind is the primary one, the others are aliases.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from kiosk.screening.births import ABOUT, read_birth
from kiosk.screening.countries import country_code
from kiosk.screening.entries import BanKind, ListedName, NameKind, Sex, WatchlistEntry
from kiosk.text import has_unsafe


class Reason(StrEnum):
    """Why a row, or a part of it, was left out. Words: `screening.row.<value>`."""

    NOT_TEXT = "not_text"
    NOT_JSON = "not_json"
    NOT_AN_ENTRY = "not_an_entry"
    COLUMNS = "columns"
    CONTROL_CHARACTERS = "control_characters"
    FORMULA = "formula"
    TOO_LONG = "too_long"
    NO_ID = "no_id"
    DUPLICATE_ID = "duplicate_id"
    NO_NAME = "no_name"
    BAD_DATE = "bad_date"
    BAD_VALUE = "bad_value"
    BAD_BIRTH = "bad_birth"
    """A remark: no such day. The entry is kept, with the year alone if that can be read."""
    UNKNOWN_COUNTRY = "unknown_country"
    """A remark: the entry is kept without this country."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one row (line from 1). `lost`: the row was left out."""

    line: int
    reason: Reason
    field: str = ""
    lost: bool = True


@dataclass(frozen=True, slots=True)
class ReadList:
    entries: tuple[WatchlistEntry, ...]
    problems: tuple[RowProblem, ...]
    rows: int
    """Rows found, broken ones too."""
    truncated: bool
    """The last line breaks off: the file is not whole."""

    @property
    def lost(self) -> int:
        """Rows that became no entry."""
        return self.rows - len(self.entries)


LONGEST_FIELD = 500
MOST_PARTS = 200
"""Of one list field: names, dates, passports of one person."""

_KINDS = {kind.value: kind for kind in NameKind} | {"strong": NameKind.ALIAS, "weak": NameKind.WEAK_ALIAS}
_MOJIBAKE = re.compile("[ÃÂØÙ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œ]|�")
_LISTS = ("names", "dob", "countries", "passports")
_EARLIEST = date(1900, 1, 1)


_Choice = TypeVar("_Choice", bound=StrEnum)


class _BrokenRow(Exception):
    def __init__(self, reason: Reason, field: str = "") -> None:
        self.reason = reason
        self.field = field
        super().__init__(reason)


def read_json_lines(lines: Iterable[bytes]) -> ReadList:
    """Read a list of JSON lines; `lines` with their line ends, as a file opened in binary gives them."""
    return _collect(_json_rows(lines))


def read_csv(lines: Iterable[bytes]) -> ReadList:
    """Read a list in CSV with a heading; columns are parted by commas, or by tabs if the heading is."""
    return _collect(_csv_rows(lines))


def read_list(lines: Iterable[bytes], *, name: str) -> ReadList:
    """Read a list in the form its file name tells: `.csv`, else JSON lines."""
    return read_csv(lines) if name.lower().endswith(".csv") else read_json_lines(lines)


_Row = tuple[int, dict[str, Any] | Reason, bool]
"""Line, the fields or what is wrong, and whether the row ends with its line end."""


def _collect(rows: Iterable[_Row]) -> ReadList:
    entries: list[WatchlistEntry] = []
    problems: list[RowProblem] = []
    seen: set[str] = set()
    count, truncated = 0, False
    for line, row, ended in rows:
        count += 1
        try:
            if isinstance(row, Reason):
                truncated = not ended
                raise _BrokenRow(row)
            entry, remarks = read_entry(row)
            if entry.id in seen:
                raise _BrokenRow(Reason.DUPLICATE_ID, "id")
            seen.add(entry.id)
            entries.append(entry)
            problems.extend(RowProblem(line, reason, field, lost=False) for reason, field in remarks)
        except _BrokenRow as broken:
            problems.append(RowProblem(line, broken.reason, broken.field))
    return ReadList(tuple(entries), tuple(problems), count, truncated)


def _json_rows(lines: Iterable[bytes]) -> Iterator[_Row]:
    for number, raw in enumerate(lines, 1):
        ended = raw.endswith(b"\n")
        if not raw.strip():
            continue
        text = _decoded(raw)
        if text is None:
            yield number, Reason.NOT_TEXT, ended
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            yield number, Reason.NOT_JSON, ended
            continue
        yield number, row if isinstance(row, dict) else Reason.NOT_AN_ENTRY, ended


def _csv_rows(lines: Iterable[bytes]) -> Iterator[_Row]:
    heading: list[str] = []
    delimiter = ","
    for number, raw in enumerate(lines, 1):
        ended = raw.endswith(b"\n")
        if not raw.strip():
            continue
        text = _decoded(raw)
        if not heading:
            delimiter = "\t" if text and "\t" in text else ","
            heading = [name.strip().lower() for name in next(csv.reader([text or ""], delimiter=delimiter))]
            continue
        if text is None:
            yield number, Reason.NOT_TEXT, ended
            continue
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration):
            yield number, Reason.COLUMNS, ended
            continue
        if len(cells) != len(heading):
            yield number, Reason.COLUMNS, ended
            continue
        row: dict[str, Any] = {}
        for name, cell in zip(heading, cells, strict=True):
            row[name] = [part.strip() for part in cell.split(";") if part.strip()] if name in _LISTS else cell.strip()
        yield number, row, ended


def _decoded(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return None
    return None if _MOJIBAKE.search(text) else text


def read_entry(row: dict[str, Any]) -> tuple[WatchlistEntry, list[tuple[Reason, str]]]:
    """The entry in one row, and remarks on what it was kept without."""
    entry_id = _text(row, "id")
    if not entry_id:
        raise _BrokenRow(Reason.NO_ID, "id")
    remarks: list[tuple[Reason, str]] = []
    entry = WatchlistEntry(
        id=entry_id,
        names=_names(row),
        births=_births(row, remarks),
        sex=_choice(row, "sex", Sex),
        countries=_countries(row, remarks),
        passports=tuple(dict.fromkeys(_passports(row))),
        kind=_choice(row, "kind", BanKind),
        agency=_text(row, "agency"),
        decision_no=_text(row, "decision_no"),
        reason_class=_text(row, "reason_class"),
        valid_from=_date(row, "valid_from"),
        valid_until=_date(row, "valid_until"),
        revoked_at=_date(row, "revoked_at"),
        source=_text(row, "source"),
    )
    return entry, remarks


def _text(row: dict[str, Any], field: str) -> str | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _BrokenRow(Reason.BAD_VALUE, field)
    return _checked(str(value), field) or None


def _checked(text: str, field: str) -> str:
    if len(text) > LONGEST_FIELD:
        raise _BrokenRow(Reason.TOO_LONG, field)
    text = text.strip()
    if not (text.isascii() and text.isprintable()) and has_unsafe(text):
        raise _BrokenRow(Reason.CONTROL_CHARACTERS, field)
    if text[:1] in ("=", "+", "@", "-"):
        raise _BrokenRow(Reason.FORMULA, field)
    return text


def _parts(row: dict[str, Any], field: str) -> list[Any]:
    value = row.get(field)
    if value is None or value == "":
        return []
    parts = value if isinstance(value, list) else [value]
    if len(parts) > MOST_PARTS:
        raise _BrokenRow(Reason.TOO_LONG, field)
    return parts


def _names(row: dict[str, Any]) -> tuple[ListedName, ...]:
    names: list[ListedName] = []
    for part in _parts(row, "names"):
        default = NameKind.ALIAS if names else NameKind.PRIMARY
        if isinstance(part, dict):
            text, kind = part.get("name"), _KINDS.get(str(part.get("kind", default.value)))
        else:
            text, kind = part, default
            if isinstance(part, str) and part.partition(":")[0] in _KINDS:
                prefix, _, text = part.partition(":")
                kind = _KINDS[prefix]
        if kind is None or not isinstance(text, str):
            raise _BrokenRow(Reason.BAD_VALUE, "names")
        # lists write the spellings of one alias into one field, parted by semicolons
        for spelling in _checked(text, "names").split(";"):
            if any(char.isalnum() for char in spelling):
                names.append(ListedName(spelling.strip(), kind))
    if not names:
        raise _BrokenRow(Reason.NO_NAME, "names")
    return tuple(dict.fromkeys(names))


def _births(row: dict[str, Any], remarks: list[tuple[Reason, str]]) -> tuple[int, ...]:
    births: list[int] = []
    for part in _parts(row, "dob"):
        text = str(part).strip()
        birth = read_birth(text, strict=True)
        if birth is None:
            remarks.append((Reason.BAD_BIRTH, "dob"))
            birth = read_birth(text[:4])
        if birth is not None:
            births.append(birth)
    if (age := row.get("age")) not in (None, ""):
        on = _date(row, "age_on") or _date(row, "valid_from")
        if on is None or not str(age).isdigit() or int(str(age)) > 130:
            raise _BrokenRow(Reason.BAD_VALUE, "age")
        births.append((on.year - int(str(age))) * 10000 + ABOUT)
    return tuple(dict.fromkeys(births))


def _countries(row: dict[str, Any], remarks: list[tuple[Reason, str]]) -> tuple[str, ...]:
    codes: list[str] = []
    for part in _parts(row, "countries"):
        name = _checked(str(part), "countries")
        code = country_code(name)
        if code:
            codes.append(code)
        elif name:
            remarks.append((Reason.UNKNOWN_COUNTRY, "countries"))
    return tuple(dict.fromkeys(codes))


def _passports(row: dict[str, Any]) -> Iterator[str]:
    for part in _parts(row, "passports"):
        number = part[0] if isinstance(part, list) and part else part
        if not isinstance(number, str | int):
            raise _BrokenRow(Reason.BAD_VALUE, "passports")
        if text := _checked(str(number), "passports"):
            yield text


def _choice(row: dict[str, Any], field: str, choices: type[_Choice]) -> _Choice | None:
    text = _text(row, field)
    if text is None:
        return None
    for choice in choices:
        if choice.value.lower() == text.lower():
            return choice
    raise _BrokenRow(Reason.BAD_VALUE, field)


def _date(row: dict[str, Any], field: str) -> date | None:
    text = _text(row, field)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise _BrokenRow(Reason.BAD_DATE, field) from None
    if day < _EARLIEST:
        raise _BrokenRow(Reason.BAD_DATE, field)
    return day
