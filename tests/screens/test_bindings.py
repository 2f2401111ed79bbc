"""No key works in secret, and none means two things at one place."""

from collections import Counter
from typing import Any

import pytest
from textual.binding import Binding
from textual.screen import Screen

from kiosk.words import Language, Words
from screens.keys import KEYS, MOVES
from screens.office_screen import OfficeScreen
from screens.widgets.bars import KeyBar
from screens.widgets.rows import RowList
from tests.screens.driving import settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.test_keys import our_classes

MOVING = frozenset(
    {"up", "down", "left", "right", "home", "end", "pageup", "pagedown"}
    | {"enter", "space", "tab", "shift+tab", "backspace", "delete"}
)
"""Keys that only move the cursor or edit what it stands on: told by the manual's page about keys, not by the bar."""
SCREENS = [kind for kind in our_classes() if issubclass(kind, Screen)]


def bound(kind: type[Any]) -> list[Binding]:
    """The bindings that a class has of its own."""
    return [binding for binding in vars(kind).get("BINDINGS", ()) if isinstance(binding, Binding)]


def keys_of(binding: Binding) -> list[str]:
    return binding.key.split(",")


@pytest.mark.parametrize("kind", our_classes(), ids=lambda kind: kind.__name__)
def test_no_binding_is_hidden(kind: type[Any]) -> None:
    """What a class binds is a key of the table, which the bar shows, or one that only moves."""
    table = {key.key for key in KEYS}
    for binding in bound(kind):
        assert not binding.priority, binding
        for key in keys_of(binding):
            assert key in table | MOVING, f"{key} is neither on the bar nor a way to move"


@pytest.mark.parametrize("kind", our_classes(), ids=lambda kind: kind.__name__)
def test_no_binding_collides_with_another_of_its_class(kind: type[Any]) -> None:
    counted = Counter(key for binding in bound(kind) for key in keys_of(binding))
    assert not [key for key, times in counted.items() if times > 1]


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.__name__)
def test_a_screens_own_moves_are_not_those_of_the_list_on_it(kind: type[Any]) -> None:
    """A key of the focused list never reaches the screen, so a screen with a list must not wait for it."""
    table = {key.key for key in KEYS}
    own = {key for binding in bound(kind) for key in keys_of(binding) if not binding.action.startswith("app.")} - table
    of_list = {key for binding in bound(RowList) for key in keys_of(binding)}
    assert not own & of_list or RowList.__name__ not in kind.compose.__code__.co_names + _names(kind)


def _names(kind: type[Any]) -> tuple[str, ...]:
    """What the methods that lay out a screen mention."""
    methods = (getattr(kind, name, None) for name in ("content", "body"))
    return tuple(name for method in methods if method is not None for name in method.__code__.co_names)


async def test_every_key_that_does_something_stands_on_the_bar_of_its_screen() -> None:
    """Asked of living screens: what Textual would obey against what the bar shows."""
    table = {key.key: key for key in KEYS}
    async with working(FakeOffice(items=[item(1)])) as pilot:
        for opening in ("f8", "f3", "f2", "f4", "f1", "escape", "f7"):
            await pilot.press(opening)
            await settle(pilot)
            _obeyed_is_shown(pilot.app, table)
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        _obeyed_is_shown(pilot.app, table)


def _obeyed_is_shown(app: Any, table: dict[str, Any]) -> None:
    screen = app.screen
    obeyed = {table[key].id for key, active in screen.active_bindings.items() if key in table and active.enabled}
    if not isinstance(screen, OfficeScreen):
        return
    (bar,) = screen.query(KeyBar)
    shown = {key.id for key, word in bar.entries() if word}
    assert obeyed == shown, type(screen).__name__


def test_the_manual_tells_every_way_to_move() -> None:
    for language in Language:
        words = Words(language)
        assert all(words.say(key.help_key()) for key in MOVES)
