"""Counting the passports in the safe with the scanner: what should be here and is not, what lies elsewhere.

A count goes shelf by shelf. Each find is committed as it is scanned, so that a count may be interrupted and taken up
again. At its end the finds are held against the chain of custody: the list of what is missing, misplaced, or here
though the record says it left, is kept and printed; a passport found on another shelf is recorded there from then on.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from db.tables import Case, Custody, StockCount, StockTake
from kiosk import audit, mrz
from kiosk.cases import engine
from kiosk.cases.engine import unit_of_work
from kiosk.cases.requirements import lock
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, queue_paper
from kiosk.clock import office_day
from kiosk.passports import held, moved, place_of, require_keeper
from kiosk.receipts import contents
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refused, refused
from kiosk.steps.handover import token_number
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk


@dataclass(frozen=True, slots=True)
class Take:
    """A stock-take that is under way at this terminal. `counted` of the `expected` passports were found so far."""

    id: int
    started_at: datetime
    counted: int
    expected: int


@dataclass(frozen=True, slots=True)
class Find:
    """A passport that was scanned. `recorded`: where the custody line has it; not `known`: no record has it here."""

    passport_no: str
    place: str
    application_no: str
    recorded: str
    known: bool

    @property
    def misplaced(self) -> bool:
        """On a shelf other than the one recorded."""
        return self.known and self.recorded not in ("", self.place)


@dataclass(frozen=True, slots=True)
class Line:
    """One passport of a result. `found` "" = missing; `recorded` "" = with the file, or not here at all."""

    application_no: str
    passport_no: str
    recorded: str
    found: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a stock-take found."""

    expected: int
    found: int
    missing: tuple[Line, ...]
    misplaced: tuple[Line, ...]
    foreign: tuple[Line, ...]


def current(desk: "Desk") -> Take | None:
    """The stock-take under way at this terminal. Raises StoreError."""
    with desk.office.store.reading():
        row = _open(desk.look())
        return None if row is None else _take(row)


@refusing
def begin(desk: "Desk") -> Take | Refused:
    """Begin one, or take up the one under way."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        require_keeper(look)
        row = _open(look)
        if row is None:
            row = StockTake.create(officer=look.officer.id, terminal=look.kit.terminal, started_at=look.now)
            audit.append(look.now, look.signer, "stock_take_begun", f"stock_take:{row.id}")
        answer.value = _take(row)
    found: Take | Refused = answer.refused or answer.value
    return found


@refusing
def find(desk: "Desk", take_id: int, text: str, place: str) -> Find | Refused:
    """A passport lies at `place`. `text` is one of our QR codes, its machine-readable zone, or its typed number."""
    look = desk.look()
    kept = place_of(place)
    if not kept:
        return refused(Code.PASSPORT_PLACE, "place")
    named = _named(desk, look, text)
    if isinstance(named, Refused):
        return named
    number, case_id = named
    with unit_of_work(desk.office.store) as answer:
        require_keeper(look)
        row = _open(look)
        if row is None or row.id != take_id:
            raise engine.refuse(Code.STOCK_TAKE_ENDED)
        if case_id is None:
            case = Case.select().where(Case.passport_no == number).order_by(Case.id.desc()).first()
            case_id = None if case is None else int(case.id)
        counted = StockCount.create(
            stock_take=take_id,
            case=case_id,
            passport_no=number,
            place=kept,
            officer=look.officer.id,
            at=look.now,
        )
        data = {"count": counted.id, "case": case_id or 0}
        audit.append(look.now, look.signer, "stock_counted", f"stock_take:{take_id}", data)
        answer.value = _find(case_id, number, kept)
    found: Find | Refused = answer.refused or answer.value
    return found


def _named(desk: "Desk", look: Look, text: str) -> tuple[str, int | None] | Refused:
    """(passport number, case) of what was scanned."""
    if text.strip().upper().startswith("ITK1"):
        case_id = desk.find_code(text)
        if isinstance(case_id, Refused):
            return case_id
        with desk.office.store.reading():
            return str(Case.get_by_id(case_id).passport_no), case_id
    if "<" in text:
        zone = mrz.parse(text, today=office_day(look.now))
        return zone if isinstance(zone, Refused) else (token_number(zone.document_no), None)
    number = token_number(clean(text, limit=20))
    return (number, None) if number else refused(Code.FIELD_REQUIRED, "passport_no")


@refusing
def finish(desk: "Desk", take_id: int) -> Result | Refused:
    """End the count: its result, kept and printed. The same answer again for one that has ended."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        require_keeper(look)
        row = StockTake.get_or_none((StockTake.id == take_id) & (StockTake.terminal == look.kit.terminal))
        if row is None:
            raise engine.refuse(Code.STOCK_TAKE_ENDED)
        if row.ended_at is None:
            result = _result(row)
            StockTake.update(ended_at=look.now, result=to_json(result)).where(StockTake.id == take_id).execute()
            _put_right(look, row)
            queue_paper(look, _paper(look, row, result))
            numbers = {"missing": len(result.missing), "misplaced": len(result.misplaced), "found": result.found}
            audit.append(look.now, look.signer, "stock_take_ended", f"stock_take:{take_id}", numbers)
            answer.value = result
        else:
            answer.value = from_json(Result, row.result)
    desk.office.printing.poke()
    ended: Result | Refused = answer.refused or answer.value
    return ended


