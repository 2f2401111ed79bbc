"""A network camera made of code: answers each request on 127.0.0.1 with a portrait of somebody who does not exist.

`control` takes `{"person": "B"}` (otherwise the next person comes when no picture was asked for a while, or after
`{"next": true}`), `{"blur": 6}`, `{"light": 0.3}`,
`{"file": path}` (that picture instead), `{"fault": "status" | "cut" | "garble" | "silence", "count": N}`, `{"plug":
false | true}`, `{"state": true}`.
"""

import http.server
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hardware.camera.portraits import portrait
from hardware.control_socket import ControlSocket
from hardware.options import Options

FAULTS = ("status", "cut", "garble", "silence")
SILENCE_S = 30.0
STAYS_S = 1.5
"""Somebody who is photographed again within this long is still the same person."""


def simulated_camera(options: Mapping[str, object], link: Path | None = None) -> "SimulatedCamera":
    """The registry's factory. Options: person, width, height. `link` becomes a file that holds the address."""
    given = Options(options)
    camera = SimulatedCamera(given.text("person"), given.integer("width", 1280), given.integer("height", 960), link)
    given.done()
    return camera


class SimulatedCamera:
    """The camera: what stands before it and what is wrong with it."""

    def __init__(self, person: str = "", width: int = 1280, height: int = 960, link: Path | None = None) -> None:
        self._person, self._width, self._height, self._link = person, width, height, link
        self._blur, self._light, self._file = 0.0, 1.0, ""
        self._taken = self._number = 0
        self._taken_at = 0.0
        self._drawn: tuple[tuple[str, float, float], bytes] = ("", 0.0, 0.0), b""
        self._faults: deque[str] = deque()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server: http.server.ThreadingHTTPServer | None = None
        self._port = 0
        self._socket: ControlSocket | None = None

    @property
    def path(self) -> str:
        """The address, or the file that holds it."""
        return str(self._link) if self._link else self._url

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}/portrait.jpg"

    def start(self, control_socket: Path | None = None) -> None:
        """Switch on."""
        self._plug()
        if self._link is not None:
            self._link.write_text(self._url + "\n", encoding="ascii")
        if control_socket is not None:
            self._socket = ControlSocket(control_socket, self.control)

    def stop(self) -> None:
        """Switch off."""
        self._ended.set()
        self._unplug()
        if self._socket is not None:
            self._socket.close()
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def control(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out instructions; answers `{"ok": true, ...}` or `{"ok": false, "error": ...}`."""
        try:
            for name, value in command.items():
                self._obey(name, value, command)
        except (ValueError, TypeError) as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True, "taken": self._taken, "path": self.path}

    def _obey(self, name: str, value: Any, command: dict[str, Any]) -> None:
        match name:
            case "person":
                self._person = str(value)
            case "next":
                self._taken_at = 0.0
            case "blur":
                self._blur = float(value)
            case "light":
                self._light = float(value)
            case "file":
                self._file = str(value)
            case "fault" if value in FAULTS:
                self._faults.extend([value] * int(command.get("count", 1)))
            case "plug":
                self._unplug()
                if value:
                    self._plug()
            case "count" | "state" | "control":
                pass
            case _:
                raise ValueError(f"unknown instruction {name}: {value}")

    def _plug(self) -> None:
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                camera._answer(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulator-camera", daemon=True).start()

    def _unplug(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _picture(self, person: str) -> bytes:
        """Drawn once: a camera is asked for many pictures of one who sits still."""
        wanted = person, self._blur, self._light
        known, picture = self._drawn
        if known != wanted:
            picture = portrait(person, self._width, self._height, self._blur, self._light)
            self._drawn = wanted, picture
        return picture

    def _answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        with self._lock:
            fault = self._faults.popleft() if self._faults else ""
            self._taken += 1
            now = time.monotonic()
            if now - self._taken_at > STAYS_S:
                self._number += 1
            self._taken_at = now
            person = self._person or f"person-{self._number}"
        if fault == "silence":
            self._ended.wait(SILENCE_S)
            return
        if fault == "status":
            handler.send_error(503)
            return
        picture = Path(self._file).read_bytes() if self._file else self._picture(person)
        if fault == "garble":
            picture = bytes(byte ^ 0x5A for byte in picture)
        handler.send_response(200)
        handler.send_header("Content-Type", "image/jpeg")
        handler.send_header("Content-Length", str(len(picture)))
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(picture[: len(picture) // 2] if fault == "cut" else picture)
