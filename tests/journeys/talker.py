"""Somebody at `kiosk run --linear`: hears lines, answers questions. Knows nothing but what was read out."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[2]
SLOW_S = 40.0
PROMPT = "> "


class Talker:
    """One conversation over pipes, as a script has it."""

    def __init__(self, config: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "run", "--linear", "--config", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=FOLDER,
            env={**os.environ, "PYTHONPATH": str(FOLDER), "TERM": "dumb"},
        )
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
        assert self.process.stdout is not None
        source, end, self.heard = self.process.stdout.fileno(), time.monotonic() + SLOW_S, ""
        while not self.heard.endswith(PROMPT):
            assert select.select([source], [], [], max(0, end - time.monotonic()))[0], f"no question:\n{self.all}"
            data = os.read(source, 65536)
            assert data, f"the program ended with {self.process.wait(5)}:\n{self.all}"
            self.heard += data.decode()
            self.all += data.decode()

    def answer(self, *lines: str) -> None:
        """Answer one question after the other."""
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()
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

    def close(self) -> int:
        """The end of the input; the program's exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(15)
