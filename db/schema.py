"""The schema's version: numbered migrations, applied in order by one program at a time.

Terminals are updated one after the other, and the database before the last of them. A migration with `ADDITIVE = True`
lets a program of the version before it go on: it only adds tables, columns that may be null, and indexes that are not
unique (tests/db/test_upgrade.py holds it to that). Any other raises the floor (`schema_floor`): programs below it are
told to be updated, and write nothing any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playhouse.migrations import Runner

from db.connection import Store, StoreError, Trouble
from db.tables import MODELS, SchemaFloor

MIGRATIONS = Path(__file__).with_name("migrations")
ADVISORY_LOCK = 745_2026
"""Number of PostgreSQL's lock that a migrating program holds."""


def _runner(store: Store) -> Runner:
    return Runner(store.database, str(MIGRATIONS))


def expected() -> str:
    """Name of the newest migration this program knows: as at its start, whatever an update puts there meanwhile."""
    return _newest(MIGRATIONS)


@cache
def _newest(folder: Path) -> str:
    return max(path.stem for path in folder.glob("[0-9]*.py"))


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

    Who comes second waits, and finds nothing left to do. Where a newer program migrated it, OTHER_VERSION.
    """
    with _alone(store):
        runner = _runner(store)
        _require_known(runner)
        # before the first change: an older program must not go on meanwhile
        _note_floor(store, [each.name for each in runner.migrations() if target is None or each.name <= target])
        return list(runner.up(target))


def _require_known(runner: Runner) -> None:
    newest = max(runner.applied(), default="")
    if newest > expected():
        raise StoreError(Trouble.OTHER_VERSION, newest)


def _note_floor(store: Store, names: list[str]) -> None:
    """Write the floor of a database with these migrations, if it has a place for it."""
    if "schema_floor" not in store.database.get_tables():
        return
    known = {each.name: each for each in _runner(store).migrations()}
    lasting = [name for name in names if not getattr(known[name].load(), "ADDITIVE", False)]
    with store.database.atomic():
        SchemaFloor.delete().execute()
        SchemaFloor.create(id=1, name=max(lasting, default=""))


def record(store: Store) -> None:
    """Note every migration as applied, where the tables came otherwise. Within a writing unit of work."""
    _runner(store).fake()


def roll_back(store: Store, count: int = 1) -> list[str]:
    """Undo the newest `count` migrations; the names undone. Raises StoreError."""
    undone: list[str] = []
    with _alone(store):
        runner = _runner(store)
        _require_known(runner)
        for _ in range(count):
            undone += runner.down()
        _note_floor(store, list(runner.applied()))
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


def floor(store: Store) -> str:
    """The oldest version of a program that may work with the database; '' where none is told. Raises StoreError."""
    with store.reading():
        row = SchemaFloor.select(SchemaFloor.name).first() if "schema_floor" in store.database.get_tables() else None
    return "" if row is None else str(row.name)


def is_newer(version: str) -> bool:
    """Whether a database of this version is ahead of the program, which is then what must be updated."""
    return version.split(" ")[0] > expected() if version[:4].isdigit() else False


def fits(store: Store, have: str) -> bool:
    """Whether this program can work with the database, which has the version `have`. Raises StoreError."""
    return have == expected() or (is_newer(have) and "" < floor(store) <= expected())


def require_current(store: Store) -> None:
    """Raises StoreError(OTHER_VERSION) unless this program can work with the database, and finds all its tables there.

    It can with its own version, and with a newer one that only added to it.
    """
    have = found(store)
    if not fits(store, have):
        raise StoreError(Trouble.OTHER_VERSION, have)
    with store.reading():
        lacking = {model._meta.table_name for model in MODELS} - set(store.database.get_tables())
    if lacking:
        raise StoreError(Trouble.OTHER_VERSION, f"{have} - {min(lacking)}")
