"""The billing codes that nobody has paid yet: whose they are, until when they can be paid, which have expired."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk import clock
from kiosk.formats import moment_short, rupiah
from screens.office_screen import OfficeScreen
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.money.billing import UnpaidBilling


class BillingCodesScreen(OfficeScreen):
    """Enter opens the payment of the code's case, where another code is entered in its place."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh"})
    HELP: ClassVar[str] = "help.billing"
    _unpaid: "tuple[UnpaidBilling, ...]" = ()
    _page = 0

    def content(self) -> ComposeResult:
        yield Static(id="billing-title", markup=False, classes="title")
        yield RowList[int](
            [
                Column("payment.billing_code", 15),
                Column("billing.case", 18),
                Column("payment.amount", 13),
                Column("billing.until"),
            ],
            empty="billing.none",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        desk = self.app.signed_in()
        self.run_service(desk.payments.unpaid_billing, self._loaded, group="load", exclusive=True)

    def _loaded(self, unpaid: "tuple[UnpaidBilling, ...]") -> None:
        self._unpaid, self._page = unpaid, 0
        self._show()

    def _show(self) -> None:
        rows, room = self.query_one(RowList), self.query_one(RowList).room
        shown = self._unpaid[self._page * room : (self._page + 1) * room]
        rows.show([self._row(one) for one in shown])
        more = "+" if len(self._unpaid) > (self._page + 1) * room else ""
        page = self.app.words.say("work_list.page", page=self._page + 1, more=more)
        self.query_one("#billing-title", Static).update(f"{self.app.words.say('billing.title')}   {page}")

    def _row(self, one: "UnpaidBilling") -> Row[int]:
        good = one.code.payable_at(clock.now())
        until = self.app.words.say(
            "billing.good_until" if good else "billing.expired", at=moment_short(one.code.expires_at)
        )
        return Row(
            one.case_id, (one.code.code, one.application_no, rupiah(one.code.amount), until), "" if good else "!"
        )

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        pages = -(-len(self._unpaid) // self.query_one(RowList).room)
        if 0 <= self._page + event.direction < pages:
            self._page += event.direction
            self._show()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.app.open_step("payment", event.key)
