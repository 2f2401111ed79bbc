"""What a cashier and a treasurer get from a payment terminal, through real bytes on a real pty."""

import os
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hardware.device import CancelToken, DeviceError, DeviceState, FaultCode
from hardware.options import OptionError
from hardware.payment.driver import bca_terminal
from hardware.payment.matching import Sought, Verdict, match_transaction
from hardware.payment.terminal import LateAnswer, Method, Reason, SaleOutcome, SaleState, Stage
from hardware.registry import start_simulator

AMOUNT = 500_000
FAST = {"ack": 0.15, "gap": 0.04, "echo": 0.3, "card": 0.5}


def test_a_card_sale_is_approved_and_says_everything_a_receipt_needs(edc: Any) -> None:
    outcome = edc.sale("ITK26A00001")
    [charged] = edc.charged("ITK26A00001")
    assert outcome.state is SaleState.APPROVED
    assert outcome.reason is None
    assert (outcome.amount, outcome.reference, outcome.response_code) == (AMOUNT, "ITK26A00001", "00")
    assert outcome.approval_code == charged["approval"]
    assert int(outcome.rrn) == int(charged["rrn"])
    assert (outcome.invoice_no, outcome.batch_no) == (charged["invoice"], charged["batch"])
    assert outcome.masked_pan == "************3367"
    assert (outcome.terminal_id, outcome.merchant_id) == ("SIMTID01", "000885000224162")
    assert outcome.device_time is not None
    assert abs(outcome.device_time - datetime.now(UTC)) < timedelta(seconds=10)
    assert [stage for stage, _ in edc.stages] == [Stage.SENT, Stage.ACKED]
    assert b"SANTOSO" not in outcome.raw_masked


@pytest.mark.parametrize(
    ("order", "state", "code"),
    [
        ("decline", SaleState.DECLINED, "05"),
        ("51", SaleState.DECLINED, "51"),
        ("card_error", SaleState.DECLINED, "P2"),
        ("cancel", SaleState.CANCELLED, "P3"),
        ("unsure", SaleState.UNKNOWN, "TO"),
    ],
)
def test_a_card_that_is_not_charged(edc: Any, order: str, state: SaleState, code: str) -> None:
    edc.order(next=order)
    outcome = edc.sale("R1")
    assert (outcome.state, outcome.response_code) == (state, code)
    assert edc.charged("R1") == []


def test_a_qris_payment_is_pending_until_the_customer_has_paid(edc: Any) -> None:
    edc.order(polls=3)
    outcome = edc.sale("Q1", method=Method.QRIS)
    assert outcome.state is SaleState.APPROVED
    assert [stage for stage, _ in edc.stages] == [Stage.SENT, Stage.ACKED, Stage.PENDING]
    assert edc.stages[-1][1].rrn == outcome.rrn != ""
    assert len(edc.charged("Q1")) == 1


def test_an_expired_qris_code_is_declined(edc: Any) -> None:
    edc.order(next="expire")
    outcome = edc.sale("Q1", method=Method.QRIS)
    assert (outcome.state, outcome.reason) == (SaleState.DECLINED, Reason.EXPIRED)
    assert edc.charged("Q1") == []


def test_a_customer_who_does_not_pay_leaves_the_payment_pending_and_it_can_be_asked_for_later(hasty: Any) -> None:
    hasty.order(polls=10_000)
    outcome = hasty.sale("Q1", method=Method.QRIS)
    assert (outcome.state, outcome.reason) == (SaleState.PENDING, Reason.AWAITING_CUSTOMER)
    assert hasty.device.submit(lambda t, _: t.inquire(AMOUNT, "Q1", outcome.rrn)).result(5).state is SaleState.PENDING
    hasty.order(pay=outcome.rrn)
    later = hasty.device.submit(lambda t, _: t.inquire(AMOUNT, "Q1", outcome.rrn)).result(5)
    assert later.state is SaleState.APPROVED
    assert len(hasty.charged("Q1")) == 1


