"""The scanned papers of a case: listed for whoever may see the case, shown page by page, each look audited."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.tables import AuditEvent
from hardware.document_scanner.sheets import sheet
from kiosk import clock
from kiosk.captures import Item
from kiosk.documents import PLAIN, TEXT
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.scans import Looked, look_at, scans
from screens.case import CaseScreen
from screens.scans import ScansScreen
from screens.widgets.picture import Picture
from tests.builders import case_at_scanning
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import at_work, press
from tests.screens.snapshot import text

PAPER = {"width": 1240, "height": 1754, "dpi": 150}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def case_id(office: Office) -> int:
    """A case with a passport of two pages, one of them blurred, and a letter whose text was read."""
    desks = Desks(office)
    case_id = case_at_scanning(office, desks)
    pages = [Item(sheet(n), "image/png", meta={**PAPER, "findings": ["blurred"] * (n == 2)}) for n in (1, 2)]
    desks["budi"].captures.store(case_id, "scanning", "passport", pages)
    desks["budi"].captures.store(case_id, "scanning", "guarantee_letter", [Item(sheet(3), "image/png", meta=PAPER)])
    with office.store.writing():
        office.kit.vault.put(
            case_id=case_id,
            step=TEXT,
            kind="guarantee_letter",
            content=b"PT Maju Jaya menjamin \x1b[31mpemegang",
            media_type=PLAIN,
            officer=desks["budi"].officer.id,
            now=clock.now(),
        )
    return case_id


def looks(office: Office) -> list[str]:
    with office.store.reading():
        events = [json.loads(row.body) for row in AuditEvent.select()]
    return [event["data"]["kind"] for event in events if event["action"] == "read_capture"]


async def test_the_pages_of_a_case_are_listed_and_looked_at(office: Office, case_id: int) -> None:
    async with at_work(office, "budi") as pilot:
        pilot.app.open_case(case_id)
        await press(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ScansScreen)
        listed = " ".join(text(pilot.app).split())
        assert "Surat pernyataa" in listed
        assert "1/1 150 dpi, baik terbaca" in listed
        assert "2/2 150 dpi, kabur -" in listed
        assert looks(office) == [], "listing reads no page"
        await press(pilot, "1", "enter")
        assert pilot.app.screen.query_one(Picture).display
        assert "▀▀▀" in text(pilot.app)
        assert "PT Maju Jaya menjamin [31mpemegang" in text(pilot.app), "text of a paper drives no terminal"
        assert looks(office) == ["guarantee_letter", "guarantee_letter"], "its picture and its text"
        await press(pilot, "pagedown", "pagedown", "pagedown")
        assert "halaman 2 dari 2" in text(pilot.app)
        assert "Tidak ada teks terbaca" in text(pilot.app)
        assert looks(office)[2:] == ["passport", "passport"]
        await press(pilot, "f9")
        assert "page 2 of 2" in text(pilot.app)
        await press(pilot, "escape")
        assert "Scanned papers" in text(pilot.app)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, CaseScreen)


async def test_who_may_not_see_the_case_sees_no_paper(office: Office, case_id: int) -> None:
    async with at_work(office, "ratna") as pilot:
        pilot.app.open_scans(case_id)
        await press(pilot)
        assert "150 dpi" not in text(pilot.app)
        assert "[not_your_unit]" in text(pilot.app)
    assert looks(office) == []


def test_text_of_older_pages_and_what_is_no_picture_are_not_shown(office: Office, case_id: int) -> None:
    budi = Desks(office)["budi"]
    budi.captures.store(case_id, "scanning", "guarantee_letter", [Item(b"no picture", "image/png")])
    letter: Any = scans(budi, case_id)
    newest = next(scan for scan in letter if scan.capture.kind == "guarantee_letter" and scan.page == 2)
    assert look_at(budi, newest) == Looked(None, "")
    refused = scans(Desks(office)["ratna"], case_id)
    assert isinstance(refused, Refused)
    assert refused.first.code is Code.NOT_YOUR_UNIT
