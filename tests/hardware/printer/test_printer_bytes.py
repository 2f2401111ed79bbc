"""Documents as bytes: golden streams, text that can't command the printer, codes that fit the paper."""

import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.printer.document import Align, Cut, Document, Element, Feed, Qr, Rule, Text
from hardware.printer.escpos import qr_image, render
from hardware.printer.job import gathered
from hardware.printer.printable import fold, printable
from hardware.printer.profiles import PROFILES, PrinterProfile
from hardware.printer.simulated_stream import StreamReader
from hardware.printer.status import combine, is_processed, is_real_time

TM = PROFILES["tm-t20"]
SMALL = PROFILES["pos58"]
TOKEN = "ITK1" + "A2" * 75 + "A"


def stream(*elements: Element, profile: PrinterProfile = TM) -> bytes:
    return b"".join(render(Document(elements), profile))


def test_a_text_line_has_its_golden_bytes() -> None:
    bold = Text("Tanda Terima", bold=True, align=Align.CENTER)
    assert stream(bold, Cut()) == bytes.fromhex(
        "1b40 1b7413 1b4501 1b6101"  # initialise, code page 858, bold, centre
        + b"Tanda Terima\n".hex()
        + "1b4500 1b6100"  # both off again
        + "1b6406 1d5600"  # feed, cut
    )


def test_a_double_line_is_switched_off_again() -> None:
    assert bytes.fromhex("1d2111") + b"ITK\n" + bytes.fromhex("1d2100") in stream(Text("ITK", double=True))


def test_a_rule_is_as_wide_as_the_paper() -> None:
    assert b"-" * 48 + b"\n" in stream(Rule())
    assert b"=" * 32 + b"\n" in stream(Rule("="), profile=SMALL)
    assert b"-" * 48 in stream(Rule("\x1b"))


def test_a_printer_without_a_knife_only_feeds() -> None:
    assert stream(Cut(), profile=SMALL).endswith(b"\x1bd\x03")
    assert b"\x1dV" not in stream(Cut(), profile=SMALL)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
@pytest.mark.parametrize(
    "text",
    [
        "\x1b@\x1bp\x00\x19\xfa",
        "\x10\x04\x01\x10\x14\x01\x00\x01",
        "\x1dV\x00\x1d(k",
        "a\x00b\x07c\x08d\x7fe",
        "\x9b31m\x90q\x9c",
        "\u202egnp.exe\u2066x",
        "\ud800",
    ],
)
def test_control_bytes_in_data_never_reach_the_printer(profile: PrinterProfile, text: str) -> None:
    for element in (Text(text), Text(text, double=True, bold=True), Rule(text or "-")):
        commands = render(Document((element,)), profile)
        data = [one for one in commands if one[:1] not in (b"\x1b", b"\x1d")]
        assert data, "the line itself is there"
        for line in data:
            assert all(byte >= 0x20 and byte != 0x7F for byte in line.rstrip(b"\n")), line
        assert [one for one in commands if one[:2] in (b"\x1bp", b"\x1dV", b"\x10\x04", b"\x10\x14", b"\x1d(")] == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["CP858", "CP1252"]))
