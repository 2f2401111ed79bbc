"""A list with type-ahead: what is typed filters it, one page is shown, Enter takes the row under the cursor."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult

from kiosk.text import clean
from screens.widgets.dialog import Dialog
from screens.widgets.editors import EditorChanged, EditorDone, TextEditor
from screens.widgets.fields import Choice, Field
from screens.widgets.rows import Column, Row, RowList

PAGE = 12


def matching(labelled: list[tuple[Choice, str]], typed: str) -> list[tuple[Choice, str]]:
    """Entries whose code begins with what was typed, then those whose words do, then those that hold it."""
    wanted = typed.strip().casefold()
    begins = [(c, text) for c, text in labelled if c.is_data and c.value.casefold().startswith(wanted)]
    begins += [(c, text) for c, text in labelled if text.casefold().startswith(wanted) and (c, text) not in begins]
    return begins + [(c, text) for c, text in labelled if wanted in text.casefold() and (c, text) not in begins]


class PickDialog(Dialog[str]):
    """Pick one of many. The result is the choice's value."""

    AUTO_FOCUS = "#field-filter"
    KEY_WORDS: ClassVar[dict[str, str]] = {**Dialog.KEY_WORDS, "complete": "key.pick"}

    def __init__(self, title: str, choices: tuple[Choice, ...], typed: str = "", nothing: str = "pick.nothing") -> None:
        super().__init__(title)
        self._nothing = nothing
        self._choices = choices
        self._typed = typed
        self._page = 0
        self._filter = TextEditor(Field("filter", label="pick.filter"))

    def body(self) -> ComposeResult:
        yield self._filter
        yield RowList[str]([Column("", 14), Column("")], empty=self._nothing, id="pick-rows")

    def on_mount(self) -> None:
        self._filter.put(self._typed)
        super().on_mount()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def _show(self) -> None:
        words = self.app.words
        labelled = [(choice, choice.label(words)) for choice in self._choices]
        found = matching(labelled, str(self._filter.raw))
        pages = max(1, -(-len(found) // PAGE))
        self._page = max(0, min(self._page, pages - 1))
        page = found[self._page * PAGE : (self._page + 1) * PAGE]
        codes = any(choice.value != text for choice, text in labelled if choice.is_data)
        rows = self.query_one(RowList)
        rows.columns = (Column("", 14), Column("")) if codes else (Column(""),)
        rows.show([Row(c.value, (c.value, clean(text)) if codes else (clean(text),)) for c, text in page], keep=False)
        self.say("pick.count", "notice", shown=len(page), count=len(found), page=self._page + 1, pages=pages)

    def on_editor_changed(self, event: EditorChanged) -> None:
        event.stop()
        self._page = 0
        self._show()

    def on_editor_done(self, event: EditorDone) -> None:
        event.stop()
        self.action_complete()

    def on_key(self, event: events.Key) -> None:
        rows = self.query_one(RowList)
        if event.key in {"up", "down"} and self._filter.has_focus:
            event.stop()
            rows.action_move(-1 if event.key == "up" else 1)
        elif event.key in {"pageup", "pagedown"} and self._filter.has_focus:
            event.stop()
            rows.action_page(-1 if event.key == "pageup" else 1)

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        self._page += event.direction
        self._show()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.key)

    def action_complete(self) -> None:
        row = self.query_one(RowList).current
        if row is not None:
            self.dismiss(row.key)
