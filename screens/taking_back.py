"""Taking a payment back: which, why, where the money goes back, and a second person; the books get reversing lines."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.clock import WIB
from kiosk.formats import rupiah
from screens.office_screen import OfficeScreen
from screens.widgets.dialogs import FormDialog, SecondPerson
from screens.widgets.fields import Choice, Field, Kind, Values
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.money.payments import PaymentView
    from kiosk.people.model import Witness

AT_TERMINAL, ELSEWHERE = "terminal", "elsewhere"
PLACES = (Choice(AT_TERMINAL, "taking_back.at_terminal"), Choice(ELSEWHERE, "taking_back.elsewhere"))
REASON = Field("reason", Kind.TEXT, "reason.label", required=True, max_length=200)
PLACE = Field("place", Kind.CHOICE, "taking_back.place", required=True, choices=PLACES)


class TakingBackScreen(OfficeScreen):
    """Enter takes back the payment under the cursor. What can't be taken back is refused before anybody is called."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh"})
    HELP: ClassVar[str] = "help.taking_back"
    _paid: "tuple[PaymentView, ...]" = ()
    _page = 0

    def content(self) -> ComposeResult:
        yield Static(id="taking-back-title", markup=False, classes="title")
        yield RowList[int](
            [
                Column("taking_back.reference", 13),
                Column("taking_back.method"),
                Column("taking_back.amount", 13),
                Column("taking_back.at", 12),
                Column("taking_back.terminal", 8),
            ],
            empty="taking_back.none",
        )
        yield Static(id="taking-back-hint", markup=False, classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#taking-back-hint", Static).update(self.app.words.say("taking_back.hint"))
        self._show()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(desk.payments.paid_recently, self._loaded, group="load", exclusive=True)

    def _loaded(self, paid: "tuple[PaymentView, ...]") -> None:
        self._paid, self._page = paid, 0
        self._show()

    def _show(self) -> None:
        words, rows, room = self.app.words, self.query_one(RowList), self.query_one(RowList).room
        shown = self._paid[self._page * room : (self._page + 1) * room]
        rows.show([self._row(one) for one in shown])
        more = "+" if len(self._paid) > (self._page + 1) * room else ""
        page = words.say("work_list.page", page=self._page + 1, more=more)
        self.query_one("#taking-back-title", Static).update(f"{words.say('taking_back.title')}   {page}")

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        pages = -(-len(self._paid) // self.query_one(RowList).room)
        if 0 <= self._page + event.direction < pages:
            self._page += event.direction
            self.query_one(RowList).cursor = 0
            self._show()

    def _method(self, payment: "PaymentView") -> str:
        return self.app.words.say(f"payment.method.{payment.method}")

    def _row(self, one: "PaymentView") -> Row[int]:
        at = f"{(one.decided_at or one.created_at).astimezone(WIB):%d-%m %H:%M}"
        return Row(one.id, (one.reference, self._method(one), rupiah(one.amount), at, one.terminal))

    # the act

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        payment = next(one for one in self._paid if one.id == event.key)
        # another counter's sale is voided there, and recorded here as done; or its terminal was brought to this one
        by_device, here = payment.method.by_device, payment.terminal == self.app.the_office().terminal
        dialog = FormDialog(
            "taking_back.question",
            (REASON, PLACE) if by_device else (REASON,),
            {"place": AT_TERMINAL if here else ELSEWHERE} if by_device else None,
            amount=rupiah(payment.amount),
            method=self._method(payment),
            reference=payment.reference,
        )
        self.app.push_screen(dialog, lambda values: self._ask(payment, values) if values is not None else None)

    def _ask(self, payment: "PaymentView", values: Values) -> None:
        desk, reason = self.app.signed_in(), values.text("reason")
        at_device = values.text("place") == AT_TERMINAL

        def allowed(_: "PaymentView") -> None:
            def signed(witness: "Witness | None") -> None:
                if witness is not None:
                    self._take_back(payment, reason, witness, at_device=at_device)

            self.app.push_screen(SecondPerson(), signed)

        self.run_service(lambda: desk.payments.may_void(payment.id, reason), allowed)

    def _take_back(self, payment: "PaymentView", reason: str, witness: "Witness", *, at_device: bool) -> None:
        desk = self.app.signed_in()
        self.run_device(
            lambda _: desk.payments.void(payment.id, reason, witness, at_device=at_device), self._taken_back
        )

    def _taken_back(self, payment: "PaymentView") -> None:
        self.action_refresh()
        self.say("taking_back.done", "done", "taking_back.done.next", amount=rupiah(payment.amount))
