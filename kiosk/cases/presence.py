"""Whoever acts may still act: an account is closed, a session ended or a duty withdrawn while its desk stays open."""

from db.tables import Officer, Session
from kiosk.cases.transactions import refuse
from kiosk.cases.work import Look
from kiosk.people import sign_in
from kiosk.people.model import Witness
from kiosk.refusals import Code


def require_present(look: Look, witness: Witness | None = None) -> None:
    """Whoever acts, and the second person, may still act: accounts and duties may end while a desk is open.

    Within a unit of work. Raises Refuse.
    """
    row = Officer.get_or_none(Officer.id == look.officer.id)
    if row is None or not row.active:
        raise refuse(Code.OFFICER_DISABLED)
    session = Session.get_or_none(Session.id == look.session) if look.session else None
    if session is not None and session.ended_at is not None:
        raise refuse(Code.SIGN_IN_AGAIN)
    if lost := set(look.officer.duties) - set(sign_in.officer_at(row, look.today).duties):
        raise refuse(Code.SIGN_IN_AGAIN, duty=", ".join(sorted(duty.role for duty in lost)))
    if witness is None:
        return
    second = Officer.get_or_none(Officer.id == witness.officer_id)
    if second is None or not second.active or second.person_id != witness.person_id:
        raise refuse(Code.OFFICER_DISABLED)
    if second.person_id == look.officer.person_id:
        raise refuse(Code.SECOND_PERSON_NEEDED)
