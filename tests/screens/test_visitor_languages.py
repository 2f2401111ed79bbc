"""The self-service screen in the visitors' languages: whole catalogues, offered only where a terminal was found able to
show them, chosen by a number, for one person."""

import ctypes
import os
import pty
import re
import string
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyte
import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from kiosk import clock
from kiosk.receipts.token import Verdict
from kiosk.self_service import Shown
from kiosk.words import Language, Visitor, catalogue, say
from screens import showable
from screens.pickup import BACK_S, CHOSEN_S, _spaced
from screens.showable import LATIN, Answer, Why, ask, console_font, glyphs_of, judged, offered
from tests.screens.driving import burst, settle
from tests.screens.fake_office import FakeOffice
from tests.screens.snapshot import check, text
from tests.screens.terminal_pty import Console
from tests.screens.test_pickup_screen import CODE, Program, a_second_later, open_to_all, public, scanned, state

WESTERN = {Visitor.DUTCH, Visitor.FRENCH, Visitor.GERMAN}
OFFICERS = {"pickup.exit", "pickup.choose"}
"""Keys that no visitor's language needs: the officer's dialog, and the line for who reads Indonesian or English."""


# the catalogues


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("language", list(Visitor))
def test_a_visitors_language_has_every_sentence_of_the_screen(language: Visitor) -> None:
    indonesian = catalogue(Language.INDONESIAN)
    wanted = {key for key in indonesian if key.startswith("pickup.")} - OFFICERS
    found = catalogue(language)
    assert set(found) == wanted
    for key in wanted:
        assert found[key].strip(), key
        assert fields(found[key]) == fields(indonesian[key]), key
    assert len({found[f"pickup.{verdict}.detail"] for verdict in Verdict}) == len(Verdict)


