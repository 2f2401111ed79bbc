"""Step 11: scan the stamped page with F8, type what the stamp says, correct what is a clerical slip."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from kiosk.captures import STAMPED_PAGE, Capture
from kiosk.capturing import scan_documents
from kiosk.clock import office_day
from kiosk.formats import numeric_date
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import corrections, stamp_scan
from kiosk.steps.stamp_scan import CorrectionWanted
from screens.step_screen import Finished, StepScreen
from screens.widgets.fields import Choice, Field, Kind, Value, Values

CORRECTIONS = (1, 2, 3)
"""As many in one go; more than three slips are no slips."""


class StampScanScreen(StepScreen[stamp_scan.Given, stamp_scan.Produced]):
    """What the stamp should say is never shown: who reads it types it."""

    KEY: ClassVar[str] = "stamp_scan"
    LEAST: ClassVar[int] = 78
    DEVICE_KEY: ClassVar[str] = "stamp_scan.key.scan"
    HELP: ClassVar[str] = "help.stamp_scan"
    prepared: stamp_scan.Prepared
    _page: Capture | None = None
    _again: frozenset[str] = frozenset()

    def fields(self) -> Sequence[Field]:
        self._page = self.prepared.page
        again = {name: self._is_asked_again(name) for name in ("register_no_again", "valid_until_again")}
        return (
            Field("holder", Kind.SHOW, "stamp_scan.holder"),
            Field("page", Kind.SHOW, "stamp_scan.page"),
            Field("accepted", Kind.YES_NO, "stamp_scan.accepted", True, only_if=lambda _: self._is_doubtful()),
            Field("register_no_read", Kind.UPPER, "stamp_scan.register_no", True, 30, hint="stamp_scan.blind"),
            Field("register_no_again", Kind.UPPER, "stamp_scan.again", True, 30, only_if=again["register_no_again"]),
            Field("valid_until_read", Kind.DATE, "stamp_scan.valid_until", True, hint="stamp_scan.blind"),
            Field("valid_until_again", Kind.DATE, "stamp_scan.again", True, only_if=again["valid_until_again"]),
            Field("corrections", Kind.HEADING, "stamp_scan.corrections"),
            *(field for number in CORRECTIONS for field in self._correction(number)),
        )

    def _correction(self, number: int) -> tuple[Field, ...]:
        name = f"correction_{number}"
        known = (*corrections.CLERICAL, *corrections.REOPENS)
        choices = (Choice("", "stamp_scan.field.none"), *(Choice(f, f"stamp_scan.field.{f}") for f in known))

        def wanted(values: Values) -> bool:
            return bool(values.text(name))

        def offered(values: Values) -> bool:
            return number == 1 or bool(values.text(f"correction_{number - 1}"))

        return (
            Field(name, Kind.CHOICE, "stamp_scan.correct", choices=choices, only_if=offered),
            Field(f"{name}_now", Kind.SHOW, "stamp_scan.now", only_if=wanted),
            Field(f"{name}_after", Kind.TEXT, "stamp_scan.after", max_length=200, only_if=wanted),
            Field(f"{name}_reason", Kind.TEXT, "stamp_scan.reason", True, 200, only_if=wanted),
        )

    def _is_doubtful(self) -> bool:
        return self._page is not None and bool(self._page.findings)

    def _is_asked_again(self, name: str) -> Callable[[Values], bool]:
        return lambda _: name in self._again

    # what is shown

    def initial(self) -> Mapping[str, Value]:
        return {}

    def opened(self) -> None:
        self._show()
        self.form.go_to("register_no_read")

    def refreshed(self) -> None:
        self._page = self.prepared.page
        self._show()

    def relabel(self) -> None:
        super().relabel()
        if self._open and self._finished is None:
            self._show()

    def _show(self) -> None:
        words, found = self.app.words, self.prepared
        page = words.say("stamp_scan.passport_page", page=found.passport_page)
        self.form.show("holder", f"{found.holder_name}  {found.passport_no}  {page}")
        said = words.say("stamp_scan.not_scanned")
        if self._page is not None:
            doubts = ", ".join(words.say(f"scanning.finding.{name}") for name in self._page.findings)
            said = words.say("stamp_scan.doubtful", findings=doubts) if doubts else words.say("stamp_scan.scanned")
        self.form.show("page", said)
        now, values = dict(found.now), self.form.values()
        for number in CORRECTIONS:
            chosen = values.text(f"correction_{number}")
            self.form.show(f"correction_{number}_now", now.get(chosen, words.say("stamp_scan.not_here")))
        self.form.restore({})

    def changed(self, name: str) -> None:
        if name.startswith("correction_") and name[-1].isdigit():
            self._show()

    def device_act(self) -> None:
        desk, case_id = self.app.signed_in(), self.case_id
        if case_id is not None:
            self.run_device(
                lambda talk: scan_documents(desk, case_id, stamp_scan.KEY, STAMPED_PAGE, talk), self._scanned
            )

    def _scanned(self, pages: tuple[Capture, ...]) -> None:
        self._page = pages[-1]
        self._show()
        self.touched()
        if self._is_doubtful():
            self.say("stamp_scan.look_at_it")
        else:
            self.say("stamp_scan.kept", "done")

    # read twice

    def _show_readiness(self, refusals: tuple[Refusal, ...]) -> None:
        self._ask_again(refusals)
        super()._show_readiness(refusals)

    def show_refused(self, refused: Refused) -> None:
        self._ask_again(refused.refusals)
        super().show_refused(refused)

    def _ask_again(self, refusals: Sequence[Refusal]) -> None:
        asked = {r.field for r in refusals if r.code is Code.STAMP_TYPE_AGAIN and r.field is not None}
        if asked - self._again:
            self._again = self._again | asked
            self.form.restore({})

    def extra(self) -> dict[str, object]:
        return {"again": sorted(self._again)}

    def restore_extra(self, extra: dict[str, object]) -> None:
        again = extra.get("again")
        self._again = frozenset(str(name) for name in again) if isinstance(again, list) else frozenset()
        self.form.restore({})

    def build(self, values: Values) -> stamp_scan.Given | Refused:
        wanted = [(f"correction_{n}", values.text(f"correction_{n}")) for n in CORRECTIONS]
        return stamp_scan.Given(
            object_id=self._page.id if self._page else 0,
            register_no_read=values.text("register_no_read"),
            valid_until_read=values.day("valid_until_read") or office_day(self.app.now()),
            register_no_again=values.text("register_no_again"),
            valid_until_again=values.day("valid_until_again"),
            corrections=tuple(
                CorrectionWanted(field, values.text(f"{name}_after"), values.text(f"{name}_reason"))
                for name, field in wanted
                if field
            ),
            accepted=values.flag("accepted") is True,
        )

    def ready(self) -> str:
        values = self.form.values()
        corrected = any(values.text(f"correction_{n}") for n in CORRECTIONS)
        return "step.ready_with_second" if corrected else super().ready()

    def finished(self, produced: stamp_scan.Produced) -> Finished:
        until = numeric_date(produced.valid_until_read)
        values = {"number": produced.register_no_read, "until": until, "count": len(produced.corrections)}
        return Finished("stamp_scan.done_corrected" if produced.corrections else "stamp_scan.done", values)
