"""Minutiae records of ISO/IEC 19794-2:2005, which matchers of other makers read. Pure.

A header of 24 bytes (`FMR\\0`, ` 20\\0`, length, capture equipment, width, height, pixels per centimetre in both
directions, number of views), then for each view four bytes (finger, view and impression, quality, count), six bytes
for each minutia and the length of extended data. Everything is big-endian. A record here holds
one view of one finger.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = b"FMR\0 20\0"
HEADER, VIEW, POINT = struct.Struct(">8sIHHHHHBB"), struct.Struct(">BBBB"), struct.Struct(">HHBB")
ANGLE_UNIT = 1.40625
"""Degrees in one unit of an angle, which grows anticlockwise from the positive x axis."""
MOST = 255
CM_PER_INCH = 2.54
LIVE_SCAN_PLAIN = 0
COORDINATE = 0x3FFF


@dataclass(frozen=True, slots=True)
class Minutia:
    """`kind`: 1 a ridge that ends, 2 one that forks, 0 other. `x` and `y` in pixels from the upper left corner, `angle`
    in units of 1.40625 degrees, `quality` 1 to 100 or 0 where none is known."""

    kind: int
    x: int
    y: int
    angle: int
    quality: int = 0


@dataclass(frozen=True, slots=True)
class MinutiaeRecord:
    """One finger. `finger` is the ISO 19794 position, 0 where it is unknown; `quality` 0 to 100; sizes in pixels."""

    finger: int
    quality: int
    width: int
    height: int
    dpi: int
    minutiae: tuple[Minutia, ...]

    def encode(self) -> bytes:
        """As bytes; at most 255 minutiae, the best ones."""
        points = _best(self.minutiae)
        size = HEADER.size + VIEW.size + POINT.size * len(points) + 2
        per_cm = round(self.dpi / CM_PER_INCH)
        head = HEADER.pack(MAGIC, size, 0, self.width, self.height, per_cm, per_cm, 1, 0)
        view = VIEW.pack(self.finger, LIVE_SCAN_PLAIN, self.quality, len(points))
        body = b"".join(POINT.pack(p.kind << 14 | p.x, p.y, p.angle, p.quality) for p in points)
        return head + view + body + bytes(2)

    @classmethod
    def decode(cls, data: bytes) -> "MinutiaeRecord":
        """The first view of a record of anyone's. Raises ValueError."""
        try:
            magic, size, _, width, height, per_cm, _, views, _ = HEADER.unpack_from(data)
            finger, _, quality, count = VIEW.unpack_from(data, HEADER.size)
            start = HEADER.size + VIEW.size
            found = [POINT.unpack_from(data, start + POINT.size * i) for i in range(count)]
        except struct.error as error:
            raise ValueError(str(error)) from None
        if magic != MAGIC or size != len(data) or views < 1 or not per_cm:
            raise ValueError("no minutiae record")
        points = (Minutia(x >> 14, x & COORDINATE, y & COORDINATE, angle, best) for x, y, angle, best in found)
        return cls(finger, quality, width, height, round(per_cm * CM_PER_INCH), tuple(points))


def _best(minutiae: Sequence[Minutia]) -> tuple[Minutia, ...]:
    if len(minutiae) <= MOST:
        return tuple(minutiae)
    return tuple(sorted(minutiae, key=lambda point: -point.quality)[:MOST])
