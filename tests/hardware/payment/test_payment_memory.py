"""Whose answer is it? The rules by which answers are told apart, without a line."""

from datetime import UTC, datetime

import pytest

from hardware.payment.link import Judgement
from hardware.payment.memory import Memory, Owed
from hardware.payment.terminal import Purpose, Reply, TransactionRecord

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def reply(amount: int = 500_000, invoice: str = "000018", kind: str = "01", code: str = "00") -> Reply:
    approved = code == "00"
    return Reply(
        kind=kind,
        amount=amount if approved else 0,
        response_code=code,
        approval_code="135537" if approved else "",
        rrn=f"000000{invoice}" if approved else "",
        invoice_no=invoice if approved else "",
        batch_no="000001",
        masked_pan="",
        terminal_id="TID",
        merchant_id="MID",
        device_time=NOW,
        text="",
        raw_masked=f"{kind}{amount}{invoice}{code}".encode(),
    )


def sale(reference: str, amount: int = 500_000, kind: str = "01") -> Owed:
    return Owed(Purpose.SALE_CARD, kind, amount, reference)


def memory_expecting(*sales: Owed) -> Memory:
    memory = Memory()
    for one in sales:
        memory.expect(one)
    return memory


A, B = sale("A"), sale("B")


@pytest.mark.parametrize(
    ("owed", "answer", "held", "judgement"),
    [
        ([B], reply(), 0, Judgement.TAKE),
        ([B], reply(code="05"), 0, Judgement.TAKE),
        ([B], reply(amount=1), 0, Judgement.TAKE),
        ([B], reply(kind="31"), 0, Judgement.FOREIGN),
        ([A, B], reply(), 0, Judgement.HOLD),
        ([A, B], reply(), 1, Judgement.TAKE),
        ([A, B], reply(code="05"), 0, Judgement.HOLD),
        ([sale("A", 1), B], reply(), 0, Judgement.TAKE),
        ([sale("A", 1), B], reply(amount=1), 0, Judgement.FOREIGN),
        ([sale("A", kind="31"), B], reply(), 0, Judgement.TAKE),
        ([A, sale("C"), B], reply(), 1, Judgement.HOLD),
    ],
    ids=[
        "the only sale's approval",
        "the only sale's refusal",
        "a wrong amount is the sale's, to be doubted",
        "another type",
        "could be the older sale's",
        "a second answer after one that could be the older sale's",
        "a refusal names no amount, so it could be the older sale's",
        "the older sale had another amount",
        "it has the older sale's amount",
        "the older sale was of another type",
        "two older sales need two answers first",
    ],
)
def test_what_an_answer_is(owed: list[Owed], answer: Reply, held: int, judgement: Judgement) -> None:
    assert memory_expecting(*owed).judge(B, answer, held) is judgement


def test_an_answer_taken_before_is_dropped_however_long_ago() -> None:
    memory = memory_expecting(A)
    memory.answered(A, reply(invoice="000018"))
    for number in range(20, 30):
        memory.took(reply(invoice=f"0000{number}"))
    memory.expect(B)
    assert memory.judge(B, reply(invoice="000018"), 0) is Judgement.DROP


def test_an_answer_of_a_sale_the_office_settled_is_dropped() -> None:
    memory = memory_expecting(A)
    told = reply()
    record = TransactionRecord(
        method=None, voided=False, amount=told.amount, response_code="00", approved=True, approval_code="",
        rrn=told.rrn, invoice_no=told.invoice_no, batch_no="", masked_pan="", terminal_id="", device_time=NOW,
    )  # fmt: skip
    memory.resolved("A", record)
    memory.expect(B)
    assert memory.judge(B, told, 0) is Judgement.DROP
    void = Owed(Purpose.VOID, "08", 500_000, "V")
    memory.expect(void)
    assert memory.judge(void, reply(kind="08"), 0) is Judgement.TAKE, "its void has the same invoice number"


def test_a_refusal_that_equals_the_last_one_is_held_briefly() -> None:
    memory = memory_expecting(A)
    memory.answered(A, reply(code="05"))
    memory.expect(B)
    assert memory.judge(B, reply(code="05"), 0) is Judgement.HOLD_BRIEFLY
    assert memory.judge(B, reply(code="51"), 0) is Judgement.TAKE


def test_a_stray_answer_has_an_owner_only_when_it_fits_exactly_one_sale() -> None:
    assert memory_expecting(A).owner(reply()) == A
    assert memory_expecting(A, B).owner(reply()) is None
    assert memory_expecting(A, sale("B", 1)).owner(reply(amount=1)) == sale("B", 1)
    assert memory_expecting().owner(reply()) is None
