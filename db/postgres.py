"""PostgreSQL through psycopg 3: the address, the pool, and what its errors mean.

An address is a libpq one: `postgresql://user@host:port/name?sslmode=verify-full&sslrootcert=FILE&passfile=FILE`. With
no host, or a folder as `host=`, it is the server's own socket (peer).
"""

import contextlib
import os
import re
import select
import socket
import time
import weakref
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from peewee import Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase

from db.shapes import Shaped

CONNECT_SECONDS = 3
POOL_SIZE = 16
POOL_WAIT_SECONDS = 10
STALE_SECONDS = 300
FRESH_SECONDS = 2.0
"""So long a connection that was just in use is taken to be alive where its line says nothing else."""
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
    # the server's side of the line: a terminal that lost power never says goodbye
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "8s",
}
NETWORK = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 8000}
"""A cut line is noticed within about ten seconds; milliseconds for tcp_user_timeout, seconds for the others."""


FILES = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile", "servicefile"})
_REFUSED_AT_THE_DOOR = {
    "untrusted": (
        "certificate verify failed",
        "root certificate file",
        "server certificate for",
        "ssl was required",
    ),
    "not_admitted": (
        "authentication failed",
        "no password supplied",
        "no pg_hba.conf entry",
        "is not permitted to log in",
        "permission denied for database",
        'role "',
    ),
}


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
    if parts.password is not None:
        parts = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@", 1))
    return parts._replace(query=re.sub(r"(?i)((?:^|&)(?:ssl)?password=)[^&]*", r"\1***", parts.query)).geturl()


def under(folder: Path, url: str) -> str:
    """The address with the files that it names relatively taken from `folder`."""
    parts = urlsplit(url)
    given = [
        (key, str(folder / value) if key in FILES and value != "system" else value)
        for key, value in parse_qsl(parts.query)
    ]
    return parts._replace(query=urlencode(given, quote_via=quote)).geturl() if given else url


def is_checked(url: str) -> bool:
    """Whether nobody can stand between: the server's own socket, this machine, or a certificate that is verified."""
    given = parameters(url)
    place = str(given.get("host", ""))
    here = not place or place.startswith("/") or place in {"localhost", "127.0.0.1", "::1"}
    return here or given.get("sslmode") == "verify-full"


def why_not_connected(error: BaseException) -> str:
    """`untrusted` or `not_admitted` where the server answered and no session came of it; else ''.

    libpq gives no code for it, only words.
    """
    text = str(error).lower()
    return next((why for why, signs in _REFUSED_AT_THE_DOOR.items() if any(sign in text for sign in signs)), "")


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
        self._used: weakref.WeakKeyDictionary[Any, float] = weakref.WeakKeyDictionary()
        """When each kept connection was given back, by the monotonic clock."""

    def _is_closed(self, conn: Any) -> bool:
        """Whether a kept connection is of no use. The server is asked only where it may have gone: it then says so or
        its line ends, so that there is something to read; or nobody has used the connection for a while.
        """
        if conn.closed:
            return True
        fresh = time.monotonic() - self._used.get(conn, 0.0) < FRESH_SECONDS
        quiet = select.poll()
        quiet.register(conn.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        if fresh and self._adapter.txn_status(conn) == self._adapter.txn_idle and not quiet.poll(0):
            return False
        return bool(super()._is_closed(conn))

    def _can_reuse(self, conn: Any) -> bool:
        self._used[conn] = time.monotonic()
        return bool(super()._can_reuse(conn))

    def cut(self) -> int:
        """Break every connection, from any thread; whoever waits on one gets an error at once. How many."""
        cut = 0
        for connection in list(self._adapter.open):
            with contextlib.suppress(Exception):
                with socket.socket(fileno=os.dup(connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)
                cut += 1
        return cut
