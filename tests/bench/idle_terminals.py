"""What twenty idle terminals cost the server, and how soon one terminal's act is heard by the others.

`KIOSK_TEST_POSTGRES='postgresql://...' python tests/bench/idle_terminals.py [TERMINALS] [SECONDS]`; without a server
the office is a SQLite file, and what is measured is the terminals' own work.
"""

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from kiosk import clock
from kiosk.demo.office import found_demo
from kiosk.founding import add_terminal
from kiosk.office import Office
from kiosk.receipts.print_queue import SERVER_IDLE_SECONDS
from kiosk.settings import load
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport

LOOK_AGAIN_S = 30.0
"""As screens/work_list.py."""
ACTS = 20
FORK = multiprocessing.get_context("fork")


def terminal(config: str, name: str, ready: Any, heard: Any, end: Any) -> None:
    """One terminal at its work list: its feed, its print queue, its list read every half minute."""
    with Office.open(load(Path(config)), terminal=name, devices=False) as office:
        desk = Desks(office)["budi"]
        office.live.on_change(lambda cases: heard.put((time.monotonic(), cases)))
        office.printing.start()
        office.live.start()
        desk.work_list()
        ready.wait()
        looks = 0
        while not end.wait(SERVER_IDLE_SECONDS):
            # without a printer the queue asks nothing: its question is asked here
            office.printing.settled()
            looks += 1
            if looks * SERVER_IDLE_SECONDS >= LOOK_AGAIN_S:
                desk.work_list()
                looks = 0


def server_processes() -> list[int]:
    """The processes of every PostgreSQL server here."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "comm").read_text().strip() == "postgres":
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def work_of(pids: list[int]) -> float:
    """Seconds of processor time."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main(count: int, seconds: float) -> None:
    address = databases.passing_address()
    folder = Path(tempfile.mkdtemp(prefix="idle-"))
    settings = found_demo(folder / "office", devices=False, database=address)
    config = str(settings.path("kiosk.toml"))
    with Office.open(settings, devices=False) as office:
        for number in range(2, count + 2):
            add_terminal(office.store, settings, f"loket-{number}", now=clock.now(), approved_by="uji")
    ready, heard, end = FORK.Barrier(count + 1), FORK.Queue(), FORK.Event()
    children = [
        FORK.Process(target=terminal, args=(config, f"loket-{number}", ready, heard, end))
        for number in range(2, count + 2)
    ]
    for child in children:
        child.start()
    ready.wait(120)
    time.sleep(3)
    watched = server_processes() if databases.SERVER else [child.pid or 0 for child in children]
    before, begun = work_of(watched), time.monotonic()
    time.sleep(seconds)
    used = (work_of(watched) - before) / (time.monotonic() - begun)
    what = "server" if databases.SERVER else "terminals together"
    print(f"{count} idle terminals, {seconds:.0f} s: {what} {100 * used:.2f} % of a core")
    while not heard.empty():
        heard.get()
    late: list[float] = []
    with Office.open(settings, devices=False) as office:
        sri = Desks(office)["sri"]
        for turn in range(ACTS):
            given = builders.given_intake(builders.an_applicant(passport=passport(f"5305{turn:05d}")))
            done = sri.steps.intake.complete(None, given, key=f"k{turn}")
            at = time.monotonic()
            assert hasattr(done, "number") or not hasattr(done, "refusals"), done
            late += [heard.get(timeout=10)[0] - at for _ in children]
            time.sleep(1.0)
    late.sort()
    print(
        f"an act is heard by the others after p50 {1000 * statistics.median(late):.0f} ms,"
        f" p99 {1000 * late[int(0.99 * len(late))]:.0f} ms, worst {1000 * late[-1]:.0f} ms ({len(late)} times)"
    )
    end.set()
    for child in children:
        child.join(10)
    databases.drop_copies()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, float(sys.argv[2]) if len(sys.argv) > 2 else 60.0)
