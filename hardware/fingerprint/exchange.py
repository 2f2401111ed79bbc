"""Questions and answers with a module over a port: one at a time, checked, with the module's own deadlines."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hardware.faults import DeviceError, FaultCode
from hardware.fingerprint.codec import (
    DEFAULT_ADDRESS,
    GAP_S,
    Confirmation,
    Damage,
    Instruction,
    Kind,
    Packet,
    PacketReader,
    data_packets,
    encode,
)
from hardware.port import Port

ANSWER_S = 1.0
"""Answers to commands that only compute or read come within half a second (ZFM-20: Img2Tz about 0.5 s, Search under 1
s)."""
QUIET_S = 0.05
DRAIN_S = 0.5
"""After a lost answer the line must be quiet for QUIET_S before the next question, so a late one is not taken for the
next; DRAIN_S at most."""
READ_SIZE = 4096
MAX_DATA = 600_000
"""More than any image of the family."""

FAULTS = {
    Confirmation.RECEIVE_ERROR: FaultCode.GARBLED,
    Confirmation.CANNOT_RECEIVE: FaultCode.GARBLED,
    Confirmation.DIFFERENT_FINGERS: FaultCode.FINGER_DIFFERENT,
    Confirmation.TEMPLATE_INVALID: FaultCode.TEMPLATE_INVALID,
    Confirmation.MESSY: FaultCode.FINGER_UNREADABLE,
    Confirmation.TOO_FEW_FEATURES: FaultCode.FINGER_UNREADABLE,
    Confirmation.CAPTURE_FAILED: FaultCode.FINGER_UNREADABLE,
    Confirmation.NO_IMAGE: FaultCode.FINGER_UNREADABLE,
    Confirmation.NO_FINGER: FaultCode.FINGER_MISSING,
    Confirmation.TIMED_OUT: FaultCode.FINGER_MISSING,
    Confirmation.WRONG_PASSWORD: FaultCode.PASSWORD_WRONG,
    Confirmation.PASSWORD_REQUIRED: FaultCode.PASSWORD_WRONG,
    Confirmation.SENSOR_FAULT: FaultCode.SENSOR_FAULT,
    Confirmation.HARDWARE_FAULT: FaultCode.SENSOR_FAULT,
    Confirmation.UNSUPPORTED: FaultCode.UNSUPPORTED,
    Confirmation.UNDEFINED: FaultCode.UNSUPPORTED,
}
"""Module codes that have a fault of their own; the others are REFUSED with the code in the detail."""

KNOWN_CODES = frozenset(int(code) for code in Confirmation)


class Exchange:
    """A conversation with the module at one address. All methods raise PortLost; the rest as they say."""

    def __init__(self, port: Port, address: int = DEFAULT_ADDRESS, patience: float = 1.0) -> None:
        self.port = port
        self.address = address
        self.patience = patience
        """Stretches every deadline: a line through a terminal server needs more than one."""
        self.heard_bytes = False
        """Whether anything at all came in answer to the last question: tells a wrong device from a silent one."""
        self._reader = PacketReader()
        self._packets: deque[Packet] = deque()
        self._doubtful = False

    def ask(
        self,
        instruction: Instruction,
        parameters: bytes = b"",
        *,
        expect: int = 0,
        timeout: float = ANSWER_S,
        tries: int = 1,
        accept: tuple[Confirmation, ...] = (),
        becomes: int | None = None,
    ) -> tuple[Confirmation, bytes]:
        """The confirmation code (OK or one of `accept`) and at least `expect` bytes after an OK.

        `becomes`: the address that the module answers from, and has from then on.

        `tries` > 1 only for instructions that may be carried out twice. Raises DeviceError: NO_ANSWER, GARBLED,
        UNEXPECTED_ANSWER, or what `FAULTS` says about another code.
        """
        while True:
            tries -= 1
            try:
                self.begin(instruction, parameters)
                self.address = self.address if becomes is None else becomes
                return self.more(instruction, timeout, expect=expect, accept=accept)
            except DeviceError as error:
                again = (FaultCode.NO_ANSWER, FaultCode.GARBLED, FaultCode.UNEXPECTED_ANSWER)
                if tries <= 0 or error.code not in again:
                    raise

    def receive(self, seconds: float, on_size: Callable[[int], None] | None = None) -> bytes:
        """The data packets that follow an acknowledgement, to the end packet. Raises DeviceError (NO_ANSWER,
        GARBLED)."""
        deadline = time.monotonic() + seconds * self.patience
        data = bytearray()
        with self._doubt():
            while True:
                packet = self._packet(min(deadline, time.monotonic() + ANSWER_S * self.patience))
                if packet.kind not in (Kind.DATA, Kind.END):
                    raise DeviceError(FaultCode.UNEXPECTED_ANSWER, f"{packet.kind.name} inside data")
                data += packet.content
                if len(data) > MAX_DATA:
                    raise DeviceError(FaultCode.GARBLED, "data without end")
                if on_size is not None:
                    on_size(len(data))
                if packet.kind is Kind.END:
                    return bytes(data)

    def transmit(self, data: bytes, packet_size: int) -> None:
        """Data packets to the module, which never acknowledges them."""
        for packet in data_packets(data, packet_size, self.address):
            self.port.write(packet)

    def begin(self, instruction: Instruction, parameters: bytes = b"") -> None:
        """Send an instruction; its acknowledgements are `more`'s."""
        self._prepare()
        self.port.write(encode(Kind.COMMAND, bytes([instruction]) + parameters, self.address))

    def more(
        self, instruction: Instruction, timeout: float, *, expect: int = 0, accept: tuple[Confirmation, ...] = ()
    ) -> tuple[Confirmation, bytes]:
        """The next acknowledgement of an instruction that was begun; values and errors as of `ask`."""
        with self._doubt():
            packet = self._packet(time.monotonic() + timeout * self.patience)
            if packet.kind is not Kind.ACK:
                raise DeviceError(FaultCode.UNEXPECTED_ANSWER, f"{packet.kind.name} to {instruction.name}")
            code, rest = packet.content[0], packet.content[1:]
            if code == Confirmation.OK and len(rest) < expect:
                raise DeviceError(FaultCode.UNEXPECTED_ANSWER, f"{len(rest)} bytes to {instruction.name}")
        if code not in KNOWN_CODES:
            raise DeviceError(FaultCode.REFUSED, f"{instruction.name}: code {code:02x}")
        confirmation = Confirmation(code)
        if confirmation is Confirmation.OK or confirmation in accept:
            return confirmation, rest
        fault = FAULTS.get(confirmation, FaultCode.REFUSED)
        raise DeviceError(fault, f"{instruction.name}: {confirmation.name} {code:02x}")

    def _prepare(self) -> None:
        deadline = time.monotonic() + DRAIN_S
        while self._doubtful and time.monotonic() < deadline:
            self._doubtful = bool(self.port.read(READ_SIZE, min(deadline, time.monotonic() + QUIET_S)))
        self._doubtful = False
        self.port.flush_input()
        self._reader.reset()
        self._packets.clear()
        self.heard_bytes = False

    def _packet(self, deadline: float) -> Packet:
        """The next whole packet from our address. Once one is broken, no long wait: the answer has been."""
        damage: Damage | None = None
        while True:
            while self._packets:
                packet = self._packets.popleft()
                if packet.address == self.address:
                    return packet
            now = time.monotonic()
            if now >= deadline:
                code = FaultCode.GARBLED if damage else FaultCode.NO_ANSWER
                raise DeviceError(code, damage.reason if damage else "")
            missing = self._reader.missing
            data = self.port.read(READ_SIZE, min(deadline, now + GAP_S) if missing else deadline)
            self.heard_bytes = self.heard_bytes or bool(data)
            for event in self._reader.feed(data) if data else self._reader.gap():
                if isinstance(event, Packet):
                    self._packets.append(event)
                    continue
                damage = event
                if event.reason != "junk":
                    deadline = min(deadline, time.monotonic() + 2 * GAP_S)

    @contextmanager
    def _doubt(self) -> Iterator[None]:
        try:
            yield
        except DeviceError:
            self._doubtful = True
            raise
