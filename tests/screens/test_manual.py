"""The manual: every screen has its page, every page is opened and says something, in both languages."""

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

import screens
from kiosk import manual
from kiosk.procedure import load
from kiosk.words import Language
from screens.help import HelpScreen, topic_page
from screens.markdown import drawn
from screens.office_screen import OfficeScreen
from screens.steps import step_screen
from tests.screens.driving import settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text

FOLDER = Path(manual.__file__).parent
SECTIONS = {
    Language.INDONESIAN: ("Untuk apa", "Urutan biasa", "Bila ada masalah", "Dasar"),
    Language.ENGLISH: ("What for", "The usual way", "When something is wrong", "Basis"),
}


def screen_classes() -> list[type[OfficeScreen]]:
    found: dict[str, type[Any]] = {}
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and issubclass(thing, OfficeScreen) and thing.__module__.startswith("screens."):
                found[thing.__qualname__] = thing
    return list(found.values())


def opened_by_screens() -> set[str]:
    topics = {kind.HELP.removeprefix("help.") for kind in screen_classes()}
    assert topics <= {*manual.PAGES, *manual.ELSEWHERE}, topics - {*manual.PAGES, *manual.ELSEWHERE}
    return {manual.page_for(topic) for topic in topics} | {step.key for step in load().steps}


def test_every_screen_and_every_step_has_a_page() -> None:
    assert opened_by_screens() <= set(manual.PAGES)
    assert tuple(step.key for step in load().steps) == manual.STEPS
    for key in manual.STEPS:
        assert topic_page(step_screen(key, 1)) == key


def test_no_page_is_an_orphan() -> None:
    assert set(manual.PAGES) - opened_by_screens() == {"pickup"}  # reached by leafing: that screen has no F1
    assert len(set(manual.PAGES)) == len(manual.PAGES)
    for language in Language:
        assert {path.stem for path in (FOLDER / language).iterdir()} == set(manual.PAGES)


@pytest.mark.parametrize("language", list(Language))
def test_no_page_is_empty_and_each_says_what_for_how_what_if_and_on_what_basis(language: Language) -> None:
    for page in manual.PAGES:
        source = manual.read(language, page)
        assert re.match(r"# \S.+\n\n## ", source), page
        assert len(source.split()) > 60, page
        sections = re.split(r"^## ", source, flags=re.MULTILINE)[1:]
        assert all(len(section.strip().splitlines()) > 1 for section in sections), page
        if page != "keys":
            titles = [section.splitlines()[0] for section in sections]
            assert [title for title in titles if title in SECTIONS[language]] == list(SECTIONS[language]), page


def test_both_languages_tell_the_same_points() -> None:
    for page in manual.PAGES:
        shapes = [
            [re.match(r"(#* |- |\d+\. )?", line)[0] for line in manual.read(language, page).splitlines()]  # type: ignore[index]
            for language in Language
        ]
        assert shapes[0] == shapes[1], page


def test_a_page_keeps_to_its_width_and_draws_bold_without_its_marks() -> None:
    for language in Language:
        for page in manual.PAGES:
            for line in drawn(manual.read(language, page), 76):
                assert line.cell_length <= 76, line.plain
                assert "**" not in line.plain
    (line,) = drawn("- **Ragu**: jawab Tidak", 40)
    assert line.plain == " - Ragu: jawab Tidak"
    assert [span for span in line.spans if "bold" in str(span.style)]


async def test_f1_opens_the_page_of_the_step_with_the_words_of_the_sop_and_scrolls_and_leafs() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        await pilot.press("f1")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)
        assert "Penelitian keabsahan" in text(pilot.app)
        assert "Untuk apa" in text(pilot.app)
        seen = text(pilot.app)
        for _ in range(4):
            await pilot.press("pagedown")
            await settle(pilot)
            seen += text(pilot.app)
        assert "Bunyi SOP, langkah 4" in seen
        assert "Tombol di layar itu" in seen
        await pilot.press("right")
        await settle(pilot)
        assert "Pemindaian" in text(pilot.app).splitlines()[1]
        await pilot.press("f9")
        await settle(pilot)
        assert "What for" in text(pilot.app)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SampleStep)