def test_waiting_for_a_qris_payment_can_be_cancelled_and_stays_pending(edc: Any) -> None:
    edc.order(polls=10_000)
    cancel = CancelToken()

    def stage(reached: Stage, _: SaleOutcome) -> None:
        if reached is Stage.PENDING:
            cancel.cancel()

    future = edc.device.submit(
        lambda t, context: t.sale(AMOUNT, Method.QRIS, "Q1", stage, lambda: context.cancel.is_cancelled), cancel=cancel
    )
    outcome = future.result(5)
    assert (outcome.state, outcome.reason) == (SaleState.PENDING, Reason.WAIT_CANCELLED)


def test_a_caller_that_can_not_persist_stops_the_sale_before_the_first_byte(edc: Any) -> None:
    before = edc.order(line=True)["requests"]

    def disk_full(stage: Stage, _: SaleOutcome) -> None:
        raise DeviceError(FaultCode.STOPPED, "not persisted")

    with pytest.raises(DeviceError):
        edc.device.submit(lambda t, _: t.sale(AMOUNT, Method.CARD, "R1", disk_full)).result(5)
    assert edc.order(line=True)["requests"] == before
    assert edc.charged("R1") == []


def test_a_caller_that_fails_after_the_first_byte_still_gets_the_outcome(edc: Any) -> None:
    def fails_later(stage: Stage, _: SaleOutcome) -> None:
        if stage is not Stage.SENT:
            raise OSError("disk full")

    outcome = edc.device.submit(lambda t, _: t.sale(AMOUNT, Method.CARD, "R1", fails_later)).result(5)
    assert outcome.state is SaleState.APPROVED


@pytest.mark.parametrize(
    ("amount", "reference"), [(0, "R"), (-5, "R"), (10**10, "R"), (1, ""), (1, "A" * 13), (1, "A\x1b")]
)
def test_impossible_amounts_and_references_are_refused_unsent(edc: Any, amount: int, reference: str) -> None:
    with pytest.raises(DeviceError):
        edc.sale(reference, amount)
    assert edc.order(attempts=True)["attempts"] == []


def test_a_sale_is_voided_by_its_invoice_number(edc: Any) -> None:
    sale = edc.sale("R1")
    outcome = edc.device.submit(lambda t, _: t.void(AMOUNT, "R1V", sale.invoice_no, edc.heard)).result(5)
    assert (outcome.state, outcome.invoice_no) == (SaleState.APPROVED, sale.invoice_no)
    assert edc.charged("R1") == []


def test_voiding_what_does_not_exist_is_declined(edc: Any) -> None:
    outcome = edc.device.submit(lambda t, _: t.void(AMOUNT, "R1V", "000999", edc.heard)).result(5)
    assert outcome.state is SaleState.DECLINED


def test_the_settlement_has_the_terminals_own_total(edc: Any) -> None:
    edc.sale("R1", 500_000)
    edc.sale("R2", 1_500_000)
    outcome = edc.device.submit(lambda t, _: t.settle()).result(5)
    assert (outcome.settled, outcome.total, outcome.batch_no) == (True, 2_000_000, "000001")
    assert edc.order(settlements=True)["settlements"] == [{"batch": "000001", "count": 2, "total": 2_000_000}]


def test_the_device_lists_its_transactions(edc: Any) -> None:
    for number in range(5):
        edc.sale(f"R{number}", 100_000 + number)
    whole = edc.device.submit(lambda t, _: t.history(whole=True)).result(5)
    last = edc.device.submit(lambda t, _: t.history(whole=False)).result(5)
    assert whole.complete
    assert [record.amount for record in whole.records] == [100_000 + number for number in range(5)]
    assert [record.amount for record in last.records] == [100_004]


def test_a_list_without_an_end_mark_is_complete_only_with_the_devices_last_transaction(edc: Any) -> None:
    for number in range(3):
        edc.sale(f"R{number}")
    edc.order(end_mark=False)
    whole = edc.device.submit(lambda t, _: t.history(whole=True)).result(5)
    assert (len(whole.records), whole.complete) == (3, True)


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("entry", [1, 2])
def test_a_list_that_breaks_off_is_not_complete(edc: Any, entry: int, marked: bool) -> None:
    for number in range(3):
        edc.sale(f"R{number}")
    edc.order(end_mark=marked)
    edc.order(**{"break": "answer", "how": "lose", "skip": entry})
    broken = edc.device.submit(lambda t, _: t.history(whole=True)).result(5)
    assert (len(broken.records), broken.complete, broken.reason) == (entry, False, Reason.NO_ANSWER)


