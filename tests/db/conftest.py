"""A migrated database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import schema
from db.connection import Store
from tests import databases


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'office.db'}"
        return
    if not databases.CAN_SERVE:
        pytest.skip(databases.NO_SERVER)
    address = databases.new_address(server=True)
    databases.create(address)
    yield address
    databases.drop(address)


@pytest.fixture
def either(empty: str) -> Iterator[Store]:
    made = Store(empty)
    schema.migrate(made)
    yield made
    made.close()
