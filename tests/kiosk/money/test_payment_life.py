"""The life of a payment through the real driver and the simulated terminal: what the device says is what is so."""

import secrets
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from db.tables import AuditEvent, Ledger, Payment, PaymentEvent
from kiosk.cases.model import Claim
from kiosk.desk import Desk
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refused
from kiosk.steps.payment import Given, Produced
from tests.builders import an_applicant, case_at_payment
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc


class Till:
    """The treasurer with one case open before them."""

    def __init__(self, office: Office, desks: Desks, **changes: Any) -> None:
        self.case_id = case_at_payment(office, desks, **changes)
        self.desk: Desk = desks["ratna"]
        claim = self.desk.claim(self.case_id)
        assert isinstance(claim, Claim)
        self.claim = claim

    def charge(self, method: Method = Method.EDC_CARD, key: str = "") -> PaymentView | Refused:
        return self.desk.payments.charge(
            self.case_id, method, key=key or secrets.token_hex(8), claim=self.claim, report=lambda _: None
        )

    def complete(self, payment: PaymentView) -> Any:
        return self.desk.steps["payment"].complete(
            self.case_id, Given(payment_id=payment.id), key=secrets.token_hex(8), claim=self.claim
        )


@pytest.fixture
def till(edc_office: Office, edc_desks: Desks) -> Till:
    return Till(edc_office, edc_desks)


def paid(answer: PaymentView | Refused) -> PaymentView:
    assert isinstance(answer, PaymentView), answer
    assert answer.state is State.APPROVED, answer
    return answer


def in_state(answer: PaymentView | Refused, state: State) -> PaymentView:
    assert isinstance(answer, PaymentView), answer
    assert answer.state is state, answer
    return answer


