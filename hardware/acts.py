"""What passes between an act and whoever asked for it: progress one way, a request to stop the other."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hardware.faults import DeviceError, FaultCode


@dataclass(frozen=True, slots=True)
class Progress:
    """What an act is doing: a name from the driver's own list (`place_finger`, `uploading`) and a count where there
    is one."""

    phase: str
    done: int = 0
    total: int = 0


class CancelToken:
    """A request to stop. The act looks at it between exchanges; what the device has begun it may still finish."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask for the act to stop."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether someone asked."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise DeviceError(CANCELLED) if someone asked."""
        if self._event.is_set():
            raise DeviceError(FaultCode.CANCELLED)

    def sleep(self, seconds: float) -> None:
        """Wait, but not past a request to stop. Raises DeviceError(CANCELLED)."""
        if self._event.wait(max(0.0, seconds)):
            raise DeviceError(FaultCode.CANCELLED)


@dataclass(frozen=True, slots=True)
class ActContext:
    """What an act gets beside the link: a way to say how far it is, and a request to look at."""

    report: Callable[[Progress], None]
    cancel: CancelToken

    def progress(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Report a phase."""
        self.report(Progress(phase, done, total))
