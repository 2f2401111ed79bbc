"""D3: the n-th write, fsync, truncation or rename of a step fails, halfway: before or after, never between."""

import errno
import json
from pathlib import Path

import pytest

from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import load
from tests import databases
from tests.conftest import Desks
from tests.faults import failing_writes
from tests.faults.failing_writes import Failed
from tests.faults.test_kill import check_whole
from tests.faults.thirteen import KEY, LOGIN, Waiting, found_waiting, given

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office's own file is what fails here")
FLOWS = ("intake", "payment", "handover", "archiving")
SAID = {Code.DATABASE_UNREACHABLE, Code.DISK_FULL, Code.DATABASE_READ_ONLY}


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Waiting:
    """An office in which a case waits at every step; cases.json names them."""
    folder = tmp_path_factory.mktemp("waiting")
    found = found_waiting(found_demo(folder / "office", devices=False), folder)
    (found.config.parent / "cases.json").write_text(json.dumps(found.cases))
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = failing_writes.build(tmp_path_factory.mktemp("shim"))
    if built is None:
        pytest.skip("no C compiler for the shim whose writes fail")
    return built


def check(run: Failed, waiting: Waiting) -> str:
    """The office holds the step whole or not at all, as the officer was told; asked again it is done, once."""
    case_id = waiting.cases.get(run.step)
    with Office.open(load(Path(run.config)), devices=False) as office:
        done = check_whole(office, run.step, case_id)
        if run.answer == "done":
            assert done, f"{run}: acknowledged and lost"
        else:
            assert run.answer in SAID, f"{run.n}: {run.answer}"
        desk = Desks(office)[LOGIN[run.step]]
        claim = None
        if case_id is not None and not done:
            claim = desk.claim(case_id)
            assert not isinstance(claim, Refused), claim
        found, witness = given(desk, run.step, case_id)
        again = desk.steps[run.step].complete(case_id, found, key=KEY, witness=witness, claim=claim)
        assert not isinstance(again, Refused), (run, again)
        assert check_whole(office, run.step, case_id)
    return "done" if run.answer == "done" else "refused, but kept" if done else "refused"


def check_all(
    library: Path, waiting: Waiting, into: Path, step: str, every: int, error: int, *, for_good: bool = False
) -> None:
    seen = []
    for run in failing_writes.runs(library, waiting.config, into, [step], every=every, error=error, for_good=for_good):
        seen.append(check(run, waiting))
        writes = run.writes
    assert seen[-1] == "done", "the last one had no failing write"
    assert "refused" in seen
    counts = {what: seen.count(what) for what in sorted(set(seen))}
    print(f"\n{step}, {errno.errorcode[error]}{', for good' if for_good else ''}: {writes} writes, {counts}")


@pytest.mark.parametrize("step", ["intake", *(pytest.param(step, marks=pytest.mark.long) for step in FLOWS[1:])])
def test_d3_a_write_that_fails_leaves_before_or_after(
    library: Path, waiting: Waiting, tmp_path: Path, step: str
) -> None:
    check_all(library, waiting, tmp_path, step, 37, errno.EIO)


@pytest.mark.long
@pytest.mark.parametrize(("error", "for_good"), [(errno.EIO, False), (errno.ENOSPC, True)])
@pytest.mark.parametrize("step", FLOWS)
def test_d3_any_write_that_fails_leaves_before_or_after(
    library: Path, waiting: Waiting, tmp_path: Path, step: str, error: int, for_good: bool
) -> None:
    check_all(library, waiting, tmp_path, step, 1, error, for_good=for_good)
