"""An officer's own PIN, changed at the terminal: who knows the old one chooses a new one, and nobody else learns it."""

from dataclasses import dataclass

from db.connection import Store
from db.tables import Officer, Session
from kiosk import audit
from kiosk.cases.presence import require_present
from kiosk.cases.transactions import refuse, unit_of_work
from kiosk.cases.work import Look
from kiosk.people.sign_in import check_pin, hash_pin, weak
from kiosk.refusals import Code, Refused, refused


@dataclass(frozen=True, slots=True)
class Changed:
    """The new PIN counts from now on. `ended`: how many other sign-ins of this officer ended with the old one."""

    ended: int


def change(store: Store, look: Look, *, old: str, new: str, again: str) -> Changed | Refused:
    """Change the PIN of the officer of `look`. A wrong old one counts and locks as at sign-in. Raises StoreError.

    Whoever signed in elsewhere with the old PIN does nothing more there: their next act asks for a sign-in.
    """
    if (wrong := _unfit(old, new, again)) is not None:
        return wrong
    new_hash = hash_pin(new)
    with unit_of_work(store) as answer:
        require_present(look)
        row = check_pin(look.officer.login, old, now=look.now, terminal=look.kit.terminal)
        if isinstance(row, Refused):
            answer.value = row
        else:
            answer.value = _changed(look, row, new_hash)
    found: Changed | Refused = answer.refused or answer.value
    return found


def _unfit(old: str, new: str, again: str) -> Refused | None:
    if weak(new):
        return refused(Code.PIN_TOO_WEAK, "new")
    if new == old:
        return refused(Code.PIN_UNCHANGED, "new")
    if new != again:
        return refused(Code.PIN_NOT_REPEATED, "again")
    return None


def _changed(look: Look, row: Officer, new_hash: str) -> Changed:
    """Within the unit of work that checked the old PIN. Raises Refuse where it was changed in the same moment."""
    same = (Officer.id == row.id) & (Officer.pin_hash == row.pin_hash)
    if not Officer.update(pin_hash=new_hash).where(same).execute():
        raise refuse(Code.SIGN_IN_AGAIN)
    others = (Session.officer == row.id) & Session.ended_at.is_null() & (Session.id != look.session)
    ended = [int(each.id) for each in Session.select(Session.id).where(others).order_by(Session.id)]
    Session.update(ended_at=look.now).where(others).execute()
    audit.append(look.now, look.signer, "pin_changed", f"officer:{row.id}", {"sessions_ended": ended})
    return Changed(len(ended))
