"""What the system does to a case by itself: it holds one, and no officer stands under it (the audit signer is 0)."""

from datetime import datetime

from db.tables import Claim
from kiosk.audit import Signer
from kiosk.cases import engine, touch
from kiosk.cases.model import Act, CaseFile, Status
from kiosk.cases.moves import Position, after_act
from kiosk.cases.requirements import lock
from kiosk.cases.work import Kit, Look, Work
from kiosk.people.model import OfficerAt

SYSTEM = OfficerAt(id=0, person_id=0, login="", name="", staff_no="", duties=())


def work_of(kit: Kit, case: CaseFile, now: datetime) -> Work:
    """A unit of work on `case` that nobody signed in for."""
    return Work(Look(kit, SYSTEM, now), case, unit="")


def signer(kit: Kit) -> Signer:
    """The signature of what the system does, in the audit chain."""
    return Signer(SYSTEM.id, SYSTEM.person_id, kit.terminal)


def hold(work: Work, status: Status, *, key: str, reason: str) -> None:
    """Hold an active case, whoever has it on a counter: its claim ends, and who writes later is refused.

    What was typed there is kept as a draft. Within a writing unit of work. Raises engine.Refuse where another moved
    the case meanwhile.
    """
    case = work.case
    position = after_act(case.procedure, Position(case.step, case.status, case.outcome), Act.HOLD, hold=status)
    lock(case.id)
    Claim.update(released_at=work.now).where((Claim.case == case.id) & Claim.released_at.is_null()).execute()
    touch.close(case, work.look, "leave")
    engine.move_case(case, position, work.now, work.changes)
    engine.record(work, Act.HOLD, key, reason=reason)
