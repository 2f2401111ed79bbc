"""The one table of keys: what each function key means, on every screen of the office.

A screen offers a key by naming its id in `OFFERS`; the key bar, the bindings and the help page all read this table, so
a key can't mean two things. Function keys are never shifted or combined with Alt (the Linux console sends garbage, or
switches terminals), and no letter does anything that matters.
"""

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `id` names the action (`action_<id>` on the screen) and the words (`key.<id>`, `key.<id>.help`)."""

    id: str
    key: str
    shown: str

    def words_key(self) -> str:
        """Catalogue key of the short word on the key bar."""
        return f"key.{self.id}"

    def help_key(self) -> str:
        """Catalogue key of the sentence on the help page."""
        return f"key.{self.id}.help"


KEYS: tuple[Key, ...] = (
    Key("help", "f1", "F1"),
    Key("work_list", "f2", "F2"),
    Key("search", "f3", "F3"),
    Key("case", "f4", "F4"),
    Key("refresh", "f5", "F5"),
    Key("pause", "f6", "F6"),
    Key("problem", "f7", "F7"),
    Key("device", "f8", "F8"),
    Key("language", "f9", "F9"),
    Key("complete", "f10", "F10"),
    Key("lock", "f12", "F12"),
    Key("take", "plus", "+"),
    Key("back", "escape", "Esc"),
)
"""In the order of the key bar."""

ACTIONS = frozenset(key.id for key in KEYS)
"""The actions that a screen may offer or not."""

MOVES: tuple[Key, ...] = (
    Key("next_field", "enter", "Enter"),
    Key("tab", "tab", "Tab"),
    Key("arrows", "", "↑↓←→"),
    Key("pages", "", "PgUp PgDn"),
    Key("tick", "", "Spasi"),
)
"""How to move about: shown on the help page only."""

EVERYWHERE = frozenset({"help", "work_list", "search", "device", "language", "lock", "back"})
"""Offered by every screen of a signed-in officer."""

SIGNED_OUT = frozenset({"help", "language"})
"""Offered while nobody is signed in."""

_FOCUS = (
    Binding("tab", "app.focus_next", "", show=False, id="tab"),
    Binding("shift+tab", "app.focus_previous", "", show=False, id="tab_back"),
)


def bindings(*ids: str) -> list[BindingType]:
    """The bindings of the named keys (all of them when none is named), with Tab and Shift+Tab."""
    chosen = [key for key in KEYS if not ids or key.id in ids]
    return [*(Binding(key.key, key.id, key.words_key(), id=key.id) for key in chosen), *_FOCUS]
