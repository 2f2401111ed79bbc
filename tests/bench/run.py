"""Measure what issue "An office that runs" asks for, and hold it against its limits. `make bench`.

Prints a table; exit 1 if a limit is broken. Ratios compare two programs timed in turn in this very run.
"""

import shutil
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from db.tables import Case, CaseName, ProcedureVersion
from kiosk import clock
from kiosk.cases import reading
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.settings import load
from tests.bench.pty_session import Session, bare_app, quantile

PAINT_RUNS = 9
KEYS = 300
COMMITS = 400
LARGE = 100_000
Row = tuple[str, str, str, bool]


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="kiosk-bench-"))
    try:
        found_demo(folder / "office", devices=False)
        rows = [*paints(folder), *keys(folder), *commits(folder), *lists(folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'measure':<46} {'found':>16} {'limit':>12}")
    for name, found, limit, good in rows:
        print(f"{name:<46} {found:>16} {limit:>12} {'' if good else 'TOO SLOW'}")
    return 0 if all(row[3] for row in rows) else 1


def kiosk_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "kiosk", "run", "--config", str(folder / "office" / "kiosk.toml")]


def paints(folder: Path) -> list[Row]:
    """First paint of the terminal app beside a bare Textual app's, in turn."""
    ours, bare = [], []
    for number in range(PAINT_RUNS + 1):
        for command, text, found in (
            (kiosk_command(folder), b"Menyiapkan", ours),
            (bare_app(folder), b"bare ready", bare),
        ):
            session = Session(command)
            seconds = session.wait_for(text)
            session.end()
            if number:
                found.append(seconds)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    return [
        ("first paint, ours", f"{statistics.median(ours) * 1000:.0f} ms", "", True),
        ("first paint, bare Textual", f"{statistics.median(bare) * 1000:.0f} ms", "", True),
        ("first paint, ours / bare (median of pairs)", f"{ratio:.2f}", "1.50", ratio <= 1.5),
    ]


def keys(folder: Path) -> list[Row]:
    """Key to first paint at the sign-in screen, through a pty."""
    session = Session(kiosk_command(folder))
    session.wait_for(b"F1")
    session.drain(1.5)
    found = []
    for number in range(KEYS):
        found.append(session.key(b"\x7f" if number % 2 else b"a") * 1000)
    session.end()
    p99 = quantile(found, 0.99)
    return [
        ("key to paint p50", f"{quantile(found, 0.5):.1f} ms", "", True),
        ("key to paint p99", f"{p99:.1f} ms", "50 ms", p99 <= 50),
    ]


def commits(folder: Path) -> list[Row]:
    """A step's whole transaction on SQLite with synchronous=FULL."""
    from kiosk.cases import engine
    from tests.kiosk.test_engine import Given, Plain

    shutil.copytree(folder / "office", folder / "commits")
    with Office.open(load(folder / "commits" / "kiosk.toml"), devices=False) as office:
        desk = office.sign_in(OFFICERS[0].login, OFFICERS[0].pin)
        assert isinstance(desk, Desk)
        found = []
        for number in range(COMMITS):
            look = desk.look()
            given = Given("x", f"P{number:07d}")
            begun = time.perf_counter()
            engine.complete(office.store, look, Plain("intake"), None, given, key=f"bench-{number}")
            found.append((time.perf_counter() - begun) * 1000)
    p99 = quantile(found, 0.99)
    return [
        ("a step's commit p50 (SQLite FULL)", f"{quantile(found, 0.5):.1f} ms", "", True),
        ("a step's commit p99 (SQLite FULL)", f"{p99:.1f} ms", "20 ms", p99 <= 20),
    ]


def lists(folder: Path) -> list[Row]:
    """Work list and search with 100 and with 100,000 cases."""
    small = _list_times(folder, "small", 100)
    large = _list_times(folder, "large", LARGE)
    rows: list[Row] = []
    for name in small:
        ratio = large[name] / small[name]
        rows.append((f"{name}, 100 cases", f"{small[name]:.2f} ms", "", True))
        rows.append((f"{name}, {LARGE:,} cases", f"{large[name]:.2f} ms", "", True))
        rows.append((f"{name}, ratio", f"{ratio:.2f}", "2.00", ratio <= 2.0))
    return rows


def _list_times(folder: Path, name: str, count: int) -> dict[str, float]:
    shutil.copytree(folder / "office", folder / name)
    with Office.open(load(folder / name / "kiosk.toml"), devices=False) as office:
        fill(office, count)
        desk = office.sign_in("budi", "314159")
        assert isinstance(desk, Desk)
        middle = f"ITK-MRE-2026-{count // 2:05d}"
        return {
            "work list": _median(lambda: desk.work_list(20)),
            "search by number": _median(lambda: reading.search(office.store, middle)),
            "search by passport": _median(lambda: reading.search(office.store, f"P{count // 2:07d}")),
            "search by name": _median(lambda: reading.search(office.store, f"NAME{count // 2} GIVEN")),
        }


def fill(office: Office, count: int) -> None:
    """`count` made-up cases spread over the steps, most of them ended."""
    now = clock.now()
    steps = [step.key for step in office.procedure.steps]
    with office.store.writing():
        ProcedureVersion.insert(
            hash=office.procedure.hash, content=office.procedure.source, first_used=now
        ).on_conflict_ignore().execute()
        for start in range(0, count, 500):
            numbers = range(start, min(start + 500, count))
            Case.insert_many([_case(office, number, steps, now) for number in numbers]).execute()
        ids = {row.application_no: row.id for row in Case.select(Case.id, Case.application_no)}
        for start in range(0, count, 500):
            rows = []
            for number in range(start, min(start + 500, count)):
                case_id = ids[f"ITK-MRE-2026-{number:05d}"]
                rows += [{"case": case_id, "word": f"NAME{number}"}, {"case": case_id, "word": f"GIVEN{number % 97}"}]
            CaseName.insert_many(rows).execute()


def _case(office: Office, number: int, steps: list[str], now: object) -> dict[str, object]:
    assert hasattr(now, "astimezone")
    since = clock.now() - timedelta(minutes=number)
    ended = number % 10 != 0
    return {
        "application_no": f"ITK-MRE-2026-{number:05d}",
        "kind": "visit_visa_extension",
        "procedure": office.procedure.hash,
        "step": steps[-1] if ended else steps[number // 10 % len(steps)],
        "status": "ended" if ended else "active",
        "outcome": "issued" if ended else "in_process",
        "opened_at": since,
        "waiting_since": since,
        "ended_at": since if ended else None,
        "holder_name": f"GIVEN{number % 97} NAME{number}",
        "nationality": "NLD",
        "issuing_state": "NLD",
        "passport_no": f"P{number:07d}",
    }


def _median(call: object, times: int = 60) -> float:
    assert callable(call)
    for _ in range(5):
        call()
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        found.append((time.perf_counter() - begun) * 1000)
    return statistics.median(found)


if __name__ == "__main__":
    sys.exit(main())
