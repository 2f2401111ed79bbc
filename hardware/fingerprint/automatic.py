"""AutoEnroll and AutoIdentify of an R503 (firmware 1.2 and later): one instruction, many acknowledgements.

Both work on the module's own library. The office's captures don't use them, because a print of an applicant may not
stay in a reader; they are for a technician who tries a module.
"""

import time
from collections.abc import Callable, Iterator

from hardware.acts import CancelToken
from hardware.faults import DeviceError, FaultCode
from hardware.fingerprint.codec import Confirmation, Instruction
from hardware.fingerprint.exchange import Exchange

ENROL_S = 60.0
"""Six captures of a person in no hurry."""
IDENTIFY_S = 12.0
"""The module gives up after ten."""
SLICE_S = 0.25
"""How often to look whether somebody wants it to stop."""
LAST_STEP = 0x0F
"""The template is stored."""
SEARCHED = 0x03
"""The library was looked through."""


def auto_enrol(
    exchange: Exchange,
    page: int,
    *,
    overwrite: bool = False,
    twice: bool = False,
    on_step: Callable[[int], None] | None = None,
    cancel: CancelToken | None = None,
) -> int:
    """Six captures into the library at `page`; the page that was used. `twice`: also a finger that is stored already.

    `on_step` hears 1 to 15: a capture and its features six times, the check for duplicates, merging, storing. Raises
    DeviceError: FINGER_MISSING, FINGER_UNREADABLE, FINGER_DIFFERENT, CANCELLED, REFUSED (occupied, full, enrolled).
    """
    asked = bytes([page, overwrite, twice, 1, 1])
    conversation = _acknowledged(exchange, Instruction.AUTO_ENROLL, asked, ENROL_S, cancel)
    while True:
        _, rest = next(conversation)
        if len(rest) < 2:
            raise DeviceError(FaultCode.UNEXPECTED_ANSWER, f"{len(rest)} bytes to AUTO_ENROLL")
        if on_step is not None:
            on_step(rest[0])
        if rest[0] >= LAST_STEP:
            return int.from_bytes(rest[1:3], "big")


def auto_identify(
    exchange: Exchange, count: int, *, security: int = 3, start: int = 0, cancel: CancelToken | None = None
) -> tuple[int, int] | None:
    """Take one finger and find it among `count` stored ones: its page and score, or None.

    Raises DeviceError: FINGER_MISSING, FINGER_UNREADABLE, CANCELLED, REFUSED (an empty library).
    """
    asked = bytes([security, start, count, 0, 1])
    accept = (Confirmation.NOT_FOUND,)
    conversation = _acknowledged(exchange, Instruction.AUTO_IDENTIFY, asked, IDENTIFY_S, cancel, accept)
    while True:
        code, rest = next(conversation)
        if code is Confirmation.NOT_FOUND:
            return None
        if len(rest) == 4 or (len(rest) > 4 and rest[0] >= SEARCHED):
            return int.from_bytes(rest[-4:-2], "big"), int.from_bytes(rest[-2:], "big")


def _acknowledged(
    exchange: Exchange,
    instruction: Instruction,
    parameters: bytes,
    seconds: float,
    cancel: CancelToken | None,
    accept: tuple[Confirmation, ...] = (),
) -> Iterator[tuple[Confirmation, bytes]]:
    """One acknowledgement after the other, without end."""
    deadline = time.monotonic() + seconds * max(1.0, exchange.patience)
    exchange.begin(instruction, parameters)
    while True:
        if cancel is not None and cancel.is_cancelled:
            exchange.ask(Instruction.CANCEL, tries=2)
            raise DeviceError(FaultCode.CANCELLED)
        try:
            yield exchange.more(instruction, SLICE_S, accept=accept)
        except DeviceError as error:
            if error.code is not FaultCode.NO_ANSWER or time.monotonic() >= deadline:
                raise
