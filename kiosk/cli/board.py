"""`kiosk board`: the display of the waiting room."""

from typing import Annotated

import typer

from kiosk.cli.common import Config
from kiosk.cli.run import config_path, start_language, start_theme
from kiosk.office import Office


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(board)


def board(
    config: Config = None,
    terminal: Annotated[str, typer.Option(help="Name of this display.")] = "layar-antrean",
) -> None:
    """Show which number is called to which counter, in big figures; never a name. F12 and a PIN end it."""
    from screens.start import start
    from screens.terminal import keys_are_no_signals

    path = config_path(config)

    def open_office() -> Office:
        from kiosk import logs

        logs.keep(path.absolute().parent)
        from kiosk.queue.board import open_display
        from kiosk.settings import load

        return open_display(load(path), terminal=terminal)

    with keys_are_no_signals():
        code = start(open_office, language=start_language(path), theme=start_theme(path), program="board")
    raise typer.Exit(code)
