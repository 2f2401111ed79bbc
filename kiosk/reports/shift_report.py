"""One shift for the treasurer's file: what it took, what was taken back, what is open, and what doesn't add up."""

import json
from dataclasses import dataclass
from datetime import datetime

from db.tables import AuditEvent, Officer, Person, Shift
from kiosk.money import shifts
from kiosk.money.methods import Method
from kiosk.money.shifts import Summary
from kiosk.records import from_json


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """A shift and its summary: as it was closed, or as it stands while open.

    Rupiah: `edc_difference` is the terminal's settlement less our own total, `cash_difference` the counted cash less
    the cash in the books; None where nothing was settled or counted.
    """

    shift: int
    terminal: str
    treasurer: str
    opened_at: datetime
    closed_at: datetime | None
    cash: bool
    summary: Summary
    total: int
    own_edc_total: int
    edc_difference: int | None
    cash_difference: int | None
    sealed: bool | None
    """Whether the closed summary is the one whose hash stands in the audit chain; None while the shift is open."""

    @property
    def adds_up(self) -> bool:
        """Nothing differs, nothing is undecided, every batch told its total, and the summary is the one sealed."""
        differs = any(one.difference != 0 for one in self.summary.settlements)
        return not (differs or self.cash_difference or self.summary.undecided or self.sealed is False)


def of_shift(number: int | None) -> ShiftReport | None:
    """The report of a shift, the newest if none is named; None if there is no such shift. Within a unit of work."""
    rows = Shift.select().order_by(Shift.id.desc())
    row = rows.first() if number is None else rows.where(Shift.id == number).first()
    if row is None:
        return None
    taken = shifts.summary(row.id) if row.closed_at is None else from_json(Summary, row.summary)
    own_cash = taken.of(Method.CASH)
    return ShiftReport(
        shift=row.id,
        terminal=row.terminal,
        treasurer=Person.get_by_id(Officer.get_by_id(row.officer_id).person_id).name,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        cash=row.cash_allowed,
        summary=taken,
        total=taken.total,
        own_edc_total=taken.own_edc_total,
        edc_difference=taken.edc_difference,
        cash_difference=None if taken.counted is None else taken.counted - own_cash,
        sealed=None if row.closed_at is None else _sealed(row),
    )


def _sealed(row: Shift) -> bool:
    """The audit chain holds the hash of the summary as it is stored."""
    event = AuditEvent.select(AuditEvent.body).where(AuditEvent.body.contains(shifts.seal(row.summary)))
    told = (json.loads(found.body) for found in event)
    return any(one["action"] == "shift_closed" and one["subject"] == f"shift:{row.id}" for one in told)
