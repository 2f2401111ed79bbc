"""Reads a machine readable zone and says what in it can't be right."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from kiosk.mrz.dates import UNKNOWN, read_birth, read_expiry
from kiosk.mrz.layout import FILLER, LAYOUTS, Format, Layout, check_digit
from kiosk.mrz.lines import find_format, split_lines
from kiosk.mrz.model import Mrz, MrzFinding, Sex
from kiosk.mrz.names import read_name
from kiosk.nationalities import nationality
from kiosk.refusals import Code, Refused

_SEXES: dict[str, Sex] = {"M": "M", "F": "F", "X": "X", FILLER: "X"}
_DOCUMENT_CODES = {
    Format.TD1: ("A", "C", "I"),
    Format.TD2: ("A", "C", "I"),
    Format.TD3: ("P",),
    Format.MRV_A: ("V",),
    Format.MRV_B: ("V",),
}
_T = TypeVar("_T")


def parse(text: str, *, today: date) -> Mrz | Refused:
    """Read the zone in `text`, pasted or scanned: TD1, TD2, TD3, MRV-A or MRV-B (ICAO Doc 9303).

    `today` decides centuries. Refused if it is no zone (a line missing, a wrong length, an illegal or unreadable
    character); otherwise an Mrz whose `findings` name every check digit and value that can't be right.
    """
    lines = split_lines(text)
    found = find_format(lines)
    if isinstance(found, Refused):
        return found
    return _Reading(found, lines, today).mrz()


class _Reading:
    def __init__(self, found: Format, lines: tuple[str, ...], today: date) -> None:
        self.format = found
        self.layout: Layout = LAYOUTS[found]
        self.lines = lines
        self.today = today
        self.findings: list[MrzFinding] = []

    def mrz(self) -> Mrz:
        document_no, optional = self._document_number()
        for field in ("birth", "expiry"):
            self._check(field, self._raw(field), self.layout.checks[field].of(self.lines))
        name = self._raw("name")
        surname, given_names = self._name(name)
        return Mrz(
            format=self.format,
            lines=self.lines,
            document_code=self._document_code(),
            issuing_state=self._state("issuing_state"),
            document_no=document_no,
            nationality=self._state("nationality"),
            birth=self._date("birth", read_birth),
            sex=self._sex(),
            expiry=self._date("expiry", read_expiry),
            surname=surname,
            given_names=given_names,
            name_truncated=not name.endswith(FILLER),
            optional=optional,
            optional_2=_plain(self._raw("optional_2")) if "optional_2" in self.layout.fields else "",
            findings=self._all_findings(),
        )

    def _raw(self, field: str) -> str:
        return self.layout.fields[field].of(self.lines)

    def _find(self, code: Code, field: str, **details: object) -> None:
        self.findings.append(MrzFinding(code, field, details))

    def _check(self, field: str, text: str, read: str) -> None:
        expected = check_digit(text)
        if read != expected:
            self._find(Code.MRZ_CHECK_DIGIT, field, expected=expected, read=read)

    def _document_number(self) -> tuple[str, str]:
        """The number and what is left of the optional data; a long number goes on there, then its check digit."""
        number, optional = self._raw("document_no"), self._raw("optional")
        read = self.layout.checks["document_no"].of(self.lines)
        rest, _, after = optional.partition(FILLER)
        if self.layout.long_number and read == FILLER and FILLER not in number and len(rest) > 1:
            number, read, optional = number + rest[:-1], rest[-1], after
        self._check("document_no", number, read)
        plain = number.replace(FILLER, "")
        if not plain:
            self._find(Code.MRZ_FIELD_EMPTY, "document_no")
        return plain, _plain(optional)

    def _document_code(self) -> str:
        code = self._raw("document_code")
        if not code.startswith(_DOCUMENT_CODES[self.format]):
            self._find(Code.MRZ_DOCUMENT_CODE, "document_code", read=code)
        return code.rstrip(FILLER)

    def _state(self, field: str) -> str:
        code = self._raw(field).rstrip(FILLER)
        if nationality(code) is None:
            self._find(Code.MRZ_STATE_UNKNOWN, field, read=code)
        return code

    def _name(self, field: str) -> tuple[str, str]:
        if re.search(r"[0-9]", field):
            self._find(Code.MRZ_NAME_CHARACTER, "name")
        surname, given_names = read_name(field)
        if not surname:
            self._find(Code.MRZ_FIELD_EMPTY, "name")
        return surname, given_names

    def _sex(self) -> Sex:
        read = self._raw("sex")
        if read not in _SEXES:
            self._find(Code.MRZ_SEX, "sex", read=read)
        return _SEXES.get(read, "X")

    def _date(self, field: str, read: Callable[[str, date], _T]) -> _T | None:
        text = self._raw(field)
        if text == UNKNOWN:
            return None
        try:
            return read(text, self.today)
        except ValueError:
            self._find(Code.MRZ_DATE, field)
            return None

    def _all_findings(self) -> tuple[MrzFinding, ...]:
        layout = self.layout
        if layout.optional_check:
            text, read = self._raw("optional"), layout.optional_check.of(self.lines)
            # an empty field may have no check digit at all
            if read != FILLER or text.strip(FILLER):
                self._check("optional", text, read)
        if layout.composite_check:
            composite = "".join(span.of(self.lines) for span in layout.composite)
            self._check("composite", composite, layout.composite_check.of(self.lines))
        return tuple(self.findings)


def _plain(optional: str) -> str:
    return " ".join(optional.replace(FILLER, " ").split())
