"""The treasurer's cash book (BKU) as a table for a spreadsheet: date, reference, text, debit, credit, balance."""

import csv
import io
from collections.abc import Iterable

from kiosk.clock import WIB
from kiosk.money.ledger import Line
from kiosk.text import clean
from kiosk.words import Language, Words

COLUMNS = ("date", "reference", "description", "debit", "credit", "balance")


def as_csv(lines: Iterable[Line], language: Language) -> str:
    """The book as CSV, the columns named in `language`; amounts are integers, times WIB. No cell begins a formula."""
    words = Words(language)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words.say(f"cash_book.{column}") for column in COLUMNS])
    for line in lines:
        writer.writerow(
            [
                f"{line.at.astimezone(WIB):%Y-%m-%d %H:%M}",
                safe_cell(line.reference),
                safe_cell(description(line, words)),
                line.debit,
                line.credit,
                line.balance,
            ]
        )
    return text.getvalue()


def description(line: Line, words: Words) -> str:
    """What a line of the book is about: its kind, method, tariff row and note."""
    kind, method = words.say(f"cash_book.kind.{line.kind}"), f"payment.method.{line.method}"
    tariff = f"payment.charge.{line.tariff_kind}"
    of = words.say(tariff) if words.has(tariff) else line.tariff_kind
    parts = [kind, words.say(method) if words.has(method) else line.method, of, line.note]
    return " · ".join(part for part in parts if part)


def safe_cell(text: str) -> str:
    """`text` for a cell: clean, and a word even where it looks like a formula: a spreadsheet would run it."""
    text = clean(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
