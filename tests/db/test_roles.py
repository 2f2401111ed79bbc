"""By direct SQL as the role that counter terminals have: every table, every act, as declared and no more."""

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from db import constraints, postgres, roles, schema
from db.connection import Store, StoreError, Trouble
from db.tables import MODELS, Person, SigningKey
from tests import databases

TABLES = [*(model._meta.table_name for model in MODELS), "schema_migration"]
ACTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
FROZEN = (*constraints.APPEND_ONLY, "receipt", "payment", "register_number", "billing", "signing_key", "tariff")
"""Their rows are never removed; those of APPEND_ONLY are never changed either."""


@pytest.fixture(scope="module")
def owned() -> Iterator[str]:
    """A database whose owner is no superuser, migrated and with its grants made twice."""
    if not databases.CAN_SERVE:
        pytest.skip(databases.NO_SERVER)
    address, owner = databases.new_address(server=True), f"kiosk_owner_{secrets.token_hex(4)}"
    databases.execute(f"CREATE ROLE {owner} LOGIN CREATEROLE")
    databases.create(address)
    databases.execute(f"ALTER DATABASE {databases.name_of(address)} OWNER TO {owner}")
    store = Store(databases.as_role(address, owner))
    schema.migrate(store)
    roles.grant(store)
    assert roles.grant(store) == roles.Granted((), ())
    store.close()
    yield databases.as_role(address, owner)
    databases.drop(address)
    databases.execute(f"DROP ROLE {owner}")


@pytest.fixture(scope="module")
def members(owned: str) -> Iterator[dict[str, str]]:
    """Addresses of a counter and of a reports' reader, whose roles are members of ours."""
    found = {}
    for role in (roles.TERMINAL_ROLE, roles.READER_ROLE):
        name = f"{role}_{secrets.token_hex(4)}"
        databases.execute(f"CREATE ROLE {name} LOGIN IN ROLE {role}")
        found[role] = databases.as_role(owned, name)
    yield found
    for address in found.values():
        databases.execute(f"DROP ROLE {databases.role_of(address)}")


@pytest.fixture
def counter(members: dict[str, str]) -> Iterator[Any]:
    with psycopg.connect(**postgres.parameters(members[roles.TERMINAL_ROLE])) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def reader(members: dict[str, str]) -> Iterator[Any]:
    with psycopg.connect(**postgres.parameters(members[roles.READER_ROLE])) as connection:
        yield connection
        connection.rollback()


def allowed(connection: Any, statement: str) -> bool:
    """Whether the role may; that no row meets it, or the row is not whole, is another matter."""
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.Error:
        return True
    finally:
        connection.rollback()
    return True


def columns(table: str) -> list[str]:
    if table == "schema_migration":
        return ["name", "applied"]
    return [f.column_name for m in MODELS if m._meta.table_name == table for f in m._meta.sorted_fields]


