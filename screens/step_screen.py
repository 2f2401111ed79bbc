"""The screen of one step of the SOP, and how to write one.

A step screen is a subclass in `screens/steps/<key>.py`, found there by its KEY:

    class VerificationScreen(StepScreen[verification.Given, verification.Produced]):
        KEY = "verification"

        def fields(self) -> Sequence[Field]:            # self.prepared and self.case are there
            return (
                Field("sponsor_ok", Kind.YES_NO, "verification.sponsor_ok", required=True),
                Field("note", Kind.NOTE, "verification.note", max_length=500),
            )

        def initial(self) -> Mapping[str, Value]:       # where there is no draft
            return {"note": self.prepared.last_note}

        def build(self, values: Values) -> verification.Given | Refused:
            return verification.Given(values.flag("sponsor_ok") is True, values.text("note"))

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

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from textual import events
from textual.containers import Vertical
from textual.widgets import Static

from kiosk.cases import pauses
from kiosk.refusals import Code, Refusal, Refused
from kiosk.words import Words
from screens.defects import Said, named, say_refusal
from screens.drafts import new_key
from screens.plain import plain_lines
from screens.step_life import Finished, GivenT, ProducedT, Question, StepLife
from screens.widgets.fields import Values
from screens.widgets.form import Form

if TYPE_CHECKING:
    from kiosk.people.model import Witness

__all__ = ["Finished", "Question", "StepScreen"]

CHECK_AFTER_S = 0.7
"""Stillness after which the rules are asked whether F10 would be refused."""


class StepScreen(StepLife[GivenT, ProducedT], Generic[GivenT, ProducedT]):
    """One step of one case: what F10, F6, F7 and F8 do, and what is said before and after."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh", "pause", "problem", "complete"})

    def relabel(self) -> None:
        super().relabel()
        if self._finished is not None and self._finished.lines:
            self._finished = self.finished(self._result)
            self._show_finished(self._finished)

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        event.stop()
        self._check()

    # would F10 be refused?

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
        self._ready = lambda words: self._with_news(words, self._readiness(words, refusals))
        if self.status.tone == "notice" and not self._busy and self.device_talk is None:
            self.status.say(self._ready)

    def hint(self) -> str:
        """Catalogue key of what to do with the part of the screen the cursor is in; "" where the form says it."""
        return ""

    def ready(self) -> str:
        """Catalogue key of what is said when nothing stands in the way of F10."""
        return "step.ready"

    def _with_news(self, words: Words, said: Said) -> Said:
        """What F10 would say, and in the second line, if it is free: the draft came back, or what to do here."""
        second = "step.draft_restored" if self._restored else self.hint()
        return Said(said.what, words.say(second), said.code) if second and not said.next else said

    def _readiness(self, words: Words, refusals: tuple[Refusal, ...]) -> Said:
        if not refusals:
            return Said(words.say(self.ready()))
        wrong = [refusal for refusal in refusals if refusal.code is not Code.FIELD_REQUIRED]
        if not wrong:
            names = ", ".join(self._label(refusal) for refusal in refusals[:3])
            more = len(refusals) - 3
            return Said(
                words.say("step.missing_more" if more > 0 else "step.missing", fields=names, count=len(refusals))
            )
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

    # completing

    def action_complete(self) -> None:
        if self._finished is not None:
            self.app.open_work_list()
            return
        if self.device_talk is not None:
            self.say("device.still_busy", "refusal")
            return
        if self._busy or not self._open:
            return
        given = self._given()
        if isinstance(given, Refused):
            self.show_refused(given)
            return
        sure: GivenT = given
        if self.question(sure) is None:
            self._complete(sure)
            return
        if not self.FORESEES:
            self._ask_whether(sure, ())
            return
        service, case_id, self._busy = self.service, self.case_id, True

        def failed(error: Exception) -> None:
            self._busy = False
            self.show_failed(error)

        self.run_service(
            lambda: service.check(case_id, sure),
            lambda refusals: self._ask_whether(sure, refusals),
            failed=failed,
            group="foresee",
            exclusive=True,
        )

    def _ask_whether(self, given: GivenT, refusals: tuple[Refusal, ...]) -> None:
        """Ask whether the officer is sure; but not of what would be refused anyway."""
        self._busy = False
        asked = self.question(given)
        if refusals:
            self.show_refused(Refused(refusals))
        elif asked is None:
            self._complete(given)
        else:
            from screens.widgets.dialogs import Confirm

            first = asked
            dialog = Confirm(asked.key, lambda: (self.question(given) or first).detail, **asked.values)
            self.push(dialog, lambda yes: self._complete(given) if yes else None)

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
        worked = int(self.sop.seconds) if case_id is None else 0
        self._busy = True
        self.say("step.completing")

        def complete() -> ProducedT | Refused:
            keeper.save(content, always=True)  # the key of the act outlives a crash
            produced = service.complete(case_id, given, key=key, witness=witness, claim=claim, worked=worked)
            if not isinstance(produced, Refused):
                keeper.close()
            elif produced.first.code not in _OUTCOME_UNKNOWN:
                keeper.forget_untouched(content)
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
            self.witness = None  # who signed, signed what was refused; it may be the person who was refused
        self.show_refused(refusal)
        if refusal.first.code is Code.SECOND_PERSON_NEEDED:
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
            return Said(f"{named(label)} {plainly.what}" if label else plainly.what, plainly.next, plainly.code)

        self.status.say(said, "refusal")

    def _produced(self, produced: ProducedT) -> None:
        self._busy = False
        self._result = produced
        self._finished = finished = self.finished(produced)
        self.sop.show_clock(self.sop.seconds, False)
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

    # the keys

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
        from screens.widgets.dialogs import PauseDialog

        self.push(PauseDialog(), self._pause)

    def _pause(self, values: Values | None) -> None:
        desk, case_id = self.app.signed_in(), self.case_id
        if values is None or case_id is None:
            return
        reason = pauses.joined(values.text("reason"), values.text("note"))

        def paused(_: None) -> None:
            self._paused = True
            self._claim = None
            words = self.app.words
            self.sop.show_clock(self.sop.seconds, False, pauses.said(words, values.text("reason")))
            self.say("step.paused")
            self.relabel_widgets()

        self._save()
        self.run_service(lambda: desk.pause(case_id, reason), paused)


_OUTCOME_UNKNOWN = frozenset({Code.DATABASE_UNREACHABLE, Code.DISK_FULL})
