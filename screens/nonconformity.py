"""SOP Ketidaksesuaian on one screen: raise a finding, or decide the one that is open."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.cases.model import Moved
from kiosk.clock import office_day
from kiosk.formats import moment_short, numeric_date
from kiosk.procedure import Outcome
from kiosk.refusals import Code, Refused
from kiosk.steps import nonconformity
from kiosk.steps.nonconformity import Actor, Decision, Finding, Prepared
from screens.defects import say_at_field
from screens.drafts import DraftKeeper, new_key
from screens.moved import say_moved
from screens.office_screen import OfficeScreen
from screens.plain import plain, plain_lines
from screens.step_life import SAVE_AFTER_S
from screens.widgets.dialogs import Confirm, SecondPerson
from screens.widgets.fields import Choice, Field, Kind, Raw, Value, Values
from screens.widgets.form import Form

if TYPE_CHECKING:
    from kiosk.people.model import Witness


DRAFT = "nonconformity"
"""The name of its draft: no step of the SOP."""


class NonconformityScreen(OfficeScreen):
    """F10 records the finding, or the decision on it; what ends the application is asked once more."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh", "complete"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "nonconformity.key"}
    _draft: dict[str, Any] | None = None
    HELP: ClassVar[str] = "help.nonconformity"

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self.case_id = case_id
        self._found: Prepared | None = None
        self._form: Form | None = None
        self._act_key = new_key()
        self._keeper: DraftKeeper | None = None
        self._save_due = False

    def content(self) -> ComposeResult:
        yield Static(id="nonconformity-head")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def offers(self, key: str) -> bool:
        if key == "complete":
            return self._found is not None and self._found.why_not is None
        return super().offers(key)

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        keeper = self._keeper = self._keeper or DraftKeeper(desk, DRAFT, self.case_id)

        def fetch() -> Prepared | Refused:
            found = nonconformity.prepare(desk, self.case_id)
            if not isinstance(found, Refused) and self._form is None:
                self._draft = keeper.load()
            return found

        self.run_service(fetch, self._fetched, group="case", exclusive=True)

    async def _fetched(self, found: Prepared) -> None:
        same = self._found is not None and (self._found.open is None) == (found.open is None)
        typed = self._form.snapshot() if self._form is not None and same else None
        self._found = found
        if self._form is not None:
            await self._form.remove()
            self._form = None
        if found.why_not is None:
            self._form = Form(self._decision_fields() if found.open else self._finding_fields(), self._initial())
            await self.query_one("#content").mount(self._form)
            self._put_back(typed)
            self._form.go_to_first()
            self._tell()
        else:
            self.show_refused(found.why_not)
        self._show()
        self.relabel_widgets()

    def _put_back(self, typed: dict[str, Raw] | None) -> None:
        """What was typed before F5, or before the officer left; a decision's draft is none of a finding's."""
        assert self._form is not None
        if self._keeper is not None:
            self._keeper.untouched(self._content())
        draft = self._draft or {}
        if typed is None and draft.get("extra") == self._content()["extra"]:
            typed = draft.get("typed")
        if isinstance(typed, dict):
            self._form.restore(typed)

    def _content(self) -> dict[str, Any]:
        typed = self._form.snapshot() if self._form is not None else {}
        return {"typed": typed, "extra": "decision" if self._found is not None and self._found.open else "finding"}

    def _save(self) -> None:
        self._save_due = False
        keeper, content = self._keeper, self._content()
        if keeper is not None and self._form is not None:
            self.run_service(lambda: keeper.save(content), group="draft")

    def on_locked(self) -> None:
        self._save()

    def on_closing(self) -> None:
        keeper, content = self._keeper, self._content()
        if keeper is not None and self._form is not None:
            self.app.run_quietly(lambda: keeper.save(content))

    def _tell(self) -> None:
        """What F10 will do."""
        self.say("nonconformity.hint.decide" if self._found and self._found.open else "nonconformity.hint.raise")

    def _initial(self) -> dict[str, Value]:
        found = self._found
        return {"due": found.due} if found is not None and found.open is None else {}

    def _finding_fields(self) -> Sequence[Field]:
        assert self._found is not None
        categories = tuple(Choice(c.code, f"side.category.{c.code}") for c in self._found.side.categories)
        return (
            Field("category", Kind.CHOICE, "nonconformity.category", True, choices=categories),
            Field("finding", Kind.NOTE, "nonconformity.finding", True, 1000),
            Field("evidence", Kind.TEXT, "nonconformity.evidence", False, 200),
            Field("who_acts", Kind.CHOICE, "nonconformity.who_acts", True, choices=_actors()),
            Field("due", Kind.DATE, "nonconformity.due", True),
        )

    def _decision_fields(self) -> Sequence[Field]:
        assert self._found is not None
        outcomes = tuple(Choice(o.code, f"nonconformity.outcome.{o.code}") for o in self._found.side.outcomes)
        steps = tuple(Choice(step, f"side.step.{step}") for step in self._found.back_to)
        return (
            Field("outcome", Kind.CHOICE, "nonconformity.outcome", True, choices=outcomes),
            Field("back_to", Kind.CHOICE, "nonconformity.back_to", True, choices=steps, only_if=self._names_a_step),
            Field("note", Kind.NOTE, "nonconformity.note", True, 1000),
        )

    def _outcome(self, values: Values) -> Outcome | None:
        outcomes = self._found.side.outcomes if self._found else ()
        return next((outcome for outcome in outcomes if outcome.code == values.text("outcome")), None)

    def _names_a_step(self, values: Values) -> bool:
        outcome = self._outcome(values)
        return outcome is not None and outcome.effect == "back_to_step"

    # what is shown

    def _show(self) -> None:
        if self._found is None:
            return
        words, found = self.app.words, self._found
        case, current = found.case, found.open
        title = found.side.title_read_as or found.side.title
        lines = [
            f"{case.application_no}  {case.holder_name} · {case.at.number} {case.at.title.say(words.language)}",
            title,
        ]
        if current is not None:
            lines += [
                words.say(
                    "nonconformity.open",
                    category=words.say(f"side.category.{current.category}"),
                    by=current.raised_by,
                    at=moment_short(current.raised_at),
                ),
                current.finding,
                *([words.say("nonconformity.evidence.said", evidence=current.evidence)] if current.evidence else []),
                words.say(
                    "nonconformity.who",
                    who=words.say(f"nonconformity.actor.{current.who_acts}"),
                    due=numeric_date(current.due),
                ),
            ]
        lines += [
            words.say(
                "nonconformity.earlier",
                category=words.say(f"side.category.{past.category}"),
                outcome=words.say(f"nonconformity.outcome.{past.outcome}"),
                note=past.note,
            )
            for past in found.earlier[-2:]
        ]
        head = plain(lines[0], style="bold") + plain_lines("\n")
        self.query_one("#nonconformity-head", Static).update(
            head.append("\n").append(plain_lines("\n".join(lines[1:])))
        )

    # what is done

    def on_form_changed(self, event: Form.Changed) -> None:
        event.stop()
        if self.status.tone == "refusal":
            self._tell()
        if not self._save_due:
            self._save_due = True
            self.set_timer(SAVE_AFTER_S, self._save)

    def action_complete(self) -> None:
        if self._form is None or self._found is None:
            return
        values = self._form.read()
        if isinstance(values, Refused):
            self._refused(values)
            return
        if self._found.open is None:
            self._raise(values)
            return
        outcome = self._outcome(values)
        if outcome is not None and outcome.effect == "end":
            asked = Confirm(f"nonconformity.sure.{outcome.code}", values.text("note"))
            self.app.push_screen(asked, lambda yes: self._decide(values, None) if yes else None)
        else:
            self._decide(values, None)

    def _raise(self, values: Values) -> None:
        desk, key = self.app.signed_in(), self._act_key
        finding = Finding(
            category=values.text("category"),
            finding=values.text("finding"),
            who_acts=Actor(values.text("who_acts")),
            due=values.day("due") or office_day(self.app.now()),
            evidence=values.text("evidence"),
        )
        self.run_service(
            lambda: nonconformity.raise_finding(desk, self.case_id, finding, key=key), self._done, refused=self._refused
        )

    def _decide(self, values: Values, witness: "Witness | None") -> None:
        desk, key = self.app.signed_in(), self._act_key
        decision = Decision(values.text("outcome"), values.text("note"), values.text("back_to"))

        def refused(answer: Refused) -> None:
            if answer.first.code is Code.SECOND_PERSON_NEEDED and witness is None:
                self.app.push_screen(SecondPerson(), lambda second: self._decide(values, second) if second else None)
            else:
                self._refused(answer)

        self.run_service(
            lambda: nonconformity.decide(desk, self.case_id, decision, key=key, witness=witness),
            self._done,
            refused=refused,
        )

    def _refused(self, answer: Refused) -> None:
        elsewhere = self._form.show_refusals(answer.refusals) if self._form is not None else answer.refusals
        first = elsewhere[0] if elsewhere else answer.first
        form = self._form
        self.status.say(
            lambda words: say_at_field(words, first, form.name_of(first.field) if form is not None else ""), "refusal"
        )
        self._act_key = new_key()

    def _done(self, moved: Moved) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            self.app.run_quietly(keeper.close)
        step = self._found.case.procedure.step(moved.step) if self._found else None
        self.app.work_list_changed.publish(None)
        self.app.open_work_list(
            lambda words: say_moved(words, moved, step.title.say(words.language) if step else moved.step), "done"
        )

    def action_case(self) -> None:
        self.app.open_case(self.case_id)


def _actors() -> tuple[Choice, ...]:
    return tuple(Choice(str(actor), f"nonconformity.actor.{actor}") for actor in Actor)
