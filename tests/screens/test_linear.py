"""Line by line: what is read out, what is asked, and what an answer does. The steps themselves are journeys."""

import asyncio
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kiosk.refusals import Code, Refusal
from kiosk.words import Language
from screens.linear.app import LinearApp
from screens.linear.lines import PROMPT, Lines
from tests.screens.fake_office import PIN, FakeOffice, item
from tests.screens.sample_step import SampleStep

PATIENCE_S = 20


class Ear:
    """The other end of the conversation."""

    def __init__(self, app: LinearApp, write: int, read: int) -> None:
        self.app, self._write, self._read = app, write, read
        self.all = self.heard = ""
        os.set_blocking(read, False)

    async def listen(self) -> None:
        self.heard = ""
        async with asyncio.timeout(PATIENCE_S):
            while not self.heard.endswith(PROMPT):
                try:
                    self.heard += os.read(self._read, 65536).decode()
                except BlockingIOError:
                    await asyncio.sleep(0.002)
        self.all += self.heard

    async def answer(self, *lines: str) -> None:
        for line in lines:
            os.write(self._write, f"{line}\n".encode())
            await self.listen()

    @property
    def question(self) -> str:
        return self.heard.rpartition("\n")[2]

    def hang_up(self) -> None:
        """The input ends."""
        os.close(self._write)


@asynccontextmanager
async def talking(office: FakeOffice, *, language: Language = Language.INDONESIAN) -> AsyncIterator[Ear]:
    """Signed in, at the work list."""
    (source, write), (read, target) = os.pipe(), os.pipe()
    async with opened(office, Lines(source, target), write, read, language) as ear:
        yield ear


@asynccontextmanager
async def opened(
    office: FakeOffice, lines: Lines, write: int, read: int, language: Language = Language.INDONESIAN
) -> AsyncIterator[Ear]:
    """Signed in by `lines`, whose other ends are `write` and `read`."""
    app: Any = LinearApp(lambda: office, lines, language=language)  # type: ignore[arg-type, return-value]
    async with app.run_test(size=(80, 24)):
        ear = Ear(app, write, read)
        await ear.listen()
        await ear.answer("sri", PIN)
        yield ear
        app.exit()


async def at_step(ear: Ear) -> None:
    """Open the one case in the sample step."""
    ear.app.push_screen(SampleStep(1))
    await ear.answer("/baca")


async def test_nothing_is_drawn_and_the_pin_is_not_repeated() -> None:
    async with talking(FakeOffice(items=[item(1)], demo=False)) as ear:
        assert "\x1b" not in ear.all
        assert PIN not in ear.all
        assert "2. ITK-MRE-2026-00001" in ear.heard
        assert ear.question.startswith("Nomor baris (F1 Bantuan")


async def test_each_field_is_asked_for_and_a_wrong_shape_is_said_at_once() -> None:
    async with talking(FakeOffice(items=[item(1)])) as ear:
        await at_step(ear)
        await ear.answer("smith", "", "32-13-1980")
        assert ear.heard.startswith("32-13-1980\n! ")
        assert ear.question.startswith("Janji *")
        await ear.answer("00-00-1980", "", "500000", "laki", "j")
        assert "2 cocok" in ear.heard
        assert "Jerman; Jepang" in ear.heard
        await ear.answer("jep", "ya", "PT IKI", "1 2", "satu // dua", "f10")
        (completion,) = ear.app.the_office().completions  # type: ignore[attr-defined]
        given = completion[2]
        assert (given.surname, given.sex, given.nationality, given.fee) == ("SMITH", "M", "JPN", 500_000)
        assert (given.sponsor_name, given.papers, given.remark) == ("PT IKI", ("passport", "letter"), "satu // dua")
        assert "== Daftar kerja ==" in ear.heard


async def test_a_refusal_has_its_code_and_its_next_step_and_the_field_is_asked_for_again() -> None:
    refusal = Refusal(Code.FIELD_TOO_LONG, "surname", {"limit": 39})
    office = FakeOffice(items=[item(1)], rule=lambda _: (refusal,))
    async with talking(office, language=Language.ENGLISH) as ear:
        await at_step(ear)
        await ear.answer("smith", "", "01-02-1980", "", "", "1", "india", "", "", "")
        assert "Not yet" in ear.heard or "F10" in ear.heard
        await ear.answer("/f10")
        assert f"[{Code.FIELD_TOO_LONG}]" in ear.heard
        assert "39" in ear.heard
        assert ear.question.startswith("Applicant *"), ear.question
        assert "[SMITH]" in ear.question


