"""The oldest version that may go on working during an upgrade is told by the database; steps are found by their day."""

from peewee import Database


def up(migrator: object, db: Database) -> None:
    db.execute_sql(
        'CREATE TABLE "schema_floor" ("id" INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), "name" VARCHAR(60) NOT NULL)'
    )
    db.execute_sql("INSERT INTO schema_floor (id, name) VALUES (1, '0003_floor')")
    db.execute_sql('CREATE INDEX "step_run_completed_at" ON "step_run" ("completed_at")')


def down(migrator: object, db: Database) -> None:
    db.execute_sql("DROP INDEX step_run_completed_at")
    db.execute_sql("DROP TABLE schema_floor")
