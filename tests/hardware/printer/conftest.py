"""A receipt printer made of code behind the real driver, with waits short enough for a test."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hardware.device import CancelToken, DeviceState, Progress
from hardware.printer.document import Align, Cut, Document, Feed, Qr, Rule, Text
from hardware.printer.driver import PrinterDevice
from hardware.printer.outcome import PrintOutcome
from hardware.registry import open_device

TOKEN = "ITK1" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 4 + "ABCDEFGHIJKLMNOPQRSTUVW"
PATIENT = {"answer": 0.5, "confirm": 5.0, "repair": 0.2, "look": 0.03, "check_every": 2048}


def claim_receipt(token: str = TOKEN) -> Document:
    return Document(
        (
            Text("KANTOR IMIGRASI", bold=True, align=Align.CENTER, double=True),
            Rule(),
            Text("Nama   : MÜLLER ŁUKASZ"),
            Qr(token, placements=(Align.LEFT, Align.RIGHT)),
            Text("7K3M-9Q2D-XX4T", align=Align.CENTER),
            Feed(1),
            Cut(),
        ),
        "claim receipt",
    )


@dataclass
class Bench:
    """The driver, its simulator and the tray."""

    device: PrinterDevice
    tray: Path
    phases: list[str] = field(default_factory=list)
    receipt: Document = field(default_factory=claim_receipt)

    def order(self, **command: Any) -> dict[str, Any]:
        assert self.device.companion is not None
        answer = self.device.companion.control(command)
        assert answer.pop("ok"), answer
        return answer

    def print(
        self, document: Document | None = None, cancel: CancelToken | None = None, seconds: float = 20
    ) -> PrintOutcome:
        return self.device.print(document or self.receipt, self.heard, cancel).result(seconds)

    def heard(self, progress: Progress) -> None:
        self.phases.append(progress.phase)

    @property
    def pieces(self) -> list[str]:
        return list(self.order(printed=True)["pieces"])

    def wait_for(self, true: Callable[[], object], seconds: float = 5.0) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "did not happen"
            time.sleep(0.005)


def until_ready(device: PrinterDevice) -> None:
    """A hasty driver on a busy machine may miss the first answer; as in an office, it tries again."""
    deadline = time.monotonic() + 10
    while (status := device.wait_ready(5)).state is not DeviceState.READY:
        assert time.monotonic() < deadline, status
        device.retry_now()
        time.sleep(0.05)


@contextmanager
def bench(tray: Path, simulated: str = "", **options: Any) -> Iterator[Bench]:
    port = f"simulated:tray={tray}" + (f",{simulated}" if simulated else "")
    device: PrinterDevice = open_device("printer", "", port, {**PATIENT, **options})
    try:
        until_ready(device)
        yield Bench(device, tray)
    finally:
        device.stop()


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Bench]:
    """An 80 mm printer that answers."""
    with bench(tmp_path / "tray") as made:
        yield made


@pytest.fixture
def new_bench(tmp_path: Path) -> Callable[..., AbstractContextManager[Bench]]:
    """Any printer: `with new_bench("width=384", profile="pos58") as printer`."""
    count = iter(range(1000))

    def make(simulated: str = "", **options: Any) -> AbstractContextManager[Bench]:
        return bench(tmp_path / f"tray{next(count)}", simulated, **options)

    return make


@pytest.fixture
def receipt() -> Callable[[str], Document]:
    """A claim receipt with a token."""
    return claim_receipt
