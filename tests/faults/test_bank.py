"""C3, the bank: shifts, payments, the terminal and the receipts come to the same sum, whatever dies or stumbles when.

And D2 for money: after a death at a random moment every unfinished payment is shown again, and ends as the terminal's
truth. The terminal is one simulator that outlives the officers' programs; its books are the truth.
"""

import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from db.tables import Case, Ledger, Payment, Receipt, Shift, StepRun
from hardware.registry import Simulator, start_simulator
from kiosk.money import cashier, payments, shifts
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.shifts import Settlement
from kiosk.money.states import PAID, UNANSWERED, State
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.receipts import contents
from kiosk.records import from_json
from kiosk.refusals import Refused
from kiosk.settings import DeviceSettings, Settings
from kiosk.steps.payment import Given
from tests import builders, databases
from tests.conftest import Desks
from tests.faults import killing
from tests.faults.killing import Child, Place
from tests.faults.thirteen import passport, with_devices
from tests.kiosk.money.conftest import SHORT

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="children open the office's own file")

QUICK = {**SHORT, "echo_on_open": False, "card": 0.5, "inquiry": 0.5}
FAULTS = [("answer", "lose"), ("answer", "garble"), ("answer", "late"), ("ack", "lose"), ("before_charge", "lose")]


@pytest.fixture
def terminal() -> Iterator[Simulator]:
    simulator = start_simulator("payment", {"polls": 1, "ack_wait": 0.1})
    yield simulator
    simulator.stop()


@dataclass(frozen=True, slots=True)
class Bank:
    """The office's settings with the terminal, and the cases that wait at the payment."""

    settings: Settings
    terminal: Simulator
    cases: tuple[int, ...]

    def truth(self) -> list[dict[str, Any]]:
        """What the terminal really took and did not give back."""
        booked = self.terminal.control({"transactions": True})["transactions"]
        return [entry for entry in booked if not entry["voided"]]

    def quiet(self) -> None:
        """Wait until the terminal has nothing under way and no fault is ordered."""
        self.terminal.control({"breaks": "clear"})
        self.terminal.control({"release": True})
        end = time.monotonic() + 10
        while self.terminal.control({"line": True})["busy"]:
            assert time.monotonic() < end
            time.sleep(0.01)


def a_bank(settings: Settings, terminal: Simulator, cases: int) -> Bank:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        made = tuple(
            builders.case_at_payment(office, desks, passport=passport(f"5400{number:05d}")) for number in range(cases)
        )
    device = DeviceSettings("bca", terminal.path, QUICK)
    return Bank(with_devices(settings, payment=device), terminal, made)


def opened(bank: Bank) -> Office:
    office = Office.open(bank.settings)
    device = office.devices.get("payment")
    assert device is not None
    device.wait_ready(10.0)
    return office


def serve(bank: Bank, child: Child, seed: int) -> None:
    """An officer's morning: charge, complete, now and then take back or settle, until death or the last case."""
    chance = random.Random(seed)
    with opened(bank) as office:
        desk = Desks(office)["ratna"]
        child.ack("begun 0")
        for case_id in waiting(office, bank.cases):
            claim = desk.claim(case_id)
            if isinstance(claim, Refused):
                continue
            method = chance.choice((Method.EDC_CARD, Method.EDC_QRIS))
            payment = desk.payments.charge(case_id, method, key=secrets.token_hex(8), claim=claim)
            if isinstance(payment, PaymentView) and payment.state.open:
                payment = desk.payments.ask(payment.id)
            if not isinstance(payment, PaymentView) or not payment.state.paid:
                continue
            child.ack(f"paid {payment.id}")
            if chance.random() < 0.15:
                witness = desk.witness("hendra", "223606")
                assert isinstance(witness, Witness)
                if isinstance(desk.payments.void(payment.id, "salah pemohon", witness), PaymentView):
                    child.ack(f"reversed {payment.id}")
                continue
            done = desk.steps["payment"].complete(case_id, Given(payment.id), key=secrets.token_hex(8), claim=claim)
            if not isinstance(done, Refused):
                child.ack(f"completed {case_id}")
            if chance.random() < 0.1:
                desk.shifts.settle()
                desk.shifts.close(counted=None)


