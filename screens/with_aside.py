"""A step's screen on a wide terminal: the aside beside its form, and the rows above the form then say less."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from kiosk.steps import intake
from screens.office_screen import OfficeScreen
from screens.widgets.aside import Aside, width_beside
from screens.widgets.news import NewsLines
from screens.widgets.sop import SopRow

if TYPE_CHECKING:
    from kiosk.bilingual import Bilingual
    from kiosk.cases.model import CaseFile, HistoryLine
    from kiosk.cases.news import News


class WithAside(OfficeScreen):
    """What stands above and beside the content of a step's screen. KEY is the step's."""

    KEY: ClassVar[str]
    LEAST: ClassVar[int] = 66
    """Columns that this step's own part needs beside an aside; more where it has two parts itself."""

    case: "CaseFile | None" = None
    _told = -1
    """The version of the case that the aside tells of."""

    def above(self) -> ComposeResult:
        procedure = self.app.the_office().procedure
        self.sop = SopRow(procedure.step(self.KEY), len(procedure.steps))
        self.news_lines = NewsLines(procedure)
        yield self.sop
        yield self.news_lines

    def middle(self) -> ComposeResult:
        self.aside = Aside(self.app.the_office().procedure)
        self.aside.tell(self.sop.step, None)
        with Horizontal(id="middle"):
            yield from super().middle()
            yield self.aside

    def on_resize(self, event: events.Resize) -> None:
        width = width_beside(event.size.width, self.LEAST)
        self.aside.display = width > 0
        self.aside.styles.width = width
        self.sop.be_brief(width > 0)
        self.news_lines.give_way(width > 0)
        self._tell_file()

    def tell_news(self, news: "News | None") -> None:
        """The case was opened: what is new in it."""
        self.news_lines.show(news)
        self.aside.tell(self.sop.step, news)
        self._tell_file()

    def _tell_file(self) -> None:
        case = self.case
        if case is None or not self.aside.display or self._told == case.version:
            return
        self._told = case.version
        desk, case_id = self.app.signed_in(), case.id
        known = {item.key: item.name for item in self.app.the_office().regulations.items}

        def read() -> "tuple[tuple[HistoryLine, ...], tuple[Bilingual, ...]]":
            filed = case.output(intake.KEY, intake.Produced)
            received = filed.items if filed is not None else ()
            names = tuple(known[item.key] for item in received if item.key in known)
            return desk.history(case_id), names

        self.run_service(read, lambda told: self.aside.tell_file(*told), failed=lambda _: None, group="aside")
