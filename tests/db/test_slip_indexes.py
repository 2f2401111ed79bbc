"""The numbers of a slip are found among any count of payments without reading them all."""

from pathlib import Path

import pytest
from peewee import ModelSelect

from db import schema
from db.connection import Store
from db.tables import Payment

PAID = ("approved", "settled")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite://{tmp_path / 'office.db'}")
    schema.migrate(made)
    return made


@pytest.mark.parametrize(
    "query",
    [
        Payment.select().where(Payment.billing_code == "820260000000001"),
        Payment.select().where((Payment.billing_code == "820260000000001") & Payment.state.in_(PAID)),
        Payment.select().where(Payment.bank_ref == "000000000001"),
        Payment.select().where(Payment.ntpn == "0A1B2C3D4E5F6G7H"),
    ],
    ids=["billing code", "billing code of what is paid", "NTB", "NTPN"],
)
def test_a_slips_number_is_looked_up_by_an_index(store: Store, query: ModelSelect) -> None:
    with store.reading():
        sql, values = query.sql()
        plan = " ".join(row[3] for row in store.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))
    assert "SEARCH" in plan, plan
    assert "SCAN" not in plan, plan
