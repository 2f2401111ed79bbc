"""A Braille line follows the terminal's own cursor: it stands where the officer is."""

from pathlib import Path

from tests.screens.fake_office import PIN
from tests.screens.terminal_pty import Console

DOWN = "\x1b[B"


def test_the_hardware_cursor_follows_the_focus(tmp_path: Path) -> None:
    console = Console("tests/screens/pty_child.py", str(tmp_path / "kiosk.log"))
    try:
        console.until("Nama masuk")
        console.until("Kantor latihan")
        console.type("sri")
        console.until(lambda: at(console).startswith(" Nama masuk") and before(console).endswith("sri"))
        console.type("\r")
        console.until(lambda: at(console).startswith(" PIN"))
        console.type(PIN + "\r")
        console.until("ITK-MRE-2026-00002")
        console.until(lambda: at(console).startswith(" >"))
        for number in ("ITK-MRE-2026-00001", "ITK-MRE-2026-00002"):
            console.type(DOWN)
            console.until(lambda: at(console).startswith(" >") and number in at(console))  # noqa: B023
    finally:
        console.close()


def at(console: Console) -> str:
    """The line the cursor is in."""
    return str(console.screen.display[console.screen.cursor.y])


def before(console: Console) -> str:
    """What stands before the cursor in its line."""
    return at(console)[: console.screen.cursor.x]
