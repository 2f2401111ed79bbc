"""A connection that was kept: not asked whether it lives where it was just in use, and never one that has died."""

import psycopg
import pytest

from db import postgres
from db.connection import Store
from db.tables import Counter


@pytest.fixture
def server(either: Store) -> Store:
    if either.path is not None:
        pytest.skip("connections are kept on a server only")
    return either


def sessions(store: Store, then: str = "pg_backend_pid()") -> int:
    """How many sessions the store has on the server; `then` is done to each."""
    with psycopg.connect(**postgres.parameters(store.url), autocommit=True) as other:
        query = f"SELECT {then} FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return len(other.execute(query).fetchall())  # type: ignore[call-overload]


def counted(store: Store) -> int:
    with store.reading():
        return int(Counter.select().count())


def test_a_unit_of_work_after_the_servers_restart_has_a_new_connection_at_once(server: Store) -> None:
    assert counted(server) == 0
    assert sessions(server, "pg_terminate_backend(pid, 5000)") == 1
    assert counted(server) == 0, "the line of the old one said that it had ended"


def test_one_that_lay_long_is_asked_before_it_is_used(server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    adapter = type(server.database._adapter)
    closed = adapter.is_connection_closed
    monkeypatch.setattr(adapter, "is_connection_closed", lambda self, conn: asked.append(conn) or closed(self, conn))
    for _ in range(3):
        counted(server)
    assert asked == []
    monkeypatch.setattr(postgres, "FRESH_SECONDS", 0.0)
    counted(server)
    assert len(asked) == 1
    assert sessions(server) == 1
