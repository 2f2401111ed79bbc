"""A receipt printer made of code: takes the stream apart, draws it on paper, answers status requests, runs out of
paper on order.
"""

import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from qrcode import QRCode

from hardware.options import Options
from hardware.printer.simulated_paper import LINE_HEIGHT, Paper
from hardware.printer.simulated_stream import Command, StreamReader
from hardware.pty_host import PtyHost

CODE_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 19: "cp858", 53: "cp858", 71: "cp1252"}
TEAR_AFTER_S = 0.5
"""A printer without a knife: the piece ends when nothing more came for so long."""


class SimulatedPrinter(PtyHost):
    """A receipt printer on a pty. `control` besides the line's faults:

    `{"paper": "ok"|"near_end"|"out"}`, `{"cover": "open"|"closed"}`, `{"offline": bool}`, `{"cutter":
    "jammed"|"ok"}`, `{"silent": bool}` answers nothing, `{"busy": SECONDS}` prints nothing meanwhile,
    `{"after_bytes": N, "then": {...}}` carries out another instruction when so many more bytes have come; and to
    ask: `{"printed": true}` (names of pieces, counts).
    """

    def __init__(self, *, width: int, tray: Path | None, answers: bool, baud: int, link: Path | None) -> None:
        super().__init__(baud=baud, link=link)
        self._paper = Paper(width, tray)
        self._answers = answers
        self._state: dict[str, Any] = {"paper": "ok", "cover": "closed", "offline": False, "cutter": "ok"}
        self._silent = not answers
        self._busy_until = 0.0
        self._after: list[tuple[int, dict[str, Any]]] = []
        self._received = 0
        self._unknown = 0
        self._waiting: deque[Command] = deque()
        self._stream = StreamReader()
        self._last_byte = 0.0
        self._page = 0
        self._initialise()

    def received(self, data: bytes) -> None:
        self._last_byte = time.monotonic()
        while data:
            at = min((count - self._received for count, _ in self._after), default=len(data))
            part, data = data[: max(0, at)], data[max(0, at) :]
            self._received += len(part)
            self._take_in(part)
            for order in [order for order in self._after if order[0] <= self._received]:
                self._after.remove(order)
                self.control(order[1])

    def tick(self) -> None:
        self._print_waiting()
        idle = time.monotonic() - self._last_byte > TEAR_AFTER_S
        if idle and not self._paper.is_blank and not self._waiting and not self._stream.pending:
            self._paper.tear()

    def plugged(self) -> None:
        self._waiting.clear()
        self._stream.reset()
        self._initialise()

    def command(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"paper": "ok" | "near_end" | "out" as paper}:
                self._state["paper"] = paper
            case {"cover": "open" | "closed" as cover}:
                self._state["cover"] = cover
            case {"offline": bool(offline)}:
                self._state["offline"] = offline
            case {"cutter": "ok" | "jammed" as cutter}:
                self._state["cutter"] = cutter
            case {"silent": bool(silent)}:
                self._silent = silent
            case {"busy": int() | float() as seconds}:
                self._busy_until = time.monotonic() + seconds
            case {"after_bytes": int(count), "then": dict(then)}:
                self._after.append((self._received + count, then))
            case {"printed": True}:
                return {"pieces": list(self._paper.torn), "unknown": self._unknown, "bytes": self._received,
                        "held": len(self._waiting), "begun": not self._paper.is_blank}  # fmt: skip
            case _:
                raise ValueError(f"unknown command: {sorted(command)}")
        self._print_waiting()
        return {}

    def _take_in(self, data: bytes) -> None:
        for command in self._stream.feed(data):
            if command.name == b"\x10\x04":
                self._answer(bytes((self._real_time(command.data[0]),)))
            elif command.name == b"\x10\x14":
                if command.data[0] == 8:
                    self._waiting.clear()
                    self._answer(b"\x37\x25\x00")
            else:
                self._waiting.append(command)
        self._print_waiting()

    @property
    def _stopped(self) -> bool:
        state = self._state
        return (
            state["paper"] == "out"
            or state["cover"] == "open"
            or state["offline"]
            or (state["cutter"] == "jammed" and self._jam_noticed)
        )

    def _print_waiting(self) -> None:
        while self._waiting and not self._stopped and time.monotonic() >= self._busy_until:
            self._print(self._waiting.popleft())

    def _print(self, command: Command) -> None:
        match command.name:
            case b"text":
                self._line += command.data.decode(CODE_PAGES.get(self._page, "cp437"), "replace")
            case b"line":
                self._end_line()
            case b"\x1b@":
                self._initialise()
            case b"\x1ba":
                self._align = command.data[0] % 48 % 3
            case b"\x1bE":
                self._bold = bool(command.data[0] & 1)
            case b"\x1bt":
                self._page = command.data[0]
            case b"\x1b!":
                self._size = (2 if command.data[0] & 0x20 else 1, 2 if command.data[0] & 0x10 else 1)
            case b"\x1d!":
                self._size = ((command.data[0] >> 4 & 7) + 1, (command.data[0] & 7) + 1)
            case b"\x1bd":
                self._flush_line()
                self._paper.feed(command.data[0] * LINE_HEIGHT)
            case b"\x1bJ":
                self._flush_line()
                self._paper.feed(command.data[0])
            case b"\x1dV":
                self._cut()
            case b"\x1dv":
                self._raster(command.data)
            case b"\x1d(":
                self._symbol(command.data)
            case b"\x1dr":
                self._answer(bytes((self._sensor(),)))
            case b"\x1dI":
                self._answer({65: b"_1.04\0", 67: b"_ITK-SIM 80\0"}.get(command.data[0], b"\x20"))
            case b"unknown":
                self._unknown += 1

    def _initialise(self) -> None:
        self._line = ""
        self._align = 0
        self._bold = False
        self._size = (1, 1)
        self._page = 0
        self._qr_dots = 3
        self._qr_level = 1
        self._qr_data = b""
        self._jam_noticed = False

    def _end_line(self) -> None:
        self._paper.line(self._line, self._align, self._bold, *self._size)
        self._line = ""

    def _flush_line(self) -> None:
        if self._line:
            self._end_line()

    def _cut(self) -> None:
        self._flush_line()
        if self._state["cutter"] == "jammed":
            self._jam_noticed = True
            return
        self._paper.tear()

    def _raster(self, data: bytes) -> None:
        self._flush_line()
        width, height = (data[2] | data[3] << 8) * 8, data[4] | data[5] << 8
        dots = Image.frombytes("1", (width, height), bytes(byte ^ 0xFF for byte in data[6:]))
        mode = data[1] % 48
        if mode & 3:
            dots = dots.resize((width * (2 if mode & 1 else 1), height * (2 if mode & 2 else 1)))
        self._paper.picture(dots, self._align)

    def _symbol(self, data: bytes) -> None:
        """GS ( k: only QR codes (cn 49)."""
        if data[0] != ord("k") or data[3] != 49:
            self._unknown += 1
            return
        function, value = data[4], data[5:]
        if function == 67:
            self._qr_dots = value[0]
        elif function == 69:
            self._qr_level = (1, 0, 3, 2)[value[0] - 48]
        elif function == 80:
            self._qr_data = value[1:]
        elif function == 81:
            code = QRCode(error_correction=self._qr_level, border=0)
            code.add_data(self._qr_data)
            code.make()
            rows = code.get_matrix()
            picture = Image.new("1", (len(rows), len(rows)), 1)
            picture.putdata([0 if dark else 1 for row in rows for dark in row])
            side = len(rows) * self._qr_dots
            if side <= self._paper.width:
                self._paper.picture(picture.resize((side, side)), self._align)

    def _real_time(self, n: int) -> int:
        state = self._state
        out = state["paper"] == "out"
        jammed = state["cutter"] == "jammed" and self._jam_noticed
        if n == 1:
            return 0x12 | (0x08 if self._stopped else 0)
        if n == 2:
            return 0x12 | (0x04 if state["cover"] == "open" else 0) | (0x20 if out else 0) | (0x40 if jammed else 0)
        if n == 3:
            return 0x12 | (0x08 if jammed else 0)
        return {"ok": 0x12, "near_end": 0x1E, "out": 0x7E}[state["paper"]]

    def _sensor(self) -> int:
        return {"ok": 0x00, "near_end": 0x03, "out": 0x0F}[self._state["paper"]]

    def _answer(self, data: bytes) -> None:
        if not self._silent:
            self.send(data)


def simulated_printer(options: Mapping[str, object], link: Path | None) -> SimulatedPrinter:
    """Options: `tray` (folder for the pieces), `width` in dots (576; 384 is 58 mm paper), `answers` status
    requests, `baud`.
    """
    values = Options(options)
    tray = values.text("tray")
    width = values.integer("width", 576)
    answers = values.flag("answers", True)
    baud = values.integer("baud", 0)
    values.done()
    return SimulatedPrinter(width=width, tray=Path(tray) if tray else None, answers=answers, baud=baud, link=link)
