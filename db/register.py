"""The national register: one database that holds what every office publishes, and is read there, never written.

Each agreed table has the key (office, the office's own key). A statement by anybody but a subscription's worker is
refused by a trigger, whoever asks: workers apply with `session_replication_role = replica`, where that trigger is
silent. A second trigger speaks only there: a row whose `office` is not the subscription's own stops that subscription,
so that one office can't write another's rows. People read as `itk_register`, which may SELECT and nothing else.

A subscription is one per office, `office_<code>`; its place in the office's log is `kiosk_national_<code>`, made before
the subscription, so that it is named alike on both sides. Administrator of the register's server needed (PostgreSQL 15:
superuser).
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db import national
from db.national import AGREED, COLUMN, NotPossible, OfficeNames, Waiting, connected, key_of, slot_name, types_of

READERS = "itk_register"
LISTS = "kiosk_lists"
"""The publication of the cekal lists, which the offices subscribe to."""
ASKED_AT_ONCE = 16
LINE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds: a cut line is noticed, and tried again every few seconds by the worker itself."""
LET_GO_S = 10.0
ENOUGH_BEHIND = 1_000_000
"""Bytes of log that an office at work is behind at any moment."""

LIST_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS national",
    "CREATE TABLE IF NOT EXISTS national.list (version text PRIMARY KEY, list_date date NOT NULL, source text NOT NULL,"
    " name text NOT NULL, rows integer NOT NULL, bytes bigint NOT NULL, sha256 text NOT NULL, parts integer NOT NULL,"
    " signature bytea NOT NULL, sent_at timestamptz NOT NULL)",
    "CREATE TABLE IF NOT EXISTS national.list_part"
    " (version text NOT NULL, part integer NOT NULL, content bytea NOT NULL, PRIMARY KEY (version, part))",
)
_FOUND = (
    *LIST_TABLES,
    "CREATE TABLE IF NOT EXISTS national.office (code integer PRIMARY KEY, short text NOT NULL UNIQUE,"
    " letters text NOT NULL UNIQUE, name text NOT NULL, address text NOT NULL, joined_at timestamptz NOT NULL)",
    "CREATE TABLE IF NOT EXISTS national.act (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " at timestamptz NOT NULL DEFAULT now(), who text NOT NULL, what text NOT NULL, about text NOT NULL)",
    "CREATE OR REPLACE FUNCTION national.read_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'register_is_read_only' USING ERRCODE = '25006'; END $$",
    "CREATE OR REPLACE FUNCTION national.own_rows_only() RETURNS trigger LANGUAGE plpgsql AS $$"
    " DECLARE sender text := current_setting('kiosk.sender', true); BEGIN"
    " IF coalesce(sender, '') = '' THEN"
    "  SELECT max(subname) INTO sender FROM pg_stat_subscription WHERE pid = pg_backend_pid();"
    "  PERFORM set_config('kiosk.sender', sender, false); END IF;"
    " IF sender IS DISTINCT FROM 'office_' || NEW.office THEN"
    "  RAISE EXCEPTION 'row of office % from %', NEW.office, sender; END IF;"
    " RETURN NEW; END $$",
)
_SEARCHED = (
    ("itk_case", "passport_no"),
    ("itk_case", "application_no"),
    ("register_number", "number"),
    ("receipt", "receipt_id"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """What founding would do about one table: `columns` are those that are added, all of them for a new one."""

    name: str
    new: bool
    columns: tuple[str, ...]


def missing(connection: "psycopg.Connection[Any]") -> list[Table]:
    """The tables and columns that the register lacks. Raises NotPossible on a server older than 15."""
    if connection.info.server_version < national.OLDEST:
        raise NotPossible(f"PostgreSQL {connection.info.server_version // 10000}: 15")
    have: dict[str, set[str]] = {}
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    for table, column in connection.execute(query).fetchall():
        have.setdefault(table, set()).add(column)
    found = []
    for table, columns in AGREED.items():
        present = have.get(table)
        lacked = tuple(column for column in columns if present is None or column not in present)
        if present is not None and COLUMN not in present:
            raise NotPossible(f"{table}: this database is an office's")
        if lacked:
            found.append(Table(table, present is None, lacked))
    return found


def found(connection: "psycopg.Connection[Any]", who: str) -> list[Table]:
    """Make the register in an empty database, or add what a newer program has agreed on. Raises NotPossible."""
    with connection.transaction():
        made = missing(connection)
        for statement in _FOUND:
            connection.execute(statement.encode())
        for table in made:
            for step in _made(table):
                connection.execute(step)
        for table_name, column in _SEARCHED:
            connection.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                    sql.Identifier(f"{table_name}_{column}"), sql.Identifier(table_name), sql.Identifier(column)
                )
            )
        if not _value(connection, "SELECT 1 FROM pg_publication WHERE pubname = %s", LISTS):
            connection.execute(f"CREATE PUBLICATION {LISTS} FOR TABLE national.list, national.list_part".encode())
        _grant(connection)
        note(connection, who, "found", ",".join(table.name for table in made))
    return made


