"""Documents: through SANE as a child process, or from the folder of a network scanner."""

import io
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import img2pdf
import pytest
from PIL import Image

from hardware.device import CancelToken, DeviceError, DeviceState, FaultCode, Progress
from hardware.document_scanner.page import Page, make_page
from hardware.document_scanner.quality import Defect, check_pages
from hardware.document_scanner.sheets import sheet

QUICK: dict[str, object] = {"settle_seconds": 0.05, "wait_seconds": 5}
SANE_SCANNER = shutil.which("scanimage")


def refusal(future: Any) -> FaultCode:
    with pytest.raises(DeviceError) as refused:
        future.result(20)
    return refused.value.code


class TestFolder:
    def test_a_newcomers_scanner_gives_documents_one_after_another(self, device: Callable[..., Any]) -> None:
        scanner = device("document_scanner", "simulated:pages=2,dpi=100", **QUICK)
        first, second = scanner.scan().result(10), scanner.scan().result(10)
        assert (len(first), len(second)) == (2, 2)
        assert len({page.data for page in (*first, *second)}) == 4
        assert (first[0].media_type, first[0].dpi, first[0].width) == ("image/png", 100, 827)
        assert check_pages(first + second) == []

    def test_the_files_are_gone_once_read(self, device: Callable[..., Any], tmp_path: Path) -> None:
        scanner = device("document_scanner", str(tmp_path), "folder", **QUICK)
        for name in ("b.png", "a.png"):
            (tmp_path / name).write_bytes(sheet(name))
        (tmp_path / "readme.txt").write_text("stays")
        (tmp_path / ".hidden.png").write_bytes(b"stays")
        pages = scanner.scan().result(10)
        assert [page.data for page in pages] == [sheet("a.png"), sheet("b.png")]
        assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden.png", "readme.txt"]

    def test_pages_that_still_arrive_are_waited_for(self, device: Callable[..., Any], tmp_path: Path) -> None:
        scanner = device("document_scanner", str(tmp_path), "folder", settle_seconds=0.5, wait_seconds=5)
        told: list[Progress] = []

        def next_page(progress: Progress) -> None:
            told.append(progress)
            if progress.done < 3:
                (tmp_path / f"{progress.done}.png").write_bytes(sheet(str(progress.done)))

        assert len(scanner.scan(next_page).result(10)) == 3
        assert [progress.done for progress in told] == [0, 1, 2, 3]

    def test_pdf_and_tiff_of_network_scanners(self, device: Callable[..., Any], tmp_path: Path) -> None:
        scanner = device("document_scanner", str(tmp_path), "folder", **QUICK)
        jpeg = io.BytesIO()
        Image.open(io.BytesIO(sheet("a"))).save(jpeg, "JPEG")
        (tmp_path / "scan.pdf").write_bytes(img2pdf.convert([jpeg.getvalue(), sheet("b")]))
        pages = scanner.scan().result(10)
        assert [(page.media_type, page.width) for page in pages] == [("image/jpeg", 1240), ("image/png", 1240)]
        assert pages[0].data == jpeg.getvalue()
        first, second = (Image.open(io.BytesIO(sheet(seed))) for seed in "ab")
        first.save(tmp_path / "scan.tif", save_all=True, append_images=[second], dpi=(150, 150))
        assert [page.dpi for page in scanner.scan().result(10)] == [150, 150]

    @pytest.mark.parametrize("name", ["page.png", "page.jpg", "page.tif", "page.pdf"])
    @pytest.mark.parametrize(
        "content", [b"rubbish", b"%PDF-1.4\nrubbish", b"\x89PNG\r\n\x1a\n" + bytes(46), b"II*\0" + bytes(9)]
    )
    def test_a_file_that_is_no_picture_stays_and_has_a_name(
        self, device: Callable[..., Any], tmp_path: Path, name: str, content: bytes
    ) -> None:
        scanner = device("document_scanner", str(tmp_path), "folder", **QUICK)
        (tmp_path / name).write_bytes(content)
        assert refusal(scanner.scan()) is FaultCode.PICTURE_INVALID
        assert (tmp_path / name).exists()
        assert scanner.status.state is DeviceState.READY

    def test_nothing_arrives(self, device: Callable[..., Any], tmp_path: Path) -> None:
        scanner = device("document_scanner", str(tmp_path), "folder", wait_seconds=0.1)
        assert refusal(scanner.scan()) is FaultCode.NO_DOCUMENT

    def test_waiting_can_be_called_off(self, device: Callable[..., Any], tmp_path: Path) -> None:
        scanner = device("document_scanner", str(tmp_path), "folder")
        cancel = CancelToken()
        future = scanner.scan(cancel=cancel)
        cancel.cancel()
        assert refusal(future) is FaultCode.CANCELLED

    def test_a_share_that_goes_away_and_comes_back(
        self, device: Callable[..., Any], eventually: Callable[..., Any], no_leaks: None
    ) -> None:
        scanner = device("document_scanner", **QUICK)
        scanner.wait_ready(5)
        scanner.companion.control({"plug": False})
        eventually(lambda: scanner.status.state is DeviceState.ABSENT)
        assert refusal(scanner.scan()) is FaultCode.PORT_ABSENT
        scanner.companion.control({"plug": True})
        assert len(scanner.scan().result(10)) == 1
        scanner.stop()


