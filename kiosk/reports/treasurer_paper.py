"""The cash book (BKU) and the monthly data (LPJ) as papers to sign, in Indonesian like every record of the office."""

from collections.abc import Iterator

from kiosk.cases.work import Look
from kiosk.clock import WIB
from kiosk.formats import numeric_date, rupiah
from kiosk.money import ledger, shifts
from kiosk.money.cash_book import description
from kiosk.money.shifts import Tally
from kiosk.receipts.contents import Book, BookRow, Clerk, TreasurerReport
from kiosk.reports import monthly, reconciliation
from kiosk.reports.period import Period
from kiosk.words import Language, Words

SUMS = ("opening", "received", "reversed_sum", "deposited", "direct", "closing", "cash_in_hand", "in_account")


def paper(look: Look, book: Book, period: Period) -> TreasurerReport:
    """The month's paper for the officer who asks. Within a unit of work."""
    words = Words(Language.INDONESIAN)
    rows = _cash_book(words, period) if book is Book.BKU else _month(words, period)
    clerk = Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal)
    return TreasurerReport(book, period.name, look.now, clerk, tuple(rows))


def _cash_book(words: Words, period: Period) -> Iterator[BookRow]:
    opening = ledger.balance_before(period.since)
    lines = ledger.cash_book(period.since, period.until)
    yield BookRow(words.say("report.opening"), rupiah(opening), bold=True)
    for line in lines:
        balance = f"{words.say('cash_book.balance')} {rupiah(line.balance)}"
        at = f"{line.at.astimezone(WIB):%d-%m %H:%M} {line.reference}"
        yield BookRow(at, rupiah(line.amount), f"{description(line, words)} · {balance}")
    yield BookRow(words.say("report.closing"), rupiah(lines[-1].balance if lines else opening), bold=True)


def _month(words: Words, period: Period) -> Iterator[BookRow]:
    found = monthly.of_month(period)
    yield BookRow(words.say("report.lpj", month=period.name, due=numeric_date(found.due)), "")
    for name in SUMS:
        yield BookRow(words.say(f"report.{name}"), rupiah(getattr(found, name)), bold=name == "closing")
    yield BookRow(words.say("report.by_method"), "", bold=True)
    yield from _tallies("payment.method", found.by_method)
    yield BookRow(words.say("report.by_tariff"), "", bold=True)
    yield from _tallies("payment.charge", found.by_tariff)
    for line in reconciliation.of_period(period).payments:
        if line.findings:
            said = ", ".join(words.say(f"reconcile.{finding}") for finding in line.findings)
            yield BookRow(f"! {line.reference}", rupiah(line.amount), said)


def _tallies(prefix: str, rows: tuple[Tally, ...]) -> Iterator[BookRow]:
    for row in rows:
        yield BookRow(f"{shifts.label(prefix, row).indonesian} ({row.count})", rupiah(row.amount))
