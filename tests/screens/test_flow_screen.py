"""The office today for Kasi and Kakanim: on the screen, as a table and as a picture."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from db.tables import Case, ProcedureVersion, StepRun
from kiosk import clock
from kiosk.cli.flow import as_csv
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.reports import flow_desk, flow_picture, period
from kiosk.reports.flow import of_day
from kiosk.words import Language, Words
from screens.flow import Hours
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import AT, at_work, press
from tests.screens.driving import settle
from tests.screens.snapshot import check, text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock: 08:05, with cases at steps of several officers."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    Desks(opened)["agus"]
    with opened.store.writing():
        ProcedureVersion.insert(hash=opened.procedure.hash, content="x", first_used=AT).on_conflict_ignore().execute()
        for number in range(100):
            step = "verification" if number < 90 else "payment" if number < 95 else "stamp_scan"
            case = Case.create(
                application_no=f"ITK-{number:03d}",
                kind="voa_extension",
                procedure=opened.procedure.hash,
                step=step,
                status="active",
                outcome="in_process",
                opened_at=AT - timedelta(days=4),
                waiting_since=AT,
                promise_due=AT - timedelta(hours=20) if step == "stamp_scan" else None,
                holder_name="X",
                nationality="RUS",
                issuing_state="RUS",
                passport_no=f"P{number}",
            )
            if number < 3:
                StepRun.create(
                    case=case.id, step="data_entry", attempt=1, officer=2, completed_at=AT, seconds=400, output="{}"
                )
    yield opened
    opened.close()


def test_too_much_is_more_standard_minutes_than_office_time_is_left(office: Office) -> None:
    with office.store.reading():
        found = of_day(office.procedure, office.regulations, period.day("2026-11-24"), clock.now())
    assert found.minutes_left == 7 * 60 - 5
    loads = {one.name: one for one in found.officers}
    assert loads["Agus Wijaya"].waiting_minutes == 90 * 5, "the only verifier at work"
    assert loads["Agus Wijaya"].too_much
    assert not loads["Ratna Dewi"].too_much
    entry = next(one for one in found.steps if one.step == "data_entry")
    assert (entry.done, entry.median_seconds, entry.standard_seconds, entry.over) == (3, 400, 300, 3)
    assert (found.promises.late, found.promises.kept, found.total) == (5, 0, 0)
    assert found.hours == ((8, 3), *((hour, 0) for hour in range(9, 16))), "the office's hours"
    yesterday = period.day("2026-11-23")
    with office.store.reading():
        assert of_day(office.procedure, office.regulations, yesterday, clock.now()).steps[1].done == 0


async def test_the_kasi_sees_the_office_by_f6_f7_and_others_do_not(office: Office, tmp_path: Path) -> None:
    async with at_work(office, "hendra") as pilot:
        await press(pilot, "f6", "f7")
        check(pilot.app, "flow_steps")
        await press(pilot, "right")
        check(pilot.app, "flow_officers")
        await press(pilot, "right", "f9")
        assert "Not ready, past promise" in text(pilot.app)
        await press(pilot, "f9", "right")
        check(pilot.app, "flow_hours")
        await press(pilot, "right")
        assert "Pemeriksaan cekal" in text(pilot.app), "the first page again"
    desks = Desks(office)
    answer = flow_desk.today(desks["sri"])
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.NOT_YOUR_UNIT
    found = flow_desk.today(desks["made"])
    assert not isinstance(found, Refused)
    words = Words(Language.ENGLISH)
    rows = list(csv.DictReader(io.StringIO(as_csv(found, office.procedure, words))))
    assert [row["waiting"] for row in rows if row["name"].startswith("4 ")] == ["90"]
    assert [row["note"] for row in rows if row["name"] == "Agus Wijaya"] == ["too_much"]
    by_hour = [(row["name"], row["done"]) for row in rows if row["section"] == "hour"]
    assert by_hour[:2] == [("08:00", "3"), ("09:00", "0")]
    flow_picture.write(found, office.procedure, words, tmp_path / "day.png")
    with Image.open(tmp_path / "day.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or ()}
        assert {(0xC8, 0x79, 0x1A), (0x2F, 0x6F, 0x9F), (0xB3, 0x26, 0x1E)} <= colours


@pytest.mark.parametrize("hours", [(), ((8, 0), (9, 0)), ((7, 1),), tuple((hour, hour * 37) for hour in range(24))])
async def test_the_plot_of_the_hours_is_drawn_for_any_day_in_marks_of_the_console(
    office: Office, hours: tuple[tuple[int, int], ...]
) -> None:
    glyphs = Path(__file__).with_name("console_glyphs.txt").read_text(encoding="utf-8")
    async with at_work(office, "hendra") as pilot:
        await press(pilot, "f6", "f7", "left")
        screen = pilot.app.screen
        screen.query_one(Hours).draw(hours)
        await settle(pilot)
        assert set(text(pilot.app)) <= set(glyphs)
        assert ("█" in text(pilot.app)) is any(done for _, done in hours)
