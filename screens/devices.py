"""The devices of this terminal: where each is in its life, what is wrong with it, what to do."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.text import clean
from screens.defects import Said
from screens.office_screen import OfficeScreen
from screens.papers import why_not_printed
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.devices import DeviceStatus


WIRE_LINES = 7
LOOK_S = 0.25
"""Lines come in bursts from the device's thread; a technician reads no faster."""


class DevicesScreen(OfficeScreen):
    """Read the state of the devices; F5 tries the one under the cursor again now, F8 shows papers that may be lost,
    Enter what passes on its line, masked."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"refresh": "devices.key.retry", "device": "papers.key"}
    HELP: ClassVar[str] = "help.devices"

    def content(self) -> ComposeResult:
        yield Static(id="devices-title", markup=False, classes="title")
        yield RowList[str]([Column("devices.role", 24), Column("devices.state", 22), Column("devices.model")])
        wire = Static(id="devices-wire", markup=False, classes="quiet")
        wire.display = False
        yield wire

    def on_mount(self) -> None:
        super().on_mount()
        self.app.devices_changed.subscribe(self, lambda _: self._show())
        self._wire: deque[str] = deque(maxlen=WIRE_LINES)
        self._listened = ""
        self._stop_listening: Callable[[], None] = lambda: None
        self.set_interval(LOOK_S, self._show_wire)

    def on_unmount(self) -> None:
        self._stop_listening()

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#devices-title", Static).update(self.app.words.say("devices.title"))
        self._show()

    def _show(self) -> None:
        words = self.app.words
        rows = []
        for status in self.app.the_office().devices.statuses():
            state = words.say("devices.state.troubled" if status.trouble else f"devices.state.{status.state}")
            row = (words.say(f"devices.role.{status.role}"), state, status.model)
            rows.append(Row(str(status.role), row, "!" if status.code or status.trouble else ""))
        self.query_one(RowList).show(rows)
        self._say_current()

    def on_row_list_moved(self) -> None:
        self._say_current()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Listen to this device's line, or no longer."""
        self._stop_listening()
        self._stop_listening, self._listened = lambda: None, "" if self._listened == event.key else event.key
        self._wire.clear()
        if self._listened:
            self._stop_listening = self.app.the_office().devices.listen(self._listened, self._wire.append)
        self._show_wire()

    def _show_wire(self) -> None:
        shown = self.query_one("#devices-wire", Static)
        shown.display = bool(self._listened)
        if not self._listened:
            return
        words = self.app.words
        role = words.say(f"devices.role.{self._listened}")
        lines = [clean(line, limit=120) for line in list(self._wire)] or [words.say("devices.wire.quiet")]
        shown.update("\n".join([f"{words.say('devices.wire')}: {role}", *lines]))

    def _current(self) -> "DeviceStatus | None":
        row = self.query_one(RowList).current
        return self.app.the_office().devices.status(row.key) if row is not None else None

    def _say_current(self) -> None:
        status = self._current()
        if status is not None and (trouble := status.trouble):
            self.status.say(
                lambda words: Said(why_not_printed(words, trouble), words.say("devices.state.troubled.next"), trouble),
                "refusal",
            )
            return
        if status is None or status.code is None:
            self.quiet()
            return
        code, detail = str(status.code), status.detail
        self.status.say(
            lambda words: Said(
                words.say(f"fault.{code}") + (f" ({detail})" if detail else ""), words.say(f"fault.{code}.next"), code
            ),
            "refusal",
        )

    def action_device(self) -> None:
        """The papers of this terminal that are not known to be printed."""
        self.app.open_papers(None)

    def action_refresh(self) -> None:
        status = self._current()
        device = self.app.the_office().devices.get(str(status.role)) if status is not None else None
        if device is not None:
            device.retry_now()
            self.say("devices.retrying")
