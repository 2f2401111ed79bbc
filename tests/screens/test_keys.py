"""Keys: one meaning each, all shown, nothing that terminals garble; typing ahead goes where it was meant."""

import importlib
import pkgutil
from typing import Any

import pytest
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

import screens
from kiosk.words import Language, Words
from screens.keys import ACTIONS, KEYS, MOVES
from screens.office_screen import OfficeScreen
from screens.widgets.dialog import Dialog
from screens.work_list import WorkListScreen
from tests.screens.driving import burst, running, settle, working
from tests.screens.fake_office import PIN, FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text

FORBIDDEN = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", "ctrl+z", "ctrl+q"}


def our_classes() -> list[type[Any]]:
    """Every widget and screen class of the program."""
    found: dict[str, type[Any]] = {}
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for name, thing in vars(importlib.import_module(module.name)).items():
            if isinstance(thing, type) and issubclass(thing, Widget) and thing.__module__.startswith("screens."):
                found[f"{thing.__module__}.{name}"] = thing
    return list(found.values())


def test_a_key_means_one_thing_and_has_its_words() -> None:
    assert len({key.key for key in KEYS}) == len(KEYS) == len({key.id for key in KEYS})
    for language in Language:
        words = Words(language)
        for key in KEYS:
            assert words.say(key.words_key())
            assert words.say(key.help_key())
        assert all(words.say(key.help_key()) for key in MOVES)


@pytest.mark.parametrize("kind", our_classes(), ids=lambda kind: kind.__name__)
def test_no_class_binds_what_terminals_garble_or_letters_that_matter(kind: type[Any]) -> None:
    bound = [
        binding for base in kind.__mro__ for binding in vars(base).get("BINDINGS", ()) if "screens" in base.__module__
    ]
    for binding in bound:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            assert key not in FORBIDDEN
            assert len(key) > 1, f"a bare letter: {key}"
            assert not key.startswith(("shift+f", "alt+", "ctrl+f1"))


@pytest.mark.parametrize("kind", [k for k in our_classes() if issubclass(k, Screen)], ids=lambda kind: kind.__name__)
def test_function_keys_mean_the_same_on_every_screen(kind: type[Any]) -> None:
    table = {key.key: key.id for key in KEYS}
    for binding in kind.BINDINGS:
        if binding.key in table:
            assert binding.action == table[binding.key]


@pytest.mark.parametrize(
    "kind", [k for k in our_classes() if issubclass(k, OfficeScreen | Dialog)], ids=lambda kind: kind.__name__
)
def test_every_offered_key_does_something(kind: type[Any]) -> None:
    offered = set(kind.OFFERS) | set(getattr(kind, "EVERYWHERE", ()))
    assert offered <= ACTIONS
    for action in offered:
        assert hasattr(kind, f"action_{action}"), action


def test_a_focused_widget_of_textual_does_not_take_a_function_key() -> None:
    for kind in our_classes():
        if not issubclass(kind, Screen) and kind.can_focus:
            keys = {key for base in kind.__mro__ for b in _inherited(kind, base) for key in b.split(",")}
            assert not [key for key in keys if key.startswith("f") and key[1:].isdigit()], kind


def _inherited(kind: type[Any], base: type[Any]) -> list[str]:
    if not kind._inherit_bindings and base is not kind:
        return []
    return [b.key if isinstance(b, Binding) else b[0] for b in vars(base).get("BINDINGS", ())]


async def test_the_bar_shows_every_key_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        rows = text(pilot.app).splitlines()[-2:]
        shown = " ".join(rows)
        for key in KEYS:
            if key.id == "take":  # belongs to the work list
                continue
            assert f"{key.shown} " in shown, key
        assert all(len(row) <= 80 for row in rows)


async def test_what_is_typed_ahead_goes_to_the_field_it_was_meant_for() -> None:
    async with running(FakeOffice()) as pilot:
        burst(pilot.app, f"sri\n{PIN}\n")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)


async def test_a_form_is_filled_by_one_burst_of_keys() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        burst(pilot.app, "smith\n!\n00001980\n01012030\n500000\nl\njep")
        await pilot.pause(0.1)
        await settle(pilot)
        burst(pilot.app, "\ny\nPT IKI\n")
        pilot.app.post_message(events.Key("f10", None))
        await settle(pilot)
        assert isinstance(pilot.app.screen, WorkListScreen)
        (completion,) = pilot.app.the_office().completions
        given = completion[2]
        assert (given.surname, given.given, given.born.year) == ("SMITH", "dari berkas!", 1980)
        assert (given.sex, given.nationality, given.sponsor_name) == ("M", "JPN", "PT IKI")
