"""The dialogs everyone uses: are you sure, why, and who is the second person."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.cases import pauses
from kiosk.people.model import Witness
from kiosk.refusals import Refused
from screens.badge import TakesBadge
from screens.defects import say_at_field
from screens.plain import plain_lines
from screens.widgets.dialog import Dialog, ResultT
from screens.widgets.fields import Choice, Field, Kind, Raw, Value, Values
from screens.widgets.form import Form
from screens.widgets.rows import Column, Row, RowList


class Confirm(Dialog[bool]):
    """A consequential act. The cursor is on "Tidak"; only F10 says yes. The result is True or None.

    `detail` is data (it is cleaned): the lines that say what exactly will happen. Where they hold words it is a
    function, asked again when the language changes.
    """

    def __init__(self, title: str, detail: str | Callable[[], str] = "", **values: object) -> None:
        super().__init__(title, **values)
        self._detail = detail

    def body(self) -> ComposeResult:
        if self._detail:
            yield Static(id="dialog-detail")
        yield RowList[str]([Column("")], id="dialog-answers")

    def relabel(self) -> None:
        super().relabel()
        words = self.app.words
        for shown in self.query("#dialog-detail").results(Static):
            shown.update(plain_lines(self._detail if isinstance(self._detail, str) else self._detail()))
        rows = [Row("no", (words.say("confirm.no"),)), Row("yes", (words.say("confirm.yes"),))]
        self.query_one(RowList).show(rows)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        if event.key == "no":
            self.dismiss(None)
        else:
            self.say("confirm.press_f10")

    def action_complete(self) -> None:
        self.dismiss(True)


class Asking(Dialog[ResultT]):
    """A dialog around a short form. What is missing is said with the field's name, the cursor in it.

    Esc keeps what was typed until the same dialog is opened again over the same case.
    """

    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "key.go_on", "back": "key.cancel"}
    KEEPS_WHAT_WAS_TYPED: ClassVar[bool] = True
    form: Form
    _untouched: dict[str, Raw] | None = None

    def on_mount(self) -> None:
        super().on_mount()
        if self._untouched is not None:
            return  # Textual calls it for each class
        self._untouched = self.form.snapshot()
        if typed := self.app.left_in_dialogs.pop(self._place(), None):
            self.form.restore(typed)
            self.say("step.draft_restored")

    def action_back(self) -> None:
        typed = self.form.snapshot()
        if self.KEEPS_WHAT_WAS_TYPED and typed != self._untouched:
            self.app.left_in_dialogs[self._place()] = typed
        super().action_back()

    def _place(self) -> tuple[object, ...]:
        """Which dialog this is: over which screen and case, asking what."""
        below = self.app.screen_stack[self.app.screen_stack.index(self) - 1]
        return type(below).__name__, getattr(below, "case_id", None), *self.asks()

    def body(self) -> ComposeResult:
        yield self.form

    def show_refused(self, refused: Refused) -> None:
        self.form.show_refusals(refused.refusals)
        first = refused.first
        self.status.say(lambda words: say_at_field(words, first, self.form.name_of(first.field)), "refusal")

    @on(Form.Changed)
    def _typed(self) -> None:
        if self.status.tone == "refusal":
            self.quiet()

    def on_form_at_field(self, event: Form.AtField) -> None:
        event.stop()
        if event.field.hint and self.status.tone == "notice":
            self.say(event.field.hint)

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        """Enter on the last field: what matters is done by F10 alone."""
        event.stop()
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
        else:
            self.say("dialog.press_f10")


class FormDialog(Asking[Values]):
    """A short form in a dialog: F10 gives its values. `initial` is what stands in it at first."""

    def __init__(
        self, title: str, fields: tuple[Field, ...], initial: Mapping[str, Value] | None = None, **values: object
    ) -> None:
        super().__init__(title, **values)
        self.form = Form(fields, initial)

    def action_complete(self) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
        else:
            self.dismiss(values)


class PauseDialog(FormDialog):
    """Why a step stands still, and what a colleague who opens the case should know. Enter on the note is F10."""

    def __init__(self) -> None:
        choices = tuple(Choice(reason, f"pause.{reason}") for reason in pauses.REASONS)
        super().__init__(
            "pause.title",
            (
                Field("reason", Kind.CHOICE, "reason.label", True, choices=choices),
                Field("note", Kind.TEXT, "pause.note", max_length=pauses.NOTE_LENGTH),
            ),
        )

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        event.stop()
        self.action_complete()


class ReasonDialog(Asking[str]):
    """Why: a reason from a list, or in own words. The result is the reason's value, or the words.

    With `choices` the officer takes one of them, by F10 or Enter; without, writes at least five characters.
    """

    def __init__(self, title: str, choices: tuple[Choice, ...] = (), **values: object) -> None:
        super().__init__(title, **values)
        kind = Kind.CHOICE if choices else Kind.TEXT
        self._is_choice = bool(choices)
        self.form = Form((Field("reason", kind, "reason.label", True, 200, choices),))

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        if self._is_choice:
            event.stop()
            self.action_complete()
        else:
            super().on_form_at_end(event)

    def action_complete(self) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
        else:
            self.dismiss(values.text("reason"))


class SecondPerson(TakesBadge, Asking[Witness]):
    """The second officer of a two-person act signs here, at the same keyboard. The result is a Witness.

    After Esc another may come: the login of whom came first does not wait for them.
    """

    KEEPS_WHAT_WAS_TYPED = False

    FIELDS = (
        Field("login", Kind.TEXT, "second.login", True, 40),
        Field("pin", Kind.SECRET, "second.pin", True, 40),
    )

    def __init__(self, title: str = "second.title", **values: object) -> None:
        super().__init__(title, **values)
        self.form = Form(self.FIELDS)

    def on_mount(self) -> None:
        super().on_mount()
        self.say("second.hint")

    def action_complete(self) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
            return
        desk = self.app.signed_in()
        login, pin = values.text("login"), values.text("pin")
        self.form.restore({"pin": ""})
        self.run_service(lambda: desk.witness(login, pin), self._signed)

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        event.stop()
        self.action_complete()

    def _signed(self, witness: Witness) -> None:
        self.dismiss(witness)
