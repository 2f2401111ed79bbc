"""A step is opened: claim, case, news and touch clock come out of one transaction, which also records the look."""

from dataclasses import dataclass
from typing import Any

from db.connection import Store
from kiosk.cases import claims, engine, touch
from kiosk.cases.model import CaseFile, Claim
from kiosk.cases.news import News, news
from kiosk.cases.transactions import refuse, refusing, unit_of_work
from kiosk.cases.work import Look
from kiosk.protected_reads import ProtectedReads
from kiosk.refusals import Code, Refused


@dataclass(frozen=True, slots=True)
class Opened:
    """What an officer has who opened a step. `prepared` is the step's own; `worked_seconds` of the standard time."""

    case: CaseFile
    claim: Claim
    news: News
    worked_seconds: int
    prepared: Any = None


@refusing
def open_step(store: Store, look: Look, reads: ProtectedReads, step: str, case_id: int) -> Opened | Refused:
    """Take the case for this officer at this terminal, who is shown it. Refused where it is not at `step`."""
    with unit_of_work(store) as answer:
        case = engine.loaded(look.kit, case_id)
        engine.require_present(look)
        if case.step != step:
            raise refuse(Code.CASE_MOVED_ON)
        found = news(look, case_id)
        claim = claims.take(look, case)
        worked, _ = touch.worked(case, look.now)
        answer.value = Opened(case, claim, found, worked)
        recorded = reads.opening(look, case_id, step)
    if answer.refused is None:
        recorded()
    return answer.refused or answer.value
