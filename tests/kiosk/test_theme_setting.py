"""`theme` in kiosk.toml: taken, outdone by KIOSK_THEME, and refused with the list where no theme has that name."""

from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.cli.exits import Exit, Failure
from kiosk.cli.run import open_terminal, start_theme
from kiosk.settings import THEMES, SettingsError, load
from screens import themes


def written(folder: Path, theme: str) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(f'theme = "{theme}"\n', encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _no_theme_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIOSK_THEME", raising=False)


def test_the_settings_know_the_themes_of_the_screens() -> None:
    assert {themes.suited({}, theme) for theme in THEMES} == set(themes.NAMES)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_of_the_settings_is_taken(tmp_path: Path, theme: str) -> None:
    path = written(tmp_path, theme)
    assert load(path).theme == start_theme(path) == theme


def test_kiosk_theme_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "contrast")
    monkeypatch.setenv("KIOSK_THEME", "monochrome")
    assert themes.suited(wanted=start_theme(path)) == themes.MONOCHROME


def test_a_wrong_name_is_refused_with_the_list_by_whatever_reads_the_settings(tmp_path: Path) -> None:
    path = written(tmp_path, "purple")
    with pytest.raises(SettingsError, match=r"purple.*office \| console \| contrast \| monochrome"):
        load(path)
    with pytest.raises(Failure, match="purple") as failure:
        open_terminal(path)
    assert failure.value.exit_code is Exit.ENVIRONMENT


def test_the_doctor_refuses_a_wrong_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["kiosk", "doctor", "--config", str(written(tmp_path, "purple"))])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == Exit.ENVIRONMENT
    assert "contrast | monochrome" in capsys.readouterr().err
