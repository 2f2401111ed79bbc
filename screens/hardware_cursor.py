"""The terminal's own cursor stands where the officer is: Braille lines, screen readers and magnifiers follow it.

It is invisible (the screen draws its own), but a console driver such as BRLTTY reads its place.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.geometry import Offset

from screens.widgets.bars import StatusLine

if TYPE_CHECKING:
    from textual.screen import Screen


class HardwareCursor(App[int] if TYPE_CHECKING else object):  # type: ignore[misc]
    """Puts the cursor in its place with everything that is drawn."""

    def _display(self, screen: "Screen[Any]", renderable: Any) -> None:
        if renderable is not None and self._running and self.screen_stack:
            self.cursor_position = place(self.screen)
        super()._display(screen, renderable)


def place(screen: "Screen[Any]") -> Offset:
    """The cell of the cursor: in the field, on the row, or at the status line where nothing has the focus."""
    focused = screen.focused
    if focused is None:
        line = next((line for line in screen.query(StatusLine)), None)
        return line.content_region.offset if line is not None else Offset(0, 0)
    cell: Callable[[], Offset] | None = getattr(focused, "cursor_cell", None)
    if cell is not None:
        return focused.content_region.offset + cell()
    offset = getattr(focused, "cursor_screen_offset", None)
    return offset if isinstance(offset, Offset) else focused.content_region.offset
