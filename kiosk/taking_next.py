"""The next case, please: the most urgent one of an officer's list that nobody holds, held for this officer at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.cases.model import Place, Status, WorkItem
from kiosk.refusals import Code, Refused

if TYPE_CHECKING:
    from kiosk.desk import Desk

PAGE = 20
GONE = frozenset({Code.CLAIMED_BY_OTHER, Code.CLAIM_LAPSED, Code.CASE_NOT_FOUND, Code.NOT_YOUR_UNIT})
"""Refusals of a claim that say: another was quicker."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The case that is held now; the numbers of those that another took in the same moment."""

    item: WorkItem
    missed: tuple[str, ...]


def take_next(desk: Desk) -> Taken | Refused | None:
    """Hold the first case of the list that can be worked on and nobody holds; None where there is none.

    A case that waits for its applicant, a superior or a side procedure is passed over. Raises StoreError.
    """
    after: Place | None = None
    missed: list[str] = []
    while page := desk.work_list(limit=PAGE, after=after):
        for item in page:
            if item.status is not Status.ACTIVE or item.claimed_by:
                continue
            claim = desk.claim(item.case_id)
            if not isinstance(claim, Refused):
                return Taken(item, tuple(missed))
            if claim.first.code not in GONE:
                return claim
            missed.append(item.application_no)
        after = page[-1].place
    return None
