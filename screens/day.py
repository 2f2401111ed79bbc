"""The end of the day: what I did, what I leave open. F10 prints it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk import day_list
from kiosk.cases import pauses
from kiosk.day_list import DayList, Done, Left
from kiosk.formats import numeric_date
from kiosk.reports.flow import sees_flow
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.rows import Column, Row, RowList

COLUMNS = (Column("day.what"), Column("day.count", 20), Column("day.time", 24))


class DayScreen(OfficeScreen):
    """Rows of work done, then rows of what is open (`!`)."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh", "complete", "problem"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "day.key.print", "problem": "flow.key"}
    HELP: ClassVar[str] = "help.day"
    _found: DayList | None = None

    def content(self) -> ComposeResult:
        yield Static(id="day-title", classes="title")
        yield RowList[str](COLUMNS, empty="day.empty", id="day")
        yield Static(id="day-hint", classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        self.load()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def offers(self, key: str) -> bool:
        if key == "problem":
            return sees_flow(self.app.signed_in().officer, self.app.the_office().procedure)
        return super().offers(key)

    def action_problem(self) -> None:
        """F7: the whole office, for Kasi and Kakanim."""
        self.app.open_flow()

    def load(self) -> None:
        """Read the day anew."""
        desk = self.app.signed_in()
        self.run_service(lambda: day_list.today(desk), self._loaded, group="load", exclusive=True)

    def _loaded(self, found: DayList) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        words, found = self.app.words, self._found
        if found is None:
            return
        count = sum(one.count for one in found.steps)
        title = words.say(
            "day.title", date=numeric_date(found.day), steps=count, served=found.served, left=len(found.left)
        )
        self.query_one("#day-title", Static).update(plain(title))
        rows = [
            Row(f"step {one.what}", (self._step(one.what), str(one.count), self._times(one))) for one in found.steps
        ]
        rows += [Row(f"act {one.what}", (words.say(f"case.act.{one.what}"), str(one.count), "")) for one in found.acts]
        rows += [Row(f"left {n}", self._left(one), "!") for n, one in enumerate(found.left)]
        self.query_one(RowList).show(rows)
        self.query_one("#day-hint", Static).update(Content(words.say("day.hint")))

    def _step(self, key: str) -> str:
        step = next((one for one in self.app.the_office().procedure.steps if one.key == key), None)
        return f"{step.number} {step.title.say(self.app.words.language)}" if step is not None else key

    def _times(self, one: Done) -> str:
        return self.app.words.say("day.times", minutes=one.seconds // 60, standard=one.standard // 60)

    def _left(self, one: Left) -> tuple[str, str, str]:
        words = self.app.words
        note = pauses.said(words, one.note)
        why = words.say(f"day.left.{one.why}", note=note)
        number = words.say(f"papers.{one.number}") if one.why == "paper" else one.number
        return self._step(one.step) if one.step else "", number or "-", why

    def action_refresh(self) -> None:
        self.quiet()
        self.load()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        kind, _, which = str(event.key).partition(" ")
        if kind != "left" or self._found is None:
            return
        left = self._found.left[int(which)]
        if left.why == "paper":
            self.app.open_papers(None)
        elif left.case_id is not None:
            self.app.open_case(left.case_id)
        else:
            self.app.open_step(left.step, None)

    def action_complete(self) -> None:
        """F10: on paper."""
        desk = self.app.signed_in()
        self.run_service(lambda: day_list.print_it(desk), self._printed, group="act")

    def _printed(self, found: DayList) -> None:
        self._loaded(found)
        self.say("day.printed", "done")
