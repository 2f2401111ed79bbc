"""The data of the treasurer's monthly report (LPJ), due at the KPPN by the 10th of the next month (domain.md 2.3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from peewee import fn

from db.tables import Ledger
from kiosk.clock import office_day
from kiosk.money import ledger
from kiosk.money.ledger import Entry, Line
from kiosk.money.shifts import Tally
from kiosk.reports.period import Period

DUE_DAY = 10


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Rupiah. `opening + received - reversed_sum - deposited = closing`; `cash_in_hand` is the closing balance's part
    that lies in the drawer."""

    month: str
    due: date
    opening: int
    received: int
    reversed_sum: int
    deposited: int
    closing: int
    cash_in_hand: int
    by_method: tuple[Tally, ...]
    by_tariff: tuple[Tally, ...]


def of_month(period: Period) -> MonthReport:
    """The month's sums, from the ledger. Within a unit of work."""
    lines = ledger.cash_book(period.since, period.until)
    opening = opening_balance(period)
    money = [line for line in lines if line.kind is not Entry.DEPOSIT]
    cash = Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).where(
        (Ledger.at < period.until) & (Ledger.method == "cash")
    )
    return MonthReport(
        month=period.name,
        due=office_day(period.until + timedelta(days=DUE_DAY - 1)),
        opening=opening,
        received=_total(lines, Entry.RECEIPT),
        reversed_sum=-_total(lines, Entry.REVERSAL),
        deposited=-_total(lines, Entry.DEPOSIT),
        closing=opening + sum(line.amount for line in lines),
        cash_in_hand=int(cash.scalar()),
        by_method=_tallies(money, lambda line: line.method),
        by_tariff=_tallies(money, lambda line: line.tariff_kind),
    )


def opening_balance(period: Period) -> int:
    """The balance carried into a period, rupiah. Within a unit of work."""
    return int(Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).where(Ledger.at < period.since).scalar())


def _total(lines: Iterable[Line], kind: Entry) -> int:
    return sum(line.amount for line in lines if line.kind is kind)


def _tallies(lines: Iterable[Line], name: Callable[[Line], str]) -> tuple[Tally, ...]:
    """Lines received and their sum less what was taken back, by name."""
    counts: dict[str, tuple[int, int]] = {}
    for line in lines:
        count, amount = counts.get(name(line), (0, 0))
        counts[name(line)] = (count + (1 if line.kind is Entry.RECEIPT else -1), amount + line.amount)
    return tuple(Tally(key, count, amount) for key, (count, amount) in sorted(counts.items()))
