"""The lock: the terminal shows nothing until the officer's PIN; F12 signs them out, F7 changes the PIN.

Drafts were kept before it came.
"""

from typing import ClassVar

from textual.app import ComposeResult

from kiosk.refusals import Refused
from screens.cover import Cover
from screens.widgets.fields import Field, Kind
from screens.widgets.form import Form


class LockScreen(Cover):
    """Locked: F10 (or Enter) unlocks, F12 signs out, F7 changes the PIN."""

    TITLE_KEY = "lock.title"
    OFFERS: ClassVar[frozenset[str]] = frozenset({"language", "complete", "lock", "problem"})
    KEY_WORDS: ClassVar[dict[str, str]] = {
        "complete": "lock.key.unlock",
        "lock": "lock.key.sign_out",
        "problem": "pin.key",
    }

    def body(self) -> ComposeResult:
        yield Form((Field("pin", Kind.SECRET, "lock.pin", True, 40),))

    def title_words(self) -> str:
        return self.app.words.say(self.TITLE_KEY, officer=self.app.officer_name)

    def action_complete(self) -> None:
        form = self.query_one(Form)
        values = form.read()
        if isinstance(values, Refused):
            form.show_refusals(values.refusals)
            return
        desk = self.app.signed_in()
        pin = values.text("pin")
        form.restore({"pin": ""})
        self.run_service(lambda: desk.unlock(pin), lambda _: self.app.uncover(self), group="unlock", exclusive=True)

    def on_form_at_end(self) -> None:
        self.action_complete()

    def action_problem(self) -> None:
        """F7: a new PIN of one's own."""
        from screens.change_pin import ChangePinScreen

        self.app.push_screen(ChangePinScreen())

    def action_lock(self) -> None:
        self.app.sign_out()
