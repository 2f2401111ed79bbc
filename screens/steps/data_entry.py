"""Step 2: the machine readable zone first, the visual zone beside it, and everything else of the applicant."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from kiosk.mrz import Mrz, parse
from kiosk.passport_check import Typed, differences, doubtful_fields, in_zone
from kiosk.refusals import Refused
from kiosk.steps import data_entry
from screens.plain import plain, plain_lines
from screens.step_screen import Finished, StepScreen
from screens.steps import data_entry_fields
from screens.steps.intake_fields import from_zone
from screens.widgets.fields import Field, Kind, Value, Values

_FROM_ZONE = {"holder_name": "name_viz", "passport_no": "number", "passport_expires": "expires"}
"""Fields of step 1 that have another name here."""


class DataEntryScreen(StepScreen[data_entry.Given, data_entry.Produced]):
    """What is typed from the data page is held against the zone while it is typed."""

    KEY: ClassVar[str] = "data_entry"
    HELP: ClassVar[str] = "help.data_entry"
    WANTS_MRZ: ClassVar[bool] = True
    prepared: data_entry.Prepared
    _zone: Mrz | None = None
    _compared: tuple[tuple[str, ...], Typed, frozenset[str]] = ((), Typed(), frozenset())
    """The last comparison: it is asked for each field after every letter."""

    def fields(self) -> Sequence[Field]:
        self._zone = self._zone or self.prepared.zone
        others = (Field("others", Kind.SHOW, "data_entry.others"),) if self.prepared.others else ()
        regulations = self.app.the_office().regulations
        return others + data_entry_fields.fields(
            self.prepared, regulations, doubted=self._doubted, differs=self._differs
        )

    def initial(self) -> Mapping[str, Value]:
        zone = self.prepared.zone
        return data_entry_fields.from_step_1(self.prepared) | (data_entry_fields.names_from_zone(zone) if zone else {})

    def opened(self) -> None:
        self._show_facts()

    def extra(self) -> dict[str, Any]:
        return {"mrz": list(self._zone.lines) if self._zone else []}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        lines = tuple(line for line in extra.get("mrz") or () if isinstance(line, str))
        self._zone = data_entry.read_zone(lines, self.prepared.today) or self._zone
        self._show_facts()

    def relabel(self) -> None:
        super().relabel()
        if self.form_is_open:
            self._show_facts()

    @property
    def form_is_open(self) -> bool:
        """Whether the form stands on the screen."""
        return hasattr(self, "form") and self.form.is_mounted

    # the zone beside what is typed

    def _doubted(self, field: str, values: Values) -> bool:
        return self._zone is not None and field in doubtful_fields(self._zone)

    def _differs(self, field: str, values: Values) -> bool:
        if self._zone is None:
            return False
        typed = data_entry_fields.typed(values)
        if self._compared[:2] != (self._zone.lines, typed):
            found = frozenset(each.field for each in differences(self._zone, typed) if each.sound)
            self._compared = (self._zone.lines, typed, found)
        return field in self._compared[2]

    def _show_facts(self) -> None:
        words, zone = self.app.words, self._zone
        self.form.show("mrz", plain_lines("\n".join(zone.lines)) if zone else words.say("intake.mrz.none"))
        says = in_zone(zone) if zone else {}
        for field in data_entry_fields.IN_ZONE:
            self.form.show(f"{field}_zone", plain(f"! {says.get(field, '')}", style="bold"))
        if self.prepared.others:
            lines = (
                words.say(
                    "data_entry.other",
                    number=other.application_no,
                    passport=other.passport_no,
                    state=words.say(f"case.outcome.{other.outcome}" if other.ended else "data_entry.other.open"),
                )
                for other in self.prepared.others[:3]
            )
            self.form.show("others", plain_lines("\n".join(lines), style="bold"))

    def on_scan(self, text: str) -> bool:
        if text.startswith("ITK1") or not self.form_is_open:
            return False
        zone = parse(text, today=self.prepared.today)
        if isinstance(zone, Refused):
            self.show_refusal(zone.first)
        elif zone.document_code.startswith("V"):
            self.form.fill({"visa_no": zone.document_no})
            self.say("data_entry.visa_read")
        else:
            self._zone = zone
            read = {_FROM_ZONE.get(name, name): value for name, value in from_zone(zone).items()}
            self.form.fill(read | data_entry_fields.names_from_zone(zone))
            self._show_facts()
            self.say("intake.mrz.read")
        self.touched()
        return True

    # F10

    def build(self, values: Values) -> data_entry.Given | Refused:
        names = data_entry_fields.IN_ZONE
        return data_entry.Given(
            data=data_entry_fields.applicant_data(values, self._zone.lines if self._zone else ()),
            retyped={name: values.text(f"{name}_again") for name in names},
            confirmed=tuple(name for name in names if values.flag(f"{name}_as_printed") is True),
        )

    def finished(self, produced: data_entry.Produced) -> Finished:
        return Finished("data_entry.done", {"count": len(produced.findings)})
