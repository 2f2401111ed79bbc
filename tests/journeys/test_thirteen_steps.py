"""The whole SOP on a real terminal (80x24, TERM=linux), straight and over SSH, simulated devices behind it: one
applicant, thirteen steps, nine officers who know only what stands on the screen and on the papers that come out of the
printer."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from kiosk.cli.auto.world import World
from kiosk.demo.officers import OFFICERS
from kiosk.settings import Settings
from tests import databases
from tests.journeys.counter_work import (
    applicant,
    approval,
    archiving,
    biometrics,
    data_entry,
    endorsement,
    found_with_devices,
    handover,
    intake,
    payment,
    registration,
    scanning,
    stamp_scan,
    verification,
)
from tests.journeys.line import Line, program
from tests.journeys.person import F10, Person
from tests.journeys.ssh_server import CAN_SERVE, needs_sshd, serving

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office of a folder of its own")
KEYS = {
    "1/13": (38, 44),
    "2/13": (61, 136),
    "3/13": (2, 0),
    "4/13": (29, 35),
    "5/13": (8, 0),
    "6/13": (9, 2),
    "7/13": (4, 0),
    "8/13": (20, 25),
    "9/13": (9, 2),
    "10/13": (6, 0),
    "11/13": (8, 22),
    "12/13": (13, 9),
    "13/13": (9, 10),
}
"""The ordinary case of each step, from the row of the work list to the work list: keys that move, choose and act, and
characters of text. Scans are no keys. The README has this table."""
STRAIGHT_TOO = pytest.mark.long if CAN_SERVE else ()
"""One of the two lines is enough for the quick tests: SSH, where there is a server."""
SPARE = 5
"""Keys that a slow machine makes this person press more."""
PINS = {officer.login: officer.pin for officer in OFFICERS}


@pytest.fixture
def office(tmp_path: Path) -> Settings:
    """A founded office with its devices, where nobody waits."""
    return found_with_devices(tmp_path / "office")


@pytest.fixture(params=[pytest.param("straight", marks=STRAIGHT_TOO), pytest.param("ssh", marks=needs_sshd)])
def person(request: pytest.FixtureRequest, office: Settings, tmp_path: Path) -> Iterator[Person]:
    config = office.path("kiosk.toml")
    with serving(tmp_path / "ssh", config) if request.param == "ssh" else nullcontext() as server:
        opened = Person(Line(server.command() if server else program(config)))
        yield opened
        opened.console.close()


def test_the_thirteen_steps_are_done_by_reading_the_screen_and_pressing_keys(person: Person, office: Settings) -> None:
    who = applicant(30)
    tray = World(None, office.path("tray"))
    person.sign_in("sri", PINS["sri"])
    person.pressed = person.written = 0
    number = intake(person, who)
    count(person, "1/13")
    person.sign_out()
    at(person, "budi", number, "2/13", lambda: data_entry(person, who))
    at(person, "wati", number, "3/13", lambda: person.keys(F10))
    at(person, "agus", number, "4/13", lambda: verification(person))
    at(person, "budi", number, "5/13", lambda: scanning(person))
    at(person, "hendra", number, "6/13", lambda: approval(person))
    at(person, "ratna", number, "7/13", lambda: payment(person))
    at(person, "agus", number, "8/13", lambda: biometrics(person))
    stamp: list[str] = []
    at(person, "yusuf", number, "9/13", lambda: stamp.extend(registration(person)))
    at(person, "made", number, "10/13", lambda: endorsement(person))
    at(person, "budi", number, "11/13", lambda: stamp_scan(person, *stamp))
    at(person, "sri", number, "12/13", lambda: handover(person, who, tray.read_claim(number)))
    at(person, "eko", number, "13/13", lambda: archiving(person))
    person.sign_in("sri", PINS["sri"])
    person.find(number)
    person.sees("13/13 Pengarsipan · selesai · izin diterbitkan")


def at(person: Person, login: str, number: str, step: str, work: Callable[[], None]) -> None:
    """An officer signs in, opens the case that waits, works, sees that it left, and signs out."""
    person.sign_in(login, PINS[login])
    person.pressed = person.written = 0
    person.open_row(number)
    person.sees(step)
    work()
    count(person, step)
    person.sees("Menunggu saya")
    person.sees(lambda: not any(number in row for row in person.rows[3:18]))
    person.sign_out()


def count(person: Person, step: str) -> None:
    """A step that takes an officer more keys than it did is a step made worse: say why, or make it better."""
    keys, text = KEYS[step]
    assert person.pressed <= keys + SPARE, f"{step}: {person.pressed} keys, {keys} were enough"
    assert person.written <= text, f"{step}: {person.written} characters, {text} were enough"
    print(f"| {step} | {person.pressed} | {person.written} |")