def waiting(office: Office, cases: tuple[int, ...]) -> list[int]:
    with office.store.reading():
        open_now = Case.select(Case.id).where(Case.id.in_(cases) & (Case.step == "payment"))
        return [row.id for row in open_now.order_by(Case.id)]


def mend(bank: Bank, child: Child, truth: list[dict[str, Any]]) -> None:
    """After a death: what was left is shown, and asked for; what the terminal does not say is ended with its slip."""
    with opened(bank) as office:
        desk = Desks(office)["ratna"]
        with office.store.reading():
            left = [row.id for row in Payment.select().where(Payment.state.in_(sorted(UNANSWERED)))]
            left += [payment.id for payment in payments.begun_voids(office.terminal)]
            assert not Payment.select().where(Payment.state == State.INTENT).exists(), "an intent is never left"
        assert [payment.id for payment in desk.payments.undecided()] == left, "every unfinished payment is shown"
        child.ack(f"shown {len(left)}")
        for payment_id in left:
            found = desk.payments.ask(payment_id)
            assert isinstance(found, PaymentView), found
            if found.state.open:
                took = [entry for entry in truth if entry["reference"] == found.reference]
                slip = {"approval_code": took[0]["approval"], "invoice_no": took[0]["invoice"]} if took else {}
                told = Told(State.APPROVED if took else State.DECLINED, "dicocokkan dengan struk", **slip)
                witness = desk.witness("hendra", "223606")
                assert isinstance(witness, Witness)
                found = desk.payments.decide_together(payment_id, told, witness)
                assert isinstance(found, PaymentView), found


def one_life(bank: Bank, chance: random.Random, seed: int) -> tuple[bool, int, tuple[str, ...]]:
    """A child that stumbles and dies at a random moment, and the mending: died, what was shown, what it was told."""
    if chance.random() < 0.5:
        place, how = chance.choice(FAULTS)
        bank.terminal.control({"break": place, "how": how, "skip": chance.randrange(3)})
    bank.terminal.control({"seconds": chance.choice((0, 0, 0.03))})
    running = killing.start(lambda child: serve(bank, child, seed))
    running.first_word()
    time.sleep(chance.uniform(0.0, 0.8))
    if chance.random() < 0.3:
        running.stumble(chance.uniform(0.05, 0.7))
        time.sleep(chance.uniform(0.0, 0.3))
    death = running.end(kill=True)
    bank.quiet()
    truth = bank.truth()
    healed = killing.run(lambda child: mend(bank, child, truth))
    assert not healed.killed
    shown = next(int(ack.split()[1]) for ack in healed.acknowledged if ack.startswith("shown"))
    return death.killed, shown, death.acknowledged


def check_sums(bank: Bank, told: list[str]) -> dict[str, int]:
    """Everybody's sum of the same money; assert that they are one."""
    truth = bank.truth()
    with Office.open(bank.settings, devices=False) as office, office.store.reading():
        paid = list(Payment.select().where(Payment.state.in_(sorted(PAID))))
        sums = {
            "terminal": sum(entry["amount"] for entry in truth),
            "payments": sum(row.amount for row in paid),
            "ledger": sum(row.amount for row in Ledger.select()),
            "shifts": sum(shift_total(row) for row in Shift.select()),
        }
        assert {entry["reference"] for entry in truth} == {row.reference for row in paid}
        assert len(set(sums.values())) == 1, sums
        completed = {row.case_id for row in StepRun.select().where(StepRun.step == "payment")}
        claims = list(Receipt.select().where((Receipt.type == 2) & Receipt.voided_at.is_null()))
        assert {row.case_id for row in claims} == completed
        assert len(claims) == len(completed)
        totals = {row.case_id: from_json(contents.PaymentReceipt, row.content).total for row in claims}
        assert totals == {row.case_id: row.amount for row in paid if row.case_id in completed}
        states = {row.id: row.state for row in Payment.select()}
        for ack in told:
            what, number = ack.split()
            if what == "begun":
                continue
            if what == "completed":
                assert int(number) in completed, "acknowledged, and lost"
            else:
                assert states[int(number)] in (("reversed",) if what == "reversed" else (*PAID, "reversed"))
    return sums


