"""Search by any number or the beginnings of a name; a QR text or short code opens its case at once."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from screens.office_screen import OfficeScreen
from screens.widgets.editors import EditorChanged, EditorDone, TextEditor
from screens.widgets.fields import Field
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.cases.model import Found
    from kiosk.refusals import Refused

LIMIT = 30
WAIT_S = 0.25
"""From the last key to the search."""


class SearchScreen(OfficeScreen):
    """Find a case. Typing searches; Enter opens the first match or goes to the list."""

    AUTO_FOCUS = "#field-text"
    OFFERS: ClassVar[frozenset[str]] = frozenset({"case"})
    HELP: ClassVar[str] = "help.search"

    def __init__(self, text: str = "", *, hint: str = "search.hint", **values: object) -> None:
        super().__init__()
        self._text = text
        self._hint, self._values = hint, values
        self._editor = TextEditor(Field("text", label="search.text", max_length=200))
        self._asked = ""

    def content(self) -> ComposeResult:
        yield Static(id="search-title", markup=False, classes="title")
        yield self._editor
        columns = (Column("work_list.number", 18), Column("work_list.holder"), Column("search.passport", 12))
        yield RowList[int]([*columns, Column("work_list.step", 19)], id="found")

    def on_mount(self) -> None:
        self._found: tuple[Found, ...] = ()
        self._timer = self.set_timer(WAIT_S, self._search)
        super().on_mount()
        self._editor.put(self._text)

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#search-title", Static).update(self.app.words.say("search.title"))
        self._editor.relabel()
        self._show()

    def on_editor_changed(self, event: EditorChanged) -> None:
        event.stop()
        self._timer.stop()
        self._timer = self.set_timer(WAIT_S, self._search)

    def on_editor_done(self, event: EditorDone) -> None:
        event.stop()
        text = str(self._editor.raw).strip()
        if self._found and self._asked == text:
            self.query_one(RowList).focus()
            if len(self._found) == 1:
                self.app.open_case(self._found[0].case_id)
        elif text:
            desk = self.app.signed_in()
            self.run_service(lambda: desk.find_code(text), self.app.open_case, refused=self._no_code, group="code")

    def _no_code(self, _: "Refused") -> None:
        self._search()

    def _search(self) -> None:
        text = str(self._editor.raw).strip()
        desk = self.app.signed_in()
        if not text:
            self._taken("", ())
            return
        self.run_service(
            lambda: desk.search(text, limit=LIMIT),
            lambda found: self._taken(text, found),
            group="search",
            exclusive=True,
        )

    def _taken(self, text: str, found: "tuple[Found, ...]") -> None:
        self._asked, self._found = text, found
        self._show()

    def _show(self) -> None:
        words, procedure = self.app.words, self.app.the_office().procedure
        rows = []
        for found in self._found:
            step = procedure.step(found.step)
            where = f"{step.number}/{len(procedure.steps)} {step.title.say(words.language)}"
            if found.status != "active":
                where = words.say(f"case.status.{found.status}")
            rows.append(Row(found.case_id, (found.application_no, found.holder_name, found.passport_no, where)))
        self.query_one(RowList).show(rows)
        if self._asked and not rows:
            self.say("search.nothing", following="search.nothing.next")
        elif rows:
            self.say("search.count", count=len(rows))
        else:
            self.say(self._hint, "notice", "", **self._values)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.app.open_case(event.key)

    def action_case(self) -> None:
        row = self.query_one(RowList).current
        if row is not None:
            self.app.open_case(row.key)
