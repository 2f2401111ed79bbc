"""Somebody at `kiosk run --linear`: hears lines, answers questions. Knows nothing but what was read out."""

from collections.abc import Mapping, Sequence

import pexpect

from tests.journeys.line import dial

SLOW_S = 40.0
PROMPT = "> "


class Talker:
    """One conversation on a terminal line. `command` starts the program, here or over SSH."""

    def __init__(self, command: Sequence[str]) -> None:
        self.child = dial(command, term="dumb")
        self.all = ""
        """Everything read out so far."""
        self.heard = ""
        """What was read out since the last answer, the question with it."""
        self.listen()

    @property
    def question(self) -> str:
        """What is asked now."""
        return self.heard.rpartition("\n")[2]

    def listen(self) -> None:
        """Until the next question."""
        self.child.expect(rf"{PROMPT}\Z", timeout=SLOW_S)
        assert self.child.before is not None
        self.heard = self.child.before.replace("\r\n", "\n") + PROMPT
        self.all += self.heard

    def answer(self, *lines: str) -> None:
        """Answer one question after the other."""
        for line in lines:
            self.child.send(f"{line}\n")
            self.listen()

    def hears(self, words: str) -> None:
        assert words in self.heard, f"not read out: {words}\n{self.heard}"

    def fill(self, answers: Mapping[str, str]) -> None:
        """Enter through the fields; a label that is named gets its answer. Ends where a key is asked for."""
        left = dict(answers)
        for _ in range(120):
            if self.question.startswith(("Perintah", "Nomor dokumen")):
                break
            label = next((label for label in left if self.question.startswith(label)), None)
            self.answer(left.pop(label) if label else "")
        assert not left, f"never asked: {left}\n{self.all}"

    def row(self, words: str) -> str:
        """The number of the row with these words."""
        lines = [line for line in self.heard.splitlines() if words in line and line.split(".")[0].isdigit()]
        assert lines, f"no row {words}\n{self.heard}"
        return lines[-1].split(".")[0]

    def confirm(self) -> None:
        """Whether one is sure: F10."""
        self.hears("Tidak")
        self.answer("/f10")

    def sign_in(self, login: str, pin: str) -> None:
        self.answer(login, pin)
        self.hears("== Daftar kerja ==")

    def sign_out(self) -> None:
        self.answer("/f12", "/f12")
        assert self.question.startswith("Nama masuk"), self.heard

    def close(self) -> int | None:
        """The end of the input; the program's exit code."""
        self.child.sendeof()
        self.child.expect(pexpect.EOF, timeout=SLOW_S)
        self.child.close()
        return self.child.exitstatus