def shift_total(row: Shift) -> int:
    summary = shifts.closed(row.id)
    return (shifts.summary(row.id) if summary is None else summary).total


def settle_up(bank: Bank, child: Child) -> None:
    """In a child: the last settlement agrees with our books of the same batch."""
    with opened(bank) as office:
        settled = Desks(office)["ratna"].shifts.settle()
        assert isinstance(settled, Settlement), settled
        child.ack(f"difference {settled.difference}")


def test_c3_the_bank_agrees_after_a_few_deaths(settings: Settings, terminal: Simulator) -> None:
    bank, chance = a_bank(settings, terminal, 8), random.Random(3)
    told: list[str] = []
    for seed in range(2):
        _, _, acks = one_life(bank, chance, seed)
        told += [ack for ack in acks if ack != "end"]
    check_sums(bank, told)


@pytest.mark.long
@pytest.mark.parametrize("round_", range(10))
def test_c3_and_d2_the_bank_agrees_whatever_dies_or_stumbles_when(
    settings: Settings, terminal: Simulator, round_: int
) -> None:
    bank, chance = a_bank(settings, terminal, 100), random.Random(100 + round_)
    told: list[str] = []
    deaths = shown = 0
    for seed in range(100):
        died, left, acks = one_life(bank, chance, seed)
        deaths, shown = deaths + died, shown + left
        told += [ack for ack in acks if ack != "end"]
        if seed % 25 == 24:
            check_sums(bank, told)
    settled = killing.run(lambda child: settle_up(bank, child))
    assert settled.acknowledged[0] == "difference 0"
    sums = check_sums(bank, told)
    print(
        f"C3/D2: {deaths} deaths, {len(told)} acknowledged and none lost, {shown} unfinished payments all shown again, "
        f"{sums['terminal']} rupiah by terminal, payments, ledger and shifts alike"
    )


def cut_after_the_answer(bank: Bank) -> None:
    """In a child: the terminal has answered, and the program dies before it could store that."""
    killing.before(cashier.Cashier, "_decide")
    with opened(bank) as office:
        desk = Desks(office)["ratna"]
        claim = desk.claim(bank.cases[0])
        assert not isinstance(claim, Refused)
        desk.payments.charge(bank.cases[0], Method.EDC_CARD, key="cut", claim=claim)


def test_c3_sees_a_restart_that_takes_what_it_does_not_know_for_nothing(
    settings: Settings, terminal: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: after a crash a sale without an answer counts as never made. The sums must betray it."""
    bank = a_bank(settings, terminal, 1)
    assert killing.run(lambda _: cut_after_the_answer(bank)).killed
    bank.quiet()
    monkeypatch.setattr(cashier, "_after_crash", lambda _: Told(State.DECLINED, "forgotten"))
    assert not killing.run(lambda child: mend(bank, child, bank.truth())).killed
    with pytest.raises(AssertionError):
        check_sums(bank, [])


def test_c3_sees_books_that_forget_a_reversal(
    settings: Settings, terminal: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: a payment is taken back without its reversing line."""
    bank = a_bank(settings, terminal, 1)

    def back(_: Child) -> None:
        monkeypatch.setattr(payments.ledger, "reverse", lambda *_, **__: None)
        with opened(bank) as office:
            desk = Desks(office)["ratna"]
            claim = desk.claim(bank.cases[0])
            assert not isinstance(claim, Refused)
            paid = desk.payments.charge(bank.cases[0], Method.EDC_CARD, key="k", claim=claim)
            witness = desk.witness("hendra", "223606")
            assert isinstance(paid, PaymentView)
            assert isinstance(witness, Witness)
            assert isinstance(desk.payments.void(paid.id, "salah pemohon", witness), PaymentView)

    assert not killing.run(back, place=Place.NOWHERE).killed
    with pytest.raises(AssertionError):
        check_sums(bank, [])
