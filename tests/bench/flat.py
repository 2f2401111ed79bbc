"""Are acts and look-ups as quick with a million cases as with ten thousand? On PostgreSQL, two offices side by side.

    python tests/bench/flat.py 'postgresql://postgres@/?host=/tmp&port=5544' [SMALL] [LARGE] [CASES EACH]

Whole cases are carried through both offices in turn, so that what disturbs the machine disturbs both. Then every query
that these cases asked in the large office is explained: none may read a large table from end to end. Exit 1 where an
act is more than twice as slow, a look-up breaks L2 of verification.md, or such a query is found.
"""

import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
if len(sys.argv) > 1:
    os.environ["KIOSK_TEST_POSTGRES"] = sys.argv[1]

import psycopg

from db import postgres
from kiosk import clock
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.people.model import Witness
from tests import builders, databases
from tests.bench import finished_cases
from tests.bench.pty_session import quantile
from tests.bench.terminals import Times, timing, whole_case
from tests.conftest import Desks
from tests.faults.thirteen import LOGIN, STEPS

SMALL, LARGE, EACH = 10_000, 1_000_000, 15
RATIO = 2.0
LOOKED_UP = 200
BIG = 5_000
"""Rows from which reading a table from end to end shows."""
GROUPS = {"look": ("look",), "claim": ("claim",), "prepare": ("prepare",), "capture": ("capture",), "complete": STEPS}


class Place:
    """One office with its officers signed in."""

    def __init__(self, stack: ExitStack, folder: Path, cases: int) -> None:
        settings = found_demo(folder, devices=False, database=databases.passing_address())
        self.office = stack.enter_context(Office.open(settings, devices=False))
        builders.import_watchlist(self.office, folder)
        begun = time.monotonic()
        finished_cases.fill(self.office, cases)
        print(f"{cases:,} finished cases in {time.monotonic() - begun:.0f} s")
        self.url = settings.database_url
        self.cases = cases
        self.times: Times = defaultdict(list)
        self.desks = Desks(self.office)
        for login in set(LOGIN.values()):
            _ = self.desks[login]
        witness = self.desks["sri"].witness("agus", "141421")
        assert isinstance(witness, Witness)
        self.witness = witness

    def bind(self) -> None:
        """Models ask this office's database from now on."""
        from db.tables import MODELS

        self.office.store.database.bind(list(MODELS))

    def carry(self, number: int) -> None:
        self.bind()
        refused = whole_case(self.office, self.desks, self.witness, number)
        assert not refused, refused


def main() -> int:
    small, large, each = [int(a) for a in sys.argv[2:5]] + [SMALL, LARGE, EACH][len(sys.argv[2:5]) :]
    folder = Path(tempfile.mkdtemp(prefix="kiosk-flat-"))
    try:
        with ExitStack() as stack:
            places = [Place(stack, folder / str(count), count) for count in (small, large)]
            good = acts(places, each)
            good &= look_ups(places)
            good &= explained(places[1])
        return 0 if good else 1
    finally:
        databases.drop_copies()
        shutil.rmtree(folder, ignore_errors=True)


def acts(places: list[Place], each: int) -> bool:
    times: Times = defaultdict(list)
    timing(times)
    for number in range(each + 2):
        for place in places:
            times.clear()
            place.carry(number)
            if number > 1:  # the first two fill caches and prepare statements
                for name, found in times.items():
                    place.times[name] += found
    times.clear()
    print(f"{'act':<26} {'calls':>6} {'p50, p99 small':>18} {'p50, p99 large':>18} {'ratio':>12}")
    good = True
    for name, parts in GROUPS.items():
        good &= compared(name, *(_pooled(place, parts) for place in places))
    return good


def _pooled(place: Place, parts: tuple[str, ...]) -> list[float]:
    return [one for part in parts for one in place.times[part]]


