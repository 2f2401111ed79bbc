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

DEVICES = {
    "fingerprint": 'driver = "zfm"',
    "payment": 'driver = "bca"',
    "printer": 'driver = "escpos"',
    "scanner": 'driver = "serial"',
    "camera": 'driver = "file"',
    "document_scanner": 'driver = "folder"',
}
BRISK = {
    "fingerprint": 'port = "simulated:reaction=0.05"\noptions = { poll_seconds = 0.05 }',
    "payment": 'port = "simulated:polls=1"\noptions = { qris_poll = 0.5 }',
    "document_scanner": "options = { settle_seconds = 0.2 }",
}
"""For a day without people: the applicant is quick with the finger and the phone, the drivers look more often."""


def device_tables(*, brisk: bool = False) -> str:
    """The `[devices.*]` tables of a demo office's kiosk.toml."""
    more = BRISK if brisk else {}
    return "".join(f"\n[devices.{role}]\n{told}\n{more.get(role, '')}\n" for role, told in DEVICES.items())


def found_demo(
    folder: Path,
    *,
    now: datetime | None = None,
    database: str = "sqlite:office.db",
    devices: bool = True,
    brisk: bool = False,
) -> Settings:
    """An office with officers of all five units and the Kakanim. Raises AlreadyFounded, StoreError, OSError."""
    now = now or clock.now()
    config = CONFIG.format(database=database) + (device_tables(brisk=brisk) if devices else "")
    settings = found(folder, config, now=now, approved_by="demo")
    store = Store(settings.for_maintainers().database_url)
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
