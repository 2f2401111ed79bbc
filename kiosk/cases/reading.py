"""What people look at: the work list, a case's history, search. Reads only; one page at a time."""

import re
from typing import Any

from peewee import JOIN, SQL, fn

from db.connection import Store
from db.tables import Case, CaseEvent, CaseName, Claim, Custody, Draft, Nonconformity, Officer, Person, RegisterNumber
from db.tables import Receipt as ReceiptRow
from kiosk.cases.load import Procedures, case_file
from kiosk.cases.model import CaseFile, CustodyLine, Found, HistoryLine, Outcome, Place, Status, WorkItem
from kiosk.cases.urgency import Urgency
from kiosk.cases.waiting import waiting_cases
from kiosk.cases.work import Look
from kiosk.people.model import acting_unit, decides_findings, sees
from kiosk.search_words import search_words

COMMON = 200


def work_list(store: Store, look: Look, *, limit: int = 20, after: Place | None = None) -> tuple[WorkItem, ...]:
    """The cases that wait for this officer's units and roles: the urgent before the others (kiosk.cases.urgency), the
    longest waiting first in each; `after` is the last line's place.

    A case that waits for its applicant or for a superior stays in the list of its step: somebody must let it go on.
    """
    procedure = look.kit.procedure
    steps = [step.key for step in procedure.steps if sees(look.officer, procedure, step.key)]
    beside = []
    if acting_unit(look.officer, procedure, "watchlist") is not None:
        beside.append(Case.status == Status.HELD_WATCHLIST)
    if actors := decides_findings(look.officer, procedure):
        rows = Nonconformity.select(Nonconformity.case).where(
            (Nonconformity.outcome == "") & Nonconformity.who_acts.in_(actors)
        )
        beside.append((Case.status == Status.NONCONFORMITY) & Case.id.in_(rows))
    if not steps and not beside:
        return ()
    with store.reading():
        return tuple(_work_items(look, waiting_cases(look, steps, beside, limit=limit, after=after)))


def _work_items(look: Look, urgencies: dict[int, Urgency]) -> list[WorkItem]:
    ids = list(urgencies)
    mine = (Claim.officer == look.officer.id) & (Claim.terminal == look.kit.terminal)
    claims = {  # one's own at this terminal is what a power cut left: nobody else is working on that case
        row.case_id: row.officer.person.name
        for row in Claim.select(Claim, Officer, Person)
        .join(Officer)
        .join(Person)
        .where(Claim.case.in_(ids) & Claim.released_at.is_null() & (Claim.lease_until > look.now) & ~mine)
    }
    drafts = {
        row.case_ref
        for row in Draft.select(Draft.case_ref).where((Draft.officer == look.officer.id) & Draft.case_ref.in_(ids))
    }
    rows = {row.id: row for row in Case.select().where(Case.id.in_(ids))}
    return [
        WorkItem(
            case_id=row.id,
            application_no=row.application_no,
            step=row.step,
            number=look.kit.procedure.step(row.step).number,
            status=Status(row.status),
            outcome=Outcome(row.outcome),
            holder_name=row.holder_name,
            nationality=row.nationality,
            since=row.waiting_since,
            due=row.promise_due,
            permit_expiry=row.permit_expiry,
            priority=row.priority,
            urgency=urgencies[row.id],
            claimed_by=claims.get(row.id, ""),
            has_draft=row.id in drafts,
        )
        for row in (rows[case_id] for case_id in ids)
    ]


def case(store: Store, procedures: Procedures, case_id: int) -> CaseFile | None:
    with store.reading():
        return case_file(case_id, procedures)


def history(store: Store, case_id: int) -> tuple[HistoryLine, ...]:
    """Every act on a case, oldest first."""
    with store.reading():
        query = (
            CaseEvent.select(CaseEvent, Officer, Person)
            .join(Officer, JOIN.LEFT_OUTER)
            .join(Person, JOIN.LEFT_OUTER)
            .where(CaseEvent.case == case_id)
            .order_by(CaseEvent.id)
        )
        return tuple(
            HistoryLine(
                event=row.id,
                at=row.at,
                step=row.step,
                act=row.act,
                attempt=row.attempt,
                officer=row.officer.person.name if row.officer else "",
                unit=row.unit,
                terminal=row.terminal,
                reason=row.reason,
                replaces=row.replaces_id,
            )
            for row in query
        )


