"""P2, P4, P5: no answer, key or counter ever pays the wrong case or pays one twice; with the mutants that would."""

import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hardware.device import DeviceState
from hardware.payment.memory import Memory
from kiosk import clock
from kiosk.devices import Devices
from kiosk.founding import add_terminal
from kiosk.money import payments
from kiosk.money.cashier import Cashier
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.office import Office, _kit
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings
from tests.conftest import Desks
from tests.kiosk.money.conftest import SHORT, Edc, open_with_terminal
from tests.kiosk.money.test_payment_life import Till, another_passport, audited, in_state, paid, wait_for, witness_of


def given_up_by_two(till: Till, edc: Edc) -> PaymentView:
    """A sale whose answer is still on its way, and two people who have said that it was not paid."""
    edc.tell(hold=True)
    edc.breaks("answer", "late")
    unknown = in_state(till.charge(), State.UNKNOWN)
    told = Told(State.DECLINED, "struk tidak keluar")
    return in_state(till.desk.payments.decide_together(unknown.id, told, witness_of(till.desk)), State.DECLINED)


def next_sale(office: Office, desks: Desks, edc: Edc, wish: str) -> tuple[Any, list[dict[str, Any]]]:
    """The next case's sale of the same amount, the old answer arriving in the middle of it: its outcome, the truth."""
    other = Till(office, desks, passport=another_passport())
    edc.tell(seconds=0.25)
    edc.tell(next=wish)
    answers: list[Any] = []
    charging = threading.Thread(target=lambda: answers.append(other.charge()))
    charging.start()
    assert wait_for(lambda: edc.tell(line=True)["busy"])
    edc.tell(release=True)
    charging.join()
    edc.tell(seconds=0)
    (answer,) = answers
    if isinstance(answer, PaymentView) and answer.state.open:
        answer = other.desk.payments.ask(answer.id)
    assert isinstance(answer, PaymentView), answer
    return answer, [entry for entry in edc.charged if entry["reference"] == answer.reference]


def is_wrong(answer: PaymentView, truth: list[dict[str, Any]]) -> bool:
    if answer.state.open:
        return False
    return answer.state.paid != bool(truth) or (bool(truth) and answer.invoice_no != truth[0]["invoice"])


@pytest.mark.parametrize(("first", "second"), [("approve", "decline"), ("decline", "approve"), ("approve", "approve")])
def test_p2_a_late_answer_of_a_sale_that_people_ended_is_never_the_next_cases(
    edc_office: Office, edc_desks: Desks, edc: Edc, first: str, second: str
) -> None:
    till = Till(edc_office, edc_desks)
    edc.tell(next=first)
    given_up_by_two(till, edc)
    answer, truth = next_sale(edc_office, edc_desks, edc, second)
    assert not is_wrong(answer, truth), (answer, truth)


