"""P1: whatever breaks wherever, the office believes what the terminal did, or it still asks; never two charges."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.money import cashier
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.settings import Settings
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.kiosk.money.test_payment_life import Till, another_passport, witness_of

EVERY = [
    ("request", "lose"),
    ("request", "nak"),
    ("ack", "lose"),
    ("ack", "garble"),
    ("ack", "duplicate"),
    ("ack", "junk"),
    ("before_charge", "lose"),
    ("after_charge", "lose"),
    ("answer", "lose"),
    ("answer", "garble"),
    ("answer", "cut"),
    ("answer", "junk"),
    ("answer", "duplicate"),
    ("answer", "nak"),
    ("answer", "late"),
    ("answer", "wrong_amount"),
    ("answer", "wrong_type"),
    ("answer_ack", "lose"),
]
OFTEN = [("ack", "lose"), ("answer", "lose"), ("answer", "garble"), ("answer", "duplicate")]
WISHES = ("approve", "decline", "cancel")


def cells() -> list[tuple[str, str, str, int]]:
    """Every fault with an approved card, some of them with a refused one, once and for good."""
    once = [(place, how, "approve", 1) for place, how in EVERY]
    always = [(place, how, wish, 9) for place, how in OFTEN for wish in WISHES]
    return once + always


def run(office: Office, desks: Desks, edc: Edc, cell: tuple[str, str, str, int]) -> tuple[PaymentView, bool]:
    """One charge under a fault, asked about once if it stayed open: the payment, and whether it was really charged."""
    place, how, wish, times = cell
    till = Till(office, desks, passport=another_passport())
    edc.tell(next=wish)
    edc.breaks(place, how, times)
    answer: Any = till.charge(Method.EDC_CARD)
    edc.tell(breaks="clear")
    edc.tell(release=True)
    assert isinstance(answer, PaymentView), (cell, answer)
    if answer.state.open:
        answer = till.desk.payments.ask(answer.id)
    assert isinstance(answer, PaymentView), (cell, answer)
    charged = [entry for entry in edc.charged if entry["reference"] == answer.reference]
    assert len(charged) <= 1, cell
    if answer.state.open:
        state = State.APPROVED if charged else State.DECLINED
        slip = {"approval_code": charged[0]["approval"], "invoice_no": charged[0]["invoice"]} if charged else {}
        told = Told(state, "dicocokkan dengan struk", **slip)
        assert isinstance(till.desk.payments.decide_together(answer.id, told, witness_of(till.desk)), PaymentView), cell
    return answer, bool(charged)


@pytest.fixture
def edc_office(settings: Settings) -> Iterator[Office]:
    """A terminal that is not waited for long: which cells stay open may differ, what is believed may not."""
    office = open_with_terminal(settings, card=0.3, inquiry=0.4, ack=0.2)
    yield office
    office.close()


def test_p1_no_fault_makes_the_office_believe_what_the_terminal_did_not_do(
    edc_office: Office, edc_desks: Desks, edc: Edc, record_property: Any
) -> None:
    decided = still_open = 0
    wrong: list[tuple[Any, State, bool]] = []
    for cell in cells():
        payment, charged = run(edc_office, edc_desks, edc, cell)
        if payment.state.open:
            still_open += 1
            continue
        decided += 1
        if payment.state.paid != charged:
            wrong.append((cell, payment.state, charged))
    record_property("p1", f"{decided} decided as the terminal did, {still_open} stayed open, {len(wrong)} wrong")
    assert wrong == []
    assert decided > still_open


def test_p1_sees_a_driver_that_takes_silence_for_a_refusal(
    edc_office: Office, edc_desks: Desks, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: an unanswered sale counts as declined. The same cells must find it."""
    told_by = cashier.told_by

    def hasty(outcome: Any, payment: PaymentView) -> Told:
        told = told_by(outcome, payment)
        return replace(told, state=State.DECLINED) if told.state is State.UNKNOWN else told

    monkeypatch.setattr(cashier, "told_by", hasty)
    payment, charged = run(edc_office, edc_desks, edc, ("answer", "lose", "approve", 9))
    assert charged
    assert payment.state is State.DECLINED
