"""Who may sign for the head of the office on a day: the Kakanim, or an officer with a dated delegation. Reads only.

Read anew at each act, not from the sign-in: a delegation may be revoked, or end at midnight, while its holder sits at
the terminal. Within the caller's unit of work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from db.tables import Delegation, Duty, Officer, Person
from kiosk.people.model import OFFICE_HEAD

HEAD = "office_head"


@dataclass(frozen=True, slots=True)
class Delegate:
    """An officer who may sign for the head today. `kind` is plh, plt or delegate; `basis` the decision's number."""

    officer: int
    name: str
    staff_no: str
    kind: str
    basis: str


def authority_of(officer: int, day: date) -> str:
    """`office_head`, the kind and basis of the officer's delegation, or "" where there is neither."""
    if officer in _heads(day):
        return HEAD
    return next((f"{one.kind} {one.basis}" for one in delegates(day) if one.officer == officer), "")


def delegates(day: date) -> tuple[Delegate, ...]:
    """Whose delegation of the head's authority is in force on `day`, the oldest decision first."""
    rows = (
        Delegation.select(Delegation, Officer, Person)
        .join(Officer)
        .join(Person)
        .where(
            (Delegation.authority == HEAD)
            & (Delegation.valid_from <= day)
            & (Delegation.valid_until >= day)
            & Delegation.revoked_at.is_null()
            & Officer.active
        )
        .order_by(Delegation.id)
    )
    return tuple(
        Delegate(row.officer_id, row.officer.person.name, row.officer.person.staff_no or "", row.kind, row.basis)
        for row in rows
    )


def _heads(day: date) -> frozenset[int]:
    return frozenset(_holders(day))


def _holders(day: date) -> Iterator[int]:
    for duty in Duty.select().where((Duty.unit == OFFICE_HEAD) & (Duty.valid_from <= day)):
        if duty.valid_until is None or duty.valid_until >= day:
            yield duty.officer_id
