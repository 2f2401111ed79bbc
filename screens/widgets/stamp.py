"""The text of the stamp, line for line as it stands in the passport, with the questions about it beside it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.plain import plain


class BesideStamp(Vertical):
    """A heading over the stamp's lines, and `asked` (a form) to their right; alone while there is no stamp."""

    def __init__(self, asked: Widget) -> None:
        super().__init__()
        self._asked = asked
        self._heading = Static(markup=False, classes="title")
        self._lines = Static(markup=False, id="stamp")

    def compose(self) -> ComposeResult:
        yield self._heading
        with Horizontal():
            yield self._lines
            yield self._asked

    def show(self, heading: str, lines: Sequence[str]) -> None:
        """`heading` is words, `lines` is data; without lines the form has the whole width."""
        self.set_class(bool(lines), "-stamp")
        self._heading.display = self._lines.display = bool(lines)
        self._heading.update(plain(heading))
        self._lines.update(Content("\n").join(plain(line) for line in lines if line.strip()))
