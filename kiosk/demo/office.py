"""Founding a demo office in a folder of its own."""

from datetime import datetime
from pathlib import Path

from db.connection import Store
from kiosk import clock
from kiosk.demo.officers import OFFICERS
from kiosk.founding import SYSTEM, found
from kiosk.people import officers
from kiosk.refusals import Refused
from kiosk.settings import Settings

HEAD = next(person for person in OFFICERS if person.login == "made")

CONFIG = f"""\
# A demo office: every device is simulated, and speaks its real protocol on a pseudo-terminal.
terminal = "loket-1"
database = "{{database}}"

[office]
demo = true
head_name = "{HEAD.name}"
head_staff_no = "{HEAD.staff_no}"

[policy]
idle_lock_seconds = 900
"""

DEVICES = """
[devices.fingerprint]
driver = "zfm"

[devices.payment]
driver = "bca"

[devices.printer]
driver = "escpos"

[devices.scanner]
driver = "serial"

[devices.camera]
driver = "file"

[devices.document_scanner]
driver = "folder"
"""


def found_demo(
    folder: Path, *, now: datetime | None = None, database: str = "sqlite:office.db", devices: bool = True
) -> Settings:
    """An office with officers of all five units and the Kakanim. Raises AlreadyFounded, StoreError, OSError."""
    now = now or clock.now()
    config = CONFIG.format(database=database) + (DEVICES if devices else "")
    settings = found(folder, config, now=now, approved_by="demo")
    store = Store(settings.database_url)
    add_officers(store, now)
    store.close()
    return settings


def add_officers(store: Store, now: datetime) -> None:
    """The demo's people, with their duties from the first of this year. Raises StoreError."""
    since = clock.office_day(now).replace(month=1, day=1)
    with store.writing():
        for person in OFFICERS:
            added = officers.add(
                login=person.login,
                name=person.name,
                staff_no=person.staff_no,
                pin=person.pin,
                duties=person.duties,
                now=now,
                signer=SYSTEM,
                since=since,
            )
            if isinstance(added, Refused):
                raise ValueError(f"demo officer {person.login}: {added.first.code}")
