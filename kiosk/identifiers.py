"""Numbers and addresses that people type: brought to one form, or refused.

Each reader takes text as typed or pasted (blanks, dots, dashes, lower case, invisible characters), and returns the
plain form that is stored, or a Refusal for `field`. What a form merely makes likely (a date inside a number) is asked
by the `..._doubtful` functions and never refuses.
"""

import re
import unicodedata
from datetime import date

from kiosk.refusals import Code, Refusal
from kiosk.text import clean

_LONGEST = 300
"""More than any of these may have: a text that was cut here is still too long to be taken."""

_NIK_DIGITS, _NIB_DIGITS, _NIP_DIGITS = 16, 13, 18
_NPWP_DIGITS = (15, 16)
_FEMALE_DAY = 40
_PASSPORT = re.compile(r"[A-Z0-9]{3,9}")
_CARD = re.compile(r"[A-Z0-9]{3,20}")
_VISA = re.compile(r"[A-Z0-9]{5,20}")
_BILLING_CODE = re.compile(r"[0-9]{15}")
_BANK_REF = re.compile(r"[0-9A-Z]{6,20}")
_NTPN = re.compile(r"[0-9A-Z]{16}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?P<domain>[A-Za-z0-9.-]+)")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_LONGEST_LOCAL, _LONGEST_EMAIL = 64, 254


def passport_number(text: str, field: str = "passport_no", *, card: bool = False) -> str | Refusal:
    """A travel document's number: A-Z and 0-9, 3 to 9 of them; a card (ICAO 9303-5) may have 20."""
    form, limit = (_CARD, 20) if card else (_PASSPORT, 9)
    return _matched(text, field, form, Refusal(Code.DOCUMENT_NUMBER_WRONG, field, {"limit": limit}))


def visa_number(text: str, field: str = "visa_no") -> str | Refusal:
    """A visa's number: letters and digits, 5 to 20."""
    return _matched(text, field, _VISA, Refusal(Code.VISA_NUMBER_WRONG, field))


def national_id(text: str, field: str = "national_id") -> str | Refusal:
    """NIK: 16 digits."""
    return _digits(text, field, (_NIK_DIGITS,))


def business_number(text: str, field: str = "business_no") -> str | Refusal:
    """NIB: 13 digits."""
    return _digits(text, field, (_NIB_DIGITS,))


def tax_number(text: str, field: str = "tax_no") -> str | Refusal:
    """NPWP: 15 digits (`01.234.567.8-901.000`), or 16 since 2024."""
    return _digits(text, field, _NPWP_DIGITS)


def staff_number(text: str, field: str = "staff_no") -> str | Refusal:
    """NIP: 18 digits (birth yyyymmdd, appointment yyyymm, sex, serial)."""
    bare = _bare(text)
    if not bare:
        return Refusal(Code.FIELD_REQUIRED, field)
    if not (bare.isascii() and bare.isdigit() and len(bare) == _NIP_DIGITS):
        return Refusal(Code.STAFF_NUMBER_WRONG, field)
    return bare


def billing_code(text: str, field: str = "billing_code") -> str | Refusal:
    """Kode billing: 15 digits; whether the day in it is likely, `kiosk.money.methods.billing_day_doubtful` says."""
    return _matched(text, field, _BILLING_CODE, Refusal(Code.BILLING_CODE_FORM, field))


def bank_reference(text: str, field: str = "bank_ref") -> str | Refusal:
    """NTB or NTP: 6 to 20 letters and digits."""
    return _matched(text, field, _BANK_REF, Refusal(Code.BANK_REF_FORM, field))


def state_transaction_number(text: str, field: str = "ntpn") -> str | Refusal:
    """NTPN: 16 letters and digits."""
    return _matched(text, field, _NTPN, Refusal(Code.NTPN_FORM, field))


def phone(text: str, field: str = "phone") -> str | Refusal:
    """A telephone number in E.164 (`+628123456789`). Indonesian ones may be typed from 0 or 62, others need + or 00."""
    bare = re.sub(r"[ ()./-]", "", _plain(text))
    if not bare:
        return Refusal(Code.FIELD_REQUIRED, field)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    elif bare.startswith("0"):
        bare = f"+62{bare[1:]}"
    elif bare.startswith("62"):
        bare = f"+{bare}"
    # the 0 of the trunk is often left in: +62 (0)812
    bare = re.sub(r"^\+620", "+62", bare)
    return bare if _E164.fullmatch(bare) else Refusal(Code.PHONE_WRONG, field)


def email(text: str, field: str = "email") -> str | Refusal:
    """An e-mail address of ASCII characters; its domain in lower case."""
    plain = _plain(text)
    if not plain:
        return Refusal(Code.FIELD_REQUIRED, field)
    match = _EMAIL.fullmatch(plain)
    if len(plain) > _LONGEST_EMAIL or match is None or not _DOMAIN.fullmatch(match["domain"]):
        return Refusal(Code.EMAIL_WRONG, field)
    local = plain[: match.start("domain") - 1]
    if len(local) > _LONGEST_LOCAL:
        return Refusal(Code.EMAIL_WRONG, field)
    return f"{local}@{match['domain'].lower()}"


def national_id_doubtful(number: str) -> bool:
    """True for a NIK whose six digits of birth (ddmmyy, day plus 40 for women) are no date."""
    day, month, year = int(number[6:8]), int(number[8:10]), int(number[10:12])
    day = day - _FEMALE_DAY if day > _FEMALE_DAY else day
    return not (_is_date(1900 + year, month, day) or _is_date(2000 + year, month, day))


def staff_number_doubtful(number: str) -> bool:
    """True for a NIP whose date of birth is no date or whose sex is neither 1 nor 2."""
    born = _is_date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    return not born or number[14] not in "12"


def _matched(text: str, field: str, form: re.Pattern[str], wrong: Refusal) -> str | Refusal:
    bare = _bare(text)
    if not bare:
        return Refusal(Code.FIELD_REQUIRED, field)
    return bare if form.fullmatch(bare) else wrong


def _digits(text: str, field: str, lengths: tuple[int, ...]) -> str | Refusal:
    bare = _bare(text)
    if not bare:
        return Refusal(Code.FIELD_REQUIRED, field)
    if not (bare.isascii() and bare.isdigit() and len(bare) in lengths):
        return Refusal(Code.IDENTITY_NUMBER_WRONG, field, {"digits": "/".join(map(str, lengths))})
    return bare


def _bare(text: str) -> str:
    """Capitals without blanks, dots, dashes and slashes."""
    return "".join(char.upper() if char.isascii() else char for char in _plain(text) if char not in " .-/")


def _plain(text: str) -> str:
    """Cleaned, with full-width letters and digits as plain ones."""
    return unicodedata.normalize("NFKC", clean(text, limit=_LONGEST))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
