"""The `kiosk` command: thin functions, one for each verb.

Exit codes: 0 done or yes, 1 refused or no, 2 usage, 3 environment (database, device, file). Answers go to standard
output (`--json`: one document), words to standard error. Nothing asks a question when standard input is no terminal.
"""

import sys
from typing import NoReturn

import typer

from kiosk.cli import audit, cases, devices, keys, office, people, receipts, sop, tariffs
from kiosk.cli import demo as demo_command
from kiosk.cli.common import Exit, Failure, tell

app = typer.Typer(
    name="kiosk",
    help="Counter terminal of an immigration office: SOP Penerbitan Izin Tinggal Kunjungan.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
office.add_to(app)
demo_command.add_to(app)
devices.add_to(app)
app.add_typer(sop.app, name="sop")
app.add_typer(cases.app, name="case")
app.add_typer(people.app, name="officer")
app.add_typer(tariffs.app, name="tariff")
app.add_typer(receipts.app, name="receipt")
app.add_typer(keys.app, name="key")
app.add_typer(audit.app, name="audit")


def main() -> NoReturn:
    """Run the command; every failure of the environment becomes words and an exit code, never a traceback."""
    try:
        code = app(standalone_mode=False)
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
