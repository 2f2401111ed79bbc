"""Starting the terminal app: the terminal is looked at before Textual is even imported."""

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kiosk.words import Language, say
from screens.graphics import picture_class
from screens.terminal import EXIT_DEFECT, EXIT_TERMINAL, leave_clean, scrub_environment, unfit_reason

if TYPE_CHECKING:
    from kiosk.office import Office
    from kiosk.words import Visitor

ROOT = Path(__file__).parent.parent
FOR_BROWSER = frozenset({"TEXTUAL_DRIVER", "TEXTUAL_COLOR_SYSTEM"})
"""How textual-serve tells Textual where to draw."""


def start(
    open_office: "Callable[[], Office]",
    *,
    language: Language = Language.INDONESIAN,
    theme: str = "",
    tour: Callable[[], object] | None = None,
    program: Literal["office", "pickup", "board"] = "office",
    in_browser: bool = False,
) -> int:
    """Run the full-screen app until it ends; the exit code (0 quit, 3 unfit terminal, 70 defect, 128+n signal n).

    `open_office` is called in a thread after the first paint and may raise OfficeUnavailable. `theme` is a name of
    screens.themes, "" for the one that suits the terminal. `program`: the officers' screens, the applicants'
    self-service, or the display of the waiting room. `tour`: show a demo office's tour at the first sign-in, and call
    this once it is shown. `in_browser`: started by screens.browser, a web page is the terminal.
    """
    reason = None if in_browser else unfit_reason()
    if reason is not None:
        sys.stderr.write(say(language, reason) + "\n")
        return EXIT_TERMINAL
    began = time.time()
    scrub_environment(FOR_BROWSER if in_browser else frozenset())
    picture_class()
    visitors = _visitors() if program == "pickup" else ()
    gc.disable()
    if program == "pickup":
        from screens.pickup import PickupApp as Program

        Program.visitors = visitors
    elif program == "board":
        from screens.board import BoardApp as Program
    else:
        from screens.app import KioskApp as Program

    from screens.themes import MODERN

    gc.freeze()
    gc.enable()
    app = Program(open_office, language=language, theme=theme or (MODERN if in_browser else ""))
    app.tour = tour
    try:
        app.run(mouse=False)
    finally:
        app.close_office()
        leave_clean()
    if app.return_code == EXIT_DEFECT:
        sys.stderr.write(say(language, "end.updated" if _updated_since(began) else "end.defect") + "\n")
    return app.return_code or 0


def _updated_since(moment: float) -> bool:
    """Whether files of the program were written after `moment` (seconds since 1970): what was loaded before and what
    was loaded since are of two versions, and don't fit together."""
    for package in ("kiosk", "screens", "hardware", "db"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", ".po", ".md", ".toml"} and path.stat().st_mtime > moment:
                return True
    return False


def _visitors() -> "tuple[Visitor, ...]":
    """The languages that applicants may choose at this terminal, measured at it."""
    from screens.showable import offered, shown_here

    return offered(shown_here())
