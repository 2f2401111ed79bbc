"""S1, S6: hostile text in every field of every step, in the database, on paper and in the answers of commands."""

import asyncio
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events

from db.tables import Case, Person, PrintJob
from hardware.registry import Simulator, start_simulator
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.settings import DeviceSettings, Settings
from kiosk.steps import intake
from kiosk.text import has_unsafe
from screens.sign_in import SignInScreen
from screens.step_screen import StepScreen
from screens.widgets.editors import NoteEditor, TextEditor
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import LOGIN, STEPS, Waiting, found_waiting, with_devices
from tests.journeys.person import Person as Officer
from tests.screens.driving import TestedApp, settle
from tests.screens.snapshot import segments, text
from tests.screens.terminal_pty import Console

PROJECT = Path(__file__).parents[2]
CORPUS = {
    "csi": "\x1b[2J\x1b[31mA",
    "clipboard": "\x1b]52;c;aGFsbG8=\x07B",
    "title": "\x1b]0;kantor lain\x1b\\C",
    "dcs": "\x1bP+q544e\x1b\\D",
    "c1": "\x9b31m\x9d0;x\x9cE",
    "bell and return": "F\x07\r\nG\x08\x7f\x00",
    "markup": "[/x] [b]H[/b] [link=file:///etc/passwd]I[/link] [@click=app.quit]J[/]",
    "bidi": "\u202eKLM\u202c\u2066N\u2069\u200f",
    "invisible": "O\u200b\u200d\ufeff\u00adP",
    "wide": "王小明 שלום مرحبا" + "e\u0301" * 20,
    "printer": "\x1b@\x1dV\x00\x10\x04\x01\x1b(A\x04\x00Q",
    "long": "R" * 10_000,
    "sql": "'; DROP TABLE itk_case; --",
    "format": "{0.__class__} %s %(x)n ${HOME}",
}
# what the renderer itself may say: styles, places, modes, and which pointer a mouse would have
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
OURS = re.compile(rb"\x1b\]22;default\x07|\x1b\[[0-9;:?<>=$ ]*[a-zA-Z@`]|\x1b[()][0AB]|\x1b[78=>cM]")


def checked(app: Any) -> None:
    """Every row is as wide as the terminal, and holds nothing that acts on it."""
    for row in segments(app):
        assert sum(segment.cell_length for segment in row) == app.size.width
    shown = text(app).replace("\n", "")
    bad = {f"U+{ord(char):04X}" for char in shown if has_unsafe(char)}
    assert not bad, bad
    assert app.is_running


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Waiting:
    folder = tmp_path_factory.mktemp("hostile")
    return found_waiting(found_demo(folder / "office", devices=False, database=databases.passing_address()), folder)


async def typed(pilot: Any, value: str) -> None:
    """As a terminal's bytes come out of the parser: every character a key."""
    for char in value[:120]:
        printable = char if char.isprintable() else None
        pilot.app.post_message(events.Key(char if char.isalnum() else "upper_n", printable))
    await settle(pilot)


@pytest.mark.parametrize("step", STEPS)
async def test_s1_no_field_of_a_step_lets_text_act(waiting: Waiting, step: str, tmp_path: Path) -> None:
    settings = waiting.copy(tmp_path / "office")
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)[LOGIN[step]]
        app: Any = TestedApp(lambda: office)
        async with app.run_test(size=(80, 24)) as pilot:
            while not isinstance(app.screen, SignInScreen):
                await settle(pilot)
            app.start_work(desk)
            await settle(pilot)
            app.open_step(step, waiting.cases.get(step))
            await settle(pilot)
            screen = app.screen
            assert isinstance(screen, StepScreen)
            assert screen.is_open, screen.status.said
            editors = list(screen.query(TextEditor)) + list(screen.query(NoteEditor))
            for number, (name, value) in enumerate(CORPUS.items()):
                for editor in editors:
                    editor.put(value)
                if editors:
                    editor = editors[number % len(editors)]
                    editor.focus()
                    await pilot.pause(0)
                    editor.post_message(events.Paste(value))
                    await typed(pilot, value)
                    raw = editor.raw
                    assert not CONTROL.search(raw), name
                    assert len(raw) <= 10_200, name
                checked(app)
                given = screen._given()
                if not isinstance(given, Refused):
                    answer = screen.service.check(screen.case_id, given)
                    assert isinstance(answer, tuple), name
            await pilot.press("f10")
            await settle(pilot)
            checked(app)
            assert app._exception is None
            app.exit()


def given_hostile(value: str, number: int) -> intake.Given:
    """A counter's file whose every free text is hostile."""
    return builders.given_intake(
        builders.an_applicant(),
        holder_name=value,
        sponsor_name=value,
        regency=value,
        passport_no=f"H{number:08d}",
    )


def stored(value: str) -> str:
    """What a database takes whoever writes: PostgreSQL's text holds no NUL."""
    return value.replace("\0", "") if databases.SERVER else value