def test_the_device_knows_its_terminal_number(edc: Any) -> None:
    assert edc.device.terminal_id == "SIMTID01"


def test_an_empty_batch_is_a_complete_empty_list(edc: Any) -> None:
    assert edc.device.submit(lambda t, _: t.history(whole=True)).result(5).records == ()


def test_a_lost_reply_is_unknown_and_the_devices_own_list_finds_the_charge(hasty: Any) -> None:
    hasty.sale("R0")
    hasty.order(**{"break": "answer", "how": "lose"})
    sent_at = datetime.now(UTC)
    outcome = hasty.sale("R1")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.NO_ANSWER)
    [charged] = hasty.charged("R1")
    history = hasty.device.submit(lambda t, _: t.history(whole=True)).result(5)
    taken = {(record.invoice_no, record.rrn) for record in history.records[:1]}
    match = match_transaction(Sought(AMOUNT, Method.CARD, sent_at, taken=taken), history.records)
    assert match.verdict is Verdict.MATCHED
    assert match.record is not None
    assert match.record.invoice_no == charged["invoice"]


def test_a_late_answer_reaches_its_subscriber_with_the_sales_reference(hasty: Any) -> None:
    hasty.order(**{"break": "answer", "how": "late"})
    assert hasty.sale("R1").state is SaleState.UNKNOWN
    hasty.order(release=True)
    hasty.wait_for(lambda: bool(hasty.late))
    [late] = hasty.late
    assert (late.reference, late.outcome.state) == ("R1", SaleState.APPROVED)
    assert late.outcome.invoice_no == hasty.charged("R1")[0]["invoice"]


@pytest.mark.parametrize("second", ["approve", "decline", "cancel"])
@pytest.mark.parametrize("amount", [AMOUNT, 350_000])
def test_a_late_answer_during_the_next_sale_is_never_taken_for_it(hasty: Any, second: str, amount: int) -> None:
    hasty.order(**{"break": "answer", "how": "late"})
    assert hasty.sale("FIRST").state is SaleState.UNKNOWN
    hasty.order(next=second)
    outcome = hasty.sale("SECOND", amount)
    states = {"approve": SaleState.APPROVED, "decline": SaleState.DECLINED, "cancel": SaleState.CANCELLED}
    assert outcome.state is states[second]
    if second == "approve":
        assert outcome.invoice_no == hasty.charged("SECOND")[0]["invoice"]
    hasty.wait_for(lambda: bool(hasty.late))
    assert [(late.reference, late.outcome.state) for late in hasty.late] == [("FIRST", SaleState.APPROVED)]


@pytest.mark.parametrize("second", ["approve", "decline", "cancel"])
def test_an_answer_that_comes_again_during_the_next_sale_is_dropped(edc: Any, second: str) -> None:
    edc.order(**{"break": "answer", "how": "replay"})
    first = edc.sale("FIRST")
    edc.order(next=second)
    outcome = edc.sale("SECOND")
    states = {"approve": SaleState.APPROVED, "decline": SaleState.DECLINED, "cancel": SaleState.CANCELLED}
    assert (first.state, outcome.state) == (SaleState.APPROVED, states[second])
    assert outcome.invoice_no != first.invoice_no
    assert edc.late == []


def test_when_only_one_of_two_possible_answers_comes_nobody_guesses(hasty: Any) -> None:
    hasty.order(**{"break": "answer", "how": "lose"})
    assert hasty.sale("FIRST").state is SaleState.UNKNOWN
    outcome = hasty.sale("SECOND")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.AMBIGUOUS)
    hasty.wait_for(lambda: bool(hasty.late))
    assert hasty.late[0].reference == ""


def test_once_the_office_has_settled_the_first_sale_the_next_is_believed(hasty: Any) -> None:
    hasty.order(**{"break": "answer", "how": "late"})
    hasty.sale("FIRST")
    record = hasty.device.submit(lambda t, _: t.history(whole=False)).result(5).records[0]
    hasty.device.submit(lambda t, _: t.resolved("FIRST", record)).result(5)
    outcome = hasty.sale("SECOND")
    assert outcome.state is SaleState.APPROVED
    assert outcome.invoice_no == hasty.charged("SECOND")[0]["invoice"]


