"""The terminal app in a web page, for offices with thin clients: textual-serve starts the program for the page.

textual-serve knows neither who may ask nor how many may: any page open in a browser of this machine could speak to it,
and each new page would open the same counter once more. Both are refused here. Its log would show local variables in
tracebacks; it is not used.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from html import escape
from shlex import join
from typing import Any
from urllib.parse import urlsplit

from kiosk.words import Language, say

NOT_HERE, TAKEN = 403, 409
LEAVING_S = 5.0
"""A page that is loaded anew waits so long for the program of the one before, which keeps what was typed first."""
POLICY = "default-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors 'none'"
FIT = """
<style>html, body {margin: 0; overflow: hidden} .xterm-viewport {overflow: hidden !important}</style>
<script>
  const counter = document.getElementById("terminal"), body = document.body;
  counter.dataset.fontSize = Math.max(8, Math.min(
    counter.dataset.fontSize, Math.floor(innerWidth / (80 * 0.62)), Math.floor(innerHeight / (24 * 1.2))));
  addEventListener("load", () => counter.querySelector("textarea").focus());
  new MutationObserver(() => body.classList.contains("-closed") && body.querySelector(".closed-dialog button").focus())
    .observe(body, {attributes: true, attributeFilter: ["class"]});
</script>
"""
"""Nobody has to click: the terminal has the keyboard as soon as the page is there, its letters are small enough for 80
columns and 24 rows, and when the program has ended Enter opens it again. (A letter of xterm.js is at most 0.62 of its
size wide and 1.2 high; measured.)"""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NotInstalled(Exception):
    """textual-serve is not there: `pip install 'itk-kiosk[browser]'`."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    return host in LOOPBACK


def server(command: Sequence[str], *, host: str, port: int, public_url: str = "") -> Any:
    """A server whose page runs `command`; `.serve()` serves until SIGINT or SIGTERM. Raises NotInstalled.

    `public_url` is the address that browsers use, where a proxy (with TLS) stands before it.
    """
    try:
        from textual_serve.server import Server
    except ImportError as error:
        raise NotInstalled from error
    made: Any = Server(join(command), host=host, port=port, title="itk-kiosk", public_url=public_url or None)
    made.handle_index = _Page(made.handle_index).show
    made.handle_websocket = _Door(made.handle_websocket, made.public_url).open
    made.initialize_logging = lambda: None
    made.on_startup = _say_nothing
    return made


async def _say_nothing(_: Any) -> None:
    """In place of a banner."""


class _Page:
    """The page itself. It asks no other machine for anything (textual-serve's would fetch a font from Google), and
    needs no mouse."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def show(self, request: Any) -> Any:
        """The page, with what it may load."""
        answer = await self._handle(request)
        answer.headers["Content-Security-Policy"] = POLICY
        page = answer.text.replace("</body>", f"{FIT}</body>")
        for theirs, ours in (("Session ended.", "browser.ended"), ("Restart", "browser.again")):
            page = page.replace(theirs, escape(" / ".join(say(language, ours) for language in Language)))
        answer.text = page
        return answer


class _Door:
    """Lets in one page at a time, and only this server's own."""

    def __init__(self, handle: Any, public_url: str) -> None:
        self._handle = handle
        self._origin = _origin(public_url)
        self._inside = asyncio.Lock()

    async def open(self, request: Any) -> Any:
        """The program for one page, until the page is closed."""
        from aiohttp import web

        if _origin(request.headers.get("Origin", "")) != self._origin:
            return web.Response(status=NOT_HERE, text="origin")
        try:
            await asyncio.wait_for(self._inside.acquire(), LEAVING_S)
        except TimeoutError:
            return web.Response(status=TAKEN, text="in use")
        try:
            with contextlib.suppress(ConnectionError):
                return await self._handle(request)
        finally:
            self._inside.release()


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port