def _open(look: Look) -> StockTake | None:
    row: StockTake | None = StockTake.get_or_none(
        (StockTake.terminal == look.kit.terminal) & StockTake.ended_at.is_null()
    )
    return row


def _take(row: StockTake) -> Take:
    here = {each.id for each in held().objects()}
    counted = StockCount.select().where(StockCount.stock_take == row.id)
    return Take(int(row.id), row.started_at, len(here & {count.case_id for count in counted}), len(here))


def _find(case_id: int | None, number: str, place: str) -> Find:
    row = None if case_id is None else held().where(Case.id == case_id).objects().first()
    if row is None:
        return Find(number, place, "", "", known=False)
    return Find(number, place, row.application_no, row.place, known=True)


def _newest(row: StockTake) -> dict[str, StockCount]:
    """The find that counts, by passport number."""
    counted = StockCount.select().where(StockCount.stock_take == row.id).order_by(StockCount.id)
    return {count.passport_no: count for count in counted}


def _result(row: StockTake) -> Result:
    found = _newest(row)
    by_case = {count.case_id: count for count in found.values() if count.case_id is not None}
    expected = {each.id: each for each in held().objects()}
    missing, misplaced = [], []
    for case_id, each in sorted(expected.items()):
        count = by_case.get(case_id)
        if count is None:
            # what came in while the count went on was not there to be counted
            if each.since <= row.started_at or each.place:
                missing.append(Line(each.application_no, each.passport_no, each.place, ""))
        elif each.place and each.place != count.place:
            misplaced.append(Line(each.application_no, each.passport_no, each.place, count.place))
    foreign = [
        Line(Case.get_by_id(count.case_id).application_no if count.case_id else "", count.passport_no, "", count.place)
        for count in found.values()
        if count.case_id not in expected and not _left_since(count)
    ]
    here = sum(1 for case_id in expected if case_id in by_case)
    return Result(len(missing) + here, here, tuple(missing), tuple(misplaced), tuple(foreign))


def _left_since(count: StockCount) -> bool:
    """Was this passport handed over after it had been counted?"""
    if count.case_id is None:
        return False
    last = Custody.select().where(Custody.case == count.case_id).order_by(Custody.id.desc()).first()
    return last is not None and last.at > count.at


def _put_right(look: Look, row: StockTake) -> None:
    """What was found on another shelf, or on one at all, is recorded there."""
    counted = _newest(row).values()
    for case_id in sorted({count.case_id for count in counted if count.case_id is not None}):
        # before the first is written: whoever holds one of them may wait for the end of the audit chain
        lock(case_id)
    expected = {each.id: each for each in held().objects()}
    for count in counted:
        each = expected.get(count.case_id)
        if each is not None and each.place != count.place:
            moved(look, int(each.id), count.place, key=secrets.token_hex(16), note=f"stock-take {row.id}")


def _paper(look: Look, row: StockTake, result: Result) -> contents.StockTakeReport:
    def lines(found: tuple[Line, ...]) -> tuple[contents.StockLine, ...]:
        return tuple(contents.StockLine(x.application_no, x.passport_no, x.recorded, x.found) for x in found)

    return contents.StockTakeReport(
        number=f"{row.id}",
        started_at=row.started_at,
        ended_at=look.now,
        expected=result.expected,
        found=result.found,
        missing=lines(result.missing),
        misplaced=lines(result.misplaced),
        foreign=lines(result.foreign),
        clerk=contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal),
    )
