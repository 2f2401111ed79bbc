"""The widgets that take one field's value. Each draws its own error line, so an error costs no extra widget."""

from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, TextArea

from kiosk.text import clean, clean_lines, clean_typed
from screens.plain import fit
from screens.themes import BARE
from screens.widgets.fields import Field, Kind, Raw

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp


class EditorChanged(Message):
    """What an editor holds was changed by the officer."""

    def __init__(self, editor: "Editor") -> None:
        self.editor = editor
        super().__init__()


class EditorDone(Message):
    """The officer pressed Enter: move on to the next field."""


class Editor(Widget):
    """One field's widget: what was typed goes in and out as `raw`, an error is shown in it."""

    field: Field
    error: str = ""
    order: int = 0
    """Place among the form's fields."""

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    @property
    def raw(self) -> Raw:
        """What was typed."""
        raise NotImplementedError

    def put(self, raw: Raw) -> None:
        """Show `raw` without telling anyone that it changed."""
        raise NotImplementedError

    def show_error(self, text: str) -> None:
        """Show `text` under the value; "" takes it away."""
        if text != self.error:
            self.error = text
            self.set_class(bool(text), "-wrong")
            self.refresh(layout=True)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(layout=True)

    @property
    def _focus_sort_key(self) -> tuple[int, int]:
        """Textual goes by the place on the screen, where a field that has just appeared has none yet."""
        return 0, self.order


_RESTRICT = {
    Kind.DIGITS: r"[0-9 ]*",
    Kind.INTEGER: r"-?[0-9]*",
    Kind.MONEY: r"[0-9. ]*",
    Kind.DATE: r"[0-9\-/. ]*",
    Kind.PARTIAL_DATE: r"[0-9\-/. ]*",
    Kind.DATE_TIME: r"[0-9\-/. :]*",
}
_ROOM = {Kind.DATE: 10, Kind.PARTIAL_DATE: 10, Kind.DATE_TIME: 16, Kind.INTEGER: 12, Kind.MONEY: 19}


class TextEditor(Input, Editor):
    """A field of one line."""

    TAKES_TEXT: ClassVar[bool] = True
    """A letter goes into the text and does nothing else, so typing needs not wait for it."""

    virtual_size = Reactive(Size(0, 0))
    """Not a matter of layout, unlike Textual's own: a long form would be laid out anew at every letter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"editor--error"}

    def __init__(self, field: Field) -> None:
        super().__init__(
            compact=True,
            restrict=_RESTRICT.get(field.kind),
            max_length=_ROOM.get(field.kind, field.max_length),
            password=field.kind is Kind.SECRET,
            select_on_focus=False,
            id=f"field-{field.name}",
        )
        self.field = field
        self._quiet = False

    def on_mount(self) -> None:
        self.styles.max_width = self._room
        self.cursor_blink = False
        self.relabel()

    @property
    def _room(self) -> int:
        """As wide as what may be typed, and the cursor after it."""
        return (self.max_length or 60) + 1

    def show_error(self, text: str) -> None:
        self.styles.max_width = None if text else self._room
        super().show_error(text)

    @property
    def raw(self) -> Raw:
        return self.value

    def put(self, raw: Raw) -> None:
        text = clean_typed(raw) if isinstance(raw, str) else ""
        if text != self.value:
            with self.prevent(Input.Changed):
                self.value = text
            self.cursor_position = len(text)

    def cursor_cell(self) -> Offset:
        """Where the cursor stands: a cell of the content. (Textual's own answer is one too many at the end.)"""
        return Offset(self._position_to_cell(self.cursor_position) - self.scroll_offset.x, 0)

    def relabel(self) -> None:
        key = f"placeholder.{self.field.kind}"
        words = self.app.words
        self.placeholder = words.say(key) if words.has(key) else ""

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(text.upper() if self.field.kind is Kind.UPPER else text, start, end)

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        return 2 if self.error else 1

    def render_line(self, y: int) -> Strip:
        if y == 0 and not self.value and not self.has_focus:
            fill = "_" if self.app.theme in BARE else " "
            text = self.placeholder + fill * max(0, self.size.width - cell_len(self.placeholder))
            return Strip([Segment(text)], self.size.width).apply_style(self.rich_style)
        if y == 1 and self.error:
            style = self.get_component_rich_style("editor--error")
            return Strip([Segment(fit(f"! {self.error}", self.size.width), style)], self.size.width)
        return super().render_line(y)

    def action_submit(self) -> None:  # type: ignore[override]
        self.post_message(EditorDone())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(EditorChanged(self))

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = clean(event.text.strip().splitlines()[0] if event.text.strip() else "", limit=10_000)
        start, end = sorted(self.selection)
        self.replace(text, start, end)


class NoteEditor(TextArea, Editor, inherit_bindings=False):
    """A field of several lines, which break where they must: Enter goes on to the next field, as everywhere."""

    TAKES_TEXT: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("home", "cursor_line_start", show=False),
        Binding("end", "cursor_line_end", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(compact=True, tab_behavior="focus", show_line_numbers=False, id=f"field-{field.name}")
        self.field = field
        self.cursor_blink = False

    @property
    def raw(self) -> Raw:
        return self.text

    def put(self, raw: Raw) -> None:
        lines = raw.split("\n") if isinstance(raw, str) else []
        text = "\n".join(clean_typed(line) for line in lines)[: self.field.max_length]
        if text != self.text:
            with self.prevent(TextArea.Changed):
                self.load_text(text)

    def relabel(self) -> None:
        self.refresh()

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(EditorDone())

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        room = max(0, self.field.max_length - len(self.text))
        self.replace(clean_lines(event.text)[:room], *self.selection)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(EditorChanged(self))


class FactLine(Widget):
    """A fact beside its label: nothing to type."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"field-{field.name}")
        self.field = field
        self.fact: Content = Content("")

    def put(self, fact: Content) -> None:
        """Show `fact`."""
        self.fact = fact
        self.refresh(layout=True)

    def render(self) -> Content:
        return self.fact
