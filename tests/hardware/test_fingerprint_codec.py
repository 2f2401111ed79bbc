"""Frames of the fingerprint modules: the worked frames of the manuals, and streams that hold anything."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.fingerprint.codec import (
    Damage,
    Instruction,
    Kind,
    Packet,
    PacketReader,
    ProductInfo,
    SystemParameters,
    data_packets,
    encode,
    index_ids,
    unpack_pixels,
)

I = Instruction  # noqa: E741
HEAD = bytes.fromhex("ef01ffffffff")


def worked(text: str) -> bytes:
    return HEAD + bytes.fromhex(text)


COMMANDS = [
    (I.VFY_PWD, "00000000", "01 0007 13 00000000 001b"),
    (I.READ_SYS_PARA, "", "01 0003 0f 0013"),
    (I.GEN_IMG, "", "01 0003 01 0005"),
    (I.IMG_2_TZ, "01", "01 0004 02 01 0008"),
    (I.IMG_2_TZ, "02", "01 0004 02 02 0009"),
    (I.REG_MODEL, "", "01 0003 05 0009"),
    (I.STORE, "010005", "01 0006 06 01 0005 0013"),
    (I.LOAD_CHAR, "010005", "01 0006 07 01 0005 0014"),
    (I.UP_CHAR, "01", "01 0004 08 01 000e"),
    (I.DOWN_CHAR, "02", "01 0004 09 02 0010"),
    (I.UP_IMAGE, "", "01 0003 0a 000e"),
    (I.DELETE_CHAR, "00050001", "01 0007 0c 0005 0001 001a"),
    (I.EMPTY, "", "01 0003 0d 0011"),
    (I.SET_SYS_PARA, "0603", "01 0005 0e 06 03 001d"),
    (I.SET_SYS_PARA, "040c", "01 0005 0e 04 0c 0024"),
    (I.SET_SYS_PARA, "0504", "01 0005 0e 05 04 001d"),
    (I.MATCH, "", "01 0003 03 0007"),
    (I.SEARCH, "01000003e8", "01 0008 04 01 0000 03e8 00f9"),
    (I.HI_SPEED_SEARCH, "01000000a3", "01 0008 1b 01 0000 00a3 00c8"),
    (I.TEMPLATE_NUM, "", "01 0003 1d 0021"),
    (I.READ_INDEX, "00", "01 0004 1f 00 0024"),
    (I.AURA_LED, "01640200", "01 0007 35 01 64 02 00 00a4"),
    (I.CHECK_SENSOR, "", "01 0003 36 003a"),
    (I.HANDSHAKE, "", "01 0003 40 0044"),
    (I.READ_PROD_INFO, "", "01 0003 3c 0040"),
    (I.SOFT_RESET, "", "01 0003 3d 0041"),
]
ANSWERS = [
    ("07 0003 00 000a", "00"),
    ("07 0003 13 001d", "13"),
    ("07 0003 02 000c", "02"),
    ("07 0003 0a 0014", "0a"),
    ("07 0003 fc 0106", "fc"),
    ("07 0005 00 0078 0084", "000078"),
    ("07 0005 00 0003 000f", "000003"),
    ("07 0007 00 0005 0078 008b", "0000050078"),
    ("07 0007 09 0000 0000 0017", "0900000000"),
    ("07 0013 00 0000 0000 03e8 0003 ffffffff 0002 0006 050c", "000000000003e80003ffffffff00020006"),
    ("07 0013 00 0000 0009 00c8 0003 ffffffff 0002 0006 04f2", "000000000900c80003ffffffff00020006"),
    ("07 0023 00 2102" + "00" * 30 + "004d", "002102" + "00" * 30),
]


@pytest.mark.parametrize(
    ("instruction", "parameters", "frame"), COMMANDS, ids=[f"{c[0].name} {c[1]}" for c in COMMANDS]
)
def test_commands_are_the_manuals_bytes(instruction: Instruction, parameters: str, frame: str) -> None:
    assert encode(Kind.COMMAND, bytes([instruction]) + bytes.fromhex(parameters)) == worked(frame)


@pytest.mark.parametrize(("frame", "content"), ANSWERS)
@pytest.mark.parametrize("step", [1000, 1, 5], ids=["whole", "byte by byte", "in fives"])
def test_answers_are_read_however_they_are_cut(frame: str, content: str, step: int) -> None:
    reader, found = PacketReader(), []
    stream = worked(frame)
    for start in range(0, len(stream), step):
        found += reader.feed(stream[start : start + step])
    assert found == [Packet(0xFFFFFFFF, Kind.ACK, bytes.fromhex(content))]
    assert reader.missing == 0


def test_data_and_end_packets() -> None:
    assert encode(Kind.DATA, bytes([1, 2, 3, 4])) == worked("02 0006 01020304 0012")
    assert encode(Kind.END, bytes([1, 2, 3, 4])) == worked("08 0006 01020304 0018")


@pytest.mark.parametrize("size", [1, 127, 128, 129, 500, 512, 1536])
@pytest.mark.parametrize("packet", [32, 64, 128, 256])
def test_data_of_any_size_is_cut_and_joined_without_loss(size: int, packet: int) -> None:
    data = bytes(range(256)) * 6
    packets = PacketReader().feed(b"".join(data_packets(data[:size], packet)))
    assert all(isinstance(one, Packet) for one in packets)
    assert b"".join(one.content for one in packets if isinstance(one, Packet)) == data[:size]
    kinds = [one.kind for one in packets if isinstance(one, Packet)]
    assert kinds == [Kind.DATA] * (len(kinds) - 1) + [Kind.END]


ACK = encode(Kind.ACK, b"\x00")


@pytest.mark.parametrize(
    "junk",
    [
        b"\x55",
        b"\xef",
        b"\xef\x01",
        b"\xef\x01\xff\xff\xff\xff\x07\xff\xff",
        ACK[:7],
        b"\xef\x01" * 5,
        bytes(300),
        b"hello\r\n",
    ],
    ids=["r503 hello", "half start", "start", "oversize", "cut frame", "starts", "zeros", "text"],
)
def test_a_frame_after_junk_is_found(junk: bytes) -> None:
    reader = PacketReader()
    found = reader.feed(junk + ACK) + reader.gap()
    assert [one for one in found if isinstance(one, Packet)] == [Packet(0xFFFFFFFF, Kind.ACK, b"\x00")]


def test_a_wrong_checksum_then_a_right_one() -> None:
    found = PacketReader().feed(ACK[:-1] + b"\x0b" + ACK)
    assert any(isinstance(one, Damage) and one.reason == "checksum" for one in found)
    assert found[-1] == Packet(0xFFFFFFFF, Kind.ACK, b"\x00")


def test_every_single_damaged_byte_is_noticed() -> None:
    """No frame with one byte changed passes for another frame with the same address."""
    frame = worked("07 0007 00 0005 0078 008b")
    for at in range(len(frame)):
        for change in (0x01, 0x80, 0xFF):
            spoiled = frame[:at] + bytes([frame[at] ^ change]) + frame[at + 1 :]
            reader = PacketReader()
            packets = [one for one in reader.feed(spoiled) + reader.gap() if isinstance(one, Packet)]
            assert all(one.address != 0xFFFFFFFF for one in packets), (at, change)


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(ACK), st.just(b"\xef\x01"), st.just(ACK[:8]))))
def test_nothing_a_line_can_bring_breaks_the_reader(pieces: list[bytes]) -> None:
    reader = PacketReader()
    total = 0
    for piece in pieces:
        reader.feed(piece)
        total += len(piece)
        assert 0 <= reader.missing <= 9 + 258
    reader.gap()
    assert reader.missing == 0
    assert reader.feed(ACK)[-1] == Packet(0xFFFFFFFF, Kind.ACK, b"\x00")


def fuzz(size: int) -> None:
    rng = random.Random(size)
    reader = PacketReader()
    fed = 0
    while fed < size:
        piece = bytearray(
            rng.choice((rng.randbytes(rng.randrange(1, 400)), ACK, b"\xef\x01\xff\xff\xff\xff\x07\x01\x02"))
        )
        if rng.random() < 0.3:
            piece[rng.randrange(len(piece))] ^= 1 << rng.randrange(8)
        begun = time.perf_counter()
        reader.feed(bytes(piece))
        assert time.perf_counter() - begun < 0.1
        fed += len(piece)
    reader.gap()
    assert reader.feed(ACK) == [Packet(0xFFFFFFFF, Kind.ACK, b"\x00")]


def test_a_hundred_thousand_random_bytes() -> None:
    fuzz(100_000)


@pytest.mark.long
def test_ten_million_random_bytes() -> None:
    fuzz(10_000_000)


def test_system_parameters() -> None:
    told = SystemParameters.decode(bytes.fromhex("0000000003e80003ffffffff0002000c"))
    assert (told.capacity, told.security, told.packet_size, told.baud) == (1000, 3, 128, 115200)


@pytest.mark.parametrize("data", ["", "00" * 15, "00" * 12 + "0004" + "0006", "00" * 12 + "0002" + "0000"])
def test_system_parameters_that_cannot_be_are_refused(data: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|speed"):
        SystemParameters.decode(bytes.fromhex(data))


def test_product_information() -> None:
    data = b"R503".ljust(16, b"\0") + b"2022" + b"SN000042" + b"\1\2" + bytes(8) + bytes.fromhex("00c000c0060000c8")
    assert ProductInfo.decode(data) == ProductInfo("R503", "SN000042", 192, 192, 1536, 200)
    with pytest.raises(ValueError, match="geometry"):
        ProductInfo.decode(data[:38] + bytes(8))


def test_pixels_left_first() -> None:
    assert unpack_pixels(b"\x0f\xa0") == bytes([0, 255, 170, 0])


def test_index_counts_bits_from_the_lowest() -> None:
    assert index_ids(b"\x21\x02" + bytes(30), 0) == [0, 5, 9]
    assert index_ids(b"\x01" + bytes(31), 1) == [256]
