"""Every field of what a step is given, found in its dataclasses: a new field is tried without a word here.

`fields_of(Given)` names the leaves (`data.holder.surname`, `items.0.note`) with their types; `put` gives a copy in
which one of them holds another value, whatever it takes to get there (a list that was empty, a part that was None).
"""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from kiosk.partial_date import PartialDate

Way = tuple[str, ...]
KEY, VALUE = "key of", "value of"
"""The leaves of a mapping."""


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
    return hint


def _is_record(hint: Any) -> bool:
    return dataclasses.is_dataclass(hint) and hint is not PartialDate


def fields_of(hint: Any, way: Way = ()) -> Iterator[tuple[Way, type]]:
    """Each leaf and its type: str, int, bool, date, PartialDate or an Enum."""
    hint = _without_none(hint)
    if _is_record(hint):
        for part in dataclasses.fields(hint):
            yield from fields_of(_hints(hint)[part.name], (*way, part.name))
    elif typing.get_origin(hint) is tuple:
        yield from fields_of(typing.get_args(hint)[0], (*way, "0"))
    elif typing.get_origin(hint) is Mapping:
        key, value = typing.get_args(hint)
        yield (*way, KEY), key
        yield (*way, VALUE), value
    else:
        assert isinstance(hint, type), f"{hint} at {way}: fields_of does not know how to go there"
        yield way, hint


def put(hint: Any, record: Any, way: Way, value: Any) -> Any:
    """A copy of `record` (of type `hint`, None where it is not there) with `value` at the end of `way`."""
    hint = _without_none(hint)
    if not way:
        return value
    here, *rest = way
    following = tuple(rest)
    if _is_record(hint):
        base = record if record is not None else plain(hint)
        inner = put(_hints(hint)[here], getattr(base, here), following, value)
        return dataclasses.replace(base, **{here: inner})
    if typing.get_origin(hint) is tuple:
        first, *others = record or (None,)
        return (put(typing.get_args(hint)[0], first, following, value), *others)
    return dict(record or {}) | ({value: "x"} if here == KEY else {"holder.surname": value})


def plain(hint: Any) -> Any:
    """An unremarkable value of a type, for what has to be there around the field that is tried."""
    hint = _without_none(hint)
    if _is_record(hint):
        return hint(**{part.name: plain(_hints(hint)[part.name]) for part in dataclasses.fields(hint)})
    if issubclass(typing.get_origin(hint) or hint, tuple | Mapping):
        return {} if typing.get_origin(hint) is Mapping else ()
    if issubclass(hint, Enum):
        return next(iter(hint))
    return {str: "holder.surname", int: 1, bool: True, date: date(2026, 1, 5)}.get(hint, PartialDate(1990))
