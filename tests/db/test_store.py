"""The database's own promises: durable commits, one writer at a time, failures with a name."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playhouse.schema_diff import diff_models

from db import constraints, schema
from db.connection import ConstraintBroken, Store, StoreError, Trouble
from db.tables import MODELS, AuditEvent, Counter, Person


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite://{tmp_path / 'office.db'}")
    schema.migrate(made)
    return made


def test_models_and_migrations_agree(store: Store) -> None:
    with store.reading():
        drift = diff_models(store.database, list(MODELS))
    ours = {name for name, *_ in constraints.PARTIAL_UNIQUE}
    assert {index.name for index in drift.drop_indexes} == ours, "constraints.py adds the partial indexes"
    others = (drift.create_tables, drift.add_columns, drift.drop_columns, drift.add_indexes)
    assert not any(others)
    assert schema.found(store) == schema.expected()


def test_migrations_go_down_and_up_again(store: Store) -> None:
    undone = schema.roll_back(store, 1)
    assert undone
    assert schema.found(store) != schema.expected()
    schema.migrate(store)
    schema.require_current(store)


def test_a_database_that_lacks_a_table_of_ours_is_of_another_version(store: Store) -> None:
    with store.writing():
        store.database.execute_sql("DROP TABLE audit_event")
    with pytest.raises(StoreError) as lacking, store.reading():
        AuditEvent.select().first()
    assert lacking.value.trouble is Trouble.OTHER_VERSION
    assert lacking.value.detail == "no such table: audit_event"
    with pytest.raises(StoreError) as early:
        schema.require_current(store)
    assert early.value.trouble is Trouble.OTHER_VERSION


def test_commits_are_synced_before_they_are_acknowledged(store: Store) -> None:
    with store.reading():
        assert store.database.execute_sql("PRAGMA synchronous").fetchone()[0] == 2
        assert store.database.execute_sql("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert store.database.execute_sql("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_failed_unit_of_work_keeps_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError, match="defect"), store.writing():
        Person.create(name="A")
        raise RuntimeError("defect")
    with store.reading():
        assert Person.select().count() == 0


def test_a_unit_of_work_inside_another_is_a_defect(store: Store) -> None:
    with store.writing(), pytest.raises(RuntimeError), store.writing():
        pass


def test_writers_wait_for_each_other_and_none_is_lost(store: Store) -> None:
    with store.writing():
        Counter.create(name="n", value=0)

    def count() -> None:
        for _ in range(25):
            with store.writing():
                value = Counter.get(Counter.name == "n").value
                Counter.update(value=value + 1).where(Counter.name == "n").execute()

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading():
        assert Counter.get(Counter.name == "n").value == 150


def test_a_full_disk_is_named_and_leaves_the_database_whole(store: Store) -> None:
    with store.reading():
        pages = store.database.execute_sql("PRAGMA page_count").fetchone()[0]
    full = Store(store.url)
    full.database.pragma("max_page_count", pages + 2, permanent=True)
    with pytest.raises(StoreError) as failed:
        for _ in range(2000):
            with full.writing():
                Person.create(name="X" * 100)
    assert failed.value.trouble is Trouble.DISK_FULL
    Store(store.url)  # binds the tables to a database without the limit again
    with store.reading():
        assert store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
    room = Store(store.url)
    with room.writing():
        Person.create(name="again")


def test_a_read_only_database_is_named(store: Store) -> None:
    path = store.url.removeprefix("sqlite://")
    read_only = Store(store.url)
    read_only.database.init(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(StoreError) as failed, read_only.writing():
        Person.create(name="X")
    assert failed.value.trouble is Trouble.READ_ONLY


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    path.write_bytes(os.urandom(8192))
    with pytest.raises(StoreError) as failed:
        schema.require_current(Store(f"sqlite://{path}"))
    assert failed.value.trouble is Trouble.CORRUPT


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as failed:
        schema.found(Store(f"sqlite://{tmp_path / 'nowhere' / 'office.db'}"))
    assert failed.value.trouble is Trouble.UNREACHABLE


@pytest.mark.parametrize("table", [table for table in constraints.APPEND_ONLY if table == "audit_event"])
def test_history_can_be_neither_changed_nor_deleted(store: Store, table: str) -> None:
    with store.writing():
        AuditEvent.create(seq=1, body="x", hash="0" * 64)
    for statement in (f"UPDATE {table} SET body = 'y'", f"DELETE FROM {table}"):
        with pytest.raises(ConstraintBroken, match=f"{table}_append_only"), store.writing():
            store.database.execute_sql(statement)


def test_every_append_only_table_has_both_triggers(store: Store) -> None:
    with store.reading():
        rows = store.database.execute_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    names = {row[0] for row in rows}
    for table in constraints.APPEND_ONLY:
        assert {f"{table}_append_only_update", f"{table}_append_only_delete"} <= names
    assert {name for name, *_ in constraints.GUARDS} <= names


KILLED_WRITER = """
import sys
sys.path.insert(0, {root!r})
from db.connection import Store
from db.tables import Person
store = Store({url!r})
number = 0
while True:
    with store.writing():
        Person.create(name=str(number))
        Person.create(name=f"{{number}} again")
    print(number, flush=True)
    number += 1
"""


def test_what_was_acknowledged_survives_kill_9(store: Store) -> None:
    root = str(Path(__file__).resolve().parents[2])
    for _ in range(5):
        with store.writing():
            Person.delete().execute()
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED_WRITER.format(root=root, url=store.url)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        acknowledged = [child.stdout.readline() for _ in range(20)]
        child.kill()
        rest = child.stdout.read().split()
        child.wait()
        seen = [int(line) for line in [*acknowledged, *rest] if line.strip().isdigit()]
        with store.reading():
            names = {row.name for row in Person.select()}
        assert {str(number) for number in seen} <= names
        assert {name.split()[0] for name in names if " " in name} == {name for name in names if " " not in name}


def test_two_databases_in_one_program_keep_apart(tmp_path: Path) -> None:
    stores = [Store(f"sqlite://{tmp_path / name}") for name in ("one.db", "other.db")]
    for store in stores:
        schema.migrate(store)
    for turn in range(3):
        for number, store in enumerate(stores):
            with store.writing():
                Person.create(name=f"{number}-{turn}")
    for number, store in enumerate(stores):
        with store.reading():
            assert [row.name for row in Person.select().order_by(Person.id)] == [
                f"{number}-{turn}" for turn in range(3)
            ]
        store.close()
