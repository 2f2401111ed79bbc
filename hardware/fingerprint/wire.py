"""Fingerprint packets as lines for a technician: names of instructions and answers; no template, no picture, no
password."""

from hardware.fingerprint.codec import Confirmation, Damage, Instruction, Kind, Packet, PacketReader

_INSTRUCTIONS = {int(instruction): instruction.name for instruction in Instruction}
_CODES = {int(code): code.name for code in Confirmation}
_SECRET = (Instruction.VFY_PWD, Instruction.SET_PWD)


class PacketLines:
    """A `WireReader` for the EF 01 family."""

    def __init__(self) -> None:
        self._readers = {">": PacketReader(), "<": PacketReader()}

    def lines(self, direction: str, data: bytes) -> list[str]:
        return [f"{direction} {_words(event)}" for event in self._readers[direction].feed(data)]


def _words(event: Packet | Damage) -> str:
    if isinstance(event, Damage):
        return f"{event.size} bytes of no packet ({event.reason})"
    code, rest = event.content[0], event.content[1:]
    if event.kind in (Kind.DATA, Kind.END):
        return f"{event.kind.name} {len(event.content)} bytes"
    if event.kind is Kind.ACK:
        return f"ACK {code:02x} {_CODES.get(code, 'unknown')} {rest.hex(' ')}".rstrip()
    shown = "(hidden)" if code in _SECRET else rest.hex(" ")
    return f"{_INSTRUCTIONS.get(code, 'instruction')} {code:02x} {shown}".rstrip()
