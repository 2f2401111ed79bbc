"""Status bytes of an ESC/POS printer. Pure."""

from dataclasses import dataclass

PRINTER, OFFLINE, ERROR, PAPER = 1, 2, 3, 4
"""What DLE EOT n asks for."""


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer says of itself. `answers` False means that it said nothing, and the rest is no knowledge
    at all.
    """

    answers: bool
    online: bool = True
    cover_open: bool = False
    paper_out: bool = False
    paper_near_end: bool = False
    cutter_error: bool = False
    other_error: bool = False
    overheated: bool = False


def request(n: int) -> bytes:
    """DLE EOT n."""
    return bytes((0x10, 0x04, n))


PROCESSED_REQUEST = b"\x1d\x72\x01"
"""GS r 1: answered in print order, so its answer says that everything before it was processed."""


def is_real_time(byte: int) -> bool:
    """Whether a byte has the fixed bits of an answer to DLE EOT: 0xx1xx10."""
    return byte & 0b1001_0011 == 0b0001_0010


def is_processed(byte: int) -> bool:
    """Whether a byte has the fixed bits of an answer to GS r 1: bits 4 and 7 clear, paper sensors in pairs."""
    return byte in (0x00, 0x03, 0x0C, 0x0F)


def paper_ran_out(processed: int) -> bool:
    """Whether an answer to GS r 1 reports the paper's end."""
    return bool(processed & 0x0C)


def combine(answers: dict[int, int]) -> PrinterStatus:
    """The four answers to DLE EOT 1-4, by n; those that did not come are missing."""
    if not answers:
        return PrinterStatus(answers=False)
    printer, offline, error, paper = (answers.get(n, 0x12) for n in (PRINTER, OFFLINE, ERROR, PAPER))
    return PrinterStatus(
        answers=True,
        online=not printer & 0x08,
        cover_open=bool(offline & 0x04),
        paper_out=bool(offline & 0x20) or paper & 0x60 == 0x60,
        paper_near_end=paper & 0x0C == 0x0C,
        cutter_error=bool(error & 0x08),
        other_error=bool(error & 0x24),
        overheated=bool(error & 0x40),
    )
