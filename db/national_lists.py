"""The cekal list the other way: sent at the register, laid down in each office by replication, taken there by people.

A sent list is the sender's file as it is, in parts, with its signature; a version never changes. What arrives in an
office stays in its schema `national` until a maintainer takes it; the content of what was taken is removed there. The
register keeps the newest KEPT lists.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db import register
from db.national import NotPossible, connected

SUBSCRIPTION = "capital_lists"
PART_BYTES = 262_144
KEPT = 2


@dataclass(frozen=True, slots=True)
class Sent:
    """One version as its sender describes it. `rows`: lines that the sender counted; `here`: its content is here."""

    version: str
    list_date: date
    source: str
    name: str
    rows: int
    bytes: int
    sha256: str
    sent_at: datetime
    here: bool


def send(
    connection: "psycopg.Connection[Any]",
    content: bytes,
    signature: bytes,
    *,
    version: str,
    list_date: date,
    source: str,
    name: str,
    rows: int,
    now: datetime,
) -> None:
    """Lay a signed list down for every office, in one transaction. Raises NotPossible where the version was sent."""
    with connection.transaction():
        if connection.execute("SELECT 1 FROM national.list WHERE version = %s", (version,)).fetchone():
            raise NotPossible(f"{version}: sudah dikirim / sent already")
        parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO national.list_part (version, part, content) VALUES (%s, %s, %s)",
                [(version, number, part) for number, part in enumerate(parts)],
            )
        digest = hashlib.sha256(content).hexdigest()
        connection.execute(
            "INSERT INTO national.list"
            " (version, list_date, source, name, rows, bytes, sha256, parts, signature, sent_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (version, list_date, source, name, rows, len(content), digest, len(parts), signature, now),
        )
        connection.execute(
            "WITH old AS (DELETE FROM national.list WHERE version IN"
            " (SELECT version FROM national.list ORDER BY sent_at DESC, version OFFSET %s) RETURNING version)"
            " DELETE FROM national.list_part WHERE version IN (SELECT version FROM old)",
            (KEPT,),
        )


def listen(connection: "psycopg.Connection[Any]", address: str, code: int) -> None:
    """Subscribe an office to the register's lists, or reach the register at a new address. Raises NotPossible."""
    line = sql.Literal(make_conninfo(address, **register.LINE))
    name = sql.Identifier(SUBSCRIPTION)
    for statement in register.LIST_TABLES:
        connection.execute(statement.encode())
    if listening(connection) is not None:
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} CONNECTION {}").format(name, line))
        return
    place = f"{register.LISTS}_{code}"
    with connected(address) as capital:
        if not capital.execute("SELECT 1 FROM pg_publication WHERE pubname = %s", (register.LISTS,)).fetchone():
            raise NotPossible("kiosk national found")
        there = capital.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", (place,)).fetchone()
        if there is None:
            capital.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (place,))
    how = "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (create_slot = false, slot_name = {})"
    connection.execute(sql.SQL(how).format(name, line, sql.Identifier(register.LISTS), sql.Literal(place)))


def listening(connection: "psycopg.Connection[Any]") -> bool | None:
    """Whether the line to the register's lists is up; None where the office does not subscribe to them."""
    row = connection.execute(
        "SELECT w.received_lsn IS NOT NULL FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid"
        " LEFT JOIN pg_stat_subscription w ON w.subid = s.oid AND w.relid IS NULL"
        " WHERE d.datname = current_database() AND s.subname = %s",
        (SUBSCRIPTION,),
    ).fetchone()
    return None if row is None else bool(row[0])


def arrived(connection: "psycopg.Connection[Any]") -> list[Sent]:
    """The lists that lie in this office, the newest first."""
    if connection.execute("SELECT to_regclass('national.list')").fetchone() == (None,):
        return []
    rows = connection.execute(
        "SELECT version, list_date, source, name, rows, bytes, sha256, sent_at, parts ="
        " (SELECT count(*) FROM national.list_part p WHERE p.version = l.version)"
        " FROM national.list l ORDER BY list_date DESC, sent_at DESC"
    ).fetchall()
    return [Sent(*row) for row in rows]


def content_of(connection: "psycopg.Connection[Any]", sent: Sent) -> tuple[bytes, bytes]:
    """The file of a list and its signature. Raises NotPossible where a part is missing or altered."""
    parts = connection.execute(
        "SELECT content FROM national.list_part WHERE version = %s ORDER BY part", (sent.version,)
    ).fetchall()
    content = b"".join(bytes(part) for (part,) in parts)
    row = connection.execute("SELECT signature FROM national.list WHERE version = %s", (sent.version,)).fetchone()
    if row is None or len(content) != sent.bytes or hashlib.sha256(content).hexdigest() != sent.sha256:
        raise NotPossible(f"{sent.version}: tidak utuh / not whole")
    return content, bytes(row[0])


def empty(connection: "psycopg.Connection[Any]", sent: Sent) -> None:
    """Remove the content of a list that was taken, and of those before it; that they came stays."""
    connection.execute(
        "DELETE FROM national.list_part WHERE version IN (SELECT version FROM national.list WHERE list_date <= %s)",
        (sent.list_date,),
    )
