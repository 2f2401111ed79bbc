"""Does a database hold just what this program's tables and constraints would make? Nothing is changed.

The tables are made anew beside it, in memory (SQLite) or in a schema that is rolled back (PostgreSQL), and both are
described alike: columns with type and null, keys, indexes, checks and triggers with their text.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peewee import Database, SqliteDatabase

from db import constraints
from db.connection import Store
from db.tables import MODELS

SCRATCH = "kiosk_drift_check"
HISTORY = "schema_migration"
_FOR_CAPITAL = re.compile(r"column \w+\.office: |(index|rule) (national_\w+|\w+_office_not_null) on ")
"""What publishing to the national register adds (db.national); the program itself never reads it."""

_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s"
_RULES = """
    SELECT c.relname, r.conname, pg_get_constraintdef(r.oid)
    FROM pg_constraint r JOIN pg_class c ON c.oid = r.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s"""
_TRIGGERS = """
    SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) || ' ' || p.prosrc || ' ' || t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE n.nspname = %s AND NOT t.tgisinternal"""


def drift(store: Store) -> list[str]:
    """Every difference: `+ ...` is missing in the database, `- ...` is there and unknown. Raises StoreError."""
    with store.reading():
        if store.path is not None:
            have, want = _sqlite(store.database), _fresh_sqlite()
        else:
            have, want = _postgres_both(store.database)
        store.database.bind(list(MODELS))
    return [f"+ {line}" for line in sorted(want - have)] + [f"- {line}" for line in sorted(have - want)]


def _fresh_sqlite() -> set[str]:
    memory = SqliteDatabase(":memory:")
    with memory.bind_ctx(list(MODELS)), memory.connection_context():
        memory.create_tables(list(MODELS), safe=False)
        constraints.create(memory)
        return _sqlite(memory)


def _sqlite(database: Database) -> set[str]:
    """Tables by their columns and foreign keys (an added column stands elsewhere in the text), the rest by text."""
    found: set[str] = set()
    for kind, name, table, sql in database.execute_sql(_SQLITE).fetchall():
        if table == HISTORY:
            continue
        if kind != "table":
            found.add(f"{kind} {name} on {table}: {_folded(sql)}")
            continue
        for _, column, type_, required, _, key in database.execute_sql(f"PRAGMA table_info({name})").fetchall():
            null = "" if required or key else " null"
            found.add(f"column {name}.{column}: {type_.lower()}{null}{' key' if key else ''}")
        for row in database.execute_sql(f"PRAGMA foreign_key_list({name})").fetchall():
            found.add(f"reference {name}.{row[3]}: {row[2]} {row[6]}")
        found |= {f"check {name}: {rule}" for rule in re.findall(r"CHECK \((.*?)\)", sql)}
    return found


def _postgres_both(database: Database) -> tuple[set[str], set[str]]:
    here = database.execute_sql("SELECT current_schema()").fetchone()[0]
    have = _postgres(database, here)
    with _rolled_back(database):
        database.execute_sql(f"CREATE SCHEMA {SCRATCH}")
        database.execute_sql(f"SET LOCAL search_path TO {SCRATCH}")
        database.create_tables(list(MODELS), safe=False)
        constraints.create(database)
        want = _postgres(database, SCRATCH)
    return have, want


@contextmanager
def _rolled_back(database: Database) -> Iterator[None]:
    with database.atomic() as transaction:
        try:
            yield
        finally:
            transaction.rollback()


def _postgres(database: Database, schema: str) -> set[str]:
    def rows(query: str) -> list[tuple[Any, ...]]:
        return [row for row in database.execute_sql(query, (schema,)).fetchall() if row[0] != HISTORY]

    def told(text: str) -> str:
        return _folded(text.replace(f"{schema}.", ""))

    def said(kind: str, text: str) -> str:
        """A condition as the server tells it: after a dump and its restoring the casts stand elsewhere in it."""
        return told(text) if kind == "trigger" else re.sub(r"::(character varying|text)(\[\])?|[()]", "", told(text))

    found = {
        f"column {table}.{name}: {type_}{'' if required else ' null'}"
        for table, name, type_, required in rows(_COLUMNS)
    }
    for kind, query in (("index", _INDEXES), ("rule", _RULES), ("trigger", _TRIGGERS)):
        found |= {f"{kind} {name} on {table}: {said(kind, text)}" for table, name, text in rows(query)}
    return {line for line in found if not _FOR_CAPITAL.match(line)}


def _folded(sql: str) -> str:
    return " ".join(sql.split())
