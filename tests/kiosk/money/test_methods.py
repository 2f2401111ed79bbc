"""State receipts: the forms of the state's numbers, typed, pasted and scanned."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kiosk.money.methods import (
    StateReceipt,
    billing_day,
    billing_day_doubtful,
    check_state_receipt,
    cleaned,
    read_pasted,
)
from kiosk.refusals import Code

TODAY = date(2026, 11, 24)
GOOD = StateReceipt("820261120465628", "000012345678", 500_000, date(2026, 11, 23), "2A8F4C11D0E93B75")


def test_a_good_state_receipt_has_nothing_wrong_with_or_without_its_ntpn() -> None:
    assert check_state_receipt(GOOD, 500_000, TODAY) == ()
    assert check_state_receipt(replace(GOOD, ntpn=""), 500_000, TODAY) == ()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"billing_code": "82026112046562"}, Code.BILLING_CODE_FORM, "billing_code"),
        ({"billing_code": "8202611204656281"}, Code.BILLING_CODE_FORM, "billing_code"),
        ({"billing_code": "82026112046562A"}, Code.BILLING_CODE_FORM, "billing_code"),
        ({"billing_code": "８20261120465628"}, Code.BILLING_CODE_FORM, "billing_code"),
        ({"billing_code": ""}, Code.BILLING_CODE_FORM, "billing_code"),
        ({"bank_ref": ""}, Code.BANK_REF_FORM, "bank_ref"),
        ({"bank_ref": "12345\x1b[2J"}, Code.BANK_REF_FORM, "bank_ref"),
        ({"ntpn": "2A8F4C11D0E93B7"}, Code.NTPN_FORM, "ntpn"),
        ({"ntpn": "2A8F4C11D0E93B75X"}, Code.NTPN_FORM, "ntpn"),
        ({"amount": 499_999}, Code.PAID_AMOUNT_DIFFERS, "amount"),
        ({"amount": -500_000}, Code.PAID_AMOUNT_DIFFERS, "amount"),
        ({"paid_on": date(2026, 11, 25)}, Code.PAID_IN_FUTURE, "paid_on"),
    ],
)
def test_what_is_wrong_with_a_state_receipt_is_named(change: dict[str, Any], code: Code, field: str) -> None:
    refusals = check_state_receipt(replace(GOOD, **change), 500_000, TODAY)
    assert [(refusal.code, refusal.field) for refusal in refusals] == [(code, field)]


def test_typed_blanks_dashes_and_lower_case_are_all_right() -> None:
    typed = StateReceipt("8202-6112-0465-628", " 0000 1234 5678 ", 500_000, TODAY, "2a8f.4c11 d0e9-3b75")
    assert cleaned(typed) == replace(GOOD, paid_on=TODAY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Kode Billing: 820220922465628 NTB 000012345678 NTPN: 2A8F4C11D0E93B75 Rp500.000",
            {"billing_code": "820220922465628", "bank_ref": "000012345678", "ntpn": "2A8F4C11D0E93B75"},
        ),
        ("820220922465628", {"billing_code": "820220922465628"}),
        ("ntpn 1234567812345678", {"ntpn": "1234567812345678"}),
        ("2a8f4c11d0e93b75", {"ntpn": "2A8F4C11D0E93B75"}),
        ("NTP:ABC1234567", {"bank_ref": "ABC1234567"}),
        ("nothing of the kind", {}),
        ("12345678901234567890", {}),
    ],
)
def test_numbers_are_found_in_what_was_pasted(text: str, found: dict[str, str]) -> None:
    assert read_pasted(text) == found


def test_the_day_in_a_billing_code_is_only_doubted() -> None:
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert billing_day("820220922465628") == date(2022, 9, 22)
    assert not billing_day_doubtful("820261118465628", now)
    assert billing_day_doubtful("820261116465628", now)
    assert billing_day_doubtful("820269916465628", now)
