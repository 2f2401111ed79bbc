"""A migrated database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import schema
from db.connection import Store
from tests import databases

NO_SERVER = "KIOSK_TEST_POSTGRES names no server"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'office.db'}"
        return
    if not databases.SERVER:
        pytest.skip(NO_SERVER)
    address = databases.new_address()
    databases.create(address)
    yield address
    databases.drop(address)


@pytest.fixture
def either(empty: str) -> Iterator[Store]:
    made = Store(empty)
    schema.migrate(made)
    yield made
    made.close()