def test_a_restart_remembers_the_unknown_sale(hasty: Any) -> None:
    hasty.device.remember(AMOUNT, Method.CARD, "BEFORE")
    outcome = hasty.sale("AFTER")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.AMBIGUOUS)


def test_a_refusal_that_equals_the_last_one_is_believed_once_the_device_has_no_charge(edc: Any) -> None:
    edc.order(next="card_error")
    edc.sale("FIRST")
    edc.order(next="card_error")
    started = time.monotonic()
    assert edc.sale("SECOND").state is SaleState.DECLINED
    assert time.monotonic() - started >= 0.1, "an identical answer is held back for a moment"


@pytest.mark.parametrize("second", ["approve", "decline", "card_error"])
def test_an_old_refusal_that_comes_again_is_not_the_next_sales_however_long_that_takes(
    new_bench: Any, second: str
) -> None:
    with new_bench(ack=0.3) as edc:
        edc.order(**{"break": "answer", "how": "replay"})
        edc.order(next="card_error")
        assert edc.sale("FIRST").state is SaleState.DECLINED
        edc.order(seconds=0.5)
        edc.order(next=second)
        outcome = edc.sale("SECOND")
        assert outcome.state is (SaleState.APPROVED if second == "approve" else SaleState.DECLINED)
        assert len(edc.charged("SECOND")) == (second == "approve")


def test_an_old_refusal_and_a_lost_approval_are_unknown(edc: Any) -> None:
    edc.order(**{"break": "answer", "how": "replay"})
    edc.order(next="card_error")
    edc.sale("FIRST")
    edc.order(**{"break": "answer", "how": "lose"})
    outcome = edc.sale("SECOND")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.AMBIGUOUS)
    assert len(edc.charged("SECOND")) == 1


def test_a_wrong_amount_in_the_answer_is_unknown_with_a_reason(edc: Any) -> None:
    edc.order(**{"break": "answer", "how": "wrong_amount"})
    outcome = edc.sale("R1")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.AMOUNT_MISMATCH)
    assert outcome.amount == AMOUNT


def test_a_wrong_type_in_the_answer_is_unknown_with_a_reason(hasty: Any) -> None:
    hasty.order(**{"break": "answer", "how": "wrong_type"})
    outcome = hasty.sale("R1")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.TYPE_MISMATCH)


def test_a_garbled_answer_is_asked_for_again(edc: Any) -> None:
    edc.order(**{"break": "answer", "how": "garble", "times": 2})
    assert edc.sale("R1").state is SaleState.APPROVED
    assert edc.order(line=True)["naks"] == 2
    assert len(edc.charged("R1")) == 1


def test_a_line_that_refuses_every_frame_is_unknown_after_three_repetitions(edc: Any) -> None:
    before = edc.order(line=True)["requests"]
    edc.order(**{"break": "request", "how": "nak", "times": 99})
    outcome = edc.sale("R1")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.NOT_TAKEN)
    assert edc.order(line=True)["requests"] - before == 4


def test_without_an_ack_the_sale_is_unknown_and_not_sent_again(hasty: Any) -> None:
    before = hasty.order(line=True)["requests"]
    hasty.order(**{"break": "request", "how": "lose"})
    outcome = hasty.sale("R1")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.NO_ACK)
    assert hasty.order(line=True)["requests"] - before == 1


def test_unplugged_in_a_sale_is_unknown_and_the_device_comes_back(edc: Any) -> None:
    edc.order(**{"break": "after_charge", "how": "die"})
    outcome = edc.sale("R1")
    assert (outcome.state, outcome.reason) == (SaleState.UNKNOWN, Reason.PORT_LOST)
    assert len(edc.charged("R1")) == 1
    edc.order(plug=True)
    edc.device.retry_now()
    edc.wait_for(lambda: edc.device.status.state is DeviceState.READY)
    history = edc.device.submit(lambda t, _: t.history(whole=False)).result(5)
    assert history.records[0].invoice_no == edc.charged("R1")[0]["invoice"]


