"""The urgent cases of a work list are found without reading all that wait: by promise, by permit, by priority group."""

from peewee import Database

ADDITIVE = True
COLUMNS = ("promise_due", "permit_expiry", "priority")


def up(migrator: object, db: Database) -> None:
    for column in COLUMNS:
        db.execute_sql(f'CREATE INDEX "itk_case_status_step_{column}" ON "itk_case" ("status", "step", "{column}")')


def down(migrator: object, db: Database) -> None:
    for column in COLUMNS:
        db.execute_sql(f'DROP INDEX "itk_case_status_step_{column}"')
