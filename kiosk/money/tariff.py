"""The tariff table: dated rows with their basis, entered by one person and in force once another has released them.

Rows never change but for their release and their last day; what was charged keeps its row (domain.md 2.1).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.tables import Person, Tariff
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.work import Look
from kiosk.money.charges import TariffRow
from kiosk.refusals import Code, Refused, refused
from kiosk.regulations import Regulations
from kiosk.text import clean


@dataclass(frozen=True, slots=True)
class TariffEntry:
    """A row as a person enters it. `days` None: whatever the length of stay."""

    kind: str
    days: int | None
    amount: int
    valid_from: date
    basis: str
    valid_until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TariffLine:
    """A row of the history with the people behind it. Released rows of the seed have no names."""

    row: TariffRow
    entered_by: str
    entered_at: datetime
    released_by: str
    released_at: datetime | None

    @property
    def in_force(self) -> bool:
        return self.released_at is not None


def in_force() -> tuple[TariffRow, ...]:
    """Every released row. Within a unit of work."""
    query = Tariff.select().where(Tariff.released_at.is_null(False)).order_by(Tariff.id)
    return tuple(_row(row) for row in query)


def history(kind: str | None = None) -> tuple[TariffLine, ...]:
    """All rows, newest first day first; of one kind if named. Within a unit of work."""
    query = Tariff.select().order_by(Tariff.kind, Tariff.valid_from.desc(), Tariff.days, Tariff.id)
    if kind is not None:
        query = query.where(Tariff.kind == kind)
    names = {person.id: person.name for person in Person.select()}
    return tuple(
        TariffLine(
            _row(row),
            names.get(row.entered_by_id or 0, ""),
            row.entered_at,
            names.get(row.released_by_id or 0, ""),
            row.released_at,
        )
        for row in query
    )


def not_theirs(look: Look) -> Refused | None:
    """Why this officer may neither enter nor release tariffs; None for the units of the settings and the Kakanim."""
    units = look.kit.settings.policy.tariff_units
    if look.officer.is_head or any(unit in units for unit in look.officer.units):
        return None
    known = {unit.code: unit.label for unit in look.kit.procedure.units}
    return refused(Code.TARIFF_NOT_YOURS, units=", ".join(known.get(unit, unit) for unit in units))


def known_kinds(rules: Regulations) -> tuple[str, ...]:
    """What a tariff can be for: the kinds of the regulations' tariffs, and what kinds of application are billed as."""
    return tuple(sorted({row.kind for row in rules.tariffs} | {kind.tariff_kind for kind in rules.kinds}))


def enter(entry: TariffEntry, signer: Signer, now: datetime) -> int | Refused:
    """Add a row; it is in force once released. Within a writing unit of work. Its number."""
    if not entry.basis.strip():
        return refused(Code.FIELD_REQUIRED, "basis")
    if entry.amount <= 0 or (entry.days is not None and entry.days <= 0):
        return refused(Code.FIELD_NOT_A_NUMBER, "amount" if entry.amount <= 0 else "days")
    if entry.valid_until is not None and entry.valid_until < entry.valid_from:
        return refused(Code.TARIFF_DATES, "valid_until", other="-")
    row = Tariff.create(
        kind=clean(entry.kind, limit=40),
        days=entry.days,
        amount=entry.amount,
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        basis=clean(entry.basis, limit=120),
        note=clean(entry.note),
        entered_by=signer.person or None,
        entered_at=now,
    )
    audit.append(now, signer, "tariff_entered", f"tariff:{row.id}", {"amount": entry.amount})
    return int(row.id)


def release(tariff: int, signer: Signer, now: datetime) -> int | Refused:
    """Put a row in force; the open row before it ends the day before. Within a writing unit of work.

    Refuses the person who entered it (also the database's rule), a released row, and one that would overlap another.
    """
    row = Tariff.get_or_none(Tariff.id == tariff)
    if row is None:
        return refused(Code.TARIFF_NOT_FOUND, "tariff")
    if row.released_at is not None:
        return refused(Code.TARIFF_RELEASED, "tariff")
    if not signer.person or row.entered_by_id == signer.person:
        return refused(Code.TARIFF_NEEDS_OTHER_PERSON, "tariff")
    before = ended_by(row)
    for other in _same(row):
        if other not in before and _overlap(other, row):
            return refused(Code.TARIFF_DATES, "tariff", other=other.id)
    for other in before:
        Tariff.update(valid_until=row.valid_from - timedelta(days=1)).where(Tariff.id == other.id).execute()
    Tariff.update(released_by=signer.person, released_at=now).where(Tariff.id == row.id).execute()
    audit.append(now, signer, "tariff_released", f"tariff:{row.id}")
    return int(row.id)


def ended_by(row: Tariff) -> list[Tariff]:
    """The open released rows that end the day before `row` begins, when it is released. Within a unit of work."""
    return [other for other in _same(row) if other.valid_from < row.valid_from and other.valid_until is None]


def gap_after(row: Tariff) -> date | None:
    """The first day on which nothing is in force for this once `row` is, because it has a last day. Within a unit of
    work. A step that bills on that day is refused."""
    if row.valid_until is None:
        return None
    day, gone = row.valid_until + timedelta(days=1), {row.id, *(other.id for other in ended_by(row))}
    staying = [other for other in _same(row) if other.id not in gone]
    return None if any(other.valid_from <= day <= (other.valid_until or day) for other in staying) else day


def _same(row: Tariff) -> list[Tariff]:
    """The released rows for the same thing."""
    length = Tariff.days.is_null() if row.days is None else Tariff.days == row.days
    query = Tariff.select().where((Tariff.kind == row.kind) & length & Tariff.released_at.is_null(False))
    return list(query.order_by(Tariff.id))


def _overlap(one: Tariff, other: Tariff) -> bool:
    return one.valid_from <= (other.valid_until or date.max) and other.valid_from <= (one.valid_until or date.max)


def _row(row: Tariff) -> TariffRow:
    return TariffRow(row.id, row.kind, row.days, row.amount, row.valid_from, row.valid_until, row.basis, row.note)
