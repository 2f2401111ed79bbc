"""The officer's own PIN, changed from the lock: the old one, the new one twice. F10 changes it and opens the lock."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from kiosk.refusals import Refused
from screens.cover import Cover
from screens.defects import say_at_field
from screens.lock import LockScreen
from screens.service import Services
from screens.widgets.fields import Field, Kind
from screens.widgets.form import Form

if TYPE_CHECKING:
    from kiosk.people.own_pin import Changed

FIELDS = (
    Field("old", Kind.SECRET, "pin.old", True, 40),
    Field("new", Kind.SECRET, "pin.new", True, 40),
    Field("again", Kind.SECRET, "pin.again", True, 40),
)


class ChangePinScreen(Cover):
    """Over the lock, and as closed as the lock: Esc goes back to it."""

    TITLE_KEY = "pin.title"
    OFFERS: ClassVar[frozenset[str]] = frozenset({"language", "complete", "back"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "pin.key.change"}

    def body(self) -> ComposeResult:
        yield Form(FIELDS)

    def on_mount(self) -> None:
        super().on_mount()
        self.say("pin.policy", following="pin.policy.next")

    def title_words(self) -> str:
        return self.app.words.say(self.TITLE_KEY, officer=self.app.officer_name)

    def show_refused(self, refused: Refused) -> None:
        form, first = self.query_one(Form), refused.first
        form.show_refusals(refused.refusals)
        self.status.say(lambda words: say_at_field(words, first, form.name_of(first.field)), "refusal")

    def on_form_at_end(self) -> None:
        """Enter on the last field: what matters is done by F10 alone."""
        self.say("pin.press_f10")

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_complete(self) -> None:
        form = self.query_one(Form)
        values = form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
            return
        office, desk = self.app.the_office(), self.app.signed_in()
        old, new, again = values.text("old"), values.text("new"), values.text("again")
        form.restore({"old": "", "new": "", "again": ""})  # a second F10 finds nothing to send
        self.run_service(
            lambda: office.change_pin(desk, old=old, new=new, again=again),
            self._changed,
            refused=lambda refused: self._refused(refused, old),
            group="pin",
        )

    def _refused(self, refused: Refused, old: str) -> None:
        """Only what was wrong is typed again: a new PIN that won't do leaves the old one there."""
        form = self.query_one(Form)
        if refused.first.field is not None:
            form.restore({"old": old})
        else:
            form.go_to("old")
        self.show_refused(refused)

    def _changed(self, changed: "Changed") -> None:
        app = self.app
        app.uncover(self)
        if isinstance(app.screen, LockScreen):
            app.uncover(app.screen)
        if isinstance(app.screen, Services):
            app.screen.say("pin.changed", "done", "pin.changed.next", ended=changed.ended)
