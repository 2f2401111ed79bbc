"""Overstay: calendar days after the permit's last day, and the charge for them (biaya beban, PP 28/2019)."""

from dataclasses import dataclass
from datetime import date

from kiosk.regulations.model import OverstayRate, Regulations


@dataclass(frozen=True, slots=True)
class OverstayCharge:
    """Integer rupiah for the days. Not `payable` at the counter: Wasdakim takes over; the amount is then no bill."""

    days: int
    amount: int
    payable: bool
    rate: OverstayRate


def overstay_days(regulations: Regulations, expires: date, on: date, protected_since: date | None = None) -> int:
    """Calendar days of overstay on the day `on`; 0 if there are none.

    `protected_since` is the day from which the stay is protected because the file was filed and paid: a file that was
    complete in time has no overstay even if the office took longer. Whether the permit's last day is still legal is
    set in stays.toml.
    """
    counted_to = min(on, protected_since) if protected_since else on
    last_legal = 0 if regulations.counting.permit_day_is_legal else 1
    return max(0, (counted_to - expires).days + last_legal)


def overstay_charge(regulations: Regulations, days: int, on: date) -> OverstayCharge | None:
    """The charge for `days` at the rate of the day `on`; None without overstay.

    Raises LookupError if the tables have no rate for that day.
    """
    if days <= 0:
        return None
    rate = regulations.overstay(on)
    if rate is None:
        raise LookupError("no overstay rate")
    return OverstayCharge(days, days * rate.amount_each_day, days < rate.payable_below_days, rate)
