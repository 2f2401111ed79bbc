"""Which of the device's own transactions an unknown sale could be: one, several, none, and never another counter's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.payment.matching import Match, Sought, Verdict, match_transaction
from hardware.payment.terminal import Method, TransactionRecord

SENT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
SOUGHT = Sought(500_000, Method.CARD, SENT, terminal_id="TID00001")
RECORD = TransactionRecord(
    method=None,
    voided=False,
    amount=500_000,
    response_code="00",
    approved=True,
    approval_code="135537",
    rrn="000000000136",
    invoice_no="000018",
    batch_no="000002",
    masked_pan="************3367",
    terminal_id="TID00001",
    device_time=SENT + timedelta(seconds=40),
)


def found(*records: TransactionRecord, sought: Sought = SOUGHT) -> Match:
    return match_transaction(sought, records)


def test_one_fitting_record_is_the_sale() -> None:
    assert found(RECORD) == Match(Verdict.MATCHED, RECORD, (RECORD,))


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, amount=500_001),
        replace(RECORD, amount=None),
        replace(RECORD, approved=False, response_code="05"),
        replace(RECORD, voided=True),
        replace(RECORD, method=Method.QRIS),
        replace(RECORD, terminal_id="TID00002"),
        replace(RECORD, device_time=SENT - timedelta(minutes=11)),
        replace(RECORD, device_time=SENT + timedelta(minutes=14)),
    ],
    ids=["amount", "no amount", "declined", "voided", "method", "another counter's terminal", "too early", "too late"],
)
def test_a_record_that_contradicts_the_sale_is_not_it(other: TransactionRecord) -> None:
    assert found(other).verdict is Verdict.NONE


def test_two_fitting_records_are_not_guessed_between() -> None:
    twin = replace(RECORD, invoice_no="000019", rrn="000000000137")
    match = found(RECORD, twin)
    assert (match.verdict, match.record) == (Verdict.AMBIGUOUS, None)
    assert match.candidates == (RECORD, twin)


def test_a_record_that_already_belongs_to_a_payment_is_out() -> None:
    twin = replace(RECORD, invoice_no="000019", rrn="000000000137")
    sought = replace(SOUGHT, taken=frozenset({("000018", "000000000136")}))
    assert found(RECORD, twin, sought=sought).record == twin


def test_a_reference_or_rrn_decides_among_several() -> None:
    twin = replace(RECORD, invoice_no="000019", rrn="000000000137", reference="ITK2")
    assert found(RECORD, twin, sought=replace(SOUGHT, rrn="000000000137")).record == twin
    assert found(RECORD, twin, sought=replace(SOUGHT, reference="ITK2")).record == twin


def test_another_tills_last_result_is_refused_by_its_reference() -> None:
    other = replace(RECORD, reference="OTHER", terminal_id="")
    assert found(other, sought=replace(SOUGHT, reference="ITK1")).verdict is Verdict.NONE


def test_a_record_without_a_time_is_a_candidate_but_no_proof() -> None:
    timeless = replace(RECORD, device_time=None)
    assert found(timeless).verdict is Verdict.AMBIGUOUS
    assert found(timeless, sought=replace(SOUGHT, rrn=RECORD.rrn)).verdict is Verdict.MATCHED


def test_another_card_is_another_sale() -> None:
    assert found(RECORD, sought=replace(SOUGHT, masked_pan="************9999")).verdict is Verdict.NONE


@given(st.lists(st.integers(0, 3).map(lambda n: replace(RECORD, amount=499_999 + n)), max_size=6))
def test_a_match_is_always_one_of_the_records_and_alone(records: list[TransactionRecord]) -> None:
    match = match_transaction(SOUGHT, records)
    assert (match.record is None) == (match.verdict is not Verdict.MATCHED)
    fitting = [record for record in records if record.amount == SOUGHT.amount]
    assert (match.verdict is Verdict.MATCHED) == (len(fitting) == 1)
