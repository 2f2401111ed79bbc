"""Blocking calls from a screen: in a thread, with the answer brought back to the screen that asked.

Mixed into every screen and dialog. Nothing here touches a widget from a thread; an exception of the call becomes words
in the status line, never a crash.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message
from textual.widget import Widget

from kiosk.words import Words
from screens.defects import Said, error_said, say_refusal

if TYPE_CHECKING:
    from textual import getters

    from kiosk.devices import Progress
    from kiosk.refusals import Refusal, Refused
    from screens.app import KioskApp
    from screens.widgets.bars import StatusLine

T = TypeVar("T")


class Answered(Message, bubble=False):
    """A blocking call ended; `deliver` is run on the screen that asked."""

    def __init__(self, deliver: Callable[[], object]) -> None:
        self.deliver = deliver
        super().__init__()


class Progressed(Message, bubble=False):
    """A device says how far it is. A newer one replaces an older one that was not shown yet."""

    def __init__(self, progress: "Progress") -> None:
        self.progress = progress
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Progressed)


class DeviceTalk:
    """What a device act is given: a way to say how far it is, and a request to stop that it looks at.

    `self.run_device(lambda talk: reader.enrol(finger, progress=talk.report, cancel=talk.cancel), self.enrolled)`
    """

    def __init__(self, report: "Callable[[Progress], None]") -> None:
        from kiosk.devices import CancelToken

        self.report = report
        """Called from any thread with each Progress; pass it on as `progress=`."""
        self.cancel = CancelToken()
        """Pass it on as `cancel=`; Esc on the screen asks it to stop."""


class Services(Widget if TYPE_CHECKING else object):  # type: ignore[misc]
    """`run_service` and `run_device` for a screen or dialog that has a `status` line."""

    status: "StatusLine"
    device_talk: DeviceTalk | None = None

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def run_service(
        self,
        function: "Callable[[], T | Refused]",
        then: Callable[[T], object] | None = None,
        *,
        refused: "Callable[[Refused], object] | None" = None,
        failed: Callable[[Exception], object] | None = None,
        group: str = "service",
        exclusive: bool = False,
    ) -> None:
        """Call `function` in a thread; its result goes to `then` here on the screen.

        A Refused goes to `refused` (default: `show_refused`), an exception to `failed` (default: `show_failed`).
        With `exclusive` the answer of an older call in the same group is dropped.
        """
        turn = self._turn(group)

        def answered(deliver: Callable[[], object]) -> None:
            def on_screen() -> object:
                return deliver() if not exclusive or self._turns[group] == turn else None

            self.post_message(Answered(on_screen))

        def call() -> None:
            from kiosk.refusals import Refused

            try:
                result = function()
            except Exception as error:
                caught = error
                answered(lambda: (failed or self.show_failed)(caught))
                return
            if isinstance(result, Refused):
                refusal = result
                answered(lambda: (refused or self.show_refused)(refusal))
            elif then is not None:
                value, deliver = result, then
                answered(lambda: deliver(value))

        self.run_worker(call, thread=True, group=group, exit_on_error=False)

    def run_device(
        self,
        function: "Callable[[DeviceTalk], T | Refused]",
        then: Callable[[T], object] | None = None,
        *,
        refused: "Callable[[Refused], object] | None" = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> bool:
        """Like `run_service` for an act of a device: one at a time, its progress in the status line, Esc asks it to
        stop. False if one is running already."""
        if self.device_talk is not None:
            self.say("device.still_busy", "refusal")
            return False
        talk = DeviceTalk(lambda progress: self.post_message(Progressed(progress)))
        self.device_talk = talk

        def ended(deliver: Callable[[Any], object]) -> Callable[[Any], object]:
            def run(answer: Any) -> object:
                self.device_talk = None
                self.quiet()
                return deliver(answer)

            return run

        self.run_service(
            lambda: function(talk),
            ended(then or (lambda _: None)),
            refused=ended(refused or self.show_refused),
            failed=ended(failed or self.show_failed),
            group="device",
        )
        return True

    def stop_device(self) -> bool:
        """Ask the running device act to stop. False if none runs."""
        if self.device_talk is None:
            return False
        self.device_talk.cancel.cancel()
        self.say("device.stopping")
        return True

    async def on_answered(self, event: Answered) -> None:
        event.stop()
        answer = self.app.when_uncovered(self, event.deliver)
        if inspect.iscoroutine(answer):
            await answer

    def on_progressed(self, event: Progressed) -> None:
        event.stop()
        self.show_progress(event.progress)

    # what the status line says

    def say(self, key: str, tone: str = "notice", following: str = "", **values: object) -> None:
        """Show the words of `key` (and of `following`, the next thing to do). Tones: "notice", "refusal", "done"."""

        def said(words: Words) -> Said:
            return Said(words.say(key, **values), words.say(following, **values) if following else "")

        self.status.say(said, tone)

    def quiet(self) -> None:
        """Empty the status line."""
        self.status.say(Said(""))

    def show_refused(self, refused: "Refused") -> None:
        """Say the first refusal."""
        self.show_refusal(refused.first)

    def show_refusal(self, refusal: "Refusal") -> None:
        """Say what is wrong and what to do next."""
        self.status.say(lambda words: say_refusal(words, refusal), "refusal")

    def show_failed(self, error: Exception) -> None:
        """Say an exception of a service or device in words; a defect goes to the log with a number."""
        self.status.say(error_said(self.app.words, error, type(self).__name__), "refusal")

    def show_progress(self, progress: "Progress") -> None:
        """Say how far the device is."""

        def said(words: Words) -> Said:
            key = f"progress.{progress.phase}"
            count = f" {progress.done}/{progress.total}" if progress.total else ""
            return Said(words.say(key if words.has(key) else "progress.working") + count, words.say("progress.stop"))

        self.status.say(said)

    def relabel_widgets(self) -> None:
        """Tell every widget of this screen that the language or the offered keys changed."""
        for widget in self.query("Form, TopBar, StatusLine, KeyBar, SopRow, NewsLines, RowList, Aside"):
            relabel = getattr(widget, "relabel", None)
            if relabel is not None:
                relabel()

    @property
    def _turns(self) -> dict[str, int]:
        turns: dict[str, int] = self.__dict__.setdefault("_service_turns", {})
        return turns

    def _turn(self, group: str) -> int:
        self._turns[group] = self._turns.get(group, 0) + 1
        return self._turns[group]
