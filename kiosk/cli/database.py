"""`kiosk db move`: an office of one terminal becomes an office of many."""

from typing import Annotated

import typer

from db.connection import Store, StoreError
from db.moving import NotEmpty, RowsDiffer
from db.postgres import without_password
from db.tables import MODELS
from kiosk import clock
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, refuse, settings_of
from kiosk.moving import NotMovable, move_office
from kiosk.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The database.")


@app.callback()
def database() -> None:
    """The database."""


@app.command("move")
def move_(
    url: Annotated[str, typer.Argument(help="postgresql://... of an empty database (createdb).")],
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Move the office from SQLite to PostgreSQL: every row compared, the audit chain walked, kiosk.toml changed.

    Counters are refused meanwhile and are to be started anew afterwards. The file is left as office.db.moved.
    """
    settings = settings_of(config)
    place = without_password(url)
    Asked(yes, dry_run, json).agree([f"{without_password(settings.database_url)} -> {place}", *_rows(settings)])
    try:
        moved = move_office(settings, url, now=clock.now(), signer=MAINTAINER)
    except NotEmpty:
        raise Failure(f"{place}: tidak kosong / not empty", Exit.REFUSED) from None
    except (NotMovable, RowsDiffer) as error:
        raise Failure(f"tidak dipindahkan / not moved: {error}", Exit.REFUSED) from None
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    document = {
        "database": place,
        "tables": {each.table: each.rows for each in moved.tables},
        "rows": moved.rows,
        "same": all(each.same for each in moved.tables),
        "audit": {"events": moved.chain.events, "head": moved.chain.head, "verified": moved.chain.verified},
        "witnesses": moved.witnesses,
        "left": str(moved.left),
    }
    lines = [
        f"{moved.rows} baris di {len(moved.tables)} tabel, semua sama / rows in tables, all the same",
        f"audit: {moved.chain.events} events, {moved.witnesses} receipts: utuh / whole",
        f"{place}; {moved.left}",
    ]
    answer(document, as_json=json, lines=lines)


def _rows(settings: Settings) -> list[str]:
    """How many rows of each table would be moved. Raises Failure."""
    try:
        store = Store(settings.database_url)
        with store.reading():
            counts = {model._meta.table_name: model.select().count() for model in MODELS}
        store.close()
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    return [f"  {table}: {count}" for table, count in counts.items() if count]
