"""`kiosk init`, `migrate`: an office made, and brought up to date."""

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from db import roles, schema
from db.connection import Store, StoreError
from db.drift import drift
from db.postgres import without_password
from kiosk import audit, clock
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, refuse, settings_of, tell
from kiosk.founding import AlreadyFounded, found
from kiosk.settings import SettingsError


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(migrate)


BLANK = """\
# One counter terminal of an office. `kiosk doctor` checks this file and what it names.
terminal = "loket-1"          # name of this terminal and of its receipt key
# sqlite:FILE, or postgresql://loket@server/kiosk?sslmode=verify-full&sslrootcert=FILE&passfile=FILE (one line of
# host:port:database:user:password, mode 0600); on the server itself postgresql:///kiosk, by its socket (peer). Counters
# connect as a member of the role kiosk_terminal, which can't change history; `kiosk doctor` says where it is more.
database = "{database}"
{owner}# shared = "/srv/kiosk"        # vault/ and watchlist/, where several machines mount one folder
language = "id"               # id or en, at the start
# theme = "contrast"          # office, console, contrast, monochrome; without it the one that suits the terminal

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
watchlist_false_hits = 20     # of 1,000 applicants so many are wrongly examined, as measured: 5, 20 or 100
# watchlist_keys = ["..."]    # Ed25519 public keys (base64) of who sends lists; FILE.sig must then be there and right
paper_columns = 48            # 48 = 80 mm, 32 = 58 mm

# A device: its driver and its port (a path, /dev/serial/by-id/..., socket://host:port, or "simulated").
# [devices.printer]
# driver = "escpos"
# port = "/dev/serial/by-id/usb-EPSON_TM-T20-if00"
"""


def init(
    folder: Annotated[Path, typer.Option("--dir", help="The office's folder; made if it is not there.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
    database: Annotated[
        str, typer.Option(help="sqlite:FILE, or postgresql://... of an empty database (createdb).")
    ] = "sqlite:office.db",
    terminals: Annotated[
        str,
        typer.Option(help="postgresql://... of a member of kiosk_terminal, for counters; --database: the owner."),
    ] = "",
) -> None:
    """An empty office: its folder, kiosk.toml, keys, database and published tariffs. Then `kiosk officer add`."""
    place = without_password(database)
    Asked(yes, dry_run, json).agree([f"+ {folder.absolute()}: kiosk.toml, keys/, vault/, tray/", f"+ {place}"])
    try:
        settings = found(folder, _blank(database, terminals), now=clock.now(), approved_by="init")
    except AlreadyFounded as error:
        raise Failure(f"{error}: sudah ada / exists already", Exit.REFUSED) from None
    except (SettingsError, StoreError, OSError) as error:
        raise Failure(f"{folder}: {error}", Exit.ENVIRONMENT) from None
    config = settings.path("kiosk.toml")
    answer(
        {"config": str(config), "database": without_password(settings.database_url)},
        as_json=json,
        lines=[str(config), f"kiosk officer add LOGIN --name NAMA --duty LALINTUSKIM/counter --config {config}"],
    )


def _blank(database: str, terminals: str) -> str:
    """The text of a new kiosk.toml."""
    owner = f"database_owner = {dumps(database)}   # for maintainers' commands; not in a counter's kiosk.toml\n"
    return BLANK.replace('"{database}"', dumps(terminals or database)).replace("{owner}", owner if terminals else "")


def migrate(
    config: Config = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; exit 1 if anything.")] = False,
    down: Annotated[int, typer.Option(min=0, help="Undo the newest N migrations instead.")] = 0,
    check: Annotated[bool, typer.Option("--check", help="Compare the database with this program's tables.")] = False,
) -> None:
    """Bring the database to this program's version. With --check: exit 1 and every difference, changing nothing."""
    settings = settings_of(config)
    if check:
        _check(settings.database_url, json)
        return
    try:
        store = Store(settings.database_url)
        before, waiting = schema.found(store), schema.waiting(store, down)
        done: list[str] = []
        if not dry_run:
            if waiting:
                Asked(yes, dry_run=False).agree([f"{'-' if down else '+'} {name}" for name in waiting])
            done = schema.roll_back(store, down) if down else schema.migrate(store)
            for role in roles.grant(store).lacking:
                tell(f"CREATE ROLE {role} NOLOGIN; kiosk migrate")
            _audit_migrated(store, before, done)
        after = schema.found(store)
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    document = {"before": before, "after": after, "expected": schema.expected(), "done": done, "waiting": waiting}
    shown = [f"{'-' if down else '+'} {name}" for name in waiting] if dry_run else []
    answer(document, as_json=json, lines=[f"{before or '-'} -> {after or '-'} ({schema.expected()})", *shown])
    if dry_run and before != schema.expected():
        tell("kiosk migrate")
        raise typer.Exit(Exit.REFUSED)


def _audit_migrated(store: Store, before: str, done: list[str]) -> None:
    """Where the chain is there before and after: an office that was founded."""
    if not done or not before or not schema.found(store):
        return
    with store.writing():
        data = {"before": before, "done": done, "program": schema.expected()}
        audit.append(clock.now(), MAINTAINER, "schema_migrated", "", data)


def _check(url: str, as_json: bool) -> None:
    try:
        store = Store(url)
        differences = drift(store)
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    answer({"drift": differences}, as_json=as_json, lines=differences or [f"{schema.expected()}: sama / no drift"])
    if differences:
        raise typer.Exit(Exit.REFUSED)
