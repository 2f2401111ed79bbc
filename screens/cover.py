"""Screens that stand over everything: starting up, the terminal too small, the lock. They show no personal data."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from screens.keys import ACTIONS, bindings
from screens.plain import plain
from screens.service import Services
from screens.terminal import EXIT_UNAVAILABLE, SMALLEST
from screens.widgets.bars import KeyBar, StatusLine

if TYPE_CHECKING:
    from textual import getters

    from kiosk.refusals import Refusal
    from screens.app import KioskApp


class Cover(Services, Screen[None], inherit_bindings=False):
    """A full screen without data. While one is in front, answers of services wait."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("language", "refresh", "problem", "complete", "lock", "back")
    OFFERS: ClassVar[frozenset[str]] = frozenset({"language"})
    KEY_WORDS: ClassVar[dict[str, str]] = {}
    AUTO_FOCUS = "Input"
    TITLE_KEY: ClassVar[str] = ""

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self) -> None:
        super().__init__()
        self.status = StatusLine()

    @property
    def key_words(self) -> dict[str, str]:
        """Words of keys that are special here."""
        return self.KEY_WORDS

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(id="cover-title", markup=False, classes="title")
            yield from self.body()
            yield self.status
            yield KeyBar()

    def body(self) -> ComposeResult:
        """The widgets under the title."""
        yield from ()

    def on_unmount(self) -> None:
        self.app.forget(self)

    def on_mount(self) -> None:
        self.app.language_changed.subscribe(self, lambda _: self.relabel())
        self.relabel()

    def title_words(self) -> str:
        """What stands on top."""
        return self.app.words.say(self.TITLE_KEY)

    def relabel(self) -> None:
        """The language changed."""
        self.query_one("#cover-title", Static).update(self.title_words())
        self.relabel_widgets()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action in self.OFFERS if action in ACTIONS else True

    def action_language(self) -> None:
        self.app.switch_language()


class Starting(Cover):
    """What is seen first: the office is being opened. When it could not be, F5 tries again and Esc ends the program."""

    TITLE_KEY = "start.opening"
    KEY_WORDS: ClassVar[dict[str, str]] = {"back": "sign_in.key.quit"}
    refusal: "Refusal | None" = None

    def __init__(self) -> None:
        super().__init__()
        self.status.whole = True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"refresh", "back"}:
            return self.refusal is not None
        return super().check_action(action, parameters)

    def failed(self, error: Exception) -> None:
        """Say why the office can't be opened."""
        self.refusal = getattr(error, "refusal", None)
        self.show_failed(error)
        self.relabel_widgets()

    def action_refresh(self) -> None:
        if self.refusal is not None:
            self.refusal = None
            self.quiet()
            self.relabel_widgets()
            self.app.open_office()

    def action_back(self) -> None:
        """Nobody can work here now: out, to whatever started the program."""
        if self.refusal is not None:
            self.app.end(EXIT_UNAVAILABLE)


class TooSmall(Cover):
    """The terminal is smaller than 80x24: what is underneath waits, unlost. The field under the cursor is shown with
    what stands in it, unless it is a secret."""

    TITLE_KEY = "terminal.too_small"
    OFFERS: ClassVar[frozenset[str]] = frozenset()

    def body(self) -> ComposeResult:
        yield Static(id="beneath", markup=False)

    def title_words(self) -> str:
        columns, rows = self.app.size
        return self.app.words.say(self.TITLE_KEY, columns=columns, rows=rows, least=f"{SMALLEST[0]}x{SMALLEST[1]}")

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#beneath", Static).update(plain(self._field_beneath()))

    def _field_beneath(self) -> str:
        from screens.widgets.editors import Editor
        from screens.widgets.form import Form

        stack = self.app.screen_stack
        beneath = stack[stack.index(self) - 1]
        editor = None if isinstance(beneath, Cover) else beneath.focused
        if not isinstance(editor, Editor):
            return ""
        form = next((each for each in editor.ancestors if isinstance(each, Form)), None)
        kept = form.snapshot() if form is not None else {}
        raw = kept.get(editor.field.name, "")  # a secret is in no snapshot
        label = form.label_of(editor.field.name) if form is not None else ""
        return f"> {label}: {raw if isinstance(raw, str) else ', '.join(raw)}"

    def on_resize(self) -> None:
        if self in self.app.screen_stack:  # the size that took it away is told to it as well
            self.relabel()
