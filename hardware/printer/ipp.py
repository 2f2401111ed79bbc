"""What became of a CUPS job, by Get-Job-Attributes of IPP (RFC 8010, RFC 8011) over CUPS's own socket, or to the server
that CUPS_SERVER names. lpstat does not answer this: it lists cancelled and aborted jobs as completed too.
"""

import http.client
import os
import socket
import struct
from enum import IntEnum
from pathlib import Path

SOCKET = Path("/run/cups/cups.sock")
PORT = 631
GET_JOB_ATTRIBUTES = 0x0009
CHARSET, LANGUAGE, URI, NAME, KEYWORD, ENUM = 0x47, 0x48, 0x45, 0x42, 0x44, 0x23
OPERATION_GROUP, END = 0x01, 0x03
DELIMITERS = range(0x10)
ANSWER_LIMIT = 65_536


class JobState(IntEnum):
    """job-state of RFC 8011, 5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


def job_state(job: str, timeout: float) -> JobState | None:
    """The state of a job by CUPS's name for it (`A4-17`); None when the server does not say."""
    number = job.rpartition("-")[2]
    if not number.isdigit():
        return None
    connection = _connection(timeout)
    try:
        connection.request("POST", "/", request(number), {"Content-Type": "application/ipp", "Host": "localhost"})
        answer = connection.getresponse()
        return state_in(answer.read(ANSWER_LIMIT)) if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def request(number: str) -> bytes:
    """Get-Job-Attributes for one job."""
    attributes = (
        (CHARSET, b"attributes-charset", b"utf-8"),
        (LANGUAGE, b"attributes-natural-language", b"en"),
        (URI, b"job-uri", f"ipp://localhost/jobs/{number}".encode("ascii")),
        (NAME, b"requesting-user-name", b"itk-kiosk"),
        (KEYWORD, b"requested-attributes", b"job-state"),
    )
    body = b"".join(
        struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value
        for tag, name, value in attributes
    )
    return struct.pack(">BBHIB", 2, 0, GET_JOB_ATTRIBUTES, 1, OPERATION_GROUP) + body + bytes((END,))


def state_in(answer: bytes) -> JobState | None:
    """job-state in an answer; None for one that has none, or is none."""
    at = 8
    try:
        while answer[at] != END:
            tag = answer[at]
            at += 1
            if tag in DELIMITERS:
                continue
            name, at = _field(answer, at)
            value, at = _field(answer, at)
            if name == b"job-state" and tag == ENUM:
                return JobState(int.from_bytes(value, "big"))
    except (IndexError, ValueError, struct.error):
        return None
    return None


def _field(answer: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">H", answer, at)
    return answer[at + 2 : at + 2 + size], at + 2 + size


def _connection(timeout: float) -> http.client.HTTPConnection:
    server = os.environ.get("CUPS_SERVER", "")
    if server and not server.startswith("/"):
        host, _, port = server.partition("/")[0].partition(":")
        return http.client.HTTPConnection(host, int(port) if port.isdigit() else PORT, timeout=timeout)
    return _SocketConnection(Path(server) if server else SOCKET, timeout)


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
