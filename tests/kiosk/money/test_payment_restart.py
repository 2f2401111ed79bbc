"""A power cut between a sale and its answer, and the payment terminal carried to another counter."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Payment
from hardware.registry import Simulator, start_simulator
from kiosk import clock
from kiosk.cases.load import case_file
from kiosk.founding import add_terminal
from kiosk.money import payments
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from tests.builders import case_at_payment
from tests.conftest import Desks
from tests.kiosk.money.conftest import open_with_terminal
from tests.kiosk.money.test_payment_rules import raw_payment

CHILD = """
import sys
from kiosk.money.methods import Method
from kiosk.settings import load
from pathlib import Path
from tests.kiosk.money.conftest import open_with_terminal
from tests.kiosk.money.test_payment_rules import raw_payment
office = open_with_terminal(load(Path(sys.argv[1])), port=sys.argv[2], echo_on_open=False, ack=5.0, card=5.0)
desk = office.sign_in("ratna", "264575")
claim = desk.claim(int(sys.argv[3]))
desk.payments.charge(int(sys.argv[3]), Method.EDC_CARD, key="before-the-cut", claim=claim)
"""


@pytest.fixture
def terminal() -> Iterator[Simulator]:
    """A payment terminal that outlives the program that speaks to it."""
    simulator = start_simulator("payment", {"polls": 1})
    yield simulator
    simulator.stop()


def killed_while(settings: Settings, terminal: Simulator, case_id: int, state: str) -> None:
    """Charge in another process and kill it as soon as the payment is in `state`."""
    config = Path(settings.folder) / "kiosk.toml"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(config), terminal.path, str(case_id)])
    with Office.open(settings, devices=False) as watching:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with watching.store.reading():
                row = Payment.get_or_none(Payment.key == "before-the-cut")
            if row is not None and row.state == state:
                break
            time.sleep(0.005)
        else:
            pytest.fail(f"the payment never was {state}")
    child.send_signal(signal.SIGKILL)
    child.wait(5)
    terminal.control({"seconds": 0})
    end = time.monotonic() + 5
    while time.monotonic() < end and terminal.control({"line": True})["busy"]:
        time.sleep(0.01)


@pytest.mark.long
@pytest.mark.parametrize("cut_at", ["sent", "acked"])
def test_a_sale_cut_off_by_a_crash_is_unknown_at_the_start_and_found_by_asking(
    settings: Settings, terminal: Simulator, cut_at: str
) -> None:
    with Office.open(settings, devices=False) as office:
        case_id = case_at_payment(office, Desks(office))
    terminal.control({"seconds": 1.5})
    if cut_at == "sent":
        terminal.control({"break": "ack", "how": "lose", "times": 1})
    killed_while(settings, terminal, case_id, cut_at)
    office = open_with_terminal(settings, port=terminal.path)
    try:
        ratna = Desks(office)["ratna"]
        (unknown,) = ratna.payments.undecided()
        assert unknown.state is State.UNKNOWN
        found = ratna.payments.ask(unknown.id)
        assert isinstance(found, PaymentView)
        assert found.state is State.APPROVED
        truth = terminal.control({"transactions": True})["transactions"]
        assert [(entry["reference"], entry["invoice"]) for entry in truth] == [(found.reference, found.invoice_no)]
    finally:
        office.close()


def test_the_terminal_carried_to_another_counter_answers_there(settings: Settings, terminal: Simulator) -> None:
    first = open_with_terminal(settings, port=terminal.path)
    desks = Desks(first)
    case_id = case_at_payment(first, desks)
    add_terminal(first.store, settings, "loket-2", now=clock.now(), approved_by="test")
    terminal.control({"break": "answer", "how": "lose", "times": 9})
    ratna = desks["ratna"]
    claim = ratna.claim(case_id)
    assert not isinstance(claim, Refused)
    unknown = ratna.payments.charge(case_id, Method.EDC_CARD, key="k", claim=claim)
    assert isinstance(unknown, PaymentView)
    assert unknown.state is State.UNKNOWN
    ratna.release(case_id)
    first.close()
    terminal.control({"breaks": "clear"})
    second = open_with_terminal(settings, terminal="loket-2", port=terminal.path)
    try:
        there = Desks(second)["ratna"]
        begun = time.monotonic()
        (waiting,) = there.payments.of_case(case_id)
        found = there.payments.ask(waiting.id)
        assert time.monotonic() - begun < 5.0
        assert isinstance(found, PaymentView)
        assert found.state is State.APPROVED
    finally:
        second.close()


def test_another_counters_terminal_does_not_answer_for_it(settings: Settings, terminal: Simulator) -> None:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        case_id, ratna = case_at_payment(office, desks), desks["ratna"]
        add_terminal(office.store, settings, "loket-2", now=clock.now(), approved_by="test")
        with office.store.writing():
            raw = raw_payment(case_id, ratna, State.UNKNOWN)
            Payment.update(device_terminal="OTHER001").where(Payment.id == raw.id).execute()
    second = open_with_terminal(settings, terminal="loket-2", port=terminal.path)
    try:
        answer = Desks(second)["ratna"].payments.ask(raw.id)
        assert isinstance(answer, Refused)
        assert answer.first.code is Code.TERMINAL_OTHER
    finally:
        second.close()


def test_an_intent_that_was_never_sent_is_cancelled_at_the_start(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        case_id, look = case_at_payment(office, desks), desks["ratna"].look()
        with office.store.writing():
            case = case_file(case_id, office.kit.procedures)
            assert case is not None
            due = payments.bill(case)
            assert due is not None
            made = payments.intend(look, case, due, Method.EDC_CARD, key="k", device="loket-1/payment")
            assert isinstance(made, PaymentView)
        office.cashier.start()
        (after,) = desks["ratna"].payments.of_case(case_id)
        assert (after.state, after.reason) == (State.CANCELLED, "never_sent")
