"""A code reader made of code: answers triggers and settings, reads what it is given or what lies in its tray.

`control` takes, beside the line's instructions of `PtyHost`: `{"scan": "text"}` (it reads that now, unasked; lines
make a zone), `{"look_at": "file.png"}` (it reads the code in the picture), `{"next": "text"}` (the answer to the next
trigger), `{"documents": ["zone", ...]}` (a queue: one for each trigger while zones are on), `{"deaf": true}` (no
answer to anything), `{"state": true}`.

With `tray`, a trigger that was given nothing reads the newest PNG in that folder that holds a code. Asked for a zone
with no document queued, it is handed a specimen passport.
"""

import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from hardware.options import Options
from hardware.pty_host import PtyHost
from hardware.scanner.specimen import specimens

LIT_S = 20.0
"""How long a trigger keeps the light on."""
LOOK_S = 0.2
GAP_S = 0.2
"""A command that stops halfway is forgotten after this long."""
SUFFIXES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "etx": b"\x03", "none": b""}
AIM = {"QRCode": "]Q1", "Code128": "]C0", "DataMatrix": "]d1", "PDF417": "]L0", "Aztec": "]z0"}


def simulated_scanner(options: Mapping[str, object], link: Path | None = None) -> "SimulatedScanner":
    """The registry's factory. Options: dialect, suffix, stx, aim, tray, specimens, baud, throttle."""
    given = Options(options)
    baud = given.integer("baud", 115200)
    tray = given.text("tray")
    scanner = SimulatedScanner(
        dialect=given.choice("dialect", ("honeywell", "newland", "elyctis")),
        suffix=SUFFIXES[given.choice("suffix", tuple(SUFFIXES))],
        stx=given.flag("stx"),
        aim=given.flag("aim"),
        tray=Path(tray) if tray else None,
        with_specimens=given.flag("specimens", True),
        baud=baud if given.flag("throttle") else 0,
        link=link,
    )
    given.done()
    return scanner


