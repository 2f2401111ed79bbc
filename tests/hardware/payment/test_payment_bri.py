"""BRI's link: published check bytes, its layout, and the same acts through the same interface."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.payment import ecr
from hardware.payment.bri import BriProfile, decode_response, encode_request
from hardware.payment.fields import FieldError
from hardware.payment.frames import Frame, FrameReader, encode, exclusive_or, with_stx_or_body_only
from hardware.payment.simulated_bank import Answer
from hardware.payment.simulated_bri import BriLayout
from hardware.payment.terminal import History, Method, Purpose, Reason, SaleState, TransactionRecord

APPROVED = BriLayout().write(Answer(b"\x01", 1, "00", 500_000, "000000000136", "135537", "000018", "000002", "*" * 16))


@pytest.mark.parametrize(
    ("kind", "amount", "lrc"),
    [(0x01, 500_000, 0x07), (0x04, 500_000, 0x02), (0x05, 0, 0x06), (0x14, 0, 0x17), (0x12, 0, 0x11), (0x11, 0, 0x12)],
)
def test_requests_have_the_published_check_bytes(kind: int, amount: int, lrc: int) -> None:
    frame = encode(encode_request(kind, amount), with_stx_or_body_only)
    assert (len(frame), frame[:3], frame[-1]) == (205, b"\x02\x02\x00", lrc)


@pytest.mark.parametrize("from_stx", [True, False])
def test_answers_are_read_with_either_check_byte(from_stx: bool) -> None:
    counted = b"\x03\x00" + APPROVED + b"\x03"
    lrc = exclusive_or(b"\x02" + counted) if from_stx else exclusive_or(counted[2:])
    assert FrameReader(300, with_stx_or_body_only).feed(b"\x02" + counted + bytes((lrc,))) == [Frame(APPROVED)]


def test_an_approval_is_understood_and_masked() -> None:
    leaky = APPROVED[:92] + b"5221840012343367   " + APPROVED[111:]
    reply = decode_response(leaky)
    assert (reply.kind, reply.amount, reply.response_code, reply.approval_code) == ("01", 500_000, "00", "135537")
    assert (reply.rrn, reply.invoice_no, reply.batch_no) == ("000000000136", "000018", "000002")
    assert reply.masked_pan == "************3367"
    assert "522184" not in repr(reply)
    assert "SANTOSO" not in repr(reply)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=300, max_size=300))
def test_random_bodies_are_decoded_or_refused(body: bytes) -> None:
    try:
        decode_response(body)
    except FieldError:
        return


@pytest.mark.parametrize(
    ("code", "text", "state"),
    [
        ("00", "", SaleState.APPROVED),
        ("05", "", SaleState.DECLINED),
        ("ER", "TRANSAKSI DIBATALKAN", SaleState.CANCELLED),
        ("ER", "SALDO TIDAK CUKUP", SaleState.DECLINED),
        ("ER", "", SaleState.UNKNOWN),
        ("ER", "CONNECTION TIMEOUT", SaleState.UNKNOWN),
    ],
)
def test_what_code_and_text_mean(code: str, text: str, state: SaleState) -> None:
    body = APPROVED[:159] + code.encode() + APPROVED[161:216] + text.encode().ljust(84)
    assert BriProfile().verdict(Purpose.SALE_CARD, decode_response(body))[0] is state


def test_card_qris_void_and_settlement_work_as_with_the_other_bank(new_bench: Any) -> None:
    with new_bench("bri") as edc:
        card = edc.sale("R1")
        qris = edc.sale("R2", 350_000, Method.QRIS)
        last = edc.device.submit(lambda t, _: t.history(whole=False)).result(5)
        void = edc.device.submit(lambda t, _: t.void(edc.amount, "R1V", card.invoice_no, edc.heard)).result(5)
        settled = edc.device.submit(lambda t, _: t.settle()).result(5)
    assert [card.state, qris.state, void.state] == [SaleState.APPROVED] * 3
    assert [record.amount for record in last.records] == [350_000]
    assert (settled.settled, settled.total) == (True, 350_000)


def test_a_link_without_a_list_is_asked_for_one_after_another_back_to_a_known_one(new_bench: Any) -> None:
    with new_bench("bri") as edc:
        sold = [edc.sale(f"R{number}") for number in range(4)]
        known = sold[1].invoice_no

        def reached(record: TransactionRecord) -> bool:
            return record.invoice_no == known

        def history() -> History:
            found: History = edc.device.submit(lambda t, _: t.history(whole=True, reached=reached)).result(5)
            return found

        whole = history()
        assert [record.invoice_no for record in whole.records] == [one.invoice_no for one in (*sold[:0:-1],)]
        assert (whole.complete, whole.reason) == (True, None)
        edc.order(**{"break": "answer", "how": "lose", "skip": 1})
        broken = history()
        assert (len(broken.records), broken.complete) == (1, False)
        edc.order(**{"break": "answer", "how": "wrong_reference", "skip": 1})
        strange = history()
        assert (strange.complete, strange.reason) == (False, Reason.REFERENCE_MISMATCH)


def test_a_walk_back_that_is_too_long_is_not_whole(new_bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecr, "_WALKED_BACK", 3)
    with new_bench("bri") as edc:
        for number in range(4):
            edc.sale(f"R{number}")
        history = edc.device.submit(lambda t, _: t.history(whole=True)).result(5)
    assert (history.complete, history.reason) == (False, Reason.NOT_LISTED)
    assert 1 <= len(history.records) < 4