def code_of(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def states_of(office: Office, payment: PaymentView) -> list[str]:
    with office.store.reading():
        query = PaymentEvent.select().where(PaymentEvent.payment == payment.id).order_by(PaymentEvent.id)
        return [event.state for event in query]


def test_an_approved_card_is_paid_entered_and_completes_the_step(edc_office: Office, till: Till, edc: Edc) -> None:
    payment = paid(till.charge())
    assert states_of(edc_office, payment) == ["intent", "sent", "acked", "approved"]
    (truth,) = edc.charged
    assert (truth["amount"], truth["reference"]) == (500_000, payment.reference)
    assert (payment.approval_code, payment.invoice_no) == (truth["approval"], truth["invoice"])
    assert payment.masked_pan.endswith("3367")
    with edc_office.store.reading():
        assert [line.amount for line in Ledger.select()] == [500_000]
        row = Payment.get_by_id(payment.id)
        assert "5371760012343367" not in row.answer + row.masked_pan
    produced = till.complete(payment)
    assert isinstance(produced, Produced)
    assert produced.method == Method.EDC_CARD


def test_declined_then_qris_paid(edc_office: Office, till: Till, edc: Edc) -> None:
    edc.tell(next="decline")
    declined = in_state(till.charge(), State.DECLINED)
    assert declined.response_code == "05"
    assert edc.charged == []
    qris = paid(till.charge(Method.EDC_QRIS))
    assert states_of(edc_office, qris) == ["intent", "sent", "acked", "pending", "approved"]
    assert len(edc.charged) == 1
    assert isinstance(till.complete(qris), Produced)
    prepared = till.desk.payments.of_case(till.case_id)
    assert [payment.state for payment in prepared] == [State.DECLINED, State.APPROVED]


def test_cancelled_at_the_device_is_cancelled_and_may_be_tried_again(till: Till, edc: Edc) -> None:
    edc.tell(next="cancel")
    in_state(till.charge(), State.CANCELLED)
    paid(till.charge())
    assert len(edc.charged) == 1


def test_a_qris_that_expires_is_declined(till: Till, edc: Edc) -> None:
    edc.tell(next="expire")
    assert in_state(till.charge(Method.EDC_QRIS), State.DECLINED).reason == "expired"


def test_a_qris_nobody_pays_stays_pending_blocks_and_is_found_paid_later(
    edc_office: Office, edc_desks: Desks, till: Till, edc: Edc
) -> None:
    edc.tell(polls=1_000)
    pending = in_state(till.charge(Method.EDC_QRIS), State.PENDING)
    assert code_of(till.complete(pending)) is Code.PAYMENT_PENDING
    assert code_of(till.charge()) is Code.PAYMENT_PENDING
    in_state(till.desk.payments.ask(pending.id), State.PENDING)
    edc.tell(pay="")
    paid(till.desk.payments.ask(pending.id))
    assert len(edc.charged) == 1


@pytest.mark.parametrize(
    ("place", "how"),
    [("answer", "lose"), ("answer", "garble"), ("answer", "cut"), ("after_charge", "lose")],
)
def test_a_lost_answer_is_unknown_and_the_device_says_later_that_it_was_paid(
    edc_office: Office, till: Till, edc: Edc, place: str, how: str
) -> None:
    edc.breaks(place, how, times=9)
    unknown = in_state(till.charge(), State.UNKNOWN)
    assert code_of(till.complete(unknown)) is Code.PAYMENT_PENDING
    assert code_of(till.charge()) is Code.PAYMENT_PENDING
    edc.tell(breaks="clear")
    payment = paid(till.desk.payments.ask(unknown.id))
    assert payment.invoice_no == edc.charged[0]["invoice"]
    assert len(edc.charged) == edc.attempts == 1
    assert isinstance(till.complete(payment), Produced)
    assert code_of(till.desk.payments.ask(9_999)) is Code.PAYMENT_NOT_FOUND
    assert till.desk.payments.ask(payment.id) == payment


def test_absence_from_the_devices_list_is_an_answer_only_if_the_list_reaches_back(
    edc_office: Office, edc_desks: Desks, till: Till, edc: Edc
) -> None:
    edc.breaks("before_charge", "lose")
    unknown = in_state(till.charge(), State.UNKNOWN)
    still = in_state(till.desk.payments.ask(unknown.id), State.UNKNOWN)
    assert still.state is State.UNKNOWN
    assert edc.charged == []
    witness = witness_of(till.desk)
    ended = till.desk.payments.decide_together(unknown.id, Told(State.DECLINED, "tidak ada di EDC"), witness)
    in_state(ended, State.DECLINED)
    paid(till.charge())
    other = Till(edc_office, edc_desks, passport=another_passport())
    edc.breaks("before_charge", "lose")
    second = in_state(other.charge(), State.UNKNOWN)
    assert in_state(other.desk.payments.ask(second.id), State.DECLINED).reason == "not_in_device_list"


def another_passport() -> Any:
    from dataclasses import replace

    return replace(an_applicant().passport, number=f"5{secrets.randbelow(10**8):08d}")


def witness_of(desk: Desk) -> Witness:
    witness = desk.witness("hendra", "223606")
    assert isinstance(witness, Witness)
    return witness


def test_a_wrong_amount_in_the_answer_is_unknown(till: Till, edc: Edc) -> None:
    edc.breaks("answer", "wrong_amount")
    unknown = in_state(till.charge(), State.UNKNOWN)
    assert unknown.reason == "amount_mismatch"
    assert unknown.approval_code == ""


def test_an_unknown_payment_blocks_the_device_for_every_other_case(
    edc_office: Office, edc_desks: Desks, till: Till, edc: Edc
) -> None:
    other = Till(edc_office, edc_desks, passport=another_passport())
    till = Till(edc_office, edc_desks, passport=another_passport())
    edc.breaks("answer", "lose", times=9)
    unknown = in_state(till.charge(), State.UNKNOWN)
    answer = other.charge()
    assert code_of(answer) is Code.TERMINAL_HAS_UNKNOWN
    assert isinstance(answer, Refused)
    case = till.desk.case(till.case_id)
    assert case is not None
    assert answer.first.details["application_no"] == case.application_no
    assert other.desk.steps["payment"].prepare(other.case_id).blocked_by == case.application_no
    assert code_of(other.desk.shifts.settle()) is Code.TERMINAL_HAS_UNKNOWN
    edc.tell(breaks="clear")
    paid(till.desk.payments.ask(unknown.id))
    paid(other.charge())
    assert len(edc.charged) == 2


def test_a_double_key_press_charges_once(till: Till, edc: Edc) -> None:
    edc.tell(seconds=0.3)
    answers: list[PaymentView | Refused] = []
    threads = [threading.Thread(target=lambda: answers.append(till.charge(key="same"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert edc.attempts == len(edc.charged) == 1
    ids = {answer.id for answer in answers if isinstance(answer, PaymentView)}
    assert len(ids) == 1
    paid(till.charge(key="same"))
    assert edc.attempts == 1


def test_two_different_keys_at_once_charge_once(till: Till, edc: Edc) -> None:
    edc.tell(seconds=0.3)
    answers: list[PaymentView | Refused] = []
    threads = [threading.Thread(target=lambda: answers.append(till.charge())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert edc.attempts == len(edc.charged) == 1
    refused = [answer.first.code for answer in answers if isinstance(answer, Refused)]
    assert set(refused) <= {Code.PAYMENT_PENDING, Code.PAYMENT_ALREADY_PAID}


def test_the_sale_is_on_disk_as_sent_before_the_first_byte_leaves(
    edc_office: Office, till: Till, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    port_write = type(edc_office.devices.get("payment")._link._port).write  # type: ignore[union-attr]

    def write(port: Any, data: bytes, *rest: Any) -> Any:
        if data[:1] == b"\x02":
            with edc_office.store.reading():
                seen.append(Payment.select().order_by(Payment.id.desc()).get().state)
        return port_write(port, data, *rest)

    monkeypatch.setattr(type(edc_office.devices.get("payment")._link._port), "write", write)  # type: ignore[union-attr]
    paid(till.charge())
    assert seen[0] == "sent"


def test_a_full_disk_at_sent_stops_the_sale_before_the_device_hears_of_it(
    edc_office: Office, till: Till, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.connection import StoreError, Trouble
    from kiosk.money import payments

    change = payments.change

    def full(payment: PaymentView, told: Told, **more: Any) -> bool:
        if told.state is State.SENT:
            raise StoreError(Trouble.DISK_FULL)
        return change(payment, told, **more)

    monkeypatch.setattr(payments, "change", full)
    assert code_of(till.charge()) is Code.DISK_FULL
    assert edc.attempts == 0
    monkeypatch.undo()
    paid(till.charge())


def test_an_answer_that_could_not_be_stored_is_stored_by_asking(
    edc_office: Office, till: Till, edc: Edc, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.connection import StoreError, Trouble
    from kiosk.money import payments

    change = payments.change

    def full(payment: PaymentView, told: Told, **more: Any) -> bool:
        if told.state is State.APPROVED:
            raise StoreError(Trouble.DISK_FULL)
        return change(payment, told, **more)

    monkeypatch.setattr(payments, "change", full)
    assert code_of(till.charge()) is Code.DISK_FULL
    monkeypatch.undo()
    (waiting,) = till.desk.payments.of_case(till.case_id)
    assert waiting.state is State.ACKED
    assert code_of(till.charge()) is Code.PAYMENT_PENDING
    paid(till.desk.payments.ask(waiting.id))
    assert edc.attempts == 1


def test_a_late_answer_decides_the_unknown_payment_by_itself(till: Till, edc: Edc) -> None:
    edc.breaks("answer", "late")
    unknown = in_state(till.charge(), State.UNKNOWN)
    edc.tell(release=True)
    assert wait_for(lambda: till.desk.payments.of_case(till.case_id)[0].state is State.APPROVED)
    assert isinstance(till.complete(unknown), Produced)


def test_a_late_answer_to_a_payment_two_people_ended_changes_nothing_and_is_kept(
    edc_office: Office, till: Till, edc: Edc
) -> None:
    edc.breaks("answer", "late")
    unknown = in_state(till.charge(), State.UNKNOWN)
    witness = witness_of(till.desk)
    ended = till.desk.payments.decide_together(unknown.id, Told(State.DECLINED, "struk tidak keluar"), witness)
    in_state(ended, State.DECLINED)
    edc.tell(release=True)
    # by then the device may or may not have been told that nobody waits for it any more
    assert wait_for(lambda: any(kept in audited(edc_office) for kept in ("payment_answer_unmatched", "late_answer")))
    assert till.desk.payments.of_case(till.case_id)[0].state is State.DECLINED


def audited(office: Office) -> str:
    with office.store.reading():
        return "".join(event.body for event in AuditEvent.select())


def wait_for(condition: Any, seconds: float = 5.0) -> bool:
    """True as soon as `condition` holds; another thread makes it so."""
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_two_people_end_an_unknown_payment_only_with_the_slips_data(till: Till, edc: Edc) -> None:
    edc.breaks("answer", "lose", times=9)
    unknown = in_state(till.charge(), State.UNKNOWN)
    decide, witness = till.desk.payments.decide_together, witness_of(till.desk)
    whole = Told(State.APPROVED, "struk pelanggan", approval_code="135007", invoice_no="000001")
    assert code_of(decide(unknown.id, Told(State.APPROVED, "struk pelanggan"), witness)) is Code.SLIP_INCOMPLETE
    assert code_of(decide(unknown.id, Told(State.APPROVED, "x", "", "1", "2"), witness)) is Code.REASON_NEEDED
    assert code_of(decide(unknown.id, whole, None)) is Code.SECOND_PERSON_NEEDED
    assert code_of(decide(unknown.id, Told(State.REVERSED, "struk pelanggan"), witness)) is Code.ACT_NOT_ALLOWED
    payment = paid(decide(unknown.id, whole, witness))
    assert code_of(decide(unknown.id, whole, witness)) is Code.PAYMENT_DECIDED
    assert isinstance(till.complete(payment), Produced)


def test_one_slip_is_not_good_for_two_payments(edc_office: Office, edc_desks: Desks, till: Till, edc: Edc) -> None:
    first = paid(till.charge())
    other = Till(edc_office, edc_desks, passport=another_passport())
    edc.breaks("before_charge", "lose")
    unknown = in_state(other.charge(), State.UNKNOWN)
    slip = Told(State.APPROVED, "struk pelanggan", approval_code=first.approval_code, invoice_no=first.invoice_no)
    assert code_of(other.desk.payments.decide_together(unknown.id, slip, witness_of(other.desk))) is Code.SLIP_USED


def test_the_last_result_of_another_case_is_never_taken_for_this_one(
    edc_office: Office, edc_desks: Desks, till: Till, edc: Edc
) -> None:
    paid(till.charge())
    other = Till(edc_office, edc_desks, passport=another_passport())
    edc.breaks("before_charge", "lose")
    unknown = in_state(other.charge(), State.UNKNOWN)
    answer = other.desk.payments.ask(unknown.id)
    assert isinstance(answer, PaymentView)
    assert answer.state is not State.APPROVED
    assert len(edc.charged) == 1


def test_an_unplugged_terminal_charges_nothing_and_says_so(edc_office: Office, till: Till, edc: Edc) -> None:
    edc.tell(plug=False)
    device = edc_office.devices.get("payment")
    assert device is not None
    assert wait_for(lambda: device.status.state.value != "ready")
    assert code_of(till.charge()) is Code.TERMINAL_NOT_READY
    assert till.desk.payments.of_case(till.case_id) == ()


def test_a_void_at_the_device_reverses_the_payment_and_its_entry(edc_office: Office, till: Till, edc: Edc) -> None:
    payment = paid(till.charge())
    edc.tell(next="decline")
    answer = till.desk.payments.void(payment.id, "pemohon batal", witness_of(till.desk))
    assert code_of(answer) is Code.REVERSAL_REFUSED
    assert len(edc.charged) == 1
    gone = till.desk.payments.void(payment.id, "pemohon batal", witness_of(till.desk))
    in_state(gone, State.REVERSED)
    assert edc.charged == []
    with edc_office.store.reading():
        assert sum(line.amount for line in Ledger.select()) == 0
    paid(till.charge())


def test_a_void_whose_answer_was_lost_is_found_in_the_devices_list(till: Till, edc: Edc) -> None:
    payment = paid(till.charge())
    edc.breaks("after_charge", "lose")
    # strikes the question before the void, then nothing
    gone = till.desk.payments.void(payment.id, "pemohon batal", witness_of(till.desk))
    in_state(gone, State.REVERSED)
    assert edc.charged == []


def test_a_void_of_which_nothing_was_heard_is_shown_blocks_the_settlement_and_is_found_by_asking(
    edc_office: Office, till: Till, edc: Edc
) -> None:
    payment = paid(till.charge())
    edc.breaks("answer", "lose", times=99)
    witness = witness_of(till.desk)
    assert code_of(till.desk.payments.void(payment.id, "pemohon batal", witness)) is Code.REVERSAL_UNKNOWN
    assert edc.charged == []
    assert [one.id for one in till.desk.payments.undecided()] == [payment.id]
    assert code_of(till.desk.shifts.settle()) is Code.TERMINAL_HAS_UNKNOWN
    edc.tell(breaks="clear")
    gone = in_state(till.desk.payments.ask(payment.id), State.REVERSED)
    assert gone.reason == "pemohon batal"
    assert till.desk.payments.undecided() == ()
    with edc_office.store.reading():
        event = PaymentEvent.select().order_by(PaymentEvent.id.desc()).get()
        assert event.witness_id == witness.person_id
        assert sum(line.amount for line in Ledger.select()) == 0


def test_a_void_that_was_begun_and_never_done_leaves_the_payment_as_it_is(till: Till, edc: Edc) -> None:
    payment = paid(till.charge())
    edc.tell(**{"break": "before_charge", "how": "lose", "times": 3})
    assert code_of(till.desk.payments.void(payment.id, "pemohon batal", witness_of(till.desk))) is Code.REVERSAL_UNKNOWN
    edc.tell(breaks="clear")
    assert in_state(till.desk.payments.ask(payment.id), State.APPROVED).id == payment.id
    assert till.desk.payments.undecided() == ()
    assert len(edc.charged) == 1


def test_the_shift_agrees_with_the_device_and_prints_its_report(edc_office: Office, till: Till, edc: Edc) -> None:
    from db.tables import PrintJob

    paid(till.charge())
    settled = till.desk.shifts.settle()
    assert not isinstance(settled, Refused)
    done = till.desk.shifts.close(counted=None)
    assert not isinstance(done, Refused)
    assert done.own_edc_total == done.edc_total == settled.own == settled.total == 500_000
    assert [(row.name, row.count, row.amount) for row in done.by_method] == [("edc_card", 1, 500_000)]
    assert [(row.name, row.days, row.basis, row.amount) for row in done.by_tariff] == [
        ("itk", 30, "PP 45/2024", 500_000)
    ]
    with edc_office.store.reading():
        assert PrintJob.select().where(PrintJob.paper == "ShiftReport").count() == 1
    assert code_of(till.desk.shifts.close(counted=None)) is Code.SHIFT_NOT_OPEN


def test_nobody_without_the_claim_or_the_duty_charges(edc_office: Office, edc_desks: Desks, till: Till) -> None:
    sri = edc_desks["sri"].payments
    assert code_of(sri.charge(till.case_id, Method.EDC_CARD, key="k")) is Code.NOT_YOUR_UNIT
    assert code_of(sri.ask(1)) is Code.NOT_YOUR_UNIT
    till.desk.release(till.case_id)
    assert code_of(till.charge()) is Code.CLAIM_LAPSED


@pytest.fixture(autouse=True)
def _no_thread_is_left(edc_office: Office) -> Iterator[None]:
    yield
    assert not edc_office.cashier._running
