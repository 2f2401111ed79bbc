"""D6: a real disk that is full at each of 200 points: words, nothing half, and it goes on once there is room.

On a small disk mounted for the test; test_environment.py has the payment, and what holds where nothing can be mounted.
"""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from db.tables import Case, CaseEvent, Receipt, StepRun, VaultObject
from kiosk import audit
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import load
from kiosk.steps import intake
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.disks import SmallDisk, small_disk
from tests.faults.thirteen import passport

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(databases.SERVER), reason="the disk of an office of one terminal"),
]
POINTS = 200
BLOCK = 2048
"""Bytes more room at each point; a scan and a step need some 150 kB between them."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as mounted:
        if mounted is None:
            pytest.skip("this user may not mount a disk")
        yield mounted


def leave(disk: SmallDisk, room: int) -> None:
    """Fill the disk, but for so many bytes (a disk gives room in blocks of its own)."""
    disk.fill()
    ballast = disk.folder / "ballast"
    os.truncate(ballast, max(0, ballast.stat().st_size - room))


def held(office: Office) -> dict[str, int]:
    tables = (Case, CaseEvent, StepRun, Receipt, VaultObject)
    with office.store.reading():
        assert office.store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert audit.verify().verified
        return {table._meta.table_name: table.select().count() for table in tables}


def is_full(answer: Any) -> bool:
    if not isinstance(answer, Refused):
        return False
    assert answer.first.code is Code.DISK_FULL, answer
    return True


def test_d6_a_disk_that_is_full_at_each_of_two_hundred_points(founded: Path, disk: SmallDisk) -> None:
    shutil.copytree(founded, disk.folder / "office")
    with Office.open(load(disk.folder / "office" / "kiosk.toml"), devices=False) as office:
        desks = Desks(office)
        scanned = builders.case_at_scanning(office, desks)
        claim = desks["budi"].claim(scanned)
        assert not isinstance(claim, Refused)
        refused = {"step": 0, "scan": 0}
        for point in range(POINTS):
            given = builders.given_intake(builders.an_applicant(passport=passport(f"6700{point:05d}")))
            page = builders.captures.Item(os.urandom(9000), "image/jpeg", 1)
            before = held(office)
            office.store.close()
            leave(disk, point * BLOCK)
            take = partial(desks["sri"].steps.intake.complete, None, given, key=f"full-{point}")
            done = take()
            stored = desks["budi"].captures.store(scanned, "scanning", "passport", [page])
            refused["step"] += is_full(done)
            refused["scan"] += is_full(stored)
            disk.empty()
            now = held(office)
            assert now["step_run"] - before["step_run"] == (not is_full(done)), f"{point}: {before} {now}"
            assert now["receipt"] - before["receipt"] == (not is_full(done))
            assert now["vault_object"] - before["vault_object"] == (not is_full(stored))
            if is_full(done):
                assert isinstance(take(), intake.Produced), "it goes on without a restart"
        assert held(office)["itk_case"] == POINTS + 1
        assert 10 < refused["step"] < POINTS
        assert 10 < refused["scan"] < POINTS
        for path in (disk.folder / "office" / "vault").rglob("*"):
            assert path.is_dir() or len(path.name) == 64, f"{path.name} was left over"
    print(f"\n{POINTS} points, {refused['step']} steps and {refused['scan']} scans refused, nothing half")
