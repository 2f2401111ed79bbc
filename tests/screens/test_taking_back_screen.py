"""Taking a payment back through the keys: a reason, a second person, reversing lines; and what is refused, and when."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from db.tables import Ledger, Payment, Receipt
from kiosk import clock
from kiosk.demo.officers import OFFICERS
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.words import Language
from screens.taking_back import TakingBackScreen
from screens.widgets.dialogs import SecondPerson
from tests.builders import case_at_payment, completed, given_payment
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.screens import counter
from tests.screens.counter import at_work, press
from tests.screens.snapshot import check, text

WHY = "pemohon batal berangkat"


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    opened = open_with_terminal(settings)
    yield opened
    opened.close()


def words(pilot: Pilot[Any]) -> str:
    return " ".join(text(pilot.app).split())


def pin_of(login: str) -> str:
    return next(person.pin for person in OFFICERS if person.login == login)


def charged(office: Office) -> PaymentView:
    desks = Desks(office)
    case_id, desk = case_at_payment(office, desks), desks["ratna"]
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused)
    done = desk.payments.charge(case_id, Method.EDC_CARD, key="k", claim=claim)
    assert isinstance(done, PaymentView)
    return done


async def at_payments(pilot: Pilot[Any]) -> None:
    await press(pilot, "f7")
    await press(pilot, "f7")
    assert isinstance(pilot.app.screen, TakingBackScreen)


async def signed(pilot: Pilot[Any], login: str) -> None:
    assert isinstance(pilot.app.screen, SecondPerson), words(pilot)
    await press(pilot, *login, "enter")
    await press(pilot, *pin_of(login), "f10")


def balance(office: Office) -> int:
    with office.store.reading():
        return sum(line.amount for line in Ledger.select())


async def test_two_people_take_a_card_payment_back_at_the_terminal(office: Office) -> None:
    payment = charged(office)
    async with at_work(office, "ratna") as pilot:
        await at_payments(pilot)
        assert payment.reference in words(pilot)
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        await signed(pilot, "hendra")
        assert "Rp500.000 dibatalkan" in words(pilot)
        assert "Tidak ada pembayaran yang dapat dibatalkan" in words(pilot)
    assert Edc(office).charged == []
    with office.store.reading():
        assert Payment.get_by_id(payment.id).state == State.REVERSED
        assert [(line.kind, line.amount) for line in Ledger.select().order_by(Ledger.id)] == [
            ("receipt", 500_000),
            ("reversal", -500_000),
        ]


async def test_a_terminal_that_refuses_leaves_the_payment_as_it_is(office: Office) -> None:
    payment = charged(office)
    Edc(office).tell(next="decline")
    async with at_work(office, "ratna") as pilot:
        await at_payments(pilot)
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        await signed(pilot, "hendra")
        assert "[reversal_refused]" in words(pilot)
        assert payment.reference in words(pilot)
    assert balance(office) == 500_000


@pytest.fixture
def still(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    counter.stop_the_clock(monkeypatch)
    monkeypatch.setattr("kiosk.money.payments.secrets.choice", lambda letters: "7")
    opened = counter.found(tmp_path / "office")
    desks = Desks(opened)
    completed(desks["ratna"], case_at_payment(opened, desks), "payment", given_payment())
    yield opened
    opened.close()


async def test_what_is_past_payment_is_refused_before_anybody_is_called(still: Office) -> None:
    async with at_work(still, "ratna") as pilot:
        await at_payments(pilot)
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        assert isinstance(pilot.app.screen, TakingBackScreen)
        assert "[reversal_not_now]" in words(pilot)
    assert balance(still) == 500_000


async def test_a_withdrawn_case_is_given_its_money_back_and_its_claim_is_void(still: Office) -> None:
    from kiosk.cases.model import Act

    with still.store.reading():
        case_id = Payment.get().case_id
    assert not isinstance(Desks(still)["agus"].act(case_id, Act.WITHDRAW, key="w", reason=WHY), Refused)
    async with at_work(still, "ratna") as pilot:
        await at_payments(pilot)
        await press(pilot, "enter")
        await press(pilot, *"xx", "f10")
        assert "[reason_needed]" in words(pilot)
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        await press(pilot, "escape")
        assert balance(still) == 500_000
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        await press(pilot, *"ratna", "enter")
        await press(pilot, *pin_of("ratna"), "f10")
        assert isinstance(pilot.app.screen, SecondPerson)
        await press(pilot, "escape")
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        await signed(pilot, "hendra")
        assert "dibatalkan; baris balik" in words(pilot)
    assert balance(still) == 0
    with still.store.reading():
        assert Receipt.get(Receipt.type == 2).voided_at is not None


async def test_another_terminals_payment_of_today_is_found_and_recorded_as_voided_there(office: Office) -> None:
    payment = charged(office)
    with office.store.writing():
        Payment.update(terminal="loket-9", device="loket-9/payment", device_terminal="TID9").execute()
    async with at_work(office, "ratna") as pilot:
        await at_payments(pilot)
        assert f"{payment.reference} Kartu" in words(pilot)
        assert "loket-9" in words(pilot)
        await press(pilot, "enter")
        await press(pilot, *WHY, "f10")
        await signed(pilot, "hendra")
        assert "Rp500.000 dibatalkan" in words(pilot)
    assert len(Edc(office).charged) == 1, "nothing was asked of the terminal here"
    assert balance(office) == 0


async def test_yesterdays_payment_of_another_terminal_is_not_shown(still: Office) -> None:
    with still.store.writing():
        Payment.update(terminal="loket-9").execute()
    desk = Desks(still)["ratna"]
    assert len(desk.payments.paid_recently()) == 1
    with still.store.writing():
        Payment.update(decided_at=clock.now() - timedelta(days=1)).execute()
    assert desk.payments.paid_recently() == ()


@pytest.mark.parametrize("language", list(Language))
async def test_the_screen_as_it_looks(still: Office, language: Language) -> None:
    async with at_work(still, "ratna", language=language) as pilot:
        await at_payments(pilot)
        check(pilot.app, f"taking_back-{language}-office")
