"""`kiosk serve`: what answers in a browser, who is let in, and what is said where it can't be served."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from kiosk.cli import serve as verb
from kiosk.cli.exits import Failure
from kiosk.settings import Settings
from screens import browser
from tests.screens.chromium import PROGRAM, chromium

FOLDER = Path(__file__).parents[2]
INSTALLED = find_spec("textual_serve") is not None
served = pytest.mark.skipif(not INSTALLED, reason="textual-serve is not installed (the extra `browser`)")
KNOCK = """
new Promise(told => { const door = new WebSocket("ADDRESS");
  door.onopen = () => { door.close(); told("open"); }; door.onerror = () => told("refused"); })
"""
BOTH_AGAIN = "Buka lagi (Enter) / Open again (Enter)"
SLOW_S = 20.0


def test_without_textual_serve_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    config = tmp_path / "kiosk.toml"
    config.write_text('language = "en"\n')
    with pytest.raises(Failure, match=r"itk-kiosk\[browser\]") as told:
        verb.serve(config=config)
    assert told.value.exit_code == 3


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True)])
def test_an_address_others_can_reach_is_warned_of(
    host: str, warned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def server(command: list[str], **given: Any) -> Any:
        asked.append((command, given))
        return SimpleNamespace(public_url="http://here", serve=lambda: None)

    monkeypatch.setattr(browser, "server", server)
    config = tmp_path / "kiosk.toml"
    config.write_text('language = "en"\n')
    verb.serve(config=config, terminal="loket-3", host=host)
    ((command, given),) = asked
    assert command[3:5] == ["run", "--in-browser"]
    assert command[-2:] == ["--terminal", "loket-3"]
    assert given["host"] == host
    assert ("WARNING" in capsys.readouterr().err) is warned


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """A server on loopback, with an office behind it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "kiosk",
        "serve",
        "--config",
        str(settings.path("kiosk.toml")),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        command, cwd=FOLDER, env=os.environ | {"PYTHONPATH": os.pathsep.join([str(FOLDER), *sys.path])}
    )
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0


def fetch(address: str, **headers: str) -> tuple[int, str]:
    """Status and text; waits for the server to be there."""
    end = time.monotonic() + SLOW_S
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError:
            assert time.monotonic() < end, "no server"
            time.sleep(0.05)


@served
def test_the_page_is_served_and_only_its_own_page_gets_the_counter(address: str) -> None:
    status, page = fetch(address)
    assert status == 200
    assert "itk-kiosk" in page
    assert address.replace("http", "ws") in page
    with urllib.request.urlopen(address, timeout=5) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")  # no font from elsewhere
    assert fetch(f"{address}/ws") == (403, "origin")
    assert fetch(f"{address}/ws", Origin="http://elsewhere.example") == (403, "origin")
    assert fetch(f"{address}/ws", Origin=address.replace("127.0.0.1", "localhost"))[0] == 403


@served
async def test_the_sign_in_screen_is_drawn_in_the_page_and_a_second_page_is_refused(address: str) -> None:
    import aiohttp

    fetch(address)
    socket_address = f"{address.replace('http', 'ws')}/ws?width=80&height=24"
    async with (
        aiohttp.ClientSession(headers={"Origin": address}) as session,
        session.ws_connect(socket_address) as page,
    ):
        drawn = b""
        while b"Masuk" not in drawn:
            message = await page.receive(timeout=SLOW_S)
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), drawn
            drawn += message.data if isinstance(message.data, bytes) else b""
        second = await session.get(f"{address}/ws")
        assert second.status == 409
        await page.send_str(json.dumps(["stdin", "q"]))
        drawn = b""
        async with asyncio.timeout(SLOW_S):
            while b"q" not in drawn:
                message = await page.receive()
                drawn += message.data if isinstance(message.data, bytes) else b""


@contextmanager
def an_empty_site() -> Iterator[str]:
    """Somebody else's site on this machine."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Empty) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()


# in a real browser

in_chromium = pytest.mark.skipif(not PROGRAM, reason="no Chromium on this machine")


@served
@pytest.mark.long
@in_chromium
async def test_an_officer_works_in_chromium_without_a_mouse(address: str, tmp_path: Path) -> None:
    """Signs in by keys alone, opens a file, types, changes the language, locks. The window is small."""
    fetch(address)
    async with chromium(tmp_path / "profile", window="760,480") as page:
        await page.open(address)
        await page.sees("Nama masuk")
        await page.type("sri")
        await page.press("Enter")
        await page.type("271828")
        await page.press("Enter")
        shown = await page.sees("Menunggu saya")
        rows = shown.splitlines()
        assert len(rows) >= 24
        assert len(rows[0]) >= 80
        assert "271828" not in shown
        await page.press("Enter")
        await page.sees("Jenis permohonan")
        await page.press("F9")
        await page.sees("Kind of application")
        await page.press("F12")
        await page.sees("Locked")
        await page.picture(tmp_path / "locked.png")
        with Image.open(tmp_path / "locked.png") as picture:
            assert len(picture.convert("L").getcolors() or ()) > 2, "nothing is drawn"
        await page.press("F12")
        await page.sees("Login")
        await page.press("Escape")
        await page.sees("F10 Yes")
        await page.press("F10")
        while (again := await page.run("document.activeElement.innerText")) != BOTH_AGAIN:
            assert again in {"", BOTH_AGAIN}, again
            await asyncio.sleep(0.05)
        await page.press("Enter")
        await page.sees("Nama masuk")


@served
@pytest.mark.long
@in_chromium
async def test_a_page_from_elsewhere_gets_no_counter_in_chromium(address: str, tmp_path: Path) -> None:
    fetch(address)
    door = KNOCK.replace("ADDRESS", f"{address.replace('http', 'ws')}/ws")
    with an_empty_site() as elsewhere:
        async with chromium(tmp_path / "profile") as page:
            for site, answer in (
                (elsewhere, "refused"),
                (f"{address}/static/css/xterm.css", "open"),
                ("about:blank", "refused"),
            ):
                await page.open(site)
                assert await page.run(door) == answer, site
