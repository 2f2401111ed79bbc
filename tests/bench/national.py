"""What one case costs on the way to the national register: log, line, disk and time; and what 126 offices would.

    python tests/bench/national.py [CASES]

Three servers on this machine (tests/kiosk/country.py). Whole cases are carried through the services in one office, once
with the line and once while it is cut; then the register takes what waited. Prints the figures and the sizing.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from datetime import UTC, datetime

from db import national, register
from db.national import AGREED
from kiosk import national as offices
from kiosk.people.model import Witness
from tests import builders
from tests.bench.terminals import whole_case
from tests.kiosk.country import Country, Kanim, a_country, until

OFFICES = 126
CASES_A_DAY = 300
"""Of a large office (verification.md); the mean of all is lower, so that what follows is an upper bound."""
DAYS = 245
DAY_S = 8 * 3600
PEAK = 4
"""The busiest minutes of a day beside its mean."""


def main() -> int:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    options = ("full_page_writes = on", "checkpoint_timeout = 5min")
    with tempfile.TemporaryDirectory() as folder, a_country(Path(folder), *options) as country:
        assert country is not None, "no PostgreSQL here"
        office = country.offices[745]
        joined(country, office)
        with office.work() as (opened, _):
            builders.import_watchlist(opened, Path(folder))
        carry(office, 1)
        current(country, office)
        before = counted(country, office)
        carry(office, cases, first=1000)
        current(country, office)
        after = counted(country, office)
        office.line.cut()
        waiting = counted(country, office)
        carry(office, cases, first=2000)
        held = counted(country, office)
        begun = time.monotonic()
        office.line.heal()
        current(country, office)
        report(cases, before, after, held["log"] - waiting["log"], time.monotonic() - begun, changes(waiting, held))
    return 0


def joined(country: Country, office: Kanim) -> None:
    with office.work() as (opened, _), national.connected(office.server.url) as connection:
        names = offices.names_of(opened.settings, opened.regulations)
        national.publish(connection, names, national.READER)
    with national.connected(country.register.url) as connection:
        register.found(connection, "bench")
        register.join(connection, names, office.line.address, who="bench", joined_at=datetime.now(UTC))


def carry(office: Kanim, cases: int, first: int = 0) -> None:
    with office.work() as (opened, desks):
        witness = desks["sri"].witness("agus", "141421")
        assert isinstance(witness, Witness)
        for number in range(first, first + cases):
            refused = whole_case(opened, desks, witness, number)
            assert not refused, refused


def current(country: Country, office: Kanim) -> None:
    """Until the register has acknowledged everything of this moment."""
    with national.connected(office.server.url) as connection:
        now = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        assert now is not None

        def confirmed() -> bool:
            row = connection.execute(
                "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
                (now[0], national.slot_name(office.code)),
            ).fetchone()
            return row is not None and bool(row[0])

        until(confirmed, "the register is behind")


def counted(country: Country, office: Kanim) -> dict[str, int]:
    with national.connected(office.server.url) as connection:
        found: dict[str, Any] = {
            table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in AGREED
        }
        found["log"] = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").fetchone()
        found["acts"] = connection.execute("SELECT seq FROM audit_head").fetchone()
    with national.connected(country.register.url) as connection:
        found["disk"] = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return {**{name: int(row[0]) for name, row in found.items()}, "line": office.line.carried}


def changes(before: dict[str, int], after: dict[str, int]) -> int:
    """Rows that came, and the moves of the chain's head."""
    return sum(after[table] - before[table] for table in AGREED) + after["acts"] - before["acts"]


def report(
    cases: int, before: dict[str, int], after: dict[str, int], log_when_cut: int, seconds: float, caught_up: int
) -> None:
    one = {name: (after[name] - before[name]) / cases for name in after}
    rows = {table: one[table] for table in AGREED if one[table]}
    print(f"{cases} cases with the line, {cases} while it was cut")
    print(f"rows a case: {sum(rows.values()):.1f} " + " ".join(f"{t} {n:.1f}" for t, n in rows.items()))
    print(f"moves of the chain's head a case: {one['acts']:.0f}")
    print(f"office's log a case: {one['log'] / 1e3:.0f} kB with the line, {log_when_cut / cases / 1e3:.0f} kB without")
    print(f"over the line a case: {one['line'] / 1e3:.1f} kB; register's disk: {one['disk'] / 1e3:.1f} kB")
    print(f"caught up: {caught_up} changes in {seconds:.2f} s = {caught_up / seconds:.0f} a second, one worker")
    a_day = OFFICES * CASES_A_DAY
    needed = a_day * changes(before, after) / cases / DAY_S * PEAK
    line, week = CASES_A_DAY * one["line"], 5 * CASES_A_DAY * one["log"]
    print(f"{OFFICES} offices x {CASES_A_DAY} cases a day, at most:")
    print(f"  line: {line / 1e6:.1f} MB a day from an office, {OFFICES * line / 1e9:.2f} GB a day into the register")
    print(f"  register: {a_day * DAYS * one['disk'] / 1e9:.0f} GB a year; {needed:.0f} changes a second at the peak")
    print(f"  a week without the capital: {week / 1e9:.2f} GB of an office's log wait")


if __name__ == "__main__":
    sys.exit(main())
