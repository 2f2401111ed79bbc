"""The self-service terminal: each state as it looks, nothing personal in any, dead keys, and back to idle by itself."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from db.tables import AuditEvent, Case, Receipt
from kiosk import clock
from kiosk.cases.model import Status
from kiosk.office import Office
from kiosk.prediction.model import Kept
from kiosk.receipts.token import Verdict
from kiosk.self_service import SelfService, Shown
from kiosk.words import Language, say
from screens.pickup import BACK_S, ExitDialog, PickupApp, PickupScreen
from tests.builders import case_at_handover, case_at_payment, claim_token, completed, given_handover, given_payment
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.driving import burst, settle
from tests.screens.fake_office import AT, FakeOffice, device
from tests.screens.snapshot import check, text

CODE = "ITK1" + "A" * 151


class Program(PickupApp):
    def now(self) -> Any:
        return AT


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock: its first item is what it shows."""
    shown = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: shown[0])
    return shown


def public(office: FakeOffice) -> FakeOffice:
    office.settings.office.hotline = "(0734) 421 000"
    office.settings.office.collection_counter = "4"
    return office


@asynccontextmanager
async def open_to_all(office: Any) -> AsyncIterator[Pilot[Any]]:
    app = Program(lambda: office)
    async with app.run_test(size=(80, 24)) as pilot:
        while not isinstance(app.screen, PickupScreen):
            await settle(pilot)
        await settle(pilot)
        yield pilot


async def scanned(pilot: Pilot[Any], code: str) -> str:
    """What the screen says after a scanner in keyboard mode typed `code`."""
    burst(pilot.app, code + "\n")
    await settle(pilot)
    return " ".join(text(pilot.app).split())


def program(pilot: Pilot[Any]) -> Program:
    assert isinstance(pilot.app, Program)
    return pilot.app


def a_second_later(pilot: Pilot[Any]) -> None:
    program(pilot)._second_passed()


def state(verdict: Verdict) -> Shown:
    number = "**************042"
    if verdict is Verdict.NOT_READY:
        return Shown(verdict, number, 9, 13, date(2026, 11, 27), Kept(17, 20))
    return Shown(verdict, number if verdict in (Verdict.OK, Verdict.VOID, Verdict.ALREADY_HANDED_OVER) else "")


async def test_every_state_looks_as_it_did_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Shown] = []
    monkeypatch.setattr(Program, "self_service", lambda self: SimpleNamespace(ask=lambda code: answers[-1]))
    async with open_to_all(public(FakeOffice())) as pilot:
        check(pilot.app, "pickup-idle")
        for verdict in Verdict:
            answers.append(state(verdict))
            said = await scanned(pilot, CODE)
            for language in Language:
                assert say(language, f"pickup.{verdict}").upper().replace(" ", "") in said.replace(" ", "")
            check(pilot.app, f"pickup-{verdict}")
        answers.append(Shown(Verdict.NOT_READY, "**************042"))
        await scanned(pilot, CODE)
        check(pilot.app, "pickup-held")


async def test_a_broken_scanner_is_said_while_nobody_scans() -> None:
    office = public(FakeOffice())
    office.devices.states["scanner"] = device("scanner", "failed", "no_answer")
    async with open_to_all(office) as pilot:
        assert "SCANNERNOTREADY" in text(pilot.app).replace(" ", "")


async def test_it_returns_to_idle_by_itself(monkeypatch: pytest.MonkeyPatch, passing: list[float]) -> None:
    monkeypatch.setattr(Program, "self_service", lambda self: SimpleNamespace(ask=lambda _: state(Verdict.OK)))
    async with open_to_all(public(FakeOffice())) as pilot:
        assert "SIAPDIAMBIL" in (await scanned(pilot, CODE)).replace(" ", "")
        passing[0] += BACK_S - 1
        a_second_later(pilot)
        assert "SIAPDIAMBIL" in text(pilot.app).replace(" ", "")
        passing[0] += 1
        a_second_later(pilot)
        await settle(pilot)
        assert "SIAPDIAMBIL" not in text(pilot.app).replace(" ", "")
        assert "PINDAIKODEQRANDA" in text(pilot.app).replace(" ", "")


async def test_a_serial_scanner_and_a_code_of_somebody_else_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(code: str) -> Shown:
        asked.append(code)
        return Shown(Verdict.MALFORMED)

    monkeypatch.setattr(Program, "self_service", lambda self: SimpleNamespace(ask=ask))
    async with open_to_all(public(FakeOffice())) as pilot:
        program(pilot)._scanned(CODE.lower())
        await settle(pilot)
        assert "NOTOURCODE" in text(pilot.app).replace(" ", "")
        await scanned(pilot, "https://example.org/a")
        await scanned(pilot, "short")
    assert asked == [CODE, "https://example.org/a"]


async def test_no_key_does_anything() -> None:
    async with open_to_all(public(FakeOffice())) as pilot:
        before = text(pilot.app)
        keys = ("f1", "f2", "f3", "f8", "f9", "f10", "escape", "enter", "tab", "ctrl+c", "ctrl+q", "x", "1", "ctrl+z")
        await pilot.press(*keys)
        await settle(pilot)
        assert text(pilot.app) == before
        assert pilot.app.is_running
        assert isinstance(pilot.app.screen, PickupScreen)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


