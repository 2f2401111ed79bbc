"""Columns that peewee does not have."""

from datetime import UTC, datetime
from typing import Any

from peewee import DateTimeField


class UtcField(DateTimeField):
    """An instant: stored as UTC without offset, aware on the Python side.

    Raises ValueError for a naive datetime: a time without a zone is a defect.
    """

    def db_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("a naive datetime can't be stored")
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)  # type: ignore[no-untyped-call]

    def python_value(self, value: Any) -> Any:
        found = super().python_value(value)  # type: ignore[no-untyped-call]
        return found.replace(tzinfo=UTC) if isinstance(found, datetime) else found
