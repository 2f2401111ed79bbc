"""V1: whatever a line brings, no decoder raises, hangs, grows, or stays lost; nor does what a technician watches."""

import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.fingerprint.codec import Kind, Packet, PacketReader
from hardware.fingerprint.wire import PacketLines
from hardware.payment.bca import BcaProfile
from hardware.payment.bri import BriProfile
from hardware.payment.frames import Frame, FrameReader, encode
from hardware.payment.terminal import Purpose
from hardware.payment.wire import FrameLines
from hardware.printer.status import is_processed, is_real_time
from hardware.printer.wire import PrinterLines
from hardware.scanner.framing import ElyctisFramer, ScannedCode
from hardware.wire_log import CountingReader

BYTES = 10_000_000
QUICK_BYTES = 20_000
ACK = bytes.fromhex("ef 01 ff ff ff ff 07 00 03 00 00 0a")
ZONE = b"P<AUSCALLOWAY<<IMOGEN<RUTH<<<<<<<<<<<<<<<<<<\rX0000001<4AUS8802141F3011238<<<<<<<<<<<<<<<0\r"
INQUIRED = b"I\x00\x5a" + ZONE
PROFILES = {"bca": BcaProfile(), "bri": BriProfile()}
Feed = Callable[[bytes], Any]


def sale(bank: str) -> bytes:
    profile = PROFILES[bank]
    return encode(profile.request(Purpose.SALE_CARD, 500_000, "REF1" if bank == "bca" else ""), profile.lrc_rule)


def fingerprint() -> tuple[Feed, Callable[[], bool], bytes]:
    reader, lines = PacketReader(), PacketLines()

    def feed(data: bytes) -> list[Any]:
        shown(lines.lines("<", data))
        return reader.feed(data)

    def found() -> bool:
        reader.gap()
        return Packet(0xFFFFFFFF, Kind.ACK, b"\x00") in feed(ACK)

    return feed, found, ACK


def payment(bank: str) -> tuple[Feed, Callable[[], bool], bytes]:
    profile, lines = PROFILES[bank], FrameLines(PROFILES[bank])
    reader, good = FrameReader(profile.request_length, profile.lrc_rule), sale(bank)

    def feed(data: bytes) -> list[Any]:
        shown([*lines.lines(">", data), *lines.lines("<", data)])
        return reader.feed(data)

    def found() -> bool:
        reader.silence()
        return any(isinstance(event, Frame) for event in reader.feed(good))

    return feed, found, good


def elyctis() -> tuple[Feed, Callable[[], bool], bytes]:
    reader = ElyctisFramer()

    def found() -> bool:
        reader.silence()
        return any(isinstance(event, ScannedCode) for event in reader.feed(INQUIRED))

    return reader.feed, found, INQUIRED


def printer() -> tuple[Feed, Callable[[], bool], bytes]:
    lines, counting = PrinterLines(), CountingReader()

    def feed(data: bytes) -> list[bool]:
        shown([*lines.lines("<", data), *lines.lines(">", data), *counting.lines("<", data)])
        return [is_real_time(byte) and is_processed(byte) for byte in data]

    return feed, lambda: lines.lines("<", b"\x12") == ["< 12 well"] and not any(feed(bytes(range(256)))), b"\x12"


def shown(lines: list[str]) -> None:
    """A technician's terminal gets one printable line for each."""
    assert all(line.isprintable() and len(line) < 1000 for line in lines)


MAKERS: dict[str, Callable[[], tuple[Feed, Callable[[], bool], bytes]]] = {
    "fingerprint": fingerprint,
    "payment bca": lambda: payment("bca"),
    "payment bri": lambda: payment("bri"),
    "zone reader": elyctis,
    "printer": printer,
}


def fuzz(name: str, size: int) -> float:
    """Feed random and mutated bytes; the longest time one piece took of the processor, in seconds."""
    chance = random.Random(name)
    feed, found, good = MAKERS[name]()
    fed, longest = 0, 0.0
    while fed < size:
        piece = bytearray(good if chance.random() < 0.4 else chance.randbytes(chance.randrange(1, 400)))
        if chance.random() < 0.8:
            piece[chance.randrange(len(piece))] = chance.randrange(256)
        begun = time.thread_time()
        feed(bytes(piece))
        longest = max(longest, time.thread_time() - begun)
        fed += len(piece)
    assert found(), "after a silence the next whole message is found"
    return longest


@pytest.mark.parametrize("name", MAKERS)
def test_random_bytes_raise_nothing_and_the_next_message_is_found(name: str) -> None:
    fuzz(name, QUICK_BYTES)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([ACK, sale("bca"), sale("bri"), b"\x02\x01\x50"]))))
def test_what_a_technician_watches_never_breaks(pieces: list[bytes]) -> None:
    for reader in (PacketLines(), PrinterLines(), CountingReader(), *map(FrameLines, PROFILES.values())):
        for number, piece in enumerate(pieces):
            shown(reader.lines("<>"[number % 2], piece))


@pytest.mark.long
@pytest.mark.parametrize("name", MAKERS)
def test_ten_million_bytes_raise_nothing_hang_nowhere_and_keep_memory_flat(name: str) -> None:
    fuzz(name, QUICK_BYTES)
    tracemalloc.start()
    fuzz(name, QUICK_BYTES * 10)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    longest = fuzz(name, BYTES)
    print(f"V1 {name}: {BYTES:,} bytes, 0 exceptions, longest {longest * 1000:.1f} ms, {kept // 1024} KiB kept")
    assert longest < 0.1
    assert peak < 2_000_000