class TestQuality:
    @pytest.mark.parametrize("dpi", [100, 150, 300])
    def test_good_pages_pass(self, dpi: int) -> None:
        assert check_pages([make_page(sheet(seed, dpi=dpi)) for seed in "abcd"]) == []

    @pytest.mark.parametrize(
        ("kind", "blur", "defect"),
        [("blank", 0.0, Defect.BLANK), ("document", 3.0, Defect.BLURRED), ("cut", 0.0, Defect.CUT)],
    )
    def test_bad_pages_are_named(self, kind: str, blur: float, defect: Defect) -> None:
        findings = check_pages([make_page(sheet("a")), make_page(sheet("b", kind, blur=blur))])
        assert [(finding.page, finding.defect) for finding in findings] == [(1, defect)]

    def test_the_same_page_scanned_twice_is_noticed_though_no_byte_is_equal(self) -> None:
        page = Image.open(io.BytesIO(sheet("a")))
        shifted = Image.new("L", page.size, 240)
        shifted.paste(page.point(lambda value: min(255, value + 6)), (2, 1))
        out = io.BytesIO()
        shifted.save(out, "JPEG", quality=80)
        pages = [make_page(sheet("a")), make_page(sheet("b")), make_page(out.getvalue())]
        assert [(f.page, f.defect, f.other) for f in check_pages(pages)] == [(2, Defect.SAME_PAGE, 0)]

    def test_two_blank_pages_are_blank_not_twins(self) -> None:
        pages = [make_page(sheet(seed, "blank")) for seed in "ab"]
        assert [finding.defect for finding in check_pages(pages)] == [Defect.BLANK, Defect.BLANK]

    def test_a_page_keeps_its_bytes(self) -> None:
        assert make_page(sheet("a")) == Page(sheet("a"), "image/png", 1240, 1754, 150)


