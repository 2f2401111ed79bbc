"""`kiosk demo`: a whole office on this machine, to try by hand or to run by itself."""

from pathlib import Path
from typing import Annotated

import typer

from kiosk.cli.exits import Exit, Failure, tell
from kiosk.words import Language, say

DEFAULT_FOLDER = Path("demo-office")
TOUR = "tour"
"""A file in a demo office's folder until its tour was shown."""


def add_to(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    auto: Annotated[bool, typer.Option("--auto", help="Drive the terminals by key presses, without people.")] = False,
    cases: Annotated[int, typer.Option(min=1, max=1000, help="Applicants in --auto.")] = 8,
    out: Annotated[Path | None, typer.Option("--out", help="Where --auto leaves receipts and summary.json.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same applicants.")] = 1,
    linear: Annotated[bool, typer.Option("--linear", help="Open it line by line instead of full screen.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the office of --auto for inspection.")] = False,
    database: Annotated[str, typer.Option(help="Another database than SQLite in the folder.")] = "sqlite:office.db",
    folder: Annotated[Path, typer.Option("--dir", help="The demo office's folder.")] = DEFAULT_FOLDER,
) -> None:
    """Make a demo office (made-up people, simulated devices) and open its terminal."""
    if auto:
        from kiosk.cli.auto.run import run_auto

        raise typer.Exit(run_auto(cases=cases, out=out or Path("demo-out"), seed=seed, keep=keep, database=database))
    config = _office(folder, database, seed)
    from kiosk.cli.run import open_terminal

    tour = config.with_name(TOUR)
    raise typer.Exit(open_terminal(config, linear=linear, tour=tour.unlink if tour.exists() else None))


def _office(folder: Path, database: str, seed: int) -> Path:
    """kiosk.toml of the demo office in `folder`, made with some waiting cases if it isn't there."""
    config = folder / "kiosk.toml"
    if not config.exists():
        from kiosk import clock
        from kiosk.demo.cases import lookalike, open_waiting_cases
        from kiosk.demo.cekal import add_cekal, entries
        from kiosk.demo.office import found_demo

        for language in Language:
            tell(say(language, "demo.founding", folder=folder))
        try:
            settings = found_demo(folder, database=database)
            add_cekal(settings, entries(lookalike(seed)), now=clock.now())
            open_waiting_cases(settings, seed=seed)
            config.with_name(TOUR).touch()
        except OSError as error:
            raise Failure(f"{folder}: {error.strerror}", Exit.ENVIRONMENT) from None
    return config
