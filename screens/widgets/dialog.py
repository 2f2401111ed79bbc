"""Dialogs: a box over the screen that returns a typed result. Esc always means no, and nothing else is lost."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kiosk.bilingual import Bilingual
from kiosk.text import clean
from kiosk.words import Language, Words
from screens.keys import ACTIONS, bindings
from screens.service import Services
from screens.widgets.bars import KeyBar, StatusLine

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp

ResultT = TypeVar("ResultT")


class Dialog(Services, ModalScreen[ResultT | None], inherit_bindings=False):
    """A dialog. Subclasses give `body` and `action_complete`; they end with `dismiss(result)`.

    `title` is a catalogue key; `values` fill it. A value that is words is Bilingual, or a function of the words.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("language", "complete", "lock", "back")
    AUTO_FOCUS = "#dialog-box *"
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "key.confirm", "back": "key.cancel"}
    OFFERS: ClassVar[frozenset[str]] = frozenset({"complete", "lock", "back", "language"})

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self, title: str, **values: object) -> None:
        super().__init__()
        self._title_key, self._title_values = title, values
        self.status = StatusLine()

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog-box"):
            yield Static(id="dialog-title", markup=False)
            yield from self.body()
            yield self.status
            yield KeyBar()

    def body(self) -> ComposeResult:
        """The widgets between title and status."""
        yield from ()

    def on_mount(self) -> None:
        self.relabel()

    def asks(self) -> tuple[object, ...]:
        """What the title says, whatever the language."""
        fixed = Words(Language.INDONESIAN)
        return self._title_key, *(f"{name}={_said(value, fixed)}" for name, value in self._title_values.items())

    def on_screen_resume(self) -> None:
        """What stood over it may have changed the language."""
        self.relabel()

    def relabel(self) -> None:
        """The language changed."""
        words = self.app.words
        title = words.say(self._title_key, **{name: _said(value, words) for name, value in self._title_values.items()})
        self.query_one("#dialog-title", Static).update(Content(title))
        self.relabel_widgets()

    @property
    def key_words(self) -> Mapping[str, str]:
        """Words of keys that are special in this dialog."""
        return self.KEY_WORDS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "lock" and self.app.desk is None:
            return False
        return action in self.OFFERS if action in ACTIONS else True

    def action_back(self) -> None:
        self.dismiss(None)

    def action_language(self) -> None:
        self.app.switch_language()
        self.relabel()

    def action_lock(self) -> None:
        self.app.lock()

    def action_complete(self) -> None:
        """F10."""


def _said(value: object, words: Words) -> object:
    if isinstance(value, Bilingual):
        return clean(value.say(words.language))
    return value(words) if callable(value) else value
