"""The templates that a simulated module keeps: its own library's instructions."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.fingerprint.applicant import likeness, read_template

Answer = tuple[int, bytes]
"""A confirmation code and what follows it."""


@dataclass(slots=True)
class Library:
    """Flash pages and the buffers that templates come from and go to."""

    capacity: int
    pages: dict[int, bytes] = field(default_factory=dict)
    buffers: dict[int, bytes] = field(default_factory=dict)

    def find(self, template: bytes, start: int, count: int) -> tuple[int, int] | None:
        """The first page that holds the same finger, and the score."""
        wanted = read_template(template)
        for page in sorted(self.pages):
            stored = read_template(self.pages[page])
            if start <= page < start + count and wanted and stored and (score := likeness(wanted, stored)):
                return page, score
        return None


def _search(library: Library, parameters: bytes) -> Answer:
    buffer, start, count = struct.unpack(">BHH", parameters)
    found = library.find(library.buffers.get(buffer, b""), start, count)
    return (0x09, bytes(4)) if found is None else (0x00, struct.pack(">HH", *found))


def _store(library: Library, parameters: bytes) -> Answer:
    buffer, page = struct.unpack(">BH", parameters)
    if page >= library.capacity:
        return 0x0B, b""
    library.pages[page] = library.buffers.get(buffer, b"")
    return 0x00, b""


def _load(library: Library, parameters: bytes) -> Answer:
    buffer, page = struct.unpack(">BH", parameters)
    if page not in library.pages:
        return (0x0B if page >= library.capacity else 0x0C), b""
    library.buffers[buffer] = library.pages[page]
    return 0x00, b""


def _delete(library: Library, parameters: bytes) -> Answer:
    page, count = struct.unpack(">HH", parameters)
    if page + count > library.capacity:
        return 0x10, b""
    for number in range(page, page + count):
        library.pages.pop(number, None)
    return 0x00, b""


def _empty(library: Library, _: bytes) -> Answer:
    library.pages.clear()
    return 0x00, b""


def _count(library: Library, _: bytes) -> Answer:
    return 0x00, struct.pack(">H", len(library.pages))


def _index(library: Library, parameters: bytes) -> Answer:
    if parameters[0] > 3:
        return 0x0B, b""
    table = bytearray(32)
    for page in library.pages:
        if page // 256 == parameters[0]:
            table[page % 256 // 8] |= 1 << page % 8
    return 0x00, bytes(table)


LIBRARY: dict[int, Callable[[Library, bytes], Answer]] = {
    0x04: _search,
    0x06: _store,
    0x07: _load,
    0x0C: _delete,
    0x0D: _empty,
    0x1B: _search,
    0x1D: _count,
    0x1F: _index,
}
"""By instruction; each may raise IndexError or struct.error."""
