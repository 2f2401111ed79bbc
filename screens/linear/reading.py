"""What stands on a screen, as lines in the order of the page. The same widgets, asked for their words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from kiosk.text import clean, clean_lines
from screens.widgets.bars import KeyBar, StatusLine, TopBar
from screens.widgets.choices import ChecklistEditor, ChoiceEditor, PickEditor
from screens.widgets.editors import Editor, FactLine
from screens.widgets.fields import Kind
from screens.widgets.form import FieldLabel, Form
from screens.widgets.picture import Picture
from screens.widgets.received import ReceivedList
from screens.widgets.rows import RowList
from screens.widgets.sop import SopRow

if TYPE_CHECKING:
    from kiosk.words import Words

_UNREAD = (KeyBar, TopBar, StatusLine, Picture)
"""Asked for by themselves, or nothing to be read."""
_BARS = re.compile("[█░▒]+")


@dataclass(frozen=True, slots=True)
class Heard:
    """One widget's lines. `whose` is the same as long as the widget lives."""

    whose: int
    lines: tuple[str, ...]
    is_list: bool = False


def heard(screen: "Screen[Any]", words: "Words", *, whole: bool = False) -> list[Heard]:
    """Everything that can be read. Fields are left out unless they hold an error, or `whole` is asked for."""
    found = []
    for widget in screen.walk_children(Widget):
        if _is_shown(widget, screen):
            lines = tuple(line for line in _lines(widget, words, whole) if line)
            if lines:
                found.append(Heard(id(widget), lines, isinstance(widget, RowList | ReceivedList)))
    return found


def _is_shown(widget: Widget, screen: "Screen[Any]") -> bool:
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget) and node is not screen)


def _lines(widget: Widget, words: "Words", whole: bool) -> Iterator[str]:
    if isinstance(widget, SopRow):
        yield from _sop(widget, words)
    elif isinstance(widget, FieldLabel):
        if widget.field.kind is Kind.HEADING:
            yield f"- {label_of(widget, words)} -"
    elif isinstance(widget, FactLine):
        fact = clean_lines(widget.fact.plain, limit=4000).splitlines() or [""]
        if fact != [""]:
            yield f"{label_of(widget, words)}: {fact[0]}"
            yield from (f"  {line}" for line in fact[1:])
    elif isinstance(widget, Editor):
        if widget.error or whole:
            error = f"  ! {clean(widget.error)}" if widget.error else ""
            yield f"{label_of(widget, words)}: {value_of(widget, words)}{error}"
    elif isinstance(widget, RowList):
        yield from _rows(widget, words)
    elif isinstance(widget, ReceivedList):
        met, wanted = widget.counted()
        yield words.say("linear.items", met=met, wanted=wanted)
        yield from (f"{number}. {widget.line_of(item)}" for number, item in enumerate(widget.items, 1))
    elif isinstance(widget, Static):
        yield from (line.rstrip() for line in _static(widget).splitlines())
    elif type(widget).__module__.startswith("screens.") and not isinstance(widget, _UNREAD):
        drawn = widget.render()
        if isinstance(drawn, Content):
            yield from (" ".join(_BARS.sub(" ", line).split()) for line in drawn.plain.splitlines())


def _static(widget: Static) -> str:
    content = widget.content
    return content.plain if isinstance(content, Content) else str(content)


def _sop(row: SopRow, words: "Words") -> Iterator[str]:
    step = row.step
    subject = f" · {clean(row.subject)}" if row.subject else ""
    yield f"== {step.number}/{row.steps} {clean(step.title.say(words.language))}{subject} =="
    yield clean(step.activity, limit=400)
    yield f"{words.say('sop.inputs')}: {clean(step.inputs, limit=400)}"
    if step.output:
        yield f"{words.say('sop.output')}: {clean(step.output, limit=400)}"
    yield words.say("linear.minutes", minutes=step.minutes)


def _rows(rows: "RowList[Any]", words: "Words") -> Iterator[str]:
    titles = [words.say(column.title) for column in rows.columns if column.title]
    if rows.rows and titles:
        yield f"({'; '.join(titles)})"
    for number, row in enumerate(rows.rows, 1):
        mark = f"{row.mark} " if row.mark else ""
        yield f"{number}. {mark}{'; '.join(clean(cell) for cell in row.cells if cell.strip())}"
    if not rows.rows and rows.empty:
        yield words.say(rows.empty)


def label_of(widget: "Editor | FactLine | FieldLabel", words: "Words") -> str:
    """The words beside a field."""
    field = widget.field
    for form in (node for node in widget.ancestors if isinstance(node, Form)):
        return form.label_of(field.name)
    return words.say(field.label) if field.label else ""


def value_of(editor: Editor, words: "Words") -> str:
    """What a field holds, in words; a secret is never read out."""
    raw = editor.raw
    if editor.field.kind is Kind.SECRET:
        return "***" if raw else ""
    if isinstance(editor, ChoiceEditor | PickEditor | ChecklistEditor):
        chosen = raw if isinstance(raw, list) else [raw]
        return ", ".join(choice.label(words) for choice in editor.field.entries() if choice.value in chosen)
    return clean_lines(raw, limit=4000).replace("\n", " / ") if isinstance(raw, str) else ""


def keys(screen: "Screen[Any]", words: "Words") -> str:
    """The keys that work on this screen, with their words: `F10 Selesai, Esc Kembali`."""
    bar = next(iter(screen.query(KeyBar)), None)
    return ", ".join(f"{key.shown} {word}" for key, word in bar.entries()) if bar is not None else ""
