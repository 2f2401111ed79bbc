"""What a case owes: the tariff row of the day, frozen with its basis, and the overstay charge (biaya beban). Pure.

Sources: domain.md 2.1 (tariff history, PP 28/2019, PP 45/2024). Days and rate of an overstay are `kiosk.permits`'.
"""

from dataclasses import dataclass
from datetime import date

from kiosk.permits import OverstayCharge

OVERSTAY = "overstay"


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


def overstay_line(overstay: OverstayCharge | None) -> Charge | None:
    """The bill's line for an overstay; None for none. Raises ValueError for one that no money settles (60 days on)."""
    if overstay is None:
        return None
    if not overstay.payable:
        raise ValueError("an overstay that no charge settles")
    return Charge(OVERSTAY, overstay.days, overstay.amount, 0, overstay.rate.basis)


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
