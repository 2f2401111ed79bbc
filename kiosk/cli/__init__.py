"""The `kiosk` command: thin functions, one for each verb.

Exit codes: 0 done or yes, 1 refused or no, 2 usage, 3 environment (database, device, file). Answers go to standard
output (`--json`: one document), words to standard error. Nothing asks a question when standard input is no terminal.
"""

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, NoReturn

from kiosk.cli import run
from kiosk.cli.exits import Exit, Failure, tell

if TYPE_CHECKING:
    import typer

GROUPS = {
    "sop": "kiosk.cli.sop",
    "case": "kiosk.cli.cases",
    "document": "kiosk.cli.documents",
    "officer": "kiosk.cli.people",
    "tariff": "kiosk.cli.tariffs",
    "receipt": "kiosk.cli.receipts",
    "key": "kiosk.cli.keys",
    "audit": "kiosk.cli.audit",
    "device": "kiosk.cli.devices",
    "watchlist": "kiosk.cli.watchlist",
    "report": "kiosk.cli.reports",
    "privacy": "kiosk.cli.privacy",
    "db": "kiosk.cli.database",
    "terminal": "kiosk.cli.terminals",
    "national": "kiosk.cli.national",
}
"""Verbs with sub-verbs: the module's `app`."""

VERBS = {
    "demo": "kiosk.cli.demo",
    "pickup": "kiosk.cli.pickup",
    "serve": "kiosk.cli.serve",
    "board": "kiosk.cli.board",
    "init": "kiosk.cli.office",
    "migrate": "kiosk.cli.office",
    "backup": "kiosk.cli.backup",
    "restore": "kiosk.cli.backup",
    "simulate": "kiosk.cli.bench_devices",
    "doctor": "kiosk.cli.bench_devices",
}
"""Single verbs: the module's `add_to(app)`."""

NEEDS = {"national": "psycopg"}
"""Verbs that are not there without a package of an extra: `pip install 'itk-kiosk[postgres]'`."""


def build(only: str = "") -> "typer.Typer":
    """The command line; with `only`, just the module of that verb, so that a verb starts without the others."""
    import typer

    app = typer.Typer(
        name="kiosk",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def kiosk() -> None:
        """Counter terminal of an immigration office: SOP Penerbitan Izin Tinggal Kunjungan."""

    @app.command("run", help=run.HELP, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def run_(context: typer.Context) -> None:
        raise typer.Exit(run.main(context.args))

    lacking = {verb for verb, package in NEEDS.items() if importlib.util.find_spec(package) is None}
    if only in lacking:
        raise Failure(f"{NEEDS[only]}: pip install 'itk-kiosk[postgres]'", Exit.ENVIRONMENT)
    wanted = ({only} if only in {*GROUPS, *VERBS} else {*GROUPS, *VERBS}) - lacking
    for module in dict.fromkeys(module for verb, module in VERBS.items() if verb in wanted):
        importlib.import_module(module).add_to(app)
    for verb, module in GROUPS.items():
        if verb in wanted:
            app.add_typer(importlib.import_module(module).app, name=verb)
    return app


def main() -> NoReturn:
    """Run the command; every failure of the environment becomes words and an exit code, never a traceback."""
    if sys.argv[1:2] == ["run"]:
        sys.exit(run.main(sys.argv[2:]))
    import typer

    from kiosk import core_dumps

    core_dumps.forbid()
    try:
        code = build(sys.argv[1] if len(sys.argv) > 1 else "")(standalone_mode=False)
    except Failure as failure:
        tell(failure.words)
        code = failure.exit_code
    except typer.Abort:
        code = Exit.REFUSED
    except BrokenPipeError:
        sys.stderr.close()
        code = Exit.DONE
    except Exception as error:
        code = _usage(error)
    sys.exit(int(code or 0))


def _usage(error: Exception) -> int:
    """A wrong call says how; anything else is a defect and goes on."""
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):
        tell(error.format_message())
        return int(Exit.USAGE)
    raise error
