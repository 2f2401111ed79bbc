"""What leaves an office for the national register: the agreed tables and columns, published by logical replication.

An office's own keys are small integers, alike in every office. So each agreed table gets a column `office` with the
office's code as its constant default, and a unique index (office, key) that is its replica identity: whatever leaves,
an insert or an update, is named by office and key, and in the register (office, key) is the primary key. The program
never reads or writes that column. A schema for each office instead is not possible, since a subscription writes into
the table of the same name; a column that the register fills by itself would leave updates with an ambiguous key.

Only listed columns are published. There are no rows to filter: what must not leave (names of collectors, reasons,
scans, prints, drafts, keys of the vault, what a screening found) is no column of the list. Nor do deletions leave.
PostgreSQL 15 or newer (lists of columns).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from db import postgres
from db.tables import MODELS

PUBLICATION = "kiosk_national"
READER = "itk_national"
"""The role that the register connects with: LOGIN REPLICATION, made by the server's administrator."""
Step = sql.SQL | sql.Composed
OLDEST = 150000
COLUMN = "office"
PREFIX = "national_"
"""Begins the name of every index and rule that publishing adds (db.drift knows them)."""

AGREED: dict[str, tuple[str, ...]] = {
    "itk_case": (
        "id", "application_no", "kind", "version", "step", "status", "outcome", "opened_at", "ended_at",
        "holder_name", "nationality", "issuing_state", "passport_no", "permit_expiry",
    ),
    "step_run": ("id", "case_id", "step", "attempt", "completed_at", "seconds"),
    "register_number": ("id", "year", "series", "serial", "number", "case_id", "drawn_at", "voided_at"),
    "signing_key": (
        "key_id", "terminal", "public_key", "purposes", "not_before", "not_after", "approved_at", "revoked_at",
    ),
    "receipt": ("id", "receipt_id", "case_id", "type", "number", "token", "key_id", "issued_at", "voided_at"),
    "handover": ("id", "case_id", "receipt_id", "kind", "at"),
    "payment": (
        "id", "case_id", "reference", "method", "amount", "state", "created_at", "decided_at",
        "billing_code", "bank_ref", "ntpn",
    ),
    "ledger": ("id", "at", "kind", "amount", "case_id", "payment_id", "tariff_kind", "method", "reverses_id"),
    "watchlist_version": ("version", "list_date", "source", "entries", "hash", "imported_at", "active"),
    "audit_head": ("id", "seq", "hash", "at"),
}  # fmt: skip
"""Table: its published columns, the key first. `audit_head` makes the register a witness of each office's chain."""


class NotPossible(Exception):
    """The server or the office is not ready for it; the message says what is missing. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class OfficeNames:
    """What tells an office's numbers from every other's: its code, its short name, its letters in register numbers."""

    code: int
    short: str
    letters: str
    name: str


@contextmanager
def connected(address: str) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """A connection that commits each statement. Raises NotPossible where there is none."""
    try:
        connection = psycopg.connect(**postgres.parameters(address), autocommit=True)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise NotPossible(f"{postgres.without_password(address)}: {reason[:200]}") from None
    with connection:
        yield connection


def key_of(table: str) -> str:
    """The column that is the office's own key."""
    return AGREED[table][0]


def types_of(table: str) -> dict[str, str]:
    """PostgreSQL's types of the agreed columns. Texts have no limit in the register: an office may widen its own."""
    model = next(model for model in MODELS if model._meta.table_name == table)
    fields = {field.column_name: field for field in model._meta.sorted_fields}
    return {column: _TYPES[_kind(fields[column])] for column in AGREED[table]}


def _kind(field: Any) -> str:
    target = getattr(field, "rel_field", None)
    return _kind(target) if target is not None else str(field.field_type)


_TYPES = {
    "AUTO": "integer",
    "INT": "integer",
    "BIGINT": "bigint",
    "BOOL": "boolean",
    "DATE": "date",
    "DATETIME": "timestamp",
    "CHAR": "text",
    "VARCHAR": "text",
    "TEXT": "text",
}


def lacking(connection: "psycopg.Connection[Any]") -> str:
    """Why this server can't publish to the register; '' if it can."""
    if connection.info.server_version < OLDEST:
        return f"PostgreSQL {connection.info.server_version // 10000}: 15"
    level = _value(connection, "SHOW wal_level")
    return "" if level == "logical" else f"wal_level = {level}: ALTER SYSTEM SET wal_level = logical; restart"


