"""Step 7 through the keys: charging at a real link, what is undecided, slips, and that nothing is charged twice."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from db.tables import Case, Payment
from kiosk import clock
from kiosk.money.methods import Method
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.records import to_json
from kiosk.words import Language, Words
from screens.billing_codes import BillingCodesScreen
from screens.books import BooksScreen
from screens.payment_text import state_text
from screens.steps.payment import PaymentScreen
from screens.work_list import WorkListScreen
from tests.builders import bill_of, case_at_payment, given_payment, pretend, produced_approval, skip
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.screens import counter
from tests.screens.counter import at_work, open_step, press
from tests.screens.driving import settle
from tests.screens.snapshot import check, text


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    opened = open_with_terminal(settings)
    yield opened
    opened.close()


@pytest.fixture
def case_id(office: Office) -> int:
    return case_at_payment(office, Desks(office))


async def at_payment(pilot: Pilot[Any], case_id: int) -> PaymentScreen:
    screen = await open_step(pilot, "payment", case_id)
    assert isinstance(screen, PaymentScreen)
    return screen


def words(pilot: Pilot[Any]) -> str:
    """The screen's words on one line, as a person reads across the wraps."""
    return " ".join(text(pilot.app).split())


def step_of(office: Office, case_id: int) -> str:
    with office.store.reading():
        return str(Case.get_by_id(case_id).step)


async def test_f8_charges_the_card_and_f10_completes(office: Office, case_id: int) -> None:
    edc = Edc(office)
    async with at_work(office, "ratna") as pilot:
        await at_payment(pilot, case_id)
        assert "ITK 30 hari: Rp500.000 (PP 45/2024)" in words(pilot)
        assert "Lima ratus ribu rupiah" in words(pilot)
        assert "Belum dibayar" in words(pilot)
        await press(pilot, "f8")
        assert "LUNAS Rp500.000" in words(pilot)
        assert "Tekan F10" in words(pilot)
        assert "F8 Tagih" not in words(pilot)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen)
        assert "TBB-MRE-" in words(pilot)
    assert len(edc.charged) == 1
    assert step_of(office, case_id) == "biometrics"


async def test_a_held_f8_charges_once(office: Office, case_id: int) -> None:
    edc = Edc(office)
    edc.tell(seconds=0.2)
    async with at_work(office, "ratna") as pilot:
        await at_payment(pilot, case_id)
        await pilot.press(*["f8"] * 20)
        await settle(pilot)
        assert "LUNAS" in words(pilot)
        await press(pilot, *["f8"] * 3)
        assert "sudah dibayar" in words(pilot)
    assert edc.attempts == len(edc.charged) == 1


async def test_a_declined_card_is_followed_by_qris(office: Office, case_id: int) -> None:
    edc = Edc(office)
    edc.tell(next="decline")
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        await press(pilot, "f8")
        assert "Ditolak [05]" in words(pilot)
        assert "ditolak [05]" in words(pilot)
        screen.form.go_to("method")
        await press(pilot, "right")
        assert screen.form.values().text("method") == Method.EDC_QRIS
        await press(pilot, "f8")
        assert "LUNAS Rp500.000, QRIS" in words(pilot)
        await press(pilot, "f10")
    assert step_of(office, case_id) == "biometrics"
    assert len(edc.charged) == 1


async def test_a_lost_answer_is_explained_blocks_and_is_found_by_asking(office: Office, case_id: int) -> None:
    edc = Edc(office)
    edc.breaks("answer", "lose", times=9)
    async with at_work(office, "ratna") as pilot:
        await at_payment(pilot, case_id)
        await press(pilot, "f8")
        assert "HASIL BELUM JELAS" in words(pilot)
        assert "Jangan menagih lagi" in words(pilot)
        assert "F8 Tanya EDC" in words(pilot)
        await press(pilot, "f10")
        assert "belum jelas hasilnya" in words(pilot)
        edc.tell(breaks="clear")
        await press(pilot, "f8")
        assert "LUNAS Rp500.000" in words(pilot)
        await press(pilot, "f10")
    assert step_of(office, case_id) == "biometrics"
    assert edc.attempts == len(edc.charged) == 1


async def test_what_was_left_unknown_is_there_when_the_case_is_opened_again(office: Office, case_id: int) -> None:
    edc = Edc(office)
    edc.breaks("answer", "lose", times=9)
    async with at_work(office, "ratna") as pilot:
        await at_payment(pilot, case_id)
        await press(pilot, "f8")
        await press(pilot, "escape")
        edc.tell(breaks="clear")
        await at_payment(pilot, case_id)
        assert "HASIL BELUM JELAS" in words(pilot)
        await press(pilot, "f8")
        assert "LUNAS" in words(pilot)


