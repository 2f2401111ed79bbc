"""What an officer waits for at the terminal, held against limits: `make peers bench-tui`.

Every program runs on a pseudo-terminal of 80x24 and is timed from outside. A round starts ours, a bare Textual app and
each peer in turn, so that a busy machine is busy for all of them; the figures are ratios and medians. Exit 1 if a limit
is broken.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.office import Office
from kiosk.settings import load
from tests.bench.cases import fill
from tests.bench.pty_session import Session, bare_app, quantile

ROUNDS = 9
KEYS = 300
SCANS = 40
CHANGES = 40
SIGN_INS = 7
SMALL, LARGE = 100, 100_000
FIRST_PAINT = 1.3
"""Ours / bare."""
KEY_MS = 30.0
SCAN_MS = 50.0
LIST_RATIO = 2.0
PEERS = Path(".peers")
Row = tuple[str, str, str, bool]

F8, DOWN, UP, ESCAPE = b"\x1b[19~", b"\x1b[B", b"\x1b[A", b"\x1b"
CODE = "ITK1" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[n * 7 % 32] for n in range(151))
"""155 characters, the longest code we print; of no office, so that only taking it in is measured."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start, and what is painted when its first screen stands."""

    name: str
    command: list[str]
    painted: bytes


def main() -> int:
    """Print the table; 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="the folder that `make peers` made")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kiosk-tui-"))
    try:
        found_demo(folder / "office", devices=False)
        return print_table(measured(folder, peers(given.peers, folder) if given.peers else (), given.rounds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def print_table(rows: Iterable[Row]) -> int:
    """Print each row as it comes; 1 if one of them is not good."""
    print(f"{'measure':<58} {'found':>18} {'limit':>12}", flush=True)
    all_good = True
    for name, found, limit, good in rows:
        print(f"{name:<58} {found:>18} {limit:>12} {'' if good else 'TOO SLOW'}".rstrip(), flush=True)
        all_good = all_good and good
    return 0 if all_good else 1


def measured(folder: Path, others: tuple[Program, ...] = (), rounds: int = ROUNDS) -> Iterator[Row]:
    """Every figure of the terminal. `folder` holds a demo office in `office`."""
    ours = Program("ours", kiosk_command(folder / "office"), b"Menyiapkan")
    bare = Program("bare Textual", bare_app(folder), b"bare ready")
    yield from paints(ours, bare, others, rounds)
    yield from keys(folder, bare)
    yield from scans(folder)
    yield from changes(folder, bare)
    yield from lists(folder)


def kiosk_command(office: Path) -> list[str]:
    """The counter terminal of an office."""
    return [sys.executable, "-m", "kiosk", "run", "--config", str(office / "kiosk.toml")]


def peers(environments: Path, folder: Path) -> tuple[Program, ...]:
    """The Textual programs that `make peers` installed, each in an environment of its own."""
    (folder / "lines.log").write_text("".join(f"2026-11-24 line {n} paintedhere\n" for n in range(200)))
    known = {
        "toolong": (["tl", str(folder / "lines.log")], b"paintedhere"),
        "posting": (["posting", "--collection", str(folder)], b"Collection"),
        "harlequin": (["harlequin", "-a", "sqlite", ":memory:"], b"Catalog"),
    }
    found = []
    for name, (command, painted) in known.items():
        program = environments / name / "bin" / command[0]
        if program.exists():
            found.append(Program(name, [str(program.absolute()), *command[1:]], painted))
    os.environ["HOME"] = str(folder)  # they write settings and history at home
    return tuple(found)


# start and memory


def paints(ours: Program, bare: Program, others: tuple[Program, ...], rounds: int) -> Iterator[Row]:
    """First paint, the processor time until then, and memory once a program rests; one round to warm up."""
    programs = (ours, bare, *others)
    seconds: dict[str, list[float]] = {program.name: [] for program in programs}
    cpu: dict[str, list[float]] = {program.name: [] for program in programs}
    memory: dict[str, tuple[float, float]] = {}
    for number in range(rounds + 1):
        for program in programs:
            session = Session(program.command)
            took, used = session.wait_for(program.painted), session.cpu_seconds()
            if number == rounds:
                session.rest(1.0)
                memory[program.name] = session.memory()
            session.end()
            if number:
                seconds[program.name].append(took)
                cpu[program.name].append(used)
    for name in seconds:
        yield f"first paint, {name}", f"{statistics.median(seconds[name]) * 1000:.0f} ms", "", True
    for name in seconds:
        if name != bare.name:
            ratio = _of_pairs(seconds[name], seconds[bare.name])
            limited = name == ours.name
            good = not limited or ratio <= FIRST_PAINT
            yield f"first paint, {name} / bare (median of pairs)", f"{ratio:.2f}", f"{FIRST_PAINT}" * limited, good
    ratio = _of_pairs(cpu[ours.name], cpu[bare.name])
    yield "processor time until first paint, ours / bare", f"{ratio:.2f}", "", True
    for peer in others:
        ahead = _of_pairs(seconds[ours.name], seconds[peer.name])
        yield f"first paint, ours / {peer.name}", f"{ahead:.2f}", "1.00", ahead < 1.0
    for name, (pss, rss) in memory.items():
        yield f"memory at rest, {name} (PSS, RSS)", f"{pss:.0f}, {rss:.0f} MB", "", True


def _of_pairs(first: list[float], second: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(first, second, strict=True))


# keys, scans, screens


def keys(folder: Path, bare: Program) -> Iterator[Row]:
    """Key to paint in the first field, beside a bare app's field; and from row to row of the work list."""
    session = Session(kiosk_command(folder / "office"))
    session.wait_for(b"F1")
    session.drain(1.5)
    typed = [session.key(b"\x7f" if number % 2 else b"a") for number in range(KEYS)]
    session.end()
    other = Session(bare.command)
    other.wait_for(bare.painted)
    other.drain(0.5)
    beside = [other.key(b"\x7f" if number % 2 else b"a") for number in range(KEYS)]
    other.end()
    yield _spread("key to paint, bare Textual", beside)
    yield _spread("key to paint, a field", typed, KEY_MS)
    session = signed_in(filled(folder, SMALL))
    moved = [session.key(UP if number % 2 else DOWN) for number in range(KEYS)]
    session.end()
    yield _spread("key to paint, the work list", moved, KEY_MS)


