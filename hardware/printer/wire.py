"""What passes on the line of a printer, for a technician: requests, answers, sizes; nothing that is printed."""

from collections import deque
from dataclasses import fields

from hardware.printer.job import CLEAR_BUFFER, FIRMWARE_REQUEST, NAME_REQUEST, NO_UNASKED_STATUS
from hardware.printer.status import (
    ERROR,
    OFFLINE,
    PAPER,
    PRINTER,
    PROCESSED_REQUEST,
    combine,
    is_processed,
    is_real_time,
    paper_ran_out,
    request,
)
from hardware.wire_log import OUT

_REQUESTS = {
    request(PRINTER): "status of the printer?",
    request(OFFLINE): "why offline?",
    request(ERROR): "which error?",
    request(PAPER): "paper?",
    PROCESSED_REQUEST: "everything so far processed?",
    NAME_REQUEST: "name?",
    FIRMWARE_REQUEST: "firmware?",
    NO_UNASKED_STATUS: "no status unasked",
    CLEAR_BUFFER: "forget what is not printed yet",
}
_STATUS_REQUESTS = {request(n): n for n in (PRINTER, OFFLINE, ERROR, PAPER)}


class PrinterLines:
    """A `WireReader` for ESC/POS printers: each write of the driver is one request or a piece of a job."""

    def __init__(self) -> None:
        self._asked: deque[int] = deque(maxlen=8)

    def lines(self, direction: str, data: bytes) -> list[str]:
        if direction == OUT:
            if data in _STATUS_REQUESTS:
                self._asked.append(_STATUS_REQUESTS[data])
            return [f"> {_REQUESTS.get(data) or f'{len(data)} bytes of a job'}"]
        if not all(is_real_time(byte) or is_processed(byte) for byte in data):
            return [f"< {len(data)} bytes that are no status"]
        return [f"< {byte:02x} {self._answer(byte)}" for byte in data]

    def _answer(self, byte: int) -> str:
        if is_processed(byte):
            return "processed, paper at its end" if paper_ran_out(byte) else "processed"
        status = combine({self._asked.popleft() if self._asked else PRINTER: byte})
        wrong = [f.name for f in fields(status)[2:] if getattr(status, f.name)]
        return ", ".join([*([] if status.online else ["offline"]), *wrong]) or "well"
