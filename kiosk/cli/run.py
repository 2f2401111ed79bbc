"""`kiosk run`: the terminal. The one verb whose start people wait for, so it imports neither the command line's
library nor anything of the office before the first paint.
"""

import argparse
import os
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.exits import Exit, Failure, tell
from kiosk.words import Language

if TYPE_CHECKING:
    from kiosk.office import Office

HELP = "Open the counter terminal (full screen, keyboard only)."


def main(arguments: Sequence[str]) -> int:
    """The exit code of `kiosk run ARGUMENTS`."""
    parser = argparse.ArgumentParser(prog="kiosk run", description=HELP)
    parser.add_argument("--config", type=Path, help="kiosk.toml of the office (else KIOSK_CONFIG, ./kiosk.toml)")
    parser.add_argument("--terminal", help="name of this terminal, if not kiosk.toml's")
    parser.add_argument("--linear", action="store_true", help="line by line: for screen readers, Braille and scripts")
    parser.add_argument("--in-browser", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    try:
        return open_terminal(given.config, given.terminal, linear=given.linear, in_browser=given.in_browser)
    except Failure as failure:
        tell(failure.words)
        return int(failure.exit_code)


def open_terminal(
    config: Path | None,
    terminal: str | None = None,
    *,
    linear: bool = False,
    tour: Callable[[], object] | None = None,
    in_browser: bool = False,
) -> int:
    """Run the app on an office until it ends: full screen (with a demo office's tour), or line by line. Raises
    Failure."""
    path = config_path(config)

    def open_office() -> "Office":
        from kiosk import core_dumps, logs

        core_dumps.forbid()
        logs.keep(path.absolute().parent)
        from kiosk.office import Office
        from kiosk.settings import load

        return Office.open(load(path), terminal=terminal)

    if in_browser:  # a web page is the terminal; its server ends the program by a signal
        from screens.start import start

        return start(open_office, language=start_language(path), theme=start_theme(path), tour=tour, in_browser=True)
    from screens.terminal import keys_are_no_signals

    with keys_are_no_signals():
        if linear:
            from screens.linear.app import start as start_linear

            return start_linear(open_office, language=start_language(path))
        from screens.start import start

        return start(open_office, language=start_language(path), theme=start_theme(path), tour=tour)


def config_path(config: Path | None) -> Path:
    """The kiosk.toml to use; a missing one is said before the screen is taken. Raises Failure."""
    if config is None:
        from kiosk.settings import default_path

        config = default_path()
    if not config.exists():
        raise Failure(f"{config}: tidak ada / not found. kiosk init --dir DIR, kiosk demo", Exit.ENVIRONMENT)
    return config


def start_language(path: Path) -> Language:
    """The language of the settings; a file that can't be used is reported by whoever opens the office."""
    try:
        return Language(tomllib.loads(path.read_text("utf-8")).get("language", "id"))
    except (OSError, ValueError):
        return Language.INDONESIAN


def start_theme(path: Path) -> str:
    """The look that the settings name, "" where KIOSK_THEME or the terminal decides. Raises Failure for a wrong name;
    any other file that can't be used is reported by whoever opens the office."""
    try:
        theme = tomllib.loads(path.read_text("utf-8")).get("theme", "")
    except (OSError, ValueError):
        return ""
    if not theme or not isinstance(theme, str):
        return ""
    from kiosk.settings import SettingsError, known_theme

    try:
        known_theme(theme, path)
    except SettingsError as error:
        raise Failure(str(error), Exit.ENVIRONMENT) from None
    return "" if os.environ.get("KIOSK_THEME") else theme
