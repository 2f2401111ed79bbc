"""Past one office: two offices and the national register on three servers of one machine; lines are cut and healed."""

import base64
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db import national, register
from db.backup import ToolFailed
from db.drift import drift
from db.tables import AuditEvent, Draft
from kiosk import backup, clock
from kiosk.audit import Signer
from kiosk.cli import main
from kiosk.refusals import Refused
from tests import builders, postgres
from tests.faults.thirteen import passport
from tests.kiosk.country import Country, Kanim, a_country, rows_of, until

Run = Callable[..., tuple[int, str, str]]
CANARY = "MOHONPERPANJANGANUNTUKIBU"
SENDER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LISTED = [{"id": f"a-{n}", "names": [{"name": f"PERSON{n} LISTED{n}"}], "dob": [f"19{50 + n}"]} for n in range(10)]

pytestmark = pytest.mark.skipif(not postgres.PROGRAMS, reason="no PostgreSQL here")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    with a_country(tmp_path_factory.mktemp("country")) as made:
        assert made is not None
        yield made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `kiosk national ...` in this process: (exit code, standard output, standard error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kiosk", "national", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def joined(country: Country, run: Run) -> Country:
    """The country with both offices in the register; told again where they are already."""
    at = ("--register", country.register.url, "--yes")
    for arguments in (
        ("found", *at),
        *(("publish", "--yes", "--config", office.config) for office in country.offices.values()),
        *(("join", code, office.line.address, *at) for code, office in country.offices.items()),
    ):
        code, _, err = run(*arguments)
        assert code == 0, err
    until(lambda: not country.differing(), "the first copy")
    return country


def a_day(office: Kanim, number: int) -> None:
    """Cases at several steps, by real acts where they leave something for the register."""
    with office.work() as (opened, desks):

        def own(offset: int) -> dict[str, Any]:
            return {"passport": passport(f"5{office.code % 10}{number:03}{offset:04}")}

        desk = desks["sri"]
        for offset in range(2):
            given = builders.given_intake(builders.an_applicant(**own(offset)))
            assert not isinstance(desk.steps.intake.complete(None, given, key=f"day-{number}-{offset}"), Refused)
        case_id = builders.case_at_registration(opened, desks, **own(10))
        builders.completed(
            desks["yusuf"], case_id, "registration", builders.given_registration(desks["yusuf"], case_id)
        )
        case_id = builders.case_at_handover(opened, desks, **own(11))
        given = builders.given_handover(opened, case_id)
        assert not isinstance(builders.completed(desks["sri"], case_id, "handover", given), Refused)
        case_id = builders.case_at_scanning(opened, desks, **own(12))
        desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE])
        with opened.store.writing():
            Draft.create(
                officer=desk.officer.id, case_ref=case_id, step="x", content=f'{{"t":"{CANARY}"}}', saved_at=clock.now()
            )


def test_two_offices_work_while_the_line_is_cut_and_nothing_is_lost_or_doubled(joined: Country, run: Run) -> None:
    at = ("--register", joined.register.url)
    first, second = joined.offices.values()
    for office in (first, second):
        a_day(office, 1)
    until(lambda: not joined.differing(), "a day with the line")
    first.line.cut()
    for office in (first, second):
        a_day(office, 2)
    until(lambda: joined.differing() != [] and all(d.startswith("745") for d in joined.differing()), "only one is cut")
    code, out, _ = run("status", "--json", *at)
    states = {each["code"]: each for each in json.loads(out)["offices"]}
    assert (code, states[745]["state"], states[746]["state"]) == (1, "no_line", "current")
    assert states[745]["last_act"] < states[746]["last_act"]
    code, out, _ = run("status", "--json", "--config", first.config)
    assert code == 1
    assert json.loads(out)["register"]["behind"] > 0
    first.line.heal()
    until(lambda: not joined.differing(), "healed")
    joined.register.stop()
    for office in (first, second):
        a_day(office, 3)
    joined.register.start()
    until(lambda: not joined.differing(), "the capital is back")
    until(lambda: run("status", *at)[0] == 0, "current")
    assert run("status", "--config", first.config)[0] == 0
    counted = dict(joined.ask("SELECT office, count(*) FROM itk_case GROUP BY office"))
    assert counted == {code: len(office.rows("itk_case")) for code, office in joined.offices.items()}
    assert len(joined.ask("SELECT id FROM itk_case GROUP BY id HAVING count(*) = 2")) >= 15, "the own keys are alike"
    year = clock.office_day(clock.now()).year
    for table, number in (("itk_case", "application_no"), ("receipt", "number")):
        named = [text for (text,) in joined.ask(f"SELECT {number} FROM {table} WHERE {number} ~ '-(MRE|PLB)-'")]
        assert len(set(named)) == len(named), table
        ours, theirs = ({text.replace(short, "") for text in named if short in text} for short in ("MRE", "PLB"))
        assert len(ours & theirs) >= 6, "both offices gave the same running numbers"
        assert table != "itk_case" or f"ITK--{year}-00001" in ours & theirs
    alike = joined.ask("SELECT serial FROM register_number GROUP BY year, serial HAVING count(DISTINCT number) = 2")
    assert len(alike) >= 3
    for table, columns in (("register_number", "number"), ("receipt", "token"), ("payment", "reference")):
        assert not joined.ask(f"SELECT 1 FROM {table} GROUP BY {columns} HAVING count(*) > 1"), table


