"""Other cases of the same person: by passport, or by name and date of birth under another passport. Reads only.

Within the caller's unit of work.
"""

from dataclasses import dataclass
from datetime import datetime

from db.tables import Case, CaseName, StepRun
from kiosk.cases.model import Outcome, Status
from kiosk.partial_date import PartialDate
from kiosk.records import BadRecord, from_json
from kiosk.search_words import search_words

MOST = 20
"""Cases of one name that are looked into."""


@dataclass(frozen=True, slots=True)
class OtherCase:
    """A case of the same person. `ended` is False for one that is still open."""

    case_id: int
    application_no: str
    passport_no: str
    holder_name: str
    outcome: Outcome
    ended: bool
    same_passport: bool


@dataclass(frozen=True, slots=True)
class _Born:
    born: PartialDate


@dataclass(frozen=True, slots=True)
class _Data:
    holder: _Born


@dataclass(frozen=True, slots=True)
class _Entered:
    data: _Data


def other_cases(
    case_id: int | None, *, name: str, born: PartialDate, issuing_state: str, passport_no: str
) -> tuple[OtherCase, ...]:
    """The person's other cases, the newest first. An unknown part of a birth agrees with anything."""
    same_passport = Case.select().where((Case.issuing_state == issuing_state) & (Case.passport_no == passport_no))
    rows = {row.id: row for row in same_passport.order_by(Case.id.desc()).limit(MOST)}
    for row in _of_name(name):
        if row.id not in rows and _may_be_same(_birth(row.id), born):
            rows[row.id] = row
    found = [row for row in rows.values() if row.id != case_id]
    return tuple(
        OtherCase(
            case_id=row.id,
            application_no=row.application_no,
            passport_no=row.passport_no,
            holder_name=row.holder_name,
            outcome=Outcome(row.outcome),
            ended=row.status == Status.ENDED,
            same_passport=row.passport_no == passport_no and row.issuing_state == issuing_state,
        )
        for row in sorted(found, key=lambda row: -row.id)
    )


def sponsored_by(case_id: int, sponsor_no: str, passport: tuple[str, str], since: datetime) -> int:
    """How many other foreigners this guarantor has stood for in cases opened since, in process or granted.

    `passport` is the issuing state and number of the case itself: the same foreigner is not another one.
    """
    if not sponsor_no:
        return 0
    others = (
        Case.select(Case.issuing_state, Case.passport_no)
        .where(
            (Case.sponsor_no == sponsor_no)
            & (Case.opened_at >= since)
            & (Case.id != case_id)
            & Case.outcome.in_((Outcome.IN_PROCESS, Outcome.ISSUED))
        )
        .distinct()
        .tuples()
    )
    return len(set(others) - {passport})


def _of_name(name: str) -> list[Case]:
    """The cases whose names hold every word of `name`."""
    words = sorted(search_words(name), key=len, reverse=True)
    if not words:
        return []
    query = Case.select().join(CaseName).where(CaseName.word == words[0])
    for word in words[1:]:
        query = query.where(Case.id.in_(CaseName.select(CaseName.case).where(CaseName.word == word)))
    return list(query.order_by(Case.id.desc()).limit(MOST))


def _birth(case_id: int) -> PartialDate | None:
    runs = StepRun.select().where((StepRun.case == case_id) & StepRun.step.in_(("intake", "data_entry")))
    for run in runs.order_by(StepRun.id.desc()):
        try:
            if run.step == "intake":
                return from_json(_Born, run.output).born
            return from_json(_Entered, run.output).data.holder.born
        except BadRecord:
            continue
    return None


def _may_be_same(one: PartialDate | None, other: PartialDate) -> bool:
    if one is None or one.year != other.year:
        return False
    months = {one.month, other.month} - {0}
    days = {one.day, other.day} - {0}
    return len(months) <= 1 and len(days) <= 1
