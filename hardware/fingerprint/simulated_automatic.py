"""What a simulated R503 does by itself after AutoEnroll or AutoIdentify: it looks at the glass and tells each step."""

import struct
import time
from collections.abc import Callable, Generator
from typing import Any

from hardware.fingerprint.applicant import POOR, Touch, make_template

CAPTURES = 6
IDENTIFY_S, ENROL_S = 10.0, 30.0

Answers = Generator[tuple[int, bytes] | None, None, None]
"""A confirmation code and what follows it, or None while the module waits."""


def enrolment(reader: Any, parameters: bytes) -> Answers:
    """Instruction 31. `reader` is the `SimulatedReader`."""
    page, overwrite, twice, tells, must_leave = parameters[:5]
    library, told = reader.library, struct.pack(">H", page)
    if page >= reader.model.capacity:
        yield 0x0B, b"\x00" + told
        return
    if page in library and not overwrite:
        yield 0x22, b"\x00" + told
        return
    first: Touch | None = None
    for number in range(CAPTURES):
        touch = yield from _finger(reader, ENROL_S, leave=bool(must_leave) and number > 0)
        if touch is None:
            yield 0x26, b"\x00" + told
            return
        if touch.quality < POOR or (first is not None and touch.key != first.key):
            yield (0x07 if touch.quality < POOR else 0x0A), bytes([2 * number + 1]) + told
            return
        first = first or touch
        reader.applicant.captured()
        if tells:
            yield 0x00, bytes([2 * number + 1]) + told
            yield 0x00, bytes([2 * number + 2]) + told
    assert first is not None
    template = make_template(first, reader.model.template_size)
    if not twice and reader.shelf.find(template, 0, reader.model.capacity) is not None:
        yield 0x27, b"\x0d" + told
        return
    if tells:
        yield 0x00, b"\x0d" + told
        yield 0x00, b"\x0e" + told
    library[page] = template
    reader.applicant.enrolled()
    yield 0x00, b"\x0f" + told


def identification(reader: Any, parameters: bytes) -> Answers:
    """Instruction 32."""
    _, start, count, tells, _ = parameters[:5]
    if not reader.library:
        yield 0x24, b"\x00" + bytes(4)
        return
    touch = yield from _finger(reader, IDENTIFY_S, leave=False)
    if touch is None or touch.quality < POOR:
        yield (0x26 if touch is None else 0x07), b"\x01" + bytes(4)
        return
    reader.applicant.captured()
    if tells:
        yield 0x00, b"\x01" + bytes(4)
        yield 0x00, b"\x02" + bytes(4)
    found = reader.shelf.find(make_template(touch, reader.model.template_size), start, count)
    yield (0x09, b"\x03" + bytes(4)) if found is None else (0x00, b"\x03" + struct.pack(">HH", *found))


def _finger(reader: Any, seconds: float, *, leave: bool) -> Generator[None, None, Touch | None]:
    """Wait for a finger, first for the one that is there to go; None when none came in time."""
    deadline = time.monotonic() + seconds
    waits: list[Callable[[Touch | None], bool]] = [lambda touch: touch is not None]
    if leave:
        waits.insert(0, lambda touch: touch is None)
    touch = None
    for is_so in waits:
        while not is_so(touch := reader.applicant.glance()):
            if time.monotonic() >= deadline:
                return None
            yield None
    return touch
