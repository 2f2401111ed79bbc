"""What a typed line means for the field that was asked for. Shapes are judged by the form's own `parse`."""

from kiosk.refusals import Refusal
from kiosk.words import Words
from screens.widgets.choices import ChecklistEditor, ChoiceEditor, PickEditor
from screens.widgets.editors import Editor, EditorChanged
from screens.widgets.fields import Choice, Kind, parse, shown

FEW = 20
"""So many entries of a list are read out at once."""


def options(editor: Editor, words: Words) -> tuple[str, ...]:
    """The entries of a choice with their numbers, where they are few enough to be read out each time."""
    entries = editor.field.entries()
    if not isinstance(editor, ChoiceEditor | ChecklistEditor) or not entries:
        return ()
    return tuple(f"{number} {choice.label(words)}" for number, choice in enumerate(entries, 1))


def take(editor: Editor, line: str, words: Words) -> Refusal | tuple[Choice, ...] | None:
    """Put `line` into the field. None when it went in; a Refusal of its shape; or several entries that it may mean
    (none: it means no entry)."""
    if isinstance(editor, ChecklistEditor):
        return _tick(editor, line, words)
    if isinstance(editor, ChoiceEditor | PickEditor):
        found = meant(editor, line, words)
        if len(found) != 1:
            return found
        put(editor, found[0].value)
        return None
    value = parse(editor.field, line)
    if isinstance(value, Refusal):
        return value
    put(editor, line if editor.field.kind is Kind.SECRET else shown(editor.field, value))
    return None


def put(editor: Editor, raw: str | list[str]) -> None:
    """What the officer typed into a field: the form hears of it as of any key."""
    editor.put(raw)
    editor.post_message(EditorChanged(editor))


def meant(editor: Editor, line: str, words: Words) -> tuple[Choice, ...]:
    """The entries that `line` may mean: its number (of a short list), its value, its words, their beginning, or a part
    of them."""
    entries, typed = editor.field.entries(), line.casefold()
    if isinstance(editor, ChoiceEditor) and line.isdigit() and 1 <= int(line) <= len(entries):
        return (entries[int(line) - 1],)
    labelled = [(choice, choice.label(words).casefold()) for choice in entries]
    for fits in (
        lambda choice, label: typed in (choice.value.casefold(), label),
        lambda choice, label: label.startswith(typed),
        lambda choice, label: typed in label,
    ):
        found = tuple(choice for choice, label in labelled if fits(choice, label))
        if found:
            return found
    return ()


def _tick(editor: ChecklistEditor, line: str, words: Words) -> tuple[Choice, ...] | None:
    """Numbers or words, separated by commas or spaces: all that is ticked from now on."""
    entries = editor.field.entries()
    wanted = []
    for part in line.replace(",", " ").split():
        if part.isdigit() and 1 <= int(part) <= len(entries):
            wanted.append(entries[int(part) - 1].value)
            continue
        found = meant(editor, part, words)
        if len(found) != 1:
            return found
        wanted.append(found[0].value)
    put(editor, wanted)
    return None