@pytest.mark.parametrize("language", list(Visitor))
def test_every_sentence_has_room_above_the_indonesian_one(language: Visitor) -> None:
    for name in ("idle", "no_scanner", *Verdict):
        rows = 0
        for one in (language, Language.INDONESIAN):
            assert cell_len(_spaced(say(one, f"pickup.{name}"), one)) <= 72, name
            at = say(one, "pickup.counter_no", counter="12")
            rows += -(-cell_len(say(one, f"pickup.{name}.detail", counter=at)) // 70)
        assert rows <= (3 if name == Verdict.NOT_READY else 5), name


def test_arabic_is_not_mixed_with_letters_that_run_the_other_way() -> None:
    for key, words in catalogue(Visitor.ARABIC).items():
        assert not re.search(r"[A-Za-z]", re.sub(r"\{.*?\}", "", words)), key
        assert not words.endswith("."), f"{key}: a full stop at the end would stand at the wrong side"
    assert list(Visitor)[-1] is Visitor.ARABIC


# measuring

Reply = Callable[[bytes], bytes]


class Terminal:
    """The other side of a pty: pyte, which counts cells as Unicode says, or what `width` makes of a character."""

    def __init__(self, *, width: Callable[[str], int] | None = None, mode: str = "", silent: bool = False) -> None:
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(80, 24)
        self.screen.write_process_input = self._answer  # type: ignore[method-assign]
        self._width, self._mode, self._silent = width, mode, silent
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _answer(self, data: str) -> None:
        if not self._silent:
            os.write(self.master, data.encode())

    def _run(self) -> None:
        stream, heard = pyte.ByteStream(self.screen), b""
        while not heard.endswith(b"\x1b[H"):
            heard += os.read(self.master, 65536)
        if self._width is None:
            before, _, after = heard.partition(b"\x1b[8$p")
            stream.feed(before)
            self._answer(self._mode)
            stream.feed(after)
            return
        for row in heard.decode().split("\r")[1:-1]:
            cells = sum(self._width(letter) for letter in row.split("\x1b")[0])
            self._answer(f"\x1b[1;{1 + cells}R")
        self._answer("\x1b[?6c")

    def finish(self) -> None:
        """Wait until all that was written is drawn."""
        self._thread.join(5)
        assert not self._thread.is_alive()

    def close(self) -> None:
        self._thread.join(5)
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_one(**given: Any) -> Terminal:
        opened.append(Terminal(**given))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def shown(fates: dict[Visitor, Why]) -> set[Visitor]:
    return set(offered(fates))


def test_a_terminal_that_counts_cells_as_we_do_shows_all_but_arabic(terminal: Callable[..., Terminal]) -> None:
    one = terminal()
    before = termios.tcgetattr(one.slave)
    fates = judged(ask(one.slave), glyphs_of(one.slave, "xterm-256color"))
    assert shown(fates) == set(Visitor) - {Visitor.ARABIC}
    assert fates[Visitor.ARABIC] is Why.DIRECTION
    assert termios.tcgetattr(one.slave) == before
    one.finish()
    assert not "".join(one.screen.display).strip()


@pytest.mark.parametrize(
    ("mode", "why"), [("1", Why.SHOWN), ("3", Why.SHOWN), ("2", Why.DIRECTION), ("0", Why.DIRECTION)]
)
def test_arabic_is_shown_where_the_terminal_says_that_it_writes_from_the_right(
    terminal: Callable[..., Terminal], mode: str, why: Why
) -> None:
    assert judged(ask(terminal(mode=f"\x1b[8;{mode}$y").slave), None)[Visitor.ARABIC] is why


def test_a_terminal_with_narrow_signs_shows_no_chinese_japanese_korean(terminal: Callable[..., Terminal]) -> None:
    fates = judged(ask(terminal(width=lambda letter: 1).slave), None)
    assert {language for language, why in fates.items() if why is Why.CELLS} == {
        Visitor.CHINESE,
        Visitor.JAPANESE,
        Visitor.KOREAN,
    }
    assert {Visitor.RUSSIAN, *WESTERN} == shown(fates)


def test_a_terminal_that_takes_bytes_for_letters_shows_no_language_beyond_ascii(
    terminal: Callable[..., Terminal],
) -> None:
    fates = judged(ask(terminal(width=lambda letter: len(letter.encode())).slave), None)
    assert shown(fates) == {Visitor.DUTCH}
    assert set(fates.values()) == {Why.CELLS, Why.SHOWN}


def test_a_silent_terminal_shows_latin_letters_only(
    terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showable, "PATIENCE_S", 0.05)
    one = terminal(silent=True)
    before = termios.tcgetattr(one.slave)
    fates = judged(ask(one.slave), None)
    assert shown(fates) == WESTERN
    assert {fates[language] for language in set(Visitor) - WESTERN} == {Why.SILENT}
    assert termios.tcgetattr(one.slave) == before


def test_what_is_no_terminal_shows_latin_letters_only(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        assert ask(file.fileno()) is None


ALL = Answer(frozenset(Visitor), from_the_right=True)


@pytest.mark.parametrize("term", ["linux", "screen", "screen-256color", "tmux-256color", "vt220"])
def test_a_console_that_can_not_be_asked_and_a_multiplexer_show_latin_letters_only(term: str) -> None:
    master, slave = pty.openpty()
    fates = judged(ALL, glyphs_of(slave, term))
    os.close(master)
    os.close(slave)
    assert shown(fates) == WESTERN
    assert fates[Visitor.CHINESE] is Why.GLYPHS


def font_of(letters: str) -> Callable[[int, int, bytearray], int]:
    """The kernel's answer to GIO_UNIMAP for a font of these letters."""

    def ioctl(descriptor: int, request: int, asked: bytearray) -> int:
        assert request == 0x4B66
        room, address = struct.unpack("HP", asked)
        assert room >= len(letters)
        pairs = (ctypes.c_ushort * (2 * len(letters))).from_address(address)
        for place, letter in enumerate(letters):
            pairs[2 * place], pairs[2 * place + 1] = ord(letter), place
        struct.pack_into("H", asked, 0, len(letters))
        return 0

    return ioctl


def test_a_consoles_own_font_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    cyrillic = "".join(map(chr, range(0x400, 0x460)))
    monkeypatch.setattr(showable.fcntl, "ioctl", font_of("".join(LATIN)))
    assert console_font(0) == LATIN
    assert shown(judged(ALL, glyphs_of(0, "linux"))) == WESTERN
    monkeypatch.setattr(showable.fcntl, "ioctl", font_of("".join(map(chr, range(0x20, 0x7F))) + cyrillic))
    fates = judged(ALL, glyphs_of(0, "linux"))
    assert shown(fates) == {Visitor.DUTCH, Visitor.RUSSIAN}
    assert fates[Visitor.GERMAN] is Why.GLYPHS


# the program on a terminal


def test_the_program_offers_what_was_measured_and_shows_it(tmp_path: Path) -> None:
    console = Console("tests/screens/pty_child.py", str(tmp_path / "log"), "pickup", term="xterm-256color")
    try:
        console.screen.write_process_input = lambda data: console.type(data)  # type: ignore[method-assign]
        console.until("2 日本語")
        console.until("7 Deutsch")
        assert "العربية" not in console.shown()
        console.type("1")
        console.until("请")
        console.type("0")
        console.until("S C A N   Y O U R")
    finally:
        console.close()


def test_a_console_offers_no_language_that_its_font_lacks(tmp_path: Path) -> None:
    console = Console("tests/screens/pty_child.py", str(tmp_path / "log"), "pickup")
    try:
        console.screen.write_process_input = lambda data: console.type(data)  # type: ignore[method-assign]
        console.until("1 Nederlands  2 Français  3 Deutsch")
        console.type("2")
        console.until("S C A N N E Z")
    finally:
        console.close()


# choosing


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """What the office answers to a scan: the last item."""
    found = [state(Verdict.OK)]
    monkeypatch.setattr(Program, "visitors", tuple(Visitor))
    monkeypatch.setattr(Program, "self_service", lambda self: SimpleNamespace(ask=lambda code: found[-1]))
    return found


async def choose(pilot: Pilot[Any], number: int) -> str:
    await pilot.press(str(number))
    await pilot.pause(0.1)
    await settle(pilot)
    return text(pilot.app)


async def test_a_language_is_chosen_for_one_person(answers: list[Shown], passing: list[float]) -> None:
    async with open_to_all(public(FakeOffice())) as pilot:
        assert "3 한국어" in text(pilot.app)
        assert "Z U R" not in await choose(pilot, 7)
        assert "QR-CodeIhresBelegs" in text(pilot.app).replace(" ", "")
        assert "S C A N   Y O U R" not in text(pilot.app)
        passing[0] += CHOSEN_S - 1
        said = await scanned(pilot, CODE)
        assert "Z U R A B H O L U N G B E R E I T" in said
        assert "zu Schalter 4" in said
        assert "S I A P D I A M B I L" in said
        passing[0] += BACK_S + 1
        a_second_later(pilot)
        await settle(pilot)
        assert "S C A N   Y O U R" in text(pilot.app)


async def test_a_choice_without_a_scan_is_forgotten(answers: list[Shown], passing: list[float]) -> None:
    async with open_to_all(public(FakeOffice())) as pilot:
        await choose(pilot, 1)
        passing[0] += CHOSEN_S + 1
        a_second_later(pilot)
        await settle(pilot)
        assert "S C A N   Y O U R" in text(pilot.app)


async def test_0_goes_back_and_no_other_number_does_anything(answers: list[Shown]) -> None:
    async with open_to_all(public(FakeOffice())) as pilot:
        before = text(pilot.app)
        assert await choose(pilot, 9) == before
        assert await choose(pilot, 4) != before
        assert await choose(pilot, 0) == before


async def test_the_digits_of_somebody_elses_code_choose_nothing(answers: list[Shown]) -> None:
    async with open_to_all(public(FakeOffice())) as pilot:
        before = text(pilot.app)
        burst(pilot.app, "4006381\n")
        await pilot.pause(0.1)
        await settle(pilot)
        assert text(pilot.app) == before


@pytest.mark.parametrize("language", list(Visitor))
async def test_the_screen_in_each_language_looks_as_it_did(answers: list[Shown], language: Visitor) -> None:
    async with open_to_all(public(FakeOffice())) as pilot:
        await choose(pilot, list(Visitor).index(language) + 1)
        check(pilot.app, f"pickup_visitor-idle-{language}")
        for verdict in Verdict:
            pilot.app.screen._answered(state(verdict))
            await pilot.pause()
            said = text(pilot.app).replace(" ", "").replace("\n", "")
            for one in (language, Language.INDONESIAN):
                detail = say(one, f"pickup.{verdict}.detail", counter=say(one, "pickup.counter_no", counter="4"))
                assert detail.replace(" ", "") in said, (verdict, one)
            if verdict in (Verdict.OK, Verdict.NOT_READY, Verdict.BAD_SIGNATURE):
                check(pilot.app, f"pickup_visitor-{verdict}-{language}")
