"""Who may do what with which table of a PostgreSQL database.

Three roles. The owner makes and migrates the tables (`database_owner` in kiosk.toml, or a maintainer's own address).
`kiosk_terminal` is what counter terminals are members of: it adds history and can neither change nor take away any
of it, nor make a table, a temporary one included, that could stand before one of ours. What maintainers' commands
change (accounts, duties, tariffs, approval of keys, cekal lists) it only reads, but for an officer's own PIN.
`kiosk_reader` reads what reports need: no PIN, no key of the vault, no draft, no identity document.

`TERMINAL` is the whole truth: `grant` makes the database so, the tests try every table and act against it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from peewee import Database

from db.connection import Store
from db.tables import MODELS

TERMINAL_ROLE = "kiosk_terminal"
READER_ROLE = "kiosk_reader"
HISTORY = "schema_migration"


@dataclass(frozen=True, slots=True)
class Rights:
    """Beside reading: may rows be added (without the columns `not_set`), which columns changed, may rows be removed."""

    insert: bool = False
    update: tuple[str, ...] = ()
    delete: bool = False
    not_set: tuple[str, ...] = ()


READ = Rights()
ADD = Rights(insert=True)


def _add(*update: str, delete: bool = False, not_set: tuple[str, ...] = ()) -> Rights:
    return Rights(True, update, delete, not_set)


TERMINAL: dict[str, Rights] = {
    "person": READ,
    "officer": Rights(update=("failed_attempts", "locked_until", "pin_hash")),
    "duty": READ,
    "delegation": READ,
    "terminal": _add("last_seen"),
    "session": _add("ended_at"),
    "procedure_version": ADD,
    "counter": _add("value"),
    "itk_case": _add(
        "version", "attempt", "step", "status", "outcome", "waiting_since", "promise_due", "ended_at", "priority",
        "holder_name", "nationality", "issuing_state", "passport_no", "permit_expiry", "sponsor_no",
    ),
    "case_name": _add(delete=True),
    "claim": _add("lease_until", "released_at"),
    "case_event": ADD,
    "step_run": ADD,
    "step_work": _add("closed_at", "seconds", "closed_by", "reason"),
    "separation_pair": READ,
    "part": ADD,
    "draft": _add("content", "saved_at", delete=True),
    "custody": ADD,
    "stock_take": _add("ended_at", "result"),
    "stock_count": ADD,
    # a terminal makes its key; who approves or revokes one needs the owner's address, and a PIN
    "signing_key": _add(not_set=("approved_at", "revoked_at")),
    "receipt": _add("copies", "content", "voided_at", "void_reason"),
    "print_job": _add("state", "code", "reason", "created_at", "sent_at", "ended_at"),
    "queue_ticket": _add("state", "absences", "ended_at"),
    "queue_call": _add("times", "last_called_at", "started_at", "ended_at", "ended_as"),
    "register_number": _add("voided_at", "void_reason"),
    "handover": ADD,
    "tariff": READ,
    "shift": _add("closed_at", "summary"),
    "payment": _add(
        "state", "reason", "response_code", "approval_code", "rrn", "invoice_no", "batch_no", "masked_pan",
        "device_terminal", "sent_at", "decided_at", "ntpn",
    ),
    "payment_event": ADD,
    "ledger": ADD,
    "billing": ADD,
    "case_key": ADD,
    "vault_master": READ,
    "vault_object": _add("discarded_at", "discard_reason"),
    "watchlist_version": READ,
    "screening": ADD,
    "watchlist_decision": ADD,
    "nonconformity": _add("outcome", "back_to", "note", "decided_by_id", "decided_at"),
    "archive_record": _add("legal_hold", "disposal", "minutes_no", "approval_no", "disposed_at"),
    "audit_event": ADD,
    "audit_head": Rights(update=("seq", "hash", "at")),
    "schema_floor": READ,
    HISTORY: READ,
}  # fmt: skip

NOT_FOR_READERS: dict[str, tuple[str, ...]] = {
    "officer": ("pin_hash",),
    "draft": (),
    "case_key": (),
    "vault_object": ("meta",),
    "handover": ("identity_no", "content"),
    "screening": ("query", "answer"),
    "audit_event": ("body",),
}
"""Columns that reports don't need; () is the whole table."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What `grant` did: the roles it made, or could not make because the owner may make none."""

    made: tuple[str, ...]
    lacking: tuple[str, ...]


def grant(store: Store) -> Granted:
    """Give the roles just the rights above, and everybody else none. As the owner; safe to repeat. Raises StoreError.

    Where a role is not there and the owner may not make it, its grants are left out and it is named.
    """
    if store.path is not None:
        return Granted((), ())
    with store.writing():
        database = store.database
        made = _make_roles(database)
        lacking = tuple(name for name in (TERMINAL_ROLE, READER_ROLE) if not _has_role(database, name))
        for statement in _statements(database, lacking):
            database.execute_sql(statement)
    return Granted(made, lacking)


def _has_role(database: Database, name: str) -> bool:
    return database.execute_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None


