"""A pair of hands at the terminal app: keys go in through the app's own driver, the screen is read to know what next.

Nothing here calls a service of the office. What is read is what an officer sees: which screen is open, which field the
cursor is in, what the status line says.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from textual import events
from textual.pilot import Pilot

from screens.app import KioskApp
from screens.lock import LockScreen
from screens.office_screen import OfficeScreen
from screens.step_screen import StepScreen
from screens.widgets.choices import ChecklistEditor, ChoiceEditor, PickEditor
from screens.widgets.dialogs import Confirm, FormDialog, SecondPerson
from screens.widgets.editors import NoteEditor, TextEditor
from screens.widgets.form import Form
from screens.widgets.rows import RowList
from screens.work_list import NEW, WorkListScreen

T = TypeVar("T")
PATIENCE_S = 30.0
DEVICE_S = 90.0
QUICK_ACT_S = 1.0
"""An act that ended within this and says what the last one said is over all the same."""
FIELD_STEPS = 80
KEY_LOOK_S = 0.002
_CHARACTERS = {"space": " ", "enter": "\r", "tab": "\t"}


class Stuck(Exception):
    """The screen did not become what was expected; holds what the status line said."""


class Typist:
    """Types into one app."""

    def __init__(self, app: KioskApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    # -- keys

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else _CHARACTERS.get(key)))
            await self.quiet()

    async def write(self, text: str) -> None:
        """Type `text` as one burst, as a quick typist on a slow line does."""
        for char in text:
            self.app.post_message(events.Key("enter" if char == "\n" else _key_name(char), char))
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until the app has handled what was typed, and what came of that. (Pilot's own wait looks at the
        processor's load: on a busy machine it sleeps for a second after each key.)"""
        await self.pilot.pause(0)
        while self.app.has_keys_ahead or not self.app.screen.is_mounted or self._fetches():
            await asyncio.sleep(KEY_LOOK_S)
        await self.pilot.pause(0)

    async def until(self, what: Callable[[], T | None], *, seconds: float = PATIENCE_S, doing: str = "") -> T:
        """Wait until `what` is true on a screen that is all there, and return it. Raises Stuck."""
        end = time.monotonic() + seconds
        while not (found := self.app.screen.is_mounted and what()):
            if time.monotonic() > end:
                raise Stuck(f"{doing or what!r}: {type(self.app.screen).__name__}: {self.said()}")
            await self.quiet()
            await asyncio.sleep(0.02)
        return found

    def _fetches(self) -> bool:
        """Whether the app asks the office something; what it will show then is not shown yet."""
        return any(not worker.is_finished and worker.group != "device" for worker in self.app.workers)

    # -- reading the screen

    @property
    def screen(self) -> OfficeScreen:
        screen = self.app.screen
        assert isinstance(screen, OfficeScreen), type(screen)
        return screen

    def said(self) -> str:
        """The words of the status line."""
        screen = self.app.screen
        said = screen.status.said if isinstance(screen, OfficeScreen) else None
        return "" if said is None else f"{said.what} [{said.code}] {said.next}"

    def on(self, kind: type[Any]) -> bool:
        return isinstance(self.app.screen, kind)

    def form(self) -> Form:
        return self.app.screen.query_one(Form)

    def is_shown(self, name: str) -> bool:
        """Whether the form shows the field now."""
        return any(widget.display for widget in self.app.screen.query(f"#field-{name}"))

    # -- fields

    async def go_to(self, name: str) -> Any:
        """Move the cursor into a field with Tab. Raises Stuck."""
        wanted = f"field-{name}"
        for _ in range(FIELD_STEPS):
            focused = self.app.screen.focused
            if focused is not None and focused.id == wanted:
                return focused
            await self.press("tab")
        raise Stuck(f"no field {name} on {type(self.app.screen).__name__}")

    async def fill(self, values: Mapping[str, object]) -> None:
        """Fill fields by typing: text, True or False, a choice's value, or a tuple of ticked values."""
        for name, value in values.items():
            await self._fill_one(name, value)

    async def _fill_one(self, name: str, value: object) -> None:
        editor = await self.go_to(name)
        if isinstance(editor, TextEditor | NoteEditor):
            await self.press("end", "ctrl+u")
            await self.write(str(value))
        elif isinstance(editor, ChoiceEditor):
            values = [choice.value for choice in editor.field.entries()]
            wanted = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            await self.press(str(values.index(wanted) + 1))
        elif isinstance(editor, PickEditor):
            await self._pick(editor, str(value))
        elif isinstance(editor, ChecklistEditor):
            assert isinstance(value, tuple)
            await self._tick(editor, value)
        else:
            raise Stuck(f"{name}: {type(editor).__name__}")

    async def _pick(self, editor: PickEditor, value: str) -> None:
        """Open the list, type the entry's words, take it."""
        entry = next(choice for choice in editor.field.entries() if choice.value == value)
        before = self.app.screen
        await self.press("space")
        await self.until(lambda: self.app.screen is not before, doing=f"list for {value}")
        await self.write(entry.label(self.app.words)[:24])
        await self.press("enter")
        await self.until(lambda: self.app.screen is before and editor.raw == value, doing=f"pick {value}")

    async def _tick(self, editor: ChecklistEditor, wanted: tuple[str, ...]) -> None:
        """Walk up to the first line, then down, toggling what differs."""
        while editor.cursor:
            await self.press("up")
        entries = [choice.value for choice in editor.field.entries()]
        for number, entry in enumerate(entries):
            if (entry in editor.raw) != (entry in wanted):
                await self.press("space")
            if number + 1 < len(entries):
                await self.press("down")

    # -- the day

    async def sign_in(self, login: str, pin: str) -> None:
        """From the sign-in screen to the work list."""
        from screens.sign_in import SignInScreen

        await self.until(lambda: self.on(SignInScreen), doing="sign-in screen")
        await self.fill({"login": login, "pin": pin})
        await self.press("f10")
        await self.until(lambda: self.on(WorkListScreen), doing=f"sign in {login}")

    async def sign_out(self) -> None:
        """F12 locks, F12 again signs out."""
        await self.press("f12")
        await self.until(lambda: isinstance(self.app.screen, LockScreen), doing="lock")
        await self.press("f12")

    async def open_row(self, number: str, step: str) -> StepScreen[Any, Any]:
        """From the work list into the step screen of the application `number`."""
        await self.to_row(lambda row: row.cells[0] == number, doing=f"{number} waits")
        await self.press("enter")
        return await self.step_screen(step)

    async def open_new(self) -> StepScreen[Any, Any]:
        """A new application: the first row of the counter's work list."""
        await self.to_row(lambda row: row.key == NEW, doing="new application")
        await self.press("enter")
        return await self.step_screen("intake")

    async def to_row(self, wanted: Callable[[Any], bool], *, doing: str) -> None:
        """Move the cursor of the list on this screen to a row, turning pages where there are more."""
        rows = self.app.screen.query_one(RowList)

        def place() -> int | None:
            return next((n + 1 for n, row in enumerate(rows.rows) if wanted(row)), None)

        await self.press("f5")
        await self.until(place, doing=doing)
        while (at := place()) is not None and rows.cursor != at - 1:
            await self.press("down" if at - 1 > rows.cursor else "up")

    async def scan(self, text: str) -> None:
        """What a scanner in keyboard mode sends: the text and Enter, as fast as it can."""
        await self.write(text.strip("\n") + "\n")

    async def step_screen(self, step: str) -> StepScreen[Any, Any]:
        """Wait until the screen of `step` is open and ready to type into."""

        def ready() -> StepScreen[Any, Any] | None:
            screen = self.app.screen
            return screen if isinstance(screen, StepScreen) and step == screen.KEY and screen.is_open else None

        return await self.until(ready, doing=f"open {step}")

    async def complete(self, *, asked: bool = False) -> None:
        """F10; where the screen asks first, F10 again; Enter after a screen of results; back at the work list."""
        await self.press("f10")
        if asked:
            await self.confirm()
        await self.back_at_work_list()

    async def confirm(self) -> None:
        """The screen asks whether one is sure: F10."""
        await self.until(lambda: isinstance(self.app.screen, Confirm), doing="question")
        await self.press("f10")

    async def back_at_work_list(self) -> None:
        """Wait for the work list; a screen that shows results first is left with Enter."""
        seen = self.app.screen

        def done() -> bool:
            screen = self.app.screen
            return isinstance(screen, WorkListScreen) or (isinstance(screen, StepScreen) and screen.is_done)

        await self.until(done, doing=f"complete {type(seen).__name__}")
        if not self.on(WorkListScreen):
            await self.press("enter")
            await self.until(lambda: self.on(WorkListScreen), doing="back to the work list")

    async def second_person(self, login: str, pin: str) -> None:
        """The second officer signs at this keyboard."""
        await self.until(lambda: isinstance(self.app.screen, SecondPerson), doing="second person")
        await self.fill({"login": login, "pin": pin})
        await self.press("f10")
        await self.until(lambda: not isinstance(self.app.screen, SecondPerson), doing=f"{login} signs")

    async def device(self, *, doing: str) -> str:
        """F8, and wait until the device's act has ended: the tone of the status line then."""
        before, began = self.screen.status.said, time.monotonic()
        await self.press("f8")

        def ended() -> bool:
            seen = self.screen.status.said != before or time.monotonic() > began + QUICK_ACT_S
            return self.screen.device_talk is None and seen

        await self.until(ended, seconds=DEVICE_S, doing=doing)
        await self.quiet()
        return self.screen.status.tone

    async def dialog(self, values: Mapping[str, object]) -> None:
        """Fill the form of a dialog and close it with F10."""
        opened = await self.until(lambda: isinstance(self.app.screen, FormDialog) and self.app.screen, doing="dialog")
        await self.fill(values)
        await self.press("f10")
        await self.until(lambda: self.app.screen is not opened, doing="close dialog")


def _key_name(char: str) -> str:
    return "space" if char == " " else char
