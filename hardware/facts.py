"""What a device says about itself beyond its model, for `kiosk device test` and `kiosk doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class FactName(StrEnum):
    """Words by value in the catalogues, under `fact.`."""

    FIRMWARE = "firmware"
    SERIAL = "serial"
    SPEED = "speed"
    """Bits a second on the line."""
    GEOMETRY = "geometry"
    """Pixels of a fingerprint picture, bytes of a template."""
    STORED = "stored"
    """Templates left in the reader's own memory, where none of ours belongs."""
    SENSOR = "sensor"
    """`ok` or `fault`, by the reader's own test."""
    PAPER = "paper"
    """`ok`, `near_end`, `out`, or `unknown` from a printer that does not say."""
    PRINTER = "printer"
    """`ok`, or a code of `hardware.printer.outcome.PrintCode`."""
    TERMINAL = "terminal"
    """The number by which the bank knows a payment terminal."""
    CLOCK = "clock"
    """The device's own clock."""
    PICTURE = "picture"
    """Size of a picture taken just now, in pixels."""
    SOURCES = "sources"
    """Where a document scanner takes paper from."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement. `good` False needs somebody's hands."""

    name: FactName
    value: str
    good: bool = True
