"""The treasurer's shift: what it took, the terminal's own total, what is undecided, which NTPN is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.formats import moment_short, rupiah
from kiosk.money.shifts import label
from screens.office_screen import OfficeScreen
from screens.plain import plain_lines
from screens.widgets.dialogs import Confirm, FormDialog
from screens.widgets.fields import Field, Kind
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.money.deposits import OpenDeposit
    from kiosk.money.payments import PaymentView
    from kiosk.money.shifts import OpenShift, Settlement, Summary, Tally


@dataclass(frozen=True, slots=True)
class _Loaded:
    shift: "OpenShift | None"
    undecided: "tuple[PaymentView, ...]"
    lacking: "tuple[PaymentView, ...]"
    deposits: "tuple[OpenDeposit, ...]"
    cash_policy: bool


class ShiftScreen(OfficeScreen):
    """F10 opens or closes the shift, F8 settles the terminal, Enter opens an undecided payment or enters an NTPN.

    F7 leads to the payments that may be taken back, F4 to the cash book.
    """

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh", "case", "problem", "complete"})
    HELP: ClassVar[str] = "help.shift"
    _found: _Loaded | None = None

    def content(self) -> ComposeResult:
        yield Static(id="shift-title", markup=False, classes="title")
        yield Static(id="shift-summary", markup=False)
        yield RowList[int](
            [Column("shift.what", 22), Column("shift.reference", 13), Column("shift.amount", 14), Column("shift.at")],
            empty="shift.nothing_open",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    @property
    def key_words(self) -> dict[str, str]:
        """F10 says what it does now."""
        is_open = self._found is not None and self._found.shift is not None
        complete = "shift.key.close" if is_open else "shift.key.open"
        return {
            "case": "books.key",
            "device": "shift.key.settle",
            "complete": complete,
            "problem": "taking_back.key",
        }

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        self._load()

    def _load(self) -> None:
        desk, policy = self.app.signed_in(), self.app.the_office().settings.policy

        def load() -> _Loaded:
            payments = desk.payments
            lacking = payments.lacking_ntpn(), payments.deposits_lacking_ntpn()
            return _Loaded(desk.shifts.current(), payments.undecided(), *lacking, policy.cash)

        self.run_service(load, self._loaded, group="load", exclusive=True)

    def _loaded(self, found: _Loaded) -> None:
        self._found = found
        self._show()

    # what is shown

    def _show(self) -> None:
        words, found = self.app.words, self._found
        self.query_one("#shift-title", Static).update(words.say("shift.title"))
        if found is None:
            return
        self.query_one("#shift-summary", Static).update(plain_lines("\n".join(self._lines(found))))
        rows = [
            self._row(one, "shift.half_voided" if one.state.paid else "shift.undecided", "!") for one in found.undecided
        ]
        rows += [self._row(one, "shift.lacking_ntpn", "") for one in found.lacking]
        what = words.say("shift.deposit_lacking_ntpn")
        # a deposit is known by its line of the books: negative, so that it is never taken for a payment
        rows += [Row(-one.id, (what, str(one.id), rupiah(one.amount), moment_short(one.at))) for one in found.deposits]
        self.query_one(RowList).show(rows)
        self.relabel_widgets()

    def _row(self, one: "PaymentView", key: str, mark: str) -> Row[int]:
        cells = (self.app.words.say(key), one.reference, rupiah(one.amount), moment_short(one.created_at))
        return Row(one.id, cells, mark)

    def _lines(self, found: _Loaded) -> list[str]:
        words, shift = self.app.words, found.shift
        if shift is None:
            return [words.say("shift.closed"), ""]
        kind = words.say("shift.with_cash" if shift.cash_allowed else "shift.without_cash")
        lines = [words.say("shift.open", officer=shift.officer, at=moment_short(shift.opened_at), kind=kind)]
        taken = shift.summary
        lines += [self._tally("payment.method", row) for row in taken.by_method]
        lines.append(words.say("shift.total", amount=rupiah(taken.total)))
        lines += [self._tally("payment.charge", row) for row in taken.by_tariff]
        if taken.reversed:
            gone = sum(one.amount for one in taken.reversed)
            lines.append(words.say("shift.reversed", count=len(taken.reversed), amount=rupiah(gone)))
        lines += [self._batch(settled) for settled in taken.settlements]
        return [*lines, ""]

    def _batch(self, settled: "Settlement") -> str:
        words, difference = self.app.words, settled.difference
        if settled.total is None or difference is None:
            return words.say("shift.edc_untold", own=rupiah(settled.own))
        key = "shift.edc_agrees" if difference == 0 else "shift.edc_differs"
        return words.say(key, total=rupiah(settled.total), difference=rupiah(difference))

    def _tally(self, prefix: str, row: "Tally") -> str:
        name = label(prefix, row).say(self.app.words.language)
        return self.app.words.say("shift.tally", name=name, count=row.count, amount=rupiah(row.amount))

    # the keys

    def action_device(self) -> None:
        """F8: the terminal closes its batch and tells its total."""
        desk = self.app.signed_in()

        def sure(yes: bool | None) -> None:
            if yes:
                self.run_device(lambda _: desk.shifts.settle(), self._settled)

        self.push(Confirm("shift.settle.question"), sure)

    def _settled(self, settled: "Settlement") -> None:
        self._load()
        if settled.total is None:
            self.say("shift.settled_without_total", "notice")
        else:
            self.say("shift.settled", "done", amount=rupiah(settled.total))

    def action_case(self) -> None:
        self.app.open_books()

    def action_problem(self) -> None:
        self.app.open_taking_back()

    def action_complete(self) -> None:
        found = self._found
        if found is None:
            return
        if found.shift is None:
            self._ask_open(found.cash_policy)
        elif found.shift.cash_allowed:
            field = Field("counted", Kind.MONEY, "shift.counted", required=True, max_length=16)
            self.push(FormDialog("shift.close.question", (field,)), lambda v: self._close(v["counted"]) if v else None)
        else:
            self.push(Confirm("shift.close.question"), lambda yes: self._close(None) if yes else None)

    def _ask_open(self, cash_policy: bool) -> None:
        if cash_policy:
            field = Field("cash", Kind.YES_NO, "shift.cash", required=True)
            self.push(
                FormDialog("shift.open.question", (field,)), lambda v: self._open(v["cash"] is True) if v else None
            )
        else:
            self.push(Confirm("shift.open.question"), lambda yes: self._open(False) if yes else None)

    def _open(self, cash: bool) -> None:
        desk = self.app.signed_in()

        def opened(shift: "OpenShift") -> None:
            self._load()
            self.say("shift.opened", "done", at=moment_short(shift.opened_at))

        self.run_service(lambda: desk.shifts.open(cash=cash), opened)

    def _close(self, counted: object) -> None:
        desk = self.app.signed_in()
        cash = counted if isinstance(counted, int) else None

        def closed(done: "Summary") -> None:
            self._load()
            self.say("shift.closed_now", "done", "shift.closed_now.next", amount=rupiah(done.total))

        self.run_service(lambda: desk.shifts.close(counted=cash), closed)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        found = self._found
        if found is None:
            return
        undecided = next((one for one in found.undecided if one.id == event.key), None)
        if undecided is not None and undecided.state.paid:
            desk = self.app.signed_in()
            self.run_device(lambda _: desk.payments.ask(undecided.id), self._void_asked)
            return
        if undecided is not None:
            self.app.open_step("payment", undecided.case_id)
            return
        field = Field("ntpn", Kind.UPPER, "payment.ntpn", required=True, max_length=20)
        self.push(
            FormDialog("shift.ntpn.question", (field,)), lambda v: self._ntpn(event.key, v["ntpn"]) if v else None
        )

    def _void_asked(self, payment: "PaymentView") -> None:
        self._load()
        key = "shift.void_not_done" if payment.state.paid else "shift.void_done"
        self.say(key, "done", amount=rupiah(payment.amount))

    def _ntpn(self, payment_id: int, ntpn: object) -> None:
        desk = self.app.signed_in()

        def added(payment: "PaymentView") -> None:
            said(payment.ntpn)

        def said(number: str) -> None:
            self._load()
            self.say("shift.ntpn.added", "done", ntpn=number)

        if payment_id < 0:
            self.run_service(lambda: desk.payments.add_deposit_ntpn(-payment_id, str(ntpn)), said)
        else:
            self.run_service(lambda: desk.payments.add_ntpn(payment_id, str(ntpn)), added)

    def push(self, dialog: Any, then: Callable[[Any], object]) -> None:
        """Open a dialog; `then` gets its result, None if it was cancelled."""

        def answered(result: Any) -> None:
            then(result)

        self.app.push_screen(dialog, answered)
