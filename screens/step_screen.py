"""The screen of one step of the SOP, and how to write one.

A step screen is a subclass in `screens/steps/<key>.py`, named in `screens/steps/__init__.py`:

    class VerificationScreen(StepScreen[verification.Given, verification.Produced]):
        KEY = "verification"

        def fields(self) -> Sequence[Field]:            # self.prepared and self.case are there
            return (
                Field("document_genuine", Kind.YES_NO, "verification.document_genuine", required=True),
                Field("remark", Kind.NOTE, "verification.remark", max_length=500),
            )

        def initial(self) -> Mapping[str, Value]:       # where there is no draft
            return {"remark": self.prepared.last_remark}

        def build(self, values: Values) -> verification.Given | Refused:
            return verification.Given(values.flag("document_genuine") is True, values.text("remark"))

        def finished(self, produced: verification.Produced) -> Finished:
            return Finished("verification.done", values={"number": produced.number})

That is all for an ordinary step. The base opens the case (claim, clock, `prepare`, draft), keeps what is typed within
a second, tells why F10 would be refused while there is still time, sends F10 in a worker thread with an idempotency key
that lives until the outcome is known, shows refusals at their fields, and says what came of it.

More, where a step needs it:
- `body()` to compose other widgets than a form (yield `self.form` where the form should be; a body without a form is
  fine: then `build` is given empty Values).
- `opened()` when the body is on the screen: `self.form.show("fact", text)`, start a preview ...
- `extra()` / `restore_extra(extra)` for what must be in the draft beside the form (JSON values).
- `changed(name)` after each change of the form; `touched()` to tell of a change outside the form.
- `question(given)` to ask before a consequential act: a Question, answered with F10, the cursor on "Tidak".
- `on_scan(text)` for codes and (with WANTS_MRZ = True) machine-readable zones; True when taken.
- F8: set DEVICE_KEY to the word of the key and write `device_act()`, usually
  `self.run_device(lambda talk: ..., self.captured)`; Esc asks a running act to stop.
- `self.run_service(function, then)` for any other blocking call; `self.case_id`, `self.app.signed_in()`.
- `self.push(SecondPerson(), self.signed)` sets `self.witness`; a SECOND_PERSON_NEEDED refusal opens that dialog by
  itself and completes again.
Words are keys of your room's catalogue; data goes through `plain`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from kiosk.refusals import Code, Refusal, Refused
from kiosk.words import Words
from screens.defects import Said, say_refusal
from screens.drafts import DraftKeeper, new_key
from screens.office_screen import OfficeScreen
from screens.plain import plain_lines
from screens.widgets.fields import Choice, Field, Value, Values
from screens.widgets.form import Form
from screens.widgets.sop import SopRow

if TYPE_CHECKING:
    from kiosk.cases.model import CaseFile, Claim
    from kiosk.desk import Desk, StepClock, StepService
    from kiosk.people.model import Witness

GivenT = TypeVar("GivenT")
ProducedT = TypeVar("ProducedT")

SAVE_AFTER_S = 0.5
"""From the first unsaved change to the save: what was typed is on disk within a second."""
CHECK_AFTER_S = 0.7
"""Stillness after which the rules are asked whether F10 would be refused."""
RENEW_CLAIM_S = 240.0
"""A third of the shortest lease we advise (15 minutes) less a minute."""
PAUSE_REASONS = ("applicant", "bank", "side_procedure", "device", "office_closed", "colleague")


@dataclass(frozen=True, slots=True)
class Finished:
    """What the officer is told when the step is done.

    `key` (with `values`) is the sentence, `lines` is data shown in full on this screen until Enter: a register number,
    a stamp's text. Without lines the work list opens at once, the sentence in its status line.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before a consequential act: a title key with its values, and data lines that say what will happen."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Opened:
    claim: "Claim | None"
    case: "CaseFile | None"
    prepared: Any
    clock: "StepClock | None"
    draft: dict[str, Any] | None


