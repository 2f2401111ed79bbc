"""SOP Cekal: a possible hit is held, examined by Wasdakim and either cleared or confirmed, each with a second person.

Raised at step 3, and before 9 and 12 when a newer list names the applicant. Cleared: the case goes on where it was.
Confirmed: it ends here and the passport goes to Wasdakim. What the examiner saw and why stands in WatchlistDecision
only; the case's history and everything public say no more than "further examination" and "in process".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from db.tables import Case, Part, WatchlistDecision
from kiosk import audit
from kiosk.applicant import ApplicantData
from kiosk.cases import engine
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, CaseFile, Moved, Outcome, Status
from kiosk.cases.requirements import part_name
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, Work
from kiosk.people.model import OFFICE_HEAD, Witness, sees
from kiosk.refusals import Code, Refused, refused
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening_case import Answer, Hit, ask, neutral, record_screening
from kiosk.screening_files import ListFilesBroken
from kiosk.screening_lists import record
from kiosk.screening_records import CLEARED, CONFIRMED, undecided
from kiosk.steps import data_entry, watchlist
from kiosk.text import clean_lines

if TYPE_CHECKING:
    from kiosk.desk import Desk

KEY = "cekal"
REMEMBERED_DAYS = 365
"""A cleared pair is asked about again after a year at the latest (screening.md 6)."""


class Ground(StrEnum):
    """Why a candidate is another person. Words: `cekal.ground.<value>`."""

    BIRTH_DIFFERS = "birth_differs"
    PHOTO_DIFFERS = "photo_differs"
    PASSPORT_DIFFERS = "passport_differs"
    SEX_DIFFERS = "sex_differs"
    NATIONALITY_DIFFERS = "nationality_differs"
    FINGERPRINT_DIFFERS = "fingerprint_differs"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the examiner found about one candidate: the ground, and what it rests on in words."""

    subject: str
    entry_id: str
    ground: Ground
    text: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A decision made before about the same person and entry. `same_content`: the entry has not changed since."""

    decision: str
    reason: str
    at: datetime
    same_content: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """One candidate beside the list's own record of it; the record is None where this terminal can't open it."""

    hit: Hit
    record: WatchlistEntry | None
    earlier: tuple[Earlier, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """What the examiner's screen shows."""

    case: CaseFile
    data: ApplicantData
    answer: Answer
    candidates: tuple[Examined, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that is held for examination."""

    case_id: int
    application_no: str
    holder_name: str
    step: str
    since: datetime


def waiting(desk: "Desk", limit: int = 20) -> tuple[Waiting, ...]:
    """The cases held for examination, oldest first. Raises StoreError."""
    with desk.office.store.reading():
        query = Case.select().where(Case.status == Status.HELD_WATCHLIST).order_by(Case.waiting_since).limit(limit)
        return tuple(Waiting(c.id, c.application_no, c.holder_name, c.step, c.waiting_since) for c in query)


@refusing
def examine(desk: "Desk", case_id: int) -> Examination | Refused:
    """Everything about a held case's candidates; the reading is audited."""
    look = desk.look()
    with engine.unit_of_work(desk.office.store) as answer:
        case = _held(look, case_id)
        data = case.need(data_entry.KEY, data_entry.Produced).data
        found = _asked(look, data)
        candidates = tuple(_examined(look, found, hit) for hit in found.hits)
        entries = [hit.candidate.entry_id for hit in found.hits]
        audit.append(look.now, look.signer, "read_watchlist", f"case:{case.id}", {"entries": entries})
        answer.value = Examination(case, data, found, candidates)
    found_or_not: Examination | Refused = answer.refused or answer.value
    return found_or_not


@refusing
def refer(desk: "Desk", case_id: int, *, key: str) -> Moved | Refused:
    """Hold a case for Wasdakim because the list may name its applicant; whoever has the case on the counter may."""
    look = desk.look()
    with engine.unit_of_work(desk.office.store) as loaded:
        loaded.value = case_file(case_id, look.kit.procedures)
    if loaded.refused or loaded.value is None:
        return loaded.refused or refused(Code.CASE_NOT_FOUND)
    if not sees(look.officer, loaded.value.procedure, loaded.value.step):
        return refused(Code.WATCHLIST_ONLY_WASDAKIM)

    def then(work: Work) -> None:
        record_screening(work, _asked(look, work.case.need(data_entry.KEY, data_entry.Produced).data))

    return engine.act(
        desk.office.store,
        look,
        case_id,
        Act.HOLD,
        key=key,
        reason=neutral("held"),
        hold=Status.HELD_WATCHLIST,
        then=then,
    )


def hold_undecided(desk: "Desk", case_id: int, *, key: str) -> Refused | None:
    """Hold a case whose newest answer names somebody nobody has decided on: a list that came in while the case was
    held for another reason (kiosk.screening_again). None where there is no such thing. Raises StoreError."""
    with desk.office.store.reading():
        if not undecided(case_id):
            return None
        row = Case.get_or_none(Case.id == case_id)
        if row is None or row.status != Status.ACTIVE or row.outcome != Outcome.IN_PROCESS:
            return None
    moved = refer(desk, case_id, key=f"{key}:hold")
    return moved if isinstance(moved, Refused) else refused(Code.WATCHLIST_POSSIBLE_HIT)


def clear(
    desk: "Desk", case_id: int, decisions: Sequence[Decision], *, witness: Witness | None, key: str
) -> Moved | Refused:
    """Every candidate is another person: the case goes on where it was held. Decisions are remembered for a year."""
    look = desk.look()

    def then(work: Work) -> None:
        _require_examiner(look, work.case, witness)
        found = _asked(look, work.case.need(data_entry.KEY, data_entry.Produced).data)
        for decision in decisions:
            _require_reason(decision.text)
        undecided = {(hit.subject, hit.candidate.entry_id) for hit in found.hits}
        undecided -= {(decision.subject, decision.entry_id) for decision in decisions}
        if undecided:
            raise engine.refuse(Code.WATCHLIST_UNDECIDED)
        screening = record_screening(work, found)
        for decision in decisions:
            _decide(work, screening, _hit(found, decision), CLEARED, f"{decision.ground}: {decision.text}")
        _play_part(work)

    return _act(desk, look, case_id, Act.RELEASE, key, "cleared", witness, then)


def confirm(desk: "Desk", case_id: int, decision: Decision, *, witness: Witness | None, key: str) -> Moved | Refused:
    """The applicant is the person on the list: the case ends here, the passport is for Wasdakim."""
    look = desk.look()

    def then(work: Work) -> None:
        _require_examiner(look, work.case, witness)
        _require_reason(decision.text)
        found = _asked(look, work.case.need(data_entry.KEY, data_entry.Produced).data)
        screening = record_screening(work, found)
        _decide(work, screening, _hit(found, decision), CONFIRMED, decision.text)
        _play_part(work)

    return _act(desk, look, case_id, Act.CONFIRM_WATCHLIST, key, "confirmed", witness, then)


@refusing
def _act(
    desk: "Desk", look: Look, case_id: int, what: Act, key: str, outcome: str, witness: Witness | None, then: object
) -> Moved | Refused:
    with engine.unit_of_work(desk.office.store) as position:
        case = case_file(case_id, look.kit.procedures)
        if case is not None and case.status is not Status.HELD_WATCHLIST and not _done_before(key):
            raise engine.refuse(Code.WATCHLIST_NOT_HELD)
    if position.refused:
        return position.refused
    return engine.act(
        desk.office.store, look, case_id, what, key=key, reason=neutral(outcome), witness=witness, then=then
    )


def _done_before(key: str) -> bool:
    from db.tables import CaseEvent

    return bool(CaseEvent.select().where(CaseEvent.key == key).exists())


def _held(look: Look, case_id: int) -> CaseFile:
    case = case_file(case_id, look.kit.procedures)
    if case is None:
        raise engine.refuse(Code.CASE_NOT_FOUND)
    if not watchlist.is_examiner(look, case):
        raise engine.refuse(Code.WATCHLIST_ONLY_WASDAKIM)
    if case.status is not Status.HELD_WATCHLIST:
        raise engine.refuse(Code.WATCHLIST_NOT_HELD)
    return case


def _asked(look: Look, data: ApplicantData) -> Answer:
    found = ask(look, data)
    if isinstance(found, Refused):
        raise engine.Refuse(found)
    return found


def _require_examiner(look: Look, case: CaseFile, witness: Witness | None) -> None:
    if not watchlist.is_examiner(look, case):
        raise engine.refuse(Code.WATCHLIST_ONLY_WASDAKIM)
    if witness is None or witness.person_id == look.officer.person_id:
        raise engine.refuse(Code.SECOND_PERSON_NEEDED)
    if not {case.procedure.side(KEY).unit, OFFICE_HEAD} & set(witness.units):
        raise engine.refuse(Code.WATCHLIST_WRONG_SECOND)


def _require_reason(text: str) -> None:
    if len(clean_lines(text)) < engine.REASON_MINIMUM:
        raise engine.refuse(Code.REASON_NEEDED, "text", minimum=engine.REASON_MINIMUM)


def _hit(found: Answer, decision: Decision) -> Hit:
    for hit in found.hits:
        if (hit.subject, hit.candidate.entry_id) == (decision.subject, decision.entry_id):
            return hit
    raise engine.refuse(Code.WATCHLIST_NOTHING_TO_DECIDE)


def _decide(work: Work, screening: int, hit: Hit, decision: str, reason: str) -> None:
    assert work.witness is not None, "a decision has a second person"
    row = WatchlistDecision.create(
        case=work.case.id,
        screening=screening,
        entry_id=hit.candidate.entry_id,
        entry_hash=hit.candidate.entry_hash,
        person_key=hit.person_key,
        decision=decision,
        reason=clean_lines(reason),
        officer=work.look.officer.id,
        witness=work.witness.person_id,
        at=work.now,
        expires_at=work.now + timedelta(days=REMEMBERED_DAYS) if decision == CLEARED else None,
    )
    work.audit("watchlist_decision", {"decision": row.id, "entry": hit.candidate.entry_id, "outcome": decision})


def _play_part(work: Work) -> None:
    """Both who decided are kept from approving the case (SOP: 3's clearing officer and 6)."""
    assert work.witness is not None, "a decision has a second person"
    part = part_name(watchlist.KEY, "clear")
    for person in (work.look.officer.person_id, work.witness.person_id):
        Part.create(case=work.case.id, part=part, person=person, at=work.now)


def _examined(look: Look, found: Answer, hit: Hit) -> Examined:
    candidate = hit.candidate
    try:
        listed = record(look.kit, found.listed, candidate.entry_id)
    except ListFilesBroken:
        listed = None
    query = WatchlistDecision.select().where(
        (WatchlistDecision.person_key == hit.person_key) & (WatchlistDecision.entry_id == candidate.entry_id)
    )
    earlier = tuple(
        Earlier(row.decision, row.reason, row.at, row.entry_hash.strip() == candidate.entry_hash)
        for row in query.order_by(WatchlistDecision.id.desc()).limit(5)
    )
    return Examined(hit, listed, earlier)
