"""Step 3, watchlist: the applicant is looked for in the cekal list. The machine never clears and never refuses.

SOP row 3: a clean no-hit is confirmed with one key (by Lalintuskim too, where the office allows it); a possible hit is
held for SOP Cekal (kiosk.steps.cekal). A list that is missing or too old blocks: nobody is clear of a list not asked.
Before steps 9 and 12 a case is asked again if the list has moved (`recheck`, `record_recheck`).
"""

from dataclasses import dataclass

from db.turns import Hold, Turn
from kiosk.cases.model import CaseFile, Outcome
from kiosk.cases.work import Look, Work
from kiosk.people.model import acting_unit
from kiosk.refusals import Code, Refusal, Refused
from kiosk.screening_case import Answer, ask, record_screening
from kiosk.screening_lists import Current, ListShown, active_hash, current
from kiosk.screening_records import last_screening, undecided
from kiosk.steps import data_entry

KEY = "watchlist"
ONLY = "clean_no_hit"


@dataclass(frozen=True, slots=True)
class Given:
    """What the officer saw and confirms: the version of the list that the shown answer came from."""

    list_version: str


@dataclass(frozen=True, slots=True)
class Produced:
    """The answer the case went on with. `cleared` are ids of entries that Wasdakim found to be another person."""

    screening_id: int
    verdict: str
    list_version: str
    cleared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows. Who is on the list is shown by SOP Cekal only; here is how many may be.

    `blocked` says why no answer counts. `examiner` is True for Wasdakim, who may decide.
    """

    names: tuple[str, ...]
    listed: ListShown | None
    verdict: str
    bands: tuple[str, ...]
    remembered: int
    examiner: bool
    elapsed_ms: float
    blocked: Refusal | None


def prepare(look: Look, case: CaseFile) -> Prepared:
    data = case.need(data_entry.KEY, data_entry.Produced).data
    found = ask(look, data)
    names = (data.holder.name_viz, *data.holder.former_names)
    examiner = is_examiner(look, case)
    if isinstance(found, Refused):
        return Prepared(names, None, "no_list", (), 0, examiner, 0.0, found.first)
    return Prepared(
        names=names,
        listed=found.listed,
        verdict=str(found.verdict),
        bands=tuple(str(hit.candidate.band) for hit in found.hits),
        remembered=len(found.remembered),
        examiner=examiner,
        elapsed_ms=sum(result.elapsed_ms for result in found.results),
        blocked=_stale(look),
    )


def across_cases(given: Given | None) -> tuple[Hold, ...]:
    """This step asks the list; one that comes in asks again about what was asked before it (kiosk.screening_again)."""
    return (Hold(Turn.WATCHLIST, shared=True),)


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    found = ask(look, case.need(data_entry.KEY, data_entry.Produced).data)
    if isinstance(found, Refused):
        return found.refusals
    if (stale := _stale(look)) is not None:
        return (stale,)
    if given.list_version != found.listed.version:
        return (Refusal(Code.WATCHLIST_CHANGED),)
    if found.hits:
        return (Refusal(Code.WATCHLIST_POSSIBLE_HIT),)
    return _limited(look, case, found)


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    found = ask(work.look, case.need(data_entry.KEY, data_entry.Produced).data)
    assert isinstance(found, Answer), "check refuses a list that can't be asked"
    verdict = "cleared" if found.remembered else str(found.verdict)
    return Produced(record_screening(work, found), verdict, found.listed.version, found.remembered)


def is_examiner(look: Look, case: CaseFile) -> bool:
    """May this officer decide about a possible hit? Wasdakim only; a limited unit confirms what is clean."""
    return acting_unit(look.officer, case.procedure, KEY) is not None


def recheck(look: Look, case: CaseFile) -> tuple[Refusal, ...]:
    """For the checks of steps 9 and 12: () unless a list newer than the case's last screening has a new possible hit,
    or that screening names somebody nobody has decided on.

    The refusal WATCHLIST_POSSIBLE_HIT makes the desk hold the case for Wasdakim. Without an active list the case goes
    on with what step 3 found.
    """
    moved = _moved_list(look, case)
    if not isinstance(moved, Current):
        return moved.refusals if moved else ()
    found = ask(look, case.need(data_entry.KEY, data_entry.Produced).data)
    if isinstance(found, Refused):
        return found.refusals
    return (Refusal(Code.WATCHLIST_POSSIBLE_HIT),) if found.hits else ()


def record_recheck(work: Work) -> None:
    """For `apply` of steps 9 and 12: keep the new answer, if the list has moved."""
    moved = _moved_list(work.look, work.case)
    if isinstance(moved, Current):
        found = ask(work.look, work.case.need(data_entry.KEY, data_entry.Produced).data)
        if isinstance(found, Answer):
            record_screening(work, found)


def _moved_list(look: Look, case: CaseFile) -> Current | Refused | None:
    """The active list if the case must be asked of it: the whole of it was not yet, or the answer stands undecided.

    Refused where it can't be opened here.
    """
    if case.outcome is not Outcome.IN_PROCESS or case.output(data_entry.KEY, data_entry.Produced) is None:
        return None
    before, active = last_screening(case.id, whole=True), active_hash()
    if active is None:
        return None
    if before is not None and before.list_hash.strip() == active and not undecided(case.id):
        return None
    return current(look.kit, look.today)


def _stale(look: Look) -> Refusal | None:
    listed = current(look.kit, look.today)
    return listed.stale if isinstance(listed, Current) else None


def _limited(look: Look, case: CaseFile, found: Answer) -> tuple[Refusal, ...]:
    """Lalintuskim confirms what is clean: nothing found, nothing put aside, and the office allows it."""
    if is_examiner(look, case):
        return ()
    if found.clean and look.kit.settings.policy.clean_no_hit_by_lalintuskim:
        return ()
    return (Refusal(Code.WATCHLIST_ONLY_WASDAKIM),)
