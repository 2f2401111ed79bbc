"""Editors that choose: one of a few in place, one of many from a list, several from a checklist."""

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Size

from kiosk.text import clean
from screens.plain import part
from screens.widgets.editors import Editor, EditorChanged, EditorDone
from screens.widgets.fields import Choice, Field, Raw
from screens.widgets.type_ahead import place_of

IN_PLACE = 6
"""Up to this many choices stand in the form itself; more open a list with type-ahead."""


class _Chooser(Editor, can_focus=True):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"editor--error", "editor--cursor", "editor--chosen"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", show=False),
        Binding("up", "step(-1, True)", show=False),
        Binding("down", "step(1, True)", show=False),
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("space", "pick", show=False),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"field-{field.name}")
        self.field = field

    def labels(self) -> list[str]:
        """The choices in the officer's language."""
        return [choice.label(self.app.words) for choice in self.field.entries()]

    def action_done(self) -> None:
        self.post_message(EditorDone())

    def changed(self) -> None:
        """Redraw and tell the form."""
        self.refresh()
        self.post_message(EditorChanged(self))

    def leave(self, direction: int) -> None:
        """Past the first or the last line: go to the neighbouring field."""
        if direction > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def cursor_cell(self) -> Offset:
        """Where the cursor stands: a cell of the content."""
        return Offset(0, 0)

    def lines(self, width: int) -> list[Content]:
        """What is drawn, without the error."""
        raise NotImplementedError

    def all_lines(self, width: int) -> list[Content]:
        """What is drawn, the error last."""
        drawn = self.lines(width)
        if self.error:
            drawn.append(Content.styled(f"! {self.error}", part(self, "editor--error")))
        return drawn

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self.all_lines(width)))

    def render(self) -> Content:
        return Content("\n").join(self.all_lines(self.size.width))


