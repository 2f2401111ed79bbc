"""A code reader at a counter: tells subscribers what it reads, and reads on request."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from hardware.acts import Phase
from hardware.device import ActContext, CancelToken, Device, DeviceError, FaultCode, Progress
from hardware.options import Options
from hardware.port import Port, PortSettings, open_port
from hardware.scanner.commands import DIALECTS, ELYCTIS, HONEYWELL, AnswerFilter, Dialect
from hardware.scanner.framing import MRZ, CodeFramer, ElyctisFramer, Event, Rejected, Reply, ScannedCode

log = logging.getLogger(__name__)

READ_SIZE = 4096
ANSWER_S = 0.5
"""Readers answer a setting within 100 ms; half a second covers one that is just decoding."""
SLICE_S = 0.1
"""How long a triggered read waits between two looks at a request to stop."""
TERMINATORS = {"auto": b"\r\n\x03", "cr": b"\r\n", "lf": b"\n", "crlf": b"\r\n", "etx": b"\x03", "none": b""}


def code_scanner(port: str, options: Mapping[str, object]) -> "CodeScanner":
    """The registry's factory. Options: dialect (honeywell, newland, elyctis, none), suffix (auto, cr, lf, crlf, etx,
    none), baud."""
    given = Options(options)
    dialect = DIALECTS[
        given.choice("dialect", (HONEYWELL.name, *(name for name in DIALECTS if name != HONEYWELL.name)))
    ]
    suffix = given.choice("suffix", tuple(TERMINATORS))
    settings = PortSettings(port, baud=given.integer("baud", 115200))
    given.done()
    return CodeScanner(settings, dialect, suffix)


class CodeScanner(Device[Port]):
    """A serial reader. Progress phases: present_code, present_document."""

    def __init__(self, settings: PortSettings, dialect: Dialect, suffix: str = "auto") -> None:
        super().__init__("scanner")
        self.settings = settings
        self.dialect = dialect
        self._suffix = suffix
        self._code_listeners: list[Callable[[ScannedCode], None]] = []
        self._filter = AnswerFilter()
        self._framer = self._new_framer()
        self._zones: bool | None = None
        self._quiet_since = 0.0

    def subscribe_codes(self, listener: Callable[[ScannedCode], None]) -> Callable[[], None]:
        """Call `listener` from the owner thread with each code nobody asked for. Returns the way to end it."""
        self._code_listeners.append(listener)
        return lambda: self._code_listeners.remove(listener) if listener in self._code_listeners else None

    def trigger(
        self,
        *,
        zone: bool = False,
        timeout: float = 15.0,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> "Future[ScannedCode]":
        """Read one code, or with `zone` one machine-readable zone, now. DeviceError: SCAN_TIMEOUT, CANCELLED,
        UNSUPPORTED."""
        return self.submit(lambda link, context: self._read(link, context, zone, timeout), progress, cancel)

    # the life

    def open_link(self) -> Port:
        return self.wire.port(open_port(self.settings))

    def identify(self, link: Port) -> str:
        self._filter, self._framer, self._zones = AnswerFilter(), self._new_framer(), None
        if not self.dialect.prepare:
            return self.dialect.name
        link.flush_input()
        link.write(self.dialect.prepare)
        if not self._answered(link):
            raise DeviceError(FaultCode.REFUSED, self.dialect.name)
        return self.dialect.name

    def idle(self, link: Port, deadline: float) -> None:
        for event in self._listen(link, deadline, idle=True)[0]:
            if isinstance(event, ScannedCode):
                self._tell(event)

    # reading

    def _read(self, link: Port, context: ActContext, zone: bool, timeout: float) -> ScannedCode:
        self.idle(link, time.monotonic())
        self._select(link, zone)
        context.progress(Phase.PRESENT_DOCUMENT if zone else Phase.PRESENT_CODE)
        if self.dialect.trigger:
            link.write(self.dialect.trigger)
        deadline = time.monotonic() + timeout
        try:
            while time.monotonic() < deadline:
                context.cancel.check()
                for event in self._listen(link, min(deadline, time.monotonic() + SLICE_S))[0]:
                    if isinstance(event, ScannedCode) and (event.symbology == MRZ or not zone):
                        return event
        finally:
            if self.dialect.untrigger:
                link.write(self.dialect.untrigger)
        raise DeviceError(FaultCode.SCAN_TIMEOUT)

    def _select(self, link: Port, zone: bool) -> None:
        """Switch zone reading on or off where the reader has a setting for it."""
        setting = self.dialect.zones_on if zone else self.dialect.zones_off
        if not setting or self._zones is zone or (self._zones is None and not zone):
            return
        link.write(setting)
        try:
            accepted = self._answered(link)
        except DeviceError as error:
            if error.code is not FaultCode.NO_ANSWER:
                raise
            accepted = True
        if not accepted:
            raise DeviceError(FaultCode.UNSUPPORTED, "zones")
        self._zones = zone

    def _answered(self, link: Port) -> bool:
        """The reader's yes or no to a setting. Raises DeviceError(NO_ANSWER)."""
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            events, answers = self._listen(link, deadline)
            replies = [event.accepted for event in events if isinstance(event, Reply)]
            if answers or replies:
                return (answers + replies)[-1]
        raise DeviceError(FaultCode.NO_ANSWER, self.dialect.name)

    def _listen(self, link: Port, deadline: float, idle: bool = False) -> tuple[list[Event], list[bool]]:
        """What one read brings: events and answers to settings. A silence completes what it should."""
        pending = self._framer.pending or self._filter.pending
        if pending:
            deadline = min(deadline, self._quiet_since + self._framer.patience)
        data = b"" if idle and not link.wait(deadline) else link.read(READ_SIZE, deadline)
        now = time.monotonic()
        if data:
            self._quiet_since = now
            rest, answers = self._filter.feed(data)
            return self._checked(self._framer.feed(rest)), answers
        if pending and now >= self._quiet_since + self._framer.patience:
            events = self._framer.feed(self._filter.release())
            return self._checked(events + self._framer.silence()), []
        return [], []

    def _checked(self, events: list[Event]) -> list[Event]:
        for event in events:
            if isinstance(event, Rejected):
                log.warning("scanner: %d bytes rejected: %s", event.size, event.reason)
        return events

    def _tell(self, code: ScannedCode) -> None:
        for listener in list(self._code_listeners):
            try:
                listener(code)
            except Exception:
                log.exception("a listener of the scanner failed")

    def _new_framer(self) -> CodeFramer | ElyctisFramer:
        if self.dialect is ELYCTIS:
            return ElyctisFramer()
        return CodeFramer(TERMINATORS[self._suffix], always_terminated=self._suffix not in ("auto", "none"))
