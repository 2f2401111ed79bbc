"""D4: the power fails while SQLite's log is being written: any beginning of it opens, whole, as after some commit.

What came after the cut is gone; the chain alone can't know that, and one receipt from after it does.
"""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from db.connection import Store
from db.tables import MODELS, AuditHead, Receipt
from kiosk import audit
from kiosk.audit import Break
from kiosk.office import Office
from kiosk.receipts import facts, witnesses
from kiosk.refusals import Refused
from kiosk.settings import Settings
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the log of the office's own file")
State = dict[str, int]


@dataclass
class Day:
    """A database as it was before some acts, its log, the state after each commit by the log's length, and for each
    receipt the number of the event it saw as head."""

    database: bytes
    log: bytes
    after: list[tuple[int, State]]
    heads: list[tuple[int, str]] = field(default_factory=list)

    def expected(self, length: int) -> State:
        return [state for size, state in self.after if size <= length][-1]


def state() -> State:
    """How many rows each table has, and the newest event. Within a unit of work."""
    return {model._meta.table_name: model.select().count() for model in MODELS} | {"head": AuditHead.get().seq}


def a_day(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Day:
    """Six intakes and two data entries; every commit is noted."""
    path = settings.path("office.db")
    log = path.with_name("office.db-wal")
    noted: list[tuple[int, State]] = []
    writing = Store.writing

    @contextmanager
    def noting(store: Store) -> Iterator[None]:
        with writing(store):
            yield
        with store.reading():
            noted.append((log.stat().st_size, state()))

    Office.open(settings, devices=False).close()
    before = path.read_bytes()
    with Store(settings.database_url).reading():
        noted.append((0, state()))
    monkeypatch.setattr(Store, "writing", noting)
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        for number in range(6):
            applicant = builders.an_applicant(passport=passport(f"5400{number:05d}"))
            done = desks["sri"].steps.intake.complete(None, builders.given_intake(applicant), key=f"d4-{number}")
            assert not isinstance(done, Refused), done
            assert desks["sri"].save_draft("intake", None, {"typed": {"holder_name": "N" * number}}) is None
            if number < 2:
                case_id = desks["budi"].work_list()[0].case_id
                claim = desks["budi"].claim(case_id)
                typed: Any = builders.given_data_entry(applicant)
                done = desks["budi"].steps.data_entry.complete(case_id, typed, key=f"d4-{number}-2", claim=claim)
                assert not isinstance(done, Refused), done
        assert path.read_bytes() == before, "nothing was copied from the log into the database yet"
        day = Day(before, log.read_bytes(), noted)
        keys = facts.public_keys(office.store)
        with office.store.reading():
            seqs = {hashed[:16]: seq for seq, _, hashed in audit.events()}
            for row in Receipt.select():
                head = witnesses.witness(row.token, keys)
                assert head is not None
                day.heads.append((seqs[head], head))
    monkeypatch.undo()
    return day


def cut(day: Day, folder: Path, length: int, tail: bytes) -> Store:
    """The database with the first `length` bytes of its log, and what else the disk had there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "office.db").write_bytes(day.database)
    (folder / "office.db-wal").write_bytes(day.log[:length] + tail)
    return Store(f"sqlite://{folder / 'office.db'}")


def check_cuts(day: Day, folder: Path, count: int) -> None:
    rng = random.Random(count)
    lost = {0}
    for _ in range(count):
        length = rng.randrange(len(day.log) + 1)
        tail = rng.choice([b"", bytes(4096), rng.randbytes(5000)])
        store = cut(day, folder, length, tail)
        with store.reading():
            assert store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
            found = state()
            assert found == day.expected(length), f"cut at byte {length}"
            chain = audit.verify(tuple(head for _, head in day.heads))
            later = {head for seq, head in day.heads if seq > found["head"]}
            assert set(chain.missing) == later, "a shorter chain passes for whole where a later receipt exists"
            assert chain.events == found["head"]
            assert chain.broken == (Break(found["head"] + 1, "witness") if later else None), "it says where it was cut"
            lost.add(len(later))
        store.close()
    assert len(lost) > 3
    print(f"{count} cuts of a log of {len(day.log)} bytes and {len(day.after) - 1} commits")


def test_d4_any_beginning_of_the_log_opens_as_after_some_commit(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_cuts(a_day(settings, monkeypatch), tmp_path / "cut", 60)


@pytest.mark.long
def test_d4_ten_thousand_beginnings_of_the_log(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_cuts(a_day(settings, monkeypatch), tmp_path / "cut", 10_000)


def test_d4_a_commit_that_is_in_the_log_by_halves_is_noticed_here(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: an act that commits between its history line and its move."""
    from kiosk.cases import engine

    move = engine.move_case

    def halves(*given: Any) -> None:
        database = AuditHead._meta.database
        database.execute_sql("COMMIT")
        database.execute_sql("BEGIN IMMEDIATE")
        move(*given)

    monkeypatch.setattr(engine, "move_case", halves)
    day = a_day(settings, monkeypatch)
    with pytest.raises(AssertionError, match="cut at byte"):
        check_cuts(day, tmp_path / "cut", 1000)
