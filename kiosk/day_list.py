"""The end of an officer's day: what they did, and what they leave open at this terminal. Shown, and printed to sign."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from db.tables import Case, CaseEvent, Claim, Draft, QueueCall, StepRun, StepWork
from kiosk import audit
from kiosk.bilingual import Bilingual
from kiosk.cases.engine import require_present
from kiosk.cases.model import Act
from kiosk.cases.transactions import refusing, unit_of_work
from kiosk.cases.work import Look, queue_paper
from kiosk.clock import office_day
from kiosk.queue.model import State
from kiosk.receipts import contents
from kiosk.refusals import Refused
from kiosk.words import Language, say

if TYPE_CHECKING:
    from kiosk.desk import Desk

BESIDE = (Act.SEND_BACK, Act.HOLD, Act.RELEASE, Act.REFUSE, Act.WITHDRAW, Act.TRANSFER, Act.RAISE)
"""Acts beside the steps that are counted."""
MOST = 50


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was completed `count` times in `seconds`, of `standard` seconds; or an act beside the steps."""

    what: str
    count: int
    seconds: int = 0
    standard: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """Something unfinished. `why`: claimed, paused, draft, paper or payment (words: `day.left.<why>`);
    `number` of a paper is its kind (`papers.<number>`)."""

    why: str
    number: str
    case_id: int | None = None
    step: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DayList:
    """One officer's day."""

    day: date
    steps: tuple[Done, ...]
    acts: tuple[Done, ...]
    served: int
    """Numbers of the queue."""
    left: tuple[Left, ...]


def today(desk: Desk) -> DayList:
    """The day of this officer so far. Raises StoreError."""
    look = desk.look()
    papers = [Left("paper", job.paper, job.case_id, note=job.state) for job in desk.papers(None)]
    undecided = [Left("payment", one.reference, one.case_id, "payment") for one in desk.payments.undecided()]
    with desk.office.store.reading():
        since = look.now - timedelta(hours=24)
        return DayList(
            day=look.today,
            steps=_steps(look, since),
            acts=_acts(look, since),
            served=_served(look, since),
            left=(*_cases(look), *undecided, *papers),
        )


def _mine(rows: list[tuple[datetime, str, int]], look: Look) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, what, seconds in rows:
        if look.today == office_day(at):
            found[what].append(seconds)
    return found


def _steps(look: Look, since: datetime) -> tuple[Done, ...]:
    runs = StepRun.select().where((StepRun.officer == look.officer.id) & (StepRun.completed_at >= since))
    found = _mine([(row.completed_at, row.step, row.seconds) for row in runs], look)
    return tuple(
        Done(step.key, len(found[step.key]), sum(found[step.key]), len(found[step.key]) * step.minutes * 60)
        for step in look.kit.procedure.steps
        if step.key in found
    )


def _acts(look: Look, since: datetime) -> tuple[Done, ...]:
    query = CaseEvent.select().where(
        (CaseEvent.officer == look.officer.id) & (CaseEvent.at >= since) & CaseEvent.act.in_([str(a) for a in BESIDE])
    )
    found = _mine([(row.at, row.act, 0) for row in query], look)
    return tuple(Done(act, len(found[act])) for act in BESIDE if act in found)


def _served(look: Look, since: datetime) -> int:
    query = QueueCall.select().where(
        (QueueCall.officer == look.officer.id) & (QueueCall.ended_as == State.SERVED) & (QueueCall.called_at >= since)
    )
    return sum(office_day(row.called_at) == look.today for row in query)


def _cases(look: Look) -> list[Left]:
    """Cases that this officer holds, paused or began to type into, each once."""
    held = Claim.select().where(
        (Claim.officer == look.officer.id) & Claim.released_at.is_null() & (Claim.lease_until > look.now)
    )
    drafts = Draft.select().where(Draft.officer == look.officer.id).order_by(Draft.id).limit(MOST)
    why: dict[int, tuple[str, str]] = {row.case_ref: ("draft", "") for row in drafts}
    pauses = StepWork.select().where(
        (StepWork.officer == look.officer.id)
        & (StepWork.closed_by == "pause")
        & (StepWork.closed_at >= look.now - timedelta(days=3))
    )
    for pause in pauses.order_by(StepWork.id):
        newer = StepWork.select().where((StepWork.case == pause.case_id) & (StepWork.id > pause.id)).exists()
        if not newer:
            why[pause.case_id] = ("paused", pause.reason)
    why |= {row.case_id: ("claimed", "") for row in held}
    rows = {row.id: row for row in Case.select().where(Case.id.in_(list(why)) & Case.ended_at.is_null())}
    left = []
    for case_id, (reason, note) in why.items():
        if case_id == 0:
            left.append(Left(reason, "", None, look.kit.procedure.steps[0].key))
        elif case_id in rows:
            left.append(Left(reason, rows[case_id].application_no, case_id, rows[case_id].step, note))
    return left


def _number(one: Left) -> str:
    return say(Language.INDONESIAN, f"papers.{one.number}") if one.why == "paper" else one.number


def _words(why: str) -> Bilingual:
    return Bilingual(*(say(language, f"receipts.day.left.{why}") for language in Language))


@refusing
def print_it(desk: Desk) -> DayList | Refused:
    """Print the list, with a line to sign."""
    found = today(desk)
    look = desk.look()
    procedure = look.kit.procedure
    numbers = {step.key: f"{step.number}/{len(procedure.steps)}" for step in procedure.steps}
    paper = contents.DayPaper(
        made_at=look.now,
        clerk=contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal),
        done=tuple(
            contents.DayRow(procedure.step(one.what).title, one.count, one.seconds // 60, one.standard // 60)
            for one in found.steps
        ),
        served=found.served,
        left=tuple(contents.DayLeft(_words(one.why), _number(one), numbers.get(one.step, "")) for one in found.left),
    )
    with unit_of_work(desk.office.store) as answer:
        require_present(look)
        queue_paper(look, paper)
        audit.append(look.now, look.signer, "day_list_printed", f"officer:{look.officer.id}")
    desk.office.printing.poke()
    return answer.refused or found
