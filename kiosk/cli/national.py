"""`kiosk national`: an office publishes to the national register and takes the cekal list from it; the register itself.

The verbs of the register name its database by `--register` (or KIOSK_REGISTER) and need no office.
"""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from db import national, national_lists, register
from db.connection import Store
from db.national import NotPossible
from db.postgres import is_postgres, without_password
from kiosk import audit, clock
from kiosk import national as offices
from kiosk.cli import national_status
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened, refuse
from kiosk.cli.watchlist import ask_again_lines, difference_lines
from kiosk.office import Office
from kiosk.refusals import Code, Refused, refused
from kiosk.screening.acceptance import Accepted
from kiosk.screening.reading import read_list
from kiosk.screening_files import ListFilesBroken

app = typer.Typer(no_args_is_help=True, help="The national register.")

Register = Annotated[
    str, typer.Option("--register", envvar="KIOSK_REGISTER", help="postgresql://... of the register's database.")
]
Admin = Annotated[
    str, typer.Option("--admin", help="The office's database as its administrator; else as kiosk.toml has it.")
]
Code_ = Annotated[int, typer.Argument(metavar="OFFICE", min=0, max=65535, help="The office's code (kiosk.toml).")]


@contextmanager
def database(address: str) -> Iterator["psycopg.Connection[Any]"]:
    """A connection; trouble becomes a Failure."""
    try:
        with national.connected(address) as connection:
            yield connection
    except NotPossible as error:
        raise Failure(str(error), Exit.REFUSED) from None
    except psycopg.Error as error:
        raise Failure(f"{without_password(address)}: {str(error).splitlines()[0][:200]}", Exit.ENVIRONMENT) from None


def address_of(office: Office, admin: str) -> str:
    """The office's own database. Raises Failure for SQLite."""
    address = admin or office.settings.database_url
    if not is_postgres(address):
        raise Failure("sqlite: kiosk db move postgresql://...", Exit.REFUSED)
    return address


# in an office


