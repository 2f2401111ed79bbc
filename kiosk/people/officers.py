"""Accounts: added, disabled, given a PIN and duties. What `kiosk officer` does."""

from datetime import date, datetime

from db.tables import Delegation, Duty, Officer, Person
from kiosk import audit
from kiosk.audit import Signer
from kiosk.people.sign_in import hash_pin, weak
from kiosk.refusals import Code, Refused, refused


def add(
    *,
    login: str,
    name: str,
    staff_no: str | None,
    pin: str,
    duties: tuple[tuple[str, str], ...],
    now: datetime,
    signer: Signer,
    since: date,
) -> int | Refused:
    """A new account; the same `staff_no` means the same person. Within a writing unit of work. The officer's id."""
    if weak(pin):
        return refused(Code.PIN_TOO_WEAK, "pin")
    login = login.strip().lower()
    if Officer.get_or_none(Officer.login == login) is not None:
        return refused(Code.LOGIN_TAKEN, "login")
    person = Person.get_or_none(Person.staff_no == staff_no) if staff_no else None
    if person is None:
        person = Person.create(name=name, staff_no=staff_no)
    officer = Officer.create(person=person, login=login, pin_hash=hash_pin(pin), created_at=now)
    for unit, role in duties:
        Duty.create(officer=officer, unit=unit, role=role, valid_from=since)
    audit.append(now, signer, "officer_added", f"officer:{officer.id}", {"duties": [f"{u}/{r}" for u, r in duties]})
    return officer.id


def disable(login: str, *, now: datetime, signer: Signer) -> int | Refused:
    """Close an account; its history stays. Within a writing unit of work."""
    row = Officer.get_or_none(Officer.login == login.strip().lower())
    if row is None:
        return refused(Code.SIGN_IN_FAILED, "login", limit=0)
    Officer.update(active=False).where(Officer.id == row.id).execute()
    audit.append(now, signer, "officer_disabled", f"officer:{row.id}")
    return int(row.id)


def set_pin(login: str, pin: str, *, now: datetime, signer: Signer) -> int | Refused:
    """A new PIN; a lock-out ends. Within a writing unit of work."""
    if weak(pin):
        return refused(Code.PIN_TOO_WEAK, "pin")
    row = Officer.get_or_none(Officer.login == login.strip().lower())
    if row is None:
        return refused(Code.SIGN_IN_FAILED, "login", limit=0)
    Officer.update(pin_hash=hash_pin(pin), failed_attempts=0, locked_until=None).where(Officer.id == row.id).execute()
    audit.append(now, signer, "officer_pin_set", f"officer:{row.id}")
    return int(row.id)


def grant(
    officer: int, unit: str, role: str, *, valid_from: date, valid_until: date | None, now: datetime, signer: Signer
) -> int:
    """A dated duty more. Within a writing unit of work. The duty's id."""
    row = Duty.create(officer=officer, unit=unit, role=role, valid_from=valid_from, valid_until=valid_until)
    audit.append(now, signer, "duty_given", f"officer:{officer}", {"duty": row.id, "role": f"{unit}/{role}"})
    return int(row.id)


def end_duty(officer: int, unit: str, role: str, *, last_day: date, now: datetime, signer: Signer) -> int:
    """The duty ends with `last_day`; what was done in it stays. Within a writing unit of work. How many ended."""
    lasting = Duty.valid_until.is_null() | (Duty.valid_until > last_day)
    ended = (
        Duty.update(valid_until=last_day)
        .where((Duty.officer == officer) & (Duty.unit == unit) & (Duty.role == role) & lasting)
        .execute()
    )
    if ended:
        audit.append(now, signer, "duty_ended", f"officer:{officer}", {"role": f"{unit}/{role}"})
    return int(ended)


def delegate(
    officer: int, *, kind: str, basis: str, valid_from: date, valid_until: date, now: datetime, signer: Signer
) -> int:
    """A dated authority of the Kakanim for an officer (plh, plt or delegate). Within a writing unit of work."""
    row = Delegation.create(
        officer=officer, authority="office_head", kind=kind, basis=basis, valid_from=valid_from, valid_until=valid_until
    )
    audit.append(now, signer, "delegation_given", f"officer:{officer}", {"delegation": row.id, "kind": kind})
    return int(row.id)


def revoke(officer: int, *, now: datetime, signer: Signer) -> int:
    """End an officer's delegations now; what was signed under them stays. Within a writing unit of work. How many."""
    rows = list(Delegation.select().where((Delegation.officer == officer) & Delegation.revoked_at.is_null()))
    for row in rows:
        Delegation.update(revoked_at=now).where(Delegation.id == row.id).execute()
        audit.append(now, signer, "delegation_revoked", f"delegation:{row.id}")
    return len(rows)
