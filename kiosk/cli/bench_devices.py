"""`kiosk simulate`, `kiosk doctor`: a device made of code, and a look at everything."""

from pathlib import Path
from typing import Annotated

import typer

from kiosk.cli.common import Config, Exit, Failure, Json, answer, settings_of
from kiosk.text import clean


def add_to(app: typer.Typer) -> None:
    app.command()(simulate)
    app.command()(doctor)


def simulate(
    role: Annotated[str, typer.Argument(help="fingerprint, payment, printer, scanner, camera ...")],
    link: Annotated[Path, typer.Option(help="A symbolic link to make, that a kiosk.toml can name as port.")],
    control: Annotated[Path | None, typer.Option(help="A UNIX socket that takes JSON lines while it runs.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="key=value of the simulator.")] = None,
) -> None:
    """Run one device of code on a pseudo-terminal, speaking its real protocol, until interrupted."""
    from hardware.options import OptionError
    from hardware.simulate import run_simulator

    options = dict(item.split("=", 1) for item in option or () if "=" in item)
    try:
        run_simulator(role, link, control, options)
    except OptionError as error:
        raise Failure(str(error), Exit.USAGE) from None
    except OSError as error:
        raise Failure(f"{link}: {error.strerror}", Exit.ENVIRONMENT) from None


def doctor(
    config: Config = None,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Ask ports that kiosk.toml does not name what hangs there."),
    ] = False,
    json: Json = False,
) -> None:
    """Look at settings, database, keys, clock, disk, ports and devices; say what to do. Exit 1 if anything is wrong."""
    from kiosk.health import examine

    findings = examine(settings_of(config, as_terminal=True), ask=ask)
    rows = [{"check": f.check, "ok": f.ok, "found": f.found, "do": "" if f.ok else f.do} for f in findings]
    lines = [
        f"{'ok' if f.ok else 'X':<3}{f.check:<28} {clean(f.found)}{'' if f.ok else '  -> ' + clean(f.do, limit=400)}"
        for f in findings
    ]
    answer(rows, as_json=json, lines=lines)
    if not all(f.ok for f in findings):
        raise typer.Exit(Exit.REFUSED)
