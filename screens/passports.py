"""The passports the office has: where each one lies and how long it has waited. F8 counts them with the scanner."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from kiosk import passports
from kiosk.formats import mask_passport, moment_short
from kiosk.passports import Held, Which
from kiosk.refusals import Refused
from screens.drafts import new_key
from screens.keys import bindings
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.dialogs import FormDialog
from screens.widgets.fields import Field, Kind, Values
from screens.widgets.rows import Column, Row, RowList

COLUMNS = (
    Column("work_list.number", 18),
    Column("passports.place", 12),
    Column("work_list.holder"),
    Column("work_list.step", 7),
    Column("passports.waits", 8),
)
LATE_DAYS = 30
PLACE = Field("place", Kind.UPPER, "passports.place", max_length=12, hint="passports.place.hint")


class PassportsScreen(OfficeScreen):
    """Left and right change the list, PgUp and PgDn the page; Enter says where a passport lies from now on."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"device": "passports.key.count"}
    HELP: ClassVar[str] = "help.passports"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(),
        Binding("left", "which(-1)", show=False),
        Binding("right", "which(1)", show=False),
    ]

    def content(self) -> ComposeResult:
        yield Static(id="passports-title", markup=False, classes="title")
        yield RowList[int](COLUMNS, empty="passports.empty", id="passports")
        yield Static(id="passports-detail", classes="quiet")

    def on_mount(self) -> None:
        self._which = Which.ALL
        self._pages = [0]
        self._held: tuple[Held, ...] = ()
        self._counts: dict[Which, int] = {}
        self._more = False
        super().on_mount()
        self.call_after_refresh(self.load)

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def load(self) -> None:
        """Read the page anew."""
        room = max(3, min(20, self.query_one(RowList).room))
        desk, which, after = self.app.signed_in(), self._which, self._pages[-1]

        def fetch() -> tuple[tuple[Held, ...], dict[Which, int]]:
            return passports.listed(desk, which, limit=room + 1, after=after), passports.counts(desk)

        self.run_service(fetch, lambda found: self._loaded(*found, room), group="load", exclusive=True)

    def _loaded(self, held: tuple[Held, ...], counts: dict[Which, int], room: int) -> None:
        self._held, self._counts, self._more = held[:room], counts, len(held) > room
        self._show()

    def _show(self) -> None:
        words = self.app.words
        page = words.say("work_list.page", page=len(self._pages), more="+" if self._more else "")
        title = words.say("passports.title", which=words.say(f"passports.which.{self._which}"), page=page)
        self.query_one("#passports-title", Static).update(title)
        self.query_one(RowList).show([Row(one.case_id, self._cells(one), self._mark(one)) for one in self._held])
        self._show_detail()

    def _cells(self, one: Held) -> tuple[str, ...]:
        words = self.app.words
        number = self.app.the_office().procedure.step(one.step).number
        waits = "" if one.ready_since is None else words.say("work_list.days", n=self._days(one))
        return one.application_no, one.place or words.say("passports.with_file"), one.holder_name, f"{number}/13", waits

    def _days(self, one: Held) -> int:
        return 0 if one.ready_since is None else max(0, (self.app.now() - one.ready_since).days)

    def _mark(self, one: Held) -> str:
        return "!" if self._days(one) >= LATE_DAYS else ""

    @property
    def _current(self) -> Held | None:
        row = self.query_one(RowList).current
        return next((one for one in self._held if row is not None and one.case_id == row.key), None)

    def _show_detail(self) -> None:
        words, one = self.app.words, self._current
        ages = words.say("passports.counts", **{which.value: self._counts.get(which, 0) for which in Which})
        lines = [Content(ages), Content(words.say("passports.hint"))]
        if one is not None:
            outcome = words.say(f"case.outcome.{one.outcome}") if one.outcome != "in_process" else ""
            facts = (mask_passport(one.passport_no), words.say("passports.since", at=moment_short(one.since)), outcome)
            lines.insert(0, plain(" · ".join(fact for fact in facts if fact)))
        self.query_one("#passports-detail", Static).update(Content("\n").join(lines))

    def on_row_list_moved(self) -> None:
        self._show_detail()

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        if event.direction > 0 and self._more:
            self._pages.append(self._held[-1].case_id)
        elif event.direction < 0 and len(self._pages) > 1:
            self._pages.pop()
        else:
            return
        self.query_one(RowList).cursor = 0
        self.load()

    def action_which(self, by: int) -> None:
        lists = list(Which)
        self._which = lists[(lists.index(self._which) + by) % len(lists)]
        self._pages = [0]
        self.quiet()
        self.load()

    def action_refresh(self) -> None:
        self.quiet()
        self.load()

    def action_case(self) -> None:
        if self._current is not None:
            self.app.open_case(self._current.case_id)

    def action_device(self) -> None:
        self.app.open_stock_take()

    # where it lies

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        one = self._current
        if one is None:
            return
        chosen, key = one, new_key()
        dialog = FormDialog("passports.shelve", (PLACE,), {"place": one.place}, number=one.application_no)
        self.app.push_screen(dialog, lambda values: self._shelve(chosen, values, key) if values is not None else None)

    def _shelve(self, one: Held, values: Values, key: str) -> None:
        desk, place = self.app.signed_in(), values.text("place")

        def act() -> Held | Refused:
            return passports.shelve(desk, one.case_id, place, key=key)

        self.run_service(act, self._shelved, group="act")

    def _shelved(self, one: Held) -> None:
        place = one.place or self.app.words.say("passports.with_file")
        self.say("passports.shelved", "done", number=one.application_no, place=place)
        self.load()
