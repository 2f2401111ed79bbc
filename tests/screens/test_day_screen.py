"""The end of the day: what I did, what I leave open, and the paper of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import PrintJob
from kiosk import day_list
from kiosk.office import Office
from kiosk.receipts.contents import DayPaper
from kiosk.records import from_json
from kiosk.refusals import Refused
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.screens import counter
from tests.screens.counter import AT, at_work, press
from tests.screens.snapshot import check, text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


async def test_f6_shows_what_was_done_and_what_is_open_and_f10_prints_it(office: Office) -> None:
    desks = Desks(office)
    budi = desks["budi"]
    done, paused, held, other = (
        builders.pretend_intake(office, desks["sri"], builders.an_applicant(passport=passport(f"53000000{n}")))
        for n in (1, 2, 3, 4)
    )
    for case_id in (done, paused, held):
        assert not isinstance(budi.claim(case_id), Refused)
    assert not isinstance(budi.steps.data_entry.complete(done, builders.given_data_entry(), key="k"), Refused)
    budi.pause(paused, "applicant")
    desks["eko"].claim(other)
    budi.save_draft("data_entry", other, {"typed": {"surname": "X"}})
    found = day_list.today(budi)
    assert [(one.what, one.count) for one in found.steps] == [("data_entry", 1)]
    assert {one.case_id: one.why for one in found.left} == {other: "draft", paused: "paused", held: "claimed"}
    with office.store.writing():
        PrintJob.create(paper="QueueSlip", content="{}", state="unknown", terminal="loket-1", officer=2, created_at=AT)
    async with at_work(office, "budi") as pilot:
        assert "F6 Akhir hari" in text(pilot.app)
        await press(pilot, "f6")
        check(pilot.app, "day")
        assert "Nomor antrean" in text(pilot.app)
        await press(pilot, "f10")
        assert "dicetak" in text(pilot.app)
        await press(pilot, "end", "enter")
        assert "Nomor antrean" in text(pilot.app), "the papers that may not be printed"
    with office.store.reading():
        paper = from_json(DayPaper, PrintJob.get(PrintJob.paper == "DayPaper").content)
    assert (len(paper.left), paper.done[0].count) == (4, 1)
