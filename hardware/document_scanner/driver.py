"""A document scanner on this machine, through SANE."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from hardware.acts import Phase
from hardware.device import ActContext, CancelToken, Device, DeviceError, FaultCode, PortLost, Progress
from hardware.document_scanner.page import Page, make_page
from hardware.document_scanner.scanimage import STATUS, Outcome, is_installed, output_of, private_folder, run
from hardware.facts import Fact, FactName
from hardware.options import Options
from hardware.quiet_link import QuietLink

LIST_S = 20.0
"""Network backends look around for some seconds before they answer."""
ASK_S = 15.0
MAX_PAGES = 50
"""More than any file of this office; a feeder that never says it is empty must end some time."""
GLASS, FEEDER = "glass", "feeder"
_FEEDERS = ("adf", "document feeder", "automatic", "duplex")


def sane_scanner(port: str, options: Mapping[str, object]) -> "SaneScanner":
    """The registry's factory. `port` is SANE's device name, or `auto`. Options: resolution (dpi), mode, source (a
    name of the scanner's own for the feeder), extra (more arguments for scanimage, separated by spaces)."""
    given = Options(options)
    scanner = SaneScanner(
        "" if port == "auto" else port,
        given.integer("resolution", 300),
        given.text("mode", "Color"),
        given.text("source"),
        tuple(given.text("extra").split()),
    )
    given.done()
    return scanner


class SaneScanner(Device[QuietLink]):
    """A scanner behind `scanimage`. Progress phases: scanning (per cent of a page), scanning_page (number, from the
    second)."""

    def __init__(self, name: str, resolution: int, mode: str, feeder: str, extra: tuple[str, ...]) -> None:
        super().__init__("document_scanner")
        self._wanted, self._name = name, name
        self._resolution, self._mode, self._feeder, self._extra = resolution, mode, feeder, extra
        self._sources: tuple[str, ...] = ()
        self._knows: frozenset[str] = frozenset()
        """Names of the options the device lists; scanimage refuses any other."""

    @property
    def has_feeder(self) -> bool:
        """Whether pages can be fed from a stack; known once it is ready."""
        return bool(self._feeder)

    def scan(
        self,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
        *,
        source: str = GLASS,
    ) -> "Future[list[Page]]":
        """One page from the glass, or all pages in the feeder. A fault after some pages fails the whole: nobody keeps
        half a document unknowingly. DeviceError: NO_DOCUMENT, PAPER_JAM, COVER_OPEN, DEVICE_BUSY, DEVICE_FAILED,
        PICTURE_INVALID, UNSUPPORTED, CANCELLED."""
        return self.submit(lambda _, context: self._scan(context, source), progress, cancel)

    def open_link(self) -> QuietLink:
        if not is_installed():
            raise DeviceError(FaultCode.NOT_INSTALLED, "scanimage")
        return QuietLink()

    def identify(self, link: QuietLink) -> str:
        model = ""
        if not self._wanted:
            found = [line.split("|", 2) for line in output_of(["-f", "%d|%v|%m%n"], LIST_S).splitlines() if "|" in line]
            if not found:
                raise PortLost(FaultCode.PORT_ABSENT, "no scanner found")
            self._name, vendor, name = found[0]
            model = f"{vendor} {name}"
        options = output_of(["-d", self._name, "-A"], ASK_S)
        if "--" not in options.partition("All options specific")[2]:
            raise PortLost(FaultCode.PORT_ABSENT, self._name)
        self._knows = frozenset(re.findall(r"^\s+--([a-z-]+)", options, re.MULTILINE))
        listed = re.search(r"--source ([^\[\n]+)", options)
        self._sources = tuple(name.strip() for name in listed[1].split("|")) if listed else ()
        if not self._feeder:
            self._feeder = next((name for name in self._sources if any(w in name.lower() for w in _FEEDERS)), "")
        return model or self._name

    def examine(self, link: QuietLink) -> list[Fact]:
        """Where it takes paper from."""
        return [Fact(FactName.SOURCES, ", ".join(self._sources))] if self._sources else []

    def idle(self, link: QuietLink, deadline: float) -> None:
        link.rest(deadline)

    def _scan(self, context: ActContext, source: str) -> list[Page]:
        if source == FEEDER and not self._feeder:
            raise DeviceError(FaultCode.UNSUPPORTED, "no feeder")
        with private_folder() as folder:
            context.progress(Phase.SCANNING, 0, 100)
            outcome = run(self._arguments(folder, source), context.cancel, self._reporter(context))
            context.cancel.check()
            files = sorted(folder.glob("*.png"))
            if not (source == FEEDER and files and STATUS.get(outcome.code) is FaultCode.NO_DOCUMENT):
                self._judge(outcome)
            told = self._resolution if "resolution" in self._knows else 0
            pages = [make_page(path.read_bytes(), told) for path in files]
        if not pages:
            raise DeviceError(FaultCode.NO_DOCUMENT, outcome.words)
        return pages

    def _arguments(self, folder: Path, source: str) -> list[str]:
        wanted = {"resolution": str(self._resolution), "mode": self._mode}
        settings = [word for name, value in wanted.items() if name in self._knows for word in (f"--{name}", value)]
        common = ["-d", self._name, "--format=png", *settings, "-p"]
        if source == FEEDER:
            batch = [f"--batch={folder}/page-%04d.png", f"--batch-count={MAX_PAGES}"]
            return [*common, "--source", self._feeder, *batch, *self._extra]
        glass = next((name for name in self._sources if "flatbed" in name.lower()), "")
        return [*common, *(["--source", glass] if glass else []), "-o", f"{folder}/page-0001.png", *self._extra]

    def _judge(self, outcome: Outcome) -> None:
        if outcome.code == 0:
            return
        if outcome.code == 1 and "open of device" in outcome.words:
            raise PortLost(FaultCode.PORT_LOST, outcome.words)
        raise DeviceError(STATUS.get(outcome.code, FaultCode.DEVICE_FAILED), f"{outcome.code} {outcome.words}")

    def _reporter(self, context: ActContext) -> Callable[[int, int], None]:
        told = 1

        def report(page: int, percent: int) -> None:
            nonlocal told
            if page > told:
                context.progress(Phase.SCANNING_PAGE, page)
                told = page
            context.progress(Phase.SCANNING, percent, 100)

        return report
