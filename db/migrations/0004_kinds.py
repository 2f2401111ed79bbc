"""A million cases: the treasurer's lines are found by their kind, steps by theirs, without reading them all."""

from peewee import Database

ADDITIVE = True


def up(migrator: object, db: Database) -> None:
    db.execute_sql('CREATE INDEX "ledger_kind" ON "ledger" ("kind")')
    db.execute_sql('CREATE INDEX "step_run_step_id" ON "step_run" ("step", "id")')


def down(migrator: object, db: Database) -> None:
    db.execute_sql("DROP INDEX step_run_step_id")
    db.execute_sql("DROP INDEX ledger_kind")
