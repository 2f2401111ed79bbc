"""The scanned papers of a case: a list of their pages; Enter shows one, as far as a terminal can show a picture."""

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from kiosk.captures import STAMPED_PAGE
from kiosk.formats import moment_short
from kiosk.scans import Looked, Scan, look_at, scans
from screens.office_screen import OfficeScreen
from screens.plain import plain_lines
from screens.widgets.picture import Picture
from screens.widgets.rows import Column, Row, RowList

WIDEST = 0.6
"""What a picture may take of the screen's width; the rest is for the text."""
A4 = (210, 297)
SQUARE = 2
"""A cell is about twice as high as wide."""


class PageText(VerticalScroll, inherit_bindings=False):
    """The text of a page; up and down move through it, other keys are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Static(id="scan-text")


class ScansScreen(OfficeScreen):
    """Look at a page: the reading is audited."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh"})
    HELP: ClassVar[str] = "help.scans"

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self.case_id = case_id
        self._scans: tuple[Scan, ...] = ()
        self._shown: int | None = None
        """Which of the pages is looked at."""

    def content(self) -> ComposeResult:
        yield Static(id="scans-title", markup=False, classes="title")
        columns = (
            Column("scans.document"),
            Column("scans.page", 5),
            Column("scans.quality", 20),
            Column("scans.text", 8),
            Column("scans.at", 16),
        )
        yield RowList[int](columns, empty="scans.none", id="scans")
        self._picture = Picture()
        with Horizontal(id="scan"):
            yield self._picture
            yield PageText()

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: scans(desk, self.case_id), self._fetched, group="scans", exclusive=True)

    def _fetched(self, found: tuple[Scan, ...]) -> None:
        self._scans = found
        self._back_to_list()
        self.relabel()

    def relabel(self) -> None:
        super().relabel()
        words = self.app.words
        rows = []
        for index, scan in enumerate(self._scans):
            text = words.say("scans.has_text" if scan.text is not None else "scans.no_text")
            at = moment_short(scan.capture.created_at)[:-4]
            rows.append(
                Row(
                    index,
                    (self._document(scan), f"{scan.page}/{scan.pages}", self._quality(scan), text, at),
                    _mark(scan),
                )
            )
        self.query_one(RowList).show(rows)
        self._say_where()

    def _document(self, scan: Scan) -> str:
        if scan.name is not None:
            return scan.name.say(self.app.words.language)
        return self.app.words.say("scans.stamped_page") if scan.capture.kind == STAMPED_PAGE else scan.capture.kind

    def _quality(self, scan: Scan) -> str:
        words = self.app.words
        found = ", ".join(words.say(f"scanning.finding.{finding}") for finding in scan.capture.findings)
        return words.say(
            "scans.dpi", dpi=scan.capture.number("dpi") or "?", findings=found or words.say("scanning.finding.none")
        )

    def _say_where(self) -> None:
        """The title of the list or of the page, and what the keys do there."""
        words, title = self.app.words, self.query_one("#scans-title", Static)
        if self._shown is None:
            title.update(words.say("scans.title"))
            if self._scans and self.status.tone != "refusal":
                self.say("scans.hint")
            return
        scan = self._scans[self._shown]
        title.update(words.say("scans.looking", document=self._document(scan), page=scan.page, pages=scan.pages))
        self.say("scans.looking.next")

    # one page

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self._look(event.key)

    def _look(self, index: int) -> None:
        if 0 <= index < len(self._scans):
            desk, scan = self.app.signed_in(), self._scans[index]
            self.run_service(lambda: look_at(desk, scan), partial(self._looked, index), group="scan", exclusive=True)

    def _looked(self, index: int, looked: Looked) -> None:
        self._shown = index
        rows, page, words = self.query_one(RowList), self.query_one("#scan"), self.app.words
        rows.cursor = index
        room = self.query_one("#content").size
        rows.display, page.display = False, True
        self._picture.resize(*_area(self._scans[index], room.width, room.height - 2))
        said = looked.text or words.say("scans.text_none")
        if looked.picture is None or not self._picture.show(looked.picture):
            self._picture.display = False
            said = f"{words.say('scans.no_picture')}\n{said}"
        self.query_one("#scan-text", Static).update(plain_lines(said))
        text = self.query_one(PageText)
        text.scroll_home(animate=False)
        self.set_focus(text)
        self._say_where()

    def key_pageup(self) -> None:
        if self._shown is not None:
            self._look(self._shown - 1)

    def key_pagedown(self) -> None:
        if self._shown is not None:
            self._look(self._shown + 1)

    def _back_to_list(self) -> None:
        self._shown = None
        rows = self.query_one(RowList)
        rows.display, self.query_one("#scan").display = True, False
        self.set_focus(rows)

    def action_back(self) -> None:
        if self._shown is None:
            super().action_back()
            return
        self._back_to_list()
        self._say_where()

    def action_case(self) -> None:
        self.app.open_case(self.case_id)


def _mark(scan: Scan) -> str:
    return "!" if scan.capture.findings else ""


def _area(scan: Scan, width: int, height: int) -> tuple[int, int]:
    """Cells for a page of this shape within `width` x `height`."""
    across, down = scan.capture.number("width"), scan.capture.number("height")
    if not across or not down:
        across, down = A4
    columns = min(round(height * SQUARE * across / down), int(width * WIDEST))
    return max(4, columns), max(4, min(height, round(columns * down / across / SQUARE)))
