"""Measure what issue "An office that runs" asks for, and hold it against its limits. `make bench`.

Prints a table; exit 1 if a limit is broken. Ratios compare two programs timed in turn in this very run.
"""

import shutil
import statistics
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kiosk.cases import reading
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.settings import load
from tests.bench import tui
from tests.bench.cases import fill
from tests.bench.pty_session import quantile
from tests.bench.tui import Row

COMMITS = 400
LARGE = 100_000


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="kiosk-bench-"))
    try:
        found_demo(folder / "office", devices=False)
        return tui.print_table(chain(tui.measured(folder), commits(folder), lists(folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
