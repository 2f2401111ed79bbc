"""Fixtures: an office in one line."""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from kiosk import procedure, regulations
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people import sign_in
from kiosk.screening_files import forget_opened
from kiosk.settings import Settings, load
from tests import databases, postgres


def pytest_configure() -> None:
    postgres.begin()


def pytest_unconfigure() -> None:
    databases.drop_copies()


@pytest.fixture(scope="session", autouse=True)
def quick_pins() -> Iterator[PasswordHasher]:
    """PINs of test offices are hashed in a moment; the hasher of real ones is handed to who tests it."""
    real, sign_in._HASHER = sign_in._HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    sign_in._HASHER = real


@pytest.fixture(scope="session", autouse=True)
def own_tables_read_once() -> Iterator[None]:
    """The procedure and the regulations that come with the program never change: one reading serves all tests."""
    with pytest.MonkeyPatch.context() as patch:
        for room, name in ((procedure, "load"), (regulations, "load_regulations")):
            patch.setattr(room, name, _kept(getattr(room, name)))
        yield


def _kept(read: Callable[[Path | None], Any]) -> Callable[[Path | None], Any]:
    own = functools.cache(read)
    return lambda extra=None: own(None) if extra is None else read(extra)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A demo office without devices, to be copied: never opened itself."""
    folder = tmp_path_factory.mktemp("founded") / "office"
    address = databases.new_address()
    databases.create(address)
    found_demo(folder, devices=False, database=address)
    yield folder
    databases.drop(address)


@pytest.fixture
def settings(founded: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """kiosk.toml of a fresh copy of the office."""
    config = tmp_path / "office" / "kiosk.toml"
    shutil.copytree(founded, config.parent)
    template = load(config).database
    address = databases.new_address()
    databases.create(address, template)
    text, maintains = config.read_text(), request.node.get_closest_marker("maintainer") is not None
    config.write_text(text.replace(template, address) if maintains else databases.named(text, template, address))
    yield load(config)
    forget_opened(config.parent / "watchlist")
    databases.drop(address)


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    """An opened office without devices."""
    opened = Office.open(settings, devices=False)
    yield opened
    opened.close()


class Desks(dict[str, Desk]):
    """Signs an officer in when first asked for."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self._office = office
        self._pins = {person.login: person.pin for person in OFFICERS}

    def __missing__(self, login: str) -> Desk:
        desk = self._office.sign_in(login, self._pins[login])
        assert isinstance(desk, Desk), desk
        self[login] = desk
        return desk


@pytest.fixture
def desks(office: Office) -> Desks:
    """A desk for each demo officer, by login (sri, budi, wati, joko, agus, hendra, ratna, yusuf, tuti, eko, made)."""
    return Desks(office)
