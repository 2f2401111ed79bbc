"""Starting is quick because little is loaded: what the first paint does not need comes later."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from screens import start
from screens.app import KioskApp
from screens.themes import CONTRAST
from tests.screens.driving import running
from tests.screens.fake_office import FakeOffice

LATER = (
    "db",
    "hardware",
    "peewee",
    "serial",
    "msgspec",
    "PIL",
    "qrcode",
    "cryptography",
    "kiosk.office",
    "kiosk.steps",
    "kiosk.refusals",
    "kiosk.logs",
)


def test_the_first_paint_loads_neither_database_nor_devices() -> None:
    code = "import sys, screens.start, screens.app; print('\\n'.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "screens.app" in loaded
    assert not loaded & set(LATER)
    assert not [name for name in loaded if name.startswith("screens.steps.") or "text_area" in name]


def test_the_terminal_is_looked_at_before_textual_is_loaded() -> None:
    code = "import sys, screens.start; print('textual' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


async def test_the_style_sheet_is_read_once_in_the_theme_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[bool] = []
    monkeypatch.setattr(KioskApp, "refresh_css", lambda self, animate=True: again.append(animate))
    async with running(FakeOffice(), theme=CONTRAST) as pilot:
        assert pilot.app.theme == CONTRAST
        assert pilot.app.screen.styles.background.rgb == (0, 0, 0)
    assert not again


def test_the_first_screen_needs_the_words_of_one_catalogue() -> None:
    code = """
from kiosk import words
words.catalogue = lambda language: exit("another catalogue was read")
print(words.say(words.Language.INDONESIAN, "start.opening"), words.say(words.Language.ENGLISH, "key.language"))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_program_whose_files_were_written_while_it_ran_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "ROOT", tmp_path)
    source = tmp_path / "kiosk" / "locale" / "screens.po"
    source.parent.mkdir(parents=True)
    for written in (source, source.with_suffix(".mo")):
        written.touch()
    os.utime(source, (1000, 1000))
    assert not start._updated_since(1000), "a catalogue is compiled by the running program"
    os.utime(source, (1001, 1001))
    assert start._updated_since(1000)
