"""Migrations up and down, by one program at a time, and what drifts from them."""

import multiprocessing
from typing import Any

import pytest

from db import schema
from db.connection import Store, StoreError, Trouble
from db.drift import drift
from db.tables import Person


def test_a_migrated_database_is_just_what_the_program_would_make(either: Store) -> None:
    assert drift(either) == []


def test_migrations_go_down_to_nothing_and_up_again(either: Store) -> None:
    while schema.found(either):
        assert schema.roll_back(either)
    assert drift(either), "nothing is left"
    schema.migrate(either)
    schema.require_current(either)
    assert drift(either) == []


CHANGES = (
    ("ALTER TABLE person ADD COLUMN extra INTEGER", "- column person.extra"),
    ("DROP INDEX one_open_case_for_a_passport", "+ index one_open_case_for_a_passport"),
    ("CREATE INDEX another ON person (name)", "- index another on person"),
)


@pytest.mark.parametrize(("statement", "told"), CHANGES)
def test_every_change_by_hand_is_found(either: Store, statement: str, told: str) -> None:
    with either.reading():
        either.database.execute_sql(statement)
    assert [line for line in drift(either) if line.startswith(told)]


def test_a_trigger_that_was_taken_away_is_found(either: Store) -> None:
    on = "" if either.path else " ON audit_event"
    with either.reading():
        either.database.execute_sql(f"DROP TRIGGER audit_event_append_only_delete{on}")
    (line,) = drift(either)
    assert line.startswith("+ trigger audit_event_append_only_delete on audit_event")


def test_looking_for_drift_changes_nothing(either: Store) -> None:
    with either.writing():
        Person.create(name="A")
    drift(either)
    with either.reading():
        assert [row.name for row in Person.select()] == ["A"]
    assert drift(either) == []


def _migrate(url: str, start: Any, told: Any) -> None:
    store = Store(url)
    start.wait(10)
    try:
        told.put(schema.migrate(store))
    except Exception as error:
        told.put(repr(error))


def test_programs_that_migrate_at_once_do_it_once(empty: str) -> None:
    context = multiprocessing.get_context("fork")
    start, told = context.Barrier(4), context.Queue()
    children = [context.Process(target=_migrate, args=(empty, start, told)) for _ in range(4)]
    for child in children:
        child.start()
    answers = sorted((told.get(timeout=60) for _ in children), key=str)
    for child in children:
        child.join(10)
    every = sorted(path.stem for path in schema.MIGRATIONS.glob("[0-9]*.py"))
    assert sorted(answers, key=len) == [[], [], [], every]
    store = Store(empty)
    assert drift(store) == []
    store.close()


def test_a_database_of_a_newer_program_is_refused_by_name(either: Store) -> None:
    with either.writing():
        either.database.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_tomorrow', '2030-01-01 00:00:00')"
        )
        either.database.execute_sql("UPDATE schema_floor SET name = '9999_tomorrow'")
    with pytest.raises(StoreError) as refused:
        schema.require_current(either)
    assert (refused.value.trouble, refused.value.detail) == (Trouble.OTHER_VERSION, "9999_tomorrow")