def plan(connection: "psycopg.Connection[Any]", names: OfficeNames, reader: str) -> list[Step]:
    """The statements that are still to be run so that the office publishes; none if it does. Raises NotPossible."""
    if why := lacking(connection):
        raise NotPossible(why)
    if not _value(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolreplication", reader):
        raise NotPossible(f"role {reader}: CREATE ROLE {reader} LOGIN REPLICATION")
    told = _published_as(connection)
    if told is not None and told.code != names.code:
        raise NotPossible(f"kiosk.toml: office.code {names.code}, published as {told.code}")
    steps = [step for table in AGREED for step in _identified(connection, table, names.code)]
    if told != names:
        steps += _named(names)
    wanted = {table: set(columns) | {COLUMN} for table, columns in AGREED.items()}
    present = _publication(connection)
    if present != wanted:
        verb = "CREATE PUBLICATION {} FOR TABLE {}" if present is None else "ALTER PUBLICATION {} SET TABLE {}"
        steps.append(sql.SQL(verb).format(sql.Identifier(PUBLICATION), _tables()))
        if present is None:
            what = sql.SQL("ALTER PUBLICATION {} SET (publish = 'insert, update')")
            steps.append(what.format(sql.Identifier(PUBLICATION)))
    return [*steps, *_granted(connection, reader, told is None)]


def publish(connection: "psycopg.Connection[Any]", names: OfficeNames, reader: str) -> int:
    """Publish the agreed tables, in one transaction; how many statements it took. Raises NotPossible.

    The tables are locked while their indexes are made: about a second for a million rows.
    """
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0")
        steps = plan(connection, names, reader)
        for step in steps:
            connection.execute(step)
    return len(steps)


def published_as(connection: "psycopg.Connection[Any]") -> OfficeNames:
    """Under which names the office publishes. Raises NotPossible where it does not."""
    told = _published_as(connection)
    if told is None or _publication(connection) is None:
        raise NotPossible("kiosk national publish")
    return told


def _published_as(connection: "psycopg.Connection[Any]") -> OfficeNames | None:
    if _value(connection, "SELECT to_regclass('national.office')") is None:
        return None
    row = connection.execute("SELECT code, short, letters, name FROM national.office").fetchone()
    return None if row is None else OfficeNames(*row)


def _identified(connection: "psycopg.Connection[Any]", table: str, code: int) -> Iterator[Step]:
    """The column `office` and the index that names a row by office and key."""
    name, index = sql.Identifier(table), sql.Identifier(f"{PREFIX}{table}")
    there = "SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s AND NOT attisdropped"
    if not _value(connection, there, table, COLUMN):
        yield sql.SQL("ALTER TABLE {} ADD COLUMN {} integer NOT NULL DEFAULT {}").format(
            name, sql.Identifier(COLUMN), sql.Literal(code)
        )
        rule = sql.Identifier(f"{PREFIX}{table}_is_ours")
        yield sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} = {})").format(
            name, rule, sql.Identifier(COLUMN), sql.Literal(code)
        )
        columns = sql.SQL("{}, {}").format(sql.Identifier(COLUMN), sql.Identifier(key_of(table)))
        yield sql.SQL("CREATE UNIQUE INDEX {} ON {} ({})").format(index, name, columns)
        yield sql.SQL("ALTER TABLE {} REPLICA IDENTITY USING INDEX {}").format(name, index)


def _named(names: OfficeNames) -> Iterator[Step]:
    yield sql.SQL("CREATE SCHEMA IF NOT EXISTS national")
    yield sql.SQL(
        "CREATE TABLE IF NOT EXISTS national.office"
        " (code integer PRIMARY KEY, short text NOT NULL, letters text NOT NULL, name text NOT NULL)"
    )
    yield sql.SQL("DELETE FROM national.office")
    values = sql.SQL(", ").join(map(sql.Literal, (names.code, names.short, names.letters, names.name)))
    yield sql.SQL("INSERT INTO national.office (code, short, letters, name) VALUES ({})").format(values)


def _tables() -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} ({})").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, (COLUMN, *columns))))
        for table, columns in AGREED.items()
    )


def _granted(connection: "psycopg.Connection[Any]", reader: str, first: bool) -> Iterator[Step]:
    """The register's role reads the agreed columns, for the first copy, and no others."""
    role = sql.Identifier(reader)
    may = "SELECT has_column_privilege(%s, %s::regclass, %s, 'SELECT')"
    for table, columns in AGREED.items():
        lacked = [
            column for column in (COLUMN, *columns) if first or not _value(connection, may, reader, table, column)
        ]
        if lacked:
            listed = sql.SQL(", ").join(map(sql.Identifier, lacked))
            yield sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, sql.Identifier(table), role)
    if not _value(connection, "SELECT has_database_privilege(%s, current_database(), 'CONNECT')", reader):
        name = sql.Identifier(connection.info.dbname)
        yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, role)
    if first:
        yield sql.SQL("GRANT USAGE ON SCHEMA public, national TO {}").format(role)
        yield sql.SQL("GRANT SELECT ON national.office TO {}").format(role)


def _publication(connection: "psycopg.Connection[Any]") -> dict[str, set[str]] | None:
    """The published columns of each table; None where nothing is published."""
    if not _value(connection, "SELECT 1 FROM pg_publication WHERE pubname = %s", PUBLICATION):
        return None
    rows = connection.execute(
        "SELECT tablename, attnames FROM pg_publication_tables WHERE pubname = %s", (PUBLICATION,)
    ).fetchall()
    return {table: set(columns) for table, columns in rows}


def _value(connection: "psycopg.Connection[Any]", query: str, *values: object) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    return None if row is None else row[0]


# how it goes, seen from the office


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the office keeps for the register. Bytes; `wal_status` is PostgreSQL's: reserved, extended, unreserved,
    lost. `margin` None: the server sets no limit, and a register that stays away fills the disk."""

    slot: str
    active: bool
    wal_status: str
    kept: int
    behind: int
    margin: int | None

    @property
    def lost(self) -> bool:
        return self.wal_status == "lost"


def slot_name(code: int) -> str:
    """The name of the place in the office's log from which the register goes on."""
    return f"{PUBLICATION}_{code}"


def waiting(connection: "psycopg.Connection[Any]", slot: str) -> Waiting | None:
    """The register's place in the log; None where no register has joined."""
    row = connection.execute(
        "SELECT slot_name, active, coalesce(wal_status, ''),"
        " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint,"
        " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint, safe_wal_size"
        " FROM pg_replication_slots WHERE slot_name = %s",
        (slot,),
    ).fetchone()
    return None if row is None else Waiting(*row)