async def test_f12_asks_for_an_officers_pin_and_goes_away_by_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_to_all(office) as pilot:
        await counter.press(pilot, "f12")
        assert isinstance(pilot.app.screen, ExitDialog)
        program(pilot).last_key = time.monotonic() - BACK_S - 1
        a_second_later(pilot)
        await settle(pilot)
        assert isinstance(pilot.app.screen, PickupScreen)
        await counter.press(pilot, "f12", *"agus", "enter", *"000000", "f10")
        assert isinstance(pilot.app.screen, ExitDialog)
        assert "sign_in_failed" in text(pilot.app)
        await counter.press(pilot, *pin_of("agus"), "f10")
    assert pilot.app.return_code == 0
    with office.store.reading():
        assert AuditEvent.select().where(AuditEvent.body.contains("self_service_closed")).count() == 1


def pin_of(login: str) -> str:
    from kiosk.demo.officers import OFFICERS

    return next(person.pin for person in OFFICERS if person.login == login)


async def test_nothing_of_the_person_is_on_the_screen_in_any_state(office: Office) -> None:
    desks = Desks(office)
    case_id = case_at_handover(office, desks)
    token = claim_token(office, case_id)
    with office.store.reading():
        numbers = [row.number for row in Receipt.select()] + [Case.get_by_id(case_id).application_no]
    secret = ["KUZNETSOVA", "MARINA", "530012345", "345", "1988", "KAZAN", "RUS", "HARTONO", "SUDIRMAN", *numbers]
    held = office.procedure.step("watchlist").title
    secret += ["CEKAL", held.indonesian.upper(), held.english.upper()]
    async with open_to_all(office) as pilot:
        said = [await scanned(pilot, token)]
        for status in (Status.HELD_WATCHLIST, Status.NONCONFORMITY, Status.WAITING_SUPERIOR):
            with office.store.writing():
                Case.update(status=status).where(Case.id == case_id).execute()
            said.append(await scanned(pilot, token))
        assert said[1] == said[2] == said[3]
        with office.store.writing():
            Case.update(status=Status.ACTIVE, step="registration").where(Case.id == case_id).execute()
        said.append(await scanned(pilot, token))
        assert "Langkah 9 dari 13." in said[-1]
        with office.store.writing():
            Case.update(step="handover").where(Case.id == case_id).execute()
        completed(desks["sri"], case_id, "handover", given_handover(office, case_id))
        said.append(await scanned(pilot, token))
        with office.store.writing():
            Receipt.update(voided_at=clock.now()).where(Receipt.type == 2).execute()
        said.append(await scanned(pilot, token))
        said.append(await scanned(pilot, "https://example.org/KUZNETSOVA"))
    assert len({words.replace(" ", "") for words in said}) == 6
    for words in said:
        assert not [one for one in secret if one in words.upper()]


def test_the_states_of_a_receipt_and_their_audit(office: Office) -> None:
    desks = Desks(office)
    service = SelfService(office)
    case_id = case_at_payment(office, desks)
    assert service.ask("hello").verdict is Verdict.MALFORMED
    completed(desks["ratna"], case_id, "payment", given_payment())
    claim = claim_token(office, case_id)
    shown = service.ask(claim.lower())
    assert shown.verdict is Verdict.MALFORMED
    shown = service.ask(claim)
    assert (shown.verdict, shown.step, shown.steps, shown.number[:4]) == (Verdict.NOT_READY, 8, 13, "****")
    assert shown.ready is not None
    assert service.ask(claim[:-3] + "AAA").verdict in (Verdict.BAD_SIGNATURE, Verdict.MALFORMED)
    with office.store.writing():
        Case.update(promise_due=clock.now() - timedelta(days=2)).where(Case.id == case_id).execute()
    assert service.ask(claim).ready is None
    with office.store.reading():
        asked = [row.body for row in AuditEvent.select().where(AuditEvent.body.contains("receipt_asked"))]
        number = Receipt.get(Receipt.type == 2).receipt_id
    assert len([body for body in asked if f'"subject":"receipt:{number}"' in body]) >= 2
    assert not [body for body in asked if "KUZNETSOVA" in body or "530012345" in body or "hello" in body]


def test_a_database_that_is_away_is_said(office: Office) -> None:
    claim = "ITK1" + "A" * 151
    office.store.close()
    Path(office.settings.database_url.removeprefix("sqlite://")).unlink()
    assert SelfService(office).ask(claim).verdict is Verdict.DATABASE_UNREACHABLE


def test_a_public_terminal_opens_its_scanner_and_nothing_else(settings: Any) -> None:
    import msgspec

    from kiosk.self_service import open_public
    from kiosk.settings import DeviceSettings

    devices = {"printer": DeviceSettings("escpos"), "scanner": DeviceSettings("serial")}
    opened = open_public(msgspec.structs.replace(settings, devices=devices))
    try:
        assert opened.devices.get("scanner") is not None
        assert opened.devices.get("printer") is None
    finally:
        opened.close()
