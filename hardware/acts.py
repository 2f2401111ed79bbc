"""What passes between an act and whoever asked for it: progress one way, a request to stop the other."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hardware.faults import DeviceError, FaultCode


class Phase(StrEnum):
    """What an act may say it is doing. Words by value in the catalogues, under `progress.`."""

    PLACE_FINGER = "place_finger"
    """The reader waits for a finger."""
    LIFT_FINGER = "lift_finger"
    """The finger has to leave the glass."""
    PLACE_AGAIN = "place_again"
    """The same finger again."""
    POOR_CAPTURE = "poor_capture"
    """A capture was unreadable: how many, of how many allowed."""
    DIFFERENT_FINGER = "different_finger"
    """The second capture was of another finger."""
    COMPARING = "comparing"
    """The module compares."""
    UPLOAD_TEMPLATE = "upload_template"
    """The template comes from the module."""
    UPLOAD_IMAGE = "upload_image"
    """The picture comes from the module: bytes."""
    PRESENT_CODE = "present_code"
    """The reader waits for a code."""
    PRESENT_DOCUMENT = "present_document"
    """The reader waits for a machine-readable zone."""
    TAKING_PICTURE = "taking_picture"
    """The camera takes a picture."""
    SCANNING = "scanning"
    """A page is scanned: per cent."""
    SCANNING_PAGE = "scanning_page"
    """The next page of the feeder is scanned: its number."""
    WAITING_FOR_PAGES = "waiting_for_pages"
    """Nothing has arrived in the folder yet."""
    PAGE_ARRIVED = "page_arrived"
    """Pages have arrived: how many."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an act is doing: a `Phase`, or a name of the driver's own, and a count where there is one."""

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