FAKE = """#!{python}
import os, sys, time
args = sys.argv[1:]
mode = open(os.path.join(os.path.dirname(__file__), "mode")).read().strip()
open(os.path.join(os.path.dirname(__file__), "log"), "a").write(repr(args) + chr(10))
if "-f" in args:
    if mode != "none":
        print("fake:0|Fake|Scanner 1")
    sys.exit(0)
if "-A" in args:
    print("All options specific to device `fake:0':")
    print("    --mode Color|Gray [Color]")
    print("    --resolution 75|150|300dpi [75]")
    print("    --source Flatbed|ADF Duplex [Flatbed]")
    sys.exit(0)
target = [a[8:] for a in args if a.startswith("--batch=")] or [args[args.index("-o") + 1]]
if mode == "hang":
    time.sleep(60)
for percent in (10, 60, 100):
    sys.stderr.write("Progress: %d.0%%\\r" % percent)
    sys.stderr.flush()
if mode.startswith("exit"):
    open(target[0].replace("%04d", "0001"), "wb").write(b"\\x89PNG" + bytes(50))
    sys.stderr.write("scanimage: sane_read: something\\n")
    sys.exit(int(mode[4:]))
open(target[0].replace("%04d", "0001"), "wb").write(open(os.path.join(os.path.dirname(__file__), "page.png"),
"rb").read())
"""


