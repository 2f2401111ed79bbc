"""Step 10 for a pile: the signatory has seen each stamp, and signs all of them with one act.

Each case is a transaction of its own, with its own claim, check and history line: one that is refused leaves the others
signed. A case that another officer holds, or that moved on since it was seen, is refused like anywhere else; one whose
stamp changed after it was seen is refused too.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.tables import Case
from kiosk.cases.model import Status
from kiosk.refusals import Code, Refused, refused
from kiosk.steps import endorsement
from kiosk.steps.endorsement import Given, Prepared, Produced

if TYPE_CHECKING:
    from kiosk.desk import Desk

MOST = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case at step 10."""

    case_id: int
    application_no: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A stamp that the signatory looked at beside the passport."""

    case_id: int
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of one case."""

    case_id: int
    answer: Produced | Refused


def waiting(desk: Desk) -> tuple[Waiting, ...]:
    """The cases that wait for a signature, the longest waiting first. Raises StoreError."""
    with desk.office.store.reading():
        query = Case.select().where((Case.status == Status.ACTIVE) & (Case.step == endorsement.KEY))
        rows = query.order_by(Case.waiting_since, Case.id).limit(MOST)
        return tuple(Waiting(row.id, row.application_no, row.holder_name) for row in rows)


def look_at(desk: Desk, case_id: int) -> Seen | Refused:
    """The stamp of one case, to be compared with the passport: a protected read like opening the step."""
    found = desk.steps[endorsement.KEY].prepare(case_id)
    return found if isinstance(found, Refused) else Seen(case_id, found)


def sign(desk: Desk, seen: Sequence[Seen]) -> tuple[Signed, ...]:
    """Sign every case that was seen. Blocks for each in turn."""
    return tuple(Signed(one.case_id, _sign(desk, one)) for one in seen)


def _sign(desk: Desk, seen: Seen) -> Produced | Refused:
    service = desk.steps[endorsement.KEY]
    claim = desk.claim(seen.case_id)
    if isinstance(claim, Refused):
        return claim
    now = service.prepare(seen.case_id)
    if not isinstance(now, Refused) and now.stamp_text != seen.prepared.stamp_text:
        now = refused(Code.STAMP_NOT_CONFIRMED)
    given = Given(stamp_seen=True, signed=True)
    answer: Produced | Refused = (
        now
        if isinstance(now, Refused)
        else service.complete(seen.case_id, given, key=secrets.token_hex(16), claim=claim)
    )
    if isinstance(answer, Refused):
        desk.release(seen.case_id)
    return answer
