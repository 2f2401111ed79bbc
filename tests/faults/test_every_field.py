"""S6: whatever stands in any one field of any step, the step is refused in words or keeps what was given, cleaned.

The fields come from the dataclasses (every_field.py), the values from Hypothesis and a list of SQL, oversize text,
forms of Unicode, and numbers and days beyond all columns. Search is held against a search of its own, in Python.
"""

import json
import re
import unicodedata
import zlib
from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from db.tables import Case, CaseEvent, Custody, Handover, Payment, PrintJob, Receipt, RegisterNumber, StepRun
from kiosk import audit, steps
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refused
from kiosk.search_words import search_words
from kiosk.settings import load
from kiosk.text import clean, has_unsafe
from kiosk.words import Language, say
from tests import databases
from tests.conftest import Desks
from tests.faults.every_field import Way, fields_of, put
from tests.faults.thirteen import LOGIN, STEPS, found_waiting, given

TEXTS = (
    "'; DROP TABLE itk_case; --", "' OR '1'='1", '"; DELETE FROM audit_event; --', "%", "_", "\\", "Robert');--",
    "{0.__class__} %s %(x)n {field}", "R" * 201, "R" * 4_001, "R" * 100_000, "王" * 70, "e\u0301" * 150, "é",
    "ﬁﬀ Å ﷺ", "ＡＢＣ１２", "İstanbul ıI", "\u1112\u1161\u11ab", "a\u0323\u0307", "\u2028\u2029\u0085", "\u202eabc",
    "\ud800", "a\0b", "\x1b[2J", "\U0001f600", "\ufffe", "", " ", "\u00a0", "-1", "1e9", "٣٤", "null", "AB1234567",
)  # fmt: skip
NUMBERS = (-(2**70), -(2**31) - 1, -1, 0, 1, 2, 30, 366, 36_501, 2**31 - 1, 2**31, 2**63, 2**70)
DAYS = (date.min, date(1849, 12, 31), date(1970, 1, 1), date(2026, 2, 28), date(2200, 12, 31), date.max)
NOT_WORDS = {Code.DATABASE_UNREACHABLE, Code.DATABASE_OTHER_VERSION, Code.DISK_FULL, Code.DATABASE_READ_ONLY}
"""Refusals that speak of the environment: a value is no reason for them."""


def values(kind: type) -> st.SearchStrategy[Any]:
    """What may stand in a field of this type, and what may not."""
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.sampled_from(NUMBERS) | st.integers()
    if kind is date:
        return st.sampled_from(DAYS) | st.dates()
    if kind is PartialDate:
        return st.sampled_from([PartialDate(1), PartialDate(9999, 12, 31)]) | st.dates().map(PartialDate.of)
    assert kind is str, kind
    hostile = st.text(st.characters(codec=None), max_size=60)
    return st.sampled_from(TEXTS) | hostile | st.tuples(st.sampled_from(TEXTS), hostile).map("".join)


SHORTEST = 190
"""Text that is longer than what `clean` leaves of one line may be cut."""
FIELDS = [(step, way, kind) for step in STEPS for way, kind in fields_of(steps.rules(step).Given)]
KEPT_NOWHERE = {
    "data_entry.retyped.key of": "typed again where a check digit fails: compared with the field, which is kept",
    "data_entry.retyped.value of": "as above",
    "data_entry.confirmed.0": "names of fields whose check digit really is wrong",
    "scanning.later.0.kind": "only a document of the file's own is put off",
    "scanning.later.0.reason": "as above",
    "approval.overstay_reason": "kept where there is an overstay",
    "approval.superior_no": "kept where the regulation asks for a decision of a superior",
    "biometrics.fingers.0.reason": "kept for a finger that can't be taken",
    "stamp_scan.register_no_again": "read where the first reading differs from the data",
}
"""Texts that a step takes and does not keep, and why."""


class Place:
    """An open office with a case at each step, and what each step's officer would give."""

    def __init__(self, office: Office, cases: dict[str, int]) -> None:
        self.office = office
        self.cases = cases
        self.desks = Desks(office)
        self._ready: dict[str, tuple[Any, Any, Any]] = {}

    def ready(self, step: str) -> tuple[Any, Any, Any]:
        """What is given, the second person, and the claim."""
        if step not in self._ready:
            desk, case_id = self.desks[LOGIN[step]], self.cases.get(step)
            claim = None if case_id is None else desk.claim(case_id)
            assert not isinstance(claim, Refused), claim
            self._ready[step] = (*given(desk, step, case_id), claim)
        return self._ready[step]

    def tried(self, step: str, way: Way, value: Any) -> tuple[Any, list[str]]:
        """The answer to the step with `value` in that field, and every text it would keep; then it is undone."""
        base, witness, claim = self.ready(step)
        hostile = put(type(base), base, way, value)
        desk, case_id = self.desks[LOGIN[step]], self.cases.get(step)
        with self.office.store.rehearsing():
            answer = desk.steps[step].complete(case_id, hostile, key="s6", witness=witness, claim=claim)
            kept = [] if isinstance(answer, Refused) else list(texts_kept(case_id))
        return answer, kept


KEEPING = (Case, CaseEvent, Custody, StepRun, Receipt, PrintJob, Payment, Handover)