def hostile_office(settings: Settings) -> list[str]:
    """Let the corpus in by the counter's service, and past it straight into the database; the application numbers."""
    with Office.open(settings, devices=False) as office:
        sri = Desks(office)["sri"]
        numbers = []
        for number, value in enumerate(CORPUS.values()):
            taken = sri.steps.intake.complete(None, given_hostile(value, number), key=f"k{number}")
            if isinstance(taken, Refused):
                assert all(refusal.code for refusal in taken.refusals)
                taken = sri.steps.intake.complete(None, given_hostile(f"NAMA {number}", number), key=f"n{number}")
            if isinstance(taken, Refused):
                plain = builders.given_intake(builders.an_applicant(), passport_no=f"H{number:08d}")
                taken = sri.steps.intake.complete(None, plain, key=f"p{number}")
            assert isinstance(taken, intake.Produced), taken
            numbers.append(taken.application_no)
            with office.store.writing():
                this = Case.application_no == taken.application_no
                Case.update(holder_name=stored(value)[:200]).where(this).execute()
        with office.store.writing():
            for person, value in zip(Person.select().order_by(Person.id), CORPUS.values(), strict=False):
                Person.update(name=stored(value)[:120]).where(Person.id == person.id).execute()
    return numbers


def test_s1_names_from_the_database_reach_a_real_terminal_as_text(settings: Settings) -> None:
    numbers = hostile_office(settings)
    officer = Officer(Console("-m", "kiosk", "run", "--config", str(Path(settings.folder) / "kiosk.toml")))
    try:
        officer.sign_in("budi", "314159")
        officer.sees(numbers[0])
        officer.sees("[/x] [b]")
        officer.open_row(numbers[2])
        officer.sees("2/13")
        raw = officer.console.raw
    finally:
        officer.close()
    left = OURS.sub(b"", raw)
    for forbidden in (b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x07", b"\x00"):
        assert forbidden not in left, left[max(0, left.find(forbidden) - 40) :][:80]
    drawn = left.decode()
    bad = {f"U+{ord(char):04X}" for char in drawn if has_unsafe(char) and char not in "\r\n\x08\x0e\x0f\x1b\t"}
    assert not bad, bad


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Simulator]:
    simulator = start_simulator("printer", {"tray": str(tmp_path / "tray")})
    yield simulator
    simulator.stop()


async def test_s1_no_text_reaches_the_printer_as_a_command(
    settings: Settings, printer: Simulator, tmp_path: Path
) -> None:
    numbers = hostile_office(settings)
    with Office.open(settings, devices=False) as office, office.store.reading():
        papers = PrintJob.select().count()
    assert papers == len(numbers)
    ready = with_devices(settings, printer=DeviceSettings("escpos", printer.path))
    with Office.open(ready) as office:
        office.printing.poke()
        for _ in range(1200):
            if office.printing.settled():
                break
            await asyncio.sleep(0.05)
        with office.store.reading():
            assert {job.state for job in PrintJob.select()} == {"confirmed"}
    pieces = sorted((tmp_path / "tray").glob("*.txt"))
    assert len(pieces) == papers, "a cut that nobody ordered"
    for piece in pieces:
        words = piece.read_text("utf-8")
        assert not CONTROL.search(words.replace("\n", "")), piece
        assert sum("TANDA TERIMA" in line for line in words.splitlines()) >= 1
    assert printer.control({"printed": True})["unknown"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("case", "list"),
        ("case", "list", "--json"),
        ("officer", "list"),
        ("officer", "list", "--json"),
        ("receipt", "list"),
        ("receipt", "jobs", "--json"),
    ],
    ids=" ".join,
)
def test_s1_a_command_answers_without_control_characters(settings: Settings, arguments: tuple[str, ...]) -> None:
    hostile_office(settings)
    told = subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments, "--config", str(Path(settings.folder) / "kiosk.toml")],
        capture_output=True,
        cwd=PROJECT,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert told.returncode == 0, told.stderr.decode()
    answer = (told.stdout + told.stderr).decode()
    assert answer.strip()
    bad = {f"U+{ord(char):04X}" for char in answer if char != "\n" and has_unsafe(char)}
    assert not bad, bad


@pytest.mark.parametrize("name", CORPUS)
def test_s6_search_takes_any_text(office: Office, desks: Desks, name: str) -> None:
    case_id = builders.case_at_watchlist(office, desks)
    assert isinstance(desks["sri"].search(CORPUS[name]), tuple)
    assert isinstance(desks["sri"].find_code(CORPUS[name]), Refused)
    assert desks["sri"].case(case_id) is not None


def test_the_corpus_is_hostile() -> None:
    categories = {unicodedata.category(char) for value in CORPUS.values() for char in value}
    assert {"Cc", "Cf", "Mn", "Lo"} <= categories
    assert sum(has_unsafe(value) for value in CORPUS.values()) >= 8