async def test_two_people_end_it_with_the_slip(office: Office, case_id: int) -> None:
    edc = Edc(office)
    edc.breaks("before_charge", "lose")
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        await press(pilot, "f8")
        assert "HASIL BELUM JELAS" in words(pilot)
        screen.form.restore({"ending": "paid", "ending_reason": "struk dilihat", "approval_code": "A1"})
        await press(pilot, "f10")
        assert "slip_incomplete" in words(pilot), "what the slip lacks is said before a second officer is fetched"
        screen.form.restore({"ending": "not_paid", "ending_reason": "tidak ada struk"})
        screen.quiet()
        screen._check()
        assert "lalu petugas kedua" in words(pilot)
        await press(pilot, "f10")
        await press(pilot, *"hendra", "enter", *"223606", "f10")
        assert "Ditolak" in words(pilot)
        await press(pilot, "f8")
        assert "LUNAS" in words(pilot)
    assert len(edc.charged) == 1


async def test_an_unplugged_terminal_is_said_and_the_state_receipt_goes_on(office: Office, case_id: int) -> None:
    edc = Edc(office)
    edc.tell(plug=False)
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        await press(pilot, "f8")
        assert "EDC tidak siap" in words(pilot)
        slip = given_payment().state_receipt
        assert slip is not None
        screen.form.restore({"method": "state_receipt", "paid_on": f"{slip.paid_on:%d-%m-%Y}"})
        screen.form.go_to("pasted")
        pasted = f"Kode Billing {slip.billing_code} NTB {slip.bank_ref} NTPN {slip.ntpn}"
        screen.form.restore({"pasted": pasted})
        screen.changed("pasted")
        await settle(pilot)
        assert screen.form.values().text("ntpn") == slip.ntpn
        await press(pilot, "f10")
        assert "Terima bukti setor ini" in words(pilot)
        assert step_of(office, case_id) == "payment"
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, WorkListScreen)
    assert step_of(office, case_id) == "biometrics"


async def test_a_scanned_state_receipt_fills_its_fields(office: Office, case_id: int) -> None:
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        assert screen.on_scan("820220922465628 NTPN 2A8F4C11D0E93B75")
        await settle(pilot)
        assert screen.form.values().text("method") == Method.STATE_RECEIPT
        assert screen.form.values().text("billing_code") == "820220922465628"
        assert not screen.on_scan("nothing of ours")


async def test_wrong_numbers_are_refused_at_their_fields_and_nothing_typed_is_lost(
    office: Office, case_id: int
) -> None:
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        typed = {"method": "state_receipt", "billing_code": "123", "bank_ref": "1", "paid_on": "01-01-2026"}
        screen.form.restore(typed)
        await press(pilot, "f10", "f10")
        shown = words(pilot)
        assert "Kode billing harus 15 angka" in shown
        assert "NTB atau NTP harus 6 sampai 20" in shown
        assert screen.form.snapshot()["billing_code"] == "123"
        assert step_of(office, case_id) == "payment"


async def test_f8_says_why_a_state_receipt_is_not_charged(office: Office, case_id: int) -> None:
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        screen.form.restore({"method": "state_receipt"})
        await press(pilot, "f8")
        assert "cara bayar ini tidak memakai EDC" in words(pilot)


async def test_an_old_amount_is_given_back_by_two_before_the_new_one_is_charged(office: Office, case_id: int) -> None:
    edc = Edc(office)
    async with at_work(office, "ratna") as pilot:
        await at_payment(pilot, case_id)
        await press(pilot, "f8")
        await press(pilot, "f10")
        with office.store.writing():
            Case.update(step="scanning", attempt=2, version=Case.version + 1).where(Case.id == case_id).execute()
        skip(office, case_id, "scanning")
        pretend(office, case_id, "approval", produced_approval(bill_of(1_000_000, 60)))
        screen = await at_payment(pilot, case_id)
        assert "Tagihan sekarang lain" in words(pilot)
        await press(pilot, "f10")
        assert "Rp" in words(pilot)
        assert step_of(office, case_id) == "payment"
        screen.form.restore({"reverse": "yes", "reverse_reason": "lama izin diubah"})
        await press(pilot, "f10")
        await press(pilot, *"hendra", "enter", *"223606", "f10")
        assert "sudah dikembalikan" in words(pilot)
        await press(pilot, "f8")
        assert "LUNAS Rp1.000.000" in words(pilot)
        await press(pilot, "f10")
    assert [entry["amount"] for entry in edc.charged] == [1_000_000]
    assert step_of(office, case_id) == "biometrics"


