"""The dialogs everyone uses: are you sure, why, and who is the second person."""

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.people.model import Witness
from kiosk.refusals import Refused
from screens.plain import plain_lines
from screens.widgets.dialog import Dialog
from screens.widgets.fields import Choice, Field, Kind, Value, Values
from screens.widgets.form import Form
from screens.widgets.rows import Column, Row, RowList


class Confirm(Dialog[bool]):
    """A consequential act. The cursor is on "Tidak"; only F10 says yes. The result is True or None.

    `detail` is data (it is cleaned): the lines that say what exactly will happen.
    """

    def __init__(self, title: str, detail: str = "", **values: object) -> None:
        super().__init__(title, **values)
        self._detail = detail

    def body(self) -> ComposeResult:
        if self._detail:
            yield Static(plain_lines(self._detail), id="dialog-detail")
        yield RowList[str]([Column("")], id="dialog-answers")

    def relabel(self) -> None:
        super().relabel()
        words = self.app.words
        rows = [Row("no", (words.say("confirm.no"),)), Row("yes", (words.say("confirm.yes"),))]
        self.query_one(RowList).show(rows)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        if event.key == "no":
            self.dismiss(None)
        else:
            self.say("confirm.press_f10")

    def action_complete(self) -> None:
        self.dismiss(True)


class FormDialog(Dialog[Values]):
    """A short form in a dialog: F10 gives its values. `initial` is what stands in it at first."""

    def __init__(
        self, title: str, fields: tuple[Field, ...], initial: Mapping[str, Value] | None = None, **values: object
    ) -> None:
        super().__init__(title, **values)
        self.form = Form(fields, initial)

    def body(self) -> ComposeResult:
        yield self.form

    def action_complete(self) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
        else:
            self.dismiss(values)


class ReasonDialog(Dialog[str]):
    """Why: a reason from a list, or in own words. The result is the reason's value, or the words.

    With `choices` the officer takes one of them; without, writes at least five characters.
    """

    def __init__(self, title: str, choices: tuple[Choice, ...] = (), **values: object) -> None:
        super().__init__(title, **values)
        kind = Kind.CHOICE if choices else Kind.TEXT
        self.form = Form((Field("reason", kind, "reason.label", True, 200, choices),))

    def body(self) -> ComposeResult:
        yield self.form

    def action_complete(self) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
        else:
            self.dismiss(values.text("reason"))


class SecondPerson(Dialog[Witness]):
    """The second officer of a two-person act signs here, at the same keyboard. The result is a Witness."""

    FIELDS = (
        Field("login", Kind.TEXT, "second.login", True, 40),
        Field("pin", Kind.SECRET, "second.pin", True, 40),
    )

    def __init__(self, title: str = "second.title", **values: object) -> None:
        super().__init__(title, **values)
        self.form = Form(self.FIELDS)

    def body(self) -> ComposeResult:
        yield self.form

    def action_complete(self) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
            return
        desk = self.app.signed_in()
        login, pin = values.text("login"), values.text("pin")
        self.form.restore({"pin": ""})
        self.run_service(lambda: desk.witness(login, pin), self._signed)

    def on_form_at_end(self) -> None:
        self.action_complete()

    def _signed(self, witness: Witness) -> None:
        self.dismiss(witness)

    @on(Form.Changed)
    def _moved_on(self) -> None:
        self.quiet()
