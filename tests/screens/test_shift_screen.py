"""The treasurer's shift through the keys: opened, settled, closed, and what is left open stays in the list."""

from collections.abc import Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from db.tables import PrintJob, Shift
from kiosk.money.methods import Method
from kiosk.office import Office
from kiosk.words import Language
from screens.books import BooksScreen
from screens.shift import ShiftScreen
from screens.widgets.dialogs import FormDialog
from tests.builders import case_at_payment, completed, given_payment
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.screens import counter
from tests.screens.counter import at_work, open_step, press
from tests.screens.snapshot import check, text


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    opened = open_with_terminal(settings)
    yield opened
    opened.close()


def words(pilot: Pilot[Any]) -> str:
    return " ".join(text(pilot.app).split())


async def test_a_shift_is_opened_settled_and_closed_with_its_report(office: Office) -> None:
    desks = Desks(office)
    case_id = case_at_payment(office, desks)
    async with at_work(office, "ratna") as pilot:
        await press(pilot, "f7")
        assert isinstance(pilot.app.screen, ShiftScreen)
        assert "Tidak ada giliran yang terbuka" in words(pilot)
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert "Ratna Dewi, sejak" in words(pilot)
        await press(pilot, "escape")
        await open_step(pilot, "payment", case_id)
        await press(pilot, "f8")
        await press(pilot, "f10")
        await press(pilot, "f7")
        assert "Kartu di EDC: 1 x, Rp500.000" in words(pilot)
        await press(pilot, "f8")
        await press(pilot, "f10")
        assert "EDC menghitung Rp500.000: sama" in words(pilot)
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert "Giliran ditutup: Rp500.000" in words(pilot)
    with office.store.reading():
        assert Shift.get().closed_at is not None
        assert PrintJob.select().where(PrintJob.paper == "ShiftReport").count() == 1


async def test_an_unknown_payment_and_a_missing_ntpn_stand_in_the_list(office: Office) -> None:
    desks = Desks(office)
    case_id = case_at_payment(office, desks)
    Edc(office).breaks("answer", "lose", times=9)
    async with at_work(office, "ratna") as pilot:
        await open_step(pilot, "payment", case_id)
        await press(pilot, "f8")
        await press(pilot, "escape")
        await press(pilot, "f7")
        assert "Hasil belum jelas" in words(pilot)
        await press(pilot, "f8")
        await press(pilot, "f10")
        assert "EDC ini masih punya pembayaran yang belum jelas" in words(pilot)
        await press(pilot, "enter")
        assert "HASIL BELUM JELAS" in words(pilot)


@pytest.fixture
def still(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


async def test_a_missing_ntpn_is_added_later(still: Office) -> None:
    desks = Desks(still)
    case_id = case_at_payment(still, desks)
    completed(desks["ratna"], case_id, "payment", given_payment(ntpn=""))
    async with at_work(still, "ratna") as pilot:
        await press(pilot, "f7")
        assert "NTPN menyusul" in words(pilot)
        await press(pilot, "enter")
        await press(pilot, *"2a8f4c11d0e93b75", "f10")
        assert "NTPN 2A8F4C11D0E93B75 dicatat" in words(pilot)
        assert "semua NTPN ada" in words(pilot)


async def test_the_terminals_money_is_deposited_from_the_cash_book(office: Office) -> None:
    desks = Desks(office)
    case_id = case_at_payment(office, desks)
    ratna = desks["ratna"]
    assert ratna.payments.charge(case_id, Method.EDC_CARD, key="k", claim=ratna.claim(case_id)).state.paid  # type: ignore[arg-type,union-attr]
    async with at_work(office, "ratna") as pilot:
        await press(pilot, "f7")
        await press(pilot, "f4")
        screen = pilot.app.screen
        assert isinstance(screen, BooksScreen)
        assert "rekening Rp500.000" in words(pilot)
        assert "500.000" in words(pilot)
        await press(pilot, "f10")
        dialog = pilot.app.screen
        assert isinstance(dialog, FormDialog)
        assert dialog.form.values().integer("amount") == 500_000
        dialog.form.restore({"billing_code": "820261124900001", "bank_ref": "000012345678", "ntpn": "2A8F4C11D0E93B99"})
        await press(pilot, "f10")
        assert "NTB/NTP 000012345678" in words(pilot)
        await press(pilot, "f10")
        assert "Setoran Rp500.000 dicatat" in words(pilot)
        assert "rekening Rp0" in words(pilot)
        await press(pilot, "f8")
        assert "Data LPJ bulanan" in words(pilot)
        await press(pilot, "f10")
        assert "Buku kas umum (BKU)" in words(pilot)
        assert "dicetak" in words(pilot)
        await press(pilot, "home", "up")
        assert "Tidak ada catatan pada bulan ini" in words(pilot)
        await press(pilot, "pagedown")
        assert "820261124900001" not in words(pilot)
        assert "Setoran" in words(pilot)


@pytest.mark.parametrize("language", list(Language))
async def test_the_cash_book_as_it_looks(still: Office, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.money.payments.secrets.choice", lambda text: "7")
    desks = Desks(still)
    completed(desks["ratna"], case_at_payment(still, desks), "payment", given_payment())
    async with at_work(still, "ratna", language=language) as pilot:
        await press(pilot, "f7")
        await press(pilot, "f4")
        check(pilot.app, f"books-{language}-office")


@pytest.mark.parametrize("language", list(Language))
async def test_the_screen_as_it_looks(still: Office, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.money.payments.secrets.choice", lambda text: "7")
    desks = Desks(still)
    case_id = case_at_payment(still, desks)
    completed(desks["ratna"], case_id, "payment", given_payment(ntpn=""))
    async with at_work(still, "ratna", language=language) as pilot:
        await press(pilot, "f7")
        check(pilot.app, f"shift-{language}-office")
