"""The life of any device: one owner thread opens it, identifies it, runs acts one at a time, notices when it goes.

Nothing here knows a protocol. A driver is a subclass of `Device` that says how to open, how to identify and what to do
with bytes nobody asked for. Acts come from any thread through `submit` and end in a value or a `DeviceError`.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from hardware.acts import ActContext, CancelToken, Progress
from hardware.facts import Fact
from hardware.faults import DeviceError, FaultCode, PortLost
from hardware.wire_log import CountingReader, WireReader, WireTap

__all__ = [
    "Act",
    "ActContext",
    "CancelToken",
    "Companion",
    "Device",
    "DeviceError",
    "DeviceState",
    "DeviceStatus",
    "FaultCode",
    "Link",
    "PortLost",
    "Progress",
]

log = logging.getLogger(__name__)

BACK_OFF_FIRST_S = 0.5
BACK_OFF_LAST_S = 10.0
"""A device that comes back is ready within ten seconds; one that stays away costs an attempt each ten seconds."""
IDLE_SLICE_S = 0.25
"""How long one idle look at the line lasts. An act does not wait for it: `submit` interrupts the link."""
STOP_JOIN_S = 2.0

LINK_DOUBTED = frozenset({FaultCode.NO_ANSWER, FaultCode.GARBLED, FaultCode.UNEXPECTED_ANSWER, FaultCode.DEFECT})
"""After an act that ended so, the device has to identify itself again before it counts as ready."""


class DeviceState(StrEnum):
    """Where a device is in its life."""

    ABSENT = "absent"
    """Nothing at the path, or it went away; attempts go on."""
    OPENING = "opening"
    IDENTIFYING = "identifying"
    READY = "ready"
    BUSY = "busy"
    """An act is running."""
    FAILED = "failed"
    """It is there but can't be used (`code` says why); attempts go on."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A snapshot for a status line. `code` is None while all is well; `detail` is a technician's, without personal
    data."""

    role: str
    state: DeviceState
    code: FaultCode | None = None
    model: str = ""
    detail: str = ""
    trouble: str = ""
    """What it said last that keeps it from working while it can be talked to: no paper, an open cover. Only with READY
    and BUSY; a driver's own word."""


class Link(Protocol):
    """What a device holds while it is open: a `Port`, a camera handle, a folder."""

    def interrupt(self) -> None:
        """Make an idle wait return."""

    def close(self) -> None:
        """Let go. Never raises."""


class Companion(Protocol):
    """Something that lives as long as the device, such as the simulator behind a `simulated` port."""

    def control(self, command: dict[str, Any]) -> dict[str, Any]:
        """Give it an instruction while it runs."""

    def stop(self) -> None:
        """End it."""


LinkT = TypeVar("LinkT", bound=Link)
ResultT = TypeVar("ResultT")


Act = Callable[[LinkT, ActContext], ResultT]


@dataclass(frozen=True, slots=True)
class _Job:
    act: Callable[[Any, ActContext], Any]
    context: ActContext
    future: "Future[Any]"


