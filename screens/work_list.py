"""What waits for me: the cases at steps of my units and duties, the urgent first and why, one page at a time."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.cases.model import Status
from kiosk.cases.urgency import Urgency
from kiosk.clock import office_day
from kiosk.formats import duration, moment_short, numeric_date
from kiosk.passports import keeps_passports
from kiosk.people.model import acting_unit
from kiosk.people.on_duty import missing_words
from kiosk.people.staffing import Staffing
from kiosk.queue.desk import has_counter
from kiosk.taking_next import take_next
from screens.defects import Said
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.bars import KeyBar
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.cases.model import Place, WorkItem
    from kiosk.desk import Desk
    from kiosk.taking_next import Taken

NEW = -1
"""The row that begins a new application."""
LOOK_AGAIN_S = 30.0
REST_S = 1.0
"""So long a second F10, pressed by habit after an act that asked for one, does nothing here."""
COLUMNS = (
    Column("work_list.number", 18),
    Column("work_list.step", 22),
    Column("work_list.holder"),
    Column("work_list.waited", 6),
    Column("work_list.due_or_urgent", 14),
)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """How many papers of this terminal are failed or unknown, how many of its payments undecided; who is missing."""

    papers: int
    payments: int
    staffing: Staffing


def left_over(desk: "Desk") -> LeftOver:
    """What is unfinished at this desk's terminal. Blocks; raises StoreError."""
    papers = sum(1 for job in desk.papers(None) if job.state in ("failed", "unknown"))
    return LeftOver(papers, len(desk.payments.undecided()), desk.staffing())


