"""SOP Penanganan Ketidaksesuaian: a finding is raised, with evidence, who must act and by when; then it is decided.

Raised at the steps that the procedure names (4, 6, 8, 10, 11); the case is held and the promise to the applicant stands
still. Decided by the side procedure's unit (the authorised official of step 6), the Kakanim, or Wasdakim once it was
referred there. Outcomes are the procedure's: back to a step, returned to the applicant, referred, refused, withdrawn.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from db.tables import Nonconformity, Officer, Person
from kiosk.cases import engine
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, CaseFile, Moved, Status
from kiosk.cases.moves import Position, send_back_targets
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Work
from kiosk.formats import numeric_date
from kiosk.people.model import OfficerAt, Witness, decides_findings, sees
from kiosk.procedure import Outcome, SideProcedure
from kiosk.refusals import Code, Refused, refused
from kiosk.text import clean_lines

if TYPE_CHECKING:
    from kiosk.desk import Desk

KEY = "nonconformity"
LONGEST_DAYS = 90
"""A due date further away is a slip of the pen."""


class Actor(StrEnum):
    """Who must act on a finding. Words: `nonconformity.actor.<value>`."""

    APPLICANT = "applicant"
    LALINTUSKIM = "lalintuskim"
    WASDAKIM = "wasdakim"
    OFFICE_HEAD = "office_head"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is raised. `category` is a code of the procedure; `evidence` may be empty."""

    category: str
    finding: str
    who_acts: Actor
    due: date
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided. `outcome` is a code of the procedure; `back_to` a step, for the outcome that names one."""

    outcome: str
    note: str
    back_to: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding on record; `outcome` is "" while it is open."""

    id: int
    raised_step: str
    category: str
    finding: str
    evidence: str
    who_acts: str
    due: date
    raised_by: str
    raised_at: datetime
    outcome: str
    back_to: str
    note: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows: the open finding (None: one may be raised), the earlier ones, and what is possible.

    `back_to` are the steps a decision may name. `why_not` says why this officer can't raise or decide.
    """

    case: CaseFile
    side: SideProcedure
    open: Recorded | None
    earlier: tuple[Recorded, ...]
    back_to: tuple[str, ...]
    due: date
    why_not: Refused | None


def prepare(desk: "Desk", case_id: int) -> Prepared | Refused:
    """The findings of a case and what this officer may do about them, a protected read. Raises StoreError."""
    look = desk.look()
    desk.reads.case(look, case_id, KEY)
    with desk.office.store.reading():
        case = case_file(case_id, look.kit.procedures)
        if case is None:
            return refused(Code.CASE_NOT_FOUND)
        rows = _recorded(case)
        current = next((row for row in rows if not row.outcome), None)
        try:
            _require_may_decide(look.officer, case, current) if current else _require_may_raise(look.officer, case)
            why_not = None
        except engine.Refuse as given_up:
            why_not = given_up.answer
        return Prepared(
            case=case,
            side=case.procedure.side(KEY),
            open=current,
            earlier=tuple(row for row in rows if row.outcome),
            back_to=(case.step, *reversed(_targets(case))),
            due=look.today + timedelta(days=7),
            why_not=why_not,
        )


def raise_finding(desk: "Desk", case_id: int, finding: Finding, *, key: str) -> Moved | Refused:
    """Hold a case for a finding."""
    look = desk.look()

    def then(work: Work) -> None:
        _require_may_raise(look.officer, work.case)
        _check_finding(work, finding)
        _record(work, finding)

    return engine.act(
        desk.office.store,
        look,
        case_id,
        Act.RAISE,
        key=key,
        reason=clean_lines(finding.finding),
        hold=Status.NONCONFORMITY,
        data={"category": finding.category, "who_acts": str(finding.who_acts), "due": finding.due.isoformat()},
        then=then,
    )


@refusing
def decide(
    desk: "Desk", case_id: int, decision: Decision, *, key: str, witness: Witness | None = None
) -> Moved | Refused:
    """End the open finding with an outcome; the case moves as the procedure says."""
    look = desk.look()
    with engine.unit_of_work(desk.office.store) as loaded:
        case = case_file(case_id, look.kit.procedures)
        if case is None:
            raise engine.refuse(Code.CASE_NOT_FOUND)
        loaded.value = case, _outcome(case, decision.outcome)
    if loaded.refused:
        return loaded.refused
    case, outcome = loaded.value
    what, to, hold = _way(case, outcome, decision)

    def then(work: Work) -> None:
        current = _open_row(work.case)
        if current is None:
            raise engine.refuse(Code.NONCONFORMITY_NOT_OPEN)
        _require_may_decide(look.officer, work.case, _of_row(current))
        if outcome.second_person and work.witness is None:
            raise engine.refuse(Code.SECOND_PERSON_NEEDED)
        _close(work, current, decision)
        if outcome.refer_to is not None:
            _refer(work, current, outcome.refer_to)

    return engine.act(
        desk.office.store,
        look,
        case_id,
        what,
        key=key,
        reason=clean_lines(decision.note),
        to=to,
        hold=hold,
        witness=witness,
        data={"outcome": outcome.code},
        then=then,
    )


def _way(case: CaseFile, outcome: Outcome, decision: Decision) -> tuple[Act, str, Status | None]:
    """The act that an outcome means, where it leads, and what the case then waits for."""
    if outcome.effect == "wait_for_applicant":
        return Act.HOLD, "", Status.WAITING_APPLICANT
    if outcome.effect == "refer":
        return Act.RECORD, "", None
    if outcome.effect == "end":
        return (Act.REFUSE if outcome.ending == "refused" else Act.WITHDRAW), "", None
    if decision.back_to in ("", case.step):
        return Act.RELEASE, "", None
    return Act.SEND_BACK, decision.back_to, None


def _targets(case: CaseFile) -> tuple[str, ...]:
    return send_back_targets(case.procedure, Position(case.step, case.status, case.outcome))


def _outcome(case: CaseFile, code: str) -> Outcome:
    try:
        return case.procedure.side(KEY).outcome(code)
    except KeyError:
        raise engine.refuse(Code.FIELD_NOT_A_CHOICE, "outcome") from None


def _check_finding(work: Work, finding: Finding) -> None:
    if finding.category not in {category.code for category in work.case.procedure.side(KEY).categories}:
        raise engine.refuse(Code.FIELD_NOT_A_CHOICE, "category")
    if len(clean_lines(finding.finding)) < engine.REASON_MINIMUM:
        raise engine.refuse(Code.REASON_NEEDED, "finding", minimum=engine.REASON_MINIMUM)
    if finding.due < work.today:
        raise engine.refuse(Code.DATE_TOO_EARLY, "due", limit=numeric_date(work.today))
    latest = work.today + timedelta(days=LONGEST_DAYS)
    if finding.due > latest:
        raise engine.refuse(Code.DATE_TOO_LATE, "due", limit=numeric_date(latest))


def _record(work: Work, finding: Finding) -> None:
    row = Nonconformity.create(
        case=work.case.id,
        raised_step=work.case.step,
        category=finding.category,
        finding=clean_lines(finding.finding),
        evidence=clean_lines(finding.evidence),
        who_acts=finding.who_acts,
        due=finding.due,
        raised_by=work.look.officer.id,
        raised_at=work.now,
    )
    work.audit("nonconformity_raised", {"finding": row.id, "category": finding.category})


def _close(work: Work, row: Nonconformity, decision: Decision) -> None:
    Nonconformity.update(
        outcome=decision.outcome,
        back_to=decision.back_to,
        note=clean_lines(decision.note),
        decided_by=work.look.officer.id,
        decided_at=work.now,
    ).where(Nonconformity.id == row.id).execute()
    work.audit("nonconformity_decided", {"finding": row.id, "outcome": decision.outcome})


def _refer(work: Work, row: Nonconformity, unit: str) -> None:
    """The same finding goes on with the unit it was referred to; the case stays held."""
    _record(
        work,
        Finding(row.category, row.finding, Actor(unit.lower()), max(row.due, work.today), row.evidence),
    )


def _require_may_raise(officer: OfficerAt, case: CaseFile) -> None:
    if case.status is Status.ENDED:
        raise engine.refuse(Code.CASE_ENDED)
    if case.status.held:
        raise engine.refuse(Code.CASE_ON_HOLD)
    if case.step not in case.procedure.side(KEY).raised_at:
        raise engine.refuse(Code.NONCONFORMITY_NOT_HERE)
    if not (officer.is_head or sees(officer, case.procedure, case.step)):
        raise engine.refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.at.unit).label)


def _require_may_decide(officer: OfficerAt, case: CaseFile, row: Recorded) -> None:
    if row.who_acts not in decides_findings(officer, case.procedure):
        unit = Actor.WASDAKIM.upper() if row.who_acts == Actor.WASDAKIM else case.procedure.side(KEY).unit
        raise engine.refuse(Code.NONCONFORMITY_NOT_YOURS, unit=case.procedure.unit(unit).label)


def _open_row(case: CaseFile) -> Nonconformity | None:
    row: Nonconformity | None = Nonconformity.get_or_none(
        (Nonconformity.case == case.id) & (Nonconformity.outcome == "")
    )
    return row


def _recorded(case: CaseFile) -> tuple[Recorded, ...]:
    query = (
        Nonconformity.select(Nonconformity, Officer, Person)
        .join(Officer, on=(Nonconformity.raised_by == Officer.id))
        .join(Person)
        .where(Nonconformity.case == case.id)
        .order_by(Nonconformity.id)
    )
    return tuple(_of_row(row) for row in query)


def _of_row(row: Nonconformity) -> Recorded:
    return Recorded(
        id=row.id,
        raised_step=row.raised_step,
        category=row.category,
        finding=row.finding,
        evidence=row.evidence,
        who_acts=row.who_acts,
        due=row.due,
        raised_by=row.raised_by.person.name,
        raised_at=row.raised_at,
        outcome=row.outcome,
        back_to=row.back_to,
        note=row.note,
        decided_at=row.decided_at,
    )