async def test_a_paid_charge_is_taken_back_at_its_own_screen(office: Office, case_id: int) -> None:
    edc = Edc(office)
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        await press(pilot, "f8")
        screen.form.restore({"reverse": "yes", "reverse_reason": "pemohon memilih tunai"})
        await press(pilot, "f10")
        await press(pilot, *"hendra", "enter", *"223606", "f10")
        assert "sudah dikembalikan" in words(pilot)
        assert edc.charged == []
        await press(pilot, "f8")
        await press(pilot, "f10")
    assert len(edc.charged) == 1
    assert step_of(office, case_id) == "biometrics"


async def test_a_billing_code_is_recorded_replaced_and_stands_in_the_treasurers_list(
    office: Office, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = f"{clock.office_day(clock.now()):%Y%m%d}"
    async with at_work(office, "ratna") as pilot:
        screen = await at_payment(pilot, case_id)
        for number in ("000001", "000002"):
            screen.form.restore({"method": "state_receipt", "record": "yes", "new_code": f"8{today}{number}"})
            await press(pilot, "f10")
            await press(pilot, "f10")
            assert f"Kode billing 8{today}{number} dicatat" in words(pilot)
        assert f"8{today}000001 Rp500.000 diganti kode lain" in words(pilot)
        screen.form.restore({"record": "yes", "new_code": "820200101000001"})
        await press(pilot, "f10")
        assert "periksa sekali lagi" in words(pilot)
        await press(pilot, "escape")
        await press(pilot, "f2")
        await press(pilot, "f7")
        await press(pilot, "f4")
        assert isinstance(pilot.app.screen, BooksScreen)
        await press(pilot, "f7")
        assert isinstance(pilot.app.screen, BillingCodesScreen)
        assert f"8{today}000002" in words(pilot)
        assert f"8{today}000001" not in words(pilot)
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=8))
        await press(pilot, "f5")
        assert "KEDALUWARSA" in words(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, PaymentScreen)


# what it looks like


@pytest.fixture
def still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


def unknown_payment(office: Office, case_id: int, officer: int) -> None:
    with office.store.writing():
        Payment.create(
            case=case_id,
            key=secrets.token_hex(8),
            reference="7K3MRE000001",
            method=Method.EDC_CARD,
            amount=500_000,
            state=State.UNKNOWN,
            charge=to_json(bill_of()),
            officer=officer,
            terminal=office.terminal,
            device="loket-1/payment",
            created_at=clock.now(),
            reason="no_answer",
        )


@pytest.mark.parametrize("language", list(Language))
def test_a_terminal_without_a_key_says_it_before_any_money(still: Office, language: Language) -> None:
    desks = Desks(still)
    prepared = desks["ratna"].steps["payment"].prepare(case_at_payment(still, desks))
    words = Words(language)
    assert words.say("payment.no_key") not in state_text(words, prepared, amount_changed=False)
    said = state_text(words, replace(prepared, no_key=True), amount_changed=False)
    assert words.say("payment.no_key") in said
    assert "kiosk key new" in said


@pytest.mark.parametrize("language", list(Language))
async def test_the_screen_as_it_looks(still: Office, language: Language) -> None:
    case_id = case_at_payment(still, Desks(still), charges=bill_of(overstay=2))
    async with at_work(still, "ratna", language=language) as pilot:
        screen = await at_payment(pilot, case_id)
        check(pilot.app, f"payment-{language}-office")
        screen.form.restore({"method": "state_receipt"})
        screen.form.go_to("billing_code")
        await settle(pilot)
        check(pilot.app, f"payment_state_receipt-{language}-office")


@pytest.mark.parametrize("language", list(Language))
async def test_an_unknown_outcome_as_it_looks(still: Office, language: Language) -> None:
    desks = Desks(still)
    case_id = case_at_payment(still, desks)
    unknown_payment(still, case_id, desks["ratna"].officer.id)
    async with at_work(still, "ratna", language=language) as pilot:
        await at_payment(pilot, case_id)
        check(pilot.app, f"payment_unknown-{language}-office")
