"""Step 5: the documents of the file, page by page; F8 scans the one under the cursor."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.captures import Capture
from kiosk.capturing import scan_documents
from kiosk.refusals import Refusal, Refused
from kiosk.steps import scanning
from kiosk.steps.scanning import ScanLater, Wanted
from screens.plain import plain
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.dialogs import FormDialog
from screens.widgets.fields import Choice, Field, Kind, Values
from screens.widgets.rows import Column, Row, RowList


class ScanningScreen(StepScreen[scanning.Given, scanning.Produced]):
    """Enter on a document: accept or discard its pages, or put it off with a reason."""

    KEY: ClassVar[str] = "scanning"
    LEAST: ClassVar[int] = 78
    DEVICE_KEY: ClassVar[str] = "scanning.key.scan"
    HELP: ClassVar[str] = "help.scanning"
    prepared: scanning.Prepared

    def body(self) -> ComposeResult:
        self._pages: tuple[Capture, ...] = self.prepared.pages
        self._accepted: set[int] = set()
        self._later: dict[str, str] = {}
        columns = (Column("scanning.document"), Column("scanning.pages", 9), Column("scanning.state", 28))
        yield RowList[str](columns, id="documents")
        yield Static(id="document-detail", classes="quiet")

    def opened(self) -> None:
        self._show()
        self.set_focus(self.query_one(RowList))

    def refreshed(self) -> None:
        self._pages = self.prepared.pages
        self._show()

    def relabel(self) -> None:
        super().relabel()
        if self._open and self._finished is None:
            self._show()

    # what is shown

    def _show(self) -> None:
        words = self.app.words
        rows = [
            Row(d.kind, (d.name.say(words.language), self._count(d), self._state(d.kind)), self._mark(d))
            for d in self.prepared.documents
        ]
        self.query_one(RowList).show(rows)
        self._show_detail()

    def _of(self, kind: str) -> tuple[Capture, ...]:
        return tuple(page for page in self._pages if page.kind == kind)

    def _doubtful(self, kind: str) -> tuple[Capture, ...]:
        return tuple(page for page in self._of(kind) if page.findings and page.id not in self._accepted)

    def _count(self, document: Wanted) -> str:
        scanned = len(self._of(document.kind))
        return f"{scanned}/{document.sheets}" if document.sheets else str(scanned)

    def _short(self, document: Wanted) -> int:
        """How many of the pages counted at the counter are not scanned, of a document of which some are."""
        scanned = len(self._of(document.kind))
        return max(0, document.sheets - scanned) if scanned else 0

    def _state(self, kind: str) -> str:
        words = self.app.words
        if doubtful := self._doubtful(kind):
            return words.say("scanning.state.doubtful", count=len(doubtful))
        if self._of(kind):
            short = next((self._short(d) for d in self.prepared.documents if d.kind == kind), 0)
            return words.say("scanning.state.short" if short else "scanning.state.scanned", count=short)
        if kind in self._later:
            return words.say("scanning.state.later", reason=self._later[kind])
        return words.say("scanning.state.open")

    def _mark(self, document: Wanted) -> str:
        kind = document.kind
        if self._doubtful(kind):
            return "!"
        if self._of(kind):
            return "-" if self._short(document) else ""
        return "~" if kind in self._later else "-"

    def _show_detail(self) -> None:
        words, document = self.app.words, self._current()
        lines = [Content(words.say("scanning.hint"))]
        if document is not None:
            found = [
                words.say("scanning.page", page=page.page, findings=self._said(page))
                for page in self._of(document.kind)
            ]
            if document.sheets:
                found.insert(0, words.say("scanning.sheets", sheets=document.sheets))
            if document.kind in self._later:
                found.append(words.say("scanning.state.later", reason=self._later[document.kind]))
            lines.insert(0, plain(" · ".join(found)))
        self.query_one("#document-detail", Static).update(Content("\n").join(lines))

    def _said(self, page: Capture) -> str:
        words = self.app.words
        said = ", ".join(words.say(f"scanning.finding.{finding}") for finding in page.findings)
        return said or words.say("scanning.finding.none")

    def _current(self) -> Wanted | None:
        row = self.query_one(RowList).current
        return next((d for d in self.prepared.documents if row is not None and d.kind == row.key), None)

    def on_row_list_moved(self) -> None:
        self._show_detail()

    # the device

    def device_act(self) -> None:
        document, case_id = self._current(), self.case_id
        if document is None or case_id is None:
            return
        desk, kind = self.app.signed_in(), document.kind
        self.run_device(lambda talk: scan_documents(desk, case_id, scanning.KEY, kind, talk), self._scanned)

    def _scanned(self, pages: tuple[Capture, ...]) -> None:
        kind = pages[0].kind
        self._pages = (*self._pages, *pages)
        self._later.pop(kind, None)
        doubtful = self._doubtful(kind)
        self._show()
        self.touched()
        if doubtful:
            self.say("scanning.look_at_it", "notice", "scanning.look_at_it.next", findings=self._said(doubtful[0]))
            return
        document = next((d for d in self.prepared.documents if d.kind == kind), None)
        short = self._short(document) if document is not None else 0
        if short:
            self.say("scanning.kept", "done", "scanning.kept.next_page", count=len(pages), short=short)
        else:
            self.say("scanning.kept", "done", count=len(pages))
            self._go_on()

    def _go_on(self) -> None:
        """The cursor to the next document that is still open."""
        rows = self.query_one(RowList)
        open_now = [i for i, row in enumerate(rows.rows) if not self._of(row.key) and row.key not in self._later]
        after = [i for i in open_now if i > rows.cursor] or open_now
        if after:
            rows.cursor = after[0]
            self._show()

    # what Enter does

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        kind, name = event.key, self._document(event.key).name
        if not self._of(kind):
            reason = Field("reason", Kind.TEXT, "reason.label", True, 200)
            self.push(FormDialog("scanning.put_off", (reason,), document=name), lambda v: self._put_off(kind, v))
            return
        ways = ["discard", *(["accept"] if self._doubtful(kind) else [])]
        fields = (
            Field(
                "way", Kind.CHOICE, "scanning.way", True, choices=tuple(Choice(w, f"scanning.way.{w}") for w in ways)
            ),
            Field("reason", Kind.TEXT, "reason.label", True, 200, only_if=lambda v: v.text("way") == "discard"),
        )
        self.push(FormDialog("scanning.pages_of", fields, document=name), lambda v: self._judged(kind, v))

    def _document(self, kind: str) -> scanning.Wanted:
        return next(d for d in self.prepared.documents if d.kind == kind)

    def _title_of(self, kind: str) -> str:
        return self._document(kind).name.say(self.app.words.language)

    def _put_off(self, kind: str, values: Values | None) -> None:
        if values is not None:
            self._later[kind] = values.text("reason")
            self._show()
            self.touched()

    def _judged(self, kind: str, values: Values | None) -> None:
        if values is None:
            return
        if values.text("way") == "accept":
            self._accepted |= {page.id for page in self._doubtful(kind)}
            self._show()
            self.touched()
            return
        desk, reason, pages = self.app.signed_in(), values.text("reason"), self._of(kind)

        def discard() -> tuple[Capture, ...] | Refused:
            for page in pages:
                answer = desk.captures.discard(page.id, reason)
                if isinstance(answer, Refused):
                    return answer
            return pages

        self.run_service(discard, self._discarded)

    def _discarded(self, pages: tuple[Capture, ...]) -> None:
        gone = {page.id for page in pages}
        self._pages = tuple(page for page in self._pages if page.id not in gone)
        self._show()
        self.touched()
        self.say("scanning.discarded", "done", count=len(gone))

    # the step

    def extra(self) -> dict[str, Any]:
        return {"accepted": sorted(self._accepted), "later": self._later}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        accepted, later = extra.get("accepted"), extra.get("later")
        self._accepted = {int(page) for page in accepted} if isinstance(accepted, list) else set()
        self._later = {str(k): str(v) for k, v in later.items()} if isinstance(later, dict) else {}
        self._show()

    def build(self, values: Values) -> scanning.Given | Refused:
        later = tuple(ScanLater(kind, reason) for kind, reason in self._later.items() if not self._of(kind))
        return scanning.Given(tuple(page.id for page in self._pages), tuple(sorted(self._accepted)), later)

    def question(self, given: scanning.Given) -> Question | None:
        """Fewer pages than were counted at the counter: a slip of the count, or a page that was forgotten?"""
        words = self.app.words
        lines = [
            words.say("scanning.short", document=document.name.say(words.language), pages=self._count(document))
            for document in self.prepared.documents
            if self._short(document)
        ]
        return Question("scanning.question", {"count": len(lines)}, "\n".join(lines[:8])) if lines else None

    def _label(self, refusal: Refusal) -> str:
        kinds = {document.kind for document in self.prepared.documents}
        return self._title_of(refusal.field) if refusal.field in kinds and refusal.field is not None else ""

    def show_refused(self, refused: Refused) -> None:
        super().show_refused(refused)
        if self._open:
            self._point_at(refused.refusals)

    def _point_at(self, refusals: Sequence[Refusal]) -> None:
        rows = self.query_one(RowList)
        places = [i for i, row in enumerate(rows.rows) if row.key == refusals[0].field]
        if places:
            rows.cursor = places[0]
            self._show()

    def finished(self, produced: scanning.Produced) -> Finished:
        if produced.later:
            return Finished("scanning.done_owing", {"pages": len(produced.scans), "owed": len(produced.later)})
        return Finished("scanning.done", {"pages": len(produced.scans)})