def custody(store: Store, case_id: int) -> tuple[CustodyLine, ...]:
    """Where the passport has been, oldest first."""
    with store.reading():
        query = (
            Custody.select(Custody, Officer, Person)
            .join(Officer)
            .join(Person)
            .where(Custody.case == case_id)
            .order_by(Custody.id)
        )
        return tuple(CustodyLine(row.at, row.holder, row.officer.person.name, row.note, row.place) for row in query)


def search(store: Store, text: str, *, limit: int = 20) -> tuple[Found, ...]:
    """Cases by any number (application, passport, register, receipt) or by the beginnings of words of a name."""
    wanted = text.strip()
    if not wanted:
        return ()
    with store.reading():
        ids = _by_number(wanted, limit) or _by_name(wanted, limit)
        rows = {row.id: row for row in Case.select().where(Case.id.in_(ids))}
        return tuple(_found(rows[case_id]) for case_id in ids if case_id in rows)


def _by_number(text: str, limit: int) -> list[int]:
    number = text.upper()
    compact = re.sub(r"[^A-Z0-9]", "", number)
    whole = [number, *_newest_series(number)]
    ids: list[int | None] = [row.id for row in Case.select(Case.id).where(Case.application_no.in_(whole))]
    if compact:
        query = Case.select(Case.id).where(Case.passport_no == compact).order_by(Case.id.desc()).limit(limit)
        ids += [row.id for row in query]
    ids += [row.case_id for row in RegisterNumber.select(RegisterNumber.case).where(RegisterNumber.number == number)]
    ids += [row.case_id for row in ReceiptRow.select(ReceiptRow.case).where(ReceiptRow.number == number)]
    return [case_id for case_id in dict.fromkeys(ids) if case_id is not None][:limit]


def _newest_series(text: str) -> list[str]:
    """`00007`, as the screens shorten a number, as the whole number of the newest series."""
    newest = Case.select(Case.application_no).order_by(Case.id.desc()).first() if text.isdecimal() else None
    series, _, serial = newest.application_no.rpartition("-") if newest is not None else ("", "", "")
    return [f"{series}-{text.zfill(len(serial))}"] if series else []


def _by_name(text: str, limit: int) -> list[int]:
    """Every word typed must begin some word of the name. The rarest word leads; the others are looked up beside it."""
    words = sorted(search_words(text), key=_commonness)
    if not words:
        return []
    query = CaseName.select(CaseName.case).where(_begins(CaseName, words[0]))
    for word in words[1:]:
        other = CaseName.alias()
        query = query.where(
            fn.EXISTS(other.select(SQL("1")).where((other.case == CaseName.case) & _begins(other, word)))
        )
    rows = query.order_by(CaseName.word, CaseName.id).limit(limit * 2)
    return list(dict.fromkeys(row.case_id for row in rows))[:limit]


def _commonness(word: str) -> int:
    """How many names have a word that begins so, counted no further than needed to rank it."""
    return int(CaseName.select(CaseName.id).where(_begins(CaseName, word)).limit(COMMON).count())


def _begins(names: Any, word: str) -> Any:
    return (names.word >= word) & (names.word < word + "\uffff")


def _found(row: Case) -> Found:
    return Found(
        case_id=row.id,
        application_no=row.application_no,
        holder_name=row.holder_name,
        passport_no=row.passport_no,
        step=row.step,
        status=Status(row.status),
        outcome=Outcome(row.outcome),
    )


def count_by_step(store: Store) -> dict[str, int]:
    """How many open cases are at each step."""
    with store.reading():
        waiting = fn.COUNT(Case.id).alias("waiting")
        query = Case.select(Case.step, waiting).where(Case.ended_at.is_null()).group_by(Case.step)
        return {row.step: row.waiting for row in query}  # type: ignore[attr-defined]