@app.command()
def publish(
    reader: Annotated[str, typer.Option(help="The role that the register connects with.")] = national.READER,
    admin: Admin = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish the agreed tables and columns for the register, under this office's code. May be repeated."""
    with opened(config) as office:
        names = offices.names_of(office.settings, office.regulations)
        if wrong := offices.alike_elsewhere(office.settings, office.regulations):
            raise Failure(f"{', '.join(wrong)}: {offices.SHORT} / {offices.LETTERS}", Exit.REFUSED)
        with database(address_of(office, admin)) as connection:
            steps = [step.as_string(connection) for step in national.plan(connection, names, reader)]
            Asked(yes, dry_run, json).agree([f"{names.code} {names.short} {names.letters} {names.name}", *steps])
            done = national.publish(connection, names, reader)
        _audited(office.store, "national_published", {"office": names.code, "statements": done})
    document = {"office": asdict(names), "tables": national.AGREED, "statements": done}
    lines = [f"{names.code} {names.short}: {len(national.AGREED)} tables ({done})", "kiosk national join ..."]
    answer(document, as_json=json, lines=lines)


@app.command()
def listen(
    address: Annotated[str, typer.Argument(metavar="REGISTER", help="postgresql://itk_national@... of the register.")],
    admin: Admin = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Subscribe this office to the register's cekal lists. What arrives waits until `kiosk national take`."""
    place = without_password(address)
    with opened(config) as office, database(address_of(office, admin)) as connection:
        Asked(yes, dry_run, json).agree([f"{national_lists.SUBSCRIPTION} <- {place}"])
        national_lists.listen(connection, address, office.settings.office.code)
        _audited(office.store, "national_listening", {"office": office.settings.office.code})
    answer({"register": place}, as_json=json, lines=[f"<- {place}"])


@app.command("lists")
def lists_(admin: Admin = "", config: Config = None, json: Json = False) -> None:
    """The cekal lists that came from the capital; those newer than the active one wait. Exit code 1 where one does."""
    with opened(config) as office, database(address_of(office, admin)) as connection:
        found = national_lists.arrived(connection)
        wait = {sent.version for sent in offices.untaken(office.store, found)}
    rows = [{**asdict(sent), "waits": sent.version in wait} for sent in found]
    lines = [
        f"{'>' if r['waits'] else ' '} {r['version']:<24} {r['list_date']} {r['rows']:>9} {r['source']}" for r in rows
    ]
    answer(rows, as_json=json, lines=lines)
    if wait:
        raise typer.Exit(Exit.REFUSED)


@app.command()
def take(
    version: Annotated[str, typer.Argument(help="A list that waits (`kiosk national lists`).")],
    accept_lost: Annotated[bool, typer.Option("--accept-lost", help="As `kiosk watchlist import`.")] = False,
    accept_size: Annotated[bool, typer.Option("--accept-size", help="As `kiosk watchlist import`.")] = False,
    admin: Admin = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Import a list that came, make it the active one and ask it about the open cases. It must be signed."""
    with opened(config) as office, database(address_of(office, admin)) as connection:
        sent = next((each for each in national_lists.arrived(connection) if each.version == version), None)
        if sent is None or not sent.here:
            raise Failure(f"{version}: tidak ada / not here (kiosk national lists)", Exit.REFUSED)
        content, signature = national_lists.content_of(connection, sent)
        try:
            seen = offices.preview_list(office.store, office.settings, sent, content, signature)
        except ListFilesBroken:
            raise refuse(refused(Code.WATCHLIST_UNREADABLE)) from None
        if isinstance(seen, Refused):
            raise refuse(seen)
        Asked(yes, dry_run, json).agree([f"{seen.active or '-'} -> {version}", *difference_lines(seen.difference)])
        done = offices.take_list(
            office.store,
            office.settings,
            sent,
            content,
            signature,
            operator=getpass.getuser(),
            now=clock.now(),
            accepted=Accepted(accept_lost, accept_size),
        )
        if isinstance(done, Refused):
            raise refuse(done)
        asked, lines = ask_again_lines(office)
        national_lists.empty(connection, sent)
    document = {"version": done.version, "entries": done.entries, "hash": done.hash, "open_cases": asked}
    answer(document, as_json=json, lines=[f"{done.version}: {done.entries} entries", *lines])


def _audited(store: Store, action: str, data: dict[str, Any]) -> None:
    with store.writing():
        audit.append(clock.now(), MAINTAINER, action, "", data)


# at the register


@app.command()
def found(register_at: Register, yes: Yes = False, dry_run: DryRun = False, json: Json = False) -> None:
    """Make the register in an empty database, or add what this program's offices publish since."""
    with database(register_at) as connection:
        lacked = register.missing(connection)
        Asked(yes, dry_run, json).agree([f"+ {table.name}: {', '.join(table.columns)}" for table in lacked])
        made = register.found(connection, getpass.getuser())
    answer({"tables": [asdict(table) for table in made]}, as_json=json, lines=[f"+ {table.name}" for table in made])


@app.command()
def join(
    code: Code_,
    address: Annotated[str, typer.Argument(help="postgresql://itk_national@... of the office's database.")],
    register_at: Register,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Subscribe the register to an office that publishes, or reach it at another address."""
    with database(register_at) as connection:
        names = register.look_at(connection, code, address)
        told = f"{names.code} {names.short} {names.letters} {names.name} <- {without_password(address)}"
        Asked(yes, dry_run, json).agree([told])
        register.join(connection, names, address, who=getpass.getuser(), joined_at=clock.now())
    answer({"office": asdict(names)}, as_json=json, lines=[told])


@app.command("copy-again")
def copy_again(
    code: Code_, register_at: Register, yes: Yes = False, dry_run: DryRun = False, json: Json = False
) -> None:
    """Take an office's rows anew: its place in the log was lost, or it was restored from a backup."""
    with database(register_at) as connection:
        register.look_at(connection, code, register.address_of(connection, code))
        Asked(yes, dry_run, json).agree([f"- {table}: office {code}" for table in national.AGREED])
        register.copy_again(connection, code, who=getpass.getuser(), now=clock.now())
    answer({"office": code}, as_json=json, lines=["kiosk national status"])


@app.command()
def leave(code: Code_, register_at: Register, yes: Yes = False, dry_run: DryRun = False, json: Json = False) -> None:
    """End an office's subscription, so that its log no longer waits for the register. Its rows stay."""
    with database(register_at) as connection:
        register.address_of(connection, code)
        Asked(yes, dry_run, json).agree([f"- {register.subscription(code)}"])
        register.leave(connection, code, who=getpass.getuser())
    answer({"office": code}, as_json=json, lines=[f"- {register.subscription(code)}"])


@app.command()
def send(
    file: Annotated[Path, typer.Argument(help="The list, as for `kiosk watchlist import`; FILE.sig beside it.")],
    version: Annotated[str, typer.Option(help="The list's own name for this version.")],
    listed_on: Annotated[str, typer.Option("--date", help="YYYY-MM-DD: the day the list was made.")],
    register_at: Register,
    source: Annotated[str, typer.Option(help="Who made it.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Lay a signed cekal list down for every office that listens."""
    try:
        made_on = date.fromisoformat(listed_on)
        content, signature = file.read_bytes(), file.with_name(file.name + ".sig").read_bytes()
    except ValueError:
        raise Failure("--date YYYY-MM-DD", Exit.USAGE) from None
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}", Exit.ENVIRONMENT) from None
    with file.open("rb") as opened_file:
        read = read_list(opened_file, name=file.name)
    with database(register_at) as connection:
        told = f"{version} {made_on}: {read.rows} rows, {len(read.entries)} entries, {len(content)} bytes"
        Asked(yes, dry_run, json).agree([told])
        national_lists.send(
            connection,
            content,
            signature,
            version=version,
            list_date=made_on,
            source=source,
            name=file.name,
            rows=read.rows,
            now=clock.now(),
        )
        register.note(connection, getpass.getuser(), "send", version)
    answer({"version": version, "rows": read.rows, "bytes": len(content)}, as_json=json, lines=[told])


@app.command()
def status(
    register_at: Annotated[
        str, typer.Option("--register", envvar="KIOSK_REGISTER", help="The register's database: how every office is.")
    ] = "",
    admin: Admin = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """How far the register is behind, when an office was last heard, its size and errors. Exit code 1 where one is not
    current. In an office: whether the register takes what is published, and how much of the log waits for it."""
    if register_at:
        with database(register_at) as connection:
            fine = national_status.of_register(connection, as_json=json)
    else:
        with opened(config) as office, database(address_of(office, admin)) as connection:
            wait = offices.untaken(office.store, national_lists.arrived(connection))
            fine = national_status.of_office(connection, office.settings.office.code, wait, as_json=json)
    if not fine:
        raise typer.Exit(Exit.REFUSED)
