"""Step 1: the passport's zone, the permit, the people, and every document that lies on the counter."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult

from kiosk.applicant import Collector, SponsorBasis
from kiosk.formats import numeric_date
from kiosk.mrz import Mrz, parse
from kiosk.passport_check import doubtful_fields
from kiosk.permits import checklist
from kiosk.refusals import Refused
from kiosk.steps import intake
from kiosk.steps.turned_away import Attempt, TurnedAway, turn_away, what_is_missing
from screens.defects import Said, say_refusal
from screens.plain import plain
from screens.step_screen import Finished, Question, StepScreen
from screens.steps import intake_fields
from screens.widgets.dialogs import Confirm
from screens.widgets.fields import Field, Value, Values
from screens.widgets.form import Form
from screens.widgets.received import ReceivedList

SHOWN = 7
"""Missing documents that the question names; the printed list has them all."""


class IntakeScreen(StepScreen[intake.Given, intake.Produced]):
    """The counter takes a complete file with F10, and gives an incomplete one back with its list with F7."""

    KEY: ClassVar[str] = "intake"
    HELP: ClassVar[str] = "help.intake"
    WANTS_MRZ: ClassVar[bool] = True
    KEY_WORDS: ClassVar[dict[str, str]] = {"problem": "intake.key.turn_away"}
    prepared: intake.Prepared

    def __init__(self, case_id: int | None) -> None:
        super().__init__(case_id)
        self._mrz: tuple[str, ...] = ()
        self._received = ReceivedList()

    def fields(self) -> Sequence[Field]:
        return intake_fields.fields(self.prepared, self.app.words)

    def body(self) -> ComposeResult:
        yield self.form
        yield self._received

    def initial(self) -> Mapping[str, Value]:
        return {"filed_by": str(Collector.APPLICANT)}

    def opened(self) -> None:
        self._follow()

    def extra(self) -> dict[str, Any]:
        return {"mrz": list(self._mrz), "items": self._received.snapshot()}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        self._mrz = tuple(line for line in extra.get("mrz") or () if isinstance(line, str))
        self._received.restore(extra.get("items"))
        self._follow()

    def relabel(self) -> None:
        super().relabel()
        if self.form_is_open:
            self._follow()

    @property
    def form_is_open(self) -> bool:
        """Whether the form stands on the screen."""
        return hasattr(self, "form") and self.form.is_mounted

    # what follows from what was typed

    def changed(self, name: str) -> None:
        self._follow()

    def on_form_at_end(self, event: Form.AtEnd) -> None:
        """After the last field come the documents."""
        super().on_form_at_end(event)
        self._received.focus()

    def on_received_list_changed(self, event: ReceivedList.Changed) -> None:
        event.stop()
        self.touched()

    def _follow(self) -> None:
        values, kind = self.form.values(), self.form.values().text("kind")
        self.form.offer("visa_index", intake_fields.visa_choices(self.prepared, kind))
        lengths = intake_fields.length_choices(self.prepared, kind, values.text("visa_index"))
        self.form.offer("days", lengths)
        if kind and len(lengths) == 1 and not values.text("days"):
            self.form.restore({"days": lengths[0].value})
        values = self.form.values()
        self._received.show(self._items(values))
        expires = values.day("permit_expires")
        self.form.show("deadline", self._deadline(values, expires) if expires else "")
        self.form.show("mrz", self._zone_words())

    def _items(self, values: Values) -> Sequence[Any]:
        if not values.text("kind"):
            return ()
        return checklist(
            self.prepared.regulations,
            values.text("kind"),
            SponsorBasis(values.text("sponsor_basis") or SponsorBasis.NONE),
            Collector(values.text("filed_by") or Collector.APPLICANT),
            birth=values.partial_day("born"),
            on=self.prepared.today,
        )

    def _deadline(self, values: Values, expires: Any) -> Any:
        deadline = intake.deadline(self.prepared, values.text("kind"), expires)
        calm = deadline.may_file and not deadline.overstay_days
        words = intake_fields.deadline_words(self.app.words, deadline)
        return plain(words if calm else f"! {words}", style="" if calm else "bold")

    def _zone_words(self) -> str:
        words = self.app.words
        if not self._mrz:
            return words.say("intake.mrz.none")
        zone = parse("\n".join(self._mrz), today=self.prepared.today)
        if not isinstance(zone, Mrz):
            return words.say("intake.mrz.none")
        doubtful = sorted(doubtful_fields(zone))
        if not doubtful:
            return words.say("intake.mrz.sound", format=zone.format)
        names = ", ".join(words.say(f"data_entry.{field}") for field in doubtful)
        return words.say("intake.mrz.doubtful", fields=names)

    def on_scan(self, text: str) -> bool:
        if text.startswith("ITK1") or not self.form_is_open:
            return False
        zone = parse(text, today=self.prepared.today)
        if isinstance(zone, Refused):
            self.show_refusal(zone.first)
        elif zone.document_code.startswith("V"):
            self.say("intake.mrz.visa", "refusal")
        else:
            self._mrz = zone.lines
            self.form.fill(intake_fields.from_zone(zone))
            self.form.go_to_first()
            self._follow()
            self.touched()
            self.say("intake.mrz.read")
        return True

    # F10

    def build(self, values: Values) -> intake.Given | Refused:
        return intake_fields.given(values, self._received.received(), self._mrz)

    def question(self, given: intake.Given) -> Question | None:
        until = self.app.words.say("work_list.expires", date=numeric_date(given.permit_expires))
        detail = f"{given.holder_name}\n{given.passport_no} ({given.issuing_state}) · {until}"
        return Question("intake.question", {"count": len(given.items)}, detail)

    def finished(self, produced: intake.Produced) -> Finished:
        return Finished("intake.done", {"number": produced.application_no, "receipt": produced.receipt_number})

    # F7

    def offers(self, key: str) -> bool:
        return super().offers(key) or (key == "problem" and self.form_is_open)

    def action_problem(self) -> None:
        if not self.form_is_open:
            return
        attempt = intake_fields.attempt(self.form.values(), self._received.received())

        def sure(yes: bool | None) -> None:
            if yes:
                desk = self.app.signed_in()
                self.run_service(lambda: turn_away(desk, attempt), self._turned_away)

        self.app.push_screen(Confirm("intake.turn_away", lambda: self._list_of_missing(attempt)), sure)

    def _list_of_missing(self, attempt: Attempt) -> str:
        """What the printed list will say, as far as the dialog has room for it."""
        words = self.app.words
        if not attempt.kind:
            return words.say("intake.turn_away.detail")
        lacking, against = what_is_missing(self.app.signed_in().look(), attempt)
        lines = [f"- {item.name.say(words.language)}" for item in lacking]
        lines += [f"- {say_refusal(words, found.refusal).what}" for found in against]
        more = [words.say("intake.turn_away.more", count=len(lines) - SHOWN)] if len(lines) > SHOWN else []
        return "\n".join([words.say("intake.turn_away.detail"), *lines[:SHOWN], *more])

    def _turned_away(self, answer: TurnedAway) -> None:
        desk, keeper = self.app.signed_in(), self._keeper
        self._keeper = None
        if keeper is not None:
            self.app.run_quietly(keeper.close)
        self.app.run_quietly(lambda: desk.drop_draft(self.KEY, None))
        count = len(answer.missing) + len(answer.against)
        self.app.open_work_list(lambda words: Said(words.say("intake.turned_away", count=count)), "done")