def _made(table: Table) -> Iterator[national.Step]:
    name, types, key = sql.Identifier(table.name), types_of(table.name), key_of(table.name)
    columns = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(types[column])) for column in table.columns]
    if not table.new:
        yield sql.SQL("ALTER TABLE {} {}").format(
            name, sql.SQL(", ").join(sql.SQL("ADD COLUMN {}").format(column) for column in columns)
        )
        return
    yield sql.SQL("CREATE TABLE {} ({} integer NOT NULL, {}, PRIMARY KEY ({}, {}))").format(
        name, sql.Identifier(COLUMN), sql.SQL(", ").join(columns), sql.Identifier(COLUMN), sql.Identifier(key)
    )
    yield sql.SQL(
        "CREATE TRIGGER register_is_read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {}"
        " FOR EACH STATEMENT EXECUTE FUNCTION national.read_only()"
    ).format(name)
    yield sql.SQL(
        "CREATE TRIGGER own_rows_only BEFORE INSERT OR UPDATE ON {}"
        " FOR EACH ROW EXECUTE FUNCTION national.own_rows_only()"
    ).format(name)
    yield sql.SQL("ALTER TABLE {} ENABLE REPLICA TRIGGER own_rows_only").format(name)


def _grant(connection: "psycopg.Connection[Any]") -> None:
    """Readers read the offices' rows. The lists go to offices only, by the role that the offices connect with."""
    for name, attributes in ((READERS, "NOLOGIN"), (national.READER, "LOGIN REPLICATION")):
        if not _value(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
            connection.execute(f"CREATE ROLE {name} {attributes}".encode())
    readers = sql.Identifier(READERS)
    tables = sql.SQL(", ").join(map(sql.Identifier, AGREED))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public, national TO {}").format(readers))
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(tables, readers))
    connection.execute(sql.SQL("GRANT SELECT (code, short, letters, name) ON national.office TO {}").format(readers))
    offices = sql.Identifier(national.READER)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA national TO {}").format(offices))
    connection.execute(sql.SQL("GRANT SELECT ON national.list, national.list_part TO {}").format(offices))


def note(connection: "psycopg.Connection[Any]", who: str, what: str, about: str) -> None:
    """Keep who did what to the register."""
    connection.execute("INSERT INTO national.act (who, what, about) VALUES (%s, %s, %s)", (who, what, about))


# offices


def subscription(code: int) -> str:
    return f"office_{code}"


def look_at(connection: "psycopg.Connection[Any]", code: int, address: str) -> OfficeNames:
    """The office at `address` as it names itself, if it can join. Raises NotPossible."""
    if _value(connection, "SELECT to_regclass('national.office')") is None:
        raise NotPossible("kiosk national found")
    with connected(address) as office:
        names = national.published_as(office)
    if names.code != code:
        raise NotPossible(f"{names.code} {names.name}: {code}?")
    rows = connection.execute("SELECT code, short, letters FROM national.office WHERE code <> %s", (code,)).fetchall()
    for other, short, letters in rows:
        if names.short == short or names.letters == letters:
            raise NotPossible(f"{names.short}, {names.letters}: {other}")
    return names


def join(
    connection: "psycopg.Connection[Any]", names: OfficeNames, address: str, *, who: str, joined_at: datetime
) -> None:
    """Subscribe to an office: its rows are copied, then everything that follows. An office that has joined already is
    reached at the new address, and what it publishes since is taken too. Raises NotPossible."""
    name, place = sql.Identifier(subscription(names.code)), slot_name(names.code)
    line = sql.Literal(make_conninfo(address, **LINE))
    there = _value(connection, "SELECT 1 FROM pg_subscription WHERE subname = %s", subscription(names.code))
    if there:
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} CONNECTION {}").format(name, line))
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} REFRESH PUBLICATION").format(name))
    else:
        with connected(address) as office:
            if national.waiting(office, place) is None:
                office.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (place,))
        connection.execute(
            sql.SQL(
                "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (create_slot = false, slot_name = {})"
            ).format(name, line, sql.Identifier(national.PUBLICATION), sql.Literal(place))
        )
    connection.execute(
        "INSERT INTO national.office (code, short, letters, name, address, joined_at) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (code) DO UPDATE SET short = excluded.short, letters = excluded.letters, name = excluded.name,"
        " address = excluded.address",
        (names.code, names.short, names.letters, names.name, address, joined_at),
    )
    note(connection, who, "join", str(names.code))