def scans(folder: Path) -> Iterator[Row]:
    """A code of 155 characters from a scanner in keyboard mode, until the screen says that it was taken in."""
    session = signed_in(filled(folder, SMALL))
    found = []
    for _ in range(SCANS):
        found.append(session.key(CODE.encode() + b"\r"))
        session.drain(0.2)
    session.end()
    yield _spread("a scan of 155 characters, until taken in", found, SCAN_MS)


def changes(folder: Path, bare: Program) -> Iterator[Row]:
    """Another screen and back, until all is painted; and what a hundred changes leave in memory."""
    session = signed_in(filled(folder, SMALL))
    before = session.memory()[0]
    ours = [session.settled(F8 if number % 2 == 0 else ESCAPE) for number in range(CHANGES)]
    grown = session.memory()[0] - before
    session.end()
    other = Session(bare.command)
    other.wait_for(bare.painted)
    other.drain(0.5)
    beside = [other.settled(F8 if number % 2 == 0 else ESCAPE) for number in range(CHANGES)]
    other.end()
    yield _spread("another screen, bare Textual, to", beside[::2])
    yield _spread("another screen, ours, to", ours[::2])
    yield _spread("another screen, ours, back", ours[1::2])
    yield f"memory after {CHANGES} changes of screen, grown by (PSS)", f"{grown:.1f} MB", "", True


def lists(folder: Path) -> Iterator[Row]:
    """From the PIN's Enter to the first rows of the work list, with a hundred cases and a hundred thousand."""
    medians = []
    for count in (SMALL, LARGE):
        found = []
        for _ in range(SIGN_INS):
            session, took = sign_in(filled(folder, count))
            session.end()
            found.append(took)
        medians.append(statistics.median(found))
        yield _spread(f"sign-in to the work list, {count:,} cases", found)
    ratio = medians[1] / medians[0]
    yield "sign-in to the work list, ratio", f"{ratio:.2f}", f"{LIST_RATIO:.2f}", ratio <= LIST_RATIO


def filled(folder: Path, count: int) -> Path:
    """A copy of the demo office with so many cases; made once."""
    office = folder / f"office-{count}"
    if not office.exists():
        shutil.copytree(folder / "office", office)
        with Office.open(load(office / "kiosk.toml"), devices=False) as opened:
            fill(opened, count)
    return office


def signed_in(office: Path) -> Session:
    """The terminal at the work list of an officer who enters data."""
    session, _ = sign_in(office)
    session.drain(0.5)
    return session


def sign_in(office: Path) -> tuple[Session, float]:
    """The same, and the seconds from the PIN's Enter to the first case."""
    person = next(person for person in OFFICERS if person.login == "budi")
    session = Session(kiosk_command(office))
    session.wait_for(b"F1")
    session.drain(0.5)
    session.settled(f"{person.login}\r{person.pin}".encode())
    return session, session.painted(b"\r", b"ITK-MRE")


def _spread(name: str, seconds: list[float], limit_ms: float | None = None) -> Row:
    middle, high = quantile(seconds, 0.5) * 1000, quantile(seconds, 0.99) * 1000
    limit = f"p99 {limit_ms:.0f} ms" if limit_ms else ""
    return f"{name}, p50 / p99", f"{middle:.1f} / {high:.1f} ms", limit, limit_ms is None or high <= limit_ms


if __name__ == "__main__":
    sys.exit(main())