class SimulatedScanner(PtyHost):
    """The reader: its settings, its light, what lies before it."""

    def __init__(
        self,
        *,
        dialect: str = "honeywell",
        suffix: bytes = b"\r",
        stx: bool = False,
        aim: bool = False,
        tray: Path | None = None,
        with_specimens: bool = True,
        baud: int = 0,
        link: Path | None = None,
    ) -> None:
        super().__init__(baud=baud, link=link)
        self._dialect, self._suffix, self._stx, self._aim = dialect, suffix, stx, aim
        self._tray = tray
        self._specimens = specimens() if with_specimens else iter(())
        self._documents: deque[str] = deque()
        self._next: deque[str] = deque()
        self._lit_until = self._looked_at = self._heard_at = 0.0
        self._zones = dialect != "honeywell"
        self._continuous = False
        self._deaf = False
        self._input = b""

    # what the host says

    def received(self, data: bytes) -> None:
        if self._deaf:
            return
        now = time.monotonic()
        if now - self._heard_at > GAP_S:
            self._input = b""
        self._heard_at = now
        self._input = (self._input + data)[-1024:]
        parse = {"honeywell": self._honeywell, "newland": self._newland, "elyctis": self._elyctis}[self._dialect]
        while self._input and parse():
            pass

    def _honeywell(self) -> bool:
        if self._input[0] != 0x16:
            self._input = self._input[1:]
            return True
        word = self._input[1:3]
        if word in (b"T\r", b"U\r"):
            self._input = self._input[3:]
            self._light(word == b"T\r")
            return True
        end = min((at for at in (self._input.find(b"!"), self._input.find(b".")) if at >= 0), default=-1)
        if word != b"M\r" or end < 0:
            return False
        setting, mark, self._input = self._input[3:end], self._input[end : end + 1], self._input[end + 1 :]
        known = setting[:3] in (b"OCR", b"REV", b"TRG", b"SUF", b"PRE")
        if setting.startswith(b"OCRENA"):
            self._zones = setting.endswith(b"1")
        self.send(b"\x16M\r" + setting + (b"\x06" if known else b"\x05") + mark)
        return True

    def _newland(self) -> bool:
        start = self._input.find(b"\x7e\x01")
        end = self._input.find(b";\x03", max(start, 0))
        if start < 0 or end < 0:
            return False
        body, self._input = self._input[start + 2 : end], self._input[end + 2 :]
        setting = body[5:]
        self.send(b"\x02\x01" + body + (b"\x06" if setting.startswith(b"SCN") else b"\x15") + b";\x03")
        if setting.startswith(b"SCNTRG"):
            self._light(setting.endswith(b"1"))
        return True

    def _elyctis(self) -> bool:
        if len(self._input) < 3 or len(self._input) < 3 + int.from_bytes(self._input[1:3], "big"):
            return False
        size = int.from_bytes(self._input[1:3], "big")
        command, body, self._input = self._input[:1], self._input[3 : 3 + size], self._input[3 + size :]
        if command == b"I":
            self._light(True)
        elif command == b"C":
            self._continuous = body == b"\x01"
            self.send(b"C\x00\x01" + body)
        elif command in b"VWRT":
            self.send(command + b"\x00\x08ID-SIM-1")
        return True

    # what it reads

    def _light(self, on: bool) -> None:
        self._lit_until = time.monotonic() + LIT_S if on else 0.0
        self._looked_at = 0.0

    def tick(self) -> None:
        now = time.monotonic()
        if now >= self._lit_until or now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        text = self._what_lies_there()
        if text is not None:
            self._lit_until = 0.0
            self._read(text)

    def _what_lies_there(self) -> str | None:
        if self._next:
            return self._next.popleft()
        if self._zones and self._documents:
            return self._documents.popleft()
        if self._zones and (self._dialect != "newland" or self._tray is None):
            specimen = next(self._specimens, None)
            if specimen is not None:
                return specimen
        return self._newest_in_tray()

    def _newest_in_tray(self) -> str | None:
        if self._tray is None or not self._tray.is_dir():
            return None
        pictures = sorted(self._tray.rglob("*.png"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return next((text for picture in pictures if (text := _decode(picture)) is not None), None)

    def _read(self, text: str, symbology: str = "QRCode") -> None:
        lines = text.split("\n")
        is_zone = len(lines) > 1
        if self._dialect == "elyctis":
            body = b"".join(line.encode() + b"\r" for line in lines)
            self.send(b"I" + len(body).to_bytes(2, "big") + body)
        elif is_zone:
            body = b"\r".join(line.encode() for line in lines)
            self.send(b"\x02" + body + b"\x03" if self._stx else body + self._suffix)
        else:
            identifier = AIM.get(symbology, "") if self._aim else ""
            prefix, suffix = (b"\x02", self._suffix or b"\x03") if self._stx else (b"", self._suffix)
            self.send(prefix + (identifier + text).encode() + suffix)

    # instructions to the simulator

    def command(self, command: dict[str, Any]) -> dict[str, Any]:
        for name, value in command.items():
            match name:
                case "scan":
                    self._read(str(value))
                case "look_at":
                    text = _decode(Path(str(value)))
                    if text is None:
                        raise ValueError("no code in that picture")
                    self._read(text)
                case "next":
                    self._next.append(str(value))
                case "documents":
                    self._documents.extend(str(item) for item in value)
                case "deaf":
                    self._deaf = bool(value)
                case "state":
                    pass
                case _:
                    raise ValueError(f"unknown instruction {name}")
        return {"documents": len(self._documents), "zones": self._zones, "lit": time.monotonic() < self._lit_until}


def _decode(picture: Path) -> str | None:
    try:
        with Image.open(picture) as image:
            found = zxingcpp.read_barcodes(image.convert("L"))
    except (OSError, ValueError):
        return None
    return next((code.text for code in found if code.valid and code.text), None)
