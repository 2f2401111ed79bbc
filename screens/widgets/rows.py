"""A list of rows in columns: one page, a cursor, no scrolling. The only table of the program."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

from kiosk.text import clean
from screens.plain import fit, part
from screens.widgets.type_ahead import place_of

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp

KeyT = TypeVar("KeyT")
REST_S = 2.0
"""After this long without a key, typing ahead begins anew."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `width` cells (0: what is left over). `title` is a catalogue key, "" for none."""

    title: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class Row(Generic[KeyT]):
    """A row: what it stands for, and its cells (data; cleaned when drawn). `mark` stands in the margin, also where the
    cursor is."""

    key: KeyT
    cells: tuple[str, ...]
    mark: str = ""


class RowList(Widget, Generic[KeyT], can_focus=True):
    """Rows with a cursor. Up, down, Home, End and a digit move; Enter chooses; PgUp and PgDn ask for another page.

    What is typed leads to the row of which a number, a name or a word begins so; it stands at the right of the titles,
    with `?` where no row does. Backspace takes a letter back; a move or a rest begins anew.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--cursor-away", "rows--title"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """Enter on a row."""

        def __init__(self, rows: "RowList[Any]", key: Any) -> None:
            self.rows, self.key = rows, key
            super().__init__()

    class Moved(Message):
        """The cursor moved."""

    class Paged(Message):
        """Another page is wanted: -1 the one before, 1 the next."""

        def __init__(self, rows: "RowList[Any]", direction: int) -> None:
            self.rows, self.direction = rows, direction
            super().__init__()

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, columns: Sequence[Column], *, empty: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.rows: tuple[Row[KeyT], ...] = ()
        self.empty = empty
        """Catalogue key of what is said when there is no row."""
        self.cursor = 0
        self.typed = ""
        """What was typed ahead."""
        self._typed_at = 0.0

    def show(self, rows: Sequence[Row[KeyT]], *, keep: bool = True) -> None:
        """Show `rows`; the cursor stays on the row it was on, if that is still there and `keep`."""
        before = self.current
        self.rows = tuple(rows)
        places = [i for i, row in enumerate(self.rows) if before is not None and row.key == before.key]
        self.cursor = places[0] if keep and places else min(self.cursor, max(0, len(self.rows) - 1)) if keep else 0
        self.refresh(layout=True)

    @property
    def current(self) -> Row[KeyT] | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def room(self) -> int:
        """How many rows fit now."""
        return max(1, self.size.height - self._head())

    def action_move(self, by: int) -> None:
        self.typed = ""
        target = self.cursor + by
        if 0 <= target < len(self.rows):
            self.go(target)
        else:
            self.post_message(self.Paged(self, by))

    def action_edge(self, index: int) -> None:
        self.typed = ""
        if self.rows:
            self.go(index % len(self.rows))

    def action_page(self, direction: int) -> None:
        self.typed = ""
        self.post_message(self.Paged(self, direction))

    def action_choose(self) -> None:
        self.typed = ""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current.key))

    def on_key(self, event: events.Key) -> None:
        typed = self.typed if monotonic() - self._typed_at < REST_S else ""
        if event.key == "backspace" and typed:
            self._look_for(typed[:-1])
        elif event.is_printable and event.character and (typed or event.character.strip(" +")):
            digit = event.character.isascii() and event.character.isdigit() and not typed
            if digit and 1 <= int(event.character) <= len(self.rows):
                self.typed = ""
                self.go(int(event.character) - 1)
            else:
                self._look_for(typed + event.character)
        else:
            return
        event.stop()

    def on_blur(self) -> None:
        self.typed = ""

    def _look_for(self, typed: str) -> None:
        self.typed, self._typed_at = typed, monotonic()
        place = self._place() if typed else None
        if place is None:
            self.refresh()
        else:
            self.go(place)

    def _place(self) -> int | None:
        return place_of([row.cells for row in self.rows], self.typed, self.cursor)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh()

    def render(self) -> Content:
        width = self.size.width
        margin = 3 if any(row.mark for row in self.rows) else 2
        lines: list[Content] = []
        if self._head():
            titles = tuple(self.app.words.say(column.title) if column.title else "" for column in self.columns)
            place = f" {self.cursor + 1}/{len(self.rows)}" if len(self.rows) > self.room else ""
            if self.typed:
                place = f" [{self.typed}{'' if self._place() is not None else ' ?'}]"
            head = " " * margin + self._line(titles, width - margin)
            lines.append(Content.styled(fit(head.rstrip(), width - len(place)) + place, self._style("title")))
        if not self.rows and self.empty:
            lines.append(Content(fit("  " + self.app.words.say(self.empty), width)))
        first = max(0, self.cursor - self.room + 1)
        for index, row in list(enumerate(self.rows))[first : first + self.room]:
            here = index == self.cursor
            front = f"{'>' if here else ' '}{row.mark[:1]}".ljust(margin)
            text = fit(front + self._line(tuple(clean(cell) for cell in row.cells), width - margin), width)
            style = self._style("cursor" if self.has_focus else "cursor-away")
            lines.append(Content.styled(text, style) if here else Content(text))
        return Content("\n").join(lines)

    def go(self, index: int) -> None:
        """Put the cursor on a row."""
        self.cursor = index
        self.refresh()
        self.post_message(self.Moved())

    def cursor_cell(self) -> Offset:
        """Where the cursor stands in the list: a cell of its content."""
        return Offset(0, self._head() + self.cursor - max(0, self.cursor - self.room + 1))

    def _head(self) -> int:
        return 1 if any(column.title for column in self.columns) else 0

    def _style(self, name: str) -> Style:
        return part(self, f"rows--{name}")

    def _line(self, cells: tuple[str, ...], width: int) -> str:
        fixed = sum(column.width for column in self.columns) + len(self.columns) - 1
        loose = [column for column in self.columns if not column.width]
        rest = max(4, (width - fixed) // len(loose)) if loose else 0
        return " ".join(fit(cell, column.width or rest) for cell, column in zip(cells, self.columns, strict=True))
