"""The schema's version: numbered migrations, applied in order by one program at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playhouse.migrations import Runner

from db.connection import Store, StoreError, Trouble
from db.tables import MODELS

MIGRATIONS = Path(__file__).with_name("migrations")
ADVISORY_LOCK = 745_2026
"""Number of PostgreSQL's lock that a migrating program holds."""


def _runner(store: Store) -> Runner:
    return Runner(store.database, str(MIGRATIONS))


def expected() -> str:
    """Name of the newest migration this program knows."""
    return max(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


def found(store: Store) -> str:
    """Name of the newest migration applied to the database, or ''. Raises StoreError."""
    with store.reading():
        applied = _runner(store).applied()
    return max(applied, default="")


def waiting(store: Store, down: int = 0) -> list[str]:
    """The migrations that `migrate`, or `roll_back` of `down`, would run, in that order. Raises StoreError."""
    with store.reading():
        applied = sorted(_runner(store).applied())
    if down:
        return applied[::-1][:down]
    return [name for name in sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py")) if name not in applied]


def migrate(store: Store, target: str | None = None) -> list[str]:
    """Apply what is missing; the names applied. Raises StoreError.

    Who comes second waits, and finds nothing left to do.
    """
    with _alone(store):
        return list(_runner(store).up(target))


def record(store: Store) -> None:
    """Note every migration as applied, where the tables came otherwise. Within a writing unit of work."""
    _runner(store).fake()


def roll_back(store: Store, count: int = 1) -> list[str]:
    """Undo the newest `count` migrations; the names undone. Raises StoreError."""
    undone: list[str] = []
    with _alone(store):
        runner = _runner(store)
        for _ in range(count):
            undone += runner.down()
    return undone


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """No other program migrates and, on SQLite, none writes. Each migration is a transaction of its own."""
    with store.alone():
        if store.path is not None:
            yield
            return
        store.database.execute_sql("SET statement_timeout = 0; SET lock_timeout = 0")
        store.database.execute_sql("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
        try:
            yield
            store.database.execute_sql("SELECT pg_notify('kiosk_changes', 'schema')")
        finally:
            store.database.execute_sql("SELECT pg_advisory_unlock(%s)", (ADVISORY_LOCK,))
            store.database.execute_sql("RESET statement_timeout; RESET lock_timeout")


def require_current(store: Store) -> None:
    """Raises StoreError(OTHER_VERSION) unless the database has just this program's version, and all its tables."""
    have = found(store)
    if have != expected():
        raise StoreError(Trouble.OTHER_VERSION, have)
    with store.reading():
        lacking = {model._meta.table_name for model in MODELS} - set(store.database.get_tables())
    if lacking:
        raise StoreError(Trouble.OTHER_VERSION, f"{have} - {min(lacking)}")
