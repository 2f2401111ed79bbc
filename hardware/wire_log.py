"""Listening to a line while it works, for `kiosk device monitor`: what passes, without what is nobody's business.

A driver knows which bytes are personal; what it does not say it may show stays hidden.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from hardware.port import Port

log = logging.getLogger(__name__)

OUT, IN = ">", "<"
SHOWN = 16


class WireReader(Protocol):
    """Turns passing bytes into lines for people. Stateful: bytes come in pieces."""

    def lines(self, direction: str, data: bytes) -> list[str]:
        """What these bytes complete; `direction` is `>` to the device or `<` from it."""


class CountingReader:
    """For a driver that says nothing about its bytes: how many, and only control bytes by value."""

    def lines(self, direction: str, data: bytes) -> list[str]:
        shown = " ".join(f"{byte:02x}" if byte < 0x20 else ".." for byte in data[:SHOWN])
        return [f"{direction} {len(data)} bytes: {shown}{' ...' if len(data) > SHOWN else ''}"]


class TappedPort:
    """A port that tells a listener what passes."""

    def __init__(self, port: Port, tell: Callable[[str, bytes], None]) -> None:
        self._port = port
        self._tell = tell

    def write(self, data: bytes) -> None:
        self._tell(OUT, data)
        self._port.write(data)

    def read(self, n: int, deadline: float) -> bytes:
        data = self._port.read(n, deadline)
        if data:
            self._tell(IN, data)
        return data

    def wait(self, deadline: float) -> bool:
        return self._port.wait(deadline)

    def flush_input(self) -> None:
        self._port.flush_input()

    def set_baud(self, baud: int) -> None:
        self._port.set_baud(baud)

    def interrupt(self) -> None:
        self._port.interrupt()

    def close(self) -> None:
        self._port.close()


class WireTap:
    """The place where a device's line is listened to; nobody listening costs a look at an empty list."""

    def __init__(self, new_reader: Callable[[], WireReader]) -> None:
        self._new_reader = new_reader
        self._listeners: list[tuple[Callable[[str], None], WireReader]] = []

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with each line, from the owner thread; one that fails hears no more. Returns the way to end
        it."""
        entry = (listener, self._new_reader())
        self._listeners.append(entry)
        return lambda: self._listeners.remove(entry) if entry in self._listeners else None

    def port(self, port: Port) -> Port:
        """The port, listened to."""
        return TappedPort(port, self._tell)

    def _tell(self, direction: str, data: bytes) -> None:
        for entry in list(self._listeners):
            listener, reader = entry
            try:
                for line in reader.lines(direction, data):
                    listener(line)
            except Exception:  # whatever a listener does, the bytes of a sale go on
                log.exception("a listener to a line failed")
                self._listeners.remove(entry)
