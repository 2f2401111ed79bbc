"""A4 slips through CUPS: what is on the page, and what is said of a job, by programs that behave like CUPS's own."""

import http.server
import io
import os
import shutil
import socketserver
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hardware.device import CancelToken, DeviceState, FaultCode
from hardware.printer import cups, ipp
from hardware.printer.a4 import render_a4
from hardware.printer.document import Document, Qr, Text
from hardware.printer.ipp import JobState
from hardware.printer.outcome import PrintCode, PrintState

FAKE = """#!{python}
import os, sys
here = os.path.dirname(os.path.abspath(__file__))
name, args = os.path.basename(sys.argv[0]), sys.argv[1:]
mode = open(here + "/mode").read().strip()
open(here + "/log", "a").write(name + " " + " ".join(args) + chr(10))
if mode == "away":
    sys.exit(name + ": Scheduler is not running.")
if name == "lp":
    if mode == "refused":
        sys.exit("lp: The printer or class does not exist.")
    open(here + "/printed.pdf", "wb").write(open(args[-1], "rb").read())
    print("request id is A4-7 (1 file(s))")
elif name == "cancel":
    open(here + "/mode", "w").write("gone")
elif "-p" in args:
    if mode == "no queue":
        sys.exit('lpstat: Invalid destination name in list "A4".')
    state = "disabled since Tue" if mode == "paused" else "is idle.  enabled since Tue"
    print("printer A4 " + state)
    print(chr(9) + "Alerts: " + (mode if mode.startswith("media") else "none"))
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """lp, lpstat and cancel that do as the file `mode` says."""
    for name in cups.PROGRAMS:
        program = tmp_path / name
        program.write_text(FAKE.replace("{python}", sys.executable))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "mode").write_text("good")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(cups, "LOOK_S", 0.02)
    states = {"stuck": JobState.PENDING, "aborted": JobState.ABORTED, "gone": None, "cancelled": JobState.CANCELED}
    state_of = lambda *_: states.get((tmp_path / "mode").read_text(), JobState.COMPLETED)  # noqa: E731
    monkeypatch.setattr(cups, "job_state", state_of)
    return tmp_path


@pytest.fixture
def queue(server: Path, device: Callable[..., Any]) -> Any:
    one = device("printer", "A4", "cups", seconds=0.6)
    assert one.wait_ready(10).model == "CUPS A4"
    return one


def test_a_job_that_cups_completed_is_confirmed(queue: Any, server: Path, receipt: Any) -> None:
    told: list[str] = []
    outcome = queue.print(receipt(), lambda progress: told.append(progress.phase)).result(10)
    assert (outcome.state, outcome.code) == (PrintState.CONFIRMED, None)
    assert told == ["printing"]
    assert "lp -d A4 -o media=A4 -t claim receipt -- " in (server / "log").read_text()
    assert (server / "printed.pdf").read_bytes() == render_a4(receipt(), 48)


@pytest.mark.parametrize(
    ("mode", "state", "code"),
    [
        ("aborted", PrintState.FAILED, PrintCode.PRINTER_ERROR),
        ("cancelled", PrintState.FAILED, PrintCode.CANCELLED),
        ("gone", PrintState.UNKNOWN, PrintCode.UNCONFIRMED),
        ("stuck", PrintState.UNKNOWN, PrintCode.UNCONFIRMED),
        ("refused", PrintState.FAILED, PrintCode.PRINTER_ERROR),
        ("media-empty-error", PrintState.FAILED, PrintCode.PAPER_OUT),
        ("paused", PrintState.FAILED, PrintCode.OFFLINE),
    ],
)
def test_whatever_cups_does_not_call_completed_is_not_printed(
    queue: Any, server: Path, receipt: Any, mode: str, state: PrintState, code: PrintCode
) -> None:
    (server / "mode").write_text(mode)
    outcome = queue.print(receipt()).result(10)
    assert (outcome.state, outcome.code) == (state, code)
    queued = "lp -d" in (server / "log").read_text() and mode != "refused"
    assert (outcome.bytes_sent > 0) is queued, "what CUPS never took may simply be sent again"
    withdrawn = "cancel A4-7" in (server / "log").read_text()
    assert withdrawn is (mode in ("stuck", "gone")), "it does not come out later"


def test_a_job_can_be_called_off(queue: Any, server: Path, receipt: Any) -> None:
    (server / "mode").write_text("stuck")
    cancel = CancelToken()
    outcome = queue.print(receipt(), lambda _: cancel.cancel(), cancel).result(10)
    assert (outcome.state, outcome.code) == (PrintState.UNKNOWN, PrintCode.CANCELLED)


@pytest.mark.parametrize("mode", ["away", "no queue"])
def test_no_server_or_no_queue_is_an_absent_printer(server: Path, device: Callable[..., Any], mode: str) -> None:
    (server / "mode").write_text(mode)
    one = device("printer", "A4", "cups")
    assert (one.wait_ready(10).state, one.status.code) == (DeviceState.ABSENT, FaultCode.PORT_ABSENT)
    (server / "mode").write_text("good")
    assert [fact.value for fact in one.facts().result(10)] == ["ok", "ok"]


def test_without_cups_the_driver_says_so(device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert device("printer", "A4", "cups").wait_ready(10).code is FaultCode.NOT_INSTALLED


# the question lpstat does not answer


def answer(*attributes: tuple[int, bytes, bytes]) -> bytes:
    body = b"".join(struct.pack(">BH", t, len(n)) + n + struct.pack(">H", len(v)) + v for t, n, v in attributes)
    return b"\x02\x00\x00\x00\x00\x00\x00\x01\x01" + body + b"\x03"


def test_a_request_is_the_bytes_of_the_standard() -> None:
    expected = (
        "0200 0009 00000001 01"
        "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
        "48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0002 656e"
        "45 0007 6a6f622d757269 0017 6970703a2f2f6c6f63616c686f73742f6a6f62732f3137"
        "42 0014 72657175657374696e672d757365722d6e616d65 0009 69746b2d6b696f736b"
        "44 0014 7265717565737465642d61747472696275746573 0009 6a6f622d7374617465 03"
    )
    assert ipp.request("17") == bytes.fromhex(expected)


@given(st.binary(max_size=80))
def test_no_answer_breaks_the_reader(content: bytes) -> None:
    ipp.state_in(content)
    ipp.state_in(answer()[:-1] + content)


@pytest.mark.parametrize("value", [3, 5, 7, 8, 9])
def test_the_state_is_found_in_an_answer(value: int) -> None:
    charset, state = (0x47, b"attributes-charset", b"utf-8"), (0x23, b"job-state", value.to_bytes(4, "big"))
    assert ipp.state_in(answer(charset, state)) is JobState(value)
    assert ipp.state_in(answer(charset)) is None
    assert ipp.state_in(answer((0x23, b"job-state", b"\0\0\0\x63"))) is None


def test_the_server_is_asked_over_its_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", str(tmp_path / "cups.sock"))
    assert ipp.job_state("A4-17", 1) is None
    good = answer((0x23, b"job-state", b"\0\0\0\x09"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200 if heard == ipp.request("17") else 400)
            self.send_header("Content-Length", str(len(good)))
            self.end_headers()
            self.wfile.write(good)

        def log_message(self, *_: object) -> None:
            pass

        def address_string(self) -> str:
            return "socket"

    with socketserver.UnixStreamServer(str(tmp_path / "cups.sock"), Handler) as served:
        threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
        assert ipp.job_state("A4-17", 5) is JobState.COMPLETED
        assert ipp.job_state("A4-18", 5) is None
        served.shutdown()
    assert ipp.job_state("nonsense", 1) is None


# the page


def operators(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [str(one.operator) for page in pdf.pages for one in pikepdf.parse_content_stream(page)]


def test_data_is_text_and_never_an_operator() -> None:
    evil = ") Tj ET Q /Q9 Do (\\) \x1b@\n\x00 %%EOF"
    shown = operators(render_a4(Document((Text(evil), Text(")" * 300))), 48))
    assert set(shown) == {"BT", "Tf", "Td", "Tj", "ET"}
    assert shown.count("BT") == 1 + 7


def test_a_long_paper_goes_on_to_the_next_page() -> None:
    lines = tuple(Text(f"line {number}") for number in range(100))
    content = render_a4(Document((*lines, Qr("ITK1" + "A" * 100))), 48)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 2
        assert [round(float(side)) for side in pdf.pages[0].mediabox] == [0, 0, 595, 842]


def test_the_codes_on_the_page_read(receipt: Any) -> None:
    with pikepdf.open(io.BytesIO(render_a4(receipt(), 48))) as pdf:
        pictures = [pikepdf.PdfImage(image).as_pil_image() for image in pdf.pages[0].get_images().values()]
    assert len(pictures) == 2
    token = receipt.__globals__["TOKEN"]
    assert [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture.convert("L"))] == [token] * 2


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm (poppler-utils) is not installed")
def test_poppler_draws_the_page_and_its_codes_read(receipt: Any, tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(render_a4(receipt(), 48))
    subprocess.run(["pdftoppm", "-r", "150", "-png", "paper.pdf", "page"], cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("page*.png"))) as page:
        assert len(zxingcpp.read_barcodes(page.convert("L"))) == 2


def test_equal_papers_are_equal_files(receipt: Any) -> None:
    assert render_a4(receipt(), 48) == render_a4(receipt(), 48)