class ChoiceEditor(_Chooser):
    """One of up to six: left and right (or up and down) choose, a digit or the first letter too.

    Where none may be chosen the arrows only move: Space chooses, and takes away what was chosen, as Backspace does.
    Passing through a field with up and down changes nothing: one that was answered before the cursor came is left
    again, until something else than up and down was pressed in it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("backspace,delete", "clear", show=False)]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._at = -1
        self._cursor = 0
        self._passing = False

    def on_focus(self) -> None:
        self._passing = self._at >= 0 and self.field.required

    @property
    def raw(self) -> Raw:
        return self.field.entries()[self._at].value if self._at >= 0 else ""

    def put(self, raw: Raw) -> None:
        self._at = next((i for i, choice in enumerate(self.field.entries()) if choice.value == raw), -1)
        self._cursor = max(0, self._at)
        self.refresh()

    def choose(self, index: int) -> None:
        """The officer chose the `index`-th entry; -1 takes the choice away."""
        self._passing = False
        self._cursor = max(0, index if index >= 0 else self._cursor)
        if index != self._at:
            self._at = index
            self.changed()

    def action_step(self, by: int, vertical: bool = False) -> None:
        stands = self._stands(self.size.width)
        self._passing = self._passing and vertical
        if vertical and (self._passing or not stands):
            self.leave(by)
        elif self._at < 0 and self.field.required:
            self.choose(0 if by > 0 else len(self.field.entries()) - 1)
        elif 0 <= self._cursor + by < len(self.field.entries()):
            self._move(self._cursor + by)
        elif vertical:
            self.leave(by)

    def _move(self, index: int) -> None:
        if self.field.required:
            self.choose(index)
        else:
            self._cursor = index
            self.refresh()

    def action_pick(self) -> None:
        if self._at == self._cursor and not self.field.required:
            self.choose(-1)
        else:
            self.choose(self._cursor)

    def action_clear(self) -> None:
        if not self.field.required:
            self.choose(-1)

    def on_key(self, event: events.Key) -> None:
        character = event.character or ""
        labels = self.labels()
        if character.isdigit() and 1 <= int(character) <= len(labels):
            self.choose(int(character) - 1)
        elif character.isalpha():
            order = [*range(self._at + 1, len(labels)), *range(self._at + 1)]
            match = [i for i in order if labels[i][:1].casefold() == character.casefold()]
            if match:
                self.choose(match[0])
        else:
            return
        event.stop()

    def cursor_cell(self) -> Offset:
        if self._stands(self.size.width):
            return Offset(1, self._cursor)
        return Offset(1 + sum(cell_len(label) + 6 for label in self.labels()[: self._cursor]), 0)

    def _stands(self, width: int) -> bool:
        return sum(len(label) + 6 for label in self.labels()) > width

    def lines(self, width: int) -> list[Content]:
        items: list[Content] = []
        for index, label in enumerate(self.labels()):
            style = "editor--chosen" if index == self._at else ""
            if self.has_focus and index == self._cursor:
                style = "editor--cursor"
            text = f"({'x' if index == self._at else ' '}) {label}"
            items.append(Content.styled(text, part(self, style)) if style else Content(text))
        return items if self._stands(width) else [Content("  ").join(items)]


class PickEditor(_Chooser):
    """One of many: Space, or the first letters, open the list."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._value = ""

    @property
    def raw(self) -> Raw:
        return self._value

    def put(self, raw: Raw) -> None:
        self._value = raw if isinstance(raw, str) else ""
        self.refresh()

    def chosen(self) -> Choice | None:
        """The entry that is chosen."""
        return next((choice for choice in self.field.entries() if choice.value == self._value), None)

    def action_step(self, by: int, vertical: bool = False) -> None:
        if vertical:
            self.leave(by)

    def action_pick(self) -> None:
        self.open("")

    def action_done(self) -> None:
        if not self._value and self.field.required:
            self.open("")
        else:
            super().action_done()

    def open(self, typed: str) -> None:
        """Open the list with `typed` already in its filter."""
        from screens.widgets.pick_list import PickDialog

        def taken(value: str | None) -> None:
            if value is not None:
                self._value = value
                self.changed()
                self.post_message(EditorDone())

        self.app.push_screen(PickDialog(self.field.label, self.field.entries(), typed, self.field.nothing), taken)

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isalnum():
            event.stop()
            self.open(event.character)
        elif event.key in {"backspace", "delete"} and self._value:
            event.stop()
            self._value = ""
            self.changed()

    def lines(self, width: int) -> list[Content]:
        chosen = self.chosen()
        words = self.app.words
        label = chosen.label(words) if chosen else words.say("pick.none")
        shown = clean(f"{chosen.value}  {label}") if chosen and chosen.is_data and chosen.value != label else label
        style = "editor--cursor" if self.has_focus else "editor--chosen" if chosen else ""
        hint = f"  {words.say('pick.hint')}" if self.has_focus else ""
        line = Content.styled(f"[{shown}]", part(self, style)) if style else Content(f"[{shown}]")
        return [line + Content(hint)]


class ChecklistEditor(_Chooser):
    """Several of a list: up and down move, and the first letter of a word; Space ticks."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._ticked: set[str] = set()
        self._at = 0

    @property
    def cursor(self) -> int:
        """The line the cursor is on."""
        return self._at

    def cursor_cell(self) -> Offset:
        return Offset(1, self._at)

    @property
    def raw(self) -> Raw:
        return [choice.value for choice in self.field.choices if choice.value in self._ticked]

    def put(self, raw: Raw) -> None:
        self._ticked = set(raw) if isinstance(raw, list) else set()
        self.refresh()

    def action_step(self, by: int, vertical: bool = False) -> None:
        if not vertical:
            return
        if 0 <= self._at + by < len(self.field.choices):
            self._at += by
            self.refresh()
        else:
            self.leave(by)

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isalnum() and self.field.choices:
            event.stop()
            labels = [(label,) for label in self.labels()]
            place = place_of(labels, event.character, (self._at + 1) % len(labels))
            self._at = self._at if place is None else place
            self.refresh()

    def action_pick(self) -> None:
        if self.field.choices:
            self._ticked ^= {self.field.choices[self._at].value}
            self.changed()

    def lines(self, width: int) -> list[Content]:
        drawn: list[Content] = []
        for index, (choice, label) in enumerate(zip(self.field.choices, self.labels(), strict=True)):
            text = f"[{'x' if choice.value in self._ticked else ' '}] {label}"
            here = self.has_focus and index == self._at
            drawn.append(Content.styled(text, part(self, "editor--cursor")) if here else Content(text))
        return drawn
