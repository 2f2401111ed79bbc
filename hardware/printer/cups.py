"""An A4 printer behind CUPS, through its commands `lp`, `lpstat` and `cancel`; the port is the name of a queue.

What CUPS says of a job is what the printer told it: a job counts as printed only when its IPP state is "completed";
anything else is failed or unknown, never printed.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from hardware.device import ActContext, CancelToken, Device, DeviceError, FaultCode, PortLost, Progress
from hardware.facts import Fact, FactName
from hardware.options import Options
from hardware.printer.a4 import render_a4
from hardware.printer.document import Document
from hardware.printer.ipp import JobState, job_state
from hardware.printer.outcome import PrintCode, PrintOutcome, PrintState
from hardware.quiet_link import QuietLink

PROGRAMS = ("lp", "lpstat", "cancel")
ASK_S = 10.0
"""A print server on the network answers within seconds, or is away."""
LOOK_S = 1.0
IDLE_S = 30.0
"""How often a queue nobody prints on is looked at."""
ENDS = {
    JobState.COMPLETED: (PrintState.CONFIRMED, None),
    JobState.CANCELED: (PrintState.FAILED, PrintCode.CANCELLED),
    JobState.ABORTED: (PrintState.FAILED, PrintCode.PRINTER_ERROR),
}
REASONS = {
    "media-empty": PrintCode.PAPER_OUT,
    "media-needed": PrintCode.PAPER_OUT,
    "media-jam": PrintCode.PRINTER_ERROR,
    "cover-open": PrintCode.COVER_OPEN,
    "door-open": PrintCode.COVER_OPEN,
    "offline": PrintCode.OFFLINE,
    "connecting-to-device": PrintCode.OFFLINE,
    "paused": PrintCode.OFFLINE,
}
"""Beginnings of printer-state-reasons (RFC 8011, 5.4.12)."""


def cups_printer(port: str, options: Mapping[str, object]) -> "CupsPrinter":
    """Driver `cups`. Options: `columns` (48), `seconds` to wait for a job (90)."""
    given = Options(options)
    device = CupsPrinter(port, given.integer("columns", 48), given.number("seconds", 90.0))
    given.done()
    return device


class CupsPrinter(Device[QuietLink]):
    """One queue. Progress phases: printing, and the codes of a printer in trouble."""

    def __init__(self, queue: str, columns: int, seconds: float) -> None:
        super().__init__("printer")
        self.columns = columns
        self._queue = queue
        self._seconds = seconds
        self._looked_at = 0.0

    def print(
        self,
        document: Document,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> "Future[PrintOutcome]":
        """Queue a document; every fault of printer and server is in the outcome.

        Raises ValueError at once for a document that can't be rendered.
        """
        content = render_a4(document, self.columns)
        return self.submit(lambda _, context: self._print(content, document.title, context), progress, cancel)

    def open_link(self) -> QuietLink:
        if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
            raise DeviceError(FaultCode.NOT_INSTALLED, missing[0])
        return QuietLink()

    def identify(self, link: QuietLink) -> str:
        self._state()
        return f"CUPS {self._queue}"

    def idle(self, link: QuietLink, deadline: float) -> None:
        link.rest(deadline)
        if time.monotonic() - self._looked_at > IDLE_S:
            self._state()

    def examine(self, link: QuietLink) -> list[Fact]:
        """Paper and trouble, as the printer told CUPS."""
        wrong = _reason(self._state())
        paper = Fact(FactName.PAPER, "out" if wrong is PrintCode.PAPER_OUT else "ok", wrong is not PrintCode.PAPER_OUT)
        return [paper, Fact(FactName.PRINTER, wrong or "ok", wrong is None)]

    def _state(self) -> str:
        """What lpstat says of the queue. Raises PortLost when there is no such queue or no server."""
        self._looked_at = time.monotonic()
        told, words = _run(["lpstat", "-l", "-p", self._queue])
        if not told.startswith("printer "):
            raise PortLost(FaultCode.PORT_ABSENT, words or f"no queue {self._queue}")
        return told

    def _print(self, content: bytes, title: str, context: ActContext) -> PrintOutcome:
        size = len(content)
        if (wrong := _reason(self._state())) is not None:
            return PrintOutcome(PrintState.FAILED, wrong, 0)
        with tempfile.TemporaryDirectory(prefix="kiosk-a4-") as folder:
            path = Path(folder) / "paper.pdf"
            path.touch(mode=0o600)
            path.write_bytes(content)
            name = re.sub(r"[^A-Za-z0-9 -]", "", title) or "kiosk"
            told, words = _run(["lp", "-d", self._queue, "-o", "media=A4", "-t", name, "--", str(path)])
        found = re.search(r"request id is (\S+)", told)
        if found is None:
            return PrintOutcome(PrintState.FAILED, PrintCode.PRINTER_ERROR if words else PrintCode.NO_ANSWER, 0)
        context.progress("printing", size, size)
        return self._wait(found[1], size, context)

    def _wait(self, job: str, size: int, context: ActContext) -> PrintOutcome:
        """Until CUPS is done with the job; one that takes too long is withdrawn, so that it does not come out later."""
        deadline = time.monotonic() + self._seconds
        code: PrintCode | None = None
        while time.monotonic() < deadline and not context.cancel.is_cancelled:
            state = job_state(job, ASK_S)
            if state in ENDS:
                return PrintOutcome(*ENDS[state], size)
            code = _reason(self._state())
            if code is not None:
                context.progress(code.value, size)
            time.sleep(LOOK_S)
        _run(["cancel", job])
        if context.cancel.is_cancelled:
            code = PrintCode.CANCELLED
        return PrintOutcome(PrintState.UNKNOWN, code or PrintCode.UNCONFIRMED, size)


def _reason(state: str) -> PrintCode | None:
    """The trouble in what lpstat says of a queue; None for a printer that prints."""
    alerts = re.search(r"^\s+Alerts: (.*)$", state, re.MULTILINE)
    words = alerts[1].split() if alerts else []
    named = [code for word in words for start, code in REASONS.items() if word.startswith(start)]
    if named:
        return named[0]
    return PrintCode.OFFLINE if " disabled since " in state.partition("\n")[0] else None


def _run(command: list[str]) -> tuple[str, str]:
    """What a command says, and the first line of its complaint. A server that hangs says nothing."""
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=ASK_S, stdin=subprocess.DEVNULL, check=False,
            env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    complaint = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    return done.stdout.decode("utf-8", "replace"), complaint
