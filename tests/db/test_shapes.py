"""The SQL made once for a shape is what peewee would write for each query, parameter by parameter."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from peewee import JOIN, fn

from db import shapes
from db.connection import File
from db.postgres import Server
from db.tables import MODELS, Case, CaseName, Claim, Counter, Duty, Officer, Part, Person, Receipt, StepRun

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MADE: dict[str, Callable[[int, str], Any]] = {
    "by id": lambda n, s: Case.select().where(Case.id == n),
    "two conditions": lambda n, s: Claim.select().where((Claim.case == n) & Claim.released_at.is_null()),
    "either": lambda n, s: Duty.select().where(Duty.valid_until.is_null() | (Duty.valid_until >= date(2026, 1, 1 + n))),
    "not": lambda n, s: Case.select().where(~(Case.passport_no == s)),
    "the first": lambda n, s: Case.select().where(Case.passport_no == s).order_by(Case.id.desc()).limit(n),
    "the last": lambda n, s: Case.select().where(Case.passport_no == s).order_by(Case.id).limit(n),
    "the first by day": lambda n, s: (
        Case.select().where(Case.passport_no == s).order_by(Case.opened_at.desc()).limit(n)
    ),
    "a page": lambda n, s: Case.select(Case.id).paginate(n + 1, 20),
    "joined": lambda n, s: StepRun.select(StepRun, Officer, Person).join(Officer).join(Person).where(StepRun.case == n),
    "joined outside": lambda n, s: Officer.select(Officer, Duty).join(
        Duty, JOIN.LEFT_OUTER, on=(Duty.officer == Officer.id) & (Duty.valid_from <= date(2026, 2, 1 + n))
    ),
    "one of": lambda n, s: Receipt.select().where(Receipt.type.in_([1, n]) & (Receipt.number == s)),
    "any there": lambda n, s: Part.select(fn.EXISTS(Part.select().where((Part.case == n) & (Part.part == s)))),
    "the largest": lambda n, s: StepRun.select(fn.MAX(StepRun.id)).where(StepRun.case == n),
    "grouped": lambda n, s: Case.select(Case.step, fn.COUNT(Case.id)).where(Case.status == s).group_by(Case.step),
    "with others": lambda n, s: Case.select().where(
        Case.id.in_(CaseName.select(CaseName.case).where(CaseName.word == s))
    ),
    "raised": lambda n, s: Counter.update(value=Counter.value + n).where(Counter.name == s),
    "a moment": lambda n, s: Claim.update(lease_until=NOW, terminal=s).where(Claim.id == n),
    "emptied": lambda n, s: Officer.update(locked_until=None, failed_attempts=n).where(Officer.login == s),
    "a new row": lambda n, s: CaseName.insert(case=n, word=s),
    "a new row, defaults": lambda n, s: Officer.insert(person=n, login=s, pin_hash="x", created_at=NOW),
    "away": lambda n, s: CaseName.delete().where((CaseName.case == n) & (CaseName.word == s)),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database that is never opened: it only writes SQL."""
    made = File(str(tmp_path / "x.db")) if request.param == "sqlite" else Server("postgresql://nobody@/nowhere")
    with made.bind_ctx(list(MODELS)):
        yield made


@pytest.mark.parametrize("name", MADE)
def test_a_shape_is_written_as_peewee_writes_it(database: Any, name: str) -> None:
    for number, text in ((1, "A"), (2, "B"), (3, "")):
        query = MADE[name](number, text)
        found = database.written(query)
        assert found is not None, "this shape is known"
        assert found == database.get_sql_context().sql(query).query()
    assert len(database._made) == 1, "made once"


def test_different_queries_never_share_their_sql(database: Any) -> None:
    for make in MADE.values():
        database.written(make(1, "A"))
    assert len(database._made) == len(MADE)


def test_a_row_is_locked_only_where_it_was_asked() -> None:
    server: Any = Server("postgresql://nobody@/nowhere")
    with server.bind_ctx(list(MODELS)):
        plain = Claim.select().where(Claim.case == 1)
        assert server.written(plain)[0] + " FOR UPDATE" == server.written(plain.for_update())[0]
        assert server.written(plain)[0] + " FOR UPDATE NOWAIT" == server.written(plain.for_update(nowait=True))[0]


def test_nothing_and_a_value_are_two_shapes(database: Any) -> None:
    nothing = database.written(Claim.select().where(Claim.released_at == None))  # noqa: E711
    moment = database.written(Claim.select().where(Claim.released_at == NOW))
    assert "IS NULL" in nothing[0]
    assert nothing[1] == []
    assert moment[1] == [NOW.replace(tzinfo=None)]


def test_what_is_not_known_is_left_to_peewee(database: Any) -> None:
    officer = Officer.alias()
    left = (
        officer.select().where(officer.id == 1),
        CaseName.insert_many([{"case": 1, "word": "A"}]),
        Counter.insert(name="x", value=0).on_conflict_ignore(),
        Case.select(Case.id).where(Case.id.in_({1, 2})),
        Case.select(Case.id) | Case.select(Case.id),
    )
    assert [database.written(query) for query in left] == [None] * len(left)


def test_no_more_shapes_are_kept_than_stated(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "KEPT_AT_MOST", 3)
    for length in range(1, 9):
        query = Case.select(Case.id).where(Case.id.in_(list(range(length))))
        assert database.written(query) == database.get_sql_context().sql(query).query()
    assert len(database._made) == 3
