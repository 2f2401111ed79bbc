"""An officer at a real terminal (a pty at 80x24, TERM=linux): only what stands on the screen, only keys."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Draft
from kiosk import clock
from kiosk.demo.cases import lookalike, open_waiting_cases
from kiosk.demo.cekal import add_cekal, entries
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.records import from_json
from kiosk.settings import load
from tests import databases
from tests.journeys.counter_work import SEED
from tests.journeys.person import ENTER, F2, F9, F12, Person
from tests.screens.terminal_pty import Console

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office of a folder of its own")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo office with waiting cases, without devices; to be copied."""
    folder = tmp_path_factory.mktemp("demo") / "office"
    settings = found_demo(folder, devices=False)
    add_cekal(settings, entries(lookalike(SEED)), now=clock.now())
    open_waiting_cases(settings, seed=SEED)
    return folder


@pytest.fixture
def config(demo: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo, tmp_path / "office")
    return tmp_path / "office" / "kiosk.toml"


def at_counter(config: Path) -> Person:
    return Person(Console("-m", "kiosk", "run", "--config", str(config)))


@pytest.fixture
def person(config: Path) -> Iterator[Person]:
    opened = at_counter(config)
    yield opened
    opened.close()


def test_the_language_changes_under_the_hands_and_what_is_typed_stays(person: Person) -> None:
    person.sign_in("sri", "271828")
    person.open_row("Permohonan baru")
    person.sees("Jenis permohonan")
    person.fill("Nama", "PETERSEN LARS")
    person.keys(F9)
    person.sees("Kind of application")
    assert "PETERSEN LARS" in person.text
    assert "Jenis permohonan" not in person.text
    person.keys("X")
    person.sees("PETERSEN LARSX")
    person.keys(F9)
    person.sees("Penerimaan permohonan")
    assert "PETERSEN LARSX" in person.text


def test_the_lock_hides_what_is_typed_and_gives_it_back(person: Person) -> None:
    person.sign_in("sri", "271828")
    person.open_row("Permohonan baru")
    person.sees("Jenis permohonan")
    person.fill("Nama", "PETERSEN LARS")
    person.keys(F12)
    person.sees("Terkunci")
    assert "PETERSEN" not in person.text
    person.console.type("000000" + ENTER)
    person.sees("PIN")
    assert "PETERSEN" not in person.text
    person.console.type("271828" + ENTER)
    person.sees("PETERSEN LARS")
    person.keys(F2)
    person.sees("Menunggu saya")
    person.open_row("Permohonan baru")
    person.sees("PETERSEN LARS")
    person.sign_out()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_in_the_middle_leaves_a_clean_terminal_and_the_draft(
    person: Person, config: Path, number: int, code: int
) -> None:
    person.sign_in("sri", "271828")
    person.open_row("Permohonan baru")
    person.sees("Jenis permohonan")
    person.fill("Nama", "PETERSEN LARS")
    os.kill(person.console.process.pid, number)
    assert person.console.end(20) == code
    assert person.console.restored()
    assert person.text.strip() == ""
    assert not person.console.screen.cursor.hidden
    assert person.console.raw.rfind(b"\x1b[?1049l") > person.console.raw.rfind(b"\x1b[?1049h")
    assert drafts(config) == [{"filed_by": "applicant", "holder_name": "PETERSEN LARS"}]


def drafts(config: Path) -> list[dict[str, str]]:
    with Office.open(load(config), devices=False) as office, office.store.reading():
        return [from_json(dict, row.content)["typed"] for row in Draft.select()]


# D5: what is typed is on disk a second later

NAME = "ABRAHAMSEN VAN DER MEULEN ELISABETH KATHARINA"


@pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.long)])
def test_d5_a_kill_a_second_after_the_last_key_loses_nothing(config: Path, every: int) -> None:
    kept = ""
    for end in range(every, len(NAME) + every, every):
        person = at_counter(config)
        try:
            person.sign_in("sri", "271828")
            person.open_row("Permohonan baru")
            person.sees("Jenis permohonan")
            if kept:
                person.sees(kept[:30])
            person.go_to("Nama")
            person.console.type("\x1b[4~" + NAME[len(kept) : end])
            kept = NAME[:end]
            person.sees(lambda: kept[:30] in person.text)  # noqa: B023
            person.console.read(1.0)
            person.console.process.kill()
            person.console.process.wait()
        finally:
            person.close()
        assert drafts(config)[0]["holder_name"] == kept
    assert kept == NAME
