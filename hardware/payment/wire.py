"""ECR frames as lines for a technician: purpose, response code and amount; no card, no name, no reference."""

from contextlib import suppress

from hardware.faults import DeviceError
from hardware.payment.frames import Acknowledged, Broken, Event, Frame, FrameReader, Refused
from hardware.payment.profile import Profile
from hardware.payment.terminal import Purpose
from hardware.wire_log import IN, OUT


class FrameLines:
    """A `WireReader` for one bank's profile."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._readers = {
            OUT: FrameReader(profile.request_length, profile.lrc_rule),
            IN: FrameReader(profile.response_length, profile.lrc_rule),
        }
        self._purposes: dict[str, str] = {}
        for purpose in Purpose:
            with suppress(KeyError, DeviceError):  # a link does not know every purpose
                self._purposes[profile.kind(purpose)] = purpose.value

    def lines(self, direction: str, data: bytes) -> list[str]:
        """Half a frame shows once the other side speaks: then its rest will not come."""
        other = IN if direction == OUT else OUT
        broken = [self._words(other, event) for event in self._readers[other].silence()]
        return broken + [self._words(direction, event) for event in self._readers[direction].feed(data)]

    def _words(self, direction: str, event: Event) -> str:
        match event:
            case Acknowledged():
                return f"{direction} ACK 06"
            case Refused():
                return f"{direction} NAK 15"
            case Broken(fault, size):
                return f"{direction} {size} bytes of no frame ({fault})"
            case Frame(body):
                return f"{direction} {self._frame(direction, body)}"

    def _frame(self, direction: str, body: bytes) -> str:
        kind = self._profile.kind_of(body)
        name = f"{self._purposes.get(kind, 'type')} {kind}, {len(body)} bytes"
        if direction == OUT:
            return name
        try:
            reply = self._profile.decode(body)
        except ValueError as error:
            return f"{name}, not understood: {error}"
        return f"{name}, code {reply.response_code}, Rp{reply.amount if reply.amount is not None else '?'}"
