"""All keys pass here first: scans are told from typing, and the time of the last key is kept for the idle lock."""

import asyncio
import logging
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.timer import Timer

from screens.badge import TakesBadge
from screens.cover import Cover
from screens.office_screen import OfficeScreen
from screens.wedge import Outcome, Scanned, Wedge, is_code, is_mrz, plain_code

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from screens.app import KioskApp

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 1.0
"""How long typing ahead waits for a screen that opens slowly."""


class Keyboard(App[int] if TYPE_CHECKING else object):  # type: ignore[misc]
    """The app's ear. A scan goes to `take_scan`, never into a field; a paste of a code or MRZ likewise."""

    last_key: float = 0.0
    heard_from: float = 0.0
    """Keys pressed before this instant (monotonic) are not passed on: nobody saw where they would land."""
    _settling: Timer | None = None
    _turn = 0
    """Keys so far: tells a wait that is over from one that a later key has overtaken."""
    _wedge: Wedge[events.Key]
    _ahead: deque[events.Key]
    _in_flight: bool = False
    _flight: "asyncio.Task[None] | None" = None

    @property
    def has_keys_ahead(self) -> bool:
        """Whether a key was typed that has not done its work yet."""
        return self._in_flight or bool(self._ahead) or self._wedge.holding

    async def on_event(self: "KioskApp", event: events.Event) -> None:
        if event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.AppBlur):
            return  # Textual would take the cursor out of its field, and not put it back on a lock that came meanwhile
        elif isinstance(event, events.Key):
            await self._key(event)
        elif isinstance(event, events.Paste) and (is_code(event.text) or (self._wants_mrz() and is_mrz(event.text))):
            self.last_key = time.monotonic()
            if not self.take_scan(plain_code(event.text)):
                self.bell()
        else:
            await super().on_event(event)

    async def _key(self: "KioskApp", event: events.Key) -> None:
        self.last_key = time.monotonic()
        wedge = self._wedge
        self._turn += 1
        wedge.wants_mrz = self._wants_mrz()
        ends_line = event.key == "enter" or (event.key == "ctrl+j" and wedge.holding)
        character = "\n" if ends_line else event.character if event.is_printable else None
        await self._deliver(wedge.feed(event, character, event.time))
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        if wedge.holding:
            self._settling = self.set_timer(wedge.patience() + 0.001, partial(self._settle, self._turn))

    async def _settle(self: "KioskApp", turn: int) -> None:
        if turn != self._turn:
            return  # a key came while this waited in the queue: the burst goes on
        self._settling = None
        await self._deliver(self._wedge.settle(float("inf")))

    async def _deliver(self: "KioskApp", outcomes: list[Outcome[events.Key]]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Scanned) and (self.take_scan(outcome.text) or outcome.text.startswith("ITK1")):
                continue
            for key in outcome.keys:
                await self._pass(key)

    async def _pass(self: "KioskApp", key: events.Key) -> None:
        """Deliver a key, but not before the one before it has done its work.

        A widget moves the cursor, or opens a screen, some messages after its Enter; what was typed ahead must not land
        in the field that the cursor is about to leave.
        """
        if key.time < self.heard_from:
            return
        if self._in_flight:
            self._ahead.append(key)
            return
        target, screen = self.focused or self.screen, self.screen
        await super().on_event(key)
        if not (key.is_printable and getattr(target, "TAKES_TEXT", False)):
            self._in_flight = True
            self._flight = asyncio.create_task(self._land(target, screen))

    async def _land(self: "KioskApp", target: "Widget | Screen[Any]", screen: "Screen[Any]") -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await handled(target)
                if self.screen is not screen:
                    while self.screen.focused is None and self.screen.AUTO_FOCUS:
                        await asyncio.sleep(0.002)
                    await handled(self.focused or self.screen)
        except TimeoutError:
            log.debug("a key took longer than %s s", LONGEST_WAIT_S)
        self._in_flight = False
        while self._ahead and not self._in_flight:
            await self._pass(self._ahead.popleft())

    def _wants_mrz(self: "KioskApp") -> bool:
        return isinstance(self.screen, OfficeScreen) and self.screen.WANTS_MRZ

    def take_scan(self: "KioskApp", text: str) -> bool:
        """Give a scan to the screen in front; one of our codes that it doesn't want opens its case. False if nobody
        took it."""
        screen = self.screen
        if isinstance(screen, TakesBadge) and is_code(text):
            screen.read_badge(text)
            return True
        if isinstance(screen, Cover) or self.desk is None:
            return False
        if isinstance(screen, OfficeScreen):
            if screen.keep_scan(text) or screen.on_scan(text):
                return True
            if text.startswith("ITK1"):
                desk = self.desk
                screen.say("scan.looking")
                screen.run_service(lambda: desk.find_code(text), self.open_case, group="scan", exclusive=True)
                return True
        self.bell()
        return False


async def handled(target: "Widget | Screen[Any]") -> None:
    """Wait until `target` and all that is above it have handled what is queued, and what came of that."""
    for _ in range(2):
        for node in list(target.ancestors_with_self):
            handled = asyncio.Event()
            if node.call_later(handled.set):
                await handled.wait()
