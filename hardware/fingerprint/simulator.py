"""A fingerprint module made of code. It reads packets with its own decoder, so a mistake of the driver's codec shows.

`control` takes, beside the line's instructions of `PtyHost`: `{"finger": 3}`, `{"person": "B"}`, `{"quality": 20}`,
`{"present": true}`, `{"obliging": false}`, `{"clumsy": [2]}` (wrong fingers for the next touches), `{"poor": [10]}`
(qualities of the next touches), `{"mute": [3]}` (instructions left unanswered), `{"answer": [1, 3]}` (instruction 1
answers code 3 once), `{"state": true}` (tells what it holds).
"""

import hashlib
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hardware.fingerprint.applicant import POOR, Applicant, Touch, likeness, make_template, read_template
from hardware.fingerprint.ridges import ridge_image
from hardware.fingerprint.simulated_automatic import Answers, enrolment, identification
from hardware.fingerprint.simulated_library import LIBRARY, Library
from hardware.fingerprint.simulated_models import MODELS, Model
from hardware.options import Options
from hardware.pty_host import PtyHost

IMAGE_BUFFER = 0
GAP_S = 0.1
"""A packet that stops halfway is forgotten after this long."""


def simulated_reader(options: Mapping[str, object], link: Path | None = None) -> "SimulatedReader":
    """The registry's factory. Options: model, baud, throttle, strict_baud, password, obliging, reaction, boot,
    person."""
    given = Options(options)
    model = MODELS[given.choice("model", tuple(MODELS))]
    reader = SimulatedReader(
        model,
        baud=given.integer("baud", 57600),
        throttle=given.flag("throttle"),
        strict=given.flag("strict_baud"),
        password=given.integer("password", 0),
        boot_s=given.number("boot", 0.0),
        link=link,
    )
    reader.applicant.obliging = given.flag("obliging", True)
    reader.applicant.reaction_s = given.number("reaction", 0.3)
    reader.applicant.person = given.text("person", "applicant")
    given.done()
    return reader


