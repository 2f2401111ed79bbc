"""The devices of one terminal, by role, as kiosk.toml names them. Screens see their states; services use them."""

from collections.abc import Callable
from typing import Any

from hardware.device import CancelToken, Device, DeviceState, DeviceStatus, Progress
from hardware.faults import FaultCode
from hardware.options import OptionError
from hardware.registry import DRIVERS, SIMULATED, open_device
from kiosk.settings import Settings

ROLES = tuple(DRIVERS)
Listener = Callable[[DeviceStatus], None]

__all__ = ["ROLES", "CancelToken", "DeviceState", "DeviceStatus", "Devices", "FaultCode", "Progress"]


class Devices:
    """Opened devices. A role that is not configured, or badly, has a status that says so."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}
        self._failed: dict[str, DeviceStatus] = {}
        self._listeners: list[Listener] = []

    def open(self, settings: Settings, wire: Callable[[str], None] | None = None) -> None:
        """Open every configured device; returns at once, states follow. `wire` hears what passes on their lines."""
        for role, given in settings.devices.items():
            port = given.port
            if port == SIMULATED and "tray" not in given.options and role in ("printer", "scanner"):
                port = f"{SIMULATED}:tray={settings.path('tray')}"
            try:
                device = open_device(role, given.driver, port, given.options, wire)
            except OptionError as error:
                self._failed[role] = DeviceStatus(role, DeviceState.FAILED, FaultCode.DEFECT, detail=str(error))
                continue
            self._open[role] = device
            device.subscribe(self._tell)

    def get(self, role: str) -> Any | None:
        """The driver of a role, or None where there is none."""
        return self._open.get(role)

    def status(self, role: str) -> DeviceStatus:
        """The newest state; ABSENT for a role that kiosk.toml doesn't name."""
        if role in self._failed:
            return self._failed[role]
        device: Device[Any] | None = self._open.get(role)
        return DeviceStatus(role, DeviceState.ABSENT) if device is None else device.status

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """Every role's state, in the registry's order."""
        return tuple(self.status(role) for role in ROLES)

    def subscribe(self, listener: Listener) -> None:
        """Be told each change, from the device's own thread: don't block, don't raise."""
        self._listeners.append(listener)

    def listen(self, role: str, listener: Callable[[str], None]) -> Callable[[], None]:
        """Hear what passes on a device's line, masked, from its own thread. Returns the way to end it."""
        device: Device[Any] | None = self._open.get(role)
        return (lambda: None) if device is None else device.wire.listen(listener)

    def _tell(self, status: DeviceStatus) -> None:
        for listener in self._listeners:
            listener(status)

    def close(self) -> None:
        for device in self._open.values():
            device.stop()
        self._open.clear()
