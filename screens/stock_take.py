"""Counting the passports: stand at a shelf, write its place once, scan every passport that lies there; F10 ends it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk import stock_take
from kiosk.formats import mask_passport
from kiosk.refusals import Refused
from kiosk.stock_take import Find, Line, Result, Take
from screens.office_screen import OfficeScreen
from screens.widgets.dialogs import Confirm
from screens.widgets.fields import Field, Kind
from screens.widgets.form import Form
from screens.widgets.rows import Column, Row, RowList

FIELDS = (
    Field("place", Kind.UPPER, "passports.place", True, 12, hint="passports.place.hint"),
    Field("passport_no", Kind.UPPER, "stock_take.passport", max_length=20, hint="stock_take.passport.hint"),
)
COLUMNS = (Column("stock_take.found", 12), Column("stock_take.passport", 14), Column("stock_take.said"))
SHOWN = 50


class StockTakeScreen(OfficeScreen):
    """Each scan is kept at once: a count that is interrupted goes on where it was."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"complete"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "stock_take.key.end"}
    HELP: ClassVar[str] = "help.stock_take"
    WANTS_MRZ: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._take: Take | None = None
        self._finds: list[Find] = []
        self._result: Result | None = None
        self.form = Form(FIELDS)

    def content(self) -> ComposeResult:
        yield Static(id="stock-title", markup=False, classes="title")
        yield self.form
        yield RowList[int](COLUMNS, empty="stock_take.empty", id="stock-lines")

    def on_mount(self) -> None:
        super().on_mount()
        desk = self.app.signed_in()
        self.run_service(lambda: stock_take.begin(desk), self._opened, group="begin", exclusive=True)

    def offers(self, key: str) -> bool:
        return super().offers(key) and (key != "complete" or (self._take is not None and self._result is None))

    def _opened(self, take: Take) -> None:
        self._take = take
        self._show()
        self.relabel_widgets()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def _show(self) -> None:
        words = self.app.words
        if self._result is not None:
            result = self._result
            numbers = {"expected": result.expected, "found": result.found, "missing": len(result.missing)}
            title = words.say("stock_take.result", **numbers)
            self.query_one(RowList).show(self._result_rows(result))
        else:
            take = self._take
            counted, expected = (take.counted, take.expected) if take is not None else (0, 0)
            title = words.say("stock_take.title", counted=counted, expected=expected)
            rows = [Row(n, self._cells(find), self._mark(find)) for n, find in enumerate(self._finds[:SHOWN])]
            self.query_one(RowList).show(rows)
        self.query_one("#stock-title", Static).update(title)

    def _cells(self, find: Find) -> tuple[str, ...]:
        words = self.app.words
        said = "unknown" if not find.known else "misplaced" if find.misplaced else "right"
        what = words.say(f"stock_take.said.{said}", recorded=find.recorded)
        return find.place, mask_passport(find.passport_no), f"{find.application_no} {what}".strip()

    def _mark(self, find: Find) -> str:
        return "" if find.known and not find.misplaced else "!"

    def _result_rows(self, result: Result) -> list[Row[int]]:
        words = self.app.words
        found: list[tuple[str, Line]] = [
            *(("missing", line) for line in result.missing),
            *(("misplaced", line) for line in result.misplaced),
            *(("unknown", line) for line in result.foreign),
        ]
        return [
            Row(
                number,
                (
                    line.found or "-",
                    mask_passport(line.passport_no),
                    f"{line.application_no} {words.say(f'stock_take.said.{kind}', recorded=line.recorded or '-')}",
                ),
                "!",
            )
            for number, (kind, line) in enumerate(found)
        ]

    # scans

    def on_scan(self, text: str) -> bool:
        """One of our codes, or a passport's zone."""
        if self._result is None and self._take is not None:
            self._look_at(text)
        return True

    def on_form_at_end(self) -> None:
        number = self.form.values().text("passport_no")
        if number and self._result is None:
            self._look_at(number)

    def _look_at(self, text: str) -> None:
        desk, take, place = self.app.signed_in(), self._take, self.form.values().text("place")
        assert take is not None, "nothing is counted before the count has begun"
        number = take.id
        # not exclusive: two quick scans are two passports
        self.run_service(lambda: stock_take.find(desk, number, text, place), self._found, refused=self._not_found)

    def _found(self, find: Find) -> None:
        again = any(one.passport_no == find.passport_no for one in self._finds)
        self._finds.insert(0, find)
        if self._take is not None and find.known and not again:
            take = self._take
            self._take = Take(take.id, take.started_at, take.counted + 1, take.expected)
        self.form.restore({"passport_no": ""})
        self.form.go_to("passport_no")
        self._show()
        if find.known and not find.misplaced:
            self.quiet()
        else:
            key = "stock_take.misplaced" if find.known else "stock_take.unknown"
            self.say(key, "refusal", f"{key}.next", recorded=find.recorded, number=mask_passport(find.passport_no))

    def _not_found(self, answer: Refused) -> None:
        self.form.show_refusals(answer.refusals)
        self.show_refused(answer)

    # F10

    def action_complete(self) -> None:
        take = self._take
        if take is None or self._result is not None:
            return
        number, desk = take.id, self.app.signed_in()

        def sure(yes: bool | None) -> None:
            if yes:
                self.run_service(lambda: stock_take.finish(desk, number), self._ended, group="end", exclusive=True)

        self.app.push_screen(Confirm("stock_take.sure"), sure)

    def _ended(self, result: Result) -> None:
        self._result = result
        self.form.display = False
        self._show()
        self.relabel_widgets()
        self.query_one(RowList).focus()
        self.say("stock_take.ended", "done")
