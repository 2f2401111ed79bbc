"""Every row of one database into another, empty one, in one transaction, and the proof that each arrived."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from peewee import AutoField, CompositeKey, Database, PostgresqlDatabase

from db import constraints, postgres, schema
from db.connection import Store
from db.tables import MODELS, Table

AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Moved:
    """One table: its rows, and whether those read back from the target are the same, one by one."""

    table: str
    rows: int
    same: bool


class NotEmpty(Exception):
    """The target holds tables already; nothing was changed."""


class RowsDiffer(Exception):
    """A table came out otherwise than it went in; the target was left empty."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


@contextmanager
def move(source: Store, target: Store, judge: Callable[[], None]) -> Iterator[list[Moved]]:
    """Copy every table of `source` into `target` and read both back; no one writes to the source inside.

    The constraints come after the rows, as in a restored dump: a rule of today must not refuse history. All of it is
    one transaction of the target, which `judge` may still give up. Raises NotEmpty, RowsDiffer, StoreError.
    """
    schema.require_current(source)
    if schema.found(target):
        raise NotEmpty(postgres.without_password(target.url))
    target.database.bind(list(MODELS))
    with source.alone():
        with target.writing():
            if target.path is None:
                target.database.execute_sql("SET LOCAL statement_timeout = 0")
            target.database.create_tables(list(MODELS), safe=False)
            for model in MODELS:
                _copy(model, source.database, target.database)
            constraints.create(target.database)
            schema.record(target)
            moved = [_compared(model, source.database, target.database) for model in MODELS]
            if wrong := [each.table for each in moved if not each.same]:
                raise RowsDiffer(wrong[0])
            judge()
        yield moved


def _copy(model: type[Table], source: Database, target: Database) -> None:
    rows: list[tuple[Any, ...]] = []
    fields = model._meta.sorted_fields
    for row in _rows(model, source):
        rows.append(row)
        if len(rows) == AT_ONCE:
            model.insert_many(rows, fields=fields).execute(target)
            rows = []
    if rows:
        model.insert_many(rows, fields=fields).execute(target)
    key = model._meta.primary_key
    if isinstance(key, AutoField) and isinstance(target, PostgresqlDatabase):
        table = model._meta.table_name
        newest = target.execute_sql(f"SELECT MAX(id) FROM {table}").fetchone()[0]  # noqa: S608 - a name of our own
        if newest is not None:
            target.execute_sql("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, newest))


def _rows(model: type[Table], database: Database) -> Iterator[tuple[Any, ...]]:
    """Every row by its primary key, as Python values."""
    key = model._meta.primary_key
    order = [getattr(model, name) for name in key.field_names] if isinstance(key, CompositeKey) else [key]
    yield from model.select().order_by(*order).tuples().execute(database)


def _compared(model: type[Table], source: Database, target: Database) -> Moved:
    """Row by row, in the order of the key."""
    count, same = 0, True
    there = iter(_rows(model, target))
    for row in _rows(model, source):
        count += 1
        same = same and _digest(next(there, ())) == _digest(row)
    return Moved(model._meta.table_name, count, same and next(there, None) is None)


def _digest(row: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(repr(row).encode()).digest()
