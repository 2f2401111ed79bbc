"""The order of a work list, asked of the database: urgent cases by indexes of their own, the rest by waiting time."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL

from db.tables import Case
from kiosk.cases.model import Outcome, Place, Status
from kiosk.cases.urgency import Measure, Urgency, measure
from kiosk.cases.work import Look

HERE = (Status.ACTIVE, Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR)
"""What a case can be and still be its step's to go on with."""


def waiting_cases(
    look: Look, steps: Sequence[str], beside: Sequence[Any], *, limit: int, after: Place | None
) -> dict[int, Urgency]:
    """The next `limit` cases after that place, in order. `steps`: whose work; `beside`: conditions of cases that are
    held for this officer whatever their step. Within a reading of the store."""
    at = measure(look.kit.procedure, look.regulations, look.now)
    found: dict[int, Urgency] = {}
    if after is None or after[0] < Urgency.NONE:
        found = _urgent(at, steps, beside, limit, after)
    if len(found) < limit:
        rest = None if after is None or after[0] < Urgency.NONE else after
        found |= dict.fromkeys(_rest(at, steps, beside, limit - len(found), rest), Urgency.NONE)
    return found


def _urgent(
    at: Measure, steps: Sequence[str], beside: Sequence[Any], limit: int, after: Place | None
) -> dict[int, Urgency]:
    reasons: list[Any] = [Case.promise_due < at.midnight, Case.priority > ""]
    if at.horizons:
        reasons.append(Case.permit_expiry <= max(one.last for one in at.horizons))
    ours = Case.status.in_(HERE) & Case.step.in_(steps)
    parts = [Case.select(Case.id).where(each) for each in [*(ours & why for why in reasons if steps), *beside]]
    rank = _rank(at)
    query = Case.select(Case.id, rank.alias("urgency")).where(Case.id.in_(reduce(or_, parts)) & (rank < Urgency.NONE))
    if after is not None:
        query = query.where((rank > after[0]) | ((rank == after[0]) & _later(after)))
    rows: Any = query.order_by(SQL("urgency"), Case.waiting_since, Case.id).limit(limit).tuples()
    return {case_id: Urgency(urgency) for case_id, urgency in rows}


def _rest(at: Measure, steps: Sequence[str], beside: Sequence[Any], limit: int, after: Place | None) -> list[int]:
    rank = _rank(at)
    places = _ours(rank, steps, limit, after) if steps else []
    for waits in beside:
        query = Case.select(Case.id, Case.waiting_since).where(waits & (rank == Urgency.NONE))
        if after is not None:
            query = query.where(_later(after))
        places += [(row.waiting_since, row.id) for row in query.order_by(Case.waiting_since, Case.id).limit(limit)]
    return [case_id for _, case_id in sorted(places)[:limit]]


def _ours(rank: SQL, steps: Sequence[str], limit: int, after: Place | None) -> list[tuple[datetime, int]]:
    """The first places of each step and status, each by its index, in one statement."""
    database = Case._meta.database
    sign = database.param
    later, places = "", []
    if after is not None:
        later = f" AND (waiting_since > {sign} OR (waiting_since = {sign} AND id > {sign}))"
        since = Case.waiting_since.db_value(after[1])
        places = [since, since, after[2]]
    where = f"status = {sign} AND step = {sign}{later} AND {rank.sql} = {Urgency.NONE:d}"  # the values are parameters
    first = f"SELECT waiting_since, id FROM itk_case WHERE {where} ORDER BY waiting_since, id LIMIT {limit:d}"  # noqa: S608
    part = f"SELECT * FROM ({first}) AS part"  # noqa: S608
    each = [(str(status), step) for step in steps for status in HERE]
    params = [value for pair in each for value in (*pair, *places, *rank.params)]
    rows = database.execute_sql(" UNION ALL ".join(part for _ in each), params).fetchall()
    return [(Case.waiting_since.python_value(since), case_id) for since, case_id in rows]


def _later(after: Place) -> Any:
    return (Case.waiting_since > after[1]) | ((Case.waiting_since == after[1]) & (Case.id > after[2]))


def _rank(at: Measure) -> SQL:
    """The Urgency of a row, as the database tells it. Written out: it stands in every query of a list, and the query
    builder would take longer over it than the database."""
    sign = Case._meta.database.param
    params: list[Any] = []

    def values(*given: Any) -> str:
        params.extend(given)
        return ", ".join(sign for _ in given)

    def promised(before: datetime) -> str:
        steps = values(*at.promised)
        return f"step IN ({steps}) AND promise_due < {values(Case.promise_due.db_value(before))}"

    whens = [f"WHEN {promised(at.now)} THEN {Urgency.PROMISE_BROKEN:d}"]
    for one in at.horizons:
        kinds = values(*one.kinds)
        ends = (
            f"kind IN ({kinds}) AND permit_expiry <= {values(one.last)} AND outcome = {values(str(Outcome.IN_PROCESS))}"
        )
        whens.append(f"WHEN {ends} THEN {Urgency.PERMIT_ENDS:d}")
    whens.append(f"WHEN {promised(at.midnight)} THEN {Urgency.PROMISE_TODAY:d}")
    whens.append(f"WHEN priority NOT IN ('', 'normal') THEN {Urgency.PRIORITY:d}")
    return SQL(f"(CASE {' '.join(whens)} ELSE {Urgency.NONE:d} END)", params)
