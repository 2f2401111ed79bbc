"""K2: the commands of the README are run as they are written there; one that is not known fails the suite.

Every `kiosk ...`, `make ...` and verb of the table of commands is read from the README's text, its alternatives and
optional parts taken apart. Placeholders are filled from FILL; where the text names a verb alone, MORE says what it
needs in a demo office. Verbs that never end are parsed here, and run with an end in the long form.
"""

import io
import itertools
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from db.connection import Store
from db.tables import Case, Receipt, Tariff
from kiosk import clock
from kiosk.cli import build, main
from kiosk.demo.officers import OFFICERS
from kiosk.office import Office
from kiosk.settings import Settings
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text("utf-8")
Run = Callable[[list[str], str], tuple[int, str]]
PLACEHOLDER = re.compile(r"[A-Z][A-Z-]*")


@dataclass(frozen=True, slots=True)
class Usage:
    """One command of the README: the verb, and what follows it with and without the optional parts."""

    program: str
    verb: tuple[str, ...]
    rest: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def name(self) -> str:
        return " ".join(self.verb)


def written() -> Iterator[str]:
    """Every command line and usage in the README, as it is written."""
    yield from (line.split("#")[0].strip() for line in README.splitlines() if line.startswith("    make "))
    table = README.split("\n## Commands\n")[1].split("\n## ")[0]
    for row in re.findall(r"^\| (`.*?`) \|", table.replace("\\|", "\0"), re.MULTILINE):
        yield from (f"kiosk {span}" if not span.startswith("kiosk-") else span for span in re.findall("`([^`]+)`", row))
    for span in re.findall("`([^`\n]+)`", README.replace("\\|", "\0")):
        text = span.removeprefix(".venv/bin/")
        if text.startswith(("kiosk ", "make ", "kiosk-verify ")):
            yield text


def usages() -> list[Usage]:
    """Each with one choice of its alternatives."""
    found = dict[Usage, None]()
    for text in written():
        optional = tuple(word for group in re.findall(r"\[([^\]]+)\]", text) for word in shlex.split(group))
        program, *words = shlex.split(re.sub(r"\[[^\]]+\]", "", text))
        verb = list(
            itertools.takewhile(lambda word: not word.startswith("-") and not PLACEHOLDER.fullmatch(word), words)
        )
        for chosen in itertools.product(*(word.split("\0") for word in verb)):
            found[Usage(program, chosen, tuple(words[len(verb) :]), optional)] = None
    return list(found)


USAGES = usages()


@cache
def command_line() -> click.Command:
    return typer.main.get_command(build())


def command(usage: Usage) -> click.Command:
    here = command_line()
    for word in usage.verb:
        assert word in getattr(here, "commands", {}), f"the README names `kiosk {usage.name}`: there is none"
        here = here.commands[word]  # type: ignore[attr-defined]
    assert not hasattr(here, "commands"), f"`kiosk {usage.name}` does nothing by itself"
    return here


def options(usage: Usage) -> set[str]:
    """What the verb takes."""
    if usage.verb == ("run",):
        told = subprocess.run(
            [sys.executable, "-m", "kiosk", "run", "--help"], capture_output=True, text=True, cwd=PROJECT
        )
        return set(re.findall(r"--[a-z-]+", told.stdout))
    return {option for parameter in command(usage).params for option in parameter.opts if option.startswith("-")}


def test_k2_the_readme_names_only_what_there_is() -> None:
    """Verbs, their options, make's targets; and no verb is left out."""
    kiosk = [usage for usage in USAGES if usage.program == "kiosk"]
    assert len({usage.verb for usage in kiosk}) > 60
    known = {usage: options(usage) for usage in kiosk}
    for usage in kiosk:
        alike = [known[other] for other in kiosk if (other.rest, other.optional) == (usage.rest, usage.optional)]
        for option in (word for word in (*usage.rest, *usage.optional) if word.startswith("-")):
            anywhere = usage.optional.count(option) and any(option in own for own in alike)
            assert option in known[usage] or anywhere, f"the README gives `kiosk {usage.name}` {option}"
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert {usage.name for usage in USAGES if usage.program == "make"} <= targets
    assert {usage.program for usage in USAGES} == {"kiosk", "make", "kiosk-verify"}
    told = {usage.verb for usage in kiosk}
    assert [" ".join(verb) for verb in leaves(command_line()) if verb not in told] == []


