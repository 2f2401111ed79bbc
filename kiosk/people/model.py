"""An officer as values."""

from dataclasses import dataclass

from kiosk.procedure import Procedure

OFFICE_HEAD = "OFFICE_HEAD"


@dataclass(frozen=True, slots=True)
class DutyHeld:
    """A unit and a role inside it, valid today."""

    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class OfficerAt:
    """A signed-in officer with the duties and authorities of today."""

    id: int
    person_id: int
    login: str
    name: str
    staff_no: str
    duties: tuple[DutyHeld, ...]
    delegated: str = ""

    @property
    def is_head(self) -> bool:
        return any(duty.unit == OFFICE_HEAD for duty in self.duties)

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(duty.unit for duty in self.duties))


@dataclass(frozen=True, slots=True)
class Witness:
    """The second person of a two-person act, who has just entered a PIN at this terminal."""

    officer_id: int
    person_id: int
    name: str
    units: tuple[str, ...]
    roles: tuple[str, ...]


def acting_unit(officer: OfficerAt, procedure: Procedure, step: str, *, only: str | None = None) -> str | None:
    """The unit in which `officer` may act at `step` today, or None.

    `only` names the one thing a limited unit may do there (SOP step 3: Lalintuskim confirms a clean no-hit).
    """
    row = procedure.step(step)
    if row.authority:
        if officer.is_head and "office_head" in row.authority:
            return OFFICE_HEAD
        if officer.delegated and "delegation" in row.authority:
            return officer.units[0] if officer.units else OFFICE_HEAD
    for duty in officer.duties:
        if duty.role == row.role and (row.admits(duty.unit, only=only) and not row.authority):
            return duty.unit
    return None


def sees(officer: OfficerAt, procedure: Procedure, step: str) -> bool:
    """Does `step` stand in this officer's work list? Limited units see it too."""
    row = procedure.step(step)
    limits: set[str | None] = {None, *(also.only for also in row.also)}
    return any(acting_unit(officer, procedure, step, only=limit) is not None for limit in limits)


def decides_findings(officer: OfficerAt, procedure: Procedure) -> tuple[str, ...]:
    """Whose findings of SOP Ketidaksesuaian this officer decides, by who must act on them (`Nonconformity.who_acts`).

    A finding referred to a unit is that unit's; all others are the authorised official's of step 6; the Kakanim
    decides any.
    """
    referred = {outcome.refer_to.lower() for outcome in procedure.side("nonconformity").outcomes if outcome.refer_to}
    known = ("applicant", OFFICE_HEAD.lower(), *(unit.code.lower() for unit in procedure.units))
    if officer.is_head:
        return known
    official = acting_unit(officer, procedure, "approval") is not None
    own = {unit.lower() for unit in officer.units}
    return tuple(actor for actor in known if (actor in own if actor in referred else official))


ENDS = frozenset({"refuse", "transfer"})
"""Acts that only the authorised official of step 6, or the Kakanim, may do."""


def may_act(officer: OfficerAt, procedure: Procedure, step: str, act: str) -> bool:
    """May the officer do `act` (send back, hold, release, refuse, withdraw, transfer) on a case at `step`?

    Whoever may work on the step, and the authorised official, send back, hold and release; refusing and transferring
    is the official's; a withdrawal is also taken at the counter, where the applicant stands.
    """
    if officer.is_head or acting_unit(officer, procedure, "approval") is not None:
        return True
    if act in ENDS:
        return False
    at_counter = act == "withdraw" and acting_unit(officer, procedure, procedure.steps[0].key) is not None
    return at_counter or sees(officer, procedure, step)
