"""Numbers and addresses as people type them: one stored form, or a refusal that says what is wrong."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import identifiers as ids
from kiosk import words
from kiosk.refusals import Code, Refusal
from kiosk.words import Language

READERS: list[Callable[[str], str | Refusal]] = [
    ids.passport_number,
    ids.visa_number,
    ids.national_id,
    ids.business_number,
    ids.tax_number,
    ids.staff_number,
    ids.billing_code,
    ids.bank_reference,
    ids.state_transaction_number,
    ids.phone,
    ids.email,
]


@pytest.mark.parametrize(
    ("reader", "typed", "stored"),
    [
        (ids.passport_number, "l898902c3", "L898902C3"),
        (ids.passport_number, " X 123-4567 ", "X1234567"),
        (ids.passport_number, "Ｘ１２３４５", "X12345"),
        (ids.passport_number, "X12\u200b3\x1b45", "X12345"),
        (ids.visa_number, "2c11 ab 0001-x", "2C11AB0001X"),
        (ids.national_id, "1603 0112 0365 0001", "1603011203650001"),
        (ids.business_number, "1234567890123", "1234567890123"),
        (ids.tax_number, "01.234.567.8-901.000", "012345678901000"),
        (ids.tax_number, "0123456789012345", "0123456789012345"),
        (ids.staff_number, "19650501 199003 1 001", "196505011990031001"),
        (ids.billing_code, "820220922465628", "820220922465628"),
        (ids.billing_code, "8202-2092-2465-628", "820220922465628"),
        (ids.bank_reference, "123456789012", "123456789012"),
        (ids.state_transaction_number, "0a1b2c3d4e5f6g7h", "0A1B2C3D4E5F6G7H"),
        (ids.phone, "0812-3456-789", "+628123456789"),
        (ids.phone, "62 812 3456 789", "+628123456789"),
        (ids.phone, "+62 (0)812 3456 789", "+628123456789"),
        (ids.phone, "0031 6 12345678", "+31612345678"),
        (ids.phone, "+1 (202) 555-0143", "+12025550143"),
        (ids.email, "Anna.Maria@Example.ORG", "Anna.Maria@example.org"),
        (ids.email, "a+b@mail.example.co.id", "a+b@mail.example.co.id"),
    ],
)
def test_what_is_typed_comes_to_its_stored_form(
    reader: Callable[[str], str | Refusal], typed: str, stored: str
) -> None:
    assert reader(typed) == stored
    assert reader(stored) == stored


@pytest.mark.parametrize(
    ("reader", "typed", "code"),
    [
        (ids.passport_number, "L898902C37", Code.DOCUMENT_NUMBER_WRONG),
        (ids.passport_number, "AB", Code.DOCUMENT_NUMBER_WRONG),
        (ids.passport_number, "AB_123", Code.DOCUMENT_NUMBER_WRONG),
        (ids.passport_number, "護照123", Code.DOCUMENT_NUMBER_WRONG),
        (ids.passport_number, "A1" * 5000, Code.DOCUMENT_NUMBER_WRONG),
        (ids.visa_number, "12", Code.VISA_NUMBER_WRONG),
        (ids.national_id, "160301120365000", Code.IDENTITY_NUMBER_WRONG),
        (ids.national_id, "16030112036500012", Code.IDENTITY_NUMBER_WRONG),
        (ids.national_id, "160301120365000A", Code.IDENTITY_NUMBER_WRONG),
        (ids.national_id, "١" * 16, Code.IDENTITY_NUMBER_WRONG),
        (ids.business_number, "123456789012", Code.IDENTITY_NUMBER_WRONG),
        (ids.tax_number, "01234567890123", Code.IDENTITY_NUMBER_WRONG),
        (ids.tax_number, "01234567890123456", Code.IDENTITY_NUMBER_WRONG),
        (ids.staff_number, "19650501 199003 1", Code.STAFF_NUMBER_WRONG),
        (ids.billing_code, "82022092246562", Code.BILLING_CODE_FORM),
        (ids.billing_code, "82022092246562A", Code.BILLING_CODE_FORM),
        (ids.bank_reference, "12345", Code.BANK_REF_FORM),
        (ids.state_transaction_number, "0A1B2C3D4E5F6G7", Code.NTPN_FORM),
        (ids.state_transaction_number, "0A1B2C3D4E5F6G7HI", Code.NTPN_FORM),
        (ids.phone, "421000", Code.PHONE_WRONG),
        (ids.phone, "+0812345678", Code.PHONE_WRONG),
        (ids.phone, "0812 CALL ME", Code.PHONE_WRONG),
        (ids.phone, "+1234567890123456", Code.PHONE_WRONG),
        (ids.email, "anna", Code.EMAIL_WRONG),
        (ids.email, "anna@host", Code.EMAIL_WRONG),
        (ids.email, "anna@@example.org", Code.EMAIL_WRONG),
        (ids.email, "anna..m@example.org", Code.EMAIL_WRONG),
        (ids.email, "anna@-example.org", Code.EMAIL_WRONG),
        (ids.email, "anna maria@example.org", Code.EMAIL_WRONG),
        (ids.email, "a" * 65 + "@example.org", Code.EMAIL_WRONG),
        (ids.email, "a@" + "b." * 200 + "org", Code.EMAIL_WRONG),
    ],
)
def test_what_has_not_the_form_is_refused(reader: Callable[[str], str | Refusal], typed: str, code: Code) -> None:
    refusal = reader(typed)
    assert isinstance(refusal, Refusal)
    assert refusal.code is code
    for language in Language:
        assert "{" not in words.say(language, refusal.key(), **refusal.details)
        assert words.say(language, refusal.next_key(), **refusal.details)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize("typed", ["", "  ", "\x00\x1b", "\u202e\u200b"])
def test_nothing_is_asked_for_again(reader: Callable[[str], str | Refusal], typed: str) -> None:
    refusal = reader(typed)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.FIELD_REQUIRED


@settings(deadline=None)
@given(st.text(max_size=400), st.sampled_from(READERS))
def test_whatever_is_typed_the_stored_form_is_plain(typed: str, reader: Callable[[str], str | Refusal]) -> None:
    stored = reader(typed)
    if isinstance(stored, str):
        assert stored.isascii()
        assert stored.isprintable()
        assert reader(stored) == stored


def test_a_card_may_have_a_longer_number() -> None:
    assert ids.passport_number("000590448301", card=True) == "000590448301"
    assert isinstance(ids.passport_number("0" * 21, card=True), Refusal)


@pytest.mark.parametrize(
    ("number", "doubtful"),
    [
        ("1603011203650001", False),
        ("1603015203650001", False),
        ("1603012902000001", False),
        ("1603013202650001", True),
        ("1603011213650001", True),
        ("1603010003650001", True),
    ],
)
def test_a_national_id_holds_a_date_of_birth(number: str, doubtful: bool) -> None:
    assert ids.national_id_doubtful(number) is doubtful


@pytest.mark.parametrize(
    ("number", "doubtful"),
    [
        ("196505011990031001", False),
        ("199001012023211001", False),
        ("196513011990031001", True),
        ("196505011990033001", True),
    ],
)
def test_a_staff_number_holds_birth_and_sex(number: str, doubtful: bool) -> None:
    assert ids.staff_number_doubtful(number) is doubtful
