"""Step 10: the signatory sees the stamp's text beside the passport, and signs."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from kiosk.refusals import Refused
from kiosk.steps import endorsement
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.fields import Field, Kind, Values
from screens.widgets.stamp import BesideStamp


class EndorsementScreen(StepScreen[endorsement.Given, endorsement.Produced]):
    """The Kakanim or a delegate: what is in the passport, and under which authority it is signed."""

    KEY: ClassVar[str] = "endorsement"
    LEAST: ClassVar[int] = 78
    HELP: ClassVar[str] = "help.endorsement"
    prepared: endorsement.Prepared

    def body(self) -> ComposeResult:
        self._stamp = BesideStamp(self.form)
        yield self._stamp

    def fields(self) -> Sequence[Field]:
        return (
            Field("stamp_seen", Kind.YES_NO, "endorsement.stamp_seen", required=True),
            Field("signed", Kind.YES_NO, "endorsement.signed", required=True),
        )

    def opened(self) -> None:
        self._show_stamp()

    def refreshed(self) -> None:
        self._show_stamp()

    def relabel(self) -> None:
        super().relabel()
        if self.prepared is not None:
            self._show_stamp()

    def _show_stamp(self) -> None:
        found, words = self.prepared, self.app.words
        capacity = found.authority
        if capacity in ("", endorsement.OFFICE_HEAD):
            capacity = words.say(f"endorsement.{capacity or 'none'}")
        heading = words.say(
            "endorsement.heading", passport=found.passport_no, nationality=found.nationality, authority=capacity
        )
        self._stamp.show(heading, found.stamp_text)

    def build(self, values: Values) -> endorsement.Given | Refused:
        return endorsement.Given(stamp_seen=values.flag("stamp_seen") is True, signed=values.flag("signed") is True)

    def question(self, given: endorsement.Given) -> Question | None:
        return Question("endorsement.question", {"number": self.prepared.register_no})

    def finished(self, produced: endorsement.Produced) -> Finished:
        return Finished("endorsement.done", {"signatory": produced.signatory, "title": produced.title})
