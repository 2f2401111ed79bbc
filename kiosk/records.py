"""Typed records as canonical JSON: what steps produce, papers say and drafts hold, as stored in the database."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class BadRecord(ValueError):
    """Stored text that is not a record of the asked type: a defect or another version of the program."""


def to_json(record: object) -> str:
    """Canonical JSON of a dataclass, mapping or plain value: keys sorted, no spaces, same bytes every time."""
    return msgspec.json.encode(msgspec.to_builtins(record, str_keys=True), order="sorted").decode()


def from_json(kind: type[T], text: str) -> T:
    """The record of type `kind` in `text`; unknown keys are ignored. Raises BadRecord (without the text)."""
    try:
        return msgspec.json.decode(text.encode(), type=kind)
    except msgspec.MsgspecError as error:
        raise BadRecord(f"{kind.__name__}: {type(error).__name__}") from None


def plain(record: object) -> Any:
    """The record as dicts, lists, strings and numbers."""
    return msgspec.to_builtins(record, str_keys=True)


def build(kind: type[T], values: Mapping[str, Any]) -> T:
    """A record of type `kind` from plain values. Raises BadRecord."""
    try:
        return msgspec.convert(values, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise BadRecord(f"{kind.__name__}: {type(error).__name__}") from None
