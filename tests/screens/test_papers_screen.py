"""Papers left over: told at sign-in, found by F8 F8, each with the reason, and a copy made from there."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from db.tables import PrintJob
from hardware.faults import FaultCode
from hardware.printer.outcome import PrintCode
from kiosk.office import Office
from kiosk.receipts.print_queue import EXPIRED, UNREADABLE
from kiosk.words import Language, Words
from screens.devices import DevicesScreen
from screens.papers import PapersScreen, why_not_printed
from screens.work_list import WorkListScreen
from tests.builders import case_at_payment, completed, given_payment
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import at_work, press
from tests.screens.driving import working
from tests.screens.fake_office import FakeOffice
from tests.screens.snapshot import check, text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    desks = Desks(opened)
    completed(desks["ratna"], case_at_payment(opened, desks), "payment", given_payment())
    yield opened
    opened.close()


def ended(office: Office, state: str, code: str) -> None:
    with office.store.writing():
        PrintJob.update(state=state, code=code).execute()


def words(pilot: Any) -> str:
    return " ".join(text(pilot.app).split())


async def test_papers_left_over_are_told_at_sign_in_and_copied(office: Office) -> None:
    ended(office, "unknown", "interrupted")
    with office.store.reading():
        papers = PrintJob.select().count()
    async with at_work(office, "agus") as pilot:
        assert f"{papers} cetakan terminal ini belum pasti tercetak" in words(pilot)
        await press(pilot, "f8")
        assert isinstance(pilot.app.screen, DevicesScreen)
        assert "F8 Cetakan" in words(pilot)
        await press(pilot, "f8")
        assert isinstance(pilot.app.screen, PapersScreen)
        assert "Program terhenti saat mencetak." in words(pilot)
        await press(pilot, "enter")
        await press(pilot, *"kertas kosong", "f10")
        assert "Salinan ke-1 masuk antrean" in words(pilot)
    with office.store.reading():
        assert sorted(job.state for job in PrintJob.select())[-1] != "sent"
        assert PrintJob.select().where(PrintJob.state == "replaced").count() == 1


async def test_printed_and_waiting_papers_are_not_told(office: Office) -> None:
    ended(office, "confirmed", "")
    async with at_work(office, "agus") as pilot:
        assert "belum pasti" not in words(pilot)


@pytest.mark.parametrize("language", list(Language))
async def test_the_papers_as_they_look(office: Office, language: Language) -> None:
    ended(office, "failed", "paper_out")
    async with at_work(office, "agus", language=language) as pilot:
        await press(pilot, "f8")
        await press(pilot, "f8")
        check(pilot.app, f"papers-{language}-office")


@pytest.mark.parametrize(
    ("treasurer", "told"), [(True, "2 pembayaran terminal ini"), (False, "1 cetakan terminal ini")]
)
async def test_a_treasurer_is_told_of_undecided_payments_first(
    monkeypatch: pytest.MonkeyPatch, treasurer: bool, told: str
) -> None:
    monkeypatch.setattr(WorkListScreen, "_acts_at", lambda self, step: treasurer and step == "payment")
    office = FakeOffice(papers=(SimpleNamespace(state="failed"), SimpleNamespace(state="queued")), undecided=(1, 2))
    async with working(office) as pilot:
        assert told in words(pilot)


@pytest.mark.parametrize("language", list(Language))
def test_every_code_of_the_printer_has_words(language: Language) -> None:
    known = Words(language)
    assert not [code for code in PrintCode if not known.has(f"papers.code.{code}")]
    assert not [
        code
        for code in (*PrintCode, *FaultCode, "interrupted", EXPIRED, UNREADABLE)
        if why_not_printed(known, code) == code
    ]
    assert why_not_printed(known, "") == ""
