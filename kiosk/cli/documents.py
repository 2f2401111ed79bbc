"""`kiosk document`: the scanned documents of a case as PDF/A files out of the vault."""

from pathlib import Path
from typing import Annotated

import typer

from db.tables import Case
from kiosk.captures import Capture
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened, refuse
from kiosk.cli.people import desk_of
from kiosk.documents import DOCUMENT, TEXT, DocumentKeeper
from kiosk.office import Office
from kiosk.refusals import Refused

app = typer.Typer(no_args_is_help=True, help="Scanned documents.")
Number = Annotated[str, typer.Argument(help="Application number.")]
SUFFIXES = {DOCUMENT: "pdf", TEXT: "txt"}


@app.command("list")
def list_(number: Number, config: Config = None, json: Json = False) -> None:
    """The documents of a case that are made: kind, pages, size. Nothing is opened."""
    with opened(config) as office:
        rows = [
            {"kind": made.kind, "file": SUFFIXES[made.step], "bytes": made.size, "sha256": made.sha256}
            for made in _made(office, number)
        ]
    answer(rows, as_json=json, lines=[f"{row['kind']}.{row['file']} {row['bytes']}" for row in rows])


@app.command()
def export(
    number: Number,
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    login: Annotated[str, typer.Option(help="Login of the officer who reads; the PIN is read from standard input.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Make what is missing and write the documents of a case as files of mode 0600. Each reading is audited."""
    with opened(config) as office:
        desk = desk_of(office, login)
        DocumentKeeper(office.store, office.kit).make_missing()
        written = []
        for made in _made(office, number):
            content = desk.captures.read(made.id)
            if isinstance(content, Refused):
                raise refuse(content)
            written.append(_write(to / f"{number.strip().upper()}-{made.kind}.{SUFFIXES[made.step]}", content))
        desk.sign_out()
    answer(written, as_json=json, lines=written)


def _made(office: Office, number: str) -> tuple[Capture, ...]:
    with office.store.reading():
        row = Case.get_or_none(Case.application_no == number.strip().upper())
    if row is None:
        raise Failure(f"{number}: tidak ditemukan / not found", Exit.REFUSED)
    from kiosk.captures import live

    with office.store.reading():
        return tuple(made for step in SUFFIXES for made in live(row.id, step=step))


def _write(path: Path, content: bytes) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(content)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", Exit.ENVIRONMENT) from None
    return str(path)
