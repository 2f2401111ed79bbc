"""`kiosk watchlist`: the cekal list, imported and asked."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from kiosk import clock
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened, refuse, tell
from kiosk.refusals import Refused
from kiosk.screening.engine import Screener
from kiosk.screening.lines import screen_lines
from kiosk.screening_lists import Current, current, import_list, versions

app = typer.Typer(no_args_is_help=True, help="The cekal list.")
PROBLEMS_SHOWN = 50


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, or CSV by its name.")],
    version: Annotated[str, typer.Option(help="The list's own name for this version.")],
    listed_on: Annotated[str, typer.Option("--date", help="YYYY-MM-DD: the day the list was made.")],
    source: Annotated[str, typer.Option(help="Who made it.")] = "",
    accept_lost: Annotated[bool, typer.Option("--accept-lost", help="Even with many broken rows.")] = False,
    accept_size: Annotated[bool, typer.Option("--accept-size", help="Even if far smaller than the last.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Import a list and make it the active one; broken rows are reported and left out."""
    try:
        made_on = date.fromisoformat(listed_on)
    except ValueError:
        raise Failure("--date YYYY-MM-DD", Exit.USAGE) from None
    with opened(config) as office:
        done = import_list(
            office.store,
            office.settings,
            file,
            version=version,
            listed_on=made_on,
            source=source,
            operator="cli",
            now=clock.now(),
            accept_lost=accept_lost,
            accept_size=accept_size,
        )
    if isinstance(done, Refused):
        raise refuse(done)
    for problem in done.problems[:PROBLEMS_SHOWN]:
        tell(f"{file}:{problem.line}: {problem.reason}")
    document = {
        "version": done.version,
        "entries": done.entries,
        "rows": done.rows,
        "hash": done.hash,
        "problems": [{"line": problem.line, "reason": str(problem.reason)} for problem in done.problems],
    }
    answer(document, as_json=json, lines=[f"{done.version}: {done.entries} entries, {len(done.problems)} problems"])


@app.command("list")
def list_(config: Config = None, json: Json = False) -> None:
    """The imported versions, the active one marked."""
    with opened(config) as office:
        found = versions(office.store, clock.office_day(clock.now()))
    rows = [
        {
            "version": listed.version,
            "date": listed.listed_on.isoformat(),
            "age_days": listed.age_days,
            "source": listed.source,
            "entries": listed.entries,
            "active": active,
        }
        for listed, active in found
    ]
    lines = [
        f"{'*' if r['active'] else ' '} {r['version']:<24} {r['date']} {r['entries']:>9} {r['source']}" for r in rows
    ]
    answer(rows, as_json=json, lines=lines)


@app.command()
def screen(
    floor: Annotated[float | None, typer.Option(help="Lower the cut to this log-odds score.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Candidates an answer holds at most.")] = 20,
    config: Config = None,
) -> None:
    """Answer queries (JSON lines on standard input) one line each, in order, as they come."""
    with opened(config) as office:
        today = clock.office_day(clock.now())
        with office.store.reading():
            found = current(office.kit, today)
        screener = found.screener if isinstance(found, Current) else Screener(None, today=today)
        screen_lines(screener, sys.stdin, sys.stdout, floor, limit)
