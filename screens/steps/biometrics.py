"""Step 8: portrait and fingers in a list, F8 takes the one under the cursor; notice, face and interview beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.captures import Capture
from kiosk.capturing import Portrait, take_finger, take_portrait
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import biometrics
from kiosk.steps.biometrics import FingerState, FingerTaken
from screens.plain import plain
from screens.step_screen import Finished, StepScreen
from screens.widgets.dialogs import FormDialog
from screens.widgets.fields import Choice, Field, Kind, Value, Values
from screens.widgets.picture import BesidePicture, Picture
from screens.widgets.portrait_preview import PortraitPreview
from screens.widgets.rows import Column, Row, RowList

PORTRAIT = "portrait"
PREVIEW = (16, 8)
"""Cells of the portrait just taken: what is left beside the form on 80x24."""
ABSENT = (FingerState.MISSING, FingerState.BANDAGED, FingerState.UNREADABLE)
COUNTED = ("finger_unreadable", "finger_different")
"""Faults of the reader that count as a try of the finger."""


class BiometricsScreen(StepScreen[biometrics.Given, biometrics.Produced]):
    """Enter on a finger records why it can't be taken; a second officer then signs at F10."""

    KEY: ClassVar[str] = "biometrics"
    LEAST: ClassVar[int] = 78
    DEVICE_KEY: ClassVar[str] = "biometrics.key.take"
    HELP: ClassVar[str] = "help.biometrics"
    prepared: biometrics.Prepared

    def fields(self) -> Sequence[Field]:
        guardian = Field("guardian_present", Kind.YES_NO, "biometrics.guardian_present", required=True)
        wanted = self.prepared.wanted.interview
        note = Field("interview", Kind.NOTE, "biometrics.interview", wanted == "required", max_length=2000)
        return (
            Field("notice_given", Kind.YES_NO, "biometrics.notice_given", required=True, hint="biometrics.notice.hint"),
            Field("face_agrees", Kind.YES_NO, "biometrics.face_agrees", required=True),
            *((guardian,) if self.prepared.minor else ()),
            *(() if wanted == "none" else (note,)),
        )

    def body(self) -> ComposeResult:
        self._taken: dict[str, Capture] = {field_of(finger.page): finger for finger in self.prepared.fingers}
        if self.prepared.portrait is not None:
            self._taken[PORTRAIT] = self.prepared.portrait
        self._absent: dict[str, tuple[str, str]] = {}
        self._tries: dict[str, int] = {}
        yield Static(id="biometrics-notice", classes="quiet")
        columns = (Column("biometrics.what", 24), Column("biometrics.state"))
        yield RowList[str](columns, empty="biometrics.nothing_wanted", id="biometrics-rows")
        self._picture = Picture(*PREVIEW)
        with BesidePicture():
            yield self.form
            yield self._picture

    def opened(self) -> None:
        self._show()
        self.set_focus(self.query_one(RowList))
        self._go_on()

    def refreshed(self) -> None:
        self._show()

    def relabel(self) -> None:
        super().relabel()
        if self._open and self._finished is None:
            self._show()

    # what is shown

    def _show(self) -> None:
        words, found = self.app.words, self.prepared
        unpaid = "" if found.paid else f" · {words.say('biometrics.unpaid')}"
        guardian = f" · {words.say('biometrics.guardian', name=found.guardian)}" if found.minor else ""
        who = plain(f"{found.holder_name}  {found.passport_no}{guardian}{unpaid}", style="bold")
        notice = Content(words.say("biometrics.notice"))
        done = sum(key in self._taken or key in self._absent for key in self._keys())
        who += f"   {words.say('biometrics.count', done=done, count=len(self._keys()))}"
        self.query_one("#biometrics-notice", Static).update(Content("\n").join([who, notice]))
        self.query_one(RowList).show(
            [Row(key, (self._title_of(key), self._state(key)), self._mark(key)) for key in self._keys()]
        )

    def _keys(self) -> list[str]:
        wanted = self.prepared.wanted
        return [*([PORTRAIT] if wanted.photo else []), *(field_of(finger) for finger in wanted.fingers_wanted)]

    def _title_of(self, key: str) -> str:
        words = self.app.words
        return words.say("biometrics.portrait" if key == PORTRAIT else f"biometrics.{key}")

    def _state(self, key: str) -> str:
        words = self.app.words
        capture = self._taken.get(key)
        if key in self._absent:
            state, reason = self._absent[key]
            return words.say("biometrics.absent", state=words.say(f"biometrics.state.{state}"), reason=reason)
        if capture is None:
            tries = self._tries.get(key, 0)
            return words.say("biometrics.tried", tries=tries) if tries else words.say("biometrics.open")
        if key != PORTRAIT:
            return words.say("biometrics.taken", quality=capture.number("quality"), attempts=capture.number("attempts"))
        advice = ", ".join(words.say(f"biometrics.advice.{name}") for name in capture.findings)
        return (
            words.say("biometrics.portrait.advice", advice=advice) if advice else words.say("biometrics.portrait.good")
        )

    def _mark(self, key: str) -> str:
        return "!" if key in self._absent else "" if key in self._taken else "-"

    def _current(self) -> str:
        row = self.query_one(RowList).current
        return row.key if row is not None else ""

    # the devices

    def device_act(self) -> None:
        key, case_id, desk = self._current(), self.case_id, self.app.signed_in()
        if case_id is None or not key:
            return
        if key == PORTRAIT and self._watched():
            self.push(PortraitPreview(desk, case_id, biometrics.KEY), self._portrait_chosen)
            return
        if key == PORTRAIT:
            self.run_device(lambda talk: take_portrait(desk, case_id, biometrics.KEY, talk), self._portrait_taken)
            return
        finger = int(key.removeprefix("finger_"))
        self.run_device(
            lambda talk: take_finger(desk, case_id, biometrics.KEY, finger, talk),
            self._finger_taken,
            refused=lambda answer: self._not_taken(key, answer),
        )

    def _watched(self) -> bool:
        """Whether anybody sees this screen: where it is read line by line, there is nothing to choose from."""
        return not self.app.is_headless

    def _portrait_chosen(self, chosen: Portrait | Refused | None) -> None:
        if isinstance(chosen, Refused):
            self.show_refused(chosen)
        elif chosen is not None:
            self._portrait_taken(chosen)

    def _portrait_taken(self, taken: Portrait) -> None:
        self._took(PORTRAIT, taken.capture)
        self._picture.show(taken.jpeg)
        if taken.advice:
            words = self.app.words
            advice = ", ".join(words.say(f"biometrics.advice.{name}") for name in taken.advice)
            self.say("biometrics.portrait.kept_advice", "notice", "biometrics.portrait.kept_advice.next", advice=advice)
        else:
            self.say("biometrics.portrait.kept", "done")
            self._go_on()

    def _finger_taken(self, capture: Capture) -> None:
        key = field_of(capture.page)
        self._took(key, capture)
        self.say("biometrics.finger_kept", "done", finger=self._title_of(key), quality=capture.number("quality"))
        self._go_on()

    def _took(self, key: str, capture: Capture) -> None:
        self._taken[key] = capture
        self._absent.pop(key, None)
        self._show()
        self.touched()

    def _not_taken(self, key: str, answer: Refused) -> None:
        if answer.first.code is Code.DEVICE_FAULT and answer.first.details.get("fault") in COUNTED:
            self._tries[key] = self._tries.get(key, 0) + 1
            self._show()
            self.touched()
        self.show_refused(answer)

    def _go_on(self) -> None:
        """The cursor to the next row that is still open."""
        rows = self.query_one(RowList)
        open_now = [i for i, row in enumerate(rows.rows) if row.key not in self._taken and row.key not in self._absent]
        after = [i for i in open_now if i >= rows.cursor] or open_now
        if after:
            rows.cursor = after[0]
            rows.refresh()
        elif rows.has_focus and self._keys():
            self.form.go_to_first()

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        """Past the last row come the questions."""
        event.stop()
        if event.direction > 0:
            self.form.go_to_first()

    def hint(self) -> str:
        return "biometrics.hint" if self.query_one(RowList).has_focus else ""

    # what Enter does

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        key = event.key
        if key == PORTRAIT:
            self.device_act()
            return
        states = tuple(Choice(str(state), f"biometrics.state.{state}") for state in ABSENT)
        fields = (
            Field("state", Kind.CHOICE, "biometrics.state_of_finger", True, choices=states),
            Field("reason", Kind.TEXT, "reason.label", True, 200),
        )
        dialog = FormDialog("biometrics.exception", fields, finger=lambda _: self._title_of(key))
        self.push(dialog, lambda values: self._excepted(key, values))

    def _excepted(self, key: str, values: Values | None) -> None:
        if values is None:
            return
        self._absent[key] = (values.text("state"), values.text("reason"))
        self._show()
        self.touched()
        self._go_on()

    # the step

    def initial(self) -> Mapping[str, Value]:
        return {}

    def extra(self) -> dict[str, Any]:
        return {"absent": {key: list(told) for key, told in self._absent.items()}, "tries": self._tries}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        absent, tries = extra.get("absent"), extra.get("tries")
        if isinstance(absent, dict):
            self._absent = {str(key): (str(told[0]), str(told[1])) for key, told in absent.items() if len(told) == 2}
        if isinstance(tries, dict):
            self._tries = {str(key): int(count) for key, count in tries.items()}
        self._show()

    def build(self, values: Values) -> biometrics.Given | Refused:
        portrait = self._taken.get(PORTRAIT)
        fingers = [self._finger(position) for position in self.prepared.wanted.fingers_wanted]
        return biometrics.Given(
            portrait=portrait.id if portrait else 0,
            fingers=tuple(finger for finger in fingers if finger is not None),
            face_agrees=values.flag("face_agrees") is True,
            notice_given=values.flag("notice_given") is True,
            interview=values.text("interview"),
            guardian_present=values.flag("guardian_present") is True,
        )

    def _finger(self, position: int) -> FingerTaken | None:
        key = field_of(position)
        if key in self._absent:
            state, reason = self._absent[key]
            return FingerTaken(position, FingerState(state), attempts=self._tries.get(key, 0), reason=reason)
        capture = self._taken.get(key)
        if capture is None:
            return None
        return FingerTaken(position, FingerState.CAPTURED, capture.id, attempts=self._tries.get(key, 0))

    def ready(self) -> str:
        return "step.ready_with_second" if self._absent else super().ready()

    def _label(self, refusal: Refusal) -> str:
        return (
            self._title_of(refusal.field)
            if refusal.field in self._keys() and refusal.field
            else super()._label(refusal)
        )

    def finished(self, produced: biometrics.Produced) -> Finished:
        absent = sum(finger.state is not FingerState.CAPTURED for finger in produced.fingers)
        taken = len(produced.fingers) - absent
        if absent:
            return Finished("biometrics.done_except", {"taken": taken, "absent": absent, "by": produced.exception_by})
        return Finished("biometrics.done", {"taken": taken})


def field_of(position: int) -> str:
    """The row of a finger."""
    return biometrics.field_of(position)
