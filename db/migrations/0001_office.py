"""The first schema of an office, as statements of each database: it stays what it was when the tables move on.

`first/<database>_<up or down>.sql`, statements parted by a line of `--;` (triggers have semicolons inside).
"""

from pathlib import Path

from peewee import Database, SqliteDatabase

STATEMENTS = Path(__file__).with_name("first")
PARTED = "\n--;\n"


def up(migrator: object, db: Database) -> None:
    _run(db, "up")


def down(migrator: object, db: Database) -> None:
    _run(db, "down")


def _run(db: Database, way: str) -> None:
    name = "sqlite" if isinstance(db, SqliteDatabase) else "postgresql"
    for statement in (STATEMENTS / f"{name}_{way}.sql").read_text("utf-8").split(PARTED):
        db.execute_sql(statement)