class TestScanimage:
    """Against a program that behaves like scanimage, so that every machine runs these."""

    @pytest.fixture
    def program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        fake = tmp_path / "scanimage"
        fake.write_text(FAKE.replace("{python}", sys.executable))
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        (tmp_path / "page.png").write_bytes(sheet("a"))
        (tmp_path / "mode").write_text("good")
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
        (tmp_path / "run").mkdir()
        return tmp_path

    def test_the_first_scanner_is_found_and_used(self, device: Callable[..., Any], program: Path) -> None:
        scanner = device("document_scanner", "auto", "scanimage", resolution=150)
        assert scanner.wait_ready(10).model == "Fake Scanner 1"
        assert scanner.has_feeder
        told: list[Progress] = []
        pages = scanner.scan(told.append).result(10)
        assert pages == [Page(sheet("a"), "image/png", 1240, 1754, 150)]
        assert told[-1] == Progress("scanning", 100, 100)
        assert "Flatbed" in (program / "log").read_text()
        assert scanner.scan(source="feeder").result(10) == pages
        assert "ADF Duplex" in (program / "log").read_text()

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            (1, FaultCode.DEVICE_FAILED),
            (2, FaultCode.CANCELLED),
            (3, FaultCode.DEVICE_BUSY),
            (4, FaultCode.UNSUPPORTED),
            (5, FaultCode.PICTURE_INVALID),
            (6, FaultCode.PAPER_JAM),
            (7, FaultCode.NO_DOCUMENT),
            (8, FaultCode.COVER_OPEN),
            (9, FaultCode.DEVICE_FAILED),
            (10, FaultCode.NO_MEMORY),
            (11, FaultCode.PORT_DENIED),
            (139, FaultCode.DEVICE_FAILED),
        ],
    )
    def test_each_status_has_its_code_and_leaves_no_file(
        self, device: Callable[..., Any], program: Path, number: int, code: FaultCode
    ) -> None:
        (program / "mode").write_text(f"exit{number}")
        scanner = device("document_scanner", "fake:0", "scanimage")
        assert refusal(scanner.scan()) is code
        assert list((program / "run").iterdir()) == []
        (program / "mode").write_text("good")
        assert len(scanner.scan().result(10)) == 1

    def test_a_broken_page_with_a_good_exit_code_is_refused(self, device: Callable[..., Any], program: Path) -> None:
        (program / "page.png").write_bytes(sheet("a")[:5000])
        assert refusal(device("document_scanner", "fake:0", "scanimage").scan()) is FaultCode.PICTURE_INVALID

    def test_a_scan_that_hangs_can_be_called_off(self, device: Callable[..., Any], program: Path) -> None:
        (program / "mode").write_text("hang")
        scanner = device("document_scanner", "fake:0", "scanimage")
        scanner.wait_ready(10)
        cancel = CancelToken()
        future = scanner.scan(cancel=cancel)
        time.sleep(0.2)
        cancel.cancel()
        begun = time.monotonic()
        assert refusal(future) is FaultCode.CANCELLED
        assert time.monotonic() - begun < 2
        assert list((program / "run").iterdir()) == []

    def test_a_scanner_that_says_nothing_for_too_long(
        self, device: Callable[..., Any], program: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("hardware.document_scanner.scanimage.run.__defaults__", (None, 0.3))
        (program / "mode").write_text("hang")
        assert refusal(device("document_scanner", "fake:0", "scanimage").scan()) is FaultCode.NO_ANSWER

    def test_no_scanner_and_no_program(
        self, device: Callable[..., Any], program: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (program / "mode").write_text("none")
        assert device("document_scanner", "auto", "scanimage").wait_ready(10).code is FaultCode.PORT_ABSENT
        monkeypatch.setenv("PATH", str(program / "run"))
        assert device("document_scanner", "auto", "scanimage").wait_ready(10).code is FaultCode.NOT_INSTALLED


@pytest.mark.skipif(SANE_SCANNER is None, reason="scanimage (sane-utils) is not installed")
class TestRealSane:
    """SANE's own test backend is the judge."""

    def test_glass_and_feeder(self, device: Callable[..., Any]) -> None:
        scanner = device("document_scanner", "test", "scanimage", resolution=100, extra="--test-picture Grid")
        assert scanner.wait_ready(20).state is DeviceState.READY
        page = scanner.scan().result(20)[0]
        assert (page.width, page.height, page.dpi) == (314, 393, 100)
        assert len(scanner.scan(source="feeder").result(60)) == 10

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("JAMMED", FaultCode.PAPER_JAM),
            ("NO_DOCS", FaultCode.NO_DOCUMENT),
            ("COVER_OPEN", FaultCode.COVER_OPEN),
            ("DEVICE_BUSY", FaultCode.DEVICE_BUSY),
            ("IO_ERROR", FaultCode.DEVICE_FAILED),
            ("NO_MEM", FaultCode.NO_MEMORY),
            ("ACCESS_DENIED", FaultCode.PORT_DENIED),
        ],
    )
    @pytest.mark.parametrize("source", ["glass", "feeder"])
    def test_injected_faults(self, device: Callable[..., Any], status: str, code: FaultCode, source: str) -> None:
        scanner = device(
            "document_scanner", "test", "scanimage", resolution=50, extra=f"--read-return-value SANE_STATUS_{status}"
        )
        assert refusal(scanner.scan(source=source)) is code

    @pytest.mark.parametrize(
        ("switch", "code"),
        [
            ("", None),
            ("--status-jammed", FaultCode.PAPER_JAM),
            ("--status-nodocs", FaultCode.NO_DOCUMENT),
            ("--status-coveropen", FaultCode.COVER_OPEN),
            ("--status-ioerror", FaultCode.DEVICE_FAILED),
            ("--status-nomem", FaultCode.NO_MEMORY),
            ("--status-accessdenied", FaultCode.PORT_DENIED),
            ("--status-eof", FaultCode.DEVICE_FAILED),
        ],
    )
    def test_the_pnm_backend_which_knows_neither_mode_nor_feeder(
        self,
        device: Callable[..., Any],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        switch: str,
        code: FaultCode | None,
    ) -> None:
        (tmp_path / "dll.conf").write_text("pnm\n")
        monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))
        Image.open(io.BytesIO(sheet("a", dpi=75))).convert("RGB").save(tmp_path / "page.ppm")
        scanner = device(
            "document_scanner", "pnm:0", "scanimage", resolution=75, extra=f"--filename={tmp_path}/page.ppm {switch}"
        )
        scanned = scanner.scan()
        if code is not None:
            assert refusal(scanned) is code
            return
        (page,) = scanned.result(20)
        assert (page.width, page.height, page.dpi) == (620, 877, 75)
        assert check_pages([page]) == []

    def test_an_unknown_device_is_absent(self, device: Callable[..., Any]) -> None:
        assert device("document_scanner", "nope:1", "scanimage").wait_ready(20).code is FaultCode.PORT_ABSENT
