"""The vault's master keys by name, so that one can be replaced while terminals work; an erased key stays erased."""

from peewee import Database, SqliteDatabase

_RETIRED = (
    "NEW.key_id <> OLD.key_id OR NEW.since <> OLD.since"
    " OR (OLD.retired_at IS NOT NULL AND (NEW.retired_at IS NULL OR NEW.retired_at <> OLD.retired_at))"
)
_ERASED = "OLD.erased_at IS NOT NULL AND (NEW.erased_at IS NULL OR NEW.wrapped <> '' OR NEW.case_id <> OLD.case_id)"
_GUARDS = (
    ("erased_key_stays_erased", "case_key", "UPDATE", _ERASED),
    ("retired_vault_key_stays_retired", "vault_master", "UPDATE", _RETIRED),
    ("vault_master_append_only_delete", "vault_master", "DELETE", ""),
)


def up(migrator: object, db: Database) -> None:
    moment = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    db.execute_sql(
        'CREATE TABLE "vault_master" ("key_id" CHAR(16) NOT NULL PRIMARY KEY,'
        f' "since" {moment} NOT NULL, "retired_at" {moment})'
    )
    for name, table, event, condition in _GUARDS:
        if isinstance(db, SqliteDatabase):
            when = f" WHEN {condition}" if condition else ""
            db.execute_sql(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )
            continue
        raising = f"RAISE EXCEPTION '{name}' USING ERRCODE = '23514', CONSTRAINT = '{name}';"
        body = f"IF {condition} THEN {raising} END IF; RETURN NEW;" if condition else raising
        db.execute_sql(f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
        db.execute_sql(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()")


def down(migrator: object, db: Database) -> None:
    for name, table, _, _ in _GUARDS:
        on = "" if isinstance(db, SqliteDatabase) else f" ON {table}"
        db.execute_sql(f"DROP TRIGGER {name}{on}")
        if not isinstance(db, SqliteDatabase):
            db.execute_sql(f"DROP FUNCTION guard_{name}()")
    db.execute_sql('DROP TABLE "vault_master"')
