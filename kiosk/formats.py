"""How values look on screens and paper: money, amounts in words, dates, durations, masked numbers. Pure.

Moments are aware datetimes and are shown in office time (WIB, UTC+7, no summer time); dates are shown as they are.
"""

from datetime import UTC, date, datetime, timedelta

from kiosk.clock import WIB
from kiosk.words import Language, say

_UNITS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")
_SCALES = ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (10**3, "ribu"))
_TERBILANG_LIMIT = 10**15


def rupiah(amount: int) -> str:
    """Integer rupiah: `Rp500.000`, `-Rp500.000`."""
    return f"{'-' if amount < 0 else ''}Rp{thousands(abs(amount))}"


def thousands(number: int) -> str:
    """An integer with Indonesian thousands dots: `1.234.567`."""
    return f"{number:,}".replace(",", ".")


def decimal(value: float, language: Language, *, places: int = 1, signed: bool = False) -> str:
    """A number with `places` digits after the decimal mark, a comma in Indonesian: `113,9`, signed `+2,5`."""
    text = f"{value:+.{places}f}" if signed else f"{value:.{places}f}"
    return text.replace(".", say(language, "format.decimal_mark"))


def terbilang(number: int) -> str:
    """Indonesian number words in lower case, 0 to 999.999.999.999.999. Raises ValueError outside."""
    if not 0 <= number < _TERBILANG_LIMIT:
        raise ValueError(f"{number} is outside 0 to 999 trillion")
    if number == 0:
        return _UNITS[0]
    words: list[str] = []
    for scale, name in _SCALES:
        count, number = divmod(number, scale)
        if count == 1 and name == "ribu":
            words.append("seribu")
        elif count:
            words += [*_below_thousand(count), name]
    return " ".join(words + _below_thousand(number))


def _below_thousand(number: int) -> list[str]:
    words: list[str] = []
    hundreds, rest = divmod(number, 100)
    if hundreds:
        words += ["seratus"] if hundreds == 1 else [_UNITS[hundreds], "ratus"]
    if 0 < rest < 12:
        words.append(_UNITS[rest])
    elif 12 <= rest < 20:
        words += [_UNITS[rest - 10], "belas"]
    elif rest >= 20:
        tens, ones = divmod(rest, 10)
        words += [_UNITS[tens], "puluh"] + ([_UNITS[ones]] if ones else [])
    return words


def amount_in_words(amount: int) -> str:
    """An amount of money as a receipt says it: `Lima ratus ribu rupiah`. Raises ValueError like `terbilang`."""
    return f"{terbilang(amount)} rupiah".capitalize()


def office_time(moment: datetime) -> datetime:
    """`moment` in WIB. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment.astimezone(WIB)


def office_date(value: date) -> date:
    """The date in WIB of a moment; a plain date is returned as it is."""
    return office_time(value).date() if isinstance(value, datetime) else value


def long_date(value: date, language: Language) -> str:
    """`23 November 2026` with the month in `language`."""
    day = office_date(value)
    return f"{day.day} {say(language, f'format.month.{day.month}')} {day.year}"


def long_date_with_day(value: date, language: Language) -> str:
    """`Senin, 23 November 2026`."""
    day = office_date(value)
    return f"{say(language, f'format.weekday.{day.isoweekday()}')}, {long_date(day, language)}"


def numeric_date(value: date) -> str:
    """`23-11-2026`."""
    return office_date(value).strftime("%d-%m-%Y")


def moment_short(moment: datetime) -> str:
    """`23-11-2026 14:05 WIB`."""
    return office_time(moment).strftime("%d-%m-%Y %H:%M WIB")


def clock_time(moment: datetime) -> str:
    """`14:05`, in WIB."""
    return office_time(moment).strftime("%H:%M")


def iso_utc(moment: datetime) -> str:
    """`2026-11-23T07:05:00Z`, for machines. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(length: timedelta, language: Language) -> str:
    """The two largest units of a length of time: `2 hari 3 jam`, `5 menit 10 detik`; under a second `0 detik`."""
    seconds = abs(length) // timedelta(seconds=1)
    counts = (
        ("day", seconds // 86400),
        ("hour", seconds // 3600 % 24),
        ("minute", seconds // 60 % 60),
        ("second", seconds % 60),
    )
    first = next((index for index, (_, count) in enumerate(counts) if count), len(counts) - 1)
    largest = [counted(count, unit, language) for unit, count in counts[first : first + 2] if count]
    return " ".join(largest or [counted(0, "second", language)])


def counted(count: int, unit: str, language: Language) -> str:
    """`1 day`, `2 days`; `unit` is day, working_day, hour, minute, second or page."""
    return say(language, f"format.{unit}.{'one' if count == 1 else 'other'}", count=count)


def stopwatch(length: timedelta) -> str:
    """`04:59`, `1:00:00`; below zero with a minus sign, as a clock that has run over."""
    seconds = abs(length) // timedelta(seconds=1)
    hours, minutes = divmod(seconds // 60, 60)
    sign = "-" if length < timedelta(0) and seconds else ""
    return f"{sign}{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{sign}{minutes:02}:{seconds % 60:02}"


def mask_passport(number: str) -> str:
    """A passport number that keeps its last 3 characters: `*****567`."""
    return mask(number, keep=3)


def mask(text: str, *, keep: int) -> str:
    """Stars for all but the last `keep` characters; a text no longer than that is starred whole."""
    return "*" * len(text) if len(text) <= keep else "*" * (len(text) - keep) + text[len(text) - keep :]


def staff_number(nip: str) -> str:
    """An 18-digit NIP in its parts (birth, appointment, sex, serial): `19850312 201001 1 001`; others unchanged."""
    if len(nip) != 18 or not (nip.isascii() and nip.isdigit()):
        return nip
    return f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
