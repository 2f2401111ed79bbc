"""What no field of any step can hold: text that can't be stored, numbers and days beyond what anything here is.

Screens don't let such values in; a scanner, a paste, a command line or a defect may. A draft (a mapping) holds what is
typed as far as it can be stored at all; what a step is given (a record) is composed (NFC), and nothing in it acts on a
terminal or is unseen. Pure.
"""

import dataclasses
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from kiosk.formats import numeric_date
from kiosk.refusals import Code, Refusal
from kiosk.text import has_unsafe

LONGEST = 4000
GREATEST = 2**31 - 1
"""What an integer column holds."""
MOST_DAYS = 36_500
"""For a field that counts days: the calendar ends."""
FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2200, 12, 31)


def unusable(value: Any, field: str = "", *, in_record: bool = False) -> Iterator[Refusal]:
    """Why `value` (a record, sequence, mapping or plain value) can't be taken, each with the name of its field."""
    match value:
        case bool():
            return
        case str():
            yield from _text(value, field, in_record)
        case int():
            if abs(value) > (MOST_DAYS if "days" in field else GREATEST):
                yield Refusal(Code.FIELD_NOT_A_NUMBER, field)
        case date():
            if value.timetuple()[:3] < FIRST_DAY.timetuple()[:3]:
                yield Refusal(Code.DATE_TOO_EARLY, field, {"limit": numeric_date(FIRST_DAY)})
            elif value.timetuple()[:3] > LAST_DAY.timetuple()[:3]:
                yield Refusal(Code.DATE_TOO_LATE, field, {"limit": numeric_date(LAST_DAY)})
        case Mapping():
            for name, inner in value.items():
                yield from _text(str(name), field, in_record)
                yield from unusable(inner, str(name), in_record=in_record)
        case tuple() | list() | set() | frozenset():
            for inner in value:
                yield from unusable(inner, field, in_record=in_record)
        case _ if dataclasses.is_dataclass(value):
            for part in dataclasses.fields(value):
                yield from unusable(getattr(value, part.name), part.name, in_record=True)


def _text(text: str, field: str, in_record: bool) -> Iterator[Refusal]:
    if len(text) > LONGEST:
        yield Refusal(Code.FIELD_TOO_LONG, field, {"limit": LONGEST})
    elif "\0" in text or any("\ud800" <= char <= "\udfff" for char in text) or (in_record and not _is_plain(text)):
        yield Refusal(Code.FIELD_UNSAFE, field)


def _is_plain(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not has_unsafe(text.replace("\n", ""))
