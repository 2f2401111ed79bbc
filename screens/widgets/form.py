"""Forms as data: a list of fields becomes labels on the left and editors on the right, scrolling when it is long."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from kiosk.refusals import Refusal, Refused
from kiosk.text import clean
from screens.defects import say_refusal
from screens.plain import plain
from screens.widgets.choices import IN_PLACE, ChecklistEditor, ChoiceEditor, PickEditor
from screens.widgets.editors import Editor, EditorChanged, EditorDone, FactLine, NoteEditor, TextEditor
from screens.widgets.fields import Choice, Field, Kind, Raw, Value, Values, parse, shown

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp


class FieldLabel(Static):
    """A field's label; `*` marks what is required."""

    def __init__(self, field: Field) -> None:
        super().__init__(classes="heading" if field.kind is Kind.HEADING else "label", markup=False)
        self.field = field

    def relabel(self, text: str, error: str = "") -> None:
        """Show `text`, and `error` under it where the editor has no room for one."""
        label = f"{text} *" if self.field.required else text
        self.update(Content(f"{label}\n! {error}" if error else label))


class Form(Widget, can_focus=False):
    """Fields in reading order. Enter, Tab and the arrows move; what was typed is never lost by a refusal."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    class Changed(Message):
        """The officer changed something in the form."""

        def __init__(self, form: "Form", name: str) -> None:
            self.form, self.name = form, name
            super().__init__()

    class AtEnd(Message):
        """Enter on the last field."""

    class AtField(Message):
        """The cursor came into a field: its hint may be shown."""

        def __init__(self, field: Field) -> None:
            self.field = field
            super().__init__()

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, fields: Sequence[Field], initial: Mapping[str, Value] | None = None) -> None:
        super().__init__()
        self.fields = tuple(fields)
        self._by_name = {field.name: field for field in self.fields}
        self._labels = {field.name: FieldLabel(field) for field in self.fields}
        self._editors: dict[str, Editor] = {f.name: _editor(f) for f in self.fields if f.takes_input}
        for order, editor in enumerate(self._editors.values()):
            editor.order = order
        self._facts = {f.name: FactLine(f) for f in self.fields if f.kind is Kind.SHOW}
        self._initial = dict(initial or {})
        self._wrong: dict[str, Refusal] = {}
        """Whose error is shown: it is said anew when the language changes."""

    def compose(self) -> ComposeResult:
        for field in self.fields:
            yield self._labels[field.name]
            if field.name in self._editors:
                yield self._editors[field.name]
            elif field.name in self._facts:
                yield self._facts[field.name]

    def on_mount(self) -> None:
        self.relabel()
        self.fill(self._initial)

    # values in and out

    def read(self) -> Values | Refused:
        """The values of all shown fields, or every refusal of shape, in reading order."""
        values, refusals = self._read()
        return Refused(tuple(refusals)) if refusals else values

    def values(self) -> Values:
        """The values of the shown fields that have the right shape; the others are missing."""
        return self._read()[0]

    def fill(self, values: Mapping[str, Value]) -> None:
        """Put values into their fields. Unknown names and facts are ignored."""
        self.restore(
            {name: shown(self._by_name[name], value) for name, value in values.items() if name in self._editors}
        )

    def snapshot(self) -> dict[str, Raw]:
        """What was typed, for a draft. Secrets stay out of it."""
        kept = {name: editor.raw for name, editor in self._editors.items() if editor.field.kind is not Kind.SECRET}
        return {name: raw for name, raw in kept.items() if raw}

    def restore(self, typed: Mapping[str, object]) -> None:
        """Put back what `snapshot` gave."""
        for name, raw in typed.items():
            editor = self._editors.get(name)
            if editor is not None and isinstance(raw, str | list):
                editor.put(raw)
                if raw:
                    self._clear(editor)
        self._arrange()

    def offer(self, name: str, choices: tuple[Choice, ...]) -> None:
        """Offer these choices in the field from now on; one that was chosen and is not among them is taken away."""
        editor = self._editors[name]
        if editor.field.choices == choices:
            return
        raw, editor.field = editor.raw, replace(editor.field, choices=choices)
        editor.put(raw if raw in {choice.value for choice in choices} else "")
        editor.refresh(layout=True)

    def show(self, name: str, fact: object) -> None:
        """Put `fact` (any data; it is cleaned) beside the label of a SHOW field."""
        self._facts[name].put(fact if isinstance(fact, Content) else plain(fact))

    # errors and the cursor

    def show_refusals(self, refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
        """Show refusals at their fields, the cursor in the first; those of no field here come back."""
        elsewhere: list[Refusal] = []
        first: Editor | None = None
        for refusal in refusals:
            editor = self._editors.get(refusal.field or "")
            if editor is None or not editor.display:
                elsewhere.append(refusal)
                continue
            if not editor.error:
                self._refuse(editor, refusal)
            first = first or editor
        if first is not None:
            first.focus()
            self._keep_in_view()
        return tuple(elsewhere)

    def clear_errors(self) -> None:
        """Take all errors away."""
        for editor in self._editors.values():
            self._clear(editor)

    def go_to(self, name: str) -> None:
        """Put the cursor into a field."""
        self._editors[name].focus()

    def go_to_first(self) -> None:
        """Put the cursor into the first empty required field, else into the first field."""
        shown_now = [editor for editor in self._editors.values() if editor.display]
        empty = [editor for editor in shown_now if editor.field.required and not editor.raw]
        for editor in (empty or shown_now)[:1]:
            editor.focus()

    def label_of(self, name: str) -> str:
        """The words of a field's label."""
        field, words = self._by_name[name], self.app.words
        if field.title is not None:
            return clean(field.title.say(words.language))
        return words.say(field.label) if field.label else ""

    def name_of(self, name: str | None) -> str:
        """Like `label_of`; "" for what is no field here."""
        return self.label_of(name) if name in self._by_name else ""

    def relabel(self) -> None:
        """The language changed: new labels and errors, typed text stays."""
        for name, label in self._labels.items():
            label.relabel(self.label_of(name))
        for name, editor in self._editors.items():
            editor.relabel()
            if name in self._wrong:
                self._refuse(editor, self._wrong[name])
        self._keep_in_view()

    # what happens

    def on_editor_changed(self, event: EditorChanged) -> None:
        event.stop()
        self._clear(event.editor)
        self._arrange()
        self.post_message(self.Changed(self, event.editor.field.name))

    def on_editor_done(self, event: EditorDone) -> None:
        event.stop()
        takers = [editor for editor in self._editors.values() if editor.display]
        if takers and takers[-1].has_focus:
            self.post_message(self.AtEnd())
        else:
            self.screen.focus_next()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for editor in self._editors.values():
            self._labels[editor.field.name].set_class(editor is event.widget, "-here")
        if isinstance(event.widget, Editor):
            self._keep_in_view()
            self.post_message(self.AtField(event.widget.field))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The cursor left a field: what has no sense is said there and then, a date stands as dates do."""
        editor = event.widget
        if not isinstance(editor, Editor):
            return
        self._labels[editor.field.name].set_class(False, "-here")
        if not editor.raw or editor.field.kind not in _CHECKED_ON_LEAVING:
            return
        value = parse(editor.field, editor.raw)
        if isinstance(value, Refusal):
            self._refuse(editor, value)
        else:
            editor.put(shown(editor.field, value))

    def on_resize(self) -> None:
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        """Once all has its place: the field with the cursor, its error and what follows are on the screen."""

        def look() -> None:
            focused = self.screen.focused if self.is_attached else None
            if isinstance(focused, Editor) and self in focused.ancestors:
                around = focused.virtual_region.grow((1, 0, 2, 0))
                self.scroll_to_region(around, animate=False, immediate=True)

        self.call_after_refresh(look)

    def action_page(self, direction: int) -> None:
        self.scroll_relative(y=direction * max(1, self.size.height - 1), animate=False)

    def _read(self) -> tuple[Values, list[Refusal]]:
        values, refusals = Values(), []
        for name, editor in self._editors.items():
            field = editor.field
            if field.only_if is not None and not field.only_if(values):
                continue
            value = parse(field, editor.raw)
            if isinstance(value, Refusal):
                refusals.append(value)
            else:
                values[name] = value
        return values, refusals

    def _arrange(self) -> None:
        if all(field.only_if is None and field.required_if is None for field in self.fields):
            return
        values, moved = self.values(), False
        for field in self.fields:
            if field.required_if is not None:
                self._require(self._editors[field.name], field.required_if(values))
            if field.only_if is not None:
                visible = field.only_if(values)
                for widget in (self._labels[field.name], self._editors.get(field.name), self._facts.get(field.name)):
                    if widget is not None and widget.display != visible:
                        widget.display, moved = visible, True
        if moved:
            self._keep_in_view()

    def _require(self, editor: Editor, required: bool) -> None:
        if editor.field.required != required:
            label = self._labels[editor.field.name]
            editor.field = label.field = replace(editor.field, required=required)
            self._show_error(editor, editor.error)
            label.relabel(self.label_of(editor.field.name))

    def _refuse(self, editor: Editor, refusal: Refusal) -> None:
        self._wrong[editor.field.name] = refusal
        self._show_error(editor, say_refusal(self.app.words, refusal).what)

    def _clear(self, editor: Editor) -> None:
        self._wrong.pop(editor.field.name, None)
        self._show_error(editor, "")

    def _show_error(self, editor: Editor, text: str) -> None:
        label = self._labels[editor.field.name]
        label.set_class(bool(text), "-wrong")
        if isinstance(editor, NoteEditor):
            label.relabel(self.label_of(editor.field.name), text)
            editor.error = text
        else:
            editor.show_error(text)


_CHECKED_ON_LEAVING = frozenset({Kind.DATE, Kind.PARTIAL_DATE, Kind.DATE_TIME, Kind.INTEGER, Kind.MONEY})
"""Kinds whose shape can be wrong whatever the rules say."""


def _editor(field: Field) -> Editor:
    if field.kind is Kind.NOTE:
        return NoteEditor(field)
    if field.kind is Kind.CHECKLIST:
        return ChecklistEditor(field)
    if field.kind in {Kind.CHOICE, Kind.YES_NO}:
        return ChoiceEditor(field) if len(field.entries()) <= IN_PLACE else PickEditor(field)
    return TextEditor(field)
