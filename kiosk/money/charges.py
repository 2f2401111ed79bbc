"""What a case owes: the tariff row of the day, frozen with its basis, and the overstay charge (biaya beban). Pure.

Sources: domain.md 2.1 (tariff history, PP 28/2019, PP 45/2024). A day of overstay is a calendar day after the day on
which the permit ends: that day itself is still legal.
"""

from dataclasses import dataclass
from datetime import date

PERMIT = "permit"
OVERSTAY = "overstay"
OVERSTAY_LIMIT_DAYS = 60
"""From this many days on there is no charge but deportation (UU 6/2011 article 78): never a matter for the cashier."""


@dataclass(frozen=True, slots=True)
class TariffRow:
    """A released row of the tariff table. `days` 0: not by length of stay. `amount` is rupiah, for OVERSTAY a day."""

    id: int
    kind: str
    days: int
    amount: int
    valid_from: date
    valid_until: date | None
    basis: str
    note: str = ""

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill, frozen: the tariff row it comes from, what it comes to, and the regulation it rests on.

    `kind` is the tariff's kind; `days` are days of stay, or days of overstay for OVERSTAY.
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


def overstay_charge(days: int, rows: tuple[TariffRow, ...], day: date) -> Charge | None:
    """The charge for `days` of overstay by the daily row valid on `day`; None for no overstay.

    Raises TariffMissing, and ValueError from OVERSTAY_LIMIT_DAYS on, where no money settles it.
    """
    if days <= 0:
        return None
    if days >= OVERSTAY_LIMIT_DAYS:
        raise ValueError("an overstay that no charge settles")
    row = find(rows, OVERSTAY, 0, day)
    return Charge(OVERSTAY, days, days * row.amount, row.id, row.basis)


def charges_for(
    kind: str, days: int, rows: tuple[TariffRow, ...], day: date, *, overstay: int = 0
) -> tuple[Charge, ...]:
    """The bill of a case: the permit's tariff of `kind` for `days` of stay on `day`, and `overstay` days if any.

    Raises TariffMissing; ValueError for an overstay that no charge settles.
    """
    row = find(rows, kind, days, day)
    extra = overstay_charge(overstay, rows, day)
    permit = Charge(row.kind, days, row.amount, row.id, row.basis)
    return (permit,) if extra is None else (permit, extra)


def find(rows: tuple[TariffRow, ...], kind: str, days: int, day: date) -> TariffRow:
    """The row of `kind` for `days` that is valid on `day`; the newest where two are. Raises TariffMissing."""
    valid = [row for row in rows if row.kind == kind and row.days == days and row.valid_on(day)]
    if not valid:
        raise TariffMissing(kind, days, day)
    return max(valid, key=lambda row: (row.valid_from, row.id))


def total(charges: tuple[Charge, ...]) -> int:
    """The sum in rupiah."""
    return sum(charge.amount for charge in charges)
