"""All keys pass here first: scans are told from typing, and the time of the last key is kept for the idle lock."""

import time
from typing import TYPE_CHECKING

from textual import events
from textual.app import App
from textual.timer import Timer

from screens.cover import Cover
from screens.office_screen import OfficeScreen
from screens.wedge import Let, Outcome, Scanned, Wedge, is_code, is_mrz

if TYPE_CHECKING:
    from screens.app import KioskApp


class Keyboard(App[int] if TYPE_CHECKING else object):  # type: ignore[misc]
    """The app's ear. A scan goes to `take_scan`, never into a field; a paste of a code or MRZ likewise."""

    last_key: float = 0.0
    _settling: Timer | None = None
    _wedge: Wedge[events.Key]

    async def on_event(self: "KioskApp", event: events.Event) -> None:
        if event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key):
            await self._key(event)
        elif isinstance(event, events.Paste) and (is_code(event.text) or (self._wants_mrz() and is_mrz(event.text))):
            self.last_key = time.monotonic()
            if not self.take_scan(event.text.strip().upper()):
                self.bell()
        else:
            await super().on_event(event)

    async def _key(self: "KioskApp", event: events.Key) -> None:
        self.last_key = time.monotonic()
        wedge = self._wedge
        wedge.wants_mrz = self._wants_mrz()
        ends_line = event.key == "enter" or (event.key == "ctrl+j" and wedge.holding)
        character = "\n" if ends_line else event.character if event.is_printable else None
        await self._deliver(wedge.feed(event, character, event.time))
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        if wedge.holding:
            self._settling = self.set_timer(wedge.patience() + 0.001, self._settle)

    async def _settle(self: "KioskApp") -> None:
        self._settling = None
        await self._deliver(self._wedge.settle(float("inf")))

    async def _deliver(self: "KioskApp", outcomes: list[Outcome[events.Key]]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Scanned) and (self.take_scan(outcome.text) or outcome.text.startswith("ITK1")):
                continue
            keys = outcome.keys if isinstance(outcome, Let | Scanned) else ()
            for key in keys:
                await super().on_event(key)

    def _wants_mrz(self: "KioskApp") -> bool:
        return isinstance(self.screen, OfficeScreen) and self.screen.WANTS_MRZ

    def take_scan(self: "KioskApp", text: str) -> bool:
        """Give a scan to the screen in front; one of our codes that it doesn't want opens its case. False if nobody
        took it."""
        screen = self.screen
        if isinstance(screen, Cover) or self.desk is None:
            return False
        if isinstance(screen, OfficeScreen):
            if screen.on_scan(text):
                return True
            if text.startswith("ITK1"):
                desk = self.desk
                screen.say("scan.looking")
                screen.run_service(lambda: desk.find_code(text), self.open_case, group="scan", exclusive=True)
                return True
        self.bell()
        return False
