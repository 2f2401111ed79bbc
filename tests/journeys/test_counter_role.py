"""The whole SOP, side paths included, by key presses at a terminal that connects with the rights of a counter."""

from pathlib import Path
from typing import Any

import pytest

from db import roles
from db.connection import Store
from db.tables import StepRun
from kiosk.cli.auto import run
from kiosk.demo.office import found_demo
from kiosk.settings import Settings, load
from tests import databases

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not databases.CAN_SERVE, reason=databases.NO_SERVER),
]


def test_s3_all_thirteen_steps_and_the_side_paths_need_no_more_than_a_counters_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = databases.passing_address(server=True)

    def found(folder: Path, **given: Any) -> Settings:
        config = found_demo(folder, **given).path("kiosk.toml")
        addresses = f'database = "{databases.as_counter(owner)}"\ndatabase_owner = "{owner}"'
        config.write_text(config.read_text().replace(f'database = "{owner}"', addresses))
        return load(config)

    monkeypatch.setattr(run, "found_demo", found)
    assert run.run_auto(cases=2, out=tmp_path / "out", seed=3, keep=True, database=owner) == 0
    settings = load(tmp_path / "out" / "office" / "kiosk.toml")
    counter = Store(settings.database_url)
    assert (databases.role_of(settings.database), roles.excess(counter)) == (databases.COUNTER, [])
    with counter.reading():
        steps = {row.step for row in StepRun.select(StepRun.step)}
    counter.close()
    assert len(steps) == 13
