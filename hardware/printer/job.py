"""One open printer: asking how it is, sending a job in small pieces, waiting for its word that everything was
processed.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hardware.device import ActContext
from hardware.faults import DeviceError, FaultCode, PortLost
from hardware.port import Port
from hardware.printer.outcome import PrintCode, PrintOutcome, PrintState, trouble
from hardware.printer.status import (
    ERROR,
    OFFLINE,
    PAPER,
    PRINTER,
    PROCESSED_REQUEST,
    PrinterStatus,
    combine,
    is_processed,
    is_real_time,
    paper_ran_out,
    request,
)

CLEAR_BUFFER = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
"""DLE DC4 8: forget everything received and not yet printed."""
NAME_REQUEST, FIRMWARE_REQUEST = b"\x1d\x49\x43", b"\x1d\x49\x41"
"""GS I 67 and 65: answered with `_`, text and a zero byte."""
CLEARED = bytes.fromhex("37 25 00")
NO_UNASKED_STATUS = b"\x1d\x61\x00"
"""GS a 0: automatic status would look like answers to GS r."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Waits in seconds and sizes in bytes."""

    chunk: int = 512
    """Bytes in one write; a stalled printer is noticed after as many."""
    answer: float = 0.5
    """For one real-time status answer; printers answer within 100 ms, USB adapters add some."""
    check_every: int = 4096
    """Bytes between two status requests during a job, asked only between commands."""
    confirm: float = 20.0
    """From the last byte to the answer that everything was processed: 20 s print over a metre of paper."""
    repair: float = 60.0
    """How long a job in trouble waits for paper or a closed cover before it is given up."""
    look: float = 0.5
    """Between two looks at a printer in trouble or at work."""


@dataclass(slots=True)
class Leftover:
    """What earlier jobs left open. Survives a replug.

    `raster_bytes` is how many bytes of a raster the printer may still wait for after a job broke off inside it;
    `confirmations` how many answers to GS r have not come, so that one of an older job is not taken for this
    one's.
    """

    raster_bytes: int = 0
    confirmations: int = 0


class _GivenUpError(Exception):
    """The job ends here with this code."""

    def __init__(self, code: PrintCode) -> None:
        super().__init__(code.value)
        self.code = code


