"""The engine: every act on a case is one transaction, done once for its key, or refused.

An act: permission, position, claim (fencing), separation of duty, the step's own rules; then what the act
produces, the history line, the audit event, and the conditional move on the case's version.
"""

from datetime import datetime
from typing import Any

from db.connection import Store
from db.tables import Case, CaseEvent, Claim, Draft, Part, ProcedureVersion, StepRun
from kiosk.cases import touch
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, CaseFile, Custodian, Moved, Outcome, Status
from kiosk.cases.moves import GO_ON, Move, Position, after_act, after_completion, allowed, send_back_targets
from kiosk.cases.presence import require_present as require_present
from kiosk.cases.requirements import (
    require_claim,
    require_clock,
    require_permission,
    require_position,
    require_separation,
    take_turn,
)
from kiosk.cases.rules import Opening, StepRules
from kiosk.cases.transactions import Answer as Answer
from kiosk.cases.transactions import Refuse as Refuse
from kiosk.cases.transactions import environment as environment
from kiosk.cases.transactions import refuse as refuse
from kiosk.cases.transactions import unit_of_work as unit_of_work
from kiosk.cases.work import Kit, Look, Work, next_number
from kiosk.clock import WIB
from kiosk.people.model import ENDS, Witness, acting_unit, may_act
from kiosk.receipts.notices import refusal_notice
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refusal, Refused
from kiosk.text import clean_lines
from kiosk.working_calendar import Calendar

REASON_MINIMUM = 5


def complete(
    store: Store,
    look: Look,
    rules: StepRules,
    case_id: int | None,
    given: Any,
    *,
    key: str,
    witness: Witness | None = None,
    claim_token: int | None = None,
    worked: int = 0,
) -> Any | Refused:
    """Complete a step: what it produced, or a refusal. A repeated `key` gives the first answer again.

    `worked`: seconds spent on a new application, which had no case to keep them.
    """
    with unit_of_work(store, case_id) as answer:
        if (repeated := _produced_before(case_id, key, rules, given)) is not None:
            answer.value = repeated
        else:
            answer.value = _complete(look, rules, case_id, given, key, witness, claim_token, worked)
    return answer.refused or answer.value


def _complete(
    look: Look,
    rules: StepRules,
    case_id: int | None,
    given: Any,
    key: str,
    witness: Witness | None,
    claim_token: int | None,
    worked: int,
) -> Any:
    case = None if case_id is None else loaded(look.kit, case_id)
    take_turn(rules, given)
    require_clock(look)
    require_present(look, witness)
    if case is None:
        case = _opened(look, rules, given, key)
    unit = _require_may_complete(look, case, rules, claim_token, claimed=case_id is not None)
    if refusals := tuple(rules.check(look, case, given)):
        raise Refuse(Refused(refusals))
    work = Work(look, case, unit, witness)
    produced = rules.apply(work, case, given)
    if case_id is None:
        touch.worked_before(case, look, worked)
    seconds = touch.close(case, look, "complete")
    StepRun.create(
        case=case.id,
        step=rules.KEY,
        attempt=case.attempt,
        officer=look.officer.id,
        completed_at=look.now,
        seconds=seconds,
        output=to_json(produced),
    )
    Part.create(case=case.id, part=rules.KEY, person=look.officer.person_id, at=look.now)
    move: Move = rules.go(case, produced) if hasattr(rules, "go") else GO_ON
    position = after_completion(case.procedure, _position(case), move)
    move_case(case, position, look.now, work.changes)
    event = _event(work, Act.COMPLETE, rules.KEY, key)
    work.audit("complete", {"step": rules.KEY, "attempt": case.attempt, "event": event})
    Claim.update(released_at=look.now).where((Claim.case == case.id) & Claim.released_at.is_null()).execute()
    Draft.delete().where((Draft.case_ref == (case_id or 0)) & (Draft.step == rules.KEY) & _of(look)).execute()
    return produced


def _require_may_complete(look: Look, case: CaseFile, rules: StepRules, token: int | None, *, claimed: bool) -> str:
    unit = require_permission(look, case.procedure, rules.KEY, only=getattr(rules, "ONLY", None))
    require_position(case, rules.KEY)
    if claimed:
        require_claim(look, case, token)
    require_separation(case, rules.KEY, look.officer.person_id)
    return unit


def require_may_complete(look: Look, case_id: int, rules: StepRules, claim_token: int | None) -> CaseFile:
    """The case, if this officer might complete the step now. Raises Refuse. For acts that can't be taken back."""
    case = loaded(look.kit, case_id)
    take_turn(rules, None)
    require_clock(look)
    require_present(look)
    _require_may_complete(look, case, rules, claim_token, claimed=True)
    return case


