"""An office of an earlier version, with cases in every state, goes up and down; terminals of two versions at once."""

import contextlib
import gzip
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from db import drift, schema
from db.connection import Store, StoreError, Trouble
from db.tables import Case, StepRun
from kiosk import audit, clock
from kiosk.cases.model import Status
from kiosk.cli import build
from kiosk.founding import add_terminal
from kiosk.office import Office, OfficeUnavailable
from kiosk.receipts import keys
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings, load
from kiosk.steps import approval
from tests import builders, databases
from tests.conftest import Desks

VERSIONS = Path(__file__).with_name("versions")
"""`<version>_<database>.sql.gz`, made by version_fixture.py."""
KEPT = sorted(path.name.split("_")[0] for path in VERSIONS.glob("*_sqlite.sql.gz"))
NEWER = {
    "9998_adds": """
ADDITIVE = True

def up(migrator, db):
    db.execute_sql("CREATE TABLE tomorrow (id INTEGER)")
    db.execute_sql("ALTER TABLE person ADD COLUMN nickname VARCHAR(20)")
    db.execute_sql("CREATE INDEX person_nickname ON person (nickname)")

def down(migrator, db):
    db.execute_sql("DROP INDEX person_nickname")
    db.execute_sql("ALTER TABLE person DROP COLUMN nickname")
    db.execute_sql("DROP TABLE tomorrow")
""",
    "9999_changes": """
def up(migrator, db):
    db.execute_sql("ALTER TABLE person RENAME COLUMN name TO full_name")

def down(migrator, db):
    db.execute_sql("ALTER TABLE person RENAME COLUMN full_name TO name")
""",
}
MIGRATE = """
import sys
from pathlib import Path
from db import schema
from db.connection import Store

migrations, url, target = sys.argv[1:]
schema.MIGRATIONS = Path(migrations)
store = Store(url)
schema.migrate(store, target)
store.close()
"""


