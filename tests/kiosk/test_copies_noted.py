"""What leaves the office as a copy is written down in it: a backup, the export of an incident. Numbers, no names."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from db.connection import Store, StoreError, Trouble
from db.tables import AuditEvent
from kiosk import audit, backup, clock
from kiosk.cli import backup as backup_verb
from kiosk.cli import service_reports
from kiosk.reports.prediction import Error
from kiosk.settings import Settings
from kiosk.words import Language, Words
from tests.kiosk.test_cli import Run, run

__all__ = ["run"]
TODAY = clock.office_day(clock.now()).isoformat()


def events(settings: Settings, action: str) -> list[dict[str, Any]]:
    store = Store(settings.database_url)
    with store.reading():
        bodies = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
        assert audit.verify().verified
    store.close()
    return [body for body in bodies if body["action"] == action]


def test_a_backup_is_written_down_by_the_hash_of_its_manifest(run: Run, settings: Settings, tmp_path: Path) -> None:
    config = settings.path("kiosk.toml")
    code, out, _ = run("backup", tmp_path / "copies", "--config", config, "--json")
    made = json.loads(out)
    assert (code, made["noted"]) == (0, True)
    (event,) = events(settings, "backup_made")
    manifest = (Path(made["backup"]) / "manifest.json").read_bytes()
    assert (event["officer"], event["terminal"]) == (0, "cli")
    assert event["data"] == {
        "manifest": hashlib.sha256(manifest).hexdigest(),
        "seq": made["audit"]["seq"],
        "files": made["files"],
        "keys": False,
    }
    assert json.loads(manifest)["audit"]["seq"] == made["audit"]["seq"], "it is no part of what it tells of"


def test_a_backup_that_the_office_could_not_write_down_is_whole_and_said(
    run: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError(Trouble.DISK_FULL)

    monkeypatch.setattr(backup_verb.backups, "note", full)
    code, out, err = run("backup", tmp_path / "copies", "--config", settings.path("kiosk.toml"), "--json")
    made = json.loads(out)
    assert (code, made["noted"]) == (3, False)
    assert "tidak tercatat" in err
    assert backup.checked(Path(made["backup"]))["files"]


def test_an_incidents_export_is_written_down_by_its_hash_and_by_what_was_asked(
    run: Run, settings: Settings, tmp_path: Path
) -> None:
    to, config = tmp_path / "incident.jsonl", settings.path("kiosk.toml")
    asked = ("--to", to, "--from", TODAY, "--until", TODAY, "--officer", "budi", "--action", "PETERSEN")
    code, out, _ = run("privacy", "incident", *asked, "--config", config, "--json")
    told = json.loads(out)
    (event,) = events(settings, "incident_exported")
    assert (code, told["sha256"]) == (0, hashlib.sha256(to.read_bytes()).hexdigest())
    assert (event["officer"], event["terminal"]) == (0, "cli")
    assert isinstance(event["data"].pop("officer"), int)
    assert event["data"] == {
        "from": TODAY,
        "until": TODAY,
        "events": 0,
        "sha256": told["sha256"],
        "case": None,
        "by_terminal": False,
        "by_action": True,
    }
    code, _, _ = run("privacy", "incident", "--to", tmp_path / "all", "--from", TODAY, "--until", TODAY,
                     "--config", config)  # fmt: skip
    assert code == 0
    lines = (tmp_path / "all").read_text().splitlines()
    assert [event["data"]["events"] for event in events(settings, "incident_exported")] == [0, len(lines)]


def test_an_export_that_cannot_be_written_down_does_not_leave_the_office(
    run: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError(Trouble.DISK_FULL)

    asked = ("--from", TODAY, "--until", TODAY, "--config", settings.path("kiosk.toml"))
    there = tmp_path / "there"
    there.write_text("another's")
    assert run("privacy", "incident", "--to", there, *asked)[0] == 3
    assert there.read_text() == "another's"
    monkeypatch.setattr("kiosk.cli.privacy._note", full)
    code, _, err = run("privacy", "incident", "--to", tmp_path / "incident", *asked)
    assert (code, "[disk_full]" in err) == (3, True)
    assert not (tmp_path / "incident").exists()


@pytest.mark.parametrize(("language", "mark"), [(Language.INDONESIAN, ","), (Language.ENGLISH, ".")])
def test_fractions_have_the_decimal_mark_of_their_language(language: Language, mark: str) -> None:
    error = Error(cases=40, median_hours=1.5, bias_hours=-0.5, in_time=0.5, on_day=0.75, days_said=2.5)
    said = service_reports._line(Words(language), "estimate", error)
    assert all(f"{sign}{whole}{mark}5" in said for sign, whole in (("", 1), ("-", 0), ("", 2)))
    assert "75%" in said


def test_the_size_and_time_of_a_backup_have_a_comma_in_indonesian(run: Run, settings: Settings, tmp_path: Path) -> None:
    _, out, _ = run("backup", tmp_path / "copies", "--config", settings.path("kiosk.toml"))
    size = out.splitlines()[0].split(": ", 1)[1]
    assert "," in size.split(" MB")[0]
    assert "." not in size
