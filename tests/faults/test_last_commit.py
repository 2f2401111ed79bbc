"""D9 on a server whose disk is lost: base backup and write-ahead log bring back the last act that was acknowledged.

The log is received by another machine (`pg_receivewal --synchronous`, named in synchronous_standby_names): an act is
acknowledged only when its log lies there too, so what is lost with the server is nothing.
"""

import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from db.tables import CaseEvent
from kiosk import audit
from kiosk.cases.model import Act
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.refusals import Refused
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.postgres import PORT, PROGRAMS, Server, a_server, new_folder, user

pytestmark = [pytest.mark.long, pytest.mark.skipif(not PROGRAMS, reason="no PostgreSQL to start here")]
NAME = "arsip"
COUNTERS = 4
SENDING = ("wal_level = replica", "max_wal_senders = 8", "max_replication_slots = 4")
"""Lines of postgresql.conf on the office's server."""


@contextmanager
def receiving(server: Server, archive: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The archive's machine: it takes every byte of the log as it is written, and syncs it before it says so."""
    where = ["-h", str(server.folder), "-p", str(PORT), "-U", "postgres"]
    server.tool("pg_receivewal", *where, "--slot", NAME, "--create-slot", "-D", str(archive))
    child = subprocess.Popen(
        [str(server.programs / "pg_receivewal"), *where, "--slot", NAME, "--synchronous", "-D", str(archive)],
        env={"PGAPPNAME": NAME}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=server.folder, **user(),
    )  # fmt: skip
    try:
        server.tool("psql", *where, "-c", f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
        server.reload()
        yield child
    finally:
        child.kill()
        child.wait(10)


def restored(base: Path, archive: Path) -> Server:
    """A server from the base backup, started: it reads the log to its end and opens."""
    fresh = Server(new_folder())
    shutil.copytree(base, fresh.data)
    for path in (fresh.data, *fresh.data.rglob("*")):
        if user():
            shutil.chown(path, user()["user"], user()["group"])
    fresh.data.chmod(0o700)
    (fresh.data / "recovery.signal").touch()
    with (fresh.data / "postgresql.auto.conf").open("a") as file:
        file.write(f"unix_socket_directories = '{fresh.folder}'\nsynchronous_standby_names = ''\n")
        # the segment that was being written when the server died ends in .partial
        file.write(f"restore_command = 'cp {archive}/%f %p || cp {archive}/%f.partial %p'\n")
    fresh.start()
    while "f" not in asked(fresh, "SELECT pg_is_in_recovery()"):
        time.sleep(0.05)
    return fresh


def asked(server: Server, query: str) -> str:
    command = [
        str(server.programs / "psql"),
        "-h",
        str(server.folder),
        "-p",
        str(PORT),
        "-U",
        "postgres",
        "-Atc",
        query,
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=server.folder, **user()).stdout.strip()


def test_d9_a_lost_server_comes_back_to_the_last_act_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    stop = threading.Event()
    with a_server(options=SENDING) as server:
        assert server is not None
        place = new_folder()
        base, archive = place / "base", place / "log"
        archive.mkdir()
        if user():
            shutil.chown(archive, user()["user"], user()["group"])
        settings = found_demo(tmp_path / "office", devices=False, database=server.url)
        with receiving(server, archive) as receiver, Office.open(settings, devices=False) as office:
            desk = Desks(office)["sri"]

            def work(name: int) -> None:
                turn = 0
                while not stop.is_set():
                    turn += 1
                    key = f"last-{name}-{turn}"
                    given = builders.given_intake(builders.an_applicant(passport=passport(f"55{name}{turn:06d}")))
                    if not isinstance(desk.steps.intake.complete(None, given, key=key), Refused):
                        acknowledged.append(key)

            threads = [threading.Thread(target=work, args=(name,)) for name in range(COUNTERS)]
            for thread in threads:
                thread.start()
            where = ["-h", str(server.folder), "-p", str(PORT), "-U", "postgres"]
            server.tool("pg_basebackup", *where, "-D", str(base), "-X", "none", "-c", "fast")
            during = len(acknowledged)
            time.sleep(5.0)
            # the line to the archive goes first: what it has not received is not acknowledged any more
            receiver.send_signal(signal.SIGSTOP)
            time.sleep(1.0)
            server.crash()
            stop.set()
            for thread in threads:
                thread.join(60)
        shutil.rmtree(server.data)
        died = time.monotonic()
        again = restored(base, archive)
        try:
            opened = time.monotonic() - died
            moved = msgspec.structs.replace(settings, database=again.url)
            with Office.open(moved, devices=False) as office:
                with office.store.reading():
                    acts = CaseEvent.select(CaseEvent.key).where(CaseEvent.act == Act.COMPLETE)
                    found = {row.key for row in acts if row.key.startswith("last-")}
                    chain = audit.verify()
                ready = time.monotonic() - died
            lost, kept = set(acknowledged) - found, found - set(acknowledged)
            print(
                f"\n{len(acknowledged)} acts acknowledged by {COUNTERS} counters, {during} before the base backup"
                f" ended; the server's data deleted; RPO: {len(lost)} acts lost, {len(kept)} kept without"
                f" an answer; RTO {opened:.1f} s until it opens, {ready:.1f} s with {chain.events} audit events walked"
            )
            assert lost == set()
            assert chain.verified
            assert during > 0
            assert len(acknowledged) > during + 20
        finally:
            again.crash()
            shutil.rmtree(again.folder, ignore_errors=True)
            shutil.rmtree(place, ignore_errors=True)