def leave(connection: "psycopg.Connection[Any]", code: int, *, who: str) -> None:
    """End an office's subscription; its rows stay. Its place in the office's log is given up, else the log would grow;
    where the office can't be reached it is left: `SELECT pg_drop_replication_slot(...)` there. Raises NotPossible."""
    address = address_of(connection, code)
    _unsubscribe(connection, code)
    note(connection, who, "leave", str(code))
    with connected(address) as office:
        _give_up_place(office, code)


def copy_again(connection: "psycopg.Connection[Any]", code: int, *, who: str, now: datetime) -> None:
    """Take an office's rows anew: after its place in the log was lost, or the office was restored from a backup.

    Its rows are away from the register until the copy is there. Raises NotPossible, before anything is changed, where
    the office can't be reached.
    """
    address = address_of(connection, code)
    names = look_at(connection, code, address)
    _unsubscribe(connection, code)
    with connected(address) as office:
        _give_up_place(office, code)
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0")
        for table in AGREED:
            connection.execute(sql.SQL("DELETE FROM {} WHERE office = %s").format(sql.Identifier(table)), (code,))
        note(connection, who, "copy_again", str(code))
    join(connection, names, address, who=who, joined_at=now)


def _give_up_place(office: "psycopg.Connection[Any]", code: int) -> None:
    """The office's log no longer waits for the register. The line that was just ended may hold it for a moment."""
    until = time.monotonic() + LET_GO_S
    while national.waiting(office, slot_name(code)) is not None:
        try:
            office.execute("SELECT pg_drop_replication_slot(%s)", (slot_name(code),))
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _unsubscribe(connection: "psycopg.Connection[Any]", code: int) -> None:
    name = sql.Identifier(subscription(code))
    if _value(connection, "SELECT 1 FROM pg_subscription WHERE subname = %s", subscription(code)):
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(name))
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(name))
        connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(name))


def address_of(connection: "psycopg.Connection[Any]", code: int) -> str:
    """Where an office that has joined is reached. Raises NotPossible."""
    found = _value(connection, "SELECT address FROM national.office WHERE code = %s", code)
    if found is None:
        raise NotPossible(f"{code}: kiosk national join")
    return str(found)


# how it goes


@dataclass(frozen=True, slots=True)
class Received:
    """How one office's rows arrive. `state`: current, copying, behind, no_line, stopped, lost. `last_heard`: when the
    worker last heard from the office; `last_act`: the newest act of the office that the register knows of."""

    code: int
    short: str
    name: str
    state: str
    waiting: Waiting | None
    last_heard: datetime | None
    last_act: datetime | None
    cases: int
    errors: int
    reason: str = ""


def received(connection: "psycopg.Connection[Any]") -> list[Received]:
    """Every office that joined, each asked for its place in its log, many at once. Raises NotPossible."""
    if _value(connection, "SELECT to_regclass('national.office')") is None:
        raise NotPossible("kiosk national found")
    rows = connection.execute(
        "SELECT o.code, o.short, o.name, o.address, s.subenabled, w.pid, w.last_msg_receipt_time,"
        " h.at AT TIME ZONE 'UTC', (SELECT count(*) FROM itk_case c WHERE c.office = o.code),"
        " coalesce(e.apply_error_count + e.sync_error_count, 0)::bigint,"
        " EXISTS (SELECT 1 FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r')"
        " FROM national.office o LEFT JOIN pg_subscription s ON s.subname = 'office_' || o.code"
        " LEFT JOIN pg_stat_subscription w ON w.subid = s.oid AND w.relid IS NULL AND w.received_lsn IS NOT NULL"
        " LEFT JOIN pg_stat_subscription_stats e ON e.subid = s.oid LEFT JOIN audit_head h ON h.office = o.code"
        " ORDER BY o.code"
    ).fetchall()
    with ThreadPoolExecutor(ASKED_AT_ONCE) as threads:
        places = list(threads.map(_place, [(row[0], row[3]) for row in rows]))
    return [_judged(row, *place) for row, place in zip(rows, places, strict=True)]


def _place(office: tuple[int, str]) -> tuple[Waiting | None, str]:
    try:
        with connected(office[1]) as connection:
            return national.waiting(connection, slot_name(office[0])), ""
    except (NotPossible, psycopg.Error) as error:
        return None, str(error).splitlines()[0]


def _judged(row: tuple[Any, ...], waiting: Waiting | None, reason: str) -> Received:
    code, short, name, _, enabled, worker, heard, last_act, cases, errors, copying = row
    if reason:
        state = "no_line"
    elif waiting is None or waiting.lost:
        state = "lost"
    elif not enabled or worker is None:
        state = "stopped"
    elif copying:
        state = "copying"
    else:
        state = "behind" if waiting.behind > ENOUGH_BEHIND else "current"
    return Received(code, short, name, state, waiting, heard, last_act, cases, errors, reason)


def _value(connection: "psycopg.Connection[Any]", query: str, *values: object) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    return None if row is None else row[0]