def attempt(table: str, act: str, column: str = "") -> str:
    return {
        "SELECT": f"SELECT {column or '*'} FROM {table}",
        "INSERT": f"INSERT INTO {table} ({column}) VALUES (NULL)" if column else f"INSERT INTO {table} DEFAULT VALUES",
        "UPDATE": f"UPDATE {table} SET {column} = {column} WHERE false",
        "DELETE": f"DELETE FROM {table} WHERE false",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[act]


def test_every_table_has_its_rights_declared() -> None:
    assert set(roles.TERMINAL) == set(TABLES)
    for table, rights in roles.TERMINAL.items():
        assert {*rights.update, *rights.not_set} <= set(columns(table)), table


@pytest.mark.parametrize("table", TABLES)
def test_a_counter_may_do_with_a_table_what_is_declared_and_no_more(counter: Any, table: str) -> None:
    rights = roles.TERMINAL[table]
    assert allowed(counter, attempt(table, "SELECT"))
    assert allowed(counter, attempt(table, "DELETE")) is rights.delete
    assert not allowed(counter, attempt(table, "TRUNCATE"))
    for column in columns(table):
        assert allowed(counter, attempt(table, "UPDATE", column)) is (column in rights.update), column
        may_set = rights.insert and column not in rights.not_set
        assert allowed(counter, attempt(table, "INSERT", column)) is may_set, column


@pytest.mark.parametrize("table", FROZEN)
def test_no_history_can_be_changed_or_taken_away_by_a_counter(counter: Any, table: str) -> None:
    """Not by the triggers, which could be dropped: the role has no such right."""
    assert not allowed(counter, attempt(table, "DELETE"))
    assert not allowed(counter, attempt(table, "TRUNCATE"))
    if table in constraints.APPEND_ONLY:
        assert not any(allowed(counter, attempt(table, "UPDATE", column)) for column in columns(table))


SCHEMA_CHANGES = (
    "CREATE TABLE another (id int)",
    "CREATE TEMPORARY TABLE part (case_id int, part text, person_id int)",  # would stand before ours in the triggers
    "CREATE SCHEMA another",
    "CREATE FUNCTION lies() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TRIGGER separation_of_duty ON part",
    "ALTER TABLE ledger DISABLE TRIGGER ALL",
    "ALTER TABLE audit_event ADD COLUMN lies text",
    "DROP TABLE audit_event",
    "SET session_replication_role = replica",
    "GRANT kiosk_reader TO kiosk_terminal",
    "ALTER ROLE postgres PASSWORD 'x'",
    "SELECT setval('ledger_id_seq', 1)",
    "COPY ledger TO PROGRAM 'true'",
)


@pytest.mark.parametrize("statement", SCHEMA_CHANGES)
def test_a_counter_can_alter_nothing_of_the_schema(counter: Any, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        counter.execute(statement)


def test_a_counter_cannot_become_the_owner(counter: Any, owned: str) -> None:
    for role in (databases.role_of(owned), "postgres"):
        assert not allowed(counter, f"SET ROLE {role}")


def test_a_counter_cannot_approve_a_key_of_its_own(counter: Any, owned: str) -> None:
    values = "1, 'loket-9', repeat('a', 64), '12345', now(), now() + interval '1 day', 'saya', ''"
    names = "key_id, terminal, public_key, purposes, not_before, not_after, approved_by, revoke_reason"
    assert not allowed(counter, f"INSERT INTO signing_key ({names}, approved_at) VALUES ({values}, now())")
    counter.execute(f"INSERT INTO signing_key ({names}) VALUES ({values})")
    counter.commit()
    assert not allowed(counter, "UPDATE signing_key SET approved_at = now()")
    store = Store(owned)
    with store.reading():
        assert [row.approved_at for row in SigningKey.select()] == [None]
    store.close()


def test_a_reader_changes_nothing_and_sees_no_secret(reader: Any) -> None:
    for secret in ("pin_hash FROM officer", "* FROM draft", "wrapped FROM case_key", "identity_no FROM handover"):
        assert not allowed(reader, f"SELECT {secret}"), secret
    for table in TABLES:
        for act in ("INSERT", "DELETE", "TRUNCATE"):
            assert not allowed(reader, attempt(table, act)), (table, act)
        hidden = roles.NOT_FOR_READERS.get(table)
        for column in columns(table):
            assert not allowed(reader, attempt(table, "UPDATE", column))
            seen = hidden is None or (bool(hidden) and column not in hidden)
            assert allowed(reader, attempt(table, "SELECT", column)) is seen, (table, column)


def test_nobody_else_may_even_connect(owned: str) -> None:
    name = f"stranger_{secrets.token_hex(4)}"
    databases.execute(f"CREATE ROLE {name} LOGIN")
    try:
        with pytest.raises(psycopg.OperationalError, match="CONNECT privilege"):
            psycopg.connect(**postgres.parameters(databases.as_role(owned, name)))
    finally:
        databases.execute(f"DROP ROLE {name}")


def test_who_connects_with_too_much_right_is_told_so(owned: str, members: dict[str, str]) -> None:
    for address, told in (
        (members[roles.TERMINAL_ROLE], []),
        (owned, ["OWNER audit_event"]),
        (databases.as_role(owned, "postgres"), ["SUPERUSER"]),
    ):
        store = Store(address)
        found = roles.excess(store)
        store.close()
        assert [each for each in found if each in told] == told
        assert bool(found) is bool(told)


@pytest.mark.parametrize(
    "given", ["DELETE ON ledger", "UPDATE ON audit_event", "TRUNCATE ON payment_event", "INSERT ON officer"]
)
def test_a_right_given_by_hand_is_found_and_taken_back(owned: str, members: dict[str, str], given: str) -> None:
    owner, counter = Store(owned), Store(members[roles.TERMINAL_ROLE])
    with owner.writing():
        owner.database.execute_sql(f"GRANT {given} TO kiosk_terminal")
    assert roles.excess(counter) == [given.replace(" ON", "")]
    roles.grant(owner)
    assert roles.excess(counter) == []
    owner.close()
    counter.close()


def test_a_forbidden_act_of_the_program_is_said_as_what_it_is(members: dict[str, str]) -> None:
    store = Store(members[roles.TERMINAL_ROLE])
    with pytest.raises(StoreError) as refused, store.writing():
        Person.create(name="A")
    assert refused.value.trouble is Trouble.FORBIDDEN
    with pytest.raises(StoreError) as refused:
        schema.roll_back(store)
    assert refused.value.trouble is Trouble.FORBIDDEN
    store.close()


def test_an_owner_that_may_make_no_roles_names_those_it_lacks(owned: str) -> None:
    name, address = f"poor_{secrets.token_hex(4)}", databases.new_address(server=True)
    databases.execute(f"CREATE ROLE {name} LOGIN")
    databases.create(address)
    databases.execute(f"ALTER DATABASE {databases.name_of(address)} OWNER TO {name}")
    store = Store(databases.as_role(address, name))
    try:
        schema.migrate(store)
        assert roles.grant(store) == roles.Granted((), ()), "they are there, and it owns its tables"
    finally:
        store.close()
        databases.drop(address)
        databases.execute(f"DROP ROLE {name}")


def test_a_file_has_no_roles(tmp_path: Any) -> None:
    store = Store(f"sqlite://{quote(str(tmp_path / 'office.db'))}")
    schema.migrate(store)
    assert (roles.grant(store), roles.excess(store)) == (roles.Granted((), ()), [])
    store.close()
