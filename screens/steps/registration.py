"""Step 9: the text of the stamp, the number that will be drawn, and the page that takes it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from kiosk.formats import numeric_date
from kiosk.refusals import Refused
from kiosk.steps import registration
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.fields import Field, Kind, Value, Values


class RegistrationScreen(StepScreen[registration.Given, registration.Produced]):
    """The register clerk writes what the screen says; number and database can't differ."""

    KEY: ClassVar[str] = "registration"
    prepared: registration.Prepared

    def fields(self) -> Sequence[Field]:
        lines = [Field(f"stamp_{n}", Kind.SHOW, "registration.stamp_line") for n, _ in enumerate(self._stamp())]
        return (
            Field("holder", Kind.SHOW, "registration.holder"),
            Field("permit", Kind.SHOW, "registration.permit"),
            Field("number", Kind.SHOW, "registration.number"),
            *lines,
            Field("passport_page", Kind.UPPER, "registration.page", required=True, max_length=10),
            Field("page_is_free", Kind.YES_NO, "registration.page_is_free", required=True),
            Field("stamped", Kind.YES_NO, "registration.stamped", required=True),
        )

    def _stamp(self) -> tuple[str, ...]:
        return tuple(line for line in self.prepared.stamp_text if line.strip())

    def initial(self) -> Mapping[str, Value]:
        return {"page_is_free": True}

    def opened(self) -> None:
        found = self.prepared
        self.form.show("holder", f"{found.holder_name}  {found.passport_no}")
        permit = f"{numeric_date(found.valid_from)} - {numeric_date(found.valid_until)}"
        self.form.show("permit", f"{permit}  ({found.extension_no})" if found.extension_no else permit)
        self.form.show("number", found.next_number)
        for number, line in enumerate(self._stamp()):
            self.form.show(f"stamp_{number}", line)

    def build(self, values: Values) -> registration.Given | Refused:
        return registration.Given(
            passport_page=values.text("passport_page"),
            page_is_free=values.flag("page_is_free") is True,
            stamped=values.flag("stamped") is True,
        )

    def question(self, given: registration.Given) -> Question | None:
        return Question("registration.question", {"number": self.prepared.next_number})

    def finished(self, produced: registration.Produced) -> Finished:
        return Finished("registration.done", {"number": produced.register_no}, lines=produced.stamp_text)