def test_p2_sees_a_driver_that_forgets_what_people_ended(
    edc_office: Office, edc_desks: Desks, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: once two people have ended a sale, the driver knows nothing of it any more."""

    def forget(memory: Memory, reference: str, _: object) -> None:
        memory.owed = [sale for sale in memory.owed if sale.reference != reference]

    monkeypatch.setattr(Memory, "resolved", forget)
    monkeypatch.setattr(Memory, "saw", lambda *_: None)
    given_up_by_two(Till(edc_office, edc_desks), edc)
    answer, truth = next_sale(edc_office, edc_desks, edc, "decline")
    assert is_wrong(answer, truth)


def test_p3_an_echo_of_another_amount_or_payment_is_unknown_and_stands_in_the_audit(
    edc_office: Office, edc_desks: Desks, edc: Edc
) -> None:
    edc.breaks("answer", "wrong_amount")
    in_state(Till(edc_office, edc_desks).charge(), State.UNKNOWN)
    assert "payment_echo_differs" in audited(edc_office)


def test_p4_a_key_used_for_another_case_charges_nothing(edc_office: Office, edc_desks: Desks, edc: Edc) -> None:
    first = Till(edc_office, edc_desks)
    paid(first.charge(key="one-key"))
    second = Till(edc_office, edc_desks, passport=another_passport())
    answer = second.charge(key="one-key")
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.CASE_MOVED_ON
    assert edc.attempts == 1


@pytest.fixture
def edc_office(settings: Settings) -> Iterator[Office]:
    """A terminal that is not waited for long."""
    office = open_with_terminal(settings, card=0.5, inquiry=0.4, ack=0.3)
    yield office
    office.close()


@pytest.fixture
def second_counter(edc_office: Office, settings: Settings) -> Iterator[Office]:
    """Another counter with a payment terminal of its own, on the same database."""
    add_terminal(edc_office.store, settings, "loket-2", now=clock.now(), approved_by="uji")
    device = DeviceSettings("bca", "simulated:polls=1", SHORT)
    other = msgspec.structs.replace(settings, terminal="loket-2", devices={"payment": device})
    devices = Devices()
    devices.open(other)
    assert devices.get("payment").wait_ready(5.0).state is DeviceState.READY  # type: ignore[union-attr]
    yield Office(other, edc_office.store, _kit(other, edc_office.store), devices)
    devices.close()


def test_p4_two_counters_charge_one_case_once(
    edc_office: Office, edc_desks: Desks, edc: Edc, second_counter: Office
) -> None:
    """The same case at two counters, each with a terminal of its own: one charges, the other is refused."""
    till, there = Till(edc_office, edc_desks), Desks(second_counter)["ratna"]
    edc.tell(seconds=0.2)
    answers: list[Any] = []
    charging = threading.Thread(target=lambda: answers.append(till.charge()))
    charging.start()
    assert wait_for(lambda: edc.tell(line=True)["busy"])
    for claim in (till.claim, None, there.claim(till.case_id)):
        given = None if isinstance(claim, Refused) else claim
        answers.append(there.payments.charge(till.case_id, Method.EDC_CARD, key=secrets.token_hex(8), claim=given))
    charging.join()
    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"PaymentView": 1, "Refused": 3}
    assert len(edc.charged) + len(Edc(second_counter).charged) == 1


def test_p4_sees_a_cashier_that_does_not_look_for_a_payment_under_way(
    edc_office: Office, edc_desks: Desks, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: nobody looks whether the case is paid. The database still refuses the second charge, and says so."""
    till = Till(edc_office, edc_desks)
    paid(till.charge())
    monkeypatch.setattr(Cashier, "_free", lambda *_: None)
    assert isinstance(till.charge(), Refused)
    assert edc.attempts == 1


def test_p5_another_tills_last_result_does_not_pay_this_case(edc_office: Office, edc_desks: Desks, edc: Edc) -> None:
    """The terminal's last transaction is somebody else's, of the same amount and minute, and taken by another case."""
    first = paid(Till(edc_office, edc_desks).charge())
    second = Till(edc_office, edc_desks, passport=another_passport())
    edc.breaks("before_charge", "lose")
    unknown = in_state(second.charge(), State.UNKNOWN)
    answer = second.desk.payments.ask(unknown.id)
    assert isinstance(answer, PaymentView)
    assert not answer.state.paid
    assert len(edc.charged) == 1
    with edc_office.store.reading():
        assert (first.invoice_no, first.rrn) in payments.taken_slips(answer)


def test_p5_sees_a_match_that_takes_what_belongs_to_another(
    edc_office: Office, edc_desks: Desks, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: slips of other payments are not set aside."""
    paid(Till(edc_office, edc_desks).charge())
    second = Till(edc_office, edc_desks, passport=another_passport())
    edc.breaks("before_charge", "lose")
    unknown = in_state(second.charge(), State.UNKNOWN)
    monkeypatch.setattr(payments, "taken_slips", lambda _: frozenset())
    answer = second.desk.payments.ask(unknown.id)
    assert isinstance(answer, PaymentView)
    assert answer.state.paid
    assert len(edc.charged) == 1


def test_p5_holds_for_a_terminal_that_never_said_its_number(settings: Settings) -> None:
    """Without an echo test the sale's row has no terminal number; the slip of the case before is taken all the same."""
    with open_with_terminal(settings, card=0.4, inquiry=0.4, echo_on_open=False) as office:
        desks, edc = Desks(office), Edc(office)
        paid(Till(office, desks).charge())
        second = Till(office, desks, passport=another_passport())
        edc.breaks("before_charge", "lose")
        unknown = in_state(second.charge(), State.UNKNOWN)
        assert unknown.device_terminal == ""
        answer = second.desk.payments.ask(unknown.id)
        assert isinstance(answer, PaymentView)
        assert not answer.state.paid
