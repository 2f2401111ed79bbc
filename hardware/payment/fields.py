"""Fields that the ECR links have in common: amounts with two decimals, masked card numbers, the terminal's clock.
Pure.
"""

from datetime import datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
MAXIMUM_AMOUNT = 9_999_999_999


class FieldError(ValueError):
    """A response whose frame is whole but whose fields cannot be what they should be. Names the field, never its
    value.
    """


def amount_field(amount: int) -> str:
    """Rp 500.000 -> 000050000000 (two decimals).

    Raises ValueError when negative or more than ten digits.
    """
    if not 0 <= amount <= MAXIMUM_AMOUNT:
        raise ValueError("amount outside 0..9999999999 rupiah")
    return f"{amount:010d}00"


def filled(value: str) -> str:
    """A field without its padding; all zeros means empty, as terminals fill unused fields either way."""
    value = value.strip()
    return "" if not value.strip("0") else value


def whole_rupiah(value: str) -> int | None:
    """Twelve digits with two decimals as whole rupiah; blank is 0; None when the decimals are not 00."""
    if not value.strip():
        return 0
    return int(value[:-2]) if value.endswith("00") else None


def mask_pan(pan: str) -> str:
    """Stars with the last four digits at most; "" when there is no number at all. Safe for a field that was not masked
    by the terminal.
    """
    shown = pan.strip()
    if not any(character.isdigit() for character in shown) or not shown.strip("0"):
        return ""
    tail = shown[-4:] if shown[-4:].isdigit() and len(shown) > 8 else ""
    return "*" * (len(shown) - len(tail)) + tail


def device_time(date: str, time: str) -> datetime | None:
    """YYYYMMDD and HHMMSS of the terminal's clock (WIB); None when blank or zero.

    Raises FieldError for digits that are no date.
    """
    if not (date + time).strip(" 0"):
        return None
    try:
        return datetime.strptime(date + time, "%Y%m%d%H%M%S").replace(tzinfo=WIB)
    except ValueError:
        raise FieldError("date") from None