class StepScreen(OfficeScreen, Generic[GivenT, ProducedT]):
    """One step of one case. `case_id` is None at step 1, where the case does not exist yet."""

    KEY: ClassVar[str]
    DEVICE_KEY: ClassVar[str] = ""
    """Catalogue key of what F8 does here; "" leaves F8 to the device screen."""
    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh", "pause", "problem", "complete"})
    HELP: ClassVar[str] = "help.step"
    FORESEES: ClassVar[bool] = True
    """Whether the rules are asked, while the officer pauses, if F10 would be refused."""

    form: Form
    prepared: Any = None
    """What the step's `prepare` gave."""
    case: "CaseFile | None" = None
    witness: "Witness | None" = None
    """The second person of a two-person act, once they have signed."""

    def __init__(self, case_id: int | None) -> None:
        super().__init__()
        self.case_id = case_id
        self._claim: Claim | None = None
        self._keeper: DraftKeeper | None = None
        self._act_key = new_key()
        self._save_due = self._open = self._busy = self._paused = False
        self._finished: Finished | None = None
        self._ready: Callable[[Words], Said] = lambda words: Said("")
        self._idle: Any = None
        self._renewed_at = time.monotonic()

    @property
    def is_open(self) -> bool:
        """The case is open here and its fields can be typed into."""
        return self._open and self._finished is None

    @property
    def is_done(self) -> bool:
        """The step is completed and its result is shown; Enter leads on."""
        return self._finished is not None

    # -- what a step gives -------------------------------------------------------------------------------------------

    def fields(self) -> Sequence[Field]:
        """The form's fields; called when `prepared` and `case` are there."""
        return ()

    def body(self) -> ComposeResult:
        """The widgets under the SOP row."""
        yield self.form

    def initial(self) -> Mapping[str, Value]:
        """Values of the form where there is no draft."""
        return {}

    def opened(self) -> None:
        """The body is on the screen, the draft restored."""

    def build(self, values: Values) -> GivenT | Refused:
        """The step's input from the form's values; Refused for what is wrong with their shape."""
        raise NotImplementedError

    def finished(self, produced: ProducedT) -> Finished:
        """What to tell the officer."""
        return Finished("step.done", {"step": self.sop.step.title.say(self.app.words.language)})

    def question(self, given: GivenT) -> Question | None:
        """What to ask before completing; None for nothing."""
        return None

    def extra(self) -> dict[str, Any]:
        """What belongs in the draft beside the form."""
        return {}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        """Put `extra` back."""

    def changed(self, name: str) -> None:
        """The officer changed the field `name`."""

    def device_act(self) -> None:
        """F8, where DEVICE_KEY is set."""

    # -- opening -----------------------------------------------------------------------------------------------------

    def above(self) -> ComposeResult:
        procedure = self.app.the_office().procedure
        self.sop = SopRow(procedure.step(self.KEY), len(procedure.steps))
        yield self.sop

    def content(self) -> ComposeResult:
        yield Static(id="opening", markup=False, classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        if self._keeper is not None:
            return
        desk = self.app.signed_in()
        self._keeper = DraftKeeper(desk, self.KEY, self.case_id)
        self._begin()

    def relabel(self) -> None:
        super().relabel()
        if not self._open:
            self.query_one("#opening", Static).update(self.app.words.say("step.opening"))
        elif self._finished is not None:
            self._show_finished(self._finished)

    @property
    def service(self) -> "StepService[Any]":
        """The step's own service."""
        return self.app.signed_in().steps[self.KEY]

    def _begin(self) -> None:
        desk = self.app.signed_in()
        self.run_service(lambda: self._fetch(desk), self._show_opened, group="open", exclusive=True)

    def _fetch(self, desk: "Desk") -> _Opened | Refused:
        claim: Claim | None = None
        case = clock = None
        if self.case_id is not None:
            taken = desk.claim(self.case_id)
            if isinstance(taken, Refused):
                return taken
            claim = taken
            case, clock = desk.case(self.case_id), desk.clock(self.case_id)
            if case is not None and case.step != self.KEY:
                return Refused((Refusal(Code.CASE_MOVED_ON),))
        prepared = desk.steps[self.KEY].prepare(self.case_id)
        if isinstance(prepared, Refused):
            return prepared
        assert self._keeper is not None
        return _Opened(claim, case, prepared, clock, self._keeper.load())

    async def _show_opened(self, opened: _Opened) -> None:
        again = self._open
        self._claim, self.case, self.prepared = opened.claim, opened.case, opened.prepared
        self._paused = False
        if self.case is not None:
            self.sop.subject = f"{self.case.application_no} {self.case.holder_name}".strip()
            self.sop.step = self.case.at
        self.sop.show_clock(opened.clock.worked_seconds if opened.clock else 0, True)
        if again:
            self._keep_typed(opened)
            return
        self.form = Form(self.fields())
        content = self.query_one("#content")
        await content.remove_children()
        await content.mount_compose(self.body())
        self._open = True
        if self.form.is_mounted:
            self.form.fill(self.initial())
        self._restore(opened.draft)
        self.opened()
        if self.form.is_mounted and self.focused is None:
            self.form.go_to_first()
        self.relabel_widgets()
        self._wait_idle()

    def _keep_typed(self, opened: _Opened) -> None:
        self.refreshed()
        self.relabel_widgets()
        self._wait_idle()

    def refreshed(self) -> None:
        """F5 (or a resumed pause) brought a new `prepared`; what was typed is untouched."""

    def _restore(self, draft: dict[str, Any] | None) -> None:
        if not draft:
            return
        self._act_key = str(draft.get("key") or self._act_key)
        typed, extra = draft.get("typed"), draft.get("extra")
        if isinstance(typed, dict) and self.form.is_mounted:
            self.form.restore(typed)
        if isinstance(extra, dict):
            self.restore_extra(extra)
        self.say("step.draft_restored", "done")

    # -- keeping -----------------------------------------------------------------------------------------------------

    def on_form_changed(self, event: Form.Changed) -> None:
        event.stop()
        self.changed(event.name)
        self.touched()

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        event.stop()
        self._check()

    def on_form_at_field(self, event: Form.AtField) -> None:
        event.stop()
        if event.field.hint and self.status.tone == "notice":
            self.say(event.field.hint)
        elif self.status.tone == "notice":
            self.status.say(self._ready)

    def touched(self) -> None:
        """Something was changed: it is saved within a second, and checked when the officer pauses."""
        if not self._open or self._finished is not None:
            return
        if self.status.tone != "notice":
            self.quiet()
        if not self._save_due:
            self._save_due = True
            self.set_timer(SAVE_AFTER_S, self._save)
        self._wait_idle()

    def _content(self) -> dict[str, Any]:
        typed = self.form.snapshot() if self.form.is_mounted else {}
        return {"typed": typed, "extra": self.extra(), "key": self._act_key}

    def _save(self) -> None:
        self._save_due = False
        keeper = self._keeper
        if keeper is not None and self._open and self._finished is None:
            content = self._content()
            self.run_service(lambda: keeper.save(content), group="draft")

    def on_locked(self) -> None:
        self._save()

    def on_closing(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        """Save, and let the case go: done once, by a thread of the app, since this screen is about to be gone."""
        if self._keeper is None:
            return
        keeper, desk, case_id, claimed = self._keeper, self.app.desk, self.case_id, self._claim is not None
        content = self._content() if self._open and self._finished is None else None
        self._keeper = self._claim = None
        if desk is None:
            return

        def let_go() -> Refused | None:
            if content is not None:
                keeper.save(content)
            return desk.release(case_id) if claimed and case_id is not None else None

        self.app.run_quietly(let_go)

    def second_passed(self, in_front: bool) -> None:
        super().second_passed(in_front)
        if in_front:
            self.sop.second_passed()
        if time.monotonic() - self._renewed_at >= RENEW_CLAIM_S:
            self._renewed_at = time.monotonic()
            self._renew()

    def _renew(self) -> None:
        case_id, desk = self.case_id, self.app.signed_in()
        if self._claim is not None and case_id is not None and not self._paused:
            self.run_service(lambda: desk.claim(case_id), self._renewed, refused=self._lost, group="renew")

    def _renewed(self, claim: "Claim") -> None:
        self._claim = claim

    def _lost(self, refused: Refused) -> None:
        self._claim = None
        self.show_refused(refused)

    # -- would F10 be refused? ---------------------------------------------------------------------------------------

    def _wait_idle(self) -> None:
        if self._idle is not None:
            self._idle.stop()
        self._idle = self.set_timer(CHECK_AFTER_S, self._check)

    def _check(self) -> None:
        if not self.FORESEES or not self._open or self._busy or self._finished is not None:
            return
        given = self._given()
        if isinstance(given, Refused):
            self._show_readiness(given.refusals)
            return
        service, case_id = self.service, self.case_id
        self.run_service(
            lambda: service.check(case_id, given),
            self._show_readiness,
            failed=lambda _: None,
            group="check",
            exclusive=True,
        )

    def _show_readiness(self, refusals: tuple[Refusal, ...]) -> None:
        self._ready = lambda words: self._readiness(words, refusals)
        if self.status.tone == "notice" and not self._busy and self.device_talk is None:
            self.status.say(self._ready)

    def _readiness(self, words: Words, refusals: tuple[Refusal, ...]) -> Said:
        if not refusals:
            return Said(words.say("step.ready"))
        wrong = [refusal for refusal in refusals if refusal.code is not Code.FIELD_REQUIRED]
        if not wrong:
            names = ", ".join(self._label(refusal) for refusal in refusals[:3])
            more = len(refusals) - 3
            return Said(words.say("step.missing_more" if more > 0 else "step.missing", fields=names, more=more))
        said = say_refusal(words, wrong[0])
        label = self._label(wrong[0])
        return Said(words.say("step.not_yet", why=f"{label}: {said.what}" if label else said.what), said.next)

    def _label(self, refusal: Refusal) -> str:
        try:
            return self.form.label_of(refusal.field or "")
        except KeyError:
            return ""

    def _given(self) -> GivenT | Refused:
        values = self.form.read() if self.form.is_mounted else Values()
        return values if isinstance(values, Refused) else self.build(values)

    # -- completing --------------------------------------------------------------------------------------------------

    def action_complete(self) -> None:
        if self._finished is not None:
            self.app.open_work_list()
            return
        if self._busy or not self._open or self.device_talk is not None:
            return
        given = self._given()
        if isinstance(given, Refused):
            self.show_refused(given)
            return
        asked = self.question(given)
        if asked is None:
            self._complete(given)
            return
        from screens.widgets.dialogs import Confirm

        sure: GivenT = given
        self.push(Confirm(asked.key, asked.detail, **asked.values), lambda yes: self._complete(sure) if yes else None)

    def push(self, dialog: Any, then: Callable[[Any], object]) -> None:
        """Open a dialog; `then` gets its result, None if it was cancelled."""

        def answered(result: Any) -> None:
            then(result)

        self.app.push_screen(dialog, answered)

    def signed(self, witness: "Witness | None") -> None:
        """The second person signed (or not)."""
        self.witness = witness or self.witness

    def _complete(self, given: GivenT) -> None:
        keeper, service = self._keeper, self.service
        assert keeper is not None
        content, key, case_id, claim, witness = self._content(), self._act_key, self.case_id, self._claim, self.witness
        self._busy = True
        self.say("step.completing")

        def complete() -> ProducedT | Refused:
            keeper.save(content)
            produced = service.complete(case_id, given, key=key, witness=witness, claim=claim)
            if not isinstance(produced, Refused):
                keeper.close()
            answer: ProducedT | Refused = produced
            return answer

        def failed(error: Exception) -> None:
            self._busy = False
            self.show_failed(error)

        def refused(refusal: Refused) -> None:
            self._busy = False
            self._refused(refusal, given)

        self.run_service(complete, self._produced, refused=refused, failed=failed, group="complete")

    def _refused(self, refusal: Refused, given: GivenT) -> None:
        if refusal.first.code not in _OUTCOME_UNKNOWN:
            self._act_key = new_key()
        self.show_refused(refusal)
        if refusal.first.code is Code.SECOND_PERSON_NEEDED and self.witness is None:
            from screens.widgets.dialogs import SecondPerson

            def signed(witness: "Witness | None") -> None:
                self.signed(witness)
                if witness is not None:
                    self._complete(given)

            self.push(SecondPerson(), signed)

    def show_refused(self, refused: Refused) -> None:
        elsewhere = self.form.show_refusals(refused.refusals) if self._open and self.form.is_mounted else ()
        self.show_refusal(elsewhere[0] if elsewhere else refused.first)

    def show_refusal(self, refusal: Refusal) -> None:
        def said(words: Words) -> Said:
            plainly = say_refusal(words, refusal)
            label = self._label(refusal) if self._open else ""
            return Said(f"{label}: {plainly.what}" if label else plainly.what, plainly.next, plainly.code)

        self.status.say(said, "refusal")

    def _produced(self, produced: ProducedT) -> None:
        self._busy = False
        self._finished = finished = self.finished(produced)
        self._let_go()
        self.app.work_list_changed.publish(None)
        if finished.lines:
            self._show_finished(finished)
        else:
            self.app.open_work_list(lambda words: Said(words.say(finished.key, **finished.values)), "done")

    def _show_finished(self, finished: Finished) -> None:
        async def show() -> None:
            content = self.query_one("#content")
            await content.remove_children()
            await content.mount(Vertical(Static(plain_lines("\n".join(finished.lines)), id="finished"), classes="page"))
            self.say(finished.key, "done", "step.go_on", **finished.values)
            self.relabel_widgets()

        self.call_next(show)

    # -- the keys ----------------------------------------------------------------------------------------------------

    def offers(self, key: str) -> bool:
        if self._finished is not None:
            return key in {"help", "work_list", "complete", "language", "lock", "back"}
        if key in {"pause", "problem", "case"}:
            return self.case_id is not None
        return super().offers(key)

    @property
    def key_words(self) -> Mapping[str, str]:
        """Words of keys that are special here and now."""
        words = dict(self.KEY_WORDS)
        if self.DEVICE_KEY:
            words["device"] = self.DEVICE_KEY
        if self._paused:
            words["pause"] = "key.resume"
        if self._finished is not None:
            words["complete"] = "key.go_on"
        return words

    def key_enter(self, event: events.Key) -> None:
        if self._finished is not None:
            event.stop()  # else the same Enter would choose the first line of the work list
            self.app.open_work_list()

    def action_case(self) -> None:
        if self.case_id is not None:
            self._save()
            self.app.open_case(self.case_id)

    def action_refresh(self) -> None:
        if not self._busy:
            self.say("step.opening")
            self._begin()

    def action_problem(self) -> None:
        if self.case_id is not None:
            self._save()
            self.app.open_side(self.case_id)

    def action_device(self) -> None:
        if not self.DEVICE_KEY:
            super().action_device()
        elif self._open and not self._busy and self._finished is None:
            self.device_act()

    def action_pause(self) -> None:
        if self._paused:
            self._begin()
            return
        from screens.widgets.dialogs import ReasonDialog

        choices = tuple(Choice(reason, f"pause.{reason}") for reason in PAUSE_REASONS)
        self.push(ReasonDialog("pause.title", choices), self._pause)

    def _pause(self, reason: str | None) -> None:
        desk, case_id = self.app.signed_in(), self.case_id
        if reason is None or case_id is None:
            return

        def paused(_: None) -> None:
            self._paused = True
            self._claim = None
            words = self.app.words
            self.sop.show_clock(self.sop.seconds, False, words.say(f"pause.{reason}"))
            self.say("step.paused")
            self.relabel_widgets()

        self._save()
        self.run_service(lambda: desk.pause(case_id, reason), paused)


_OUTCOME_UNKNOWN = frozenset({Code.DATABASE_UNREACHABLE, Code.DISK_FULL})
