"""The schema's version: numbered migrations, applied in order, and a check that the models agree."""

from pathlib import Path

from playhouse.migrations import Runner

from db.connection import Store, StoreError, Trouble

MIGRATIONS = Path(__file__).with_name("migrations")


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


def migrate(store: Store, target: str | None = None) -> list[str]:
    """Apply what is missing; the names applied. Raises StoreError."""
    with store.reading():
        return list(_runner(store).up(target))


def roll_back(store: Store, count: int = 1) -> list[str]:
    """Undo the newest `count` migrations; the names undone. Raises StoreError."""
    undone: list[str] = []
    with store.reading():
        runner = _runner(store)
        for _ in range(count):
            undone += runner.down()
    return undone


def require_current(store: Store) -> None:
    """Raises StoreError(OTHER_VERSION) unless the database has just this program's version."""
    have = found(store)
    if have != expected():
        raise StoreError(Trouble.OTHER_VERSION, have)