def replug(edc: Any, times: int) -> None:
    for _ in range(times):
        edc.order(plug=False)
        edc.wait_for(lambda: edc.device.status.state is DeviceState.ABSENT)
        edc.order(plug=True)
        edc.device.retry_now()
        edc.wait_for(lambda: edc.device.status.state is DeviceState.READY)


def test_replugging_leaks_nothing(edc: Any) -> None:
    replug(edc, 1)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    replug(edc, 8)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


@pytest.mark.long
def test_replugging_two_hundred_times_leaks_nothing(edc: Any) -> None:
    replug(edc, 1)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    replug(edc, 200)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
    assert edc.sale().state is SaleState.APPROVED
    print("V3 payment: 200 replugs, no descriptor or thread leaked")


def test_a_slow_line_carries_the_same_sale() -> None:
    simulator = start_simulator("payment", {"baud": 9600})
    device = bca_terminal(simulator.path, {"duplicate_hold": 0.1})
    device.start()
    assert device.wait_ready(10).state is DeviceState.READY
    started = time.monotonic()
    outcome = device.submit(lambda t, _: t.sale(AMOUNT, Method.CARD, "R1", lambda *_: None)).result(10)
    elapsed = time.monotonic() - started
    device.stop()
    simulator.stop()
    assert outcome.state is SaleState.APPROVED
    assert 0.3 < elapsed < 5, "155 bytes there and 206 back take 0.38 s at 9600 baud"


def test_a_listener_for_late_answers_that_fails_does_not_harm_the_next_sale(hasty: Any) -> None:
    def broken(_: LateAnswer) -> None:
        raise OSError("disk full")

    hasty.device.on_late_answer(broken)
    hasty.order(**{"break": "answer", "how": "late"})
    hasty.sale("FIRST", 100_000)
    assert hasty.sale("SECOND", 200_000).state is SaleState.APPROVED


@pytest.mark.parametrize("fault", ["drop", "duplicate", "garble", "half", "silence", "junk"])
def test_a_bad_line_never_charges_twice(hasty: Any, fault: str) -> None:
    hasty.order(fault=fault, count=2)
    outcome = hasty.sale("R1")
    charged = hasty.charged("R1")
    assert len(charged) <= 1
    assert outcome.state in (SaleState.APPROVED, SaleState.UNKNOWN)


def test_bytes_that_dribble_in_are_one_answer(edc: Any) -> None:
    edc.order(fault="dribble", seconds=0.001, count=2)
    assert edc.sale("R1").state is SaleState.APPROVED


def test_a_dead_terminal_fails_to_identify_itself() -> None:
    simulator = start_simulator("payment", {})
    simulator.control({"break": "request", "how": "lose", "times": 99})
    device = bca_terminal(simulator.path, FAST)
    device.start()
    status = device.wait_ready(5)
    device.stop()
    simulator.stop()
    assert (status.state, status.code) == (DeviceState.FAILED, FaultCode.NO_ANSWER)


def test_a_terminal_on_the_local_network_is_spoken_to_the_same_way() -> None:
    simulator = start_simulator("payment", {})
    with TcpBridge(simulator.path) as url:
        device = bca_terminal(url, FAST)
        device.start()
        assert device.wait_ready(5).state is DeviceState.READY
        outcome = device.submit(lambda t, _: t.sale(AMOUNT, Method.CARD, "R1", lambda *_: None)).result(5)
        device.stop()
    simulator.stop()
    assert outcome.state is SaleState.APPROVED


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="vesion"):
        bca_terminal("/dev/null", {"vesion": 2})


class TcpBridge:
    """A terminal server: one TCP client at a time on a tty."""

    def __init__(self, path: str) -> None:
        import serial

        self._line = serial.Serial(path, timeout=0.02)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._ended = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> str:
        self._threads.append(threading.Thread(target=self._serve, daemon=True))
        self._threads[0].start()
        return f"socket://127.0.0.1:{self._server.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._server.close()
        for thread in self._threads:
            thread.join(2)
        self._line.close()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        connection.settimeout(0.005)
        with connection:
            while not self._ended:
                if data := self._line.read(self._line.in_waiting):
                    connection.sendall(data)
                try:
                    if data := connection.recv(512):
                        self._line.write(data)
                    else:
                        return
                except TimeoutError:
                    continue