@pytest.fixture(params=KEPT)
def old(empty: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A database as the program of that version left it."""
    kind = "sqlite" if empty.startswith("sqlite") else "postgresql"
    text = gzip.decompress((VERSIONS / f"{request.param}_{kind}.sql.gz").read_bytes()).decode()
    if kind == "sqlite":
        with contextlib.closing(sqlite3.connect(empty.removeprefix("sqlite://"))) as connection:
            connection.executescript(text)
    else:
        databases.execute(text, databases.name_of(empty))
    store = Store(empty)
    yield store
    store.close()


def rows(store: Store, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables and columns."""
    with store.reading():
        return {
            table: sorted(
                store.database.execute_sql(f"SELECT {', '.join(names)} FROM {table}").fetchall(),
                key=repr,
            )
            for table, names in columns.items()
        }


def columns_of(store: Store) -> dict[str, list[str]]:
    with store.reading():
        return {
            table: [column.name for column in store.database.get_columns(table)]
            for table in store.database.get_tables()
            if table != "schema_migration"
        }


def described(store: Store) -> set[str]:
    with store.reading():
        return drift._sqlite(store.database) if store.path else drift._postgres(store.database, "public")


def test_what_is_kept_is_alive(old: Store) -> None:
    with old.reading():
        ask = old.database.execute_sql
        states = {row[0] for row in ask("SELECT DISTINCT status FROM itk_case").fetchall()}
        steps = {row[0] for row in ask("SELECT DISTINCT step FROM itk_case").fetchall()}
        assert states == {str(each) for each in Status}
        assert len(steps) == 12, "from data entry to the archive"
        for table in ("claim", "draft", "receipt", "payment", "ledger", "handover", "print_job", "screening"):
            assert ask(f"SELECT COUNT(*) FROM {table}").fetchone()[0] > 0, table


def test_an_office_goes_up_and_down_again_with_every_row(old: Store) -> None:
    columns, before, was = columns_of(old), described(old), schema.found(old)
    kept = rows(old, columns)
    done = schema.migrate(old)
    assert done
    assert schema.found(old) == schema.expected()
    assert rows(old, columns) == kept
    assert drift.drift(old) == []
    schema.require_current(old)
    with old.reading():
        assert audit.verify().verified
    schema.roll_back(old, len(done))
    assert schema.found(old) == was
    assert described(old) == before
    assert rows(old, columns) == kept
    assert schema.migrate(old) == done
    assert rows(old, columns) == kept


def office_of(store: Store, folder: Path) -> Settings:
    """The folder of an office whose database was upgraded, with keys of its own."""
    folder.mkdir()
    for name in ("keys", "vault", "tray"):
        (folder / name).mkdir()
    for secret in ("pepper", "vault.key"):
        keys.create_pepper(folder / "keys" / secret)
    address = store.url.replace("sqlite://", "sqlite:") if store.path else store.url
    (folder / "kiosk.toml").write_text(f'terminal = "loket-neu"\ndatabase = "{address}"\n')
    settings = load(folder / "kiosk.toml")
    add_terminal(store, settings, "loket-neu", now=clock.now(), approved_by="uji")
    return settings


def test_the_cases_of_an_upgraded_office_go_on(old: Store, tmp_path: Path) -> None:
    schema.migrate(old)
    with Office.open(office_of(old, tmp_path / "office"), devices=False) as office:
        with office.store.reading():
            waiting = Case.get(Case.step == "approval", Case.status == "active").id
        desk = Desks(office)["hendra"]
        desk.claim(waiting)
        done = desk.steps.approval.complete(waiting, builders.given_approval(), key="after")
        assert isinstance(done, approval.Produced), done
        with office.store.reading():
            assert Case.get_by_id(waiting).step == "payment"
            assert audit.verify().verified


# two versions at once


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations of a program that is two versions ahead: one only adds, one changes."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NEWER.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def as_newer(newer: Path, url: str, target: str) -> None:
    """What `kiosk migrate` of the newer program does: a process of its own, without locks our threads hold."""
    subprocess.run([sys.executable, "-c", MIGRATE, newer, url, target], check=True, timeout=60)


def test_an_older_terminal_goes_on_where_the_upgrade_only_added(settings: Settings, newer: Path) -> None:
    told: list[Refused | None] = []
    with Office.open(settings, devices=False) as office:
        office.live.on_trouble(told.append)
        office.live.start()
        as_newer(newer, settings.for_maintainers().database_url, "9998_adds")
        office.live._look_at_version()
        assert [each for each in told if each is not None] == []
        desk = Desks(office)["sri"]
        case_id = builders.pretend_intake(office, desk, builders.an_applicant())
        with office.store.reading():
            assert StepRun.select().where(StepRun.case == case_id).count() == 1
    with Office.open(settings, devices=False) as again:
        assert again.terminal == settings.terminal
    assert outcome(settings, "doctor", "--json").find('"check": "database",\n    "ok": true') > 0


def test_an_update_of_the_files_changes_nothing_for_a_program_that_runs(
    settings: Settings, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = newer.with_name("program")
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    with Office.open(settings, devices=False) as office:
        for name, text in NEWER.items():
            (folder / f"{name}.py").write_text(text)
        office.live._look_at_version()
        assert office.live.trouble is None
        assert isinstance(builders.pretend_intake(office, Desks(office)["sri"], builders.an_applicant()), int)


def test_an_older_terminal_is_told_to_update_where_the_upgrade_changed(settings: Settings, newer: Path) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        as_newer(newer, settings.for_maintainers().database_url, "9999_changes")
        office.live._look_at_version()
        trouble = office.live.trouble
        assert trouble is not None
        assert trouble.first.code is Code.PROGRAM_TOO_OLD
        assert trouble.first.details == {"found": "9999_changes", "expected": schema.expected()}
        answer = desk.save_draft("intake", None, {"typed": {}})
        assert isinstance(answer, Refused)
        assert answer.first.code is Code.PROGRAM_TOO_OLD
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(settings, devices=False)
    assert unavailable.value.refusal.code is Code.PROGRAM_TOO_OLD
    for verb in (["case", "list"], ["key", "list"], ["migrate"], ["migrate", "--down", "1", "--yes"]):
        done = CliRunner().invoke(build(), [*verb, "--config", str(settings.path("kiosk.toml"))])
        assert isinstance(done.exception, Exception)
        assert getattr(done.exception, "exit_code", None) == 3, verb
        assert "[program_too_old]" in str(done.exception)
    told = outcome(settings, "doctor", "--json")
    assert '"check": "database",\n    "ok": false' in told
    assert '"found": "9999_changes"' in told


def outcome(settings: Settings, *verb: str) -> str:
    return CliRunner().invoke(build(), [*verb, "--config", str(settings.path("kiosk.toml"))]).output


def test_a_terminal_that_is_newer_than_its_database_says_what_to_run(settings: Settings) -> None:
    owner = Store(settings.for_maintainers().database_url)
    schema.roll_back(owner)
    owner.close()
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(settings, devices=False)
    assert unavailable.value.refusal.code is Code.DATABASE_OTHER_VERSION
    done = CliRunner().invoke(build(), ["migrate", "--yes", "--config", str(settings.path("kiosk.toml"))])
    assert done.exit_code == 0
    Office.open(settings, devices=False).close()


def test_a_floor_goes_up_before_the_change_and_down_after_it(either: Store, newer: Path) -> None:
    assert schema.floor(either) == "0003_floor"
    as_newer(newer, either.url, "9998_adds")
    assert schema.floor(either) == "0003_floor"
    as_newer(newer, either.url, "9999_changes")
    assert schema.floor(either) == "9999_changes"
    with pytest.raises(StoreError) as refused:
        schema.require_current(either)
    assert (refused.value.trouble, refused.value.detail) == (Trouble.OTHER_VERSION, "9999_changes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", newer)
        schema.roll_back(either)
    schema.require_current(either)
    with pytest.raises(StoreError):
        schema.roll_back(either)


# what may be called additive


def beyond_adding(before: set[str], after: set[str]) -> list[str]:
    """What a migration did that a program of the version before it could not live with."""
    tables = {line.split()[1].split(".")[0] for line in before if line.startswith("column ")}
    fresh = {line.split()[1].split(".")[0] for line in after if line.startswith("column ")} - tables
    wrong = [f"- {line}" for line in sorted(before - after)]
    for line in sorted(after - before):
        of_fresh = any(f" {table}." in line or f" on {table}:" in line or f" {table}:" in line for table in fresh)
        nullable = line.startswith("column ") and line.endswith(" null")
        plain_index = line.startswith("index ") and "unique" not in line.lower()
        if not (of_fresh or nullable or plain_index):
            wrong.append(f"+ {line}")
    return wrong


def steps_of(store: Store, folder: Path) -> Iterator[tuple[str, bool, list[str]]]:
    """Each migration in `folder` after the first: its name, whether it calls itself additive, what it does beyond."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", folder)
        names = [(each.name, getattr(each.load(), "ADDITIVE", False)) for each in schema._runner(store).migrations()]
        for name, additive in names:
            before = described(store) if schema.found(store) else set()
            schema.migrate(store, name)
            if before:
                yield name, additive, beyond_adding(before, described(store))


def test_what_calls_itself_additive_only_adds(empty: str, newer: Path) -> None:
    store = Store(empty)
    found = {name: (additive, beyond) for name, additive, beyond in steps_of(store, newer)}
    store.close()
    assert {name: beyond for name, (additive, beyond) in found.items() if additive and beyond} == {}
    assert found["9998_adds"] == (True, [])
    assert found["9999_changes"][1], "the judge sees a change where there is one"


LIES = (
    "ALTER TABLE person ADD COLUMN nickname VARCHAR(20) NOT NULL DEFAULT ''",
    "CREATE UNIQUE INDEX person_name ON person (name)",
    "DROP INDEX one_open_case_for_a_passport",
    "ALTER TABLE person DROP COLUMN name",
)


@pytest.mark.parametrize("lie", LIES)
def test_the_judge_of_additions_finds_a_lie(either: Store, lie: str) -> None:
    before = described(either)
    with either.reading():
        either.database.execute_sql(lie)
    assert beyond_adding(before, described(either))