def texts_kept(case_id: int | None) -> Iterator[str]:
    """Every text that the database holds of a case, JSON taken apart; of the newest case without one."""
    if case_id is None:
        case_id = Case.select(Case.id).order_by(Case.id.desc()).first().id
    for model in KEEPING:
        own = model.id if model is Case else model.case
        for row in model.select().where(own == case_id).dicts():
            for value in row.values():
                yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        try:
            inner = json.loads(value) if value[:1] in ("{", "[") else None
        except ValueError:
            inner = None
        yield from _texts(inner) if isinstance(inner, dict | list) else (value,)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (name, *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def bare(text: str) -> str:
    """A text without what cleaning and the step's own form may change: case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", clean(text, limit=2000).casefold())


def judge(place: Place, step: str, way: Way, kind: type, value: Any) -> bool:
    """Is it taken? Whatever is wrong with the answer is an assertion."""
    answer, kept = place.tried(step, way, value)
    name = f"{step}.{'.'.join(way)}"
    if isinstance(answer, Refused):
        for refusal in answer.refusals:
            assert refusal.code not in NOT_WORDS, f"{name}: {refusal.code}"
            for language in Language:
                for key in (refusal.key(), refusal.next_key()):
                    assert say(language, key, **refusal.details), f"{name}: {key}"
        return False
    assert isinstance(answer, steps.rules(step).Produced), answer
    for text in kept:
        assert not has_unsafe(text.replace("\n", "")), f"{name} keeps {text!r}"
        assert unicodedata.is_normalized("NFC", text), f"{name} keeps {text!r}"
    if kind is str and bare(value) and name not in KEPT_NOWHERE:
        assert any(bare(value)[:SHORTEST] in bare(text) for text in kept), f"{name} does not keep {value!r}"
    return True


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if request.param == "postgresql" and not databases.CAN_SERVE:
        pytest.skip(databases.NO_SERVER)
    folder = tmp_path_factory.mktemp("s6")
    address = databases.new_address(server=request.param == "postgresql")
    databases.create(address)
    waiting = found_waiting(found_demo(folder / "office", devices=False, database=address), folder)
    with Office.open(load(waiting.config), devices=False) as office:
        yield Place(office, waiting.cases)
        with office.store.reading():
            assert audit.verify().verified
    databases.drop(address)


def test_s6_one_hostile_value_in_every_field(place: Place) -> None:
    """A value for each text, number and day, another one in each; the long form tries many, and every field."""
    pools: dict[type, Any] = {str: TEXTS, int: NUMBERS, date: DAYS}
    tried = [(step, way, kind) for step, way, kind in FIELDS if kind in pools]
    taken = 0
    for step, way, kind in tried:
        name = ".".join((step, *way))
        taken += judge(place, step, way, kind, pools[kind][zlib.crc32(name.encode()) % len(pools[kind])])
    assert len(tried) > 100
    assert 0 < taken < len(tried)


def try_many(place: Place, step: str, way: Way, kind: type, counts: list[int]) -> None:
    @hypothesis.settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @hypothesis.given(values(kind))
    def tried(value: Any) -> None:
        counts[judge(place, step, way, kind, value)] += 1

    tried()


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_s6_many_hostile_values_in_every_field(place: Place, step: str) -> None:
    counts = [0, 0]
    for of, way, kind in FIELDS:
        if of == step:
            try_many(place, step, way, kind, counts)
            for text in TEXTS if kind is str else ():
                counts[judge(place, step, way, kind, text)] += 1
    count = sum(of == step for of, _, _ in FIELDS)
    print(f"\n{step}: {count} fields, {counts[0]} values refused, {counts[1]} taken, 0 errors")


# search


def sought(office: Office, text: str) -> set[int]:
    """What a search for `text` should find, by a search of the test's own: a whole number, or beginnings of words."""
    wanted = clean(text)
    if not wanted:
        return set()
    rows = list(Case.select())
    numbers = [(row.id, (row.application_no, row.passport_no)) for row in rows]
    numbers += [(row.case_id, (row.number,)) for row in Receipt.select() if row.case_id]
    numbers += [(row.case_id, (row.number,)) for row in RegisterNumber.select() if row.case_id]
    compact = re.sub(r"[^A-Z0-9]", "", wanted.upper())
    series = rows[-1].application_no.rpartition("-")[0]
    short = f"{series}-{wanted.zfill(5)}" if wanted.isdecimal() else ""
    found = {case_id for case_id, own in numbers if {wanted.upper(), compact, short} & set(own) - {""}}
    if found:
        return found
    words = search_words(wanted)
    names = {row.id: search_words(row.holder_name) for row in rows}
    return {
        case_id for case_id, own in names.items() if words and all(any(n.startswith(w) for n in own) for w in words)
    }


def check_search(place: Place, text: str) -> int:
    found = place.desks["sri"].search(text, limit=200)
    with place.office.store.reading():
        assert {item.case_id for item in found} == sought(place.office, text), ascii(text)
    code = place.desks["sri"].find_code(text)
    assert isinstance(code, int) or code.first.code not in NOT_WORDS
    return len(found)


def test_s6_search_finds_what_was_sought_and_nothing_by_its_form(place: Place) -> None:
    assert check_search(place, "marina") >= 10
    assert check_search(place, "530000003") == 1
    assert [check_search(place, text) for text in TEXTS[:8]] == [0] * 8
    for text in TEXTS[8:]:
        check_search(place, text)


@pytest.mark.long
def test_s6_search_agrees_with_another_search(place: Place) -> None:
    found = [0, 0]
    parts = st.sampled_from(["mar", "MARINA", "kuzn", "KUZNETSOVA", "5300", "530000004", "ITK-", "'", "%", "_", " "])

    @hypothesis.settings(max_examples=1500, deadline=None, derandomize=True, database=None)
    @hypothesis.given(st.lists(parts | values(str), max_size=4).map("".join))
    def tried(text: str) -> None:
        found[check_search(place, text) > 0] += 1

    tried()
    print(f"\n{sum(found)} searches, {found[1]} found something, 0 differ")
