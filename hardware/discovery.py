"""What hangs on this machine's serial ports, under the name that stays, and what is wrong with each: for `kiosk
doctor`."""

import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from serial.tools import list_ports

from hardware.device import DeviceState
from hardware.registry import open_device

DEV = Path("/dev")
PROC = Path("/proc")
NAMED_FOLDERS = ("serial/by-id", "serial/by-path")
CLONED_SERIALS = frozenset({"", "0001", "0", "12345678"})
"""What cheap adapters all call themselves: CH340 have no serial number, cloned CP2102 have 0001."""
PROBERS = {"ModemManager": "modem_manager", "brltty": "brltty"}
PROBES: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("fingerprint", "zfm", {}),
    ("scanner", "serial", {"dialect": "newland"}),
    ("scanner", "serial", {"dialect": "elyctis"}),
    ("payment", "bca", {}),
    ("printer", "escpos", {}),
)
"""Drivers that make sure of their device when they open it, the harmless questions first."""
PROBE_S = 8.0


class PortAdvice(StrEnum):
    """What a technician should know about a port. Words by value in the catalogues."""

    NO_PERMISSION = "no_permission"
    """This account may not open it: group dialout, or a udev rule."""
    IN_USE = "in_use"
    """A process has it open."""
    NO_OWN_NAME = "no_own_name"
    """The adapter has no serial number of its own: two of a kind would swap; name it by-path."""
    NO_STABLE_NAME = "no_stable_name"
    """udev gave it no name that stays; ttyUSB0 may be another device tomorrow."""
    MODEM_MANAGER = "modem_manager"
    """ModemManager is running and talks to new ports: have udev tell it to ignore this one."""
    BRLTTY = "brltty"
    """brltty is running and takes CH340 adapters for Braille displays."""


@dataclass(frozen=True, slots=True)
class FoundPort:
    """One port: `path` is what belongs into kiosk.toml, `tty` what the kernel calls it today."""

    path: str
    tty: str
    product: str
    usb: str
    serial_number: str
    advice: tuple[PortAdvice, ...]


def find_ports() -> list[FoundPort]:
    """All serial ports that are there, USB ones first, without opening any."""
    names = _names()
    probing, held = _probers(), _open_ttys()
    found = []
    for port in list_ports.comports():
        if port.vid is None and not (names.get(port.device) or "USB" in port.device or "ACM" in port.device):
            continue
        serial_number = port.serial_number or ""
        own_name = serial_number not in CLONED_SERIALS
        by_folder = names.get(port.device, {})
        stable = by_folder.get("serial/by-id" if own_name else "serial/by-path") or next(iter(by_folder.values()), "")
        advice = [
            *((PortAdvice.NO_PERMISSION,) if not os.access(port.device, os.R_OK | os.W_OK) else ()),
            *((PortAdvice.IN_USE,) if port.device in held else ()),
            *((PortAdvice.NO_OWN_NAME,) if not own_name else ()),
            *((PortAdvice.NO_STABLE_NAME,) if not stable else ()),
            *probing,
        ]
        usb = f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else ""
        found.append(
            FoundPort(stable or port.device, port.device, port.product or "", usb, serial_number, tuple(advice))
        )
    return sorted(found, key=lambda port: (not port.usb, port.path))


def probe(path: str) -> tuple[str, str, str] | None:
    """Ask what hangs at a path in the words of each driver that can tell: role, driver and model, or None.

    Only for a port that nothing is configured for, and when somebody asked for it: a strange device hears bytes it
    does not know.
    """
    for role, driver, options in PROBES:
        device = open_device(role, driver, path, options)
        status = device.wait_ready(PROBE_S)
        device.stop()
        if status.state is DeviceState.READY:
            return role, driver, str(status.model)
    return None


def udev_rule(port: FoundPort, name: str) -> str:
    """A udev rule that gives this port the name `/dev/<name>`, to the group dialout, out of ModemManager's reach."""
    vendor, _, product = port.usb.partition(":")
    own = f'ATTRS{{serial}}=="{port.serial_number}", ' if port.serial_number not in CLONED_SERIALS else ""
    return (
        f'SUBSYSTEM=="tty", ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}", {own}'
        f'SYMLINK+="{name}", GROUP="dialout", MODE="0660", ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    )


def _names() -> dict[str, dict[str, str]]:
    """tty -> folder -> the stable name there."""
    names: dict[str, dict[str, str]] = {}
    for folder in NAMED_FOLDERS:
        with suppress(OSError):
            for link in sorted((DEV / folder).iterdir()):
                names.setdefault(os.path.realpath(link), {}).setdefault(folder, str(link))
    return names


def _open_ttys() -> set[str]:
    """Device paths that a process holds open, as far as this account may see. Opening them to find out could reset a
    device."""
    held = set()
    for link in PROC.glob("[0-9]*/fd/*"):
        with suppress(OSError):
            held.add(os.readlink(link))
    return held


def _probers() -> tuple[PortAdvice, ...]:
    running = set()
    with suppress(OSError):
        for process in PROC.iterdir():
            if process.name.isdigit():
                with suppress(OSError):
                    running.add((process / "comm").read_text().strip())
    return tuple(PortAdvice(advice) for name, advice in PROBERS.items() if name in running)
