"""The first schema of an office."""

from peewee import Database

from db import constraints
from db.tables import MODELS


def up(migrator: object, db: Database) -> None:
    db.create_tables(list(MODELS), safe=False)
    constraints.create(db)


def down(migrator: object, db: Database) -> None:
    db.drop_tables(list(reversed(MODELS)))
    constraints.drop(db)
