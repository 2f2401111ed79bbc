"""Step 13: where the paper file lies, and how many sheets it has."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from kiosk.formats import numeric_date
from kiosk.refusals import Refused
from kiosk.steps import archiving
from screens.step_screen import Finished, StepScreen
from screens.widgets.fields import Field, Kind, Value, Values


class ArchivingScreen(StepScreen[archiving.Given, archiving.Produced]):
    """The archivist takes the file over from the counter."""

    KEY: ClassVar[str] = "archiving"
    HELP: ClassVar[str] = "help.archiving"
    prepared: archiving.Prepared

    def fields(self) -> Sequence[Field]:
        return (
            Field("holder", Kind.SHOW, "archiving.holder"),
            Field("outcome", Kind.SHOW, "archiving.outcome"),
            Field("number", Kind.SHOW, "archiving.number"),
            Field("giver", Kind.SHOW, "archiving.giver"),
            Field("keep_until", Kind.SHOW, "archiving.keep_until"),
            Field(
                "location",
                Kind.UPPER,
                "archiving.location",
                required=True,
                max_length=20,
                hint="archiving.location.hint",
            ),
            Field("pages", Kind.INTEGER, "archiving.pages", required=True, max_length=4),
            Field("complete", Kind.YES_NO, "archiving.complete", required=True),
        )

    def initial(self) -> Mapping[str, Value]:
        return {"location": self.prepared.last_location}

    def opened(self) -> None:
        self._show_facts()

    def refreshed(self) -> None:
        self._show_facts()

    def relabel(self) -> None:
        super().relabel()
        if self.prepared is not None:
            self._show_facts()

    def _show_facts(self) -> None:
        found = self.prepared
        self.form.show("holder", found.holder_name)
        self.form.show("outcome", self.app.words.say(f"case.outcome.{found.outcome}"))
        self.form.show("number", found.register_no or "-")
        self.form.show("giver", found.handed_over_by or "-")
        self.form.show("keep_until", numeric_date(found.retention_until))

    def build(self, values: Values) -> archiving.Given | Refused:
        return archiving.Given(
            location=values.text("location"),
            pages=values.integer("pages") or 0,
            complete=values.flag("complete") is True,
        )

    def finished(self, produced: archiving.Produced) -> Finished:
        return Finished(
            "archiving.done",
            {
                "list_no": produced.list_no,
                "location": produced.location,
                "until": numeric_date(produced.retention_until),
            },
        )
