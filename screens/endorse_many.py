"""Step 10 for a pile of passports: Enter shows a stamp, F10 there says it was compared, F10 here signs all of them."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.refusals import Refused
from kiosk.steps import endorsing_many
from kiosk.steps.endorsing_many import Seen, Signed, Tick, Waiting
from screens.defects import say_refusal
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.dialogs import Confirm
from screens.widgets.rows import Column, Row, RowList

COLUMNS = (Column("work_list.number", 20), Column("work_list.holder"), Column("batch.state", 30))


class EndorseManyScreen(OfficeScreen):
    """Who waits for a signature, and which of them were seen."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh", "complete"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "batch.key.sign"}
    HELP: ClassVar[str] = "help.batch"

    def content(self) -> ComposeResult:
        yield Static(id="batch-title", classes="title")
        yield RowList[int](COLUMNS, empty="batch.empty", id="batch")
        yield Static(id="batch-detail", classes="quiet")

    def on_mount(self) -> None:
        self._waiting: tuple[Waiting, ...] = ()
        self._seen: dict[int, Tick] = {}
        self._refused: dict[int, Refused] = {}
        super().on_mount()
        self.call_after_refresh(self.load)

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def load(self) -> None:
        """Read who waits anew; what was seen stays seen, as long as its case stands as it was seen."""
        desk = self.app.signed_in()
        self.run_service(
            lambda: (endorsing_many.waiting(desk), endorsing_many.kept(desk)),
            self._loaded,
            group="load",
            exclusive=True,
        )

    def _loaded(self, found: tuple[tuple[Waiting, ...], tuple[Tick, ...]]) -> None:
        self._waiting, ticks = found
        self._seen = {tick.case_id: tick for tick in ticks}
        here = {one.case_id for one in self._waiting}
        self._seen = {case_id: seen for case_id, seen in self._seen.items() if case_id in here}
        self._refused = {case_id: answer for case_id, answer in self._refused.items() if case_id in here}
        self._show()

    def _show(self) -> None:
        words = self.app.words
        title = words.say("batch.title", n=len(self._waiting), seen=len(self._seen))
        self.query_one("#batch-title", Static).update(plain(title))
        rows = [
            Row(one.case_id, (one.application_no, one.holder_name, self._state(one.case_id)), self._mark(one.case_id))
            for one in self._waiting
        ]
        self.query_one(RowList).show(rows)
        self.query_one("#batch-detail", Static).update(Content(words.say("batch.hint")))

    def _state(self, case_id: int) -> str:
        answer = self._refused.get(case_id)
        if answer is not None:
            return say_refusal(self.app.words, answer.first).what
        return self.app.words.say("batch.seen" if case_id in self._seen else "batch.unseen")

    def _mark(self, case_id: int) -> str:
        return "!" if case_id in self._refused else "=" if case_id in self._seen else ""

    # the keys

    def action_refresh(self) -> None:
        self.quiet()
        self.load()

    def action_case(self) -> None:
        row = self.query_one(RowList).current
        if row is not None:
            self.app.open_case(int(row.key))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter: the stamp of this one."""
        desk, case_id = self.app.signed_in(), int(event.key)
        self.run_service(lambda: endorsing_many.look_at(desk, case_id), self._compare, group="look", exclusive=True)

    def _compare(self, seen: Seen) -> None:
        desk, found = self.app.signed_in(), seen.prepared
        lines = [f"{found.holder_name}  {found.passport_no}  {found.nationality}", "", *found.stamp_text]

        def answered(yes: bool | None) -> None:
            if yes:
                tick = seen.tick
                self._seen[seen.case_id] = tick
                self.run_service(lambda: endorsing_many.keep(desk, tick), group="draft")
                self._refused.pop(seen.case_id, None)
                rows = self.query_one(RowList)
                self._show()
                if rows.cursor + 1 < len(rows.rows):
                    rows.go(rows.cursor + 1)

        self.app.push_screen(Confirm("batch.compare", "\n".join(lines), number=found.register_no), answered)

    def action_complete(self) -> None:
        """F10: sign all that were seen."""
        if not self._seen:
            self.say("batch.none_seen", "refusal", "batch.none_seen.next")
            return
        names = [one.application_no for one in self._waiting if one.case_id in self._seen]
        dialog = Confirm("batch.question", "  ".join(names), n=len(self._seen))
        self.app.push_screen(dialog, lambda yes: self._sign() if yes else None)

    def _sign(self) -> None:
        desk, seen = self.app.signed_in(), tuple(self._seen.values())
        self.say("step.completing")
        self.run_service(lambda: endorsing_many.sign(desk, seen), self._signed, group="act")

    def _signed(self, answers: tuple[Signed, ...]) -> None:
        self._refused = {one.case_id: one.answer for one in answers if isinstance(one.answer, Refused)}
        for one in answers:
            self._seen.pop(one.case_id, None)
        done = len(answers) - len(self._refused)
        if self._refused:
            self.say("batch.some", "refusal", "batch.some.next", n=done, left=len(self._refused))
        else:
            self.say("batch.done", "done", n=done)
        self.app.work_list_changed.publish(None)
        self.load()
