"""Receipt printers as devices: which way they hang, which profile they have, and `print`."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import fields, replace
from typing import Any

from hardware.device import CancelToken, Device, Progress
from hardware.facts import Fact, FactName
from hardware.faults import DeviceError, FaultCode
from hardware.options import Options
from hardware.port import Port, PortSettings, open_port
from hardware.printer.document import Document
from hardware.printer.escpos import render
from hardware.printer.file_port import FilePort, is_file_port
from hardware.printer.job import EscposPrinter, Leftover, Timings
from hardware.printer.outcome import PrintCode, PrintOutcome, trouble
from hardware.printer.profiles import PROFILES, PrinterProfile
from hardware.printer.status import PrinterStatus
from hardware.printer.wire import PrinterLines
from hardware.wire_log import WireReader

LOOK_WELL_S, LOOK_TROUBLED_S = 5.0, 1.0
"""Between two looks at a printer that has nothing to print: the officer hears of the empty roll before an applicant
waits for paper, and of the new roll at once."""
LOOK_SILENT_S = 30.0


class PrinterDevice(Device[EscposPrinter]):
    """One receipt printer. `columns` is how many letters fit on its line."""

    def __init__(self, settings: PortSettings, profile: PrinterProfile, timings: Timings, status: str) -> None:
        super().__init__("printer")
        self.profile = profile
        self.columns = profile.columns
        self._settings = settings
        self._timings = timings
        self._status_option = status
        self._leftover = Leftover()
        self._look_at = 0.0

    def print(
        self,
        document: Document,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> "Future[PrintOutcome]":
        """Queue a document; every fault of printer and line is in the outcome.

        Raises ValueError at once for a document that can't be rendered for this paper.
        """
        commands = render(document, self.profile)
        return self.submit(lambda printer, context: printer.print(commands, context), progress, cancel)

    def check(self) -> "Future[PrinterStatus]":
        """Ask the printer how it is."""
        return self.submit(lambda printer, _: printer.status())

    def open_link(self) -> EscposPrinter:
        """Open the port, whatever kind it is."""
        port: Port = FilePort(self._settings.url) if is_file_port(self._settings.url) else open_port(self._settings)
        return EscposPrinter(
            self.wire.port(port),
            self._timings,
            self._leftover,
            self._noticed,
            answers=self._status_option != "none",
            confirms=self.profile.confirms,
            clears=self.profile.clears,
        )

    def wire_reader(self) -> WireReader:
        return PrinterLines()

    def identify(self, link: EscposPrinter) -> str:
        """A status answer, where one is expected. Raises DeviceError(NO_ANSWER) when it must answer and does not."""
        if not link.answers:
            return self.profile.name
        status = link.status()
        if not status.answers:
            if self._status_option == "required":
                raise DeviceError(FaultCode.NO_ANSWER, "no status answer")
            link.answers = False
            return self.profile.name
        name = link.model() if trouble(status) is None else ""
        return f"{self.profile.name} {name}".strip()

    def examine(self, link: EscposPrinter) -> list[Fact]:
        """Paper, trouble, firmware."""
        status = link.status()
        if not status.answers:
            return [Fact(FactName.PAPER, "unknown")]
        wrong = trouble(status)
        paper = "out" if status.paper_out else "near_end" if status.paper_near_end else "ok"
        facts = [Fact(FactName.PAPER, paper, paper == "ok"), Fact(FactName.PRINTER, wrong or "ok", wrong is None)]
        firmware = link.firmware() if wrong is None else ""
        return [*facts, Fact(FactName.FIRMWARE, firmware)] if firmware else facts

    def idle(self, link: EscposPrinter, deadline: float) -> None:
        """Nothing to print: look at it now and then, and take what it says late."""
        if not link.answers or time.monotonic() < self._look_at:
            link.wait_idle(deadline)
            return
        answered = link.status().answers
        wait = LOOK_TROUBLED_S if self.status.trouble else LOOK_WELL_S
        self._look_at = time.monotonic() + (wait if answered else LOOK_SILENT_S)

    def _noticed(self, code: PrintCode | None) -> None:
        self._look_at = time.monotonic() + (LOOK_WELL_S if code is None else LOOK_TROUBLED_S)
        self.troubled(code.value if code else "")


def escpos_printer(port: str, options: Mapping[str, object]) -> PrinterDevice:
    """Driver `escpos`. Options: `profile`, `dots`, `columns`, `encoding` (CP858, CP1252), `native_qr`, `cutter`,
    `status` (required, auto, none), `baud`, `rtscts`, `xonxoff`, and every name of `Timings`.
    """
    values = Options(options)
    profile = _profile(values)
    status = values.choice("status", ("required", "auto", "none") if profile.answers else ("auto", "required", "none"))
    settings = PortSettings(
        port,
        baud=values.integer("baud", 38400),
        rtscts=values.flag("rtscts"),
        xonxoff=values.flag("xonxoff"),
    )
    timings = _timings(values)
    values.done()
    if port.startswith("file:"):
        status = "none"
    return PrinterDevice(settings, profile, timings, status)


def _profile(values: Options) -> PrinterProfile:
    profile = PROFILES[values.choice("profile", tuple(PROFILES))]
    return replace(
        profile,
        dots=values.integer("dots", profile.dots),
        columns=values.integer("columns", profile.columns),
        encoding=values.choice("encoding", (profile.encoding, "CP1252", "CP858")),
        cutter=values.flag("cutter", profile.cutter),
        confirms=values.flag("confirms", profile.confirms),
        native_qr=values.flag("native_qr", profile.native_qr),
    )


def _timings(values: Options) -> Timings:
    defaults = Timings()
    given: dict[str, Any] = {}
    for item in fields(Timings):
        default = getattr(defaults, item.name)
        read = values.integer if isinstance(default, int) else values.number
        given[item.name] = read(item.name, default)
    return Timings(**given)
