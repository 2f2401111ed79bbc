"""S2: no key, paste, mouse, resize or signal leads out of the program, into a shell or to another officer's session.

A real program on a terminal of its own (it is the controlling one, so that Ctrl-C, Ctrl-Z and hang-ups are signals).
Before the program has set the terminal up, and after it, too.
"""

import fcntl
import math
import os
import random
import signal
import struct
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Case, Officer
from kiosk.demo.officers import OFFICERS
from kiosk.office import Office
from kiosk.settings import Settings
from tests import builders, databases
from tests.conftest import Desks
from tests.screens.terminal_pty import Console

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office of a folder of its own")
CANARY = "KANARI"
OFFICER = "sri"
NAMES = {person.login: person.name for person in OFFICERS}
PIN = {person.login: person.pin for person in OFFICERS}[OFFICER]
DRAWN_SECONDS = 3.0
FUNCTION = [f"\x1b[[{letter}" for letter in "ABCDE"] + [
    f"\x1b[{n}{tail}~" for n in (15, 17, 18, 19, 20, 21, 23, 24) for tail in ("", ";2", ";5")
]
MOVES = [
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[1~",
    "\x1b[4~",
    "\t",
    "\x1b[Z",
    "\r",
    "\x1b",
]
CONTROLS = [chr(code) for code in range(1, 32) if chr(code) not in "\x1b"] + ["\x7f"]
ALT = [f"\x1b{letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789!:"]
TEXT = ["a", "Z", "7", "1", "0", ":q!", "!sh", "$(id)", "`id`", "; reboot", "é", "漢", "\u202e", "exit\r"]
HOSTILE = [
    "\x1b[200~#!/bin/sh\nid\n\x1b[201~",
    "\x1b[200~" + "x" * 3000 + "\x1b[201~",
    "\x1b[200~no end",
    "\x1b]52;c;aWQ=\x07",
    "\x1bP$q\x1b\\",
    "\x1b[c\x1b[>c\x1b[6n",
    "\x1b[?1049l\x1bc",
    "\x9b31m",
    "\x00",
    "\x04",
    "\x1b[1;5P\x1b[3;3~",
]


class Controlled(Console):
    """The child's terminal is its controlling one."""

    def __init__(self, config: Path) -> None:
        code = (
            "import fcntl,os,sys,termios\n"
            "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
            "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
        )
        self._log = config.parent / "log" / "kiosk.log"
        super().__init__("-c", code, "-m", "kiosk", "run", "--config", str(config))

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.parent, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(max(2, rows), max(2, columns))

    def ignores(self, *numbers: int) -> bool:
        """Whether the program has got so far as to ignore these signals."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        mask = int(next(line for line in status.splitlines() if line.startswith("SigIgn")).split()[1], 16)
        return all(mask >> (number - 1) & 1 for number in numbers)

    def state(self) -> str:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rsplit(")", 1)[1].split()[0]

    def defects(self) -> str:
        """What the program logged, for who reads a failed test."""
        return self._log.read_text()[-3000:] if self._log.exists() else ""

    def children(self) -> list[str]:
        found = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            found += (task / "children").read_text().split()
        return found


@pytest.fixture
def config(settings: Settings) -> Path:
    """An office with a case of a known name; Esc at the sign-in screen ends nothing."""
    with Office.open(settings, devices=False) as office:
        builders.case_at_handover(office, Desks(office))
        with office.store.writing():
            Case.update(holder_name=CANARY).execute()
    config = Path(settings.folder) / "kiosk.toml"
    text = config.read_text()
    assert text.count("[policy]\n") == 1
    assert text.count("demo = true\n") == 1
    text = text.replace("demo = true\n", "demo = false\n")  # no officers and PINs to choose from
    config.write_text(text.replace("[policy]\n", "[policy]\nquit_at_sign_in = false\n"))
    return config


@pytest.fixture
def console(config: Path) -> Iterator[Controlled]:
    opened = Controlled(config)
    yield opened
    opened.close()


def _is_strange(shown: str) -> bool:
    return NAMES[OFFICER] not in shown.split("\n")[0] and CANARY in shown


def check(console: Controlled, what: str) -> None:
    """It lives, runs, has no child, and shows nobody else's session."""
    ended = console.process.poll()
    assert ended is None, f"ended with {ended} after {what}\n{console.defects()}"
    assert console.state() in "SRD", f"stopped after {what}"
    assert console.children() == [], f"a child of its own after {what}"
    until = time.monotonic() + DRAWN_SECONDS
    while _is_strange(console.shown()) and time.monotonic() < until:
        console.read(0.2)  # a size that was just changed leaves a picture half drawn
    shown = console.shown()
    top = shown.split("\n")[0]
    others = [name for login, name in NAMES.items() if login != OFFICER and name in top]
    assert others == [], f"signed in as {others} after {what}"
    assert not _is_strange(shown), f"an applicant's name without a session, after {what}"


def sign_in(console: Controlled) -> bool:
    """Sign in from the sign-in screen or unlock, as far as it stands there; whether somebody is signed in."""
    console.resize(80, 24)
    console.read(0.3)
    for _ in range(8):
        shown = console.shown()
        if "Menunggu saya" in shown or "Waiting for me" in shown:
            return True
        if "Terkunci" in shown or "Locked" in shown:
            console.type("\x15" + PIN + "\r")
        elif NAMES[OFFICER] in shown.split("\n")[0]:
            console.type("\x1b[[B")
        else:
            console.type("\x1b[200~\x1b[201~\x1b")
            console.read(0.2)
            console.type("\x1b[A" * 12 + "\x15" + OFFICER + "\r" + PIN + "\r")
        console.read(1.0)
    return False


def chords(
    rng: random.Random, console: Controlled, count: int, *, most: int = 40, until: float = math.inf
) -> tuple[int, int]:
    """Press `count` chords in bursts of up to `most`, each then looked at, or as many as come until that moment.

    How many were pressed, and how many bursts found an officer signed in.
    """
    signed = pressed = 0
    pools = (FUNCTION, MOVES, CONTROLS, ALT, TEXT, HOSTILE)
    while pressed < count and time.monotonic() < until:
        burst = []
        for _ in range(rng.randint(5, most)):
            pool = rng.choices(pools, weights=(4, 5, 4, 2, 4, 1))[0]
            burst.append(rng.choice(pool))
            if rng.random() < 0.05:
                x, y, button = rng.randint(1, 200), rng.randint(1, 60), rng.choice((0, 1, 2, 35, 64, 65))
                burst.append(f"\x1b[<{button};{x};{y}{rng.choice('Mm')}" * rng.randint(1, 10))
        if rng.random() < 0.2:
            console.resize(rng.choice((1, 2, 20, 79, 80, 132, 500)), rng.choice((1, 2, 10, 23, 24, 60, 200)))
        if rng.random() < 0.1:
            os.kill(console.process.pid, rng.choice((signal.SIGWINCH, signal.SIGCONT)))
        console.type("".join(burst))
        pressed += len(burst)
        console.read(0.15)
        check(console, repr("".join(burst))[-200:])
        signed += NAMES[OFFICER] in console.shown().split("\n")[0]
        if rng.random() < 0.15:
            sign_in(console)
    return pressed, signed


def ends_clean(console: Controlled, number: int) -> None:
    console.read(1.0)
    os.kill(console.process.pid, number)
    assert console.end(60) == 128 + number
    assert console.restored()
    assert CANARY not in console.shown()


def test_s2_keys_before_the_program_has_the_terminal_do_not_stop_it(config: Path) -> None:
    console = Controlled(config)
    try:
        while not console.ignores(signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            assert "Muara Enim" not in console.shown(), "painted before keys are no signals"
            console.read(0.005)
        for _ in range(40):
            console.type("\x1a\x03\x1c\x1a")
            console.read(0.02)
        console.until("Muara Enim", 40)
        check(console, "keys while it starts")
        ends_clean(console, signal.SIGTERM)
    finally:
        console.close()


@pytest.mark.parametrize("stop", [signal.SIGTSTP, signal.SIGSTOP])
def test_s2_a_program_that_was_stopped_goes_on_and_gives_the_terminal_back(console: Controlled, stop: int) -> None:
    console.until("Muara Enim", 40)
    for number in (stop, signal.SIGCONT, signal.SIGCONT):
        os.kill(console.process.pid, number)
        console.read(0.3)
    assert sign_in(console)
    check(console, "a stop")
    ends_clean(console, signal.SIGTERM)


def test_s2_five_hundred_chords_lead_nowhere(console: Controlled) -> None:
    console.until("Muara Enim", 40)
    assert sign_in(console)
    console.until(CANARY, 20)  # the case is there to be seen by who is signed in
    chords(random.Random(2), console, 500)
    ends_clean(console, signal.SIGTERM)


@pytest.mark.long
@pytest.mark.parametrize("session", range(5))
def test_s2_chords_of_chance_for_a_minute_in_each_of_five_sessions_lead_nowhere(
    config: Path, settings: Settings, session: int
) -> None:
    """100,000 chords in all on an idle machine; the count is printed."""
    until, total, signed, lives = time.monotonic() + 70, 0, 0, 0
    while total < 20_000 and time.monotonic() < until:
        with Office.open(settings, devices=False) as office, office.store.writing():
            Officer.update(failed_attempts=0, locked_until=None).execute()  # chords of chance are wrong PINs, too
        console = Controlled(config)
        try:
            console.until("Muara Enim", 40)
            assert sign_in(console), console.shown()
            rng = random.Random(1000 * session + lives)
            pressed, found = chords(rng, console, 4_000, most=300, until=until)
            total, signed, lives = total + pressed, signed + found, lives + 1
            ends_clean(console, signal.SIGTERM if lives % 2 else signal.SIGHUP)
        finally:
            console.close()
    print(f"\nsession {session}: {total} chords, {lives} programs, {signed} bursts with an officer signed in")
    assert total > 500
