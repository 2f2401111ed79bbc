"""The data of the treasurer's monthly report (LPJ), due at the KPPN by the 10th of the next month (domain.md 2.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from peewee import fn

from db.tables import Ledger
from kiosk.clock import office_day
from kiosk.money import ledger, shifts
from kiosk.money.ledger import Entry, Line, Source
from kiosk.money.shifts import Tally
from kiosk.reports.period import Period

DUE_DAY = 10


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Rupiah. `opening + received - reversed_sum - deposited - direct = closing`. `direct` went into the state account
    without the treasurer (BPN); `cash_in_hand` and `in_account` are what the closing balance lies in."""

    month: str
    due: date
    opening: int
    received: int
    reversed_sum: int
    deposited: int
    direct: int
    closing: int
    cash_in_hand: int
    in_account: int
    by_method: tuple[Tally, ...]
    by_tariff: tuple[Tally, ...]


def of_month(period: Period) -> MonthReport:
    """The month's sums, from the ledger. Within a unit of work."""
    lines = ledger.cash_book(period.since, period.until)
    opening = ledger.balance_before(period.since)
    stored = Ledger.select().where((Ledger.at >= period.since) & (Ledger.at < period.until))
    money = [row for row in stored.order_by(Ledger.id) if row.kind not in (Entry.DEPOSIT, Entry.DEPOSIT_NTPN)]
    closing = opening + sum(line.amount for line in lines)
    cash = _cash_before(period)
    return MonthReport(
        month=period.name,
        due=office_day(period.until + timedelta(days=DUE_DAY - 1)),
        opening=opening,
        received=_total(lines, Entry.RECEIPT),
        reversed_sum=-_total(lines, Entry.REVERSAL),
        deposited=-_total(lines, Entry.DEPOSIT),
        direct=-_total(lines, Entry.DIRECT),
        closing=closing,
        cash_in_hand=cash,
        in_account=closing - cash,
        by_method=shifts.tallies(((row.method, None, ""), row.payment_id, row.amount) for row in money),
        by_tariff=shifts.by_tariff(money),
    )


def _cash_before(period: Period) -> int:
    """What lay in the drawer at the end of the period."""
    query = Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).where(
        (Ledger.at < period.until) & (Ledger.method == Source.CASH)
    )
    return int(query.scalar())


def _total(lines: Iterable[Line], kind: Entry) -> int:
    return sum(line.amount for line in lines if line.kind is kind)
