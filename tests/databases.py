"""Where the tests keep an office: SQLite in its folder, or PostgreSQL when KIOSK_TEST_POSTGRES names a server.

The value is an address without a database name, such as `postgresql://postgres@/?host=/tmp&port=5544`.
"""

import os
import secrets
import shutil
import tomllib
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

SERVER = os.environ.get("KIOSK_TEST_POSTGRES", "")
_copies: list[str] = []


def new_address() -> str:
    """The address for an office's kiosk.toml."""
    return _address(f"kiosk_{secrets.token_hex(6)}") if SERVER else "sqlite:office.db"


def create(address: str, template: str = "") -> None:
    """Make the database of `address`, a copy of `template`'s if given; nothing to do for SQLite."""
    if SERVER:
        copy = f' TEMPLATE "{_name(template)}"' if template else ""
        _execute(f'CREATE DATABASE "{_name(address)}"{copy}')


def drop(address: str) -> None:
    """Remove the database of `address`."""
    if SERVER:
        _execute(f'DROP DATABASE IF EXISTS "{_name(address)}" WITH (FORCE)')


def copy(office: Path, folder: Path) -> Path:
    """Copy an office that is closed, its database too, into the new `folder`; its kiosk.toml. Gone at the end."""
    shutil.copytree(office, folder)
    config = folder / "kiosk.toml"
    if SERVER:
        text = config.read_text()
        template = str(tomllib.loads(text)["database"])
        address = new_address()
        create(address, template)
        _copies.append(address)
        config.write_text(text.replace(template, address))
    return config


def passing_address() -> str:
    """Like `new_address`, made at once and dropped at the end of the run."""
    address = new_address()
    create(address)
    _copies.append(address)
    return address


def drop_copies() -> None:
    """Remove what `copy` and `passing_address` made."""
    while _copies:
        drop(_copies.pop())


def _address(name: str) -> str:
    parts = urlsplit(SERVER)
    return parts._replace(path=f"/{name}").geturl()


def _name(address: str) -> str:
    return urlsplit(address).path.lstrip("/")


def _execute(statement: str) -> None:
    import psycopg

    parts = urlsplit(SERVER)
    given = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password}
    options = {**{k: v for k, v in given.items() if v}, **dict(parse_qsl(parts.query))}
    with psycopg.connect(dbname="postgres", autocommit=True, **options) as connection:  # type: ignore[arg-type]
        connection.execute(statement)  # type: ignore[call-overload]
