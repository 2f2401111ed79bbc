"""A network scanner made of code: it puts pages into its folder.

Obliging: whenever the folder is empty it lays the next document there. `control` takes `{"pages": 3}` (how many pages
a document has), `{"kind": "document" | "blank" | "cut"}`, `{"blur": 4}`, `{"same": true}` (each page twice),
`{"drop": true}` (put one document there now), `{"obliging": false}`, `{"garbage": true}` (put a file there that is no
picture), `{"plug": false | true}`, `{"state": true}`.
"""

import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardware.control_socket import ControlSocket
from hardware.document_scanner.sheets import sheet
from hardware.options import Options

LOOK_S = 0.2


def simulated_document_scanner(options: Mapping[str, object], link: Path | None = None) -> "SimulatedDocumentScanner":
    """The registry's factory. Options: pages, dpi, obliging. `link` is the folder, made if it is not there."""
    given = Options(options)
    scanner = SimulatedDocumentScanner(
        given.integer("pages", 1), given.integer("dpi", 150), given.flag("obliging", True), link
    )
    given.done()
    return scanner


class SimulatedDocumentScanner:
    """The scanner: what lies in it, and its folder."""

    def __init__(self, pages: int = 1, dpi: int = 150, obliging: bool = True, link: Path | None = None) -> None:
        self._pages, self._dpi, self._obliging = pages, dpi, obliging
        self._own = None if link else tempfile.TemporaryDirectory(prefix="kiosk-sim-")
        self._folder = link or Path(self._own.name if self._own else ".") / "drop"
        self._kind, self._blur, self._same = "document", 0.0, False
        self._documents = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._socket: ControlSocket | None = None
        self._thread = threading.Thread(target=self._live, name="simulator-document-scanner", daemon=True)

    @property
    def path(self) -> str:
        """The folder."""
        return str(self._folder)

    def start(self, control_socket: Path | None = None) -> None:
        """Switch on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if control_socket is not None:
            self._socket = ControlSocket(control_socket, self.control)
        self._thread.start()

    def stop(self) -> None:
        """Switch off; a folder of its own goes with it."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join(2.0)
        if self._socket is not None:
            self._socket.close()
        if self._own is not None:
            self._own.cleanup()

    def control(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out instructions; answers `{"ok": true, ...}` or `{"ok": false, "error": ...}`."""
        try:
            with self._lock:
                for name, value in command.items():
                    self._obey(name, value)
        except (ValueError, TypeError, OSError) as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True, "documents": self._documents, "path": self.path}

    def _obey(self, name: str, value: Any) -> None:
        match name:
            case "pages":
                self._pages = int(value)
            case "kind":
                self._kind = str(value)
            case "blur":
                self._blur = float(value)
            case "same":
                self._same = bool(value)
            case "obliging":
                self._obliging = bool(value)
            case "drop":
                self._drop()
            case "garbage":
                (self._folder / "page-x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(46))
            case "plug" if value:
                self._folder.mkdir(parents=True, exist_ok=True)
            case "plug":
                shutil.rmtree(self._folder, ignore_errors=True)
            case "state" | "control":
                pass
            case _:
                raise ValueError(f"unknown instruction {name}")

    def _live(self) -> None:
        while not self._ended.wait(LOOK_S):
            with self._lock:
                if self._obliging and self._folder.is_dir() and not any(self._folder.iterdir()):
                    self._drop()

    def _drop(self) -> None:
        self._documents += 1
        for number in range(1, self._pages + 1):
            seed = f"{self._documents}/{(number + 1) // 2 if self._same else number}"
            part = self._folder / f".page-{self._documents:04d}-{number:03d}.part"
            part.write_bytes(sheet(seed, self._kind, self._dpi, self._blur))
            part.rename(self._folder / f"page-{self._documents:04d}-{number:03d}.png")
