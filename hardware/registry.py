"""The one table of devices. To add one: write its folder, add its line here.

A driver factory is `factory(port: str, options: Mapping[str, object]) -> Device` and does not open anything yet; a
simulator factory is `factory(options: Mapping[str, object], link: Path | None) -> Simulator`, not started yet. Both
raise OptionError.
"""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from hardware.device import Device
from hardware.options import OptionError, parse_inline

SIMULATED = "simulated"

DRIVERS: dict[str, dict[str, str]] = {
    "fingerprint": {"zfm": "hardware.fingerprint.driver:fingerprint_reader"},
    "payment": {
        "bca": "hardware.payment.driver:bca_terminal",
        "bri": "hardware.payment.driver:bri_terminal",
    },
    "printer": {
        "escpos": "hardware.printer.driver:escpos_printer",
        "cups": "hardware.printer.cups:cups_printer",
    },
    "scanner": {"serial": "hardware.scanner.driver:code_scanner"},
    "camera": {
        "file": "hardware.camera.driver:file_camera",
        "v4l2": "hardware.camera.driver:v4l2_camera",
    },
    "document_scanner": {
        "folder": "hardware.document_scanner.folder:folder_scanner",
        "scanimage": "hardware.document_scanner.driver:sane_scanner",
    },
}
"""Role -> driver name -> factory. The first driver of a role is its default."""

SIMULATORS: dict[str, str] = {
    "fingerprint": "hardware.fingerprint.simulator:simulated_reader",
    "payment": "hardware.payment.simulator:simulated_terminal",
    "printer": "hardware.printer.simulator:simulated_printer",
    "scanner": "hardware.scanner.simulator:simulated_scanner",
    "camera": "hardware.camera.simulator:simulated_camera",
    "document_scanner": "hardware.document_scanner.simulator:simulated_document_scanner",
}
"""Role -> simulator factory. What it offers is opened by the role's driver like any other port."""


class Simulator(Protocol):
    """A device that is made of code. `path` is what a driver opens."""

    @property
    def path(self) -> str:
        """The port: a tty, a folder."""

    def start(self, control_socket: Path | None = None) -> None:
        """Switch it on."""

    def control(self, command: dict[str, Any]) -> dict[str, Any]:
        """Give it an instruction while it runs."""

    def stop(self) -> None:
        """Switch it off."""


def driver_names(role: str) -> tuple[str, ...]:
    """The drivers of a role, the default first. Raises OptionError for an unknown role."""
    return tuple(_drivers(role))


def open_device(
    role: str,
    driver: str = "",
    port: str = SIMULATED,
    options: Mapping[str, object] | None = None,
    wire: Callable[[str], None] | None = None,
) -> Any:
    """A started device of that role: the driver's own class, a `Device`. `stop` it when done.

    `port` is a path, a by-id name or a URL; `simulated` or `simulated:key=value,...` starts the role's simulator with
    those options and opens what it offers; then `device.companion.control(...)` instructs it. `wire` hears the line
    from the first byte. Raises OptionError, nothing else: a device that is away is a status, not an exception.
    """
    drivers = _drivers(role)
    name = driver or next(iter(drivers))
    if name not in drivers:
        raise OptionError(f"unknown {role} driver {name}; known: {', '.join(drivers)}")
    simulator = None
    if port == SIMULATED or port.startswith(SIMULATED + ":"):
        simulator = start_simulator(role, parse_inline(port.partition(":")[2]))
        port = simulator.path
    try:
        device = cast("Device[Any]", _load(drivers[name])(port, options or {}))
    except BaseException:
        if simulator is not None:
            simulator.stop()
        raise
    device.companion = simulator
    if wire is not None:
        device.wire.listen(wire)
    device.start()
    return device


def start_simulator(
    role: str, options: Mapping[str, object], link: Path | None = None, control_socket: Path | None = None
) -> Simulator:
    """The role's simulator, running. Raises OptionError."""
    if role not in SIMULATORS:
        raise OptionError(f"no simulator for {role}; there is one for: {', '.join(SIMULATORS)}")
    simulator = cast(Simulator, _load(SIMULATORS[role])(options, link))
    simulator.start(control_socket)
    return simulator


def _drivers(role: str) -> dict[str, str]:
    if role not in DRIVERS:
        raise OptionError(f"unknown device role {role}; known: {', '.join(DRIVERS)}")
    return DRIVERS[role]


def _load(reference: str) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    return cast("Callable[..., Any]", getattr(importlib.import_module(module), name))