class EscposPrinter:
    """A printer behind an open port. `noticed` is told at every answer what keeps it from printing, None for nothing;
    a silent printer's last word stands.
    """

    def __init__(
        self,
        port: Port,
        timings: Timings,
        leftover: Leftover,
        noticed: Callable[[PrintCode | None], None] = lambda code: None,
        *,
        answers: bool,
        confirms: bool = True,
        clears: bool = False,
    ) -> None:
        self.answers = answers
        self._confirms = confirms
        self._port = port
        self._timings = timings
        self._clears = clears
        self._leftover = leftover
        self._noticed = noticed
        self._sent = 0
        self._paper_ran_out = False
        self._lost: PortLost | None = None

    def interrupt(self) -> None:
        """Make a waiting look return."""
        self._port.interrupt()

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def status(self) -> PrinterStatus:
        """Ask the four real-time questions. A silent printer gives `answers=False`. Raises PortLost."""
        self._take_stray()
        answers: dict[int, int] = {}
        for n in (PRINTER, OFFLINE, ERROR, PAPER):
            answer = self._asked(n) or self._asked(n)
            if answer is None:
                return PrinterStatus(answers=False)
            answers[n] = answer
        status = combine(answers)
        self._noticed(trouble(status))
        return status

    def model(self) -> str:
        """The printer's own name (GS I 67), "" when it does not say. Only to be asked while it is online. Raises
        PortLost.
        """
        return self._told(NAME_REQUEST)

    def firmware(self) -> str:
        """The printer's firmware (GS I 65), as `model`."""
        return self._told(FIRMWARE_REQUEST)

    def _told(self, request: bytes) -> str:
        self._take_stray()
        self._port.write(request)
        deadline = time.monotonic() + self._timings.answer
        answer = b""
        while time.monotonic() < deadline and not answer.endswith(b"\0"):
            answer += self._port.read(64, deadline)
        name = answer[1:-1] if answer.startswith(b"_") and answer.endswith(b"\0") else b""
        return "".join(chr(byte) for byte in name if 0x20 <= byte < 0x7F)

    def wait_idle(self, deadline: float) -> None:
        """While nothing is to be printed: take what the printer says late. Raises PortLost."""
        if self._lost is not None:
            raise self._lost
        if self._port.wait(deadline):
            self._take_stray()

    def print(self, commands: Sequence[bytes], context: ActContext) -> PrintOutcome:
        """Send a job and wait for its confirmation. Every fault is in the outcome, a lost port too."""
        self._sent = 0
        try:
            if self.answers:
                self._refuse_if_troubled()
                self._clear_up_confirmations()
            self._send_all(commands, context)
            return self._confirm(context)
        except _GivenUpError as given_up:
            return self._failed(given_up.code)
        except PortLost as lost:
            stalled = lost.code is FaultCode.WRITE_STALLED
            self._lost = None if stalled else lost
            code = PrintCode.STALLED if stalled else PrintCode.PORT_LOST
            if self._sent == 0 and not stalled:
                return PrintOutcome(PrintState.FAILED, code, 0)
            return PrintOutcome(PrintState.UNKNOWN, code, max(1, self._sent))

    def _refuse_if_troubled(self) -> None:
        status = self.status()
        if not status.answers:
            raise _GivenUpError(PrintCode.NO_ANSWER)
        code = trouble(status)
        if code is not None:
            raise _GivenUpError(code)

    def _clear_up_confirmations(self) -> None:
        """Before a job: an older GS r that is still unanswered must not answer for this one.

        A second GS r right behind it is answered right after it, so once an answer came and then nothing, none is
        outstanding. A printer that answers neither is not working through its buffer, and gets no further job.
        """
        if not self._leftover.confirmations:
            return
        self._leftover.confirmations += 1
        self._port.write(PROCESSED_REQUEST)
        outstanding = self._leftover.confirmations
        deadline = time.monotonic() + self._timings.confirm
        while self._leftover.confirmations == outstanding and time.monotonic() < deadline:
            for byte in self._port.read(1, deadline):
                self._note(byte)
        if self._leftover.confirmations == outstanding:
            raise _GivenUpError(PrintCode.NO_ANSWER)
        self._processed_by(time.monotonic() + self._timings.answer)
        self._leftover.confirmations = 0

    def _send_all(self, commands: Sequence[bytes], context: ActContext) -> None:
        total = sum(map(len, commands))
        self._finish_leftover()
        if self.answers:
            self._port.write(NO_UNASKED_STATUS)
        checked = 0
        for chunk in gathered(commands, self._timings.chunk):
            if context.cancel.is_cancelled:
                raise _GivenUpError(PrintCode.CANCELLED)
            if self.answers and self._sent - checked >= self._timings.check_every:
                checked = self._sent
                self._wait_until_well(context)
            self._leftover.raster_bytes = len(chunk)
            for start in range(0, len(chunk), self._timings.chunk):
                piece = chunk[start : start + self._timings.chunk]
                self._port.write(piece)
                self._sent += len(piece)
            self._leftover.raster_bytes = 0
            context.progress("printing", self._sent, total)

    def _finish_leftover(self) -> None:
        """A job that broke off inside a raster left the printer counting: zeros complete it, and mean nothing
        otherwise.
        """
        if self._leftover.raster_bytes:
            self._port.write(bytes(self._leftover.raster_bytes))
            self._leftover.raster_bytes = 0

    def _confirm(self, context: ActContext) -> PrintOutcome:
        if self.answers and not self._confirms:
            self._wait_until_well(context)
        if not (self.answers and self._confirms):
            return PrintOutcome(PrintState.UNKNOWN, PrintCode.UNCONFIRMED, self._sent)
        self._paper_ran_out = False
        self._leftover.confirmations = 1
        self._port.write(PROCESSED_REQUEST)
        deadline = time.monotonic() + self._timings.confirm
        while time.monotonic() < deadline:
            if self._processed_by(min(deadline, time.monotonic() + self._timings.look)):
                break
            deadline += self._wait_until_well(context)
        if self._leftover.confirmations:
            return PrintOutcome(PrintState.UNKNOWN, PrintCode.UNCONFIRMED, self._sent)
        if self._paper_ran_out:
            self._noticed(PrintCode.PAPER_OUT)
            return PrintOutcome(PrintState.UNKNOWN, PrintCode.PAPER_OUT, self._sent)
        return PrintOutcome(PrintState.CONFIRMED, None, self._sent)

    def _wait_until_well(self, context: ActContext) -> float:
        """Wait for the officer to put paper in or close the cover; the seconds it took, 0 for a printer that is
        well or silent.
        """
        began = time.monotonic()
        code = trouble(self.status())
        while code is not None:
            context.progress(code.value, self._sent)
            if context.cancel.is_cancelled or time.monotonic() >= began + self._timings.repair:
                raise _GivenUpError(code)
            if not self._leftover.confirmations:
                with suppress(DeviceError):
                    context.cancel.sleep(self._timings.look)
            elif self._processed_by(time.monotonic() + self._timings.look):
                break
            code = trouble(self.status())
            if code is None:
                return time.monotonic() - began
        return 0.0

    def _failed(self, code: PrintCode) -> PrintOutcome:
        """Give the job up. What the printer still holds is cleared where it can be, so that it does not come out
        later.
        """
        if self._sent and self._clears:
            with suppress(PortLost):
                self._clear()
        return PrintOutcome(PrintState.FAILED, code, self._sent)

    def _clear(self) -> None:
        self._port.write(CLEAR_BUFFER)
        deadline = time.monotonic() + self._timings.answer
        answer = b""
        while not answer.endswith(CLEARED) and time.monotonic() < deadline:
            answer += self._port.read(16, deadline)
        if answer.endswith(CLEARED):
            self._leftover.raster_bytes = self._leftover.confirmations = 0

    def _asked(self, n: int) -> int | None:
        """The answer to DLE EOT n; None when none with the fixed bits comes in time."""
        self._port.write(request(n))
        deadline = time.monotonic() + self._timings.answer
        while time.monotonic() < deadline:
            for byte in self._port.read(1, deadline):
                if is_real_time(byte):
                    return byte
                self._note(byte)
        return None

    def _processed_by(self, deadline: float) -> bool:
        """Whether no confirmation is outstanding by then."""
        while self._leftover.confirmations and time.monotonic() < deadline:
            for byte in self._port.read(1, deadline):
                self._note(byte)
        return not self._leftover.confirmations

    def _take_stray(self) -> None:
        for byte in self._port.read(512, 0.0):
            self._note(byte)

    def _note(self, byte: int) -> None:
        """Count an answer to GS r, the oldest outstanding one first."""
        if is_processed(byte) and self._leftover.confirmations:
            self._leftover.confirmations -= 1
            self._paper_ran_out = paper_ran_out(byte)


def gathered(commands: Sequence[bytes], size: int) -> list[bytes]:
    """Commands joined into pieces of about `size` bytes that end at a command's end; a longer command is a piece
    of its own.
    """
    pieces: list[bytes] = []
    current = b""
    for command in commands:
        if current and len(current) + len(command) > size:
            pieces.append(current)
            current = b""
        current += command
    return [*pieces, current] if current else pieces
