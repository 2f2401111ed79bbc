"""How long an office of 100,000 cases takes to be saved and brought back: `python tests/bench/restore.py [CASES]`.

On the database that KIOSK_TEST_POSTGRES names (`wheel`: a server of its own), else SQLite. Measured is all that
`kiosk backup` and `kiosk restore` do, the chain and the receipts' signatures walked included.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from db.connection import Store
from db.tables import Case
from kiosk import backup, clock
from kiosk.audit import Signer
from kiosk.demo.office import found_demo
from kiosk.office import Office
from tests import builders, databases
from tests.bench import pickup
from tests.conftest import Desks

CASES = 100_000
SIGNER = Signer(0, 0, "bench")


def fill(office: Office, count: int) -> None:
    """`count` cases of earlier years, paid and handed over, as pickup.py has them."""
    if office.store.path is not None:
        pickup.fill(office, count)
        return
    ask: Any = office.store.database.execute_sql

    def translated(statement: str) -> Any:
        statement = statement.replace("printf('%012x', i)", "lpad(to_hex(i), 12, '0')::bpchar")
        ask("SET LOCAL statement_timeout = 0")
        return ask(re.sub(r"datetime\.datetime\([^)]*\)", "now()::timestamp", statement))

    office.store.database.execute_sql = translated  # PostgreSQL's words for what pickup.py says in SQLite's
    pickup.fill(office, count)
    office.store.database.execute_sql = ask


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = found_demo(folder / "office", devices=False, database=databases.passing_address())
        with Office.open(settings, devices=False) as office:
            builders.case_at_handover(office, Desks(office))
            fill(office, count)
        made = backup.make(settings, folder / "backups", now=clock.now(), passphrase="sandi yang panjang")
        database = databases.passing_address() if databases.SERVER else None
        back = backup.restore(
            made.folder, folder / "again", database=database, passphrase="sandi yang panjang", outside=(),
            now=clock.now(), signer=SIGNER,
        )  # fmt: skip
        store = Store(back.settings.database_url)
        with store.reading():
            found = Case.select().count()
        store.close()
        kind = "PostgreSQL" if databases.SERVER else "SQLite"
        print(f"{kind}, {found} cases: backup {made.seconds:.1f} s, {made.size / 1e6:.0f} MB; RTO {back.seconds:.1f} s")
    databases.drop_copies()
    return 0 if found > count else 1


if __name__ == "__main__":
    sys.exit(main())