def compared(name: str, small: list[float], large: list[float]) -> bool:
    """Print both and their ratios; is the large one flat?"""
    pairs = [(quantile(small, share), quantile(large, share)) for share in (0.5, 0.99)]
    ratios = [after / before for before, after in pairs]
    good = ratios[0] <= RATIO
    shown = [f"{pairs[0][side]:.1f}, {pairs[1][side]:.1f} ms" for side in (0, 1)]
    wrong = "" if good else "  NOT FLAT"
    print(f"{name:<26} {len(large):>6} {shown[0]:>18} {shown[1]:>18} {ratios[0]:>5.2f} {ratios[1]:>5.2f}{wrong}")
    return good


def look_ups(places: list[Place]) -> bool:
    """By QR, passport and name (L2), and the work list, in both offices in turn."""
    ways = [ways_of(place) for place in places]
    good = True
    for name, limit in (("by QR", 50), ("by passport", 50), ("by name", 300), ("work list", 150)):
        found: list[list[float]] = [[], []]
        for turn in range(LOOKED_UP):
            for place, way, spent in zip(places, ways, found, strict=True):
                place.bind()
                begun = time.perf_counter()
                way[name](turn)
                spent.append((time.perf_counter() - begun) * 1000)
        good &= compared(f"{name}, p99 <= {limit} ms", *found) and quantile(found[1], 0.99) <= limit
    return good


def ways_of(place: Place) -> dict[str, Callable[[int], Any]]:
    place.bind()
    desk = place.desks["sri"]
    case_id = builders.case_at_handover(place.office, place.desks, passport=builders.an_applicant().passport)
    token = builders.claim_token(place.office, case_id)
    step = max(1, place.cases // LOOKED_UP)

    def one(turn: int) -> int:
        return finished_cases.FROM + turn * step % place.cases

    def by_qr(turn: int) -> None:
        assert desk.find_code(token) == case_id

    def by_passport(turn: int) -> None:
        assert desk.search(f"S{one(turn)}")[0].case_id == one(turn)

    def by_name(turn: int) -> None:
        name = f"NAME{one(turn)}" if turn % 2 else f"GIVEN{turn % 97}"
        assert desk.search(name)

    return {"by QR": by_qr, "by passport": by_passport, "by name": by_name, "work list": lambda _: desk.work_list(20)}


def explained(place: Place) -> bool:
    """Every statement of one more case, as the server carries it out; what it reads from end to end."""
    place.bind()
    asked: dict[str, Any] = {}
    database = place.office.store.database
    execute = database.execute_sql

    def noted(sql: str, params: Any = None) -> Any:
        asked.setdefault(sql, params)
        return execute(sql, params)

    database.execute_sql = noted
    try:
        place.carry(90_000)
        place.desks["sri"].work_list(20)
        place.desks["sri"].search("NAME100777")
    finally:
        del database.execute_sql
    good, most = True, (0, "")
    with psycopg.connect(autocommit=True, **postgres.parameters(place.url)) as connection:
        cursor = psycopg.ClientCursor(connection)
        rows = dict(cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r'").fetchall())
        for sql, params in asked.items():
            kind = "ANALYZE, BUFFERS, " if sql.startswith("SELECT") and "FOR " not in sql[-40:] else ""
            plan = cursor.execute(f"EXPLAIN ({kind}FORMAT JSON) {sql}", params).fetchone()
            assert plan is not None
            tree = plan[0][0]["Plan"]
            most = max(most, (tree.get("Shared Hit Blocks", 0) + tree.get("Shared Read Blocks", 0), sql))
            for node in nodes(tree):
                if node["Node Type"] == "Seq Scan" and rows.get(node["Relation Name"], 0) > BIG:
                    good = False
                    print(f"READS ALL of {node['Relation Name']}: {sql}")
    print(f"{len(asked)} statements explained; the most pages read by one: {most[0]} ({most[1][:100]} ...)")
    return good


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


if __name__ == "__main__":
    print(f"{clock.now():%Y-%m-%d %H:%M} UTC", flush=True)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