def test_no_scan_no_draft_and_no_key_of_the_vault_is_in_the_register(joined: Country) -> None:
    a_day(joined.offices[745], 7)
    until(lambda: not joined.differing(), "a day")
    tables = {table for (table,) in joined.ask("SELECT table_name FROM information_schema.tables"
                                               " WHERE table_schema = 'public'")}  # fmt: skip
    assert tables == set(national.AGREED)
    with national.connected(joined.offices[745].server.url) as office:
        secrets = [CANARY, *(row[0] for row in office.execute("SELECT sha256 FROM vault_object").fetchall())]
        secrets += [row[0] for row in office.execute("SELECT wrapped FROM case_key WHERE wrapped <> ''").fetchall()]
    assert len(secrets) >= 3
    everything = str([joined.ask(f"SELECT * FROM {table}") for table in sorted(tables)])
    assert "KUZNETSOVA" in everything
    for secret in secrets:
        assert secret.strip() not in everything


def test_the_register_is_written_by_the_offices_only(joined: Country) -> None:
    asked = (
        "INSERT INTO receipt (office, id) VALUES (745, 99999)",
        "UPDATE itk_case SET status = 'ended'",
        "DELETE FROM ledger",
        "TRUNCATE audit_head",
    )
    with national.connected(joined.register.url) as connection:
        for statement in asked:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="register_is_read_only"):
                connection.execute(statement)
        connection.execute(f"SET ROLE {register.READERS}")
        assert connection.execute("SELECT count(*) FROM itk_case").fetchone() is not None
        for statement in (*asked, "SELECT address FROM national.office", "INSERT INTO national.list VALUES ('x')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_an_office_cannot_write_another_offices_rows(joined: Country, run: Run) -> None:
    office, rule = joined.offices[746], "national_watchlist_version_is_ours"
    forged = (
        "INSERT INTO watchlist_version"
        " (office, version, list_date, source, entries, hash, imported_at, operator, active)"
        " VALUES (745, 'forged', '2026-01-01', '', 0, '', '2026-01-01', '', false)"
    )
    with national.connected(office.server.url) as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(forged)
        connection.execute(f"ALTER TABLE watchlist_version DROP CONSTRAINT {rule}")
        connection.execute(forged)

    def stopped() -> bool:
        found = json.loads(run("status", "--json", "--register", joined.register.url)[1])["offices"]
        return any(each["code"] == 746 and each["errors"] > 0 for each in found)

    until(stopped, "the register refuses it")
    assert "forged" not in str(joined.rows("watchlist_version", 745))
    with national.connected(office.server.url) as connection:
        connection.execute("DELETE FROM watchlist_version WHERE version = 'forged'")
        connection.execute(f"ALTER TABLE watchlist_version ADD CONSTRAINT {rule} CHECK (office = 746)")
    assert run("copy-again", 746, "--yes", "--register", joined.register.url)[0] == 0
    until(lambda: not joined.differing(), "copied again")


def test_a_capital_that_stays_away_too_long_loses_its_place_and_takes_the_office_anew(
    joined: Country, run: Run
) -> None:
    office, at = joined.offices[745], ("--register", joined.register.url)
    office.line.cut()
    with national.connected(office.server.url) as connection:
        connection.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '32MB'")
        connection.execute("SELECT pg_reload_conf()")
        place = national.slot_name(745)
        until(lambda: (found := national.waiting(connection, place)) is not None and found.margin is not None, "limit")
        _, out, _ = run("status", "--config", office.config)
        assert "left until it is lost" in out
        for _ in range(4):
            connection.execute("SELECT pg_logical_emit_message(true, 'a week', 'of work')")
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
    a_day(office, 5)
    code, out, _ = run("status", "--config", office.config)
    assert (code, "PLACE LOST" in out) == (1, True), out
    office.line.heal()
    code, out, _ = run("status", "--json", *at)
    assert (code, next(e["state"] for e in json.loads(out)["offices"] if e["code"] == 745)) == (1, "lost")
    assert joined.differing(), "nothing comes by itself"
    assert run("copy-again", 745, "--dry-run", *at)[0] == 0
    assert run("copy-again", 745, "--yes", *at)[0] == 0
    until(lambda: not joined.differing(), "copied again")
    a_day(office, 6)
    until(lambda: not joined.differing(), "and what follows")
    with national.connected(office.server.url) as connection:
        connection.execute("ALTER SYSTEM RESET max_slot_wal_keep_size")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.long
def test_an_office_restored_from_a_backup_is_laid_on_again(
    joined: Country, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, at = joined.offices[746], ("--register", joined.register.url, "--yes")
    monkeypatch.setenv("PATH", f"{office.server.programs}:{os.environ['PATH']}")
    try:
        made = backup.make(office.settings, tmp_path / "backups", now=clock.now(), passphrase="sandi yang panjang")
    except ToolFailed as error:
        pytest.skip(str(error))
    a_day(office, 9)
    until(lambda: not joined.differing(), "what the backup does not have")
    with national.connected(office.server.url) as connection:
        connection.execute("CREATE DATABASE restored")
    url, line = (text.replace("/postgres?", "/restored?") for text in (office.server.url, office.line.address))
    again = backup.restore(
        made.folder, tmp_path / "again", database=url, passphrase="sandi yang panjang", outside=(), now=clock.now(),
        signer=Signer(0, 0, "cli"),
    )  # fmt: skip
    for key in office.settings.path("keys").glob("loket-1*"):
        shutil.copy(key, again.settings.path("keys"))
    shutil.copytree(office.settings.path("rules"), again.settings.path("rules"))
    config = again.settings.path("kiosk.toml")
    assert run("status", "--config", config)[0] == 1, "nothing is published by itself"
    assert run("publish", "--yes", "--config", config)[0] == 0
    for arguments in (("join", 746, line, *at), ("copy-again", 746, *at)):
        code, _, err = run(*arguments)
        assert code == 0, err
    with national.connected(url) as connection:
        until(lambda: rows_of(connection, "itk_case", 746) == joined.rows("itk_case", 746), "the restored office")
    assert joined.differing(), "what came after the backup is gone here too"
    for arguments in (("join", 746, office.line.address, *at), ("copy-again", 746, *at)):
        assert run(*arguments)[0] == 0
    until(lambda: not joined.differing(), "back at the first one")


@pytest.mark.long
def test_an_office_that_leaves_no_longer_keeps_its_log_for_the_register(joined: Country, run: Run) -> None:
    at = ("--register", joined.register.url, "--yes")
    before = joined.rows("itk_case", 746)
    assert run("leave", 746, *at)[0] == 0
    with national.connected(joined.offices[746].server.url) as connection:
        assert national.waiting(connection, national.slot_name(746)) is None
    assert joined.rows("itk_case", 746) == before
    assert run("copy-again", 746, *at)[0] == 0
    until(lambda: not joined.differing(), "back again")


def test_publishing_changes_nothing_for_the_program_and_may_be_repeated(joined: Country, run: Run) -> None:
    office = joined.offices[745]
    code, out, _ = run("publish", "--dry-run", "--json", "--config", office.config)
    assert (code, len(json.loads(out)["would"])) == (0, 1), "nothing is left to do"
    with office.work() as (opened, _):
        assert drift(opened.store) == []
        with opened.store.reading():
            acts = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
    assert any(act["action"] == "national_published" and act["data"]["office"] == 745 for act in acts)
    assert acts[0]["data"]["office"] != "", "the chain's first event names the office"
    assert run("join", 746, office.line.address, "--yes", "--register", joined.register.url)[0] == 1
    assert run("publish", "--config", office.config)[0] == 2, "no terminal to ask at, no --yes"


def test_an_office_of_another_name_or_on_sqlite_does_not_publish(joined: Country, run: Run, settings: Any) -> None:
    if not settings.database_url.startswith("postgresql"):
        code, _, err = run("publish", "--yes", "--config", settings.path("kiosk.toml"))
        assert (code, "kiosk db move" in err) == (1, True)
    office = joined.offices[745]
    kept = office.config.read_text()
    for change, said in (("code = 799", "published as 745"), ('application_number = "{serial}"', "application_number")):
        office.config.write_text(kept.replace("code = 745", change))
        code, _, err = run("publish", "--yes", "--config", office.config)
        office.config.write_text(kept)
        assert (code, said in err) == (1, True), err


def test_a_list_from_the_capital_waits_until_it_is_taken(joined: Country, run: Run, tmp_path: Path) -> None:
    office, capital = joined.offices[745], ("--register", joined.register.url, "--yes")
    where = ("--config", office.config)
    code, _, err = run("listen", joined.line.address, "--yes", *where)
    assert code == 0, err
    file, today = tmp_path / "cekal.jsonl", clock.office_day(clock.now())

    def sent(version: str, rows: list[dict[str, Any]], ago: int, signer: Ed25519PrivateKey = SENDER) -> None:
        content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        file.write_bytes(content)
        file.with_name(file.name + ".sig").write_bytes(signer.sign(content))
        code, _, err = run("send", file, "--version", version, "--date", today - timedelta(days=ago), *capital)
        assert code == 0, err

    def arrived(version: str) -> None:
        until(lambda: version in run("lists", *where)[1], version)

    def active() -> str:
        with office.work() as (opened, _):
            from kiosk.screening_lists import active_list

            with opened.store.reading():
                found = active_list()
        return "" if found is None else str(found.version)

    sent("n-1", LISTED, 2)
    arrived("n-1")
    before = active()
    assert before != "n-1", "nothing is switched by itself"
    code, _, err = run("take", "n-1", "--yes", *where)
    assert (code, "[list_unsigned]" in err) == (1, True), "no sender's key is named"
    public = base64.b64encode(SENDER.public_key().public_bytes_raw()).decode()
    office.config.write_text(
        office.config.read_text().replace("[policy]\n", f'[policy]\nwatchlist_keys = ["{public}"]\n')
    )
    code, out, _ = run("take", "n-1", "--dry-run", *where)
    assert (code, active()) == (0, before)
    assert "added: 10" in out
    code, out, err = run("take", "n-1", "--yes", "--json", *where)
    assert (code, active()) == (0, "n-1"), err
    assert set(json.loads(out)["open_cases"]) == {"asked", "held", "waiting", "left"}
    with national.connected(office.server.url) as connection:
        assert connection.execute("SELECT count(*) FROM national.list_part").fetchone() == (0,)
    sent("n-0", LISTED, 3)
    sent("n-2", LISTED, 1, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    arrived("n-2")
    for version, said in (("n-0", "list_older"), ("n-2", "list_badly_signed"), ("n-9", "not here")):
        code, _, err = run("take", version, "--yes", *where)
        assert (code, said in err) == (1, True), err
        assert active() == "n-1"
    joined.line.cut()
    until(lambda: json.loads(run("status", "--json", *where)[1])["lists"]["line"] is False, "no line is said")
    a_day(office, 8)
    joined.line.heal()
    until(lambda: json.loads(run("status", "--json", *where)[1])["lists"]["line"] is True, "the line is back")
