"""What a host may say to a code reader: start reading, stop, and settings, in the words of two makers. Pure."""

from dataclasses import dataclass

ACK, ENQ, NAK, SYN = 0x06, 0x05, 0x15, 0x16


@dataclass(frozen=True, slots=True)
class Dialect:
    """A maker's bytes."""

    name: str
    trigger: bytes
    untrigger: bytes
    prepare: bytes = b""
    """Sent after opening; the reader answers it."""
    zones_on: bytes = b""
    zones_off: bytes = b""
    """Switch the reading of machine-readable zones; empty where the reader always does or never can."""


def honeywell_setting(setting: str) -> bytes:
    """A menu command: SYN M CR, tag, value, `!` = until power off (Xenon 1900 user's guide, serial programming
    commands)."""
    return b"\x16M\r" + setting.encode("ascii") + b"!"


def newland_setting(setting: str, permanent: bool = False) -> bytes:
    """`7E 01 30 30 30 30 | 40 permanent or 23 temporary | setting | 3B 03`."""
    return b"\x7e\x010000" + (b"@" if permanent else b"#") + setting.encode("ascii") + b";\x03"


HONEYWELL = Dialect(
    "honeywell",
    b"\x16T\r",
    b"\x16U\r",
    zones_on=honeywell_setting("OCRENA1"),
    zones_off=honeywell_setting("OCRENA0"),
)
NEWLAND = Dialect(
    "newland",
    newland_setting("SCNTRG1", permanent=True),
    newland_setting("SCNTRG0", permanent=True),
    newland_setting("SCNTCE1", permanent=True),
)
ELYCTIS = Dialect("elyctis", b"I\x00\x00", b"C\x00\x01\x00", b"C\x00\x01\x01")
NONE = Dialect("none", b"", b"")
DIALECTS = {dialect.name: dialect for dialect in (HONEYWELL, NEWLAND, ELYCTIS, NONE)}


_MARKS = ((b"\x02\x010000", (b";\x03",)), (b"\x16M\r", (b".", b"!")))
_VERDICTS = (ACK, ENQ, NAK)
_LONGEST = 300


class AnswerFilter:
    """Takes answers to commands out of the stream, so that they never pass for a code.

    Newland answers `02 01 30 30 30 30 40 ... 06 or 15 3B 03`; Honeywell repeats the command with ACK, ENQ or NAK
    before its final `.` or `!`.
    """

    def __init__(self) -> None:
        self._held = b""

    @property
    def pending(self) -> bool:
        """Whether something may be the beginning of an answer."""
        return bool(self._held)

    def feed(self, data: bytes) -> tuple[bytes, list[bool]]:
        """What is no answer, and for each whole answer whether it was a yes."""
        data, self._held = self._held + data, b""
        rest, answers = bytearray(), []
        while data:
            taken, verdict = _answer_at(data)
            if taken < 0:
                self._held = data
                break
            if taken:
                answers.append(verdict)
            else:
                rest.append(data[0])
            data = data[taken or 1 :]
        return bytes(rest), answers

    def release(self) -> bytes:
        """The line was silent: what was held back is no answer."""
        held, self._held = self._held, b""
        return held


def _answer_at(data: bytes) -> tuple[int, bool]:
    """Size of the answer `data` begins with and its verdict; 0 for none, -1 for: too early to tell."""
    for start, ends in _MARKS:
        if data.startswith(start):
            for at in range(len(start), min(len(data), _LONGEST)):
                for end in ends:
                    if data[at] in _VERDICTS and data.startswith(end, at + 1):
                        return at + 1 + len(end), data[at] == ACK
            return (0 if len(data) > _LONGEST else -1), False
        if start.startswith(data):
            return -1, False
    return 0, False
