"""Step 10: the signatory sees the stamp's text beside the data, and signs."""

from collections.abc import Sequence
from typing import ClassVar

from kiosk.formats import numeric_date
from kiosk.refusals import Refused
from kiosk.steps import endorsement
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.fields import Field, Kind, Values


class EndorsementScreen(StepScreen[endorsement.Given, endorsement.Produced]):
    """The Kakanim or a delegate: what is in the passport, and under which authority it is signed."""

    KEY: ClassVar[str] = "endorsement"
    prepared: endorsement.Prepared

    def fields(self) -> Sequence[Field]:
        lines = [Field(f"stamp_{n}", Kind.SHOW, "registration.stamp_line") for n, _ in enumerate(self._stamp())]
        return (
            Field("holder", Kind.SHOW, "registration.holder"),
            Field("number", Kind.SHOW, "endorsement.number"),
            Field("valid_until", Kind.SHOW, "endorsement.valid_until"),
            Field("authority", Kind.SHOW, "endorsement.authority"),
            *lines,
            Field("stamp_seen", Kind.YES_NO, "endorsement.stamp_seen", required=True),
            Field("signed", Kind.YES_NO, "endorsement.signed", required=True),
        )

    def _stamp(self) -> tuple[str, ...]:
        return tuple(line for line in self.prepared.stamp_text if line.strip())

    def opened(self) -> None:
        found = self.prepared
        self.form.show("holder", f"{found.holder_name} ({found.nationality})  {found.passport_no}")
        self.form.show("number", found.register_no)
        self.form.show("valid_until", numeric_date(found.valid_until))
        words = self.app.words
        key = found.authority or "none"
        office_head = words.say("endorsement.office_head")
        none = words.say("endorsement.none")
        self.form.show("authority", {"office_head": office_head, "none": none}.get(key, found.authority))
        for number, line in enumerate(self._stamp()):
            self.form.show(f"stamp_{number}", line)

    def build(self, values: Values) -> endorsement.Given | Refused:
        return endorsement.Given(stamp_seen=values.flag("stamp_seen") is True, signed=values.flag("signed") is True)

    def question(self, given: endorsement.Given) -> Question | None:
        return Question("endorsement.question", {"number": self.prepared.register_no})

    def finished(self, produced: endorsement.Produced) -> Finished:
        return Finished("endorsement.done", {"signatory": produced.signatory, "title": produced.title})