async def test_what_was_answered_is_kept_when_the_input_ends() -> None:
    office = FakeOffice(items=[item(1)])
    async with talking(office) as ear:
        await at_step(ear)
        await ear.answer("smith")
        ear.hang_up()
        async with asyncio.timeout(PATIENCE_S):
            while ear.app.is_running and not office.drafts:
                await asyncio.sleep(0.01)
        assert office.drafts["sri", "verification", 1]["typed"]["surname"] == "SMITH"


async def test_keys_that_do_nothing_here_are_said_and_scans_go_their_way() -> None:
    office = FakeOffice(items=[item(1)])
    async with talking(office) as ear:
        await ear.answer("/f2")
        assert "F2 tidak berlaku di sini" in ear.heard
        await ear.answer("/f13")
        assert "tidak dikenal" in ear.heard
        await ear.answer("ITK1" + "A" * 60)
        assert "== Berkas" in ear.heard
        await ear.answer("/f1")
        assert "Bantuan" in ear.all
        await ear.answer("/esc", "/f9")
        assert ear.app.words.language is Language.ENGLISH
        assert "Row number" in ear.question


async def test_a_side_act_is_done_with_its_reason() -> None:
    office = FakeOffice(items=[item(1)])
    async with talking(office) as ear:
        await at_step(ear)
        await ear.answer("/f7")
        assert "== Masalah ==" in ear.heard
        await ear.answer("3", "1", "menunggu surat asli dari pemohon")
        assert ear.question.startswith("Perintah ("), ear.heard
        await ear.answer("f10")
        assert [line for line in office.log if line.startswith("act 1 hold menunggu surat asli")]


async def test_a_locked_terminal_asks_for_the_pin_and_goes_on_where_it_was() -> None:
    async with talking(FakeOffice(items=[item(1)])) as ear:
        await at_step(ear)
        await ear.answer("smith", "/f12")
        assert "Terkunci" in ear.heard
        assert "SMITH" not in ear.heard
        await ear.answer(PIN)
        assert ear.question.startswith("Langkah"), ear.heard
        assert f"> {PIN}" not in ear.all


async def test_a_half_typed_answer_is_no_pin_when_the_lock_comes_before_it_is_finished() -> None:
    parent, child = os.openpty()
    async with opened(FakeOffice(items=[item(1)]), Lines(child, child), parent, parent) as ear:
        await at_step(ear)
        asked = ear.question
        os.write(parent, b"smi")
        ear.app.last_key -= 100_000  # the idle lock
        await ear.listen()
        assert "Terkunci" in ear.heard
        await ear.answer(PIN)
        assert "Yang tadi belum selesai Anda ketik: smi." in ear.heard
        assert ear.question == asked
        assert f"smi{PIN}" not in ear.all
        await ear.answer("smith")
        assert ear.question != asked, "the terminal gives whole lines again"


async def test_a_half_typed_pin_is_not_read_out() -> None:
    parent, child = os.openpty()
    async with opened(FakeOffice(items=[item(1)], demo=False), Lines(child, child), parent, parent) as ear:
        await ear.answer("/f12")
        os.write(parent, b"2040")
        ear.app.sign_out()
        await ear.listen()
        assert ear.question.startswith("Nama masuk")
        await ear.answer("sri", PIN)
        assert "Daftar kerja" in ear.heard
        assert "2040" not in ear.all


def test_a_secret_is_not_shown_on_a_terminal() -> None:
    parent, child = os.openpty()
    lines = Lines(child, child)

    def shows() -> bool:
        return bool(termios.tcgetattr(child)[3] & termios.ECHO)

    lines.ask("PIN", secret=True)
    assert not shows()
    lines.answered("204060", secret=True)
    assert shows()
    lines.ask("PIN", secret=True)
    lines.close()
    assert shows()
    assert b"204060" not in os.read(parent, 1000)