def act(
    store: Store,
    look: Look,
    case_id: int,
    what: Act,
    *,
    key: str,
    reason: str,
    to: str = "",
    hold: Status | None = None,
    witness: Witness | None = None,
    data: dict[str, Any] | None = None,
    then: Any = None,
) -> Moved | Refused:
    """An act that is not a step's completion: send back, hold, release, refuse, withdraw, transfer.

    `then(work)` writes what goes with the act (a finding, a decision) in the same transaction.
    """
    with unit_of_work(store) as answer:
        answer.value = _moved_before(case_id, what, key)
        if answer.value is None:
            answer.value = _act(look, case_id, what, key, clean_lines(reason), to, hold, witness, data, then)
    return answer.refused or answer.value


def _act(
    look: Look,
    case_id: int,
    what: Act,
    key: str,
    reason: str,
    to: str,
    hold: Status | None,
    witness: Witness | None,
    data: dict[str, Any] | None,
    then: Any,
) -> Moved:
    case = loaded(look.kit, case_id)
    require_clock(look)
    require_present(look, witness)
    if len(reason) < REASON_MINIMUM:
        raise refuse(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
    here = _position(case)
    if what not in allowed(case.procedure, here):
        raise refuse(Code.CASE_ENDED if here.status is Status.ENDED else Code.ACT_NOT_ALLOWED)
    if what is Act.SEND_BACK and to not in send_back_targets(case.procedure, here):
        raise refuse(Code.ACT_NOT_ALLOWED, "to")
    if then is None and (here.status is Status.HELD_WATCHLIST or what is Act.CONFIRM_WATCHLIST):
        # only SOP Cekal (kiosk.steps.cekal) lets such a case go, and it brings its decision along
        raise refuse(Code.WATCHLIST_ONLY_WASDAKIM)
    if then is None and (here.status is Status.NONCONFORMITY or what is Act.RAISE):
        # a finding is raised and decided with its record (kiosk.steps.nonconformity)
        raise refuse(Code.NONCONFORMITY_OPEN if here.status is Status.NONCONFORMITY else Code.ACT_NOT_ALLOWED)
    if then is None and not may_act(look.officer, case.procedure, case.step, what):
        unit = case.at.unit if what not in ENDS else case.procedure.step("approval").unit
        raise refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(unit).label)
    if then is None and what is Act.HOLD and hold not in (Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR):
        # other holds end by a record of their own, and would never end without it
        raise refuse(Code.ACT_NOT_ALLOWED, "hold")
    position = after_act(case.procedure, here, what, to=to, hold=hold)
    work = Work(look, case, look.officer.units[0] if look.officer.units else "", witness)
    if then is not None:
        then(work)
    touch.close(case, look, "leave")
    if here.status.held and case.promise_due is not None:
        # the promise stood still while the case was held
        calendar = Calendar(look.regulations)
        work.changes["promise_due"] = calendar.later(case.promise_due, case.waiting_since, look.now)
    if what is Act.SEND_BACK:
        work.changes["attempt"] = case.attempt + 1
        _invalidate(work, to, reason)
    elif position.outcome is not Outcome.IN_PROCESS and here.outcome is Outcome.IN_PROCESS:
        _invalidate(work, "intake", reason)
    move_case(case, position, look.now, work.changes)
    event = _event(work, what, case.step, key, reason=reason, data={**(data or {}), **({"to": to} if to else {})})
    work.audit(str(what), {"step": case.step, "event": event, **({"to": to} if to else {})})
    if what is Act.REFUSE:
        work.print(refusal_notice(work, reason))
    Claim.update(released_at=look.now).where((Claim.case == case.id) & Claim.released_at.is_null()).execute()
    return Moved(case.id, position.step, position.status, position.outcome)


def _invalidate(work: Work, to: str, reason: str) -> None:
    """Going back makes later outputs void: the register number, never reused. Payment and receipts of money stay."""
    from db.tables import RegisterNumber

    procedure = work.case.procedure
    if procedure.step(to).number <= procedure.step("registration").number:
        RegisterNumber.update(voided_at=work.now, void_reason=reason[:200]).where(
            (RegisterNumber.case == work.case.id) & RegisterNumber.voided_at.is_null()
        ).execute()


def _position(case: CaseFile) -> Position:
    return Position(case.step, case.status, case.outcome)


def loaded(kit: Kit, case_id: int) -> CaseFile:
    """The case with its valid outputs, which nobody else moves until this unit of work ends. Raises Refuse."""
    try:
        case = case_file(case_id, kit.procedures, held=True)
    except LookupError:
        raise refuse(Code.PROCEDURE_UNKNOWN) from None
    if case is None:
        raise refuse(Code.CASE_NOT_FOUND)
    return case