class SimulatedReader(PtyHost):
    """The module: its line, buffers, library and settings."""

    def __init__(
        self,
        model: Model,
        *,
        baud: int = 57600,
        throttle: bool = False,
        strict: bool = False,
        password: int = 0,
        boot_s: float = 0.0,
        link: Path | None = None,
    ) -> None:
        super().__init__(baud=baud if throttle else 0, strict_baud=baud if strict else 0, link=link)
        self.model = model
        self.applicant = Applicant()
        self.shelf = Library(model.capacity)
        self.library = self.shelf.pages
        self.speed, self.security, self.size_code = baud // 9600, 3, 2
        self.password = password
        self.address = 0xFFFFFFFF
        self._boot_s = boot_s
        self._boot_until = self._heard_at = 0.0
        self._drawn: dict[bytes, Touch] = {}
        self._notepad = [bytes(32)] * 16
        self._mute: set[int] = set()
        self._answers: dict[int, list[int]] = {}
        self._input = b""
        self._forget()
        self._table: dict[int, Callable[[bytes], None]] = {
            0x01: self._gen_img, 0x28: self._get_image_ex, 0x52: self._gen_img, 0x02: self._img_2_tz,
            0x03: self._match, 0x05: self._reg_model, 0x08: self._up_char, 0x09: self._down_char,
            0x0A: self._up_image, 0x0B: self._down_image, 0x0E: self._set_para, 0x0F: self._read_para,
            0x12: self._set_password, 0x13: self._verify, 0x14: self._random, 0x15: self._set_address,
            0x16: self._information, 0x18: self._write_note, 0x19: self._read_note, 0x30: self._cancel,
            0x31: lambda told: self._begin(enrolment, told), 0x32: lambda told: self._begin(identification, told),
            0x35: self._good, 0x36: self._only_r503, 0x39: self._version, 0x3A: self._version, 0x3C: self._product,
            0x3D: self._reset, 0x40: self._only_r503, 0x50: self._good, 0x51: self._good, 0x53: self._echo,
        }  # fmt: skip

    def _forget(self) -> None:
        self.shelf.buffers.clear()
        self._image: Touch | None = None
        self._unlocked = self.password == 0
        self._filling: int | None = None
        self._incoming = b""
        self._input = b""
        self._at_work: Answers | None = None

    # line

    def plugged(self) -> None:
        self._forget()
        self._boot_until = time.monotonic() + self._boot_s

    def tick(self) -> None:
        """A step of what it does by itself after one of the automatic instructions."""
        if self._at_work is None:
            return
        try:
            answer = next(self._at_work)
        except StopIteration:
            self._at_work = None
            return
        if answer is not None:
            self._ack(*answer)

    def received(self, data: bytes) -> None:
        if time.monotonic() < self._boot_until:
            return
        now = time.monotonic()
        if now - self._heard_at > GAP_S:
            self._input = b""
        self._heard_at = now
        self._input += data
        while True:
            start = self._input.find(b"\xef\x01")
            if start < 0:
                self._input = self._input[-1:] if self._input.endswith(b"\xef") else b""
                return
            self._input = self._input[start:]
            if len(self._input) < 9:
                return
            address, kind, length = struct.unpack(">xxIBH", self._input[:9])
            if length > 258:
                self._input = self._input[2:]
                continue
            if len(self._input) < 9 + length:
                return
            body, self._input = self._input[9 : 9 + length], self._input[9 + length :]
            self._packet(address, kind, length, body)

    def _packet(self, address: int, kind: int, length: int, body: bytes) -> None:
        if address != self.address:
            return
        content, told = body[:-2], int.from_bytes(body[-2:], "big")
        if (kind + (length >> 8) + (length & 255) + sum(content)) % 65536 != told:
            self._filling = None
            if kind == 0x01:
                self._ack(0x01)
            return
        if kind in (0x02, 0x08):
            self._fill(content, last=kind == 0x08)
        elif kind == 0x01 and content:
            self._filling = None
            self._instruction(content[0], content[1:])

    def _instruction(self, code: int, parameters: bytes) -> None:
        if code in self._mute:
            return
        if self._answers.get(code):
            self._ack(self._answers[code].pop(0))
        elif not self._unlocked and code != 0x13:
            self._ack(0x21)
        elif code not in self._table and code not in LIBRARY:
            self._ack(0xFC)
        else:
            try:
                if code in LIBRARY:
                    self._ack(*LIBRARY[code](self.shelf, parameters))
                else:
                    self._table[code](parameters)
            except (IndexError, struct.error):
                self._ack(0x01)

    def _ack(self, code: int, rest: bytes = b"") -> None:
        self._say(0x07, bytes([code]) + rest)

    def _say(self, kind: int, content: bytes) -> None:
        counted = struct.pack(">BH", kind, len(content) + 2) + content
        self.send(b"\xef\x01" + struct.pack(">I", self.address) + counted + struct.pack(">H", sum(counted) % 65536))

    def _stream(self, data: bytes) -> None:
        size = 32 << self.size_code
        for start in range(0, len(data), size):
            self._say(0x08 if start + size >= len(data) else 0x02, data[start : start + size])

    def _fill(self, content: bytes, last: bool) -> None:
        if self._filling is None:
            return
        self._incoming += content
        if last:
            if self._filling == IMAGE_BUFFER:
                self._image = self._drawn.get(hashlib.sha256(self._incoming).digest())
            else:
                self.shelf.buffers[self._filling] = self._incoming
            told = read_template(self._incoming)
            if told is not None:
                self.applicant.recognise(told[0])
            self._filling = None

    # a finger

    def _gen_img(self, _: bytes) -> None:
        touch = self.applicant.glance()
        if touch is not None:
            self._image = touch
        self._ack(0x02 if touch is None else 0x00)

    def _get_image_ex(self, parameters: bytes) -> None:
        if not self.model.is_r503:
            return self._ack(0xFC)
        touch = self.applicant.glance()
        if touch is None or touch.quality >= POOR:
            return self._gen_img(parameters)
        self.applicant.captured()
        return self._ack(0x07)

    def _img_2_tz(self, parameters: bytes) -> None:
        if self._image is None:
            return self._ack(0x15)
        self.applicant.captured()
        if self._image.quality < POOR:
            return self._ack(0x07 if self._image.quality % 2 else 0x06)
        self.shelf.buffers[parameters[0]] = make_template(self._image, self.model.template_size)
        return self._ack(0x00)

    def _readings(self) -> tuple[tuple[str, int], tuple[str, int]] | None:
        one, two = (read_template(self.shelf.buffers.get(number, b"")) for number in (1, 2))
        return None if one is None or two is None else (one, two)

    def _match(self, _: bytes) -> None:
        readings = self._readings()
        score = likeness(*readings) if readings else 0
        self._ack(0x00 if score else 0x08, struct.pack(">H", score))

    def _reg_model(self, _: bytes) -> None:
        readings = self._readings()
        if readings is None or not likeness(*readings):
            return self._ack(0x0A)
        self.shelf.buffers[2] = self.shelf.buffers[1]
        self.applicant.enrolled()
        return self._ack(0x00)

    def _up_char(self, parameters: bytes) -> None:
        template = self.shelf.buffers.get(parameters[0])
        if template is None:
            return self._ack(0x0D)
        self._ack(0x00)
        return self._stream(template)

    def _down_char(self, parameters: bytes) -> None:
        self._filling, self._incoming = parameters[0], b""
        self._ack(0x00)

    def _up_image(self, _: bytes) -> None:
        if self._image is None:
            return self._ack(0x0F)
        self._ack(0x00)
        touch, width, height = self._image, self.model.width, self.model.height
        grey = ridge_image(touch.key, width, height, touch.quality, touch.press)
        packed = bytes((grey[i] & 0xF0) | (grey[i + 1] >> 4) for i in range(0, len(grey), 2))
        self._drawn = {hashlib.sha256(packed).digest(): touch}
        return self._stream(packed)

    def _down_image(self, _: bytes) -> None:
        """Of a picture sent to it the simulator knows only the last one that it drew itself."""
        self._filling, self._incoming, self._image = IMAGE_BUFFER, b"", None
        self._ack(0x00)

    def _begin(self, work: Callable[[Any, bytes], Answers], parameters: bytes) -> None:
        if not self.model.is_r503:
            return self._ack(0xFC)
        self._at_work = work(self, parameters)
        return None

    def _cancel(self, _: bytes) -> None:
        self._at_work = None
        self._only_r503(b"")

    # the module itself

    def _verify(self, parameters: bytes) -> None:
        self._unlocked = int.from_bytes(parameters[:4], "big") == self.password
        self._ack(0x00 if self._unlocked else 0x13)

    def _set_password(self, parameters: bytes) -> None:
        self.password = int.from_bytes(parameters[:4], "big")
        self._ack(0x00)

    def _set_address(self, parameters: bytes) -> None:
        self.address = int.from_bytes(parameters[:4], "big")
        self._ack(0x00)

    def _information(self, _: bytes) -> None:
        if self.model.is_r503:
            return self._ack(0xFC)
        self._ack(0x00)
        return self._stream(self.model.name.encode().ljust(512, b"\0"))

    def _echo(self, _: bytes) -> None:
        self._ack(0xFC if self.model.is_r503 else 0x55)

    def _read_para(self, _: bytes) -> None:
        if not self.model.reads_parameters:
            return
        facts = (0, self.model.system_id, self.model.capacity, self.security)
        self._ack(0x00, struct.pack(">HHHHIHH", *facts, self.address, self.size_code, self.speed))

    def _set_para(self, parameters: bytes) -> None:
        register, value = parameters[0], parameters[1]
        allowed = {4: range(1, 13), 5: range(1, 6), 6: range(4)}.get(register)
        if allowed is None:
            return self._ack(0x1A)
        if value not in allowed:
            return self._ack(0x1B)
        self._ack(0x00)
        if register == 4:
            self.speed = value
            self.baud, self.strict_baud = self.baud and value * 9600, self.strict_baud and value * 9600
        elif register == 5:
            self.security = value
        else:
            self.size_code = value
        return None

    def _random(self, _: bytes) -> None:
        self._ack(0x00, struct.pack(">I", (len(self.library) * 2654435761 + 0x1234567) % 2**32))

    def _write_note(self, parameters: bytes) -> None:
        if parameters[0] > 15:
            return self._ack(0x1C)
        self._notepad[parameters[0]] = parameters[1:33].ljust(32, b"\0")
        return self._ack(0x00)

    def _read_note(self, parameters: bytes) -> None:
        self._ack(0x00, self._notepad[parameters[0]]) if parameters[0] < 16 else self._ack(0x1C)

    def _good(self, _: bytes) -> None:
        self._ack(0x00)

    def _only_r503(self, _: bytes, rest: bytes = b"") -> None:
        self._ack(0x00, rest) if self.model.is_r503 else self._ack(0xFC)

    def _version(self, _: bytes) -> None:
        self._only_r503(b"", b"SIM 1.4".ljust(32, b"\0"))

    def _product(self, _: bytes) -> None:
        if not self.model.is_r503:
            return self._ack(0xFC)
        texts = self.model.name.encode().ljust(16, b"\0") + b"2022" + b"SN000042" + b"\x01\x02" + b"192x192\0"
        sizes = (self.model.width, self.model.height, self.model.template_size, self.model.capacity)
        return self._ack(0x00, texts + struct.pack(">HHHH", *sizes))

    def _reset(self, _: bytes) -> None:
        self._only_r503(b"")
        if self.model.is_r503:
            self._forget()
            self.send(b"\x55", delay=self.model.boot_s)

    # instructions to the simulator

    def command(self, command: dict[str, Any]) -> dict[str, Any]:
        applicant = self.applicant
        for name, value in command.items():
            match name:
                case "finger" | "quality":
                    setattr(applicant, name, int(value))
                case "person":
                    applicant.person = str(value)
                case "present" | "obliging":
                    setattr(applicant, name, bool(value))
                case "reaction":
                    applicant.reaction_s = float(value)
                case "clumsy" | "poor":
                    setattr(applicant, name, [int(item) for item in value])
                case "mute":
                    self._mute = {int(code) for code in value}
                case "answer":
                    self._answers.setdefault(int(value[0]), []).append(int(value[1]))
                case "state":
                    pass
                case _:
                    raise ValueError(f"unknown instruction {name}")
        return {
            "finger": applicant.finger,
            "present": applicant.present,
            "stored": sorted(self.library),
            "security": self.security,
        }
