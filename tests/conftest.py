"""Fixtures: an office in one line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.settings import Settings, load


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo office on SQLite, without devices, to be copied: never opened itself."""
    folder = tmp_path_factory.mktemp("founded") / "office"
    found_demo(folder, devices=False)
    return folder


@pytest.fixture
def settings(founded: Path, tmp_path: Path) -> Settings:
    """kiosk.toml of a fresh copy of the office."""
    shutil.copytree(founded, tmp_path / "office")
    return load(tmp_path / "office" / "kiosk.toml")


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    """An opened office without devices."""
    opened = Office.open(settings, devices=False)
    yield opened
    opened.close()


@pytest.fixture
def desks(office: Office) -> dict[str, Desk]:
    """A desk for each demo officer, by login (sri, budi, wati, joko, agus, hendra, ratna, yusuf, tuti, eko, made)."""
    signed = {person.login: office.sign_in(person.login, person.pin) for person in OFFICERS}
    assert all(isinstance(desk, Desk) for desk in signed.values())
    return {login: desk for login, desk in signed.items() if isinstance(desk, Desk)}
