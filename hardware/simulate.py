"""One simulator alone, for `kiosk simulate ROLE --link PATH`: a newcomer's device on a desk without devices."""

import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from hardware.registry import start_simulator


def run_simulator(
    role: str,
    link: Path,
    control_socket: Path | None = None,
    options: Mapping[str, object] | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM; `ready` is told the path once it can be opened. Raises OptionError, OSError."""
    ended = threading.Event()
    previous = {}
    with suppress(ValueError):  # signals can be set in the main thread only; elsewhere the caller ends the process
        for number in (signal.SIGINT, signal.SIGTERM):
            previous[number] = signal.signal(number, lambda *_: ended.set())
    simulator = start_simulator(role, options or {}, link, control_socket)
    try:
        if ready is not None:
            ready(simulator.path)
        ended.wait()
    finally:
        simulator.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
