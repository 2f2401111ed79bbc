"""`kiosk pickup`: the self-service screen for applicants."""

from typing import Annotated

import typer

from kiosk.cli.common import Config
from kiosk.cli.run import config_path, start_language, start_theme
from kiosk.office import Office
from kiosk.words import Words, say


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(pickup)


def pickup(
    config: Config = None,
    terminal: Annotated[str | None, typer.Option(help="Name of this terminal, if not kiosk.toml's.")] = None,
    languages: Annotated[
        bool, typer.Option("--languages", help="Ask this terminal which languages of visitors it can show, and end.")
    ] = False,
) -> None:
    """Open the self-service screen: the state of a scanned receipt, nothing personal. F12 and a PIN end it."""
    from screens.start import start
    from screens.terminal import keys_are_no_signals

    path = config_path(config)
    if languages:
        _tell_languages(Words(start_language(path)))
        return

    def open_office() -> Office:
        from kiosk import logs

        logs.keep(path.absolute().parent)
        from kiosk.self_service import open_public
        from kiosk.settings import load

        return open_public(load(path), terminal=terminal)

    with keys_are_no_signals():
        code = start(open_office, language=start_language(path), theme=start_theme(path), program="pickup")
    raise typer.Exit(code)


def _tell_languages(words: Words) -> None:
    from screens.showable import shown_here

    for language, why in shown_here().items():
        print(f"{say(language, 'pickup.language')} ({language}): {words.say(f'showable.{why}')}")
