"""The documents of a file, one line each: Space says in which form a document is here, digits count its pages, a letter
goes to the next document with such a word."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Size
from textual.message import Message
from textual.widget import Widget

from kiosk.regulations import RequirementItem
from kiosk.steps.intake import ItemReceived
from kiosk.text import clean
from screens.plain import fit, part
from screens.widgets.dialogs import FormDialog
from screens.widgets.fields import Choice, Field, Kind, Values
from screens.widgets.type_ahead import place_of

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp

MOST_PAGES = 999
ROWS_HERE, ROWS_AWAY = 9, 4
"""Lines of the list while the cursor is in it, and while the form needs the room."""
_FORMS = {"original": (True, False), "copy": (False, True), "original_and_copy": (True, True)}
_NONE = (False, False)


class ReceivedList(Widget, can_focus=True):
    """What of the checklist lies on the counter. Enter opens a document's note; up and down go on into the form."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"received--cursor", "received--title", "received--here"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("space", "turn", show=False),
        Binding("enter", "note", show=False),
        Binding("backspace", "rub_out", show=False),
    ]

    class Changed(Message):
        """A document was received, counted or noted."""

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self) -> None:
        super().__init__(id="received")
        self.items: tuple[RequirementItem, ...] = ()
        self._here: dict[str, ItemReceived] = {}
        self.cursor = 0

    def show(self, items: Sequence[RequirementItem]) -> None:
        """Ask for these documents. What was said of others is kept, in case they are asked for again."""
        self.items = tuple(items)
        self.cursor = min(self.cursor, max(0, len(self.items) - 1))
        self.refresh(layout=True)

    def received(self) -> tuple[ItemReceived, ...]:
        """What is here or has a note, of the documents that are asked for."""
        found = (self._of(item) for item in self.items)
        return tuple(each for each in found if each.original or each.copy or each.note)

    def snapshot(self) -> list[dict[str, Any]]:
        """For a draft."""
        fields = ("key", "original", "copy", "pages", "note")
        return [{name: getattr(each, name) for name in fields} for each in self._here.values()]

    def restore(self, kept: object) -> None:
        """Put back what `snapshot` gave; anything else is ignored."""
        for row in kept if isinstance(kept, list) else []:
            if isinstance(row, dict) and isinstance(row.get("key"), str):
                pages = row.get("pages")
                self._here[row["key"]] = ItemReceived(
                    row["key"],
                    row.get("original") is True,
                    row.get("copy") is True,
                    pages if isinstance(pages, int) else 0,
                    clean(str(row.get("note") or "")),
                )
        self.refresh()

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(layout=True)

    # keys

    def action_move(self, by: int) -> None:
        if 0 <= self.cursor + by < len(self.items):
            self.cursor += by
            self.refresh()
        elif by < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    def action_turn(self) -> None:
        """Not here, as asked for, and the other forms, in turn."""
        if not self.items:
            return
        item = self.items[self.cursor]
        here = self._of(item)
        turns = list(dict.fromkeys((_NONE, _FORMS[item.form], *_FORMS.values())))
        original, copy = turns[(turns.index((here.original, here.copy)) + 1) % len(turns)]
        pages = (here.pages or 1) if original or copy else 0
        self._put(replace(here, original=original, copy=copy, pages=pages))

    def action_rub_out(self) -> None:
        if self.items:
            here = self._of(self.items[self.cursor])
            self._put(replace(here, pages=here.pages // 10))

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isalpha() and self.items:
            event.stop()
            names = [(item.name.say(self.app.words.language),) for item in self.items]
            place = place_of(names, event.character, (self.cursor + 1) % len(names))
            self.cursor = self.cursor if place is None else place
            self.refresh()
        elif event.character and event.character.isdigit() and self.items:
            event.stop()
            here = self._of(self.items[self.cursor])
            pages = int(event.character) if here.pages <= 1 else here.pages * 10 + int(event.character)
            self._put(replace(here, pages=min(pages, MOST_PAGES)))

    def action_note(self) -> None:
        """Everything about the document under the cursor."""
        if not self.items:
            return
        item = self.items[self.cursor]
        here = self._of(item)
        fields = (
            Field("forms", Kind.CHECKLIST, "intake.item.forms", choices=_form_choices()),
            Field("pages", Kind.INTEGER, "intake.item.pages"),
            Field("note", Kind.TEXT, "intake.item.note", max_length=120, hint="intake.item.note.hint"),
        )
        ticked = tuple(name for name, is_here in (("original", here.original), ("copy", here.copy)) if is_here)
        initial = {"forms": ticked, "pages": here.pages or None, "note": here.note}
        self.app.push_screen(FormDialog("intake.item.title", fields, initial, item=item.name), self._noted(here))

    def _noted(self, here: ItemReceived) -> Any:
        def noted(values: Values | None) -> None:
            if values is None:
                return
            forms, pages = values.ticked("forms"), values.integer("pages") or 0
            self._put(
                ItemReceived(
                    here.key, "original" in forms, "copy" in forms, max(0, min(pages, MOST_PAGES)), values.text("note")
                )
            )

        return noted

    # what is drawn

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 + max(1, min(len(self.items), ROWS_HERE if self.has_focus else ROWS_AWAY))

    def on_focus(self) -> None:
        self.refresh(layout=True)

    def on_blur(self) -> None:
        self.refresh(layout=True)

    def render(self) -> Content:
        width, words = self.size.width, self.app.words
        met, wanted = self.counted()
        lines = [Content.styled(fit(words.say("intake.items", met=met, wanted=wanted), width), self._look("title"))]
        if not self.items:
            lines.append(Content(fit(words.say("intake.items.none"), width)))
        room = max(1, self.size.height - 1)
        first = max(0, self.cursor - room + 1)
        for index, item in list(enumerate(self.items))[first : first + room]:
            text = fit(self._line(item, width), width)
            if index == self.cursor:
                lines.append(Content.styled(text, self._look("cursor" if self.has_focus else "here")))
            else:
                lines.append(Content(text))
        return Content("\n").join(lines)

    def cursor_cell(self) -> Offset:
        """Where the cursor stands in the list: a cell of its content."""
        return Offset(0, 1 + self.cursor - max(0, self.cursor - max(1, self.size.height - 1) + 1))

    def counted(self) -> tuple[int, int]:
        """How many of the required documents are here, and how many there are."""
        required = [item for item in self.items if item.required]
        return sum(self._of(item).meets(item) for item in required), len(required)

    def line_of(self, item: RequirementItem) -> str:
        """Everything about one document: whether it is here, its name, what is asked for, what is here."""
        return " ".join(part for part in self._parts(item) if part)

    def _line(self, item: RequirementItem, width: int) -> str:
        """In columns; a name too long for its own stands whole, as long as what is here can still be read after it."""
        mark, name, what, pages, note = self._parts(item)
        here = f"{fit(what, 15)} {pages}{f' {note}' if note else ''}".rstrip()
        needed = cell_len(f"{mark}  {what} {pages}")
        whole = max(46, min(cell_len(name), width - needed))
        if whole > 46:
            here = f"{what} {pages}{f' {note}' if note else ''}".rstrip()
        return f"{mark} {fit(name, whole)} {here}"

    def _parts(self, item: RequirementItem) -> tuple[str, str, str, str, str]:
        words, here = self.app.words, self._of(item)
        mark = "x" if here.meets(item) else "~" if here.original or here.copy else " "
        wanted = words.say(f"intake.form.{item.form}") + ("" if item.required else words.say("intake.item.optional"))
        name = f"{'*' if item.required else ' '} {clean(item.name.say(words.language))} ({wanted})"
        form = next((key for key, forms in _FORMS.items() if forms == (here.original, here.copy)), "")
        what = words.say(f"intake.here.{form}" if form else "intake.here.nothing")
        pages = words.say("intake.item.count", pages=here.pages) if here.pages else ""
        return f"[{mark}]", name, what, pages, here.note

    def _of(self, item: RequirementItem) -> ItemReceived:
        return self._here.get(item.key) or ItemReceived(item.key)

    def count(self, pages: int) -> None:
        """The document under the cursor is here, with as many pages; 0 says that it isn't."""
        item = self.items[self.cursor]
        here = self._of(item)
        if not pages:
            self._put(replace(here, original=False, copy=False, pages=0))
        elif here.original or here.copy:
            self._put(replace(here, pages=min(pages, MOST_PAGES)))
        else:
            original, copy = _FORMS[item.form]
            self._put(replace(here, original=original, copy=copy, pages=min(pages, MOST_PAGES)))

    def note(self, text: str) -> None:
        """Write `text` beside the document under the cursor."""
        self._put(replace(self._of(self.items[self.cursor]), note=text))

    def _put(self, here: ItemReceived) -> None:
        self._here[here.key] = here
        self.refresh()
        self.post_message(self.Changed())

    def _look(self, name: str) -> Any:
        return part(self, f"received--{name}")


def _form_choices() -> tuple[Choice, ...]:
    return tuple(Choice(form, f"intake.form.{form}") for form in ("original", "copy"))
