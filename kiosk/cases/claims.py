"""Claims and drafts: one terminal works on a case at a time, and what is typed is kept."""

from datetime import datetime, timedelta
from typing import Any

from db.connection import Store
from db.tables import Claim as ClaimRow
from db.tables import Draft, Person
from kiosk.cases import touch
from kiosk.cases.engine import refuse, require_present, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import CaseFile, Claim
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look
from kiosk.clock import WIB
from kiosk.people.model import sees
from kiosk.records import to_json
from kiosk.refusals import Code, Refused

DRAFT_LIMIT = 200_000


@refusing
def claim(store: Store, look: Look, case_id: int) -> Claim | Refused:
    """Take the case for this officer at this terminal, or renew the hold. A lapsed claim is taken over."""
    with unit_of_work(store) as answer:
        require_present(look)
        case = case_file(case_id, look.kit.procedures, outputs=False)
        if case is None:
            raise refuse(Code.CASE_NOT_FOUND)
        answer.value = take(look, case)
    return answer.refused or answer.value


def take(look: Look, case: CaseFile) -> Claim:
    """Claim the case and start the touch clock. Within a writing unit of work. Raises Refuse."""
    if not sees(look.officer, case.procedure, case.step):
        raise refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.at.unit).label)
    claimed = _claim(look, case)
    touch.open_work(case, look)
    return claimed


def _claim(look: Look, case: CaseFile) -> Claim:
    until = look.now + timedelta(minutes=look.kit.settings.policy.lease_minutes)
    row = ClaimRow.get_or_none((ClaimRow.case == case.id) & ClaimRow.released_at.is_null())
    if row is not None and row.officer_id == look.officer.id and row.terminal == look.kit.terminal:
        still_mine = (ClaimRow.id == row.id) & ClaimRow.released_at.is_null()
        if not ClaimRow.update(lease_until=until).where(still_mine).execute():
            raise refuse(Code.CLAIM_LAPSED)
        return Claim(row.id, case.id, until)
    if row is not None and row.lease_until > look.now:
        raise refuse(
            Code.CLAIMED_BY_OTHER,
            officer=Person.get_by_id(row.officer.person_id).name,
            terminal=row.terminal,
            until=f"{row.lease_until.astimezone(WIB):%H:%M} WIB",
        )
    if row is not None:
        lapsed = (ClaimRow.id == row.id) & (ClaimRow.lease_until == row.lease_until) & ClaimRow.released_at.is_null()
        if not ClaimRow.update(released_at=look.now).where(lapsed).execute():
            # renewed or taken by another in this very moment
            raise refuse(Code.CLAIM_LAPSED)
    taken = ClaimRow.create(
        case=case.id, officer=look.officer.id, terminal=look.kit.terminal, taken_at=look.now, lease_until=until
    )
    return Claim(taken.id, case.id, until)


@refusing
def release(store: Store, look: Look, case_id: int, *, closed_by: str = "leave", reason: str = "") -> Refused | None:
    """Let the case go (or pause it, with a reason): the touch clock stops, the draft stays."""
    with unit_of_work(store) as answer:
        case = case_file(case_id, look.kit.procedures, outputs=False)
        if case is None:
            raise refuse(Code.CASE_NOT_FOUND)
        mine = (
            (ClaimRow.case == case_id)
            & ClaimRow.released_at.is_null()
            & (ClaimRow.officer == look.officer.id)
            & (ClaimRow.terminal == look.kit.terminal)
        )
        if ClaimRow.update(released_at=look.now).where(mine).execute():
            touch.close(case, look, closed_by, reason)
    return answer.refused


@refusing
def save_draft(store: Store, look: Look, step: str, case_id: int | None, content: dict[str, Any]) -> Refused | None:
    """Keep what the officer typed on this step; replaces the draft before it."""
    text = to_json(content)
    with unit_of_work(store) as answer:
        if len(text) > DRAFT_LIMIT:
            raise refuse(Code.FIELD_TOO_LONG, limit=DRAFT_LIMIT)
        write_draft(look, step, case_id or 0, text, look.now)
    return answer.refused


def write_draft(look: Look, step: str, case_ref: int, text: str, saved_at: datetime) -> None:
    """The draft's row. Within a writing unit of work."""
    Draft.insert(officer=look.officer.id, case_ref=case_ref, step=step, content=text, saved_at=saved_at).on_conflict(
        conflict_target=[Draft.officer, Draft.case_ref, Draft.step],
        preserve=[Draft.content, Draft.saved_at],
    ).execute()


@refusing
def drop_draft(store: Store, look: Look, step: str, case_id: int | None) -> Refused | None:
    with unit_of_work(store) as answer:
        Draft.delete().where(
            (Draft.officer == look.officer.id) & (Draft.case_ref == (case_id or 0)) & (Draft.step == step)
        ).execute()
    return answer.refused
