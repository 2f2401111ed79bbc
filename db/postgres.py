"""PostgreSQL through psycopg 3: the address, the pool, and what its errors mean.

An address is a libpq one: `postgresql://user@host:port/name?sslmode=verify-full&sslrootcert=FILE&passfile=FILE`. With
no host, or a folder as `host=`, it is the server's own socket (peer).
"""

import contextlib
import os
import socket
import weakref
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from peewee import Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase

from db.shapes import Shaped

CONNECT_SECONDS = 3
POOL_SIZE = 16
POOL_WAIT_SECONDS = 10
STALE_SECONDS = 300
PREPARED = 500
"""Statements that the server keeps ready for a connection: those of all thirteen steps, none drives another out."""
SESSION = {
    "default_transaction_isolation": r"read\ committed",
    "timezone": "UTC",
    "jit": "off",  # our questions are small; compiling one costs more than any of them
    "lock_timeout": "20s",
    "statement_timeout": "60s",
    # a terminal that was stopped in the middle of an act holds the audit chain's end: the office goes on without it
    "idle_in_transaction_session_timeout": "10s",
}
NETWORK = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 8000}
"""A cut line is noticed within about ten seconds; milliseconds for tcp_user_timeout, seconds for the others."""


def is_postgres(url: str) -> bool:
    return urlsplit(url).scheme in {"postgresql", "postgres"}


def parameters(url: str) -> dict[str, Any]:
    """What psycopg.connect is given for `url`; what the address itself says goes first."""
    parts = urlsplit(url)
    given = {
        "dbname": unquote(parts.path.lstrip("/")),
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
    named = {"application_name": "itk-kiosk", "connect_timeout": CONNECT_SECONDS, **NETWORK}
    named.update({key: value for key, value in given.items() if value})
    named.update(parse_qsl(parts.query))
    settings = " ".join(f"-c {key}={value}" for key, value in SESSION.items())
    named["options"] = f"{settings} {named.get('options', '')}".strip()
    return named


def without_password(url: str) -> str:
    """The address for people and logs."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


class _Adapter(Psycopg3Adapter):
    """Remembers its connections, so that one that waits for a server without answer can be cut."""

    def __init__(self) -> None:
        super().__init__()
        self.open: weakref.WeakSet[Any] = weakref.WeakSet()

    def connect(self, db: Any, **params: Any) -> Any:
        connection = super().connect(db, **params)  # type: ignore[no-untyped-call]
        connection.prepared_max = PREPARED
        self.open.add(connection)
        return connection


class Server(Shaped, PooledPostgresqlDatabase):  # type: ignore[misc]
    """A pool of connections to one database; a thread waits for a free one."""

    psycopg3_adapter = _Adapter

    def __init__(self, url: str) -> None:
        given = parameters(url)
        super().__init__(
            given.pop("dbname", ""),
            max_connections=POOL_SIZE,
            stale_timeout=STALE_SECONDS,
            timeout=POOL_WAIT_SECONDS,
            prefer_psycopg3=True,
            **given,
        )

    def cut(self) -> int:
        """Break every connection, from any thread; whoever waits on one gets an error at once. How many."""
        cut = 0
        for connection in list(self._adapter.open):
            with contextlib.suppress(Exception):
                with socket.socket(fileno=os.dup(connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)
                cut += 1
        return cut
