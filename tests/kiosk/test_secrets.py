"""S7: an office's secrets are in files of its own account, and nowhere else: no argument, environment, core or backup.

Keys that are rotated and revoked: receipts/test_terminal_keys.py; the vault's: test_vault_rotation.py.
"""

import base64
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from db import backup as dumps
from db.connection import Store
from kiosk import backup, clock
from kiosk.cli import build
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.health import examine
from kiosk.logs import keep
from kiosk.office import Office
from kiosk.settings import Settings
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.test_draft_journal import away

PROJECT = Path(__file__).parents[2]
PASSWORD = "sandi-pangkalan-data"
SECRET_WORDS = re.compile(r"pin|password|passphrase|secret|sandi|token_key", re.IGNORECASE)


def secrets_of(folder: Path) -> dict[str, list[bytes]]:
    """What each key file holds, in the forms in which it might stand elsewhere."""
    found = {}
    for path in (folder / "keys").iterdir():
        content = path.read_bytes().strip()
        core = content.splitlines()[1] if content.startswith(b"-----") else content
        try:
            raw = base64.b64decode(core) if content.startswith(b"-----") else bytes.fromhex(core.decode())
        except ValueError:
            continue
        found[path.name] = [core, raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")[:-1]]
    return found


# files


@pytest.mark.skipif(bool(databases.SERVER), reason="the files of an office of one terminal")
def test_s7_only_the_offices_account_reads_what_lies_in_its_folders(tmp_path: Path) -> None:
    """After a day's work with scans, a cekal list, drafts without a database, a log and a backup; founded in an open
    folder under the loosest mask."""
    folder = tmp_path / "office"
    folder.mkdir(mode=0o755)
    mask = os.umask(0)
    try:
        settings = found_demo(folder, devices=False)
        keep(folder)
        with Office.open(settings, devices=False) as office:
            desks = Desks(office)
            builders.import_watchlist(office, tmp_path)
            case_id = builders.case_at_biometrics(office, desks)
            builders.given_biometrics(desks["agus"], case_id)
            with away(settings):
                desks["sri"].save_draft("intake", None, {"typed": {"holder_name": "MARINA"}})
        backup.make(settings, tmp_path / "backups", now=clock.now(), passphrase="frase sandi yang panjang")
    finally:
        os.umask(mask)
    rooms = {path.name for path in folder.iterdir() if path.is_dir()}
    assert {"keys", "vault", "watchlist", "drafts", "log"} <= rooms
    looked = [path for place in (folder, tmp_path / "backups") for path in place.rglob("*")]
    assert len(looked) > 30
    assert [str(path) for path in looked if path.is_file() and path.stat().st_mode & 0o077] == []
    inner = {path for path in looked if path.is_dir() and path.parent in (folder, tmp_path)}
    assert [str(path) for path in (*inner, tmp_path / "backups") if path.stat().st_mode & 0o077] == []


def test_s7_a_backup_holds_no_key_but_wrapped(office: Office, desks: Desks, tmp_path: Path) -> None:
    builders.case_at_approval(office, desks)
    held = secrets_of(Path(office.settings.folder))
    assert {"loket-1.key", "pepper", "vault.key"} <= held.keys()
    for number, passphrase in enumerate((None, "frase sandi yang panjang")):
        place = tmp_path / f"backups-{number}"
        made = backup.make(office.settings, place, now=clock.now(), passphrase=passphrase)
        assert (made.folder / backup.SEALED).exists() is (passphrase is not None)
        for path in (each for each in place.rglob("*") if each.is_file()):
            content = path.read_bytes()
            assert [name for name, forms in held.items() if any(form in content for form in forms)] == [], path
    planted = tmp_path / "planted"
    planted.write_bytes(b"x" + held["vault.key"][3])
    assert held["vault.key"][3] in planted.read_bytes(), "it would be found"


# arguments and environments


def commands(group: Any, name: str = "kiosk") -> Iterator[tuple[str, click.Command]]:
    yield name, group
    for inner, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{name} {inner}")


def test_s7_no_verb_takes_a_secret_on_its_command_line() -> None:
    """Who lists processes reads arguments: PINs come from standard input, passphrases and passwords from files."""
    taken = [
        f"{name} {option}"
        for name, command in commands(typer.main.get_command(build()))
        for parameter in command.params
        for option in (*parameter.opts, parameter.name or "")
        if SECRET_WORDS.search(option) and not option.replace("_", "-").endswith("-file")
    ]
    assert sorted(set(taken)) == []
    assert len(dict(commands(typer.main.get_command(build())))) > 60


RECORDER = """#!{python}
import json, os, sys
open({told!r}, 'a').write(json.dumps([sys.argv, dict(os.environ)]))
"""


def test_s7_a_tool_is_given_no_password_in_arguments_or_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, tool = tmp_path / "told", tmp_path / "pg_restore"
    tool.write_text(RECORDER.format(python=sys.executable, told=str(told)))
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    dumps.load(tmp_path / "office.dump", Store(f"postgresql://pemilik:{PASSWORD}@db.invalid/kantor"))
    line = told.read_text()
    assert "db.invalid" in line
    assert PASSWORD not in line
    assert "passfile" in line


def test_s7_no_child_inherits_a_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a running office has put into the environment, and all that it starts, is looked at."""
    started: list[str] = []
    begin = subprocess.Popen.__init__

    def noted(child: Any, command: Any, *more: Any, **named: Any) -> None:
        started.append(f"{command} {named.get('env')}")
        begin(child, command, *more, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    held = secrets_of(Path(settings.folder))
    before = dict(os.environ)
    with Office.open(settings, devices=False) as office:
        builders.case_at_approval(office, Desks(office))
        assert examine(settings)
    assert dict(os.environ) == before
    assert started
    said = "\n".join((*started, *before.values())).encode()
    assert [name for name, forms in held.items() if any(form in said for form in forms)] == []
    assert [person.login for person in OFFICERS if re.search(rf"\b{person.pin}\b".encode(), said)] == []


# core dumps


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
@pytest.mark.parametrize("verb", ["run", pytest.param("officer", marks=pytest.mark.long)])
def test_s7_no_program_of_the_office_leaves_a_core(settings: Settings, tmp_path: Path, verb: str) -> None:
    """`kiosk run` before it opens the office, every other verb before it does anything."""
    seen = (
        "import ctypes, resource, kiosk.office, kiosk.cli\n"
        "def look(*given, **named):\n"
        "    print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
        "    raise SystemExit(0)\n"
        "kiosk.office.Office.open = look\n"
    )
    start = (
        "import screens.start; screens.start.start = lambda opens, **named: opens()\n"
        "import contextlib, screens.terminal; screens.terminal.keys_are_no_signals = contextlib.nullcontext\n"
    )
    command = f"import sys; sys.argv = ['kiosk', {verb!r}, *{['list'] if verb == 'officer' else []!r}, '--config',"
    command += f" {str(settings.path('kiosk.toml'))!r}]\nkiosk.cli.main()"
    code = seen + (start if verb == "run" else "") + command
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
    )  # fmt: skip
    assert done.stdout.strip() == "(0, 0) 0", done.stdout + done.stderr
