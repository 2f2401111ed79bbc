"""Step 10 for a pile: the signatory has seen each stamp, and signs all of them with one act.

Each case is a transaction of its own, with its own claim, check and history line: one that is refused leaves the others
signed. A case that another officer holds, or that moved on since it was seen, is refused like anywhere else; one whose
stamp changed after it was seen is refused too.

What was seen is kept as a draft of the signatory: it outlives the screen, the sign-in and the power, for as long as the
case stands as it was seen. The draft holds no word of the stamp, only its SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.tables import Case, Draft
from kiosk.cases.model import Status
from kiosk.records import from_json
from kiosk.refusals import Code, Refused, refused
from kiosk.steps import endorsement
from kiosk.steps.endorsement import Given, Prepared, Produced

if TYPE_CHECKING:
    from kiosk.desk import Desk

MOST = 100
SEEN = "endorsement_seen"
"""The draft of a tick; of no step, so that it does not meet what is typed on step 10 itself."""


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
    version: int
    """Of the case; it grows with every act on it."""

    @property
    def tick(self) -> Tick:
        """What is kept of it."""
        return Tick(self.case_id, self.version, _digest(self.prepared))


@dataclass(frozen=True, slots=True)
class Tick:
    """A stamp was seen and agreed. `stamp`: SHA-256 of its text, hexadecimal."""

    case_id: int
    version: int
    stamp: str


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
    case = desk.case(case_id)
    found = desk.steps[endorsement.KEY].prepare(case_id)
    return found if isinstance(found, Refused) or case is None else Seen(case_id, found, case.version)


def keep(desk: Desk, tick: Tick) -> Refused | None:
    """Keep that a stamp was seen, until it is signed or its case changes. Blocks."""
    return desk.save_draft(SEEN, tick.case_id, {"version": tick.version, "stamp": tick.stamp})


def kept(desk: Desk) -> tuple[Tick, ...]:
    """What this officer saw and did not sign; what changed since then is forgotten. Blocks; raises StoreError."""
    with desk.office.store.reading():
        rows = list(Draft.select().where((Draft.officer == desk.officer.id) & (Draft.step == SEEN)))
        cases = {row.id: row for row in Case.select().where(Case.id.in_([row.case_ref for row in rows]))}
    ticks = []
    for row in rows:
        content = from_json(dict, row.content)
        tick = Tick(row.case_ref, int(content["version"]), str(content["stamp"]))
        case = cases.get(tick.case_id)
        waits = case is not None and case.status == Status.ACTIVE and case.step == endorsement.KEY
        if case is not None and waits and case.version == tick.version:
            ticks.append(tick)
        else:
            desk.drop_draft(SEEN, tick.case_id)
    return tuple(ticks)


def sign(desk: Desk, seen: Sequence[Tick]) -> tuple[Signed, ...]:
    """Sign every case that was seen. Blocks for each in turn."""
    return tuple(Signed(one.case_id, _signed(desk, one)) for one in seen)


def _signed(desk: Desk, seen: Tick) -> Produced | Refused:
    answer = _sign(desk, seen)
    desk.drop_draft(SEEN, seen.case_id)
    return answer


def _digest(prepared: Prepared) -> str:
    return hashlib.sha256("\n".join(prepared.stamp_text).encode()).hexdigest()


def _sign(desk: Desk, seen: Tick) -> Produced | Refused:
    service = desk.steps[endorsement.KEY]
    claim = desk.claim(seen.case_id)
    if isinstance(claim, Refused):
        return claim
    now = service.prepare(seen.case_id)
    if not isinstance(now, Refused) and _digest(now) != seen.stamp:
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
