"""The ESC/POS stream as the simulated printer takes it apart: commands, text and real-time requests. No code of
the driver's.
"""

from collections.abc import Iterator

_FIXED = {
    b"\x1b@": 0, b"\x1ba": 1, b"\x1bE": 1, b"\x1bG": 1, b"\x1bt": 1, b"\x1bd": 1, b"\x1bJ": 1, b"\x1bM": 1, b"\x1b-": 1,
    b"\x1b{": 1, b"\x1b2": 0, b"\x1b3": 1, b"\x1bR": 1, b"\x1b!": 1, b"\x1b$": 2, b"\x1b=": 1,
    b"\x1d!": 1, b"\x1dB": 1, b"\x1db": 1, b"\x1dr": 1, b"\x1dI": 1, b"\x1da": 1, b"\x1dL": 2, b"\x1dW": 2, b"\x1dh": 1,
    b"\x10\x04": 1,
}  # fmt: skip


class Command:
    """One piece of the stream: `name` is its first two bytes (or b"text", b"line", b"unknown"), `data` what follows."""

    __slots__ = ("data", "name")

    def __init__(self, name: bytes, data: bytes = b"") -> None:
        self.name = name
        self.data = data


class StreamReader:
    """Keeps the beginning of a command until its end has come."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a command has begun."""
        return bool(self._buffer)

    def reset(self) -> None:
        """Forget what has begun."""
        self._buffer.clear()

    def feed(self, data: bytes) -> Iterator[Command]:
        """The commands that `data` completes."""
        self._buffer += data
        while self._buffer:
            command, size = self._first()
            if command is None:
                return
            del self._buffer[:size]
            yield command

    def _first(self) -> tuple[Command | None, int]:
        head = self._buffer[0]
        if head >= 0x20:
            end = next((at for at, byte in enumerate(self._buffer) if byte < 0x20), len(self._buffer))
            return Command(b"text", bytes(self._buffer[:end])), end
        if head == 0x0A:
            return Command(b"line"), 1
        if head in (0x00, 0x0D):
            return Command(b"nothing"), 1
        if head not in (0x1B, 0x1D, 0x10):
            return Command(b"unknown", bytes((head,))), 1
        if len(self._buffer) < 2:
            return None, 0
        name = bytes(self._buffer[:2])
        size = self._size(name)
        if size is None:
            return Command(b"unknown", name), 2
        if size == 0 or len(self._buffer) < size:
            return None, 0
        return Command(name, bytes(self._buffer[2:size])), size

    def _size(self, name: bytes) -> int | None:
        """The command's whole length; 0 while not enough has come to tell, None for a command this printer does
        not know.
        """
        have = self._buffer
        if name in _FIXED:
            return 2 + _FIXED[name]
        match name:
            case b"\x1dV":
                return 0 if len(have) < 3 else 4 if have[2] in (65, 66) else 3
            case b"\x1dv":
                if len(have) < 8:
                    return 0
                return 8 + (have[4] | have[5] << 8) * (have[6] | have[7] << 8)
            case b"\x1d(":
                return 0 if len(have) < 5 else 5 + (have[3] | have[4] << 8)
            case b"\x1b*":
                if len(have) < 5:
                    return 0
                return 5 + (have[3] | have[4] << 8) * (3 if have[2] in (32, 33) else 1)
            case b"\x10\x14":
                return 0 if len(have) < 3 else 10 if have[2] == 8 else 5
        return None
