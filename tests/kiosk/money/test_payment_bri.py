"""BRI's payment terminal behind the office: lost answers are found by its reprints (14, 15) and QRIS inquiry (05)."""

from collections.abc import Iterator

import pytest

from hardware.payment.terminal import Method as ChargedBy
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.settings import Settings
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.kiosk.money.test_payment_life import Till, another_passport, in_state, paid, witness_of


@pytest.fixture
def edc_office(settings: Settings) -> Iterator[Office]:
    office = open_with_terminal(settings, driver="bri", port="simulated:bank=bri,polls=1", card=0.4, inquiry=0.4)
    yield office
    office.close()


@pytest.fixture
def till(edc_office: Office, edc_desks: Desks) -> Till:
    return Till(edc_office, edc_desks)


def lost(till: Till, edc: Edc, place: str, method: Method = Method.EDC_CARD) -> PaymentView:
    edc.breaks(place, "lose", times=9)
    unknown = in_state(till.charge(method), State.UNKNOWN)
    edc.tell(breaks="clear")
    return unknown


def ended_by_two(till: Till, unknown: PaymentView) -> PaymentView:
    told = Told(State.DECLINED, "tidak ada struk di EDC")
    ended = till.desk.payments.decide_together(unknown.id, told, witness_of(till.desk))
    assert isinstance(ended, PaymentView)
    return ended


def test_a_lost_approval_is_found_by_reprinting_the_last(till: Till, edc: Edc) -> None:
    unknown = lost(till, edc, "answer")
    found = paid(till.desk.payments.ask(unknown.id))
    assert [entry["invoice"] for entry in edc.charged] == [found.invoice_no]
    assert edc.attempts == 1


def test_a_sale_that_never_was_is_declined_once_the_reprints_reach_an_older_one_of_ours(
    edc_office: Office, edc_desks: Desks, till: Till, edc: Edc
) -> None:
    unknown = lost(till, edc, "before_charge")
    in_state(till.desk.payments.ask(unknown.id), State.UNKNOWN)
    assert ended_by_two(till, unknown).state is State.DECLINED
    paid(till.charge())
    other = Till(edc_office, edc_desks, passport=another_passport())
    second = lost(other, edc, "before_charge")
    assert in_state(other.desk.payments.ask(second.id), State.DECLINED).reason == "not_in_device_list"
    assert len(edc.charged) == 1


def test_a_sale_before_another_is_found_by_its_trace(
    edc_office: Office, edc_desks: Desks, till: Till, edc: Edc
) -> None:
    paid(till.charge())
    other = Till(edc_office, edc_desks, passport=another_passport())
    unknown = lost(other, edc, "answer")
    device = edc_office.devices.get("payment")
    assert device is not None
    device.submit(lambda t, _: t.sale(250_000, ChargedBy.CARD, "ELSEWHERE", lambda *_: None)).result()
    found = paid(other.desk.payments.ask(unknown.id))
    assert found.invoice_no == edc.charged[1]["invoice"]


def test_a_qris_payment_is_asked_for_by_its_reference(till: Till, edc: Edc) -> None:
    edc.tell(polls=1_000)
    pending = in_state(till.charge(Method.EDC_QRIS), State.PENDING)
    in_state(till.desk.payments.ask(pending.id), State.PENDING)
    edc.tell(pay="")
    paid(till.desk.payments.ask(pending.id))
    assert len(edc.charged) == 1


def test_a_sale_is_voided_and_a_void_whose_answer_was_lost_is_found(till: Till, edc: Edc) -> None:
    payment = paid(till.charge())
    edc.tell(**{"break": "answer", "how": "lose", "times": 9, "skip": 1})
    gone = till.desk.payments.void(payment.id, "pemohon batal", witness_of(till.desk))
    edc.tell(breaks="clear")
    if not isinstance(gone, PaymentView):
        gone = till.desk.payments.void(payment.id, "pemohon batal", witness_of(till.desk))
    in_state(gone, State.REVERSED)
    assert edc.charged == []