class Device(ABC, Generic[LinkT]):
    """A device of one role on one link. `start` it, `submit` acts, `stop` it."""

    def __init__(self, role: str, name: str = "") -> None:
        self.role = role
        self.companion: Companion | None = None
        self._name = name or role
        self._status = DeviceStatus(role, DeviceState.ABSENT)
        self._trouble = ""
        self.wire = WireTap(self.wire_reader)
        """Where a technician listens to the line; empty lines from devices that have none."""
        self._listeners: list[Callable[[DeviceStatus], None]] = []
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._retry_asked = False
        self._link: LinkT | None = None
        self._current: CancelToken | None = None
        self._thread = threading.Thread(target=self._live, name=f"device-{self._name}", daemon=True)

    # what a driver says

    @abstractmethod
    def open_link(self) -> LinkT:
        """Open the way to the device, resolving its path anew. Raises PortLost or DeviceError."""

    @abstractmethod
    def identify(self, link: LinkT) -> str:
        """Make sure the right device answers; its model for people. Raises DeviceError (WRONG_DEVICE, NO_ANSWER
        ...)."""

    @abstractmethod
    def idle(self, link: LinkT, deadline: float) -> None:
        """Look at the line while nothing is asked, until the deadline or an interrupt. Raises PortLost at a hang-up."""

    def examine(self, link: LinkT) -> list[Fact]:
        """What the device says about itself; asks nothing that changes it. Raises DeviceError."""
        return []

    def wire_reader(self) -> WireReader:
        """How passing bytes become lines for a technician. A driver that overrides this hides what is personal."""
        return CountingReader()

    def troubled(self, trouble: str) -> None:
        """A driver tells, from the owner thread, what the device says of itself; "" when all is well with it."""
        self._trouble = trouble
        now = self._status
        self._say(now.state, now.code, now.model, now.detail)

    # what others ask

    @property
    def status(self) -> DeviceStatus:
        """The newest status."""
        return self._status

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called: a long identification looks at it between exchanges."""
        return self._stopping

    def start(self) -> None:
        """Begin the owner thread. Called once, by whoever opens the device."""
        self._thread.start()

    def subscribe(self, listener: Callable[[DeviceStatus], None]) -> Callable[[], None]:
        """Call `listener` from the owner thread at each change. Returns the way to end it."""
        with self._changed:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._changed:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def submit(
        self,
        act: Act[LinkT, ResultT],
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> "Future[ResultT]":
        """Queue an act. The future gives its value or raises DeviceError.

        A device that is away is tried at once; the act fails with that attempt's fault, or runs. `progress` is called
        from the owner thread.
        """
        future: Future[ResultT] = Future()
        job = _Job(act, ActContext(progress or _nobody, cancel or CancelToken()), future)
        with self._changed:
            if self._stopping or not self._thread.is_alive():
                future.set_exception(DeviceError(FaultCode.STOPPED))
                return future
            self._jobs.append(job)
            self._wake()
        return future

    def facts(self) -> "Future[list[Fact]]":
        """Ask the device about itself."""
        return self.submit(lambda link, _: self.examine(link))

    def retry_now(self) -> None:
        """Try to open again now instead of at the end of the back-off."""
        with self._changed:
            self._retry_asked = True
            self._wake()

    def wait_ready(self, timeout: float) -> DeviceStatus:
        """Wait until the device is ready or an attempt to make it so has failed, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not _is_settled(self._status) and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
        return self._status

    def stop(self) -> None:
        """Ask the running act to stop, refuse those that wait, close the link. Returns within two seconds."""
        with self._changed:
            self._stopping = True
            if self._current is not None:
                self._current.cancel()
            self._wake()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(STOP_JOIN_S)
        if self.companion is not None:
            self.companion.stop()

    # the owner thread

    def _wake(self) -> None:
        self._changed.notify_all()
        if self._link is not None:
            self._link.interrupt()

    def _live(self) -> None:
        back_off = BACK_OFF_FIRST_S
        while not self._stopping:
            if self._connect():
                back_off = BACK_OFF_FIRST_S
                self._serve()
                self._disconnect()
                self._pause(back_off)
            else:
                self._disconnect()
                self._refuse_waiting()
                self._pause(back_off)
                back_off = min(back_off * 2, BACK_OFF_LAST_S)
        self._disconnect()
        self._refuse_waiting()

    def _connect(self) -> bool:
        quiet = self._status.state in (DeviceState.ABSENT, DeviceState.FAILED) and self._status.code is not None
        if not quiet:
            self._say(DeviceState.OPENING)
        try:
            link = self.open_link()
            with self._changed:
                self._link = link
            self._say(DeviceState.IDENTIFYING)
            self._say(DeviceState.READY, model=self.identify(link))
        except Exception as error:
            fault = _as_fault(error)
            self._say(_state_after(fault), fault.code, detail=fault.detail)
            return False
        return True

    def _serve(self) -> None:
        link = self._link
        while link is not None and not self._stopping:
            with self._changed:
                job = self._jobs.popleft() if self._jobs else None
                self._retry_asked = False
            try:
                if job is None:
                    self.idle(link, time.monotonic() + IDLE_SLICE_S)
                elif not self._run(link, job):
                    self._say(DeviceState.READY, model=self.identify(link))
            except Exception as error:
                fault = _as_fault(error)
                self._say(_state_after(fault), fault.code, detail=fault.detail)
                return

    def _run(self, link: LinkT, job: _Job) -> bool:
        """Run one act. False when the device must identify itself again; PortLost goes on to the caller."""
        if not job.future.set_running_or_notify_cancel():
            return True
        model = self._status.model
        with self._changed:
            self._current = job.context.cancel
            if self._stopping:
                self._current.cancel()
        self._say(DeviceState.BUSY, model=model)
        fault: DeviceError | None = None
        try:
            job.context.cancel.check()
            value = job.act(link, job.context)
        except Exception as error:
            fault = _as_fault(error)
        finally:
            with self._changed:
                self._current = None
        if isinstance(fault, PortLost):
            self._say(_state_after(fault), fault.code, detail=fault.detail)
        else:
            doubted = fault is not None and fault.code in LINK_DOUBTED
            self._say(DeviceState.IDENTIFYING if doubted else DeviceState.READY, model=model)
        if fault is None:
            job.future.set_result(value)
        else:
            job.future.set_exception(fault)
        if isinstance(fault, PortLost):
            raise fault
        return fault is None or fault.code not in LINK_DOUBTED

    def _disconnect(self) -> None:
        with self._changed:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def _refuse_waiting(self) -> None:
        with self._changed:
            waiting, self._jobs = self._jobs, deque()
        code = FaultCode.STOPPED if self._stopping else self._status.code or FaultCode.PORT_ABSENT
        for job in waiting:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(DeviceError(code, self._status.detail))

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self._stopping and not self._jobs and not self._retry_asked:
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)
            self._retry_asked = False

    def _say(self, state: DeviceState, code: FaultCode | None = None, model: str = "", detail: str = "") -> None:
        trouble = self._trouble if state in (DeviceState.READY, DeviceState.BUSY) else ""
        status = DeviceStatus(self.role, state, code, model, detail, trouble)
        with self._changed:
            if status == self._status:
                return
            self._status = status
            listeners = list(self._listeners)
            self._changed.notify_all()
        for listener in listeners:
            try:
                listener(status)
            except Exception:
                log.exception("a listener of device %s failed", self.role)


def _is_settled(status: DeviceStatus) -> bool:
    return status.state is DeviceState.READY or status.code is not None


def _state_after(fault: DeviceError) -> DeviceState:
    away = fault.code in (FaultCode.PORT_ABSENT, FaultCode.PORT_LOST)
    return DeviceState.ABSENT if away else DeviceState.FAILED


def _nobody(_: Progress) -> None:
    return


def _as_fault(error: Exception) -> DeviceError:
    if isinstance(error, DeviceError):
        return error
    log.error("driver defect", exc_info=error)
    return DeviceError(FaultCode.DEFECT, type(error).__name__)
