"""Where a scanned code begins and ends, whatever the reader was programmed to send around it."""

import random
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.scanner.commands import AnswerFilter, honeywell_setting, newland_setting
from hardware.scanner.framing import MAX_SIZE, CodeFramer, ElyctisFramer, Rejected, Reply, ScannedCode

LINE_1 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
LINE_2 = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
ZONE = f"{LINE_1}\n{LINE_2}"
TD1 = ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"]


def read(stream: bytes, step: int = 10_000, framer: Any = None) -> list[Any]:
    """Everything a stream gives, cut into pieces of `step` bytes, then a silence."""
    framer = framer or CodeFramer()
    events = []
    for start in range(0, len(stream), step):
        events += framer.feed(stream[start : start + step])
    return events + (framer.silence() if framer.pending else [])


CASES = [
    (b"ITK1ABC\r", [ScannedCode("ITK1ABC")]),
    (b"ITK1ABC\n", [ScannedCode("ITK1ABC")]),
    (b"ITK1ABC\r\n", [ScannedCode("ITK1ABC")]),
    (b"ITK1ABC\x03", [ScannedCode("ITK1ABC")]),
    (b"\x02ITK1ABC\x03", [ScannedCode("ITK1ABC")]),
    (b"\x02ITK1ABC\r", [ScannedCode("ITK1ABC")]),
    (b"ITK1ABC", [ScannedCode("ITK1ABC")]),
    (b"]Q1ITK1ABC\r", [ScannedCode("ITK1ABC", "qr")]),
    (b"]C0123\r", [ScannedCode("123", "code128")]),
    (b"]xyz\r", [ScannedCode("]xyz")]),
    (b"a\rb\rc\r", [ScannedCode("a"), ScannedCode("b"), ScannedCode("c")]),
    (b"\r\n\r\n", []),
    ("Søren\r".encode(), [ScannedCode("Søren")]),
    (b"\xff\xfe\xfd\r", [Rejected("not_text", 3)]),
    (b"a\x1b[31mb\r", [Rejected("not_text", 7)]),
    (b"a\x7f\r", [Rejected("not_text", 2)]),
    (b"a\xc2\x9b31m\r", [Rejected("not_text", 6)]),
    (ZONE.replace("\n", "\r").encode() + b"\r", [ScannedCode(ZONE, "mrz")]),
    (ZONE.replace("\n", "\r\n").encode() + b"\r\n", [ScannedCode(ZONE, "mrz")]),
    (b"\x02" + ZONE.replace("\n", "\r").encode() + b"\r\x03", [ScannedCode(ZONE, "mrz")]),
    (b"\x02" + "\r".join(TD1).encode() + b"\x03", [ScannedCode("\n".join(TD1), "mrz")]),
    ("\r".join(TD1).encode() + b"\r", [ScannedCode("\n".join(TD1), "mrz")]),
    (LINE_1.encode() + b"\r", [ScannedCode(LINE_1)]),
    (LINE_1.encode() + b"\rITK1ABC\r", [ScannedCode(LINE_1), ScannedCode("ITK1ABC")]),
    (b"x" * MAX_SIZE + b"\r", [ScannedCode("x" * MAX_SIZE)]),
    (b"x" * (MAX_SIZE + 1) + b"\rITK1\r", [Rejected("too_long", MAX_SIZE + 1), ScannedCode("ITK1")]),
]


@pytest.mark.parametrize(("stream", "events"), CASES, ids=[repr(stream[:14]) for stream, _ in CASES])
@pytest.mark.parametrize("step", [10_000, 1, 3], ids=["whole", "byte by byte", "in threes"])
def test_codes_are_read_however_they_are_cut(stream: bytes, events: list[Any], step: int) -> None:
    assert read(stream, step) == events


def test_an_unfinished_frame_is_a_piece_not_a_code() -> None:
    assert read(b"\x02ITK1AB") == [Rejected("cut", 6)]


def test_once_a_suffix_was_seen_an_unfinished_line_is_a_piece() -> None:
    framer = CodeFramer()
    assert read(b"first\r", framer=framer) == [ScannedCode("first")]
    assert read(b"seco", framer=framer) == [Rejected("cut", 4)]
    assert framer.patience < 1


