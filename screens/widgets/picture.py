"""A portrait in the terminal: in full detail where `screens.graphics` can, else half blocks in colour, or shades of
plain characters where there are few colours."""

from typing import TYPE_CHECKING, Any

from textual.color import Color
from textual.containers import Horizontal
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from kiosk.picture_cells import Cells, Colour, brightness, cells, upright
from screens.graphics import picture_class
from screens.themes import CONSOLE, MONOCHROME

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp

UPPER_HALF = "\u2580"
SHADES = " .:-=+*#%@"
WIDTH, HEIGHT = 20, 12


class Picture(Widget, can_focus=False):
    """Nothing until `show` is given an image file."""

    DEFAULT_CSS = "Picture { display: none; } Picture > * { width: 100%; height: 100%; }"

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        super().__init__()
        self.resize(width, height)
        self._cells: Cells | None = None
        self._detailed: Any = None

    def resize(self, width: int, height: int) -> None:
        """How many cells the next picture may fill."""
        self.styles.width, self.styles.height = width, height
        self._area = width, height

    def prepared(self, content: bytes) -> Cells | None:
        """The cells of an image file; for a thread that has the time, so that `show` has less to do."""
        return cells(content, *self._area)

    def show(self, content: bytes, ready: Cells | None = None) -> bool:
        """Show an image file (`ready`: what `prepared` made of it); False where it is none."""
        self._cells = ready or self.prepared(content)
        self.display = self._cells is not None
        self._show_detail(content)
        self.refresh(layout=True)
        return self._cells is not None

    def _show_detail(self, content: bytes) -> None:
        fine, picture = picture_class(), upright(content) if self.display else None
        wanted = fine is not None and picture is not None and self.app.theme not in (CONSOLE, MONOCHROME)
        if self._detailed is not None and wanted:
            self._detailed.image = picture
            return
        if self._detailed is not None:
            self._detailed.remove()
            self._detailed = None
        if fine is not None and wanted:
            self._detailed = fine(picture)
            self.mount(self._detailed)

    def render(self) -> Content:
        if self._cells is None or self._detailed is not None:
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
