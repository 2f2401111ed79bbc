"""How a print job ended."""

from dataclasses import dataclass
from enum import StrEnum

from hardware.printer.status import PrinterStatus


class PrintState(StrEnum):
    """CONFIRMED: the printer said that it processed everything. FAILED: it did not come out whole. UNKNOWN:
    nobody can say.
    """

    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PrintCode(StrEnum):
    """Why a job is not confirmed."""

    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    OVERHEATED = "overheated"
    PRINTER_ERROR = "printer_error"
    OFFLINE = "offline"
    NO_ANSWER = "no_answer"
    STALLED = "stalled"
    PORT_LOST = "port_lost"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    """The end of a job. `bytes_sent` 0 with FAILED: not a dot of it is on paper, it may simply be sent again."""

    state: PrintState
    code: PrintCode | None
    bytes_sent: int


def trouble(status: PrinterStatus) -> PrintCode | None:
    """The reason why a printer in this state does not print; None when it does."""
    if not status.answers:
        return None
    reasons = (
        (status.cover_open, PrintCode.COVER_OPEN),
        (status.paper_out, PrintCode.PAPER_OUT),
        (status.cutter_error, PrintCode.CUTTER),
        (status.overheated, PrintCode.OVERHEATED),
        (status.other_error, PrintCode.PRINTER_ERROR),
        (not status.online, PrintCode.OFFLINE),
    )
    return next((code for applies, code in reasons if applies), None)
