"""Make the fixture of a schema's version: an office with live cases in every state, as SQL of each database.

    KIOSK_TEST_POSTGRES=postgresql://... python tests/db/version_fixture.py tests/db/versions

Run with the program of that version (a worktree of its commit on PYTHONPATH), once, when the next migration is begun;
tests/db/test_upgrade.py upgrades what it leaves. The server's pg_dump must be on PATH. Nobody in it exists; keys are
not in it, the tests make their own.
"""

import contextlib
import gzip
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from db import schema
from db.tables import Case
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cases.model import Act, Status
from kiosk.demo.office import found_demo
from kiosk.moving import move_office
from kiosk.office import Office
from kiosk.settings import Settings
from kiosk.steps import watchlist
from kiosk.steps.nonconformity import Finding, raise_finding
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import case_at_verification, found_waiting, passport


def main(into: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = found_demo(Path(place) / "office", devices=False)
        found_waiting(settings, Path(place))
        _other_states(settings)
        name = schema.expected().split("_")[0]
        _write(into / f"{name}_sqlite.sql.gz", _sqlite(settings))
        address = databases.passing_address()
        move_office(settings, address, now=clock.now(), signer=Signer(0, 0, "cli"))
        _write(into / f"{name}_postgresql.sql.gz", _postgres(address))
        databases.drop_copies()


def _other_states(settings: Settings) -> None:
    """Cases that wait for people, that ended in each way, and what lies about while counters work."""
    with Office.open(settings, devices=False) as office:
        desks, number = Desks(office), iter(range(100, 200))

        def at(step: str) -> int:
            make = getattr(builders, f"case_at_{step}")
            return int(make(office, desks, passport=passport(f"5310{next(number):05d}")))

        entry = {"id": "L-1", "names": [{"name": "ZARKOV QUENTIN"}], "passports": ["531000100"], "kind": "tangkal"}
        builders.import_watchlist(office, Path(settings.folder), entry, version="v2")
        listed = at("watchlist")
        desks["wati"].claim(listed)
        desks["wati"].steps.watchlist.complete(listed, watchlist.Given("v2"), key="c1")
        waiting = case_at_verification(office, desks, passport=passport("531000200"))
        desks["agus"].act(waiting, Act.HOLD, key="h1", reason="Menunggu.", hold=Status.WAITING_APPLICANT)
        waiting = at("approval")
        desks["hendra"].act(waiting, Act.HOLD, key="h2", reason="Menunggu.", hold=Status.WAITING_SUPERIOR)
        category = office.procedure.side("nonconformity").categories[0]
        finding = Finding(category.code, "Alamat penjamin tidak sama.", "", clock.office_day(clock.now()))
        raise_finding(desks["hendra"], at("approval"), finding, key="n1")
        desks["hendra"].act(at("approval"), Act.REFUSE, key="r1", reason="Penjamin tidak ada.")
        desks["sri"].act(at("watchlist"), Act.WITHDRAW, key="w1", reason="Pemohon membatalkan.")
        builders.case_in_archive(office, desks, passport=passport("531000001"))
        held = at("payment")
        desks["ratna"].claim(held)
        desks["ratna"].save_draft("payment", held, {"note": "diketik"})
        with office.store.reading():
            states = {(row.step, row.status, row.outcome) for row in Case.select()}
        print(*sorted(states), sep="\n")
        assert {status for _, status, _ in states} == {str(each) for each in Status}


def _sqlite(settings: Settings) -> str:
    with contextlib.closing(sqlite3.connect(settings.path("office.db"))) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _postgres(address: str) -> str:
    """Plain statements that a server of 15 and a later one take, without what only psql understands."""
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments", address]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    text = re.sub(r"(?m)^(\\.*|--.*|SET .*|SELECT pg_catalog\.set_config.*)\n", "", text)
    return re.sub(r"\n{2,}", "\n", text.replace("CREATE SCHEMA public;", ""))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(file, len(text), file.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
