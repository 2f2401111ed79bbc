"""Step 9: the number is drawn with F8, the stamp's text shown, and what is in the passport confirmed."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult

from kiosk.formats import numeric_date
from kiosk.refusals import Code, Refused, refused
from kiosk.steps import registration
from kiosk.steps.register_book import Drawn
from screens.drafts import new_key
from screens.step_screen import Finished, StepScreen
from screens.widgets.dialogs import Confirm, ReasonDialog
from screens.widgets.fields import Choice, Field, Kind, Value, Values
from screens.widgets.stamp import BesideStamp


class RegistrationScreen(StepScreen[registration.Given, registration.Produced]):
    """Nothing is stamped before the number is this case's: until then the stamp's text isn't shown."""

    KEY: ClassVar[str] = "registration"
    LEAST: ClassVar[int] = 78
    DEVICE_KEY: ClassVar[str] = "registration.key.draw"
    HELP: ClassVar[str] = "help.registration"
    prepared: registration.Prepared
    _to_first = False
    """The questions changed: the cursor goes to the first open one."""

    @property
    def _drawn(self) -> bool:
        return bool(self.prepared.number)

    @property
    def key_words(self) -> Mapping[str, str]:
        words = dict(super().key_words)
        if self.prepared is not None and self._drawn:
            words["device"] = "registration.key.spoiled"
        return words

    def body(self) -> ComposeResult:
        self._stamp = BesideStamp(self.form)
        yield self._stamp

    def fields(self) -> Sequence[Field]:
        def not_drawn(_: Values) -> bool:
            return not self._drawn

        signatories = tuple(
            Choice(str(one.officer), text=f"{one.title}: {one.name}") for one in self.prepared.signatories
        )
        return (
            Field("permit", Kind.SHOW, "registration.permit", only_if=not_drawn),
            Field("extension", Kind.SHOW, "registration.extension", only_if=not_drawn),
            Field("number", Kind.SHOW, "registration.number", only_if=not_drawn),
            Field("passport_page", Kind.UPPER, "registration.page", required=True, max_length=10),
            Field("page_is_free", Kind.YES_NO, "registration.page_is_free", required=True, only_if=not_drawn),
            Field(
                "signatory",
                Kind.CHOICE,
                "registration.signatory",
                required=True,
                choices=signatories,
                only_if=lambda values: not_drawn(values) and len(signatories) > 1,
            ),
            Field("stamped", Kind.YES_NO, "registration.stamped", required=True, only_if=lambda _: self._drawn),
        )

    def initial(self) -> Mapping[str, Value]:
        return {"signatory": "0"}

    def opened(self) -> None:
        self._show_stamp()

    def refreshed(self) -> None:
        self._show_stamp()
        self.form.restore({})
        if self._to_first:
            self._to_first = False
            self.form.go_to_first()

    def relabel(self) -> None:
        super().relabel()
        if self.prepared is not None:
            self._show_stamp()

    def _show_stamp(self) -> None:
        found = self.prepared
        self._stamp.show(self.app.words.say("registration.stamp_now"), found.stamp_text if self._drawn else ())
        self.form.show("permit", f"{numeric_date(found.valid_from)} - {numeric_date(found.valid_until)}")
        self.form.show("extension", found.extension_no or "-")
        self.form.show("number", found.next_number)

    def build(self, values: Values) -> registration.Given | Refused:
        return registration.Given(
            passport_page=values.text("passport_page"),
            page_is_free=self._drawn or values.flag("page_is_free") is True,
            stamped=values.flag("stamped") is True,
            signatory=int(values.text("signatory") or 0),
        )

    def finished(self, produced: registration.Produced) -> Finished:
        return Finished("registration.done", {"number": produced.register_no})

    # F8: the number

    def device_act(self) -> None:
        if self._drawn:
            self.push(ReasonDialog("registration.spoiled", number=self.prepared.number), self._spoil)
            return
        given = self._given()
        if isinstance(given, Refused):
            self.show_refused(given)
            return
        wanted: registration.Given = given
        question = Confirm("registration.question", number=self.prepared.next_number)
        self.push(question, lambda yes: self._draw(wanted) if yes else None)

    def _draw(self, given: registration.Given) -> None:
        desk, claim, case_id = self.app.signed_in(), self._claim, self.case_id
        if claim is None or case_id is None:
            self.show_refused(refused(Code.CLAIM_LAPSED))
            return
        self._busy = True
        self.run_service(
            lambda: registration.draw(desk, case_id, given, claim=claim, key=new_key()),
            self._number_drawn,
            refused=self._not_drawn,
            group="complete",
        )

    def _number_drawn(self, drawn: Drawn) -> None:
        self._busy, self._to_first = False, True
        self._begin()
        self.say("registration.drawn", "done", "registration.drawn.next", number=drawn.number)

    def _not_drawn(self, answer: Refused) -> None:
        self._busy = False
        self.show_refused(answer)

    def _spoil(self, reason: str | None) -> None:
        desk, claim, case_id = self.app.signed_in(), self._claim, self.case_id
        if reason is None or claim is None or case_id is None:
            return
        self.run_service(
            lambda: registration.spoil(desk, case_id, reason, claim=claim, key=new_key()), self._number_void
        )

    def _number_void(self, number: str) -> None:
        self.form.restore({"stamped": "", "page_is_free": "", "passport_page": ""})
        self._to_first = True
        self._begin()
        self.say("registration.void", "done", "registration.void.next", number=number)