class WorkListScreen(OfficeScreen):
    """The root of everything an officer does."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh", "pause", "take"})
    HELP: ClassVar[str] = "help.work_list"

    def content(self) -> ComposeResult:
        yield Static(id="work-title", markup=False, classes="title")
        yield RowList[int](COLUMNS, empty="work_list.loading", id="work")
        yield Static(id="work-detail", classes="quiet")

    def on_mount(self) -> None:
        self._pages: list[Place | None] = [None]
        self._rests_until = 0.0
        self._items: tuple[WorkItem, ...] = ()
        self._more = self._begun_new = False
        self._stale = False
        super().on_mount()
        self.app.work_list_changed.subscribe(self, lambda _: self.load())
        self.app.elsewhere_changed.subscribe(self, lambda _: self._look_again())
        self.set_interval(LOOK_AGAIN_S, self._look_again)
        self.call_after_refresh(self.load)
        desk = self.app.signed_in()
        self.run_service(lambda: left_over(desk), self._tell_left_over, group="left_over")

    def _tell_left_over(self, left: "LeftOver") -> None:
        """At sign-in: what an earlier day or a crash left at this terminal; whether a step has nobody today."""
        if left.payments and self._acts_at("payment"):
            self.say("shift.left_over", "refusal", "shift.left_over.next", n=left.payments)
        elif not left.staffing.enough:
            self._tell_missing(left.staffing)
        elif left.papers:
            self.say("papers.left_over", "refusal", "papers.left_over.next", n=left.papers)

    def _tell_missing(self, found: Staffing) -> None:
        procedure = self.app.the_office().procedure
        self.status.say(
            lambda words: Said(missing_words(found, procedure, words), words.say("staffing.next")), "refusal"
        )

    def offers(self, key: str) -> bool:
        if key == "problem":
            return self._acts_at("archiving") or self._acts_at("payment") or self._keeps_passports()
        if key == "case" and self._current_case is None:
            return False
        if key == "complete":
            return self._acts_at("endorsement") or self._has_counter()
        return super().offers(key) and key not in {"back", "work_list"}

    @property
    def _current_case(self) -> int | None:
        """The case under the cursor."""
        row = next((rows.current for rows in self.query(RowList)), None)
        return int(row.key) if row is not None and row.key != NEW else None

    def _acts_at(self, step: str) -> bool:
        desk = self.app.desk
        return desk is not None and acting_unit(desk.officer, self.app.the_office().procedure, step) is not None

    def _has_counter(self) -> bool:
        desk, office = self.app.desk, self.app.the_office()
        return desk is not None and has_counter(desk.officer, office.procedure, office.settings)

    def _keeps_passports(self) -> bool:
        desk = self.app.desk
        return desk is not None and keeps_passports(desk.officer, self.app.the_office().procedure)

    @property
    def key_words(self) -> dict[str, str]:
        """F7 leads to the books of whoever keeps some: the treasurer's shift, the archive, the passports; F10 to the
        queue of whoever has a counter, and to the pile of who signs."""
        books = "storage.key" if self._acts_at("archiving") else "passports.key"
        go_on = "batch.key" if self._acts_at("endorsement") else "queue.key"
        return {"problem": "shift.key" if self._acts_at("payment") else books, "complete": go_on, "pause": "day.key"}

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def rest(self) -> None:
        """An act was just completed: who presses F10 once more than it asked for calls nobody by it."""
        self._rests_until = time.monotonic() + REST_S

    def load(self) -> None:
        """Read the page anew."""
        desk = self.app.desk
        if desk is None or not self.is_running:
            return  # signed out while word came that something changed
        after, room = self._pages[-1], self._room

        def fetch() -> "tuple[tuple[WorkItem, ...], bool]":
            begun = desk.may("intake") and desk.draft("intake", None) is not None
            return desk.work_list(limit=room + 1, after=after), begun

        self.run_service(fetch, self._loaded, group="work_list", exclusive=True)

    @property
    def _room(self) -> int:
        return max(3, min(20, self.query_one(RowList).room - 1))

    def _look_again(self) -> None:
        if self.app.screen is self:
            self.load()
        else:
            self._stale = True

    def on_screen_resume(self) -> None:
        """Something may have changed while another screen stood over this one."""
        if self._stale:
            self._stale = False
            self.load()

    def _loaded(self, answer: "tuple[tuple[WorkItem, ...], bool]") -> None:
        items, self._begun_new = answer
        self.query_one(RowList).empty = "work_list.empty"
        self._more = len(items) > self._room
        self._items = items[: self._room]
        self._show()

    def _show(self) -> None:
        words = self.app.words
        rows = [Row(item.case_id, self._cells(item), self._mark(item)) for item in self._items]
        desk = self.app.desk
        if desk is not None and desk.may("intake") and len(self._pages) == 1:
            first = self.app.the_office().procedure.step("intake")
            cells = (words.say("work_list.new"), f"{first.number} {first.title.say(words.language)}", "", "", "")
            rows.insert(0, Row(NEW, cells, "~" if self._begun_new else ""))
        self.query_one(RowList).show(rows)
        page = words.say("work_list.page", page=len(self._pages), more="+" if self._more else "")
        order = words.say("work_list.order") if self._items else ""
        self.query_one("#work-title", Static).update(f"{words.say('work_list.title')}   {page}   {order}")
        self._show_detail()

    def _cells(self, item: "WorkItem") -> tuple[str, ...]:
        words = self.app.words
        step = self.app.the_office().procedure.step(item.step)
        waited = max(timedelta(0), self.app.now() - item.since)
        minutes = int(waited.total_seconds() // 60)
        short = (
            words.say("work_list.days", n=minutes // 1440) if minutes >= 1440 else f"{minutes // 60}:{minutes % 60:02d}"
        )
        due = self._why(item) or (numeric_date(item.due) if item.due else "")
        held = f"work_list.held.{item.status}"
        what = words.say(held) if words.has(held) else step.title.say(words.language)
        return item.application_no, f"{item.number} {what}", item.holder_name, short, due

    def _mark(self, item: "WorkItem") -> str:
        if item.claimed_by:
            return "#"
        return "!" if item.urgency is not Urgency.NONE else "~" if item.has_draft else ""

    def _why(self, item: "WorkItem") -> str:
        """Why it is urgent, in at most 14 cells; "" where it is not."""
        words = self.app.words
        if item.urgency is Urgency.PERMIT_ENDS and item.permit_expiry is not None:
            days = (item.permit_expiry - office_day(self.app.now())).days
            over = "permit_over" if days < 0 else "permit_today" if days == 0 else "permit_ends"
            return words.say(f"work_list.urgent.{over}", n=days)
        if item.urgency is Urgency.PRIORITY:
            known = f"work_list.urgent.{item.priority}"
            return words.say(known if words.has(known) else "work_list.urgent.priority")
        return "" if item.urgency is Urgency.NONE else words.say(f"work_list.urgent.{item.urgency.name.lower()}")

    def _show_detail(self) -> None:
        words = self.app.words
        row = self.query_one(RowList).current
        item = next((item for item in self._items if row is not None and item.case_id == row.key), None)
        if item is None:
            hint = "work_list.go_on" if self._begun_new else "work_list.hint"
            lines = (words.say(hint) if row is not None and row.key == NEW else "", words.say("work_list.marks"))
            self.query_one("#work-detail", Static).update(Content("\n".join(lines)))
            return
        facts = [words.say(f"case.status.{item.status}")] if item.status is not Status.ACTIVE else []
        facts += [item.holder_name, item.nationality]
        if item.permit_expiry:
            facts.append(words.say("work_list.expires", date=numeric_date(item.permit_expiry)))
        if item.due:
            facts.append(words.say("work_list.promised", date=numeric_date(item.due)))
        if item.priority and words.has(f"priority.{item.priority}"):
            facts.append(words.say(f"priority.{item.priority}"))
        notes = [words.say("work_list.waited_long", time=duration(self.app.now() - item.since, words.language))]
        if item.claimed_by:
            notes.append(words.say("work_list.claimed", officer=item.claimed_by))
        if item.has_draft:
            notes.append(words.say("work_list.draft"))
        if len(notes) == 1:
            notes.append(words.say("work_list.since", since=moment_short(item.since)))
        detail = Content("\n").join([plain(" · ".join(facts)), plain(" · ".join(notes))])
        self.query_one("#work-detail", Static).update(detail)

    def on_row_list_moved(self) -> None:
        self._show_detail()
        self.query_one(KeyBar).relabel()

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        if event.direction > 0 and self._more:
            self._pages.append(self._items[-1].place)
        elif event.direction < 0 and len(self._pages) > 1:
            self._pages.pop()
        else:
            return
        self.query_one(RowList).cursor = 0
        self.load()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        if event.key == NEW:
            self.app.open_step("intake", None)
            return
        item = next(item for item in self._items if item.case_id == event.key)
        if item.status is Status.HELD_WATCHLIST:
            self.app.open_cekal(item.case_id)
        elif item.status is Status.NONCONFORMITY:
            self.app.open_nonconformity(item.case_id)
        elif item.status.held:
            self.app.open_case(item.case_id)
        else:
            self.app.open_step(item.step, item.case_id)

    def action_take(self) -> None:
        """+: the most urgent case that nobody holds."""
        desk = self.app.signed_in()
        self.run_service(lambda: take_next(desk), self._taken, group="take", exclusive=True)

    def _taken(self, taken: "Taken | None") -> None:
        if taken is None:
            self.say("work_list.none_to_take", "refusal", "work_list.none_to_take.next")
            return
        self.app.open_step(taken.item.step, taken.item.case_id)
        opened = self.app.screen
        if taken.missed and isinstance(opened, OfficeScreen):
            opened.say("work_list.missed", "done", "work_list.missed.next", numbers=", ".join(taken.missed))

    def action_case(self) -> None:
        case_id = self._current_case
        if case_id is not None:
            self.app.open_case(case_id)

    def action_problem(self) -> None:
        if self._acts_at("payment"):
            self.app.open_shift()
        elif self._acts_at("archiving"):
            self.app.open_storage()
        elif self._keeps_passports():
            self.app.open_passports()

    def action_pause(self) -> None:
        """F6: what I did today, and what I leave open."""
        self.app.open_day()

    def action_complete(self) -> None:
        """F10: the next person, please; or the pile of who signs. One that was still meant for the act that led here
        does neither."""
        if time.monotonic() < self._rests_until:
            return
        if self._acts_at("endorsement"):
            self.app.open_endorse_many()
        else:
            self.app.open_queue()

    def action_refresh(self) -> None:
        self.quiet()
        self.load()

    def action_back(self) -> None:
        """The root: there is nowhere to go back to."""
