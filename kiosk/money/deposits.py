"""The treasurer's deposits into the state account: a slip is used once, for a deposit or a case; its NTPN may follow.

A deposit's numbers stand in its line of the books, which never changes; an NTPN that comes later is a line of its own
over no money (kind `deposit_ntpn`).
"""

from dataclasses import dataclass
from datetime import date, datetime

from db.tables import Ledger
from kiosk import audit
from kiosk.cases.work import Look
from kiosk.formats import rupiah
from kiosk.money import ledger, slips
from kiosk.money.ledger import Entry, Source
from kiosk.money.methods import StateReceipt, check_ntpn, check_state_receipt, cleaned
from kiosk.refusals import Code, Refused, refused


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit into the state account with the numbers of its slip; `ntpn` is empty where it has not come yet."""

    source: Source
    amount: int
    billing_code: str
    bank_ref: str
    ntpn: str = ""


@dataclass(frozen=True, slots=True)
class OpenDeposit:
    """A deposit whose NTPN has not come yet; `id` is its line of the books, `amount` rupiah."""

    id: int
    at: datetime
    amount: int
    numbers: str


def deposit(look: Look, given: Deposit) -> int | Refused:
    """Enter money taken to the state account (setoran). Within a writing unit of work. The line's number.

    Refuses more than lies at its source, wrong numbers, and a slip that was entered before or paid a case.
    """
    given = _cleaned(given)
    if (wrong := _wrong_deposit(given)) is not None:
        return wrong
    lies = ledger.held().of(given.source)
    if not 0 < given.amount <= lies:
        return refused(Code.DEPOSIT_TOO_MUCH, "amount", in_hand=rupiah(lies))
    line = Ledger.create(
        at=look.now,
        kind=Entry.DEPOSIT,
        amount=-given.amount,
        method=given.source,
        shift=None,
        officer=look.officer.id,
        note=slips.in_note(given.billing_code, given.bank_ref, given.ntpn),
    )
    audit.append(look.now, look.signer, "deposit_entered", f"ledger:{line.id}", {"amount": given.amount})
    return int(line.id)


def _cleaned(given: Deposit) -> Deposit:
    """The same with its numbers as they are stored."""
    slip = cleaned(StateReceipt(given.billing_code, given.bank_ref, given.amount, date.min, given.ntpn))
    return Deposit(given.source, given.amount, slip.billing_code, slip.bank_ref, slip.ntpn)


def _wrong_deposit(given: Deposit) -> Refused | None:
    """A deposit's numbers have the forms of a state receipt's, and are nobody else's."""
    slip = StateReceipt(given.billing_code, given.bank_ref, given.amount, date.min, given.ntpn)
    if wrong := check_state_receipt(slip, given.amount, date.min):
        return Refused(wrong)
    used = slips.used(given.billing_code, given.bank_ref, given.ntpn)
    return Refused(used) if used else None


def lacking_ntpn(limit: int) -> tuple[OpenDeposit, ...]:
    """Deposits whose NTPN has not come yet, oldest first. Within a unit of work."""
    come = {row.note.split(" ")[1] for row in Ledger.select().where(Ledger.kind == Entry.DEPOSIT_NTPN)}
    rows = Ledger.select().where((Ledger.kind == Entry.DEPOSIT) & ~Ledger.note.contains(" NTPN ")).order_by(Ledger.id)
    found = [OpenDeposit(row.id, row.at, -row.amount, row.note) for row in rows if str(row.id) not in come]
    return tuple(found[:limit])


def entered(since: datetime, until: datetime) -> tuple[tuple[int, int, str, str], ...]:
    """Every deposit entered in a time: its line, rupiah, billing code and NTPN ("" before it came). Within a unit of
    work.
    """
    later = Ledger.select().where(Ledger.kind == Entry.DEPOSIT_NTPN)
    come = {int(row.note.split(" ")[1]): row.note.split(" ")[-1] for row in later}
    rows = Ledger.select().where((Ledger.kind == Entry.DEPOSIT) & (Ledger.at >= since) & (Ledger.at < until))
    found = []
    for row in rows.order_by(Ledger.id):
        words = row.note.split(" ")
        numbers = dict(zip(words[::2], words[1::2], strict=False))
        found.append((row.id, -row.amount, numbers.get("billing", ""), numbers.get("NTPN", come.get(row.id, ""))))
    return tuple(found)


def add_ntpn(look: Look, deposit: int, ntpn: str) -> str | Refused:
    """The NTPN of a deposit that lacked it, as it is stored. Within a writing unit of work.

    Refuses a line that is no deposit or has one, and an NTPN that is none or that something else was paid with.
    """
    ntpn = ntpn.replace(" ", "").upper()
    if (wrong := check_ntpn(ntpn)) is not None:
        return Refused((wrong,))
    row = Ledger.get_or_none((Ledger.id == deposit) & (Ledger.kind == Entry.DEPOSIT))
    if row is None or deposit not in {one.id for one in lacking_ntpn(10**6)}:
        return refused(Code.PAYMENT_DECIDED)
    if used := slips.used("", "", ntpn):
        return Refused(used)
    Ledger.create(
        at=look.now,
        kind=Entry.DEPOSIT_NTPN,
        amount=0,
        method=row.method,
        officer=look.officer.id,
        note=f"setoran {deposit} NTPN {ntpn}",
    )
    audit.append(look.now, look.signer, "deposit_ntpn_added", f"ledger:{deposit}")
    return ntpn
