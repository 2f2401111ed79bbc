"""Whoever acts may still act: an account is closed, a session ended or a duty withdrawn while its desk stays open."""

from typing import Any

from peewee import JOIN

from db.tables import Duty, Officer, Session
from kiosk.cases.transactions import refuse
from kiosk.cases.work import Look
from kiosk.people.model import DutyHeld, Witness
from kiosk.refusals import Code


def require_present(look: Look, witness: Witness | None = None) -> None:
    """Whoever acts, and the second person, may still act: accounts and duties may end while a desk is open.

    Within a unit of work. Raises Refuse.
    """
    rows = _now(look)
    if not rows or not rows[0].active:
        raise refuse(Code.OFFICER_DISABLED)
    if rows[0].ended_at is not None:
        raise refuse(Code.SIGN_IN_AGAIN)
    held = {DutyHeld(row.unit, row.role) for row in rows if row.unit is not None}
    if lost := set(look.officer.duties) - held:
        raise refuse(Code.SIGN_IN_AGAIN, duty=", ".join(sorted(duty.role for duty in lost)))
    if witness is None:
        return
    second = Officer.get_or_none(Officer.id == witness.officer_id)
    if second is None or not second.active or second.person_id != witness.person_id:
        raise refuse(Code.OFFICER_DISABLED)
    if second.person_id == look.officer.person_id:
        raise refuse(Code.SECOND_PERSON_NEEDED)


def _now(look: Look) -> list[Any]:
    """The account, the sign-in and the duties of today in one question: a row for each duty, one without any."""
    today = (Duty.valid_from <= look.today) & (Duty.valid_until.is_null() | (Duty.valid_until >= look.today))
    return list(
        Officer.select(Officer.active, Session.ended_at, Duty.unit, Duty.role)
        .join(Session, JOIN.LEFT_OUTER, on=(Session.id == look.session))
        .join_from(Officer, Duty, JOIN.LEFT_OUTER, on=(Duty.officer == Officer.id) & today)
        .where(Officer.id == look.officer.id)
        .namedtuples()
    )
