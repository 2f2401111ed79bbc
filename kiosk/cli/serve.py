"""`kiosk serve`: the counter terminal in a browser."""

import sys
from typing import Annotated

import typer

from kiosk.cli.common import Config
from kiosk.cli.exits import Exit, Failure, tell
from kiosk.cli.run import config_path, start_language
from kiosk.words import Language, say


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(serve)


def serve(
    config: Config = None,
    terminal: Annotated[str | None, typer.Option(help="Name of this terminal, if not kiosk.toml's.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; anything but loopback is warned of.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    public_url: Annotated[str, typer.Option(help="The address browsers use, where a proxy stands before it.")] = "",
) -> None:
    """Open the counter terminal in a web page, for one page at a time. Needs the extra `browser`."""
    from screens.browser import NotInstalled, is_loopback, server

    path = config_path(config)
    language = start_language(path)
    command = [sys.executable, "-m", "kiosk", "run", "--in-browser", "--config", str(path.absolute())]
    command += ["--terminal", terminal] if terminal else []
    try:
        made = server(command, host=host, port=port, public_url=public_url)
    except NotInstalled:
        raise Failure(say(language, "browser.not_installed"), Exit.ENVIRONMENT) from None
    if not is_loopback(host):
        tell(_warning(language))
    tell(say(language, "browser.at", address=made.public_url))
    try:
        made.serve()
    except OSError as error:
        raise Failure(f"{host}:{port}: {error.strerror}", Exit.ENVIRONMENT) from None


def _warning(language: Language) -> str:
    return f"! {say(language, 'browser.open')}"
