"""Chromium without a window, led over its own debugging protocol: a page's terminal is read and typed into."""

import asyncio
import base64
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

PROGRAM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
SLOW_S = 30.0
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "F9": (120, ""), "F10": (121, ""), "F12": (123, "")}
"""Code and text of keys that aren't characters."""
FIND_TERMINAL = """
Object.defineProperty(Object.prototype, "fitAddon", {configurable: true, set(value) {
    window.theTerminal = this.terminal;
    Object.defineProperty(this, "fitAddon", {value, writable: true});
}});
"""
"""xterm.js is shut up in the page's script: it is caught when the page gives it its size."""
READ_TERMINAL = """
(() => { const b = window.theTerminal ? window.theTerminal.buffer.active : null, rows = [];
for (let y = 0; b && y < window.theTerminal.rows; y++) rows.push(b.getLine(b.viewportY + y).translateToString());
return rows.join("\\n"); })()
"""


class Page:
    """One page."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One call of the protocol; its result."""
        self._number += 1
        await self._socket.send_str(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads((await self._socket.receive(timeout=SLOW_S)).data)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    async def open(self, address: str) -> None:
        await self.ask("Page.enable")
        await self.ask("Page.addScriptToEvaluateOnNewDocument", source=FIND_TERMINAL)
        await self.ask("Page.navigate", url=address)

    async def run(self, script: str) -> Any:
        """The value of a script, or of what it promises."""
        answer = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def shown(self) -> str:
        """What stands in the page's terminal."""
        return str(await self.run(READ_TERMINAL))

    async def sees(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until the terminal shows it."""
        end = time.monotonic() + SLOW_S
        found = wanted if callable(wanted) else lambda shown: wanted in shown
        while not found(shown := await self.shown()):
            assert time.monotonic() < end, f"never seen: {wanted}\n{shown}"
            await asyncio.sleep(0.05)
        return shown

    async def press(self, key: str) -> None:
        """One key, down and up, as the keyboard sends it."""
        code, text = KEYS.get(key) or (ord(key.upper()), key)
        named = {"key": key, "windowsVirtualKeyCode": code}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    async def type(self, text: str) -> None:
        for character in text:
            await self.press(character)

    async def picture(self, path: Path) -> None:
        """The page as a PNG."""
        path.write_bytes(base64.b64decode((await self.ask("Page.captureScreenshot"))["data"]))


@asynccontextmanager
async def chromium(folder: Path, window: str = "1280,720") -> AsyncIterator[Page]:
    """A browser with an empty page; its profile in `folder`."""
    import aiohttp

    command = [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    command += [f"--user-data-dir={folder}", f"--window-size={window}", "--remote-debugging-port=0", "about:blank"]
    browser = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession() as session:
            address = f"http://127.0.0.1:{await _port(folder)}/json/list"
            pages = await (await session.get(address)).json()
            target = next(page for page in pages if page["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        browser.terminate()
        browser.wait(SLOW_S)


async def _port(folder: Path) -> str:
    end, told = time.monotonic() + SLOW_S, folder / "DevToolsActivePort"
    while not (told.exists() and (lines := told.read_text().splitlines())):
        assert time.monotonic() < end, "Chromium did not start"
        await asyncio.sleep(0.05)
    return lines[0]