def test_a_suffix_that_was_configured_is_waited_for() -> None:
    framer = CodeFramer(b"\r\n", always_terminated=True)
    assert read(b"ITK1", framer=framer) == [Rejected("cut", 4)]


def test_elyctis_frames() -> None:
    body = ZONE.replace("\n", "\r").encode()
    for ending in (b"\r", b"\r\r", b""):
        frame = b"I" + (len(body) + len(ending)).to_bytes(2, "big") + body + ending
        for step in (10_000, 1):
            assert read(b"\x00" + frame, step, ElyctisFramer()) == [ScannedCode(ZONE, "mrz")]
    assert read(b"C\x00\x01\x01", framer=ElyctisFramer()) == [Reply(True, b"C\x01")]
    assert read(b"I\x00\x5aabc", framer=ElyctisFramer()) == [Rejected("cut", 6)]
    assert read(b"I\xff\xff" + b"C\x00\x00", framer=ElyctisFramer())[0] == Rejected("too_long", 0xFFFF)


def test_commands_are_the_makers_bytes() -> None:
    assert honeywell_setting("OCRENA1") == b"\x16M\rOCRENA1!"
    assert newland_setting("SCNTRG1", permanent=True) == bytes.fromhex("7e0130303030405343 4e54524731 3b03")
    assert newland_setting("SCNTCE1", permanent=True) == bytes.fromhex("7e01303030304053434e544345313b03")


NEWLAND_YES = b"\x02\x010000@SCNTRG1\x06;\x03"
HONEYWELL_NO = b"\x16M\rOCRENA1\x05!"


@pytest.mark.parametrize("step", [1, 4, 1000])
@pytest.mark.parametrize(
    ("stream", "rest", "answers"),
    [
        (NEWLAND_YES, b"", [True]),
        (HONEYWELL_NO, b"", [False]),
        (b"ab\r" + NEWLAND_YES + b"cd\r" + HONEYWELL_NO, b"ab\rcd\r", [True, False]),
        (b"\x02ITK1\x03", b"\x02ITK1\x03", []),
    ],
)
def test_answers_to_commands_never_pass_for_codes(stream: bytes, rest: bytes, answers: list[bool], step: int) -> None:
    keeper, left, said = AnswerFilter(), b"", []
    for start in range(0, len(stream), step):
        some, verdicts = keeper.feed(stream[start : start + step])
        left, said = left + some, said + verdicts
    assert (left + keeper.release(), said) == (rest, answers)


@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from([b"\x02", b"\r", b"\x03", LINE_1.encode(), NEWLAND_YES]))
    )
)
def test_nothing_a_line_can_bring_breaks_the_framers(pieces: list[bytes]) -> None:
    keeper, framers = AnswerFilter(), (CodeFramer(), CodeFramer(b"", False), ElyctisFramer())
    for piece in pieces:
        rest, _ = keeper.feed(piece)
        for framer in framers:
            framer.feed(rest)
    for framer in framers:
        framer.feed(keeper.release())
        framer.silence()
        assert not framer.pending
    assert framers[0].feed(b"ITK1\r") == [ScannedCode("ITK1")]


def fuzz(size: int) -> None:
    rng = random.Random(size)
    keeper, framer, longest, fed = AnswerFilter(), CodeFramer(), 0, 0
    while fed < size:
        piece = rng.choice(
            (rng.randbytes(rng.randrange(1, 500)), b"ITK1ABC\r", b"\x02" + LINE_1.encode(), NEWLAND_YES[:9])
        )
        for event in framer.feed(keeper.feed(piece)[0]):
            if isinstance(event, ScannedCode):
                longest = max(longest, len(event.text))
                controls = {letter for letter in event.text if unicodedata.category(letter) == "Cc"}
                assert controls <= {"\n", "\t", "\x1d"}
        fed += len(piece)
    assert longest <= MAX_SIZE


def test_a_hundred_thousand_random_bytes() -> None:
    fuzz(100_000)


@pytest.mark.long
def test_ten_million_random_bytes() -> None:
    fuzz(10_000_000)
