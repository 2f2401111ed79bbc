"""Every theme can be read: 4.5 to 1 at least (WCAG AA), 7 to 1 (AAA) in the theme for those who need it."""

from typing import Any

import pytest

from kiosk.refusals import Code, Refusal
from screens import themes
from tests.screens.contrast import BLACK, WHITE, drawn, ratio
from tests.screens.driving import settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep

LEAST = {themes.MODERN: 4.5, themes.CONSOLE: 4.5, themes.CONTRAST: 7.0, themes.MONOCHROME: 4.5}


def test_the_ratio_is_the_standards_own() -> None:
    assert ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert ratio((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)  # the textbook's near miss
    assert ratio(WHITE, BLACK) > 8


@pytest.mark.parametrize("theme", themes.NAMES)
async def test_all_that_is_written_can_be_read(theme: str) -> None:
    refusal = Refusal(Code.FIELD_TOO_LONG, "surname", {"limit": 39})
    office = FakeOffice(items=[item(1), item(2, priority="elderly")], rule=lambda _: (refusal,))
    found: dict[str, float] = {}

    def look(app: Any) -> None:
        for text, contrast in drawn(app):
            found[text] = min(contrast, found.get(text, 99.0))

    async with working(office, theme=theme) as pilot:
        look(pilot.app)
        pilot.app.push_screen(SampleStep(1))
        for keys in ((), ("tab",) * 3, ("f10",), ("f6",), ("escape", "f1")):
            await pilot.press(*keys)
            await settle(pilot)
            look(pilot.app)
    assert len(found) > 40
    weak = {text: round(contrast, 1) for text, contrast in found.items() if contrast < LEAST[theme]}
    assert not weak
