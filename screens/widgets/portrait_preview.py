"""What the camera sees, a few times a second, with advice: Enter or F8 takes it, Esc takes none."""

import time
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Center
from textual.message import Message

from kiosk.capturing import Portrait, Seen, choose_portrait
from kiosk.devices import CancelToken, Progress
from kiosk.picture_cells import Cells
from kiosk.refusals import Refused
from kiosk.words import Words
from screens.defects import Said
from screens.keys import bindings
from screens.widgets.dialog import Dialog
from screens.widgets.picture import Picture

if TYPE_CHECKING:
    from kiosk.desk import Desk

ROWS_AROUND = 10
"""Rows that the dialog needs beside its picture."""
SMALLEST, LARGEST = 6, 20
"""Rows of the picture; painting twenty takes some ten milliseconds, four times a second."""
REST = 4.0
"""A terminal that draws sixels may need a tenth of a second for a picture: after each, keys have four times as long."""


class PortraitPreview(Dialog[Portrait | Refused]):
    """The result is the portrait kept, why none was, or None where the officer left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("language", "device", "lock", "back")
    OFFERS: ClassVar[frozenset[str]] = frozenset({"device", "lock", "back", "language"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"device": "biometrics.preview.key", "back": "key.cancel"}

    class Looked(Message, bubble=False):
        """The camera sees something; what it saw before need not be shown any more."""

        def __init__(self, seen: Seen, ready: Cells | None) -> None:
            self.seen, self.ready = seen, ready
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PortraitPreview.Looked)

    def __init__(self, desk: "Desk", case_id: int, step: str) -> None:
        super().__init__("biometrics.preview")
        self._desk, self._case_id, self._step = desk, case_id, step
        self._take = CancelToken()
        self._next: PortraitPreview.Looked | None = None
        self._painting = False

    def body(self) -> ComposeResult:
        room = self.app.size
        height = max(SMALLEST, min(LARGEST, room.height - ROWS_AROUND))
        self._picture = Picture(min(height * 8 // 3, room.width - 6), height)
        with Center():
            yield self._picture

    def on_mount(self) -> None:
        super().on_mount()
        self.say("biometrics.preview.waiting")
        desk, case_id, step, take = self._desk, self._case_id, self._step, self._take

        def show(seen: Seen) -> None:
            self.post_message(self.Looked(seen, self._picture.prepared(seen.jpeg)))

        self.run_device(
            lambda talk: choose_portrait(desk, case_id, step, talk, show, take),
            self._answered,
            refused=self._answered,
        )

    def _answered(self, answer: Portrait | Refused) -> None:
        self.dismiss(answer)

    def on_portrait_preview_looked(self, event: Looked) -> None:
        self._next = event
        self._paint()

    def _paint(self) -> None:
        """Show what the camera saw last, unless the terminal is still at the picture before."""
        seen, self._next = (None, self._next) if self._painting else (self._next, None)
        if seen is None:
            return
        self._painting, begun = True, time.monotonic()
        self._picture.show(seen.seen.jpeg, seen.ready)
        self._advise(seen.seen.advice)
        self.call_after_refresh(lambda: self.set_timer((time.monotonic() - begun) * REST, self._painted))

    def _painted(self) -> None:
        self._painting = False
        self._paint()

    def _advise(self, names: tuple[str, ...]) -> None:
        if self._take.is_cancelled:
            return

        def said(words: Words) -> Said:
            advice = ", ".join(words.say(f"biometrics.advice.{name}") for name in names)
            what = words.say("biometrics.preview.advice" if advice else "biometrics.preview.good", advice=advice)
            return Said(what, words.say("biometrics.preview.next"))

        self.status.say(said)

    def show_progress(self, progress: Progress) -> None:
        """The picture itself says how far it is."""

    def action_device(self) -> None:
        self._take.cancel()
        self.say("biometrics.preview.taking")

    def key_enter(self, event: events.Key) -> None:
        event.stop()
        self.action_device()

    def action_back(self) -> None:
        """None is taken; but one that was asked for already may be kept, so its answer is awaited."""
        self._let_go()
        if not self._take.is_cancelled:
            self.dismiss(None)

    def on_screen_suspend(self) -> None:
        """Locked, or covered: the camera is let go, and nothing is taken unseen."""
        self._let_go()

    def on_unmount(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self.device_talk is not None:
            self.device_talk.cancel.cancel()
