"""The day file of an EDC batch: a bank's CSV with one line for each sale. Pure.

The first line names the columns, `;` or `,` between them: an invoice (`invoice`, `invoice_no`, `trace`) and an amount
(`amount`, `nominal`, `jumlah`), and where the file is of several terminals their number (`tid`, `terminal`). Amounts
are rupiah as banks write them: 500000, 500.000, 500,000.00, Rp500.000,00. A negative line is a void of that invoice.
"""

import csv
import io
import re
from collections.abc import Iterator

from kiosk.money.reconcile import Entry

_INVOICE = ("invoice", "invoice_no", "invoice_number", "no_invoice", "trace", "trace_no")
AMOUNT = ("amount", "nominal", "jumlah")
_TERMINAL = ("tid", "terminal", "terminal_id")
_CENTS = re.compile(r"[.,]\d{2}\Z")


class DayFileError(ValueError):
    """A file can't be read as a day file; the message names the line and why, never its content."""


def key(invoice: str, terminal: str = "") -> str:
    """What a sale is known by in both lists: its invoice without padding, with the terminal where that is known."""
    bare = invoice.strip().upper().lstrip("0") or "0"
    return f"{terminal.strip().upper()}/{bare}" if terminal.strip() else bare


def read(text: str) -> tuple[tuple[Entry, ...], bool]:
    """The sales of the file that were not voided, and whether it names terminals. Raises DayFileError."""
    names, rows = table(text)
    invoice, amount, terminal = find(names, _INVOICE), find(names, AMOUNT), find(names, _TERMINAL)
    if invoice is None or amount is None:
        raise DayFileError("line 1: no column for invoice and amount")
    entries: list[Entry] = []
    voids: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(invoice, amount, terminal or 0) or not row[invoice].strip():
            raise DayFileError(f"line {number}: too few columns")
        rupiah = read_rupiah(row[amount], number)
        known = key(row[invoice], row[terminal] if terminal is not None else "")
        if rupiah < 0:
            voids[known] = voids.get(known, 0) + 1
        else:
            entries.append(Entry(known, rupiah))
    return _without(entries, voids), terminal is not None


def _without(entries: list[Entry], voids: dict[str, int]) -> tuple[Entry, ...]:
    """Each void takes one line of its invoice away; a void of nothing stays, as a line of 0 rupiah."""
    left = []
    for entry in entries:
        if voids.get(entry.key, 0):
            voids[entry.key] -= 1
        else:
            left.append(entry)
    return (*left, *(Entry(key, 0) for key, count in voids.items() for _ in range(count)))


def table(text: str) -> tuple[list[str], Iterator[list[str]]]:
    """The columns of a CSV, `;` or `,` between them, named in small letters; and its rows."""
    text = text.removeprefix("\ufeff")
    head = text.splitlines()[0] if text.strip() else ""
    rows = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    return [re.sub(r"[^a-z]+", "_", name.strip().lower()).strip("_") for name in next(rows, [])], rows


def find(names: list[str], wanted: tuple[str, ...]) -> int | None:
    """Which column has one of these names."""
    return next((names.index(name) for name in wanted if name in names), None)


def read_rupiah(text: str, line: int) -> int:
    """An amount as banks write it. Raises DayFileError."""
    bare = text.strip().upper().removeprefix("RP").strip()
    negative = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
    digits = re.sub(r"[.,\s]", "", _CENTS.sub("", bare.strip("-() ").removeprefix("RP")))
    if not (digits.isascii() and digits.isdigit()):
        raise DayFileError(f"line {line}: no amount")
    return -int(digits) if negative else int(digits)
