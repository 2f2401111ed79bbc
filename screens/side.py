"""F7, when the ordinary way is closed: send back, hold, non-conformity, refuse, withdraw, transfer, go on again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.cases.model import Act, CaseFile, Moved, Status
from kiosk.cases.moves import Position, allowed, send_back_targets
from kiosk.people.model import may_act
from kiosk.refusals import Code, Refused, refused
from kiosk.steps import scanning
from screens.drafts import new_key
from screens.moved import say_moved
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.dialogs import Confirm, FormDialog, SecondPerson
from screens.widgets.fields import Choice, Field, Kind, Values
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.desk import Desk
    from kiosk.people.model import Witness

REASON = Field("reason", Kind.NOTE, "side.reason", required=True, max_length=500)
HOLDS = (Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR)


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the menu: the act, and what must be asked for it."""

    name: str
    act: Act
    fields: Callable[[CaseFile], tuple[Field, ...]]
    final: bool = False
    """It ends the application: asked once more."""
    screen: str = ""
    """It has a screen of its own: the route there."""


def _only_reason(_: CaseFile) -> tuple[Field, ...]:
    return (REASON,)


def _send_back(case: CaseFile) -> tuple[Field, ...]:
    targets = send_back_targets(case.procedure, _position(case))
    choices = tuple(Choice(key, f"side.step.{key}") for key in targets)
    return Field("to", Kind.CHOICE, "side.to", required=True, choices=choices), REASON


def _hold(_: CaseFile) -> tuple[Field, ...]:
    choices = tuple(Choice(str(hold), f"case.status.{hold}") for hold in HOLDS)
    return Field("hold", Kind.CHOICE, "side.hold", required=True, choices=choices), REASON


WAYS = (
    Way("send_back", Act.SEND_BACK, _send_back),
    Way("nonconformity", Act.RAISE, _only_reason, screen="open_nonconformity"),
    Way("hold", Act.HOLD, _hold),
    Way("release", Act.RELEASE, _only_reason),
    Way("refuse", Act.REFUSE, _only_reason, final=True),
    Way("withdraw", Act.WITHDRAW, _only_reason, final=True),
    Way("transfer", Act.TRANSFER, _only_reason, final=True),
    Way("scan_debt", Act.RECORD, _only_reason, screen="open_scan_debt"),
)


def _position(case: CaseFile) -> Position:
    return Position(case.step, case.status, case.outcome)


class SideScreen(OfficeScreen):
    """What else can be done with this case. Each way asks for its reason; what ends the application is asked twice."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh"})
    HELP: ClassVar[str] = "help.side"

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self.case_id = case_id
        self._case: CaseFile | None = None
        self._act_key = new_key()

    def content(self) -> ComposeResult:
        yield Static(id="side-title")
        yield RowList[str]([Column("", 30), Column("")], empty="side.none")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: self._fetch(desk), self._fetched, group="case", exclusive=True)

    def _fetch(self, desk: "Desk") -> CaseFile | Refused:
        return desk.case(self.case_id) or refused(Code.CASE_NOT_FOUND)

    def _fetched(self, case: CaseFile) -> None:
        self._case = case
        self._show()
        self.say("side.hint")

    def _ways(self) -> tuple[Way, ...]:
        if self._case is None:
            return ()
        return tuple(way for way in WAYS if self._is_open(way, self._case))

    def _is_open(self, way: Way, case: CaseFile) -> bool:
        if case.status is Status.NONCONFORMITY:
            # only the decision on the finding lets the case go
            return way.act is Act.RAISE
        if way.screen == "open_scan_debt":
            scans = case.output(scanning.KEY, scanning.Produced) if scanning.KEY in case.runs else None
            return bool(scans and scans.later) and self.app.signed_in().may(scanning.KEY)
        if way.act is Act.RAISE and case.step not in case.procedure.side("nonconformity").raised_at:
            return False
        mine = bool(way.screen) or may_act(self.app.signed_in().officer, case.procedure, case.step, way.act)
        return mine and way.act in allowed(case.procedure, _position(case))

    def _show(self) -> None:
        if self._case is None:
            return
        words, case = self.app.words, self._case
        state = words.say(f"case.status.{case.status}")
        head = f"{case.application_no}  {case.holder_name} · {case.at.title.say(words.language)} · {state}"
        title = Content("\n").join([plain(head, style="bold"), Content(words.say("side.title")), Content("")])
        self.query_one("#side-title", Static).update(title)
        self.query_one(RowList).show(
            [Row(way.name, (words.say(f"side.{way.name}"), words.say(f"side.{way.name}.help"))) for way in self._ways()]
        )

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        case = self._case
        if case is None:
            return
        way = next(way for way in WAYS if way.name == event.key)
        if way.screen:
            self.leave()
            getattr(self.app, way.screen)(self.case_id)
            return
        fields = way.fields(case)
        only = {field.name: field.choices[0].value for field in fields if len(field.choices) == 1}
        dialog = FormDialog(f"side.{way.name}", fields, only)
        self.app.push_screen(dialog, lambda values: self._asked(way, values))

    def _asked(self, way: Way, values: Values | None) -> None:
        if values is None:
            return
        if not way.final:
            self._do(way, values, None)
            return

        def sure(yes: bool | None) -> None:
            if yes:
                self._do(way, values, None)

        self.app.push_screen(Confirm(f"side.{way.name}.sure", values.text("reason")), sure)

    def _do(self, way: Way, values: Values, witness: "Witness | None") -> None:
        desk, key, reason = self.app.signed_in(), self._act_key, values.text("reason")
        hold = Status(values.text("hold")) if values.text("hold") else None
        self.run_service(
            lambda: desk.act(
                self.case_id, way.act, key=key, reason=reason, to=values.text("to"), hold=hold, witness=witness
            ),
            self._done,
            refused=lambda answer: self._refused(answer, way, values, witness),
        )

    def _refused(self, answer: Refused, way: Way, values: Values, witness: "Witness | None") -> None:
        if answer.first.code is not Code.SECOND_PERSON_NEEDED or witness is not None:
            self.show_refused(answer)
            return

        def signed(second: "Witness | None") -> None:
            if second is not None:
                self._do(way, values, second)

        self.app.push_screen(SecondPerson(), signed)

    def _done(self, moved: Moved) -> None:
        self.app.work_list_changed.publish(None)
        step = self._case.procedure.step(moved.step) if self._case else None
        self.app.open_work_list(
            lambda words: say_moved(words, moved, step.title.say(words.language) if step else moved.step), "done"
        )

    def action_case(self) -> None:
        self.app.open_case(self.case_id)
