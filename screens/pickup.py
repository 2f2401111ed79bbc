"""The self-service terminal for applicants: scan the receipt's code, read its state, in Indonesian and English at once.

A number chooses another language, of those that this terminal can show (screens.showable), for one person. Nothing
personal is shown. No other key does anything but F12, which asks for an officer's PIN and ends the program.
"""

import time
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from kiosk import clock
from kiosk.receipts.token import Verdict
from kiosk.refusals import Refused
from kiosk.words import Language, Visitor, say
from screens.app import KioskApp
from screens.cover import Starting
from screens.office_screen import OfficeScreen
from screens.plain import plain, plain_lines
from screens.wedge import HOLD_S, LONGEST
from screens.widgets.dialog import Dialog
from screens.widgets.fields import Field, Kind
from screens.widgets.form import Form

if TYPE_CHECKING:
    from textual import getters

    from kiosk.self_service import Shown

BACK_S = 20.0
"""A state stays this long, then the screen asks for the next receipt."""
CHOSEN_S = 60.0
"""A chosen language stays this long while its reader looks for the receipt."""
RETRY_S = 10.0
"""Between two attempts to open an office that could not be opened."""
ALONE_S = 2 * HOLD_S
"""So long after a digit it is known that no scanner typed it."""
SHORTEST = 8
"""Characters: what a scanner types is longer than what falls on a key."""
GOOD = frozenset({Verdict.OK})
WAITING = frozenset({Verdict.NOT_READY, Verdict.ALREADY_HANDED_OVER})


