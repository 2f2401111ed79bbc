"""Portraits on the screen: half cells everywhere, full detail where terminal and package can."""

import importlib.util
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.widgets import Static

from hardware.camera.portraits import portrait
from screens import graphics
from screens.graphics import picture_class
from screens.themes import MONOCHROME
from screens.widgets import picture
from screens.widgets.picture import Picture

FACE = portrait("somebody")


class Fine(Static):
    """Stands for textual-image's widget."""

    def __init__(self, image: Image.Image) -> None:
        super().__init__("fine")
        self.picture = image


@pytest.fixture(autouse=True)
def ask_anew() -> Iterator[None]:
    picture_class.cache_clear()
    yield
    picture_class.cache_clear()


def install(monkeypatch: pytest.MonkeyPatch, best: str) -> None:
    """textual-image as it is where `best` is what the terminal can."""
    package, renderable, widget = (types.ModuleType(f"textual_image{end}") for end in ("", ".renderable", ".widget"))
    for name in ("SixelImage", "TGPImage", "HalfcellImage"):
        setattr(renderable, name, type(name, (), {}))
    renderable.Image = getattr(renderable, best)  # type: ignore[attr-defined]
    widget.Image = Fine  # type: ignore[attr-defined]
    for module in (package, renderable, widget):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name == "textual_image" else None)


def test_without_the_package_half_cells_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert picture_class() is None


@pytest.mark.parametrize(("best", "used"), [("SixelImage", Fine), ("TGPImage", Fine), ("HalfcellImage", None)])
def test_the_package_is_used_where_the_terminal_draws_pictures(
    monkeypatch: pytest.MonkeyPatch, best: str, used: Any
) -> None:
    install(monkeypatch, best)
    assert picture_class() is used


def test_a_package_that_fails_costs_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "textual_image", None)
    assert picture_class() is None


class Frame(App[None]):
    def compose(self) -> ComposeResult:
        yield Picture(16, 8)


@pytest.mark.parametrize("theme", ["", MONOCHROME])
async def test_a_fine_picture_takes_the_place_of_the_cells(monkeypatch: pytest.MonkeyPatch, theme: str) -> None:
    monkeypatch.setattr(picture, "picture_class", lambda: Fine)
    async with Frame().run_test() as pilot:
        shown = pilot.app.query_one(Picture)
        if theme:
            monkeypatch.setattr(type(pilot.app), "theme", theme)
        for _ in range(2):
            assert shown.show(FACE)
            await pilot.pause()
        fine = [each.picture.mode for each in pilot.app.query(Fine)]
        assert fine == ([] if theme else ["RGB"]), "few colours: shades of characters"
        assert bool(str(shown.render())) is bool(theme)
        assert shown.size == (16, 8)
        assert not shown.show(b"no picture")
        await pilot.pause()
        assert not pilot.app.query(Fine)
