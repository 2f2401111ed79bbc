"""The queue at the counter: F8 draws a number, F10 calls, begins, calls on; F7 calls again; F6 absent or done."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.formats import clock_time
from kiosk.queue import desk as queue
from kiosk.queue.model import Called, Overview, State, Ticket
from kiosk.queue.plan import Service
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.bars import KeyBar
from screens.widgets.dialogs import FormDialog
from screens.widgets.fields import Choice, Field, Kind, Values
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.queue.plan import Plan

COLUMNS = (
    Column("queue.number", 8),
    Column("queue.service"),
    Column("queue.group", 24),
    Column("queue.waited", 10),
    Column("queue.expected", 14),
)


class QueueScreen(OfficeScreen):
    """Who waits, in the order of their calls, then who was absent. What F10, F7 and F6 do stands on the key bar."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh", "complete", "problem", "pause"})
    HELP: ClassVar[str] = "help.queue"
    _found: Overview | None = None

    def content(self) -> ComposeResult:
        yield Static(id="queue-title", classes="title")
        yield Static(id="queue-now")
        yield RowList[int](COLUMNS, empty="queue.empty", id="queue")
        yield Static(id="queue-hint", classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        self.app.queue_changed.subscribe(self, lambda _: self.load())
        self.call_after_refresh(self.load)

    def relabel(self) -> None:
        super().relabel()
        self._show()

    @property
    def _mine(self) -> Called | None:
        return self._found.mine if self._found is not None else None

    def offers(self, key: str) -> bool:
        if key == "pause":
            return self._mine is not None
        if key == "problem":
            return self._mine is not None and not self._mine.serving
        return super().offers(key)

    @property
    def key_words(self) -> dict[str, str]:
        """F10 goes on from where the number is; F6 ends it."""
        mine = self._mine
        begins = mine is not None and not mine.serving
        return {
            "complete": "queue.key.start" if begins else "queue.key.call",
            "pause": "queue.key.absent" if begins else "queue.key.served",
            "problem": "queue.key.again",
            "device": "queue.key.draw",
        }

    # what is shown

    def load(self) -> None:
        """Read the queue anew."""
        desk = self.app.signed_in()
        self.run_service(lambda: queue.overview(desk), self._loaded, group="load", exclusive=True)

    def _loaded(self, found: Overview) -> None:
        self._found = found
        self._show()
        self.query_one(KeyBar).relabel()

    def _show(self) -> None:
        words, found = self.app.words, self._found
        if found is None:
            return
        counts = (
            f"{service.series} {sum(t.service == service.key for t in found.waiting)}" for service in self._services()
        )
        title = words.say(
            "queue.title", counter=found.counter, waiting=" · ".join(counts) or "-", served=found.served_today
        )
        self.query_one("#queue-title", Static).update(plain(title))
        self.query_one("#queue-now", Static).update(plain(self._now(found.mine)))
        rows = [Row(one.id, self._cells(one)) for one in found.waiting]
        rows += [Row(one.id, self._cells(one), "-") for one in found.absent]
        self.query_one(RowList).show(rows)
        hint = words.say("queue.hint", n=self._plan().priority_in_a_row)
        self.query_one("#queue-hint", Static).update(Content(hint))

    def _now(self, mine: Called | None) -> str:
        words = self.app.words
        if mine is None:
            return words.say("queue.none")
        service = self._plan().of_series(mine.service)
        name = service.name.say(words.language) if service else mine.service
        at = clock_time(mine.started_at or mine.last_called_at)
        key = "queue.now.serving" if mine.serving else "queue.now.called"
        return words.say(key, number=mine.number, service=name, times=mine.times, at=at)

    def _cells(self, one: Ticket) -> tuple[str, ...]:
        words = self.app.words
        service = next((s for s in self._services() if s.key == one.service), None)
        name = service.name.say(words.language) if service else one.service
        minutes = max(0, (self.app.now() - one.issued_at) // timedelta(minutes=1))
        expected = "" if one.expected is None else words.say("queue.minutes", n=one.expected // timedelta(minutes=1))
        if one.state is State.ABSENT:
            expected = words.say("queue.absent", n=one.absences)
        group = words.say(f"priority.{one.priority}") if words.has(f"priority.{one.priority}") else one.priority
        return one.number, name, group, words.say("queue.minutes", n=minutes), expected

    def _plan(self) -> "Plan":
        return queue.plan_of(self.app.signed_in())

    def _services(self) -> tuple[Service, ...]:
        return queue.serves(self.app.signed_in())

    # the keys

    def action_refresh(self) -> None:
        self.quiet()
        self.load()

    def action_device(self) -> None:
        """F8: a number for somebody who came."""
        groups = self.app.the_office().regulations.priorities
        services = tuple(Choice(one.key, title=one.name) for one in self._services())
        priorities = tuple(Choice(group.code, title=group.name) for group in groups)
        fields = (
            Field("service", Kind.CHOICE, "queue.draw.service", required=True, choices=services),
            Field("priority", Kind.CHOICE, "queue.draw.priority", choices=priorities),
        )
        initial = {"service": services[0].value} if len(services) == 1 else None
        dialog = FormDialog("queue.draw", fields, initial)
        self.app.push_screen(dialog, lambda values: self._draw(values) if values is not None else None)

    def _draw(self, values: Values) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: queue.issue(desk, values.text("service"), values.text("priority")), self._drawn)

    def _drawn(self, one: Ticket) -> None:
        minutes = (one.expected or timedelta(0)) // timedelta(minutes=1)
        self.say("queue.drawn", "done", number=one.number, ahead=one.ahead, n=minutes)
        self.load()

    def action_complete(self) -> None:
        """F10: call, begin, call on."""
        desk = self.app.signed_in()
        if self._mine is not None and not self._mine.serving:
            self.run_service(lambda: queue.start(desk), self._serving_begun, group="act")
        else:
            self.run_service(lambda: queue.call_next(desk), self._number_called, group="act")

    def _number_called(self, one: Called) -> None:
        self.say("queue.called", "done", "queue.called.next", number=one.number, counter=one.counter)
        self.load()

    def _serving_begun(self, one: Called) -> None:
        self.load()
        service = self._plan().of_series(one.service)
        if service is not None and service.opens:
            self.app.open_step(service.opens, None)
        else:
            self.app.open_search(hint="queue.begun", number=one.number)

    def action_problem(self) -> None:
        """F7: once more."""
        desk = self.app.signed_in()
        self.run_service(lambda: queue.recall(desk), self._number_called, group="act")

    def action_pause(self) -> None:
        """F6: nobody came, or done and nobody else is called."""
        desk = self.app.signed_in()
        if self._mine is not None and self._mine.serving:
            self.run_service(lambda: queue.served(desk), self._served, group="act")
        else:
            self.run_service(lambda: queue.absent(desk), self._absent, group="act")

    def _served(self, one: Ticket) -> None:
        self.say("queue.served_now", "done", number=one.number)
        self.load()

    def _absent(self, one: Ticket) -> None:
        void = one.state is State.VOID
        self.say("queue.void_now" if void else "queue.absent_now", "done", number=one.number, n=one.absences)
        self.load()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter on one who was absent: back again."""
        desk, ticket = self.app.signed_in(), int(event.key)
        found = self._found
        if found is not None and any(one.id == ticket for one in found.absent):
            self.run_service(lambda: queue.back(desk, ticket), self._back, group="act")

    def _back(self, one: Ticket) -> None:
        self.say("queue.back", "done", number=one.number)
        self.load()
