"""A slip's numbers are looked for among all payments before they are taken: found by indexes of their own."""

from peewee import Database

ADDITIVE = True
COLUMNS = ("billing_code", "bank_ref")


def up(migrator: object, db: Database) -> None:
    for column in COLUMNS:
        db.execute_sql(f'CREATE INDEX "payment_{column}" ON "payment" ("{column}")')


def down(migrator: object, db: Database) -> None:
    for column in COLUMNS:
        db.execute_sql(f'DROP INDEX "payment_{column}"')
