"""Data is never markup and never acts on the terminal: hostile names on every screen."""

from dataclasses import replace
from typing import Any

import pytest

from kiosk.cases.model import HistoryLine
from kiosk.refusals import Code, refused
from screens.plain import fit, plain, plain_lines
from tests.screens.driving import settle, working
from tests.screens.fake_office import AT, FakeOffice, Prepared, device, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text

HOSTILE = (
    "[/x] [b]A[/b]",
    "\x1b]0;title\x07\x1b[2J",
    "\u202eABC\u202c",
    "王小明 [/]",
    "x" * 10_000,
    "a\u0301" * 50,
    "\x9b31m\x00\r\n",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_name_is_only_a_name_on_every_screen(name: str) -> None:
    line = HistoryLine(1, AT, "intake", "open", 1, name, name, name, name, None)
    office = FakeOffice(items=[item(1, holder=name), item(2)], history=(line,), prepared=Prepared(name))
    office.items[0] = replace(office.items[0], claimed_by=name, nationality=name)
    office.devices.states["printer"] = device("printer", "failed", "paper_jam", model=name, detail=name)
    async with working(office) as pilot:
        app: Any = pilot.app
        await pilot.press("down")
        await settle(pilot)
        checked(app)
        for open_screen in (
            lambda: app.open_case(1),
            lambda: app.open_devices(),
            lambda: app.open_search(name[:60]),
            lambda: app.open_side(1),
            lambda: app.push_screen(SampleStep(1)),
        ):
            open_screen()
            await settle(pilot)
            await pilot.press("down")
            await settle(pilot)
            checked(app)
        app.screen.form.restore({"surname": name, "given": name, "remark": name})
        await settle(pilot)
        checked(app)
        app.screen.show_refused(refused(Code.CLAIMED_BY_OTHER, officer=name, terminal=name, until=name))
        await settle(pilot)
        checked(app)


def checked(app: Any) -> None:
    """No control character, no bidi override, no row wider than the screen."""
    shown = text(app)
    assert not [char for char in shown if (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0]
    assert not set(shown) & set("\u202e\u202c\u202d\u2066\u2067")
    assert len(shown.splitlines()) <= 24


def test_plain_keeps_brackets_and_drops_control_characters() -> None:
    assert plain("[b]x[/b]\x1b[2J").plain == "[b]x[/b][2J"
    assert plain(None).plain == ""
    assert plain(12).plain == "12"
    assert plain_lines("a\x07\r\nb").plain == "a\nb"
    assert len(plain("x" * 10_000).plain) == 200


@pytest.mark.parametrize(
    ("given", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 5, "abc.."),
        ("王小明", 5, "王.. "),
        ("王小明", 6, "王小明"),
        ("abc", 0, ""),
        ("abc", 1, "."),
    ],
)
def test_fit_fills_exactly_the_cells(given: str, width: int, shown: str) -> None:
    assert fit(given, width) == shown