class PickupScreen(OfficeScreen):
    """Idle, or the state of the receipt that was scanned last."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"lock"})
    EVERYWHERE: ClassVar[frozenset[str]] = frozenset()
    _shown: "Shown | None" = None
    _until = 0.0
    _chosen: Visitor | None = None
    if TYPE_CHECKING:
        app = getters.app(lambda: PickupApp)

    def compose(self) -> ComposeResult:
        yield Static(id="pickup-office")
        with Vertical(id="pickup-box"):
            yield Static(id="pickup-state")
        yield Static(id="pickup-detail")
        yield Static(id="pickup-number")
        yield Static(id="pickup-foot")
        yield Static(id="pickup-languages")

    def relabel(self) -> None:
        settings = self.app.the_office().settings.office
        self.query_one("#pickup-office", Static).update(plain_lines("\n".join(settings.letterhead[-2:])))
        self._show()

    def relabel_widgets(self) -> None:
        """A device changed: the scanner may be the one."""
        self._show()

    def on_scan(self, text: str) -> bool:
        service = self.app.self_service()
        self.run_service(lambda: service.ask(text), self._answered, failed=self._failed, group="ask", exclusive=True)
        return True

    def _answered(self, shown: "Shown") -> None:
        self._shown, self._until = shown, clock.monotonic() + BACK_S
        self._show()

    def _failed(self, error: Exception) -> None:
        from kiosk.self_service import Shown
        from screens.defects import log_defect

        log_defect(error, type(self).__name__)
        self._answered(Shown(Verdict.DATABASE_UNREACHABLE))

    def on_number(self, number: int) -> None:
        """A language was chosen by its number; 0 is Indonesian and English."""
        if number <= len(self.app.visitors):
            self._chosen = self.app.visitors[number - 1] if number else None
            self._until = clock.monotonic() + (CHOSEN_S if self._shown is None else BACK_S)
            self._show()

    def second_passed(self, in_front: bool) -> None:
        if (self._shown is not None or self._chosen is not None) and clock.monotonic() >= self._until:
            self._shown = self._chosen = None
            self._show()
        if isinstance(self.app.screen, ExitDialog) and time.monotonic() - self.app.last_key >= BACK_S:
            self.app.screen.dismiss(None)

    def action_lock(self) -> None:
        self.app.push_screen(ExitDialog("pickup.exit"))

    # what is shown

    def _show(self) -> None:
        shown = self._shown
        key = self._idle() if shown is None else f"pickup.{shown.verdict}"
        titles = "\n\n".join(_spaced(say(language, key), language) for language in self._languages)
        self.query_one("#pickup-state", Static).update(Content(titles))
        box = self.query_one("#pickup-box")
        box.set_class(shown is not None and shown.verdict in GOOD, "-good")
        box.set_class(shown is not None and shown.verdict not in GOOD | WAITING, "-bad")
        details = [self._detail(language, key, shown) for language in self._languages]
        self.query_one("#pickup-detail", Static).update(plain_lines("\n".join(details)))
        number = "" if shown is None or not shown.number else self._both("pickup.number", number=shown.number)
        self.query_one("#pickup-number", Static).update(plain(number))
        hotline = self.app.the_office().settings.office.hotline
        self.query_one("#pickup-foot", Static).update(plain(self._both("pickup.questions", hotline=hotline)))
        self.query_one("#pickup-languages", Static).update(self._choice())

    @property
    def _languages(self) -> tuple[Language | Visitor, ...]:
        """The two that are shown: the chosen one above Indonesian, which the staff read."""
        return tuple(Language) if self._chosen is None else (self._chosen, Language.INDONESIAN)

    def _choice(self) -> Content:
        """Which number chooses which language; nothing where there is no choice."""
        visitors = self.app.visitors
        if not visitors:
            return Content("")
        if self._chosen is None:
            above = Content(" / ".join(say(language, "pickup.choose") for language in Language))
        else:
            above = _numbered(0, " / ".join(say(language, "pickup.language") for language in Language))
        names = [_numbered(number, say(each, "pickup.language")) for number, each in enumerate(visitors, 1)]
        row = Content("  ").join(names)
        if row.cell_length > self.app.size.width:
            row = Content(" ").join(names)
        return Content("\n").join([above, row])

    def _idle(self) -> str:
        broken = self.app.the_office().devices.status("scanner").state == "failed"
        return "pickup.no_scanner" if broken else "pickup.idle"

    def _detail(self, language: Language | Visitor, key: str, shown: "Shown | None") -> str:
        counter = self.app.the_office().settings.office.collection_counter
        at = say(language, "pickup.counter_no", counter=counter) if counter else say(language, "pickup.counter")
        parts = []
        if shown is not None and shown.step:
            parts.append(say(language, "pickup.step", step=shown.step, steps=shown.steps))
        if shown is not None and shown.ready is not None:
            parts.append(say(language, "pickup.expected", day=_day(shown.ready, language)))
        lines = [say(language, f"{key}.detail", counter=at), " ".join(parts)]
        if shown is not None and shown.kept is not None:
            lines.append(say(language, "pickup.kept", kept=shown.kept.by_then, measured=shown.kept.cases))
        return "\n".join(lines).rstrip()

    def _both(self, key: str, **values: object) -> str:
        return " / ".join(say(language, key, **values) for language in self._languages)


class ExitDialog(Dialog[None]):
    """Who ends the program: any officer, with a PIN. Goes away by itself."""

    def body(self) -> ComposeResult:
        yield Form(
            (Field("login", Kind.TEXT, "sign_in.login", True, 40), Field("pin", Kind.SECRET, "sign_in.pin", True, 40))
        )

    def on_form_at_end(self) -> None:
        self.action_complete()

    def action_complete(self) -> None:
        form = self.query_one(Form)
        values = form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
            return
        app = self.app
        assert isinstance(app, PickupApp)
        service, login, pin = app.self_service(), values.text("login"), values.text("pin")
        form.restore({"pin": ""})
        self.run_service(lambda: service.close(login, pin), lambda _: app.end(0), group="exit", exclusive=True)


class PickupApp(KioskApp):
    """The program of a self-service terminal: nobody signs in, keys are dead, scans are answered."""

    visitors: tuple[Visitor, ...] = ()
    """The languages that can be chosen here, by number from 1."""
    _stray = ""
    _stray_at = 0.0
    _tried_at = 0.0

    def self_service(self) -> "SelfService":
        """What this terminal may ask. Raises LookupError before the office is open."""
        from kiosk.self_service import SelfService

        return SelfService(self.the_office())

    def take_scan(self, text: str) -> bool:
        screen = self.screen
        return isinstance(screen, PickupScreen) and screen.on_scan(text)

    async def _pass(self, key: events.Key) -> None:
        if isinstance(self.screen, Dialog) or (key.key == "f12" and isinstance(self.screen, PickupScreen)):
            await super()._pass(key)
        else:
            self._collect(key)

    def _collect(self, key: events.Key) -> None:
        """Somebody else's code from a scanner in keyboard mode: faster than hands, ended with Enter."""
        if key.time - self._stray_at > HOLD_S:
            self._stray = ""
        self._stray_at = key.time
        if key.is_printable and len(self._stray) < LONGEST:
            self._stray += key.character or ""
            if len(self._stray) == 1 and self._stray in "0123456789":
                self.set_timer(ALONE_S, partial(self._number, key.time))
        elif key.key == "enter":
            text, self._stray = self._stray, ""
            if len(text) >= SHORTEST:
                self.take_scan(text)

    def _number(self, typed_at: float) -> None:
        """A digit that nothing followed at a scanner's pace was pressed by a hand."""
        if self._stray_at == typed_at and isinstance(self.screen, PickupScreen):
            number, self._stray = int(self._stray), ""
            self.screen.on_number(number)

    def _to_sign_in(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(PickupScreen())

    def _second_passed(self) -> None:
        super()._second_passed()
        if isinstance(self.screen, Starting) and time.monotonic() - self._tried_at >= RETRY_S:
            self._tried_at = time.monotonic()
            self.screen.action_refresh()


def _numbered(number: int, name: str) -> Content:
    return Content.assemble((str(number), "bold"), f" {name}")


def _day(day: date, language: Language | Visitor) -> str:
    month = say(language, f"format.month.{day.month}") if isinstance(language, Language) else day.month
    return say(language, "pickup.day", day=day.day, month=month, year=day.year)


def _spaced(words: str, language: Language | Visitor) -> str:
    """Letters apart, words further: the largest that a terminal's one size of letters gives. Arabic letters hold on to
    each other."""
    if language is Visitor.ARABIC:
        return words
    return "   ".join(" ".join(word) for word in words.upper().split())


if TYPE_CHECKING:
    from kiosk.self_service import SelfService
