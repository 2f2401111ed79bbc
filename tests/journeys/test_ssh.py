"""A counter over SSH: what a dropped line leaves behind, and that the account opens nothing but the terminal."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Draft
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.office import Office
from kiosk.records import from_json
from kiosk.settings import load
from tests import databases
from tests.journeys.line import Line
from tests.journeys.person import ENTER, ESCAPE, F10, Person
from tests.journeys.ssh_server import SshServer, needs_sshd, serving

pytestmark = [
    needs_sshd,
    pytest.mark.skipif(bool(databases.SERVER), reason="the office of a folder of its own"),
]
PIN = next(officer.pin for officer in OFFICERS if officer.login == "sri")
SLOW_S = 40.0


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_demo(tmp_path_factory.mktemp("demo") / "office", devices=False).path("kiosk.toml")


@pytest.fixture(scope="module")
def server(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with serving(tmp_path_factory.mktemp("serving") / "ssh", config) as server:
        yield server


def programs(config: Path) -> list[int]:
    """The processes of this office's terminals."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"KIOSK_CONFIG={config}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def all_gone(config: Path) -> bool:
    end = time.monotonic() + SLOW_S
    while programs(config) and time.monotonic() < end:
        time.sleep(0.05)
    return not programs(config)


def drafts(config: Path) -> list[str]:
    with Office.open(load(config), devices=False) as office, office.store.reading():
        return [from_json(dict, row.content)["typed"]["holder_name"] for row in Draft.select()]


@pytest.mark.parametrize(
    ("what", "name"),
    [
        pytest.param(signal.SIGKILL, "PETERSEN LARS", id="cut"),
        pytest.param(signal.SIGSTOP, "PETERSEN LARS ERIK", id="silent", marks=pytest.mark.long),
    ],
)
def test_a_line_that_drops_in_the_middle_of_a_form_ends_the_program_and_keeps_the_draft(
    server: SshServer, config: Path, what: signal.Signals, name: str
) -> None:
    """Cut: the other end says so. Silent: it doesn't, the server asks and gets no answer (the more often the program
    draws, the later it asks)."""
    person = Person(Line(server.command()))
    try:
        person.sign_in("sri", PIN)
        person.open_row("Permohonan baru")
        person.sees("Jenis permohonan")
        person.fill("Nama", name)
        assert programs(config)
        person.console.child.kill(what)
        assert all_gone(config)
    finally:
        person.console.close()
    assert drafts(config) == [name]


def test_the_connection_ends_with_the_program(server: SshServer, config: Path) -> None:
    person = Person(Line(server.command()))
    try:
        person.sees("Nama masuk")
        for key in ("\x03", "\x1a", "\x1c", "\x04", "~.", "!sh" + ENTER):
            person.console.type(key)
        person.keys(ESCAPE)
        person.sees("F10 Ya")
        person.console.type(F10)
        assert person.console.end(SLOW_S) == 0
        assert "$" not in person.text
        assert "#" not in person.text
    finally:
        person.console.close()
    assert all_gone(config)


def test_a_command_that_is_asked_for_is_not_run(server: SshServer, config: Path) -> None:
    person = Person(Line([*server.command(), "/bin/sh", "-c", "echo in"]))
    try:
        person.sees("Nama masuk")
    finally:
        person.console.close()
    assert all_gone(config)


@pytest.mark.parametrize(
    ("options", "asked", "code"),
    [(["-s"], ["sftp"], 3), ([], ["cat", "/etc/passwd"], 3), (["-W", "127.0.0.1:22"], [], 255)],
    ids=["files", "no terminal", "forwarding"],
)
def test_neither_files_nor_the_network_behind_the_server_are_reached(
    server: SshServer, options: list[str], asked: list[str], code: int
) -> None:
    """3: the program itself, which wants a terminal. 255: refused by the server."""
    command = [part for part in server.command(*options) if part != "-tt"] + asked
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW_S)
    assert (done.returncode, done.stdout) == (code, "")
