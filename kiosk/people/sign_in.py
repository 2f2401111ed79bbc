"""Sign-in: argon2id PINs, lock-out, no telling whether a login exists."""

import itertools
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from db.tables import Delegation, Duty, Officer, Person
from kiosk import audit
from kiosk.audit import Signer
from kiosk.clock import WIB, office_day
from kiosk.people.model import DutyHeld, OfficerAt, Witness
from kiosk.refusals import Code, Refused, refused
from kiosk.text import clean

FAILURE_LIMIT = 5
LOCK_OUT = timedelta(minutes=15)
PIN_MINIMUM = 6

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's argon2id floor
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$GkBz7BY705PrtSOQ+YqI3w$VwsIWJEFdBBNfKxS2oBE8fwqA/locgquLWrgt5TADqI"


def hash_pin(pin: str) -> str:
    """The argon2id hash to store."""
    return _HASHER.hash(pin)


def weak(pin: str) -> bool:
    """True for a PIN that is short, not digits, all the same, or a run."""
    if len(pin) < PIN_MINIMUM or not pin.isascii() or not pin.isdigit() or len(pin) > 32:
        return True
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    return steps in ({0}, {1}, {9})


def _matches(stored: str, pin: str) -> bool:
    try:
        return _HASHER.verify(stored, pin.encode(errors="replace"))
    except (VerificationError, InvalidHashError):
        return False


def check_pin(login: str, pin: str, *, now: datetime, terminal: str) -> Officer | Refused:
    """The account whose PIN this is. Within a writing unit of work: failures are counted and audited.

    An unknown login costs as much time as a wrong PIN, so that logins can't be listed.
    """
    row = Officer.get_or_none(Officer.login == clean(login).lower())
    if row is None:
        _matches(_NOBODY, pin)
        audit.append(now, Signer(0, 0, terminal), "sign_in_failed")
        return refused(Code.SIGN_IN_FAILED, limit=FAILURE_LIMIT)
    if row.locked_until is not None and row.locked_until > now:
        _matches(_NOBODY, pin)
        return refused(Code.SIGN_IN_LOCKED, until=f"{row.locked_until.astimezone(WIB):%H:%M} WIB")
    if not _matches(row.pin_hash, pin):
        return _failed(row, now, terminal)
    if not row.active:
        return refused(Code.OFFICER_DISABLED)
    if row.failed_attempts or row.locked_until:
        Officer.update(failed_attempts=0, locked_until=None).where(Officer.id == row.id).execute()
    return row


def _failed(row: Officer, now: datetime, terminal: str) -> Refused:
    failures = row.failed_attempts + 1
    until = now + LOCK_OUT if failures >= FAILURE_LIMIT else None
    Officer.update(failed_attempts=0 if until else failures, locked_until=until).where(Officer.id == row.id).execute()
    audit.append(now, Signer(0, 0, terminal), "sign_in_failed", f"officer:{row.id}", {"locked": until is not None})
    if until is not None:
        return refused(Code.SIGN_IN_LOCKED, until=f"{until.astimezone(WIB):%H:%M} WIB")
    return refused(Code.SIGN_IN_FAILED, limit=FAILURE_LIMIT)


def officer_at(row: Officer, day: date) -> OfficerAt:
    """The officer with the duties and delegations valid on `day`."""
    duties = (
        Duty.select()
        .where(
            (Duty.officer == row.id)
            & (Duty.valid_from <= day)
            & (Duty.valid_until.is_null() | (Duty.valid_until >= day))
        )
        .order_by(Duty.id)
    )
    delegations = (
        Delegation.select()
        .where(
            (Delegation.officer == row.id)
            & (Delegation.valid_from <= day)
            & (Delegation.valid_until >= day)
            & Delegation.revoked_at.is_null()
        )
        .order_by(Delegation.id)
    )
    person = Person.get_by_id(row.person_id)
    return OfficerAt(
        id=row.id,
        person_id=row.person_id,
        login=row.login,
        name=person.name,
        staff_no=person.staff_no or "",
        duties=tuple(DutyHeld(duty.unit, duty.role) for duty in duties),
        delegated="; ".join(f"{one.kind} {one.basis}" for one in delegations),
    )


def witness(login: str, pin: str, *, now: datetime, terminal: str, first_person: int) -> Witness | Refused:
    """The second person, who must be another human being. Within a writing unit of work."""
    row = check_pin(login, pin, now=now, terminal=terminal)
    if isinstance(row, Refused):
        return row
    if row.person_id == first_person:
        return refused(Code.SECOND_PERSON_NEEDED)
    officer = officer_at(row, office_day(now))
    return Witness(row.id, row.person_id, officer.name, officer.units, tuple(d.role for d in officer.duties))
