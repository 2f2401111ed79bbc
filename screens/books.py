"""The treasurer's cash book (BKU) of a month with its running balance, and the deposit into the state account."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk import clock
from kiosk.clock import WIB, office_day
from kiosk.formats import moment_short, rupiah
from kiosk.money.cash_book import description
from kiosk.money.deposits import Deposit
from kiosk.money.ledger import Held, Line, Source
from kiosk.receipts.contents import Book
from kiosk.refusals import Refused
from kiosk.reports.period import Period, around, month
from screens.office_screen import OfficeScreen
from screens.plain import plain_lines
from screens.widgets.dialogs import Confirm, FormDialog
from screens.widgets.fields import Choice, Field, Kind, Value, Values
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.desk import Desk

SOURCES = tuple(Choice(str(source), f"payment.method.{source}") for source in (Source.ACCOUNT, Source.CASH))
DEPOSIT = (
    Field("source", Kind.CHOICE, "books.source", required=True, choices=SOURCES),
    Field("amount", Kind.MONEY, "payment.amount", required=True, max_length=16),
    Field("billing_code", Kind.DIGITS, "payment.billing_code", required=True, max_length=15),
    Field("bank_ref", Kind.UPPER, "payment.bank_ref", required=True, max_length=20),
    Field("ntpn", Kind.UPPER, "payment.ntpn", max_length=19, hint="payment.ntpn.hint"),
)

PRINTED = Field(
    "book",
    Kind.CHOICE,
    "books.print.which",
    required=True,
    choices=tuple(Choice(str(book), f"books.print.{book}") for book in Book),
)


@dataclass(frozen=True, slots=True)
class _Loaded:
    lines: tuple[Line, ...]
    held: Held


class BooksScreen(OfficeScreen):
    """PgUp and PgDn turn pages and then months, F10 enters a deposit, F7 lists unpaid billing codes, F8 prints."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"refresh", "problem", "complete"})
    KEY_WORDS: ClassVar[dict[str, str]] = {
        "problem": "billing.key",
        "device": "books.key.print",
        "complete": "books.key.deposit",
    }
    HELP: ClassVar[str] = "help.books"
    _found: _Loaded | None = None
    _page = -1
    """The page shown; -1 the last one, where the newest lines are."""

    def __init__(self) -> None:
        super().__init__()
        self._period = month(f"{office_day(clock.now()):%Y-%m}")

    def content(self) -> ComposeResult:
        yield Static(id="books-title", markup=False, classes="title")
        yield Static(id="books-held", markup=False)
        yield RowList[int](
            [
                Column("cash_book.date", 11),
                Column("cash_book.reference", 12),
                Column("cash_book.debit", 10),
                Column("cash_book.credit", 10),
                Column("cash_book.balance", 11),
                Column("cash_book.description"),
            ],
            empty="books.no_lines",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._load(self._period)

    def relabel(self) -> None:
        super().relabel()
        self._show()

    def action_refresh(self) -> None:
        self._load(self._period)

    def action_problem(self) -> None:
        self.app.open_billing_codes()

    def _load(self, period: Period) -> None:
        desk = self.app.signed_in()
        self._period, self._page = period, -1
        self.run_service(lambda: _load(desk, period), self._loaded, group="load", exclusive=True)

    def _loaded(self, found: _Loaded) -> None:
        self._found = found
        self._show()

    # what is shown

    def _show(self) -> None:
        words, found, rows = self.app.words, self._found, self.query_one(RowList)
        if found is None:
            return
        pages = max(1, -(-len(found.lines) // rows.room))
        self._page = pages - 1 if self._page < 0 else min(self._page, pages - 1)
        first = self._page * rows.room
        shown = found.lines[first : first + rows.room]
        rows.show([self._row(first + place, line) for place, line in enumerate(shown)], keep=False)
        title = words.say("books.title", month=self._period.name, page=self._page + 1, pages=pages)
        self.query_one("#books-title", Static).update(title)
        self.query_one("#books-held", Static).update(plain_lines(self._held(found.held)))

    def _row(self, place: int, line: Line) -> Row[int]:
        amounts = [_grouped(amount) for amount in (line.debit, line.credit, line.balance)]
        cells = (f"{line.at.astimezone(WIB):%d-%m %H:%M}", line.reference, *amounts, description(line, self.app.words))
        return Row(place, cells)

    def _held(self, held: Held) -> str:
        words = self.app.words
        said = words.say("books.held", cash=rupiah(held.cash), account=rupiah(held.account))
        if held.oldest is None:
            return f"{said}\n"
        overdue = office_day(held.oldest) < office_day(clock.now())
        since = words.say("books.overdue" if overdue else "books.since", at=moment_short(held.oldest))
        return f"{said}\n{since}"

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        found = self._found
        if found is None:
            return
        target = self._page + event.direction
        if 0 <= target < -(-len(found.lines) // self.query_one(RowList).room):
            self._page = target
            self._show()
        elif event.direction < 0 or self._period.until <= clock.now():
            self._load(around(self._period, event.direction))

    def action_device(self) -> None:
        """F8: the month on the screen as a paper to sign."""
        dialog = FormDialog("books.print.question", (PRINTED,), {"book": str(Book.BKU)}, month=self._period.name)
        self.app.push_screen(dialog, lambda values: self._print(Book(values.text("book"))) if values else None)

    def _print(self, book: Book) -> None:
        desk, period = self.app.signed_in(), self._period

        def queued(_: int) -> None:
            self.say("books.printed", "done", book=self.app.words.say(f"books.print.{book}"), month=period.name)

        self.run_service(lambda: desk.payments.print_book(book, period), queued)

    # the deposit

    def action_complete(self) -> None:
        found = self._found
        if found is None:
            return
        source = Source.CASH if found.held.cash > 0 >= found.held.account else Source.ACCOUNT
        initial: dict[str, Value] = {"source": str(source), "amount": found.held.of(source)}
        self.app.push_screen(FormDialog("books.deposit.question", DEPOSIT, initial), self._confirm)

    def _confirm(self, values: Values | None) -> None:
        if values is None:
            return
        given = Deposit(
            Source(values.text("source")),
            values.integer("amount") or 0,
            values.text("billing_code"),
            values.text("bank_ref"),
            values.text("ntpn"),
        )
        lies = self.app.words.say(f"payment.method.{given.source}")
        numbers = f"{lies}\n{given.billing_code}\nNTB/NTP {given.bank_ref}\nNTPN {given.ntpn or '-'}"
        sure = Confirm("books.deposit.sure", numbers, amount=rupiah(given.amount))
        self.app.push_screen(sure, lambda yes: self._deposit(given) if yes else None)

    def _deposit(self, given: Deposit) -> None:
        desk = self.app.signed_in()

        def entered(_: int) -> None:
            self._load(month(f"{office_day(clock.now()):%Y-%m}"))
            self.say("books.deposited", "done", amount=rupiah(given.amount))

        self.run_service(lambda: desk.payments.deposit(given), entered)


def _load(desk: "Desk", period: Period) -> _Loaded | Refused:
    lines, held = desk.payments.cash_book(period.since, period.until), desk.payments.held()
    if isinstance(lines, Refused):
        return lines
    return held if isinstance(held, Refused) else _Loaded(lines, held)


def _grouped(amount: int) -> str:
    """Rupiah without its sign for a narrow column: 1.500.000, empty for nothing."""
    return f"{amount:,}".replace(",", ".") if amount else ""