def leaves(group: Any, verb: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in group.commands.items():
        if hasattr(inner, "commands"):
            yield from leaves(inner, (*verb, name))
        else:
            yield (*verb, name)


ENDLESS = {"run", "serve", "pickup", "board", "demo", "simulate"}
FILL: dict[str, str] = {
    "KIND": "itk",
    "AMOUNT": "500000",
    "N": "30",
    "DATE": "2031-01-01",
    "REGULATION": "PP 45/2024",
    "WHO": "ratna",
    "ID": "{tariff}",
    "FILE": "{there}/FILE",
    "DIR": "{there}/DIR",
    "NEW": "{there}/NEW",
    "P": "{there}/P",
    "BACKUP": "{backup}",
    "TOKEN": "{token}",
    "NAME": "loket-2",
    "URL": "postgresql://nobody@127.0.0.1:1/kantor",
    "OWNER-URL": "postgresql://nobody@127.0.0.1:1/kantor",
    "COUNTER-URL": "postgresql://nobody@127.0.0.1:1/kantor",
    "ROLE": "printer",
    "PATH": "{there}/port",
    "KEYS": "{there}/keys.json",
    "TEXT": "{token}",
    "S": "1",
}
FILL_OF = {("sop check", "FILE"): "{sop}", ("init", "DIR"): "{there}/OFFICE"}
WHO, OTHER = ("--login", "made"), ("--second", "hendra")
MORE: dict[str, tuple[str, ...]] = {
    "case show": ("{number}",),
    "document list": ("{number}",),
    "document export": ("{number}", "--to", "{there}/scans"),
    "privacy sheet": ("{number}",),
    "privacy erase": ("{number}", *OTHER, "--reason", "masa simpan habis"),
    "privacy incident": ("--to", "{there}/events.jsonl", "--from", "2020-01-01", "--until", "2040-01-01"),
    "officer add": ("rudi", "--name", "Rudi", "--duty", "LALINTUSKIM/counter"),
    "officer disable": ("tuti",),
    "officer pin": ("joko", "--generate"),
    "officer badge": ("sri", "--out", "{there}/badge.png"),
    "officer duty": ("sri", "LALINTUSKIM/entry"),
    "officer revoke": ("hendra",),
    "officer delegate": ("hendra", "--basis", "SK-1", "--valid-from", "2031-01-01", "--valid-until", "2031-02-01"),
    "tariff add": ("itk", "500000", "--valid-from", "2030-01-01", "--basis", "PP 45/2024", "--login", "ratna"),
    "tariff release": ("{tariff}",),
    "receipt verify": ("{token}",),
    "receipt reprint": ("{receipt}", "--reason", "kertas macet", "--login", "sri"),
    "key new": ("loket-2",),
    "key approve": ("2", *WHO),
    "key revoke": ("1", "--reason", "uji buku pedoman"),
    "watchlist import": ("{there}/cekal.jsonl", "--version", "v9", "--date", "{today}"),
    "watchlist diff": ("v1", "v9"),
    "watchlist explain": ("{number}",),
    "audit clock": ("--login", "made", *OTHER, "--reason", "jam salah setel"),
    "sop check": ("{sop}",),
    "device test": ("printer",),
    "device monitor": ("printer", "--seconds", "0.1"),
    "device files": ("--to", "{there}/unit"),
    "terminal join": ("{there}/FILE", "--dir", "{there}/JOINED", "--passphrase-file", "{there}/P"),
    "terminal invite": ("loket-2", "--to", "{there}/FILE", "--passphrase-file", "{there}/P"),
    "report reconcile": ("--day", "2026-01-05"),
    "national listen": ("postgresql://nobody@127.0.0.1:1/x",),
    "national take": ("v1",),
    "backup": ("{there}/more",),
    "national join": ("7", "postgresql://nobody@127.0.0.1:1/x"),
    "national leave": ("7",),
    "national copy-again": ("7",),
    "national send": ("{there}/cekal.jsonl", "--version", "v9", "--date", "2026-01-02"),
}
"""What a verb needs that the README does not write there."""
SILENT = {"watchlist screen", "document list", "document export"}
"""Verbs that say nothing where there is nothing: no name was given to screen, no document is finished."""
REFUSED = {
    "privacy erase": "the case is not in the archive",
    "report lpj": "what was received this month is not paid in yet",
}
"""Verbs whose answer in this office is no, and why."""
NEEDS_A_SERVER = {"db", "national", "terminal"}
"""An office in a file has none: they are run, and say so."""


def fill(usage: Usage, word: str) -> str:
    return FILL_OF.get((usage.name, word), FILL.get(word, word))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(arguments: list[str], stdin: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["kiosk", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    return call


@dataclass(frozen=True, slots=True)
class There:
    """What the placeholders stand for in an office that lives."""

    settings: Settings
    values: dict[str, str]

    def line(self, usage: Usage) -> list[str]:
        more = MORE.get(usage.name, ()) if not usage.rest or usage.verb[0] == "national" else ()
        given = [*usage.verb, *(fill(usage, word) for word in usage.rest), *more]
        self.values["backup"] = str(next(Path(self.values["there"]).glob("DIR/itk-*"), "no backup yet"))
        self.values["tariff"] = self._newest_tariff() if "{tariff}" in given else ""
        given = [word.format(**self.values) for word in given]
        own = options(usage)
        if "--login" in own and "--login" not in given:
            given += WHO
        if "--yes" in own and "--yes" not in given:
            given.append("--yes")
        if "--config" in own:
            given += ["--config", str(self.settings.path("kiosk.toml"))]
        return given

    def _newest_tariff(self) -> str:
        store = Store(self.settings.database_url)
        with store.reading():
            newest = str(Tariff.select().order_by(Tariff.id.desc()).first().id)
        store.close()
        return newest


def pins(arguments: list[str]) -> str:
    """What those who are named on the command line type, one line each."""
    typed = {person.login: person.pin for person in OFFICERS}
    named = [arguments[arguments.index(word) + 1] for word in ("--login", "--second") if word in arguments]
    return "".join(f"{typed[login]}\n" for login in named) or "918273\n"


@pytest.fixture
def there(settings: Settings, tmp_path: Path) -> There:
    folder = tmp_path / "there"
    folder.mkdir()
    with Office.open(settings, devices=False) as office:
        builders.import_watchlist(office, tmp_path)
        desks = Desks(office)
        case_id = builders.case_at_biometrics(office, desks)
        ready = builders.case_at_handover(office, desks, passport=passport("530088888"))
        token = builders.claim_token(office, ready)
        with office.store.reading():
            number = Case.get_by_id(case_id).application_no
            receipt = Receipt.get(Receipt.token == token).number
    text = settings.path("kiosk.toml").read_text()
    simulated = f'driver = "escpos"\nport = "simulated:tray={folder}/tray"\n'
    settings.path("kiosk.toml").write_text(f"{text}\n[devices.printer]\n{simulated}")
    rows = [{"id": "N-1", "names": [{"name": "ZORBLAT QUENNIX"}, {"name": "FREMDA PERSON"}]}]
    (folder / "cekal.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "P").write_text("frase sandi yang panjang\n")
    (folder / "P").chmod(0o600)
    values = {"there": str(folder), "number": number, "token": token, "receipt": receipt}
    today = clock.office_day(clock.now()).isoformat()
    return There(settings, values | {"today": today, "sop": str(PROJECT / "kiosk/procedure/itk.toml")})


@pytest.mark.skipif(bool(databases.SERVER), reason="an office in a file, whose database no command locks")
def test_k2_every_command_of_the_readme_runs(there: There, run: Run) -> None:
    """In its order. 0 done or yes, 1 refused or no, 3 only where a server is needed; never usage or a defect."""
    _, keys = run(["key", "export", "--json", "--config", str(there.settings.path("kiosk.toml"))], "")
    Path(there.values["there"], "keys.json").write_text(keys)
    verify = ["kiosk/receipts/kiosk_verify.py", f"{there.values['there']}/keys.json", there.values["token"]]
    assert subprocess.run([sys.executable, *verify], cwd=PROJECT, capture_output=True).returncode == 0
    done, wrong = [], []
    for usage in USAGES:
        if usage.program != "kiosk" or usage.verb[0] in ENDLESS:
            continue
        arguments = there.line(usage)
        code, said = run(arguments, pins(arguments))
        allowed = {0, 1, 3} if usage.verb[0] in NEEDS_A_SERVER or "postgresql:" in str(arguments) else {0, 1}
        if code not in allowed or not (said.strip() or usage.name in SILENT):
            wrong.append(f"kiosk {shlex.join(arguments)}: {code} {said}")
        done.append((usage.name, code))
    assert wrong == [], "\n".join(wrong)
    never = {name for name, _ in done} - {name for name, code in done if code == 0}
    assert {name for name in never if name.split()[0] not in NEEDS_A_SERVER} == REFUSED.keys()
    assert len(done) > 70


def test_k2_make_knows_its_targets() -> None:
    """Each said and not done: what they do is the suite itself, a bench, or hundreds of megabytes."""
    for usage in USAGES:
        if usage.program == "make":
            done = subprocess.run(["make", "-n", usage.name], cwd=PROJECT, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"make {usage.name}: {done.stderr}"


@dataclass(frozen=True, slots=True)
class Endless:
    """A verb that ends only when it is told to: what it shows first, on a terminal of its own, or the file it makes."""

    arguments: tuple[str, ...]
    shows: str
    makes: str = ""


ENDS = {
    "run": Endless(("--config", "{config}"), "Muara Enim"),
    "pickup": Endless(("--config", "{config}"), "Muara Enim"),
    "board": Endless(("--config", "{config}"), "MUARA ENIM"),
    "serve": Endless(("--config", "{config}", "--port", "18431"), "18431"),
    "demo": Endless(("--dir", "{there}/demo"), "Muara Enim"),
    "simulate": Endless(("printer", "--link", "{there}/port"), "", "port"),
}


def test_k2_every_verb_without_an_end_is_tried() -> None:
    assert {usage.verb[0] for usage in USAGES if {*usage.verb[:1]} & ENDLESS} == ENDS.keys() == ENDLESS


@pytest.mark.long
@pytest.mark.parametrize("verb", ENDS)
def test_k2_a_verb_without_an_end_begins_and_ends_when_told(there: There, verb: str) -> None:
    values = {"config": str(there.settings.path("kiosk.toml")), "there": there.values["there"]}
    arguments = [word.format(**values) for word in ENDS[verb].arguments]
    parent, child = pty.openpty()
    os.set_blocking(parent, False)
    program = subprocess.Popen(
        [sys.executable, "-m", "kiosk", verb, *arguments], cwd=PROJECT, stdin=child, stdout=child, stderr=child,
        env={**os.environ, "TERM": "linux", "COLUMNS": "80", "LINES": "24"}, start_new_session=True,
    )  # fmt: skip
    os.close(child)
    said, until = "", time.monotonic() + 40
    made = Path(there.values["there"], ENDS[verb].makes)
    while (ENDS[verb].shows.upper() not in said.upper() or not made.exists()) and time.monotonic() < until:
        time.sleep(0.1)
        try:
            said += os.read(parent, 65_536).decode("utf-8", "replace")
        except (BlockingIOError, OSError):
            assert program.poll() is None, said
    assert ENDS[verb].shows.upper() in said.upper(), said[-2000:]
    assert made.exists()
    program.send_signal(signal.SIGTERM)
    ended, until = None, time.monotonic() + 20
    while ended is None and time.monotonic() < until:
        time.sleep(0.1)
        ended = program.poll()
        try:
            os.read(parent, 65_536)
        except (BlockingIOError, OSError):
            continue
    if ended is None:
        program.kill()
    os.close(parent)
    assert ended in (0, -signal.SIGTERM, 128 + signal.SIGTERM), ended


@pytest.mark.long
def test_k2_the_demo_that_works_by_itself_does_as_it_is_written(tmp_path: Path) -> None:
    (line,) = (usage for usage in USAGES if usage.verb == ("demo",) and "--auto" in usage.rest)
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "demo", *line.rest], cwd=tmp_path, capture_output=True, text=True, timeout=220,
        env={**os.environ, "PYTHONPATH": str(PROJECT)}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads((tmp_path / line.rest[line.rest.index("--out") + 1] / "summary.json").read_text())
    assert len(told["cases"]) == int(line.rest[line.rest.index("--cases") + 1])


def test_k2_a_command_that_is_not_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutants: a verb, an option and a target of the README that nobody wrote."""
    for text in ("`kiosk case forget NUMBER`", "`kiosk doctor --heal`", "`make coffee`"):
        monkeypatch.setattr(sys.modules[__name__], "README", README + "\n" + text)
        monkeypatch.setattr(sys.modules[__name__], "USAGES", usages())
        with pytest.raises(AssertionError):
            test_k2_the_readme_names_only_what_there_is()
