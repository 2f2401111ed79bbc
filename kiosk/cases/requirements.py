"""What must hold before an act on a case: the clock, who acts, where the case stands, the claim, separation of duty.

Each within a writing unit of work; each raises Refuse.
"""

from typing import Any

from db import turns
from db.tables import Case, Claim, Part, Person
from kiosk import audit
from kiosk.cases.load import held_row
from kiosk.cases.model import CaseFile, Status
from kiosk.cases.rules import StepRules
from kiosk.cases.transactions import refuse
from kiosk.cases.work import Look
from kiosk.clock import WIB
from kiosk.people.model import acting_unit
from kiosk.procedure import Procedure
from kiosk.receipts.token import CLOCK_TOLERANCE
from kiosk.refusals import Code


def lock(case_id: int) -> None:
    """Whoever moves a case holds its row first, then the step's turn, its claim and work, numbers, and the chain's end
    last: nobody waits in a ring.

    Within a writing unit of work.
    """
    if Case._meta.database.for_update:
        held_row(Case.select(Case.id).where(Case.id == case_id)).first()


def take_turn(rules: StepRules, given: Any | None) -> None:
    """Wait for the step's turn where it checks what no case row tells. Within a writing unit of work."""
    if hasattr(rules, "across_cases"):
        turns.take(*rules.across_cases(given))


def require_clock(look: Look) -> None:
    if look.now + CLOCK_TOLERANCE < audit.head().at:
        raise refuse(Code.CLOCK_WENT_BACK)


def require_permission(look: Look, procedure: Procedure, step: str, *, only: str | None) -> str:
    unit = acting_unit(look.officer, procedure, step, only=only)
    if unit is None:
        raise refuse(Code.NOT_YOUR_UNIT, unit=procedure.unit(procedure.step(step).unit).label)
    return unit


def require_position(case: CaseFile, step: str) -> None:
    if case.status is Status.ENDED:
        raise refuse(Code.CASE_ENDED)
    if case.step != step:
        raise refuse(Code.CASE_MOVED_ON)
    if case.status.held:
        raise refuse(Code.CASE_ON_HOLD)


def require_claim(look: Look, case: CaseFile, token: int | None) -> None:
    """The claim must be this officer's, at this terminal, still the newest: else a late writer is refused.

    The row is locked until the act is committed, so that nobody takes the case over in between.
    """
    query = Claim.select().where((Claim.case == case.id) & Claim.released_at.is_null())
    if Claim._meta.database.for_update:
        query = query.for_update()
    row = query.first()
    if row is None or (token is not None and row.id != token):
        raise refuse(Code.CLAIM_LAPSED)
    if row.officer_id != look.officer.id or row.terminal != look.kit.terminal:
        name = Person.get_by_id(row.officer.person_id).name
        until = f"{row.lease_until.astimezone(WIB):%H:%M} WIB"
        raise refuse(Code.CLAIMED_BY_OTHER, officer=name, terminal=row.terminal, until=until)


def require_separation(case: CaseFile, step: str, person: int) -> None:
    for other in case.procedure.separated_from(step):
        part = part_name(other.step, other.act)
        if Part.select().where((Part.case == case.id) & (Part.part == part) & (Part.person == person)).exists():
            raise refuse(Code.SAME_PERSON, other=case.procedure.step(other.step).number)


def part_name(step: str, what: str) -> str:
    """The name of a part a person plays in a case: the step's key, or `<step>_clearing`."""
    return step if what == "complete" else f"{step}_clearing"
