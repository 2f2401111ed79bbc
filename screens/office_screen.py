"""What every screen of the office is: a top bar, its content, a status line, a key bar; and what each key does."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from screens.keys import ACTIONS, EVERYWHERE, bindings
from screens.service import Services
from screens.widgets.bars import KeyBar, StatusLine, TopBar

if TYPE_CHECKING:
    from textual import getters

    from screens.app import KioskApp


class OfficeScreen(Services, Screen[None], inherit_bindings=False):
    """A full screen. Subclasses give `content`, name the keys they offer in `OFFERS` and write `action_<id>`.

    HELP is the page that F1 opens. `KEY_WORDS` renames a key on this screen (`{"device": "shift.key.settle"}`).
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings()
    AUTO_FOCUS = "#content *"
    OFFERS: ClassVar[frozenset[str]] = frozenset()
    EVERYWHERE: ClassVar[frozenset[str]] = EVERYWHERE
    KEY_WORDS: ClassVar[dict[str, str]] = {}
    HELP: ClassVar[str] = "help.general"
    WANTS_MRZ: ClassVar[bool] = False
    """Whether `on_scan` takes machine-readable zones."""

    if TYPE_CHECKING:
        app = getters.app(KioskApp)

    def __init__(self) -> None:
        super().__init__()
        self.status = StatusLine()
        self._begun = False
        """Textual calls `on_mount` of every base class by itself; a subclass that calls it too does no harm."""

    def compose(self) -> ComposeResult:
        yield TopBar(id="top")
        yield from self.above()
        yield from self.middle()
        yield self.status
        yield KeyBar()

    def middle(self) -> ComposeResult:
        """The content, and what stands beside it."""
        with Vertical(id="content"):
            yield from self.content()

    def above(self) -> ComposeResult:
        """Widgets between the top bar and the content."""
        yield from ()

    def content(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    def on_mount(self) -> None:
        if self._begun:
            return
        self._begun = True
        self.app.language_changed.subscribe(self, lambda _: self.relabel())
        self.app.devices_changed.subscribe(self, lambda _: self.relabel_widgets())
        self.relabel()

    def second_passed(self, in_front: bool) -> None:
        """Called each second while the terminal is not locked."""
        if in_front:
            for bar in self.query(TopBar):
                bar.second_passed()

    def on_unmount(self) -> None:
        self.app.forget(self)

    def relabel(self) -> None:
        """The language changed: show all words anew, keep what was typed."""
        self.relabel_widgets()

    def offers(self, key: str) -> bool:
        """Whether this screen offers a key now."""
        return key in self.OFFERS or key in self.EVERYWHERE

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.offers(action) if action in ACTIONS else True

    @property
    def key_words(self) -> Mapping[str, str]:
        """Words of keys that are special on this screen, by key id."""
        return self.KEY_WORDS

    def on_scan(self, text: str) -> bool:
        """A code (`ITK1...`) or, where WANTS_MRZ, a machine-readable zone was scanned. True if this screen took it."""
        return False

    def keep_scan(self, text: str) -> bool:
        """True if this screen is still being opened and takes the scan once it is."""
        return False

    def on_locked(self) -> None:
        """The terminal is about to be locked: keep what must not be lost."""

    def on_closing(self) -> None:
        """This screen is about to be closed: keep what must not be lost."""

    def leave(self) -> None:
        """Close this screen and whatever stands over it."""
        self.app.leave(self)

    # the keys

    def action_help(self) -> None:
        self.app.open_help(self)

    def action_work_list(self) -> None:
        self.app.open_work_list()

    def action_search(self) -> None:
        self.app.open_search()

    def action_device(self) -> None:
        self.app.open_devices()

    def action_language(self) -> None:
        self.app.switch_language()

    def action_lock(self) -> None:
        self.app.lock()

    def action_back(self) -> None:
        if not self.stop_device():
            self.leave()
