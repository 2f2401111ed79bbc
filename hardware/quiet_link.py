"""A link to something that never speaks first: a folder, a program, a web address."""

import threading
import time


class QuietLink:
    """Nothing is held open; resting is waiting for an interrupt."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def rest(self, deadline: float) -> None:
        """Wait until the deadline (time.monotonic()) or an `interrupt`."""
        if self._woken.wait(max(0.0, deadline - time.monotonic())):
            self._woken.clear()

    def interrupt(self) -> None:
        """Make a `rest` return now."""
        self._woken.set()

    def close(self) -> None:
        """Nothing to let go."""
