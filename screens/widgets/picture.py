"""A portrait in the terminal: half blocks in colour, or shades of plain characters where there are few colours."""

from typing import TYPE_CHECKING

from textual.color import Color
from textual.containers import Horizontal
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from kiosk.picture_cells import Cells, Colour, brightness, cells
from screens.themes import CONSOLE, MONOCHROME

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp

UPPER_HALF = "\u2580"
SHADES = " .:-=+*#%@"
WIDTH, HEIGHT = 20, 12


class Picture(Widget, can_focus=False):
    """Nothing until `show` is given an image file."""

    DEFAULT_CSS = f"Picture {{ width: {WIDTH}; height: {HEIGHT}; display: none; }}"

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    _cells: Cells | None = None

    def show(self, content: bytes) -> bool:
        """Show an image file; False where it is none."""
        self._cells = cells(content, WIDTH, HEIGHT)
        self.display = self._cells is not None
        self.refresh(layout=True)
        return self._cells is not None

    def render(self) -> Content:
        if self._cells is None:
            return Content("")
        plain = self.app.theme in (CONSOLE, MONOCHROME)
        rows = [_shades(row) if plain else _blocks(row) for row in self._cells.rows]
        return Content("\n").join(rows)


def _blocks(row: tuple[tuple[Colour, Colour], ...]) -> Content:
    return Content.assemble(
        *((UPPER_HALF, Style(background=Color(*lower), foreground=Color(*upper))) for upper, lower in row)
    )


def _shades(row: tuple[tuple[Colour, Colour], ...]) -> Content:
    return Content("".join(SHADES[round((brightness(u) + brightness(v)) / 2 * (len(SHADES) - 1))] for u, v in row))


class BesidePicture(Horizontal):
    """A form with a picture at its right."""

    DEFAULT_CSS = "BesidePicture { height: 1fr; } BesidePicture > Form { width: 1fr; }"
