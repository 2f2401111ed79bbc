"""Scans that were put off at step 5, made good at any later step: F8 scans the document under the cursor."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.captures import Capture
from kiosk.capturing import scan_documents
from kiosk.refusals import Refused
from kiosk.steps import scanning
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.desk import Desk


class ScanDebtScreen(OfficeScreen):
    """The documents still owed by one case."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"device": "scanning.key.scan"}
    HELP: ClassVar[str] = "help.scanning"

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self.case_id = case_id
        self._owed: scanning.Owed | None = None

    def content(self) -> ComposeResult:
        yield Static(id="debt-title")
        yield RowList[str]([Column("scanning.document")], empty="scanning.debt.none")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: self._fetch(desk), self._fetched, group="case", exclusive=True)

    def _fetch(self, desk: "Desk") -> scanning.Owed | Refused:
        return scanning.owed(desk, self.case_id)

    def _fetched(self, owed: scanning.Owed) -> None:
        self._owed = owed
        self._show()
        self.say("scanning.debt.hint" if owed.documents else "scanning.debt.none")

    def _show(self) -> None:
        if self._owed is None:
            return
        words, owed = self.app.words, self._owed
        title = f"{words.say('scanning.debt.title')} · {owed.application_no}  {owed.holder_name}"
        self.query_one("#debt-title", Static).update(plain(title, style="bold"))
        rows = [Row(document.kind, (document.name.say(words.language),)) for document in owed.documents]
        self.query_one(RowList).show(rows)

    def action_device(self) -> None:
        row, desk = self.query_one(RowList).current, self.app.signed_in()
        if row is None:
            super().action_device()
            return
        kind = str(row.key)
        self.run_device(lambda talk: scan_documents(desk, self.case_id, scanning.KEY, kind, talk), self._scanned)

    def _scanned(self, pages: tuple[Capture, ...]) -> None:
        desk = self.app.signed_in()

        def paid(owed: scanning.Owed) -> None:
            self._owed = owed
            self._show()
            key = "scanning.kept" if owed.documents else "scanning.debt.paid"
            self.say(key, "done", count=len(pages))

        self.run_service(lambda: self._fetch(desk), paid, group="case", exclusive=True)

    def action_case(self) -> None:
        self.app.open_case(self.case_id)
