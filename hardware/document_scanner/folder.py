"""A network scanner that puts its pages into a folder: what arrives there is the document."""

import io
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

import pikepdf
from PIL import Image, ImageSequence, UnidentifiedImageError

from hardware.acts import Phase
from hardware.device import ActContext, CancelToken, Device, DeviceError, FaultCode, PortLost, Progress
from hardware.document_scanner.page import Page, make_page
from hardware.options import Options
from hardware.quiet_link import QuietLink

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pdf")
LOOK_S = 0.2
MAX_BYTES = 200_000_000


def folder_scanner(port: str, options: Mapping[str, object]) -> "FolderScanner":
    """The registry's factory. `port` is the folder. Options: wait_seconds (how long to wait for a first page),
    settle_seconds (how long after the last page the document counts as complete)."""
    given = Options(options)
    scanner = FolderScanner(Path(port), given.number("wait_seconds", 60.0), given.number("settle_seconds", 1.0))
    given.done()
    return scanner


class FolderScanner(Device[QuietLink]):
    """A drop folder. Progress phases: waiting_for_pages, page_arrived (how many)."""

    has_feeder = True

    def __init__(self, folder: Path, wait_s: float, settle_s: float) -> None:
        super().__init__("document_scanner")
        self._folder, self._wait_s, self._settle_s = folder, wait_s, settle_s

    def scan(
        self,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
        *,
        source: str = "feeder",
    ) -> "Future[list[Page]]":
        """The pages in the folder, in the order of their names; waits for the first. Files are deleted once read
        whole and found good, because they show personal papers. DeviceError: NO_DOCUMENT, PICTURE_INVALID,
        PORT_DENIED, CANCELLED."""
        return self.submit(lambda _, context: self._scan(context), progress, cancel)

    def open_link(self) -> QuietLink:
        if not self._folder.is_dir():
            raise PortLost(FaultCode.PORT_ABSENT, str(self._folder))
        return QuietLink()

    def identify(self, link: QuietLink) -> str:
        self._files()
        return "folder"

    def idle(self, link: QuietLink, deadline: float) -> None:
        link.rest(deadline)
        if not self._folder.is_dir():
            raise PortLost(FaultCode.PORT_ABSENT, str(self._folder))

    def _scan(self, context: ActContext) -> list[Page]:
        files = self._settled(context)
        pages = [page for path in files for page in _pages_of(path)]
        if not pages:
            raise DeviceError(FaultCode.NO_DOCUMENT)
        try:
            for path in files:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise DeviceError(FaultCode.PORT_DENIED, type(error).__name__) from error
        return pages

    def _settled(self, context: ActContext) -> list[Path]:
        """The files, once nothing was added and nothing grew for a while."""
        context.progress(Phase.WAITING_FOR_PAGES)
        deadline = time.monotonic() + self._wait_s
        seen: dict[Path, int] = {}
        changed_at = time.monotonic()
        while True:
            now_there = self._files()
            now = time.monotonic()
            if now_there != seen:
                if len(now_there) != len(seen):
                    context.progress(Phase.PAGE_ARRIVED, len(now_there))
                seen, changed_at = now_there, now
            elif seen and all(seen.values()) and now - changed_at >= self._settle_s:
                return sorted(seen)
            if not seen and now >= deadline:
                raise DeviceError(FaultCode.NO_DOCUMENT, "nothing arrived")
            context.cancel.sleep(LOOK_S)

    def _files(self) -> dict[Path, int]:
        try:
            return {
                path: path.stat().st_size
                for path in self._folder.iterdir()
                if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
            }
        except FileNotFoundError as error:
            if self._folder.is_dir():
                return {}
            raise PortLost(FaultCode.PORT_ABSENT, str(self._folder)) from error
        except PermissionError as error:
            raise PortLost(FaultCode.PORT_DENIED, str(self._folder)) from error


def _pages_of(path: Path) -> list[Page]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DeviceError(FaultCode.PICTURE_INVALID, "too large")
        data = path.read_bytes()
    except OSError as error:
        raise DeviceError(FaultCode.PICTURE_INVALID, type(error).__name__) from error
    if data.startswith(b"%PDF-"):
        return _pages_of_pdf(data)
    if path.suffix.lower() in (".tif", ".tiff"):
        return _pages_of_tiff(data)
    return [make_page(data)]


def _pages_of_pdf(data: bytes) -> list[Page]:
    """The largest picture of each page: a scanner's PDF is one picture a page. Raises DeviceError(PICTURE_INVALID)."""
    pages = []
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            for sheet in document.pages:
                pictures = [
                    pikepdf.PdfImage(found)
                    for found in sheet.get_images(recursive=True).values()
                    if isinstance(found, pikepdf.Stream)
                ]
                if not pictures:
                    raise DeviceError(FaultCode.PICTURE_INVALID, "a page without a picture")
                largest = max(pictures, key=lambda picture: picture.width * picture.height)
                out = io.BytesIO()
                largest.extract_to(stream=out)
                points = float(sheet.mediabox[2]) - float(sheet.mediabox[0])
                pages.append(make_page(out.getvalue(), round(largest.width * 72 / points) if points > 0 else 0))
    except (pikepdf.PdfError, NotImplementedError, ValueError, OSError, AttributeError, TypeError) as error:
        raise DeviceError(FaultCode.PICTURE_INVALID, type(error).__name__) from error
    return pages


def _pages_of_tiff(data: bytes) -> list[Page]:
    pages = []
    try:
        with Image.open(io.BytesIO(data)) as image:
            for frame in ImageSequence.Iterator(image):
                out = io.BytesIO()
                frame.convert("RGB" if frame.mode not in ("1", "L", "RGB") else frame.mode).save(
                    out, "PNG", dpi=frame.info.get("dpi", (0, 0))
                )
                pages.append(make_page(out.getvalue()))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DeviceError(FaultCode.PICTURE_INVALID, type(error).__name__) from error
    return pages