def _opened(look: Look, rules: StepRules, given: Any, key: str) -> CaseFile:
    """A new case at the first step, in the transaction of that step's completion."""
    kit, procedure = look.kit, look.kit.procedure
    opening: Opening = rules.opening(given)  # type: ignore[attr-defined]
    other = Case.get_or_none(
        (Case.issuing_state == opening.issuing_state)
        & (Case.passport_no == opening.passport_no)
        & Case.ended_at.is_null()
    )
    if other is not None:
        raise refuse(Code.PASSPORT_HAS_OPEN_CASE, "passport_no", application_no=other.application_no)
    ProcedureVersion.insert(
        hash=procedure.hash, content=procedure.source, first_used=look.now
    ).on_conflict_ignore().execute()
    year = look.now.astimezone(WIB).year
    row = Case.create(
        application_no=kit.settings.office.application_no(year, next_number(f"application-{year}")),
        kind=opening.kind,
        procedure=procedure.hash,
        step=procedure.steps[0].key,
        status=Status.ACTIVE,
        outcome=Outcome.IN_PROCESS,
        opened_at=look.now,
        waiting_since=look.now,
        priority=opening.priority,
        holder_name=opening.holder_name,
        nationality=opening.nationality,
        issuing_state=opening.issuing_state,
        passport_no=opening.passport_no,
        permit_expiry=opening.permit_expiry,
    )
    case = loaded(kit, row.id)
    work = Work(look, case, acting_unit(look.officer, procedure, rules.KEY) or "")
    work.names(opening.holder_name)
    work.custody(Custodian.OFFICE)
    _event(work, Act.OPEN, rules.KEY, f"{key}:open")
    work.audit("open", {"kind": opening.kind})
    return case


def move_case(case: CaseFile, to: Position, now: datetime, changes: dict[str, Any]) -> None:
    """Move a case that nobody moved meanwhile. Within a writing unit of work. Raises Refuse."""
    moved = (
        Case.update(
            version=Case.version + 1,
            step=to.step,
            status=to.status,
            outcome=to.outcome,
            waiting_since=now,
            ended_at=now if to.status is Status.ENDED else None,
            **changes,
        )
        .where((Case.id == case.id) & (Case.version == case.version))
        .execute()
    )
    if moved != 1:
        raise refuse(Code.CASE_MOVED_ON)


def _event(work: Work, what: Act, step: str, key: str, *, reason: str = "", data: dict[str, Any] | None = None) -> int:
    row = CaseEvent.create(
        case=work.case.id,
        step=step,
        act=what,
        attempt=work.case.attempt,
        officer=work.look.officer.id or None,
        person=work.look.officer.person_id or None,
        witness=work.witness.person_id if work.witness else None,
        unit=work.unit,
        terminal=work.kit.terminal,
        at=work.now,
        key=key,
        reason=reason,
        data=to_json(data or {}),
    )
    return int(row.id)


def _done_before(case_id: int | None, what: Act, key: str) -> CaseEvent | None:
    """The act that `key` did, whoever asks. Raises Refuse where that was another act or case: this one is not done."""
    event: CaseEvent | None = CaseEvent.get_or_none(CaseEvent.key == key)
    if event is not None and (event.act != what or case_id not in (None, event.case_id)):
        raise refuse(Code.CASE_MOVED_ON)
    return event


def _produced_before(case_id: int | None, key: str, rules: StepRules, given: Any) -> Any | None:
    event = _done_before(case_id, Act.COMPLETE, key)
    if event is None:
        return None
    if case_id is None and event.step == rules.KEY:
        opening: Opening = rules.opening(given)  # type: ignore[attr-defined]
        if opening.passport_no != Case.get_by_id(event.case_id).passport_no:
            raise refuse(Code.CASE_MOVED_ON)
    run = StepRun.get_or_none(
        (StepRun.case == event.case_id) & (StepRun.step == event.step) & (StepRun.attempt == event.attempt)
    )
    if run is None or event.step != rules.KEY:
        raise refuse(Code.CASE_MOVED_ON)
    return from_json(rules.Produced, run.output)


def _moved_before(case_id: int, what: Act, key: str) -> Moved | None:
    event = _done_before(case_id, what, key)
    if event is None:
        return None
    row = Case.get_by_id(event.case_id)
    return Moved(row.id, row.step, Status(row.status), Outcome(row.outcome))


def _of(look: Look) -> Any:
    return Draft.officer == look.officer.id


def record(work: Work, what: Act, key: str, *, reason: str = "", data: dict[str, Any] | None = None) -> int:
    """A history line without a move (a correction, a reprint, a reading). Within a writing unit of work."""
    event = _event(work, what, work.case.step, key, reason=reason, data=data)
    work.audit(str(what), {"step": work.case.step, "event": event})
    return event


def refusal_of(error: Refuse) -> Refusal:
    return error.answer.first
