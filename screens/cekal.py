"""SOP Cekal: the applicant and each candidate side by side, and the examiner's decisions, signed by two."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.cases.model import Moved, Status
from kiosk.refusals import Code, Refused
from kiosk.steps import cekal
from kiosk.steps.cekal import Decision, Examination, Examined, Ground
from screens.cekal_pair import decided_line, heading, pair
from screens.defects import Said
from screens.drafts import new_key
from screens.office_screen import OfficeScreen
from screens.widgets.dialogs import Confirm, FormDialog, SecondPerson
from screens.widgets.fields import Field, Kind, Values, choices_of
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.desk import Desk
    from kiosk.people.model import Witness

DRAFT = "cekal"
Key = tuple[str, str]
"""A candidate: which of the case's persons, and the entry."""


class CekalScreen(OfficeScreen):
    """Enter decides that a candidate is another person; F10 lets the case go on, F7 says that it is the person."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh", "problem", "complete"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"problem": "cekal.key.confirm", "complete": "cekal.key.clear"}
    HELP: ClassVar[str] = "help.cekal"

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self.case_id = case_id
        self._found: Examination | None = None
        self._decisions: dict[Key, Decision] = {}
        self._why_same: dict[str, str] = {}
        """What was written on F7, by entry: it stands there again if the second person did not sign."""
        self._act_key = new_key()

    def content(self) -> ComposeResult:
        yield Static(id="cekal-title", markup=False)
        yield RowList[Key](
            (Column("", 4), Column("cekal.entry", 16), Column("cekal.band", 26), Column("cekal.decision")),
            empty="cekal.nobody",
            id="cekal-candidates",
        )
        yield Static(id="cekal-pair", markup=False, classes="page")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: self._fetch(desk), self._fetched, group="cekal", exclusive=True)

    def _fetch(self, desk: "Desk") -> tuple[Examination, dict[str, Any] | None] | Refused:
        found = cekal.examine(desk, self.case_id)
        return found if isinstance(found, Refused) else (found, desk.draft(DRAFT, self.case_id))

    def _fetched(self, answer: tuple[Examination, dict[str, Any] | None]) -> None:
        self._found, draft = answer
        for row in (draft or {}).get("decisions", []):
            decision = _from_draft(row)
            if decision is not None:
                self._decisions.setdefault((decision.subject, decision.entry_id), decision)
        self._show()
        self.say("cekal.hint", "notice", "cekal.hint.next")

    # what is shown

    def _show(self) -> None:
        found, words = self._found, self.app.words
        if found is None:
            return
        title = words.say("cekal.title", number=found.case.application_no, count=len(found.candidates))
        self.query_one("#cekal-title", Static).update(heading(words, found, title))
        self.query_one("#cekal-candidates", RowList).show([self._row(each) for each in found.candidates])
        self._show_pair()

    def _row(self, each: Examined) -> Row[Key]:
        words = self.app.words
        key = (each.hit.subject, each.hit.candidate.entry_id)
        decision = self._decisions.get(key)
        said = words.say(f"cekal.ground.{decision.ground}") if decision else words.say("cekal.undecided")
        band = words.say(f"screening.band.{each.hit.candidate.band}")
        mark = words.say(f"cekal.subject.{each.hit.subject}")
        return Row(key, (mark, each.hit.candidate.entry_id, band, said), "x" if decision else "")

    def _show_pair(self) -> None:
        each = self._current()
        panel = self.query_one("#cekal-pair", Static)
        if each is None or self._found is None:
            panel.update(Content(""))
            return
        lines = pair(self.app.words, self._found, each, self.size.width - 2)
        decision = self._decisions.get((each.hit.subject, each.hit.candidate.entry_id))
        if decision is not None:
            lines = [*lines, decided_line(self.app.words, decision)]
        panel.update(Content("\n").join(lines))

    def _current(self) -> Examined | None:
        row = self.query_one("#cekal-candidates", RowList).current
        if row is None or self._found is None:
            return None
        found = (each for each in self._found.candidates if (each.hit.subject, each.hit.candidate.entry_id) == row.key)
        return next(found, None)

    def on_row_list_moved(self) -> None:
        self._show_pair()

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        """PgUp and PgDn turn the long comparison under the list."""
        event.stop()
        self.query_one("#cekal-pair", Static).scroll_relative(y=event.direction * 5, animate=False)

    # deciding

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        before = self._decisions.get(event.key)
        fields = (
            Field("ground", Kind.CHOICE, "cekal.ground", True, choices=choices_of(Ground, "cekal.ground")),
            Field("text", Kind.NOTE, "cekal.text", True, 1000),
        )
        initial = {"ground": str(before.ground), "text": before.text} if before else None
        self.app.push_screen(
            FormDialog("cekal.other_person", fields, initial, entry=event.key[1]),
            lambda values: self._decide(event.key, values),
        )

    def _decide(self, key: Key, values: Values | None) -> None:
        if values is None:
            return
        self._decisions[key] = Decision(key[0], key[1], Ground(values.text("ground")), values.text("text"))
        self._save()
        self._show()

    def _save(self) -> None:
        desk = self.app.signed_in()
        content = {
            "decisions": [
                {"subject": d.subject, "entry_id": d.entry_id, "ground": str(d.ground), "text": d.text}
                for d in self._decisions.values()
            ]
        }
        self.run_service(lambda: desk.save_draft(DRAFT, self.case_id, content), group="draft")

    def action_complete(self) -> None:
        """Every candidate is another person."""
        found = self._found
        if found is None:
            return
        keys = [(each.hit.subject, each.hit.candidate.entry_id) for each in found.candidates]
        decisions = tuple(self._decisions[key] for key in keys if key in self._decisions)
        if len(decisions) < len(keys):
            self.say(f"refusal.{Code.WATCHLIST_UNDECIDED}", "refusal", f"refusal.{Code.WATCHLIST_UNDECIDED}.next")
            return
        desk, case_id, key = self.app.signed_in(), self.case_id, self._act_key

        def act(witness: "Witness") -> Moved | Refused:
            return cekal.clear(desk, case_id, decisions, witness=witness, key=key)

        self._two_people("cekal.sure.clear", act)

    def action_problem(self) -> None:
        """The candidate under the cursor is the person."""
        each = self._current()
        if each is None:
            return
        fields = (Field("text", Kind.NOTE, "cekal.text", True, 1000),)
        hit, entry = each.hit, each.hit.candidate.entry_id
        initial = {"text": self._why_same.get(entry, "")}

        def written(values: Values | None) -> None:
            if values is None:
                return
            desk, case_id, key = self.app.signed_in(), self.case_id, self._act_key
            self._why_same[entry] = values.text("text")
            decision = Decision(hit.subject, entry, Ground.OTHER, values.text("text"))

            def act(witness: "Witness") -> Moved | Refused:
                return cekal.confirm(desk, case_id, decision, witness=witness, key=key)

            self._two_people("cekal.sure.confirm", act)

        self.app.push_screen(FormDialog("cekal.same_person", fields, initial, entry=entry), written)

    def _two_people(self, question: str, act: Any) -> None:
        """Ask, let the second person sign, and do it."""

        def signed(witness: "Witness | None") -> None:
            if witness is not None:
                self.run_service(lambda: act(witness), self._done, refused=self._refused)

        def sure(yes: bool | None) -> None:
            if yes:
                self.app.push_screen(SecondPerson("cekal.second"), signed)

        self.app.push_screen(Confirm(question), sure)

    def _refused(self, refused: Refused) -> None:
        self._act_key = new_key()
        self.show_refused(refused)

    def _done(self, moved: Moved) -> None:
        desk, case_id = self.app.signed_in(), self.case_id
        self.app.run_quietly(lambda: desk.drop_draft(DRAFT, case_id))
        self.app.work_list_changed.publish(None)
        cleared = moved.status is Status.ACTIVE and moved.step != "handover"
        key = "cekal.done.cleared" if cleared else "cekal.done"
        self.app.open_work_list(lambda words: Said(words.say(key)), "done")
        if moved.step == "watchlist":
            self.app.open_step("watchlist", case_id)

    def action_case(self) -> None:
        self.app.open_case(self.case_id)


def _from_draft(row: object) -> Decision | None:
    """A decision as a draft keeps it; None for anything else."""
    if not isinstance(row, dict):
        return None
    try:
        return Decision(str(row["subject"]), str(row["entry_id"]), Ground(row["ground"]), str(row["text"]))
    except (KeyError, ValueError):
        return None
