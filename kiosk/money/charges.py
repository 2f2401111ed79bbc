"""What a case owes: the tariff row of the day, frozen with its basis, and the overstay charge (biaya beban). Pure.

Sources: domain.md 2.1 (tariff history, PP 28/2019, PP 45/2024; overstay UU 6/2011 article 78). A day of overstay is a
calendar day after the day on which the permit ends: that day itself is still legal.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

OVERSTAY = "overstay"


class OverstayRule(Protocol):
    """The dated row of the regulations on overstay: rupiah a day, and from how many days on no money settles it."""

    @property
    def amount_each_day(self) -> int: ...
    @property
    def payable_below_days(self) -> int: ...
    @property
    def basis(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TariffRow:
    """A released row of the tariff table: `amount` rupiah for at most `days` of stay; None: whatever the length."""

    id: int
    kind: str
    days: int | None
    amount: int
    valid_from: date
    valid_until: date | None
    basis: str
    note: str = ""

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill, frozen: what it is for, what it comes to, and the regulation it rests on.

    `kind` is the tariff's kind with `days` of stay, or OVERSTAY with days of overstay. `tariff_id` is the row of the
    tariff table, 0 for an overstay, which rests on a dated row of the regulations.
    """

    kind: str
    days: int
    amount: int
    tariff_id: int
    basis: str


class TariffMissing(LookupError):
    """No released tariff row for this kind, length and day."""

    def __init__(self, kind: str, days: int, day: date) -> None:
        super().__init__(f"{kind} {days} {day}")
        self.kind, self.days, self.day = kind, days, day


def overstay_days(permit_expires: date, on: date) -> int:
    """Calendar days after the permit's last day; 0 while it is valid. `on` is the day of filing.

    Filing before the permit ends protects the applicant while the application runs (domain.md 2.1), so the day of
    filing counts, not the day of payment.
    """
    return max(0, (on - permit_expires).days)


def overstay_charge(days: int, rule: OverstayRule) -> Charge | None:
    """The charge for `days` of overstay; None for none. Raises ValueError where no money settles it any more."""
    if days <= 0:
        return None
    if days >= rule.payable_below_days:
        raise ValueError("an overstay that no charge settles")
    return Charge(OVERSTAY, days, days * rule.amount_each_day, 0, rule.basis)


def charges_for(
    kind: str, days: int, rows: tuple[TariffRow, ...], day: date, overstay: Charge | None = None
) -> tuple[Charge, ...]:
    """The bill of a case: the tariff of `kind` for `days` of stay on `day`, and the overstay's charge if there is one.

    Raises TariffMissing.
    """
    row = find(rows, kind, days, day)
    permit = Charge(row.kind, days, row.amount, row.id, row.basis)
    return (permit,) if overstay is None else (permit, overstay)


def find(rows: tuple[TariffRow, ...], kind: str, days: int, day: date) -> TariffRow:
    """The row of `kind` valid on `day` for the shortest stay that covers `days`; the newest where two are.

    A tariff is for a stay of at most so many days: 45 days cost what 60 do. Raises TariffMissing.
    """
    valid = [row for row in rows if row.kind == kind and row.valid_on(day) and (row.days is None or row.days >= days)]
    if not valid:
        raise TariffMissing(kind, days, day)
    return min(valid, key=lambda row: (row.days is None, row.days or 0, -row.valid_from.toordinal(), -row.id))


def total(charges: tuple[Charge, ...]) -> int:
    """The sum in rupiah."""
    return sum(charge.amount for charge in charges)
