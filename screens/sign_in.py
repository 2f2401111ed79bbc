"""Sign-in: login and PIN. A demo office lists its officers and their PINs."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from kiosk.refusals import Refused
from screens.badge import TakesBadge
from screens.keys import SIGNED_OUT
from screens.office_screen import OfficeScreen
from screens.widgets.dialogs import Confirm
from screens.widgets.fields import Field, Kind
from screens.widgets.form import Form
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.office import DemoOfficer

FIELDS = (
    Field("login", Kind.TEXT, "sign_in.login", True, 40),
    Field("pin", Kind.SECRET, "sign_in.pin", True, 40),
)


class Login(Form):
    """Down from a form in which nothing is typed goes to the officers of a demo office at once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "screen.to_officers", show=False)]


class SignInScreen(TakesBadge, OfficeScreen):
    """Who works at this terminal now."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"complete"})
    EVERYWHERE: ClassVar[frozenset[str]] = SIGNED_OUT
    KEY_WORDS: ClassVar[dict[str, str]] = {"complete": "sign_in.key", "back": "sign_in.key.quit"}
    HELP: ClassVar[str] = "help.sign_in"

    def content(self) -> ComposeResult:
        yield Static(id="letterhead", markup=False, classes="title")
        yield Static(id="sign-in-title", markup=False, classes="quiet")
        yield Login(FIELDS)
        yield Static(id="demo-title", markup=False, classes="title")
        yield RowList[str]([Column("", 8), Column("", 7), Column("", 15), Column("")], id="demo-officers")

    def on_mount(self) -> None:
        self._officers: tuple[DemoOfficer, ...] = ()
        super().on_mount()
        office = self.app.the_office()
        self.query_one("#demo-title").display = self.query_one(RowList).display = False
        self.run_service(office.demo_officers, self._show_officers)

    def relabel(self) -> None:
        super().relabel()
        words, office = self.app.words, self.app.the_office()
        letterhead = "\n".join(office.settings.office.letterhead)
        self.query_one("#letterhead", Static).update(Content(letterhead))
        self.query_one("#sign-in-title", Static).update(words.say("sign_in.title", sop=office.procedure.sop.name))
        self.query_one("#demo-title", Static).update(words.say("sign_in.demo"))
        self._show_officers(self._officers)

    def _show_officers(self, officers: "tuple[DemoOfficer, ...]") -> None:
        self._officers = officers
        self.query_one("#demo-title").display = self.query_one(RowList).display = bool(officers)
        procedure, language = self.app.the_office().procedure, self.app.words.language
        names = {role.code: role.name.say(language) for role in procedure.roles}
        self.query_one(RowList).show(
            [Row(o.login, (o.login, o.pin, o.name, ", ".join(names.get(r, r) for r in o.roles))) for o in officers]
        )

    def offers(self, key: str) -> bool:
        if key == "back":
            return self.app.the_office().settings.policy.quit_at_sign_in
        return super().offers(key)

    def action_back(self) -> None:
        """Leave the program: to the maintainer's shell, or to whatever started it."""
        self.app.push_screen(Confirm("sign_in.quit"), lambda yes: self.app.end(0) if yes else None)

    def on_form_at_end(self) -> None:
        self.action_complete()

    def action_to_officers(self) -> None:
        officers = self.query_one(RowList)
        if officers.display and not self.query_one(Form).snapshot():
            officers.focus()
        else:
            self.focus_next()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        officer = next(officer for officer in self._officers if officer.login == event.key)
        self.query_one(Form).restore({"login": officer.login, "pin": officer.pin})
        self.action_complete()

    def action_complete(self) -> None:
        form = self.query_one(Form)
        values = form.read()
        if isinstance(values, Refused):
            form.show_refusals(values.refusals)
            self.show_refused(values)
            return
        office, login, pin = self.app.the_office(), values.text("login"), values.text("pin")
        form.restore({"pin": ""})
        form.go_to("pin")
        self.say("sign_in.checking")
        self.run_service(lambda: office.sign_in(login, pin), self.app.start_work, group="sign_in", exclusive=True)
