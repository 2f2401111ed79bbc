"""Programs of others judge our printer driver and our simulated printer: python-escpos's own status queries, and
emupos.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from escpos.printer import Serial
from PIL import Image

from hardware.device import DeviceState
from hardware.printer.driver import PrinterDevice
from hardware.printer.outcome import PrintCode, PrintState
from hardware.registry import open_device, start_simulator

EMUPOS = "emupos==0.4.0"


@pytest.fixture
def library_and_simulator(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """python-escpos's own driver on our simulated printer."""
    simulator = start_simulator("printer", {"tray": str(tmp_path)})
    library = Serial(devfile=simulator.path, baudrate=38400, timeout=0.3, profile="TM-T20II")
    yield library, simulator
    library.close()
    simulator.stop()


@pytest.mark.parametrize(
    ("order", "online", "paper"),
    [({}, True, 2), ({"paper": "near_end"}, True, 1), ({"paper": "out"}, False, 0), ({"cover": "open"}, False, 2)],
)
def test_python_escpos_understands_our_printers_status(
    library_and_simulator: tuple[Any, Any], order: dict[str, Any], online: bool, paper: int
) -> None:
    library, simulator = library_and_simulator
    if order:
        simulator.control(order)
    assert library.is_online() is online
    assert library.paper_status() == paper


@pytest.mark.parametrize(
    "how", [{"native": True}, {"image_arguments": {"impl": "bitImageRaster"}}], ids=["native", "raster"]
)
def test_our_printer_prints_what_python_escpos_sends(
    library_and_simulator: tuple[Any, Any], tmp_path: Path, how: dict[str, Any]
) -> None:
    library, simulator = library_and_simulator
    library.set(align="center")
    library.qr("ITK1JUDGE", size=6, **how)
    library.cut()
    wait_for(lambda: (tmp_path / "0001.png").exists())
    assert read_codes(tmp_path / "0001.png") == ["ITK1JUDGE"]
    assert simulator.control({"printed": True})["unknown"] == 0


@dataclass
class Emupos:
    """A running emupos: somebody else's ESC/POS printer."""

    program: Path
    folder: Path
    api: str
    tcp: str
    tty: str

    def fault(self, action: str, name: str) -> None:
        subprocess.run(
            [self.program, "--api", self.api, "fault", action, "front", name], check=True, capture_output=True
        )

    def receipts(self) -> list[Path]:
        return sorted((self.folder / "receipts").glob("*.png"))


@pytest.fixture(scope="module")
def emupos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emupos]:
    """emupos in an environment of its own; it needs Python 3.13 and a package index."""
    folder = tmp_path_factory.mktemp("emupos")
    program = install_emupos(folder)
    api, tcp = free_port(), free_port()
    (folder / "tmp").mkdir()
    (folder / "emupos.yaml").write_text(
        f"schema: 1\napi: {{ host: 127.0.0.1, port: {api} }}\ndevices:\n  - id: front\n    type: printer\n"
        f"    profile: epson-tm-t20iii\n    receipts_dir: ./receipts\n    connections:\n"
        f"      - tcp: {{ port: {tcp} }}\n      - serial: {{ pty: true }}\n"
    )
    running = subprocess.Popen(
        [program, "run"], cwd=folder, env={"TMPDIR": str(folder / "tmp"), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    made = Emupos(
        program, folder, f"http://127.0.0.1:{api}", f"socket://127.0.0.1:{tcp}", str(folder / "tmp/emupos/front")
    )
    try:
        wait_for(lambda: Path(made.tty).exists() and is_listening(tcp), 30)
        yield made
    finally:
        running.terminate()
        running.wait(10)


def install_emupos(folder: Path) -> Path:
    candidates = [shutil.which("python3.13"), "/root/.pyenv/versions/3.13.0/bin/python"]
    for python in filter(None, candidates):
        if Path(python).exists() and succeeds(python, "-c", "import sys; sys.exit(sys.version_info < (3, 13))"):
            break
    else:
        print("emupos skipped: it needs Python 3.13, which is not on this machine")
        pytest.skip("no Python 3.13")
    if not (succeeds(python, "-m", "venv", folder / "venv") and succeeds(folder / "venv/bin/pip", "install", EMUPOS)):
        print(f"emupos skipped: {EMUPOS} can't be installed here")
        pytest.skip(f"{EMUPOS} can't be installed here")
    return folder / "venv/bin/emupos"


def succeeds(*command: str | Path) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("way", ["tcp", "tty"])
@pytest.mark.parametrize("native", [False, True])
def test_emupos_prints_our_receipt_and_confirms_it(emupos: Emupos, receipt: Any, way: str, native: bool) -> None:
    before = len(emupos.receipts())
    with opened(getattr(emupos, way), native_qr=native) as device:
        outcome = device.print(receipt()).result(60)
    assert outcome.state is PrintState.CONFIRMED
    wait_for(lambda: len(emupos.receipts()) > before, 10)
    token = receipt.__globals__["TOKEN"]
    assert read_codes(emupos.receipts()[-1]) == [token, token]
    assert "MÜLLER LUKASZ" in emupos.receipts()[-1].with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize(("fault", "code"), [("paper-out", PrintCode.PAPER_OUT), ("cover-open", PrintCode.COVER_OPEN)])
def test_emupos_in_trouble_is_not_sent_a_byte_and_prints_after_repair(
    emupos: Emupos, receipt: Any, fault: str, code: PrintCode
) -> None:
    with opened(emupos.tcp) as device:
        before = len(emupos.receipts())
        emupos.fault("set", fault)
        outcome = device.print(receipt()).result(60)
        assert (outcome.state, outcome.code, outcome.bytes_sent) == (PrintState.FAILED, code, 0)
        emupos.fault("clear", fault)
        assert device.print(receipt()).result(60).state is PrintState.CONFIRMED
        wait_for(lambda: len(emupos.receipts()) == before + 1, 10)


@pytest.mark.long
def test_emupos_near_the_end_of_its_paper_still_prints(emupos: Emupos, receipt: Any) -> None:
    emupos.fault("set", "paper-near-end")
    with opened(emupos.tcp) as device:
        assert device.check().result(5).paper_near_end
        assert device.print(receipt()).result(60).state is PrintState.CONFIRMED
    emupos.fault("clear", "paper-near-end")


class opened:  # noqa: N801 - used as a context manager
    """Our driver on a port."""

    def __init__(self, port: str, **options: Any) -> None:
        self._device: PrinterDevice = open_device("printer", "", port, options)

    def __enter__(self) -> PrinterDevice:
        status = self._device.wait_ready(10)
        assert status.state is DeviceState.READY, status
        return self._device

    def __exit__(self, *_: object) -> None:
        self._device.stop()


def read_codes(picture: Path) -> list[str]:
    with Image.open(picture) as opened_picture:
        return [code.text for code in zxingcpp.read_barcodes(opened_picture.convert("L"))]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(true: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)
