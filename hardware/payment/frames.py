"""Frames of the ECR links that Indonesian banks share: STX, two BCD length bytes, body, ETX, LRC; answered by one byte
ACK or NAK.

Pure: bytes in, events out. A frame is read by its length and never "until ETX", because a body may hold 0x03 (version
byte 3) and the LRC may be any byte. A lone ACK or NAK counts only on a clean line: after noise every byte but the
start of a valid frame is ignored until the line has been silent, so that the last byte of a garbled frame can never
pass for a NAK and make somebody send a sale again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor

STX = 0x02
ETX = 0x03
ACK = 0x06
NAK = 0x15

_HEADER = 3  # STX and the two length bytes
_TRAILER = 2  # ETX and LRC


class Fault(StrEnum):
    """Why received bytes are no frame."""

    NOISE = "noise"
    CUT = "cut"
    NO_ETX = "no_etx"
    BAD_LRC = "bad_lrc"
    BAD_FIELD = "bad_field"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The other side took our frame (0x06)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side could not read our frame (0x15)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame whose LRC agrees."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that were meant to be a frame and are none, or mere noise; `size` is how many."""

    fault: Fault
    size: int


Event = Acknowledged | Refused | Frame | Broken

#: Gives every LRC that is acceptable for the bytes from the first length byte up to and including ETX.
LrcRule = Callable[[bytes], Collection[int]]


def exclusive_or(data: bytes) -> int:
    """Longitudinal redundancy check: the XOR of all bytes."""
    return reduce(xor, data, 0)


def after_stx(counted: bytes) -> tuple[int, ...]:
    """BCA: XOR from the first length byte to ETX inclusive."""
    return (exclusive_or(counted),)


def with_stx_or_body_only(counted: bytes) -> tuple[int, ...]:
    """BRI: published frames fit "from STX" and "body and ETX only" alike, so both are accepted; the first is what we
    send.
    """
    return (exclusive_or(counted) ^ STX, exclusive_or(counted[2:]))


def length_bytes(length: int) -> bytes:
    """The body length as four digits in two packed BCD bytes: 150 -> 01 50.

    Raises ValueError outside 1..9999.
    """
    if not 1 <= length <= 9999:
        raise ValueError(f"a body of {length} bytes has no length field")
    return bytes.fromhex(f"{length:04d}")


def encode(body: bytes, lrc_rule: LrcRule) -> bytes:
    """The frame around `body`."""
    counted = length_bytes(len(body)) + body + bytes((ETX,))
    return bytes((STX,)) + counted + bytes((next(iter(lrc_rule(counted))),))


class FrameReader:
    """Turns received bytes, in pieces of any size, into events. Keeps at most one frame's worth of bytes."""

    def __init__(self, body_length: int, lrc_rule: LrcRule) -> None:
        self._header = bytes((STX,)) + length_bytes(body_length)
        self._size = _HEADER + body_length + _TRAILER
        self._lrc_rule = lrc_rule
        self._buffer = bytearray()
        self._noise = 0
        self._fault = Fault.NOISE

    @property
    def in_frame(self) -> bool:
        """True while something is half received, so that a silence now means a broken frame."""
        return bool(self._buffer) or self._noise > 0

    def feed(self, data: bytes) -> list[Event]:
        """The acknowledgements and whole frames that `data` completes, in order. Broken ones wait for `silence`."""
        self._buffer += data
        events: list[Event] = []
        while self._buffer:
            event, waiting = self._step()
            if event is not None:
                events.append(event)
            if waiting:
                break
        return events

    def silence(self) -> list[Event]:
        """To be called when the line has been quiet for longer than the gap inside a frame: what is half received is
        broken.
        """
        if not self.in_frame:
            return []
        fault = self._fault if self._noise else Fault.CUT
        size = self._noise + len(self._buffer)
        self._buffer.clear()
        self._settle()
        return [Broken(fault, size)]

    def _settle(self) -> None:
        self._noise = 0
        self._fault = Fault.NOISE

    def _step(self) -> tuple[Event | None, bool]:
        """Take one event or one byte of noise off the buffer; True when more bytes are needed first."""
        head = self._buffer[0]
        if head == STX:
            return self._frame_step()
        del self._buffer[0]
        if not self._noise and head == ACK:
            return Acknowledged(), False
        if not self._noise and head == NAK:
            return Refused(), False
        self._noise += 1
        return None, False

    def _frame_step(self) -> tuple[Event | None, bool]:
        received = bytes(self._buffer[: self._size])
        if not self._header.startswith(received[:_HEADER]):
            del self._buffer[0]
            self._noise += 1
            return None, False
        if len(received) < self._size:
            return None, True
        if received[-2] != ETX:
            return self._reject(Fault.NO_ETX)
        if received[-1] not in self._lrc_rule(received[1:-1]):
            return self._reject(Fault.BAD_LRC)
        del self._buffer[: self._size]
        self._settle()
        return Frame(received[_HEADER:-_TRAILER]), False

    def _reject(self, fault: Fault) -> tuple[Event | None, bool]:
        """A full-sized frame that does not hold: look for a frame that began inside it."""
        del self._buffer[0]
        self._noise += 1
        self._fault = fault
        return None, False
