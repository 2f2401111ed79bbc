"""`kiosk init`, `migrate`: an office made, and brought up to date."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from db import schema
from db.connection import Store, StoreError
from kiosk import clock
from kiosk.cli.common import Config, Exit, Failure, Json, answer, refuse, settings_of, tell
from kiosk.founding import AlreadyFounded, found
from kiosk.settings import SettingsError


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(migrate)


BLANK = """\
# One counter terminal of an office. `kiosk doctor` checks this file and what it names.
terminal = "loket-1"          # name of this terminal and of its receipt key
database = "sqlite:office.db" # or postgresql://user@host/name
language = "id"               # id or en, at the start

[office]
name = "Kantor Imigrasi Kelas II Non TPI Muara Enim"
code = 745                    # in every receipt's token, 0..65535
short = "MRE"                 # in application and receipt numbers
head_name = ""                # the Kakanim, as on stamps
head_staff_no = ""            # NIP

[policy]
idle_lock_seconds = 300
lease_minutes = 15
watchlist_max_age_days = 7
paper_columns = 48            # 48 = 80 mm, 32 = 58 mm

# A device: its driver and its port (a path, /dev/serial/by-id/..., socket://host:port, or "simulated").
# [devices.printer]
# driver = "escpos"
# port = "/dev/serial/by-id/usb-EPSON_TM-T20-if00"
"""


def init(
    folder: Annotated[Path, typer.Option("--dir", help="The office's folder; made if it is not there.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    json: Json = False,
) -> None:
    """An empty office: its folder, kiosk.toml, keys, database and published tariffs. Then `kiosk officer add`."""
    if not yes:
        if not sys.stdin.isatty():
            raise Failure("--yes", Exit.USAGE)
        if not typer.confirm(f"{folder.absolute()}?", err=True):
            raise Failure("", Exit.REFUSED)
    try:
        settings = found(folder, BLANK, now=clock.now(), approved_by="init")
    except AlreadyFounded as error:
        raise Failure(f"{error}: sudah ada / exists already", Exit.REFUSED) from None
    except (SettingsError, StoreError, OSError) as error:
        raise Failure(f"{folder}: {error}", Exit.ENVIRONMENT) from None
    config = settings.path("kiosk.toml")
    answer(
        {"config": str(config), "database": settings.database_url},
        as_json=json,
        lines=[str(config), f"kiosk officer add LOGIN --name NAMA --duty LALINTUSKIM/counter --config {config}"],
    )


def migrate(
    config: Config = None,
    json: Json = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    down: Annotated[int, typer.Option(min=0, help="Undo the newest N migrations instead.")] = 0,
) -> None:
    """Bring the database to this program's version."""
    settings = settings_of(config)
    try:
        store = Store(settings.database_url)
        before = schema.found(store)
        done: list[str] = []
        if not dry_run:
            done = schema.roll_back(store, down) if down else schema.migrate(store)
        after = schema.found(store)
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    document = {"before": before, "after": after, "expected": schema.expected(), "done": done}
    answer(document, as_json=json, lines=[f"{before or '-'} -> {after or '-'} ({schema.expected()})"])
    if dry_run and before != schema.expected():
        tell("kiosk migrate")
        raise typer.Exit(Exit.REFUSED)