def test_any_text_becomes_one_printable_byte_a_character(text: str, encoding: str) -> None:
    shown = printable(text, encoding)
    encoded = shown.encode(encoding)
    assert len(encoded) == len(shown)
    assert all(byte >= 0x20 and byte != 0x7F for byte in encoded)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("José Müller", "José Müller"),
        ("Łukasz Đorđe", "Lukasz Dorde"),
        ("Ştefan Čapek Nguyễn", "Stefan Capek Nguyen"),
        ("王小明", "???"),
        ("محمد", "????"),
        ("“kutip” – dan…", '"kutip" - dan...'),
        ("tab\tbaris\nbaru", "tab baris baru"),
        (unicodedata.normalize("NFD", "é"), "é"),
        ("ﬁ", "fi"),
    ],
)
def test_names_the_printer_has_no_letters_for_are_transliterated(text: str, shown: str) -> None:
    assert printable(text, "CP858") == shown


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab c\u00e9", max_size=300), st.integers(8, 48))
def test_no_line_is_wider_than_the_paper_and_no_letter_is_lost(text: str, columns: int) -> None:
    lines = fold(text, columns)
    assert all(len(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_the_longest_line_is_folded_by_the_renderer(profile: PrinterProfile) -> None:
    for double in (False, True):
        commands = render(Document((Text("W" * 200, double=double),)), profile)
        widest = max(len(one.rstrip(b"\n")) for one in commands if one.startswith(b"W"))
        assert widest == profile.columns // (2 if double else 1)


def test_the_token_is_a_version_8_code_of_five_dots() -> None:
    picture = qr_image(TOKEN, "Q", 5, 576)
    assert picture.size == ((49 + 8) * 5, (49 + 8) * 5)


def test_modules_are_exactly_square() -> None:
    picture = qr_image(TOKEN, "Q", 5, 576)
    for x in range(0, picture.width, 5):
        for y in range(0, picture.height, 5):
            block = picture.crop((x, y, x + 5, y + 5))
            assert block.getextrema()[0] == block.getextrema()[1]


def test_a_code_shrinks_on_narrow_paper_and_is_refused_when_nothing_could_read_it() -> None:
    assert qr_image(TOKEN, "Q", 8, 384).width == 57 * 6
    with pytest.raises(ValueError, match="does not fit"):
        qr_image("x" * 1200, "Q", 5, 384)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_no_raster_is_wider_than_the_paper_nor_higher_than_the_band(profile: PrinterProfile) -> None:
    placements = (Align.LEFT, Align.CENTER, Align.RIGHT)
    rasters = [
        one for one in render(Document((Qr(TOKEN, placements=placements),)), profile) if one.startswith(b"\x1dv0")
    ]
    assert rasters
    for raster in rasters:
        assert (raster[4] | raster[5] << 8) * 8 <= profile.dots
        assert (raster[6] | raster[7] << 8) <= profile.band_rows


def test_the_native_code_is_the_published_command_sequence() -> None:
    native = PrinterProfile("native", "TM-T20II", 576, 48, native_qr=True)
    sent = stream(Qr("ITK1TEST", ecc="M", module_dots=6), profile=native)
    published = bytes.fromhex(
        "1d286b0400314132 00 1d286b03003143 06 1d286b03003145 31 1d286b0b00315030"
        + b"ITK1TEST".hex()
        + "1d286b0300315130"
    )
    assert published in sent


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_every_command_is_known_to_an_independent_parser(profile: PrinterProfile) -> None:
    document = Document((Text("a", True, Align.RIGHT, True), Rule(), Qr(TOKEN), Feed(2), Cut(partial=True)))
    commands = list(StreamReader().feed(b"".join(render(document, profile))))
    assert [one.data for one in commands if one.name == b"unknown"] == []


def test_pieces_end_where_commands_end() -> None:
    commands = (b"a" * 10, b"b" * 600, b"c" * 500, b"d" * 12, b"e")
    assert gathered(commands, 512) == [b"a" * 10, b"b" * 600, b"c" * 500 + b"d" * 12, b"e"]
    assert gathered((), 512) == []


def test_rendering_prints_nothing_and_leaves_the_logger_alone() -> None:
    code = (
        "import logging\n"
        "from hardware.printer.escpos import render\n"
        "from hardware.printer.document import *\n"
        "from hardware.printer.profiles import PROFILES\n"
        "for p in PROFILES.values(): render(Document((Text('a'), Qr('ITK1'), Cut())), p)\n"
        "assert logging.root.handlers == [], logging.root.handlers\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("byte", "real_time", "processed"),
    [(0x12, True, False), (0x1E, True, False), (0x7E, True, False), (0x16, True, False), (0x00, False, True),
     (0x03, False, True), (0x0C, False, True), (0x0F, False, True), (0xFF, False, False), (0x13, False, False),
     (0x92, False, False), (0x55, False, False)],
)  # fmt: skip
def test_status_bytes_are_told_from_noise(byte: int, real_time: bool, processed: bool) -> None:
    assert (is_real_time(byte), is_processed(byte)) == (real_time, processed)


def test_status_bits_mean_what_the_manuals_say() -> None:
    assert combine({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}).online
    assert combine({1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12}).cover_open
    assert combine({1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x72}).paper_out
    assert combine({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x1E}).paper_near_end
    assert combine({1: 0x1A, 2: 0x52, 3: 0x1A, 4: 0x12}).cutter_error
    assert not combine({}).answers


def test_a_receipt_is_rendered_in_time_to_be_ignored() -> None:
    stream(Text("warm"))
    started = time.perf_counter()
    stream(Text("a"), Qr(TOKEN, placements=(Align.LEFT, Align.RIGHT)), Cut())
    assert time.perf_counter() - started < 0.5
