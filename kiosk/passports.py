"""The passports the office holds (SOP steps 1 to 12): where each one is, on which shelf, and for how long.

The chain of custody is append-only. From step 1 on the office has the passport: with the file at the desk of the step
the case is at, or in the safe on a shelf and slot (`A-12`); at step 12 it goes to the applicant, a collector or
Wasdakim. One that nobody collects is never destroyed (domain.md 3.6): after 7, 14 and 30 days it stands in a list.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from peewee import JOIN, fn

from db.tables import Case, CaseEvent, Custody
from kiosk.cases import engine
from kiosk.cases.engine import unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, Custodian, Outcome, Status
from kiosk.cases.requirements import lock
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, Work
from kiosk.people.model import OfficerAt, acting_unit
from kiosk.procedure import Procedure
from kiosk.refusals import Code, Refused
from kiosk.steps import archiving, handover
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk

_PLACE = re.compile(r"[A-Z0-9]{1,6}-[0-9]{1,4}")


class Which(StrEnum):
    """Which passports are looked at. Words: `passports.which.<value>`."""

    ALL = "all"
    WAITING = "waiting"
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"


UNDER_WAY = [str(status) for status in Status if status is not Status.ENDED]
DAYS = {Which.WAITING: 0, Which.WEEK: 7, Which.FORTNIGHT: 14, Which.MONTH: 30}
"""Ready for collection for at least so many days."""


@dataclass(frozen=True, slots=True)
class Held:
    """A passport in the office. `place` "": with the file, at the desk of `step`. `ready_since`: may be fetched."""

    case_id: int
    application_no: str
    holder_name: str
    passport_no: str
    step: str
    outcome: Outcome
    place: str
    since: datetime
    ready_since: datetime | None


def keeps_passports(officer: OfficerAt, procedure: Procedure) -> bool:
    """May this officer shelve and count passports? Whoever hands them over, and the Kakanim."""
    return officer.is_head or acting_unit(officer, procedure, handover.KEY) is not None


def place_of(text: str) -> str:
    """A shelf and slot as it is kept (`A-12`), however it was typed (`a 12`, `A/12`); "" if it is none."""
    typed = re.sub(r"[\s._/-]+", "-", clean(text, limit=40).upper()).strip("-")
    return typed if _PLACE.fullmatch(typed) else ""


def listed(desk: "Desk", which: Which = Which.ALL, *, limit: int = 20, after: int = 0) -> tuple[Held, ...]:
    """The passports the office has, in the order their cases came, those after the case `after`. Raises StoreError."""
    look = desk.look()
    with desk.office.store.reading():
        query = held().where(Case.id > after)
        if which in DAYS:
            ready = look.now - timedelta(days=DAYS[which])
            query = query.where((Case.step == handover.KEY) & (Case.waiting_since <= ready))
        return tuple(_held(row) for row in query.order_by(Case.id).limit(limit).objects())


def counts(desk: "Desk") -> dict[Which, int]:
    """How many passports each list has. Raises StoreError."""
    now = desk.look().now
    with desk.office.store.reading():
        found = {Which.ALL: held().count()}
        for which, days in DAYS.items():
            ready = (Case.step == handover.KEY) & (Case.waiting_since <= now - timedelta(days=days))
            found[which] = held().where(ready).count()
        return found


def held() -> Any:
    """The query of every passport in the office: cases not yet handed over whose newest custody line says so."""
    newest = Custody.alias()
    last = newest.select(fn.MAX(newest.id)).where(newest.case == Case.id)
    return (
        Case.select(
            Case.id,
            Case.application_no,
            Case.holder_name,
            Case.passport_no,
            Case.step,
            Case.outcome,
            Case.status,
            Case.waiting_since,
            Custody.place.alias("place"),
            Custody.at.alias("since"),
        )
        .join(Custody, JOIN.INNER, on=(Custody.case == Case.id))
        .where(
            Case.status.in_(UNDER_WAY)
            & (Case.step != archiving.KEY)
            & (Custody.id == last)
            & (Custody.holder == Custodian.OFFICE)
        )
    )


def _held(row: Any) -> Held:
    ready = row.step == handover.KEY and row.status == Status.ACTIVE
    return Held(
        case_id=int(row.id),
        application_no=row.application_no,
        holder_name=row.holder_name,
        passport_no=row.passport_no,
        step=row.step,
        outcome=Outcome(row.outcome),
        place=row.place,
        since=row.since,
        ready_since=row.waiting_since if ready else None,
    )


@refusing
def shelve(desk: "Desk", case_id: int, place: str, *, key: str) -> Held | Refused:
    """The passport lies on this shelf and slot from now on; "" = it goes back to the file. Once for its key."""
    look, kept = desk.look(), place_of(place)
    with unit_of_work(desk.office.store) as answer:
        if place.strip() and not kept:
            raise engine.refuse(Code.PASSPORT_PLACE, "place")
        lock(case_id)
        row = held().where(Case.id == case_id).objects().first()
        if row is None:
            raise engine.refuse(Code.PASSPORT_NOT_HERE)
        require_keeper(look)
        if CaseEvent.get_or_none(CaseEvent.key == key) is None:
            moved(look, case_id, kept, key=key, note="shelf")
        answer.value = _held(held().where(Case.id == case_id).objects().first())
    found: Held | Refused = answer.refused or answer.value
    return found


def require_keeper(look: Look) -> None:
    """Raises Refuse for who doesn't keep passports."""
    engine.require_present(look)
    procedure = look.kit.procedure
    if not keeps_passports(look.officer, procedure):
        raise engine.refuse(Code.NOT_YOUR_UNIT, unit=procedure.unit(procedure.step(handover.KEY).unit).label)


def moved(look: Look, case_id: int, place: str, *, key: str, note: str) -> None:
    """A custody line with the new place, and its line in the case's history. Within a unit of work that holds it."""
    case = case_file(case_id, look.kit.procedures)
    assert case is not None, "its passport is in the office"
    work = Work(look, case, acting_unit(look.officer, case.procedure, handover.KEY) or "")
    work.custody(Custodian.OFFICE, note, place=place)
    engine.record(work, Act.RECORD, key, data={"custody": place or "file"})
