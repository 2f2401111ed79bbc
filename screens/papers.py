"""The papers of a case, or those of this terminal that are not known to be printed; a copy is marked SALINAN n."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.formats import moment_short
from kiosk.words import Words
from screens.office_screen import OfficeScreen
from screens.plain import plain_lines
from screens.widgets.dialogs import ReasonDialog
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.receipts.print_queue import Job


class PapersScreen(OfficeScreen):
    """Enter prints the paper under the cursor again, with a reason."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh"})
    HELP: ClassVar[str] = "help.papers"

    def __init__(self, case_id: int | None) -> None:
        super().__init__()
        self.case_id = case_id
        self._jobs: tuple[Job, ...] = ()

    def content(self) -> ComposeResult:
        yield Static(id="papers-title", markup=False, classes="title")
        columns = (
            Column("papers.paper"),
            Column("papers.state", 24),
            Column("papers.copy", 8),
            Column("papers.at", 17),
        )
        yield RowList[int](columns, empty="papers.none", id="papers")
        yield Static(id="papers-hint", markup=False, classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        words = self.app.words
        key = "papers.title" if self.case_id is not None else "papers.leftovers"
        self.query_one("#papers-title", Static).update(words.say(key))
        self._show()

    def action_refresh(self) -> None:
        desk, case_id = self.app.signed_in(), self.case_id
        self.run_service(lambda: desk.papers(case_id), self._fetched, group="papers", exclusive=True)

    def _fetched(self, jobs: "tuple[Job, ...]") -> None:
        self._jobs = jobs
        self._show()

    def _show(self) -> None:
        words = self.app.words
        rows = []
        for job in self._jobs:
            state = words.say(f"papers.state.{job.state}")
            copy = f"{job.copy_no}" if job.copy_no else "-"
            mark = "!" if job.state in ("failed", "unknown") else ""
            paper = words.say(f"papers.{job.paper}")
            rows.append(Row(job.id, (paper, state, copy, moment_short(job.created_at)[:-4]), mark))
        self.query_one(RowList).show(rows)
        self._show_hint()

    def _show_hint(self) -> None:
        """What the printer said of the paper under the cursor, and how a copy is made."""
        words = self.app.words
        row = self.query_one(RowList).current
        job = next((job for job in self._jobs if row is not None and job.id == row.key), None)
        why = why_not_printed(words, job.code) if job is not None else ""
        self.query_one("#papers-hint", Static).update(plain_lines(f"{why}\n{words.say('papers.hint')}".strip()))

    def on_row_list_moved(self) -> None:
        self._show_hint()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        job = next(job for job in self._jobs if job.id == event.key)
        dialog = ReasonDialog("papers.again", paper=lambda words: words.say(f"papers.{job.paper}"))
        self.app.push_screen(dialog, lambda reason: self._again(job.id, reason) if reason else None)

    def _again(self, job_id: int, reason: str) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: desk.print_again(job_id, reason), self._queued)

    def _queued(self, job: "Job") -> None:
        self.say("papers.queued", "done", copy=job.copy_no)
        self.action_refresh()


def why_not_printed(words: Words, code: str) -> str:
    """The words of a print job's code: the printer's own, or a device's fault; nothing for none."""
    keys = (f"papers.code.{code}", f"fault.{code}")
    return next((words.say(key) for key in keys if words.has(key)), code)
