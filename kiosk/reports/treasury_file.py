"""The treasury's list of deposits (BPN, NTPN) beside our state receipts and deposits, line by line.

A CSV whose first line names the columns, `;` or `,` between them: an NTPN (`ntpn`), an amount (as in `edc_file`) and,
where it has one, the billing code (`kode_billing`). A line is known by its NTPN; where one side does not have it yet,
by its billing code. domain.md 2.2: NTPN and amount are the key for verification at the KPPN.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from db.tables import Payment
from kiosk.money import deposits
from kiosk.money.methods import Method
from kiosk.money.reconcile import Difference, Entry, differences
from kiosk.money.states import PAID, State
from kiosk.reports.edc_file import AMOUNT, DayFileError, find, read_rupiah, table
from kiosk.reports.period import Period

_NTPN = ("ntpn", "no_ntpn", "nomor_ntpn")
_BILLING = ("kode_billing", "billing", "billing_code", "id_billing", "idbilling")
_STAYS = {*PAID, State.REVERSED}
"""What was paid into the state account is still listed there after we took it back."""


@dataclass(frozen=True, slots=True)
class Deposited:
    """Rupiah that came into the state account by either side's word; a number is "" where it is not known.

    `doubtful`: we took it back, or it is of another time; it is ours if they have it, and not missed if they don't.
    """

    ntpn: str
    billing_code: str
    amount: int
    reference: str = ""
    doubtful: bool = False


def read(text: str) -> tuple[Deposited, ...]:
    """The lines of the file. Raises DayFileError."""
    names, rows = table(text)
    ntpn, billing, amount = find(names, _NTPN), find(names, _BILLING), find(names, AMOUNT)
    if ntpn is None or amount is None:
        raise DayFileError("line 1: no column for NTPN and amount")
    found = []
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(ntpn, amount, billing or 0):
            raise DayFileError(f"line {number}: too few columns")
        code = row[billing].strip() if billing is not None else ""
        line = Deposited(row[ntpn].replace(" ", "").upper(), code, read_rupiah(row[amount], number))
        if not (line.ntpn or line.billing_code):
            raise DayFileError(f"line {number}: neither NTPN nor billing code")
        found.append(line)
    return tuple(found)


def ours(period: Period, theirs: Iterable[Deposited]) -> tuple[Deposited, ...]:
    """Our state receipts and deposits of a period, and what else of ours the treasury names. Within a unit of work."""
    receipts = Payment.select().where((Payment.method == Method.STATE_RECEIPT) & Payment.state.in_(sorted(_STAYS)))
    named = {number for line in theirs for number in (line.ntpn, line.billing_code) if number}
    found = []
    for row in receipts.order_by(Payment.id):
        inside = row.decided_at is not None and period.since <= row.decided_at < period.until
        if inside or row.ntpn in named or row.billing_code in named:
            doubtful = not inside or row.state == State.REVERSED
            found.append(Deposited(row.ntpn or "", row.billing_code, row.amount, row.reference, doubtful))
    for line, amount, billing_code, ntpn in deposits.entered(period.since, period.until):
        found.append(Deposited(ntpn, billing_code, amount, str(line)))
    return tuple(found)


def compare(here: Iterable[Deposited], there: Iterable[Deposited]) -> tuple[Difference, ...]:
    """Every difference, by NTPN or billing code. Pure."""
    here, there = tuple(here), tuple(there)
    by_code = {line.billing_code for line in (*here, *there) if not line.ntpn}
    theirs = [Entry(_key(line, by_code), line.amount) for line in there]
    listed = {entry.key for entry in theirs}
    mine = [
        Entry(key, line.amount, line.reference)
        for line in here
        if (key := _key(line, by_code)) in listed or not line.doubtful
    ]
    return differences(mine, theirs)


def _key(line: Deposited, by_code: set[str]) -> str:
    by_billing = not line.ntpn or (bool(line.billing_code) and line.billing_code in by_code)
    return line.billing_code if by_billing else line.ntpn
