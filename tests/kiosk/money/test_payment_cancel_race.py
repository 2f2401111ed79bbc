"""P7: a cancellation that races with the customer. The end is what the terminal says, never what was asked for."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hardware.acts import CancelToken
from hardware.payment.terminal import Reason
from kiosk.money import cashier
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.kiosk.money.test_payment_life import Till, another_passport, witness_of


@pytest.fixture
def edc_office(settings: Settings) -> Iterator[Office]:
    office = open_with_terminal(settings, qris_poll=0.01, qris_wait=2.0)
    yield office
    office.close()


def race(office: Office, desks: Desks, edc: Edc, chance: random.Random) -> tuple[State, State, bool]:
    """One payment that is cancelled somewhere between its first byte and its last: its state when the wait ended, its
    last state, and whether the terminal charged."""
    till = Till(office, desks, passport=another_passport())
    method = chance.choice((Method.EDC_QRIS, Method.EDC_QRIS, Method.EDC_CARD))
    edc.tell(polls=chance.randrange(4))
    edc.tell(seconds=chance.choice((0, 0.01, 0.03)))
    edc.tell(next=chance.choice(("approve", "approve", "decline", "cancel", "expire")))
    cancel = CancelToken()
    stop = threading.Timer(chance.uniform(0.0, 0.15), cancel.cancel)
    stop.start()
    answer: Any = till.desk.payments.charge(
        till.case_id, method, key=f"{till.case_id}", claim=till.claim, cancel=cancel
    )
    stop.join()
    edc.tell(seconds=0)
    if isinstance(answer, Refused):  # cancelled before the first byte
        assert answer.first.code is Code.TERMINAL_SALE_NOT_SENT
        (answer,) = till.desk.payments.of_case(till.case_id)
    at_once = answer.state
    customer = chance.random() < 0.5
    if answer.state.open and customer:
        edc.tell(pay="")
    for _ in range(10):
        if answer.state.open:
            found = till.desk.payments.ask(answer.id)
            assert isinstance(found, PaymentView), found
            answer = found
    charged = [entry for entry in edc.charged if entry["reference"] == answer.reference]
    assert len(charged) <= 1
    if answer.state.open:  # the terminal itself does not say: two people look at it, and the next case goes on
        told = Told(State.APPROVED if charged else State.DECLINED, "dilihat di EDC", **_slip(charged))
        ended = till.desk.payments.decide_together(answer.id, told, witness_of(till.desk))
        assert isinstance(ended, PaymentView), ended
        return at_once, State.UNKNOWN, bool(charged)
    return at_once, answer.state, bool(charged)


def _slip(charged: list[dict[str, Any]]) -> dict[str, str]:
    return {"approval_code": charged[0]["approval"], "invoice_no": charged[0]["invoice"]} if charged else {}


def races(office: Office, desks: Desks, edc: Edc, count: int, seed: int) -> tuple[Counter[State], list[Any]]:
    """So many interleavings: how the waits ended, and the ones that ended as something the terminal did not do."""
    chance = random.Random(seed)
    waits: Counter[State] = Counter()
    unsaid = 0
    wrong = []
    for _ in range(count):
        at_once, end, charged = race(office, desks, edc, chance)
        waits[at_once] += 1
        unsaid += end is State.UNKNOWN
        if (
            (end is not State.UNKNOWN and end.paid != charged)
            or (at_once.paid and not charged)
            or (at_once.final and charged)
        ):
            wrong.append((at_once, end, charged))
    assert unsaid <= count // 50, "what the terminal does not say is rare"
    return waits, wrong


def test_p7_a_cancelled_wait_ends_as_the_terminal_says(edc_office: Office, edc_desks: Desks, edc: Edc) -> None:
    _, wrong = races(edc_office, edc_desks, edc, 5, seed=7)
    assert wrong == []


@pytest.mark.long
def test_p7_a_thousand_cancellations_while_approving(edc_office: Office, edc_desks: Desks, edc: Edc) -> None:
    waits, wrong = races(edc_office, edc_desks, edc, 1_000, seed=1_000)
    print(f"P7: 1000 interleavings of cancelling and approving, waits ended {dict(waits)}, {len(wrong)} wrong")
    assert wrong == []
    assert waits[State.PENDING] >= 100, "the cancellation came in time often enough"


def test_p7_sees_a_cashier_that_takes_a_request_for_a_result(
    edc_office: Office, edc_desks: Desks, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: whoever stops waiting has cancelled the payment."""
    told_by = cashier.told_by

    def obedient(outcome: Any, payment: PaymentView) -> Told:
        told = told_by(outcome, payment)
        return replace(told, state=State.CANCELLED) if outcome.reason is Reason.WAIT_CANCELLED else told

    monkeypatch.setattr(cashier, "told_by", obedient)
    till, cancel = Till(edc_office, edc_desks), CancelToken()
    edc.tell(polls=1_000)
    threading.Timer(0.1, cancel.cancel).start()
    answer = till.desk.payments.charge(till.case_id, Method.EDC_QRIS, key="k", claim=till.claim, cancel=cancel)
    edc.tell(pay="")
    assert isinstance(answer, PaymentView)
    assert answer.state.final
    assert len(edc.charged) == 1, "believed to be cancelled, and charged"