def _make_roles(database: Database) -> tuple[str, ...]:
    may = database.execute_sql(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()[0]
    if not may:
        return ()
    missing = tuple(name for name in (TERMINAL_ROLE, READER_ROLE) if not _has_role(database, name))
    for name in missing:
        # another office of this server may be made in this moment
        database.execute_sql(
            f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    return missing


def _statements(database: Database, lacking: tuple[str, ...]) -> Iterator[str]:
    there = set(database.get_tables())
    name, owned = database.execute_sql(
        "SELECT quote_ident(datname), pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    roles = [role for role in (TERMINAL_ROLE, READER_ROLE) if role not in lacking]
    if owned:
        # TEMPORARY too: a temporary table named like one of ours would stand before it in every trigger
        yield f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"
        for role in roles:
            yield f"REVOKE ALL ON DATABASE {name} FROM {role}"
            yield f"GRANT CONNECT ON DATABASE {name} TO {role}"
    ask_schema = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public'"
    if database.execute_sql(ask_schema).fetchone()[0]:
        yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    for role in roles:
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"
        # what was given by the column outlives a revoke by the table
        for table, column in _granted_columns(database, role):
            yield f"REVOKE ALL ({column}) ON {table} FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
    if TERMINAL_ROLE not in lacking:
        for table, rights in TERMINAL.items():
            if table in there:
                yield from _of_terminal(table, rights)
    if READER_ROLE not in lacking:
        for table in (*_columns_of_models(), HISTORY):
            if table in there:
                yield from _of_reader(table)


def _granted_columns(database: Database, role: str) -> list[tuple[str, str]]:
    rows = database.execute_sql(
        "SELECT DISTINCT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(a.attacl) x JOIN pg_roles r ON r.oid = x.grantee"
        " WHERE n.nspname = 'public' AND r.rolname = %s",
        (role,),
    ).fetchall()
    return [(str(table), str(column)) for table, column in rows]


def _of_terminal(table: str, rights: Rights) -> Iterator[str]:
    yield f"GRANT SELECT ON {table} TO {TERMINAL_ROLE}"
    columns = _columns_of_models().get(table, ())
    if rights.insert and rights.not_set:
        allowed = ", ".join(each for each in columns if each not in rights.not_set)
        yield f"GRANT INSERT ({allowed}) ON {table} TO {TERMINAL_ROLE}"
    elif rights.insert:
        yield f"GRANT INSERT ON {table} TO {TERMINAL_ROLE}"
    if rights.update:
        yield f"GRANT UPDATE ({', '.join(rights.update)}) ON {table} TO {TERMINAL_ROLE}"
    if rights.delete:
        yield f"GRANT DELETE ON {table} TO {TERMINAL_ROLE}"
    if rights.insert and columns[:1] == ("id",):
        yield f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {TERMINAL_ROLE}"


def _of_reader(table: str) -> Iterator[str]:
    hidden = NOT_FOR_READERS.get(table)
    if hidden is None:
        yield f"GRANT SELECT ON {table} TO {READER_ROLE}"
    elif hidden:
        shown = ", ".join(each for each in _columns_of_models()[table] if each not in hidden)
        yield f"GRANT SELECT ({shown}) ON {table} TO {READER_ROLE}"


def _columns_of_models() -> dict[str, tuple[str, ...]]:
    return {m._meta.table_name: tuple(f.column_name for f in m._meta.sorted_fields) for m in MODELS}


# what a connection has

_ACTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")


def excess(store: Store) -> list[str]:
    """What the connected role may do beyond a terminal, such as `DELETE ledger`; [] is right. Raises StoreError.

    On SQLite there is none: the file's owner may do anything, the triggers and the chain tell of it.
    """
    if store.path is not None:
        return []
    with store.reading():
        ask: Callable[[str], Any] = store.database.execute_sql
        if ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()[0]:
            return ["SUPERUSER"]
        found = [
            f"{act} {what}"
            for what, act, has in (
                ("schema", "CREATE", "has_schema_privilege('public', 'CREATE')"),
                ("database", "TEMPORARY", "has_database_privilege(current_database(), 'TEMPORARY')"),
                ("database", "CREATE", "has_database_privilege(current_database(), 'CREATE')"),
                ("role", "CREATE", "(SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user)"),
            )
            if ask(f"SELECT {has}").fetchone()[0]
        ]
        held = ", ".join(f"has_table_privilege(c.oid, '{act}')" for act in _ACTS)
        tables = ask(
            f"SELECT c.relname, pg_has_role(c.relowner, 'USAGE'), {held}"  # noqa: S608 - names of our own
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname"
        ).fetchall()
    for table, owned, *has in tables:
        rights = TERMINAL.get(table, READ)
        if owned:
            found.append(f"OWNER {table}")
            continue
        may = {"INSERT": rights.insert and not rights.not_set, "DELETE": rights.delete}
        found += [f"{act} {table}" for act, held in zip(_ACTS, has, strict=True) if held and not may.get(act, False)]
    return found
