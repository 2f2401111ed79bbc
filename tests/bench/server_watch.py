"""What a PostgreSQL server does while others work: on what its sessions wait, and what it costs."""

import os
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from db import postgres

EVERY_SECONDS = 0.05
ASKED = """
SELECT COALESCE(wait_event_type || ' ' || wait_event, 'at work'), COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() GROUP BY 1
"""
NOT_GRANTED = """
SELECT locktype, COUNT(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database() GROUP BY 1
"""


class Watch:
    """Samples `pg_stat_activity` and `pg_locks` from its own connection until it is left."""

    def __init__(self, url: str) -> None:
        self.waits: Counter[str] = Counter()
        self.locks: Counter[str] = Counter()
        self.samples = 0
        self.worked = 0.0
        """Seconds of processor of the server's processes, where it runs on this machine."""
        self._url = url
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._postmaster = postmaster_of(self._url)
        self._before = server_seconds(self._postmaster) if self._postmaster else 0.0
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(10)
        self.worked = server_seconds(self._postmaster) - self._before if self._postmaster else 0.0

    def _look(self) -> None:
        with psycopg.connect(autocommit=True, **postgres.parameters(self._url)) as connection:
            while not self._end.wait(EVERY_SECONDS):
                self.samples += 1
                for counted, asked in ((self.waits, ASKED), (self.locks, NOT_GRANTED)):
                    for what, count in connection.execute(asked).fetchall():
                        counted[what] += count

    def shown(self) -> str:
        """Sessions in each wait, on the average of all samples."""
        if not self.samples:
            return "  nothing sampled"
        waits = ", ".join(f"{what} {count / self.samples:.2f}" for what, count in self.waits.most_common(6))
        locks = ", ".join(f"{what} {count / self.samples:.2f}" for what, count in self.locks.most_common(3)) or "none"
        return f"  sessions, mean of {self.samples} samples: {waits}\n  locks waited for: {locks}"


def postmaster_of(url: str) -> int:
    """The process of this machine that began all others of the server; 0 where the server is elsewhere."""
    if not is_here(url):
        return 0
    with psycopg.connect(autocommit=True, **postgres.parameters(url)) as connection:
        return int(_fields(Path(f"/proc/{connection.info.backend_pid}"))[1])


def server_seconds(postmaster: int) -> float:
    """Seconds of processor that the server used up to now, its ended processes too."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = _fields(entry)
        except OSError:
            continue
        if int(entry.name) == postmaster:
            ticks += sum(int(number) for number in fields[11:15])
        elif int(fields[1]) == postmaster:
            ticks += sum(int(number) for number in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(process: Path) -> list[str]:
    """Of /proc/PID/stat, from the state on."""
    return (process / "stat").read_text().rsplit(")", 1)[1].split()


def is_here(url: str) -> bool:
    """Is the server of `url` on this machine, so that what it costs can be seen?"""
    host = urlsplit(url).hostname
    return host in (None, "localhost", "127.0.0.1", "::1")


def idle_share(seconds: float = 2.0) -> float:
    """The share of this machine's processors that nobody uses just now, 0 to 1: others disturb what is measured."""

    def read() -> list[int]:
        return [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]

    before = read()
    time.sleep(seconds)
    spent = [after - was for after, was in zip(read(), before, strict=True)]
    return (spent[3] + spent[4]) / max(1, sum(spent))
