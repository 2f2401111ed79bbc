"""How a code reader says where a code ends. Pure: bytes in, codes out.

Serial readers send the bare text and whatever suffix they were programmed with: no length, no checksum. Carriage
return, line feed, both, or ETX end a code; a leading STX and an AIM identifier (`]Q1`, ISO/IEC 15424) are taken off.
A machine-readable zone comes as two or three lines: between STX and ETX, or in an Elyctis frame with a length.
"""

import unicodedata
from dataclasses import dataclass

STX, ETX, LF, CR = 0x02, 0x03, 0x0A, 0x0D
MAX_SIZE = 2048
"""A QR code of the largest version in use here has under 1300 bytes; more than this is noise or another device."""
IDLE_GAP_S = 0.08
"""Without a suffix a code ends when the line is silent: 80 ms, longer than any pause a reader makes inside one."""
CUT_S = 1.0
"""A reader that is known to send a suffix and has not after this long was cut off."""
MRZ_LENGTHS = (30, 36, 44)

AIM_SYMBOLOGIES = {
    "Q": "qr",
    "C": "code128",
    "A": "code39",
    "d": "datamatrix",
    "L": "pdf417",
    "z": "aztec",
    "E": "ean",
    "I": "itf",
    "F": "codabar",
}
MRZ = "mrz"
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """What a reader read: `text` (lines of a zone joined by newline) and `symbology` (`qr`, `code128`, ..., `mrz`, or
    empty)."""

    text: str
    symbology: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that can't be a code: `reason` is `too_long`, `not_text` or `cut`."""

    reason: str
    size: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reader answers to a command, not a code."""

    accepted: bool
    body: bytes


Event = ScannedCode | Rejected | Reply


class CodeFramer:
    """Collects bytes until a terminator or a silence. Lines that follow each other within one STX..ETX are one zone.

    A silence completes a code only while no suffix was ever seen: with one, an unfinished line is a piece of a code.
    """

    def __init__(self, terminators: bytes = b"\r\n\x03", always_terminated: bool = False) -> None:
        self._terminators = frozenset(terminators)
        self._terminated = always_terminated
        self._line = bytearray()
        self._lines: list[bytes] = []
        self._framed = False
        self._overlong = 0

    @property
    def pending(self) -> bool:
        """Whether a silence would complete something."""
        return bool(self._line or self._lines or self._overlong)

    @property
    def patience(self) -> float:
        """How long a silence has to be to mean something, in seconds."""
        return CUT_S if self._framed or (self._terminated and self._line) else IDLE_GAP_S

    def feed(self, data: bytes) -> list[Event]:
        """The codes these bytes complete. A single line that may be the first of a zone waits for the silence."""
        events: list[Event] = []
        for byte in data:
            if byte == STX and not self._line:
                events += self._finish()
                self._framed = True
            elif byte == ETX and (self._framed or ETX in self._terminators or not self._line):
                self._end_line(terminated=True)
                events += self._finish()
            elif byte in (CR, LF) and byte in self._terminators:
                self._end_line(terminated=True)
                if self._lines and not _may_be_zone(self._lines):
                    events += self._finish()
            elif len(self._line) < MAX_SIZE and not self._overlong:
                self._line.append(byte)
            else:
                self._overlong += 1
        return events

    def silence(self) -> list[Event]:
        """The line was quiet for `patience`: what is here is a code, or was cut off."""
        cut = self._framed or (self._terminated and bool(self._line))
        self._end_line()
        size = sum(map(len, self._lines))
        events = self._finish()
        return [Rejected("cut", size)] if cut and events else events

    def _end_line(self, terminated: bool = False) -> None:
        self._terminated = self._terminated or terminated
        if self._line:
            self._lines.append(bytes(self._line))
            self._line.clear()

    def _finish(self) -> list[Event]:
        lines, self._lines = self._lines, []
        overlong, self._overlong, self._framed = self._overlong, 0, False
        size = sum(map(len, lines))
        if overlong or size > MAX_SIZE:
            return [Rejected("too_long", size + overlong)]
        if not lines:
            return []
        if _is_zone(lines):
            return [ScannedCode("\n".join(line.decode("ascii") for line in lines), MRZ)]
        return [_code(line) for line in lines]


class ElyctisFramer:
    """Elyctis ID BOX frames: `command 1 | length 2 | data`. `I` carries a zone, its lines ended by CR."""

    COMMANDS = b"ICVWRT"

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a frame has begun."""
        return bool(self._buffer)

    @property
    def patience(self) -> float:
        """How long a silence has to be to mean something, in seconds."""
        return CUT_S

    def feed(self, data: bytes) -> list[Event]:
        """The frames these bytes complete."""
        self._buffer += data
        events: list[Event] = []
        while self._buffer:
            if self._buffer[0] not in self.COMMANDS:
                del self._buffer[0]
                continue
            if len(self._buffer) < 3:
                break
            length = int.from_bytes(self._buffer[1:3], "big")
            if length > MAX_SIZE:
                events.append(Rejected("too_long", length))
                del self._buffer[0]
                continue
            if len(self._buffer) < 3 + length:
                break
            command, body = self._buffer[0], bytes(self._buffer[3 : 3 + length])
            del self._buffer[: 3 + length]
            events.append(self._event(command, body))
        return events

    def silence(self) -> list[Event]:
        """A frame whose rest did not come is given up."""
        size = len(self._buffer)
        self._buffer.clear()
        return [Rejected("cut", size)] if size else []

    def _event(self, command: int, body: bytes) -> Event:
        if command != ord("I"):
            return Reply(True, bytes([command]) + body)
        lines = [line for line in body.replace(b"\n", b"\r").split(b"\r") if line]
        text = "\n".join(line.decode("ascii", "replace") for line in lines)
        return ScannedCode(text, MRZ if len(lines) > 1 else UNKNOWN)


def _code(line: bytes) -> Event:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Rejected("not_text", len(line))
    if any(unicodedata.category(letter) == "Cc" and letter not in _ALLOWED_CONTROLS for letter in text):
        return Rejected("not_text", len(line))
    if len(text) > 3 and text[0] == "]" and text[1] in AIM_SYMBOLOGIES and text[2].isalnum():
        return ScannedCode(text[3:], AIM_SYMBOLOGIES[text[1]])
    return ScannedCode(text)


def _is_zone_line(line: bytes) -> bool:
    return len(line) in MRZ_LENGTHS and all(byte in _ZONE_BYTES for byte in line)


def _is_zone(lines: list[bytes]) -> bool:
    same = len({len(line) for line in lines}) == 1
    wanted = 3 if len(lines[0]) == 30 else 2
    return same and len(lines) == wanted and all(map(_is_zone_line, lines))


def _may_be_zone(lines: list[bytes]) -> bool:
    """Whether another line could make a zone of these, which begin like one (ICAO 9303: P, V, I, A or C)."""
    first = lines[0]
    return (
        _is_zone_line(first)
        and chr(first[0]) in "PVIAC"
        and b"<" in first
        and all(_is_zone_line(line) and len(line) == len(first) for line in lines)
        and len(lines) < (3 if len(first) == 30 else 2)
    )


_ALLOWED_CONTROLS = "\t\x1d"
"""The group separator is part of GS1 codes."""
_ZONE_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
