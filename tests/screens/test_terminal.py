"""The app on a real terminal (a pty with TERM=linux): what it draws, how it ends, what it leaves behind."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from screens.terminal import unfit_reason
from screens.themes import CONSOLE, CONTRAST, MODERN, MONOCHROME, suited
from tests.screens.fake_office import PIN
from tests.screens.pty_child import SECRET
from tests.screens.terminal_pty import Console

F1, F3, F8, F9, F12 = "\x1b[[A", "\x1b[[C", "\x1b[19~", "\x1b[20~", "\x1b[24~"
GLYPHS = set(Path(__file__).with_name("console_glyphs.txt").read_text(encoding="utf-8")) - {"\n"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.log"


@pytest.fixture
def console(log: Path) -> Iterator[Console]:
    opened = Console("tests/screens/pty_child.py", str(log))
    yield opened
    opened.close()


def sign_in(console: Console) -> None:
    console.until("Nama masuk")
    console.until("Kantor latihan")
    console.type("sri\r")
    console.type(PIN + "\r")
    console.until("Menunggu saya")


def test_a_console_shows_every_key_press_with_its_own_glyphs_and_colours(console: Console) -> None:
    sign_in(console)
    console.until("GARCÍA")
    console.type("\x1b[B")
    console.until(">  ITK-MRE-2026-00001")
    for key, wanted in ((F8, "Alat terminal ini"), (F1, "Kiri dan kanan: halaman lain"), ("\x1b", "Alat terminal ini")):
        console.type(key)
        console.until(wanted)
    console.type(F9)
    console.until("This terminal's devices")
    console.type(F3)
    console.until("Search:")
    console.type(F12)
    console.until("Locked")
    assert {char for row in console.screen.display for char in row} <= GLYPHS
    drawn = console.raw.decode()
    assert set(re.sub(r"\x1b\[[0-9;:?<>=$]*[a-zA-Z]|\x1b.|[\x00-\x1f]", "", drawn)) <= GLYPHS | {"p", "u"}
    for sequence in re.findall(r"\x1b\[([0-9;]*)m", drawn):
        numbers = sequence.split(";")
        assert "38" not in numbers, sequence
        assert "48" not in numbers, sequence
        assert "5" not in numbers, f"blinks or bright: {sequence}"
        assert not [n for n in numbers if n.isdigit() and 100 <= int(n) <= 107], f"bright background: {sequence}"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_program_with_a_clean_terminal(console: Console, number: int, code: int) -> None:
    sign_in(console)
    os.kill(console.process.pid, number)
    assert console.end() == code
    assert console.restored()
    assert console.shown().strip() == ""


def test_a_line_that_is_gone_ends_the_program_without_a_signal(console: Console) -> None:
    sign_in(console)
    assert console.hang_up() == 129


def test_ctrl_c_and_ctrl_q_and_ctrl_z_do_nothing(console: Console) -> None:
    sign_in(console)
    console.type("\x03\x11\x1a\x1c")
    console.type(F8)
    console.until("Alat terminal ini")
    assert console.process.poll() is None


def test_a_defect_shows_no_personal_data_and_exits_70(log: Path) -> None:
    console = Console("tests/screens/pty_child.py", str(log), "crash")
    try:
        console.until("Kantor latihan")
        console.type("sri\r" + PIN + "\r")
        assert console.end() == 70
        assert SECRET not in console.raw.decode()
        assert console.restored()
        said = "".join(console.shown().split())
        assert said.startswith("Program")
        assert said.endswith("Jalankanlagi:isianyangtersimpandipulihkan.")
        logged = log.read_text()
        assert "defect" in logged
        assert "work_list.py" in logged
        assert SECRET not in logged
    finally:
        console.close()


def test_a_terminal_that_can_not_draw_is_refused_in_words(log: Path) -> None:
    console = Console("tests/screens/pty_child.py", str(log), term="dumb")
    try:
        assert console.end() == 3
        assert "Terminal ini tidak dapat dipakai" in console.shown()
        assert b"\x1b" not in console.raw
    finally:
        console.close()


def test_variables_from_outside_can_not_steer_the_program(log: Path) -> None:
    console = Console("tests/screens/pty_child.py", str(log), TEXTUAL_PRESS="f12", TEXTUAL_SCREENSHOT="1")
    try:
        sign_in(console)
        assert console.process.poll() is None
    finally:
        console.close()


def test_no_terminal_at_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unfit_reason({"TERM": ""}) == "terminal.unfit"
    assert unfit_reason({"TERM": "dumb"}) == "terminal.unfit"


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "linux"}, CONSOLE),
        ({"TERM": "xterm-256color"}, MODERN),
        ({"TERM": "tmux-256color", "COLORTERM": "truecolor"}, MODERN),
        ({"TERM": "xterm"}, CONSOLE),
        ({"TERM": "vt220"}, MONOCHROME),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, MONOCHROME),
        ({"TERM": "linux", "KIOSK_THEME": "contrast"}, CONTRAST),
    ],
)
def test_the_theme_suits_the_terminal(environ: dict[str, str], theme: str) -> None:
    assert suited(environ) == theme
