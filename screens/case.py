"""The whole of one case, to read: facts, who did what and when, where the passport is. Acts begin with F7 and F10."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.formats import moment_short, numeric_date, stopwatch
from kiosk.refusals import Code, Refused, refused
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.cases.model import CaseFile, CustodyLine, HistoryLine
    from kiosk.desk import Desk

Whole = tuple["CaseFile", "tuple[HistoryLine, ...]", "tuple[CustodyLine, ...]"]


class CaseScreen(OfficeScreen):
    """Read a case. F10 works on it, if it waits for this officer; Enter shows its scanned papers."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh", "problem", "complete"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "case.key.work", "device": "case.key.papers"}
    HELP: ClassVar[str] = "help.case"

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self.case_id = case_id
        self._whole: Whole | None = None

    def content(self) -> ComposeResult:
        yield Static(id="case-facts")
        columns = (Column("case.when", 16), Column("case.what", 30), Column("case.who"), Column("case.where", 9))
        yield RowList[str](columns, id="case-lines")
        yield Static(id="case-detail", classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def offers(self, key: str) -> bool:
        if key == "complete":
            return self._works_here()
        return super().offers(key)

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: self._fetch(desk), self._fetched, group="case", exclusive=True)

    def _fetch(self, desk: "Desk") -> Whole | Refused:
        case = desk.case(self.case_id)
        if case is None:
            return refused(Code.CASE_NOT_FOUND)
        return case, desk.history(self.case_id), desk.custody(self.case_id)

    def _fetched(self, whole: Whole) -> None:
        self._whole = whole
        self._show()
        self.relabel_widgets()

    def _works_here(self) -> bool:
        if self._whole is None or self.app.desk is None:
            return False
        return self._whole[0].status == "active" and self.app.desk.may(self._whole[0].step)

    def _show(self) -> None:
        if self._whole is None:
            return
        case, history, custody = self._whole
        words = self.app.words
        self.query_one("#case-facts", Static).update(self._facts(case))
        titles = {step.key: f"{step.number} {step.title.say(words.language)}" for step in case.procedure.steps}
        rows = [self._event(line, titles) for line in history]
        rows.append(Row("passport", ("", words.say("case.passport"), "", "")))
        rows += [
            Row(
                f"custody {index}",
                (moment_short(line.at)[:-4], words.say(f"case.holder.{line.holder}"), line.officer, line.place),
            )
            for index, line in enumerate(custody)
        ]
        self.query_one(RowList).show(rows)
        self._show_detail()

    def _event(self, line: "HistoryLine", titles: dict[str, str]) -> Row[str]:
        act = self.app.words.say(f"case.act.{line.act}")
        what = f"{act} · {titles.get(line.step, line.step)}"
        who = line.officer or self.app.words.say("case.system")
        return Row(f"event {line.event}", (moment_short(line.at)[:-4], what, who, line.terminal))

    def _facts(self, case: "CaseFile") -> Content:
        words = self.app.words
        at = f"{case.at.number}/{len(case.procedure.steps)} {case.at.title.say(words.language)}"
        state = words.say(f"case.status.{case.status}")
        if case.outcome != "in_process":
            state = f"{state} · {words.say(f'case.outcome.{case.outcome}')}"
        promise = numeric_date(case.promise_due) if case.promise_due else words.say("case.no_promise")
        expiry = numeric_date(case.permit_expiry) if case.permit_expiry else "-"
        lines = (
            f"{case.application_no}  {case.holder_name}",
            words.say("case.line.passport", passport=case.passport_no, state=case.issuing_state, expiry=expiry),
            words.say("case.line.state", step=at, state=state),
            words.say("case.line.times", opened=moment_short(case.opened_at), promise=promise),
        )
        return Content("\n").join([plain(lines[0], style="bold"), *(plain(line) for line in lines[1:]), Content("")])

    def on_row_list_moved(self) -> None:
        self._show_detail()

    def _show_detail(self) -> None:
        row = self.query_one(RowList).current
        text = ""
        if self._whole is not None and row is not None:
            for line in self._whole[1]:
                if row.key == f"event {line.event}":
                    text = " · ".join(part for part in (line.unit, self._seconds(line), line.reason) if part)
            for index, custody in enumerate(self._whole[2]):
                if row.key == f"custody {index}":
                    text = custody.note
        hint = Content(self.app.words.say("case.hint"))
        detail = [plain(text, limit=400), hint] if text else [hint]
        self.query_one("#case-detail", Static).update(Content("\n").join(detail))

    def _seconds(self, line: "HistoryLine") -> str:
        run = self._whole[0].runs.get(line.step) if self._whole else None
        if run is None or line.act != "complete" or run.attempt != line.attempt:
            return ""
        return self.app.words.say("case.worked", time=stopwatch(timedelta(seconds=run.seconds)))

    def on_row_list_chosen(self) -> None:
        self.app.open_scans(self.case_id)

    def action_complete(self) -> None:
        if self._whole is not None and self._works_here():
            self.app.open_step(self._whole[0].step, self.case_id)

    def action_problem(self) -> None:
        self.app.open_side(self.case_id)

    def action_device(self) -> None:
        """What the printer made of this case, and copies of it."""
        self.app.open_papers(self.case_id)
