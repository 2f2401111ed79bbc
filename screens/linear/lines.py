"""Plain lines in and out: no cursor is moved, no colour is set, nothing is drawn twice."""

import asyncio
import contextlib
import os
import sys
import termios
import threading
from collections import deque

from kiosk.text import clean

LONGEST = 4000
"""Characters of one line that are read out or taken."""
SET_ASIDE_S = 0.05
"""So long the reading thread has to take a line that is not finished."""
PROMPT = "> "
"""How every question ends; nothing else does. A script waits for this at the end of the output."""


class Lines:
    """Standard input and output, or two other file descriptors.

    On a terminal the kernel edits the line and shows it; otherwise (a pipe, a file) the answer is written after its
    question, so that the output reads as a record of the whole conversation.
    """

    def __init__(self, source: int = 0, target: int = 1) -> None:
        self._source, self._target = source, target
        self._waiting: deque[str | None] = deque()
        self._came = asyncio.Event()
        self._rest = b""
        """What came of a line that has no end yet. On a terminal the kernel holds that back: nothing stands here."""
        self.on_terminal = os.isatty(source)

    def open(self) -> None:
        """Begin to read. The thread is let go of at the end: it may wait for a line that never comes."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), name="lines", daemon=True).start()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            try:
                data = os.read(self._source, 4096)
            except OSError:
                data = b""
            rest = self._rest
            *whole, self._rest = (rest + data).split(b"\n") if data else ([rest, b""] if rest else [b""])
            try:
                for line in whole:
                    loop.call_soon_threadsafe(self._take, line.decode("utf-8", "replace"))
                if not data:
                    loop.call_soon_threadsafe(self._take, None)
                    return
            except RuntimeError:
                return  # the program has ended

    def _take(self, line: str | None) -> None:
        self._waiting.append(line)
        self._came.set()

    @property
    def next_up(self) -> str | None:
        """The line that was typed ahead, if there is one; it is not taken."""
        return self._waiting[0] if self._waiting else None

    async def take(self) -> str | None:
        """The next line, without its end; None at the end of the input."""
        while not self._waiting:
            self._came.clear()
            await self._came.wait()
        line = self._waiting.popleft()
        return None if line is None else clean(line, limit=LONGEST)

    async def wait(self, seconds: float) -> bool:
        """Whether a line is there, now or within `seconds`."""
        if not self._waiting:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), seconds)
        return bool(self._waiting)

    def say(self, text: str) -> None:
        """Write lines."""
        for line in text.split("\n"):
            self._write(clean(line, limit=LONGEST) + "\n")

    def ask(self, question: str, *, secret: bool = False) -> None:
        """Write a question; the answer of a secret one isn't shown."""
        if self.on_terminal:
            self._echo(not secret)
        self._write(f"{clean(question, limit=LONGEST)} {PROMPT}".lstrip())

    def answered(self, line: str, *, secret: bool = False) -> None:
        """End the line of the question."""
        if not self.on_terminal:
            self._write(("***" if secret and line else line) + "\n")
        elif secret:
            self._echo(True)
            self._write("\n")

    async def interrupted(self) -> str:
        """Something else has to be said before the question was answered. What was typed so far, if that is on a
        terminal: it belongs to this question, and not to the line that answers the next one (which may be a PIN)."""
        self._write("\n")
        if not self.on_terminal:
            return ""
        self._local(termios.ICANON, False)  # a terminal gives away only whole lines, until it is told otherwise
        await asyncio.sleep(SET_ASIDE_S)
        self._local(termios.ICANON, True)
        unfinished, self._rest = self._rest, b""
        return clean(unfinished.decode("utf-8", "replace"), limit=LONGEST).strip()

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self.on_terminal:
            self._echo(True)

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._target, text.encode(sys.getdefaultencoding(), "replace"))

    def _echo(self, on: bool) -> None:
        self._local(termios.ECHO, on)

    def _local(self, flag: int, on: bool) -> None:
        """Set one of the terminal's local modes."""
        with contextlib.suppress(termios.error):
            state = termios.tcgetattr(self._source)
            state[3] = state[3] | flag if on else state[3] & ~flag
            termios.tcsetattr(self._source, termios.TCSADRAIN, state)
