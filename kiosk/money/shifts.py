"""A treasurer's shift at a terminal: from opening to the closing report with counts and sums (domain.md 2.3).

A shift opens by itself with the first payment. One without cash that a colleague left open is closed by the next
treasurer's first payment; one with cash is closed only by who counts that cash. What the payment terminal said at each
settlement is kept with the shift, beside our own total of the same batch. The closed summary is sealed: its hash stands
in the audit chain.
"""

import hashlib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from peewee import fn

from db.tables import Ledger, Officer, Payment, Person, Shift, Tariff
from kiosk import audit
from kiosk.bilingual import Bilingual
from kiosk.cases.work import Look, queue_paper
from kiosk.money.charges import Charge
from kiosk.money.ledger import Entry
from kiosk.money.methods import Method
from kiosk.money.states import State
from kiosk.receipts import contents
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refused, refused
from kiosk.words import Language, say


@dataclass(frozen=True, slots=True)
class Tally:
    """So many payments (or charges) of one kind, and what they come to in rupiah.

    A tariff row also says its longest stay in days (None: whatever the length) and the regulation it rests on.
    """

    name: str
    count: int
    amount: int
    days: int | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The terminal's end of one batch: its own total (None: it told none) and ours of the same batch, rupiah."""

    at: datetime
    batch_no: str
    total: int | None
    own: int

    @property
    def difference(self) -> int | None:
        return None if self.total is None else self.total - self.own


@dataclass(frozen=True, slots=True)
class Reversed:
    reference: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Undecided:
    reference: str
    amount: int
    state: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a shift took; `counted` is the cash in the drawer at its end."""

    by_method: tuple[Tally, ...] = ()
    by_tariff: tuple[Tally, ...] = ()
    reversed: tuple[Reversed, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    counted: int | None = None

    @property
    def total(self) -> int:
        return sum(row.amount for row in self.by_method)

    def of(self, *methods: Method) -> int:
        """Rupiah by these methods."""
        return sum(row.amount for row in self.by_method if row.name in methods)

    @property
    def own_edc_total(self) -> int:
        """Our total of the batches that were settled; of the shift's own card and QRIS payments where none was."""
        if self.settlements:
            return sum(settled.own for settled in self.settlements)
        return self.of(Method.EDC_CARD, Method.EDC_QRIS)

    @property
    def edc_total(self) -> int | None:
        """The terminal's own total of those batches; None where none was settled or one had no total."""
        totals = [settled.total for settled in self.settlements]
        known = [total for total in totals if total is not None]
        return sum(known) if totals and len(known) == len(totals) else None

    @property
    def edc_difference(self) -> int | None:
        """The terminal's total less ours; None where it told none."""
        return None if self.edc_total is None else self.edc_total - self.own_edc_total


@dataclass(frozen=True, slots=True)
class OpenShift:
    """The shift that is open at a terminal."""

    id: int
    officer_id: int
    officer: str
    terminal: str
    opened_at: datetime
    cash_allowed: bool
    summary: Summary


def current(terminal: str) -> OpenShift | None:
    """The shift open at `terminal`, with what it has taken so far. Within a unit of work."""
    row = Shift.get_or_none((Shift.terminal == terminal) & Shift.closed_at.is_null())
    return None if row is None else _view(row)


def open_shift(look: Look, *, cash: bool) -> OpenShift | Refused:
    """Begin a shift here. Within a writing unit of work."""
    if cash and not look.kit.settings.policy.cash:
        return refused(Code.CASH_OFF, "cash")
    if current(look.kit.terminal) is not None:
        return refused(Code.SHIFT_OPEN)
    return _view(_open(look, cash=cash))


def for_payment(look: Look, *, cash: bool = False) -> int | Refused:
    """The shift a payment made now belongs to; opened if there is none. Within a writing unit of work."""
    here = current(look.kit.terminal)
    if cash and (here is None or here.officer_id != look.officer.id or not here.cash_allowed):
        return refused(Code.CASH_SESSION_NEEDED)
    if here is None:
        return int(_open(look, cash=False).id)
    if here.officer_id == look.officer.id:
        return here.id
    if here.cash_allowed:
        return refused(Code.SHIFT_OF_OTHER, officer=here.officer)
    close(look, counted=None)
    return int(_open(look, cash=False).id)


def settled(look: Look, device: str, *, total: int | None, batch_no: str) -> Settlement:
    """Keep what the payment terminal said at the end of its batch. Within a writing unit of work.

    A batch reaches from the settlement before it, in whichever shift that was, to now; it may be of several shifts.
    """
    here = for_settlement(look)
    before = _last_settlement(look.kit.terminal)
    done = Settlement(look.now, batch_no, total, _own_since(device, before.at if before else None))
    kept = from_json(Summary, Shift.get_by_id(here).summary)
    Shift.update(summary=to_json(replace(kept, settlements=(*kept.settlements, done)))).where(
        Shift.id == here
    ).execute()
    data = {"batch": batch_no, "total": total, "own": done.own}
    audit.append(look.now, look.signer, "edc_settled", f"shift:{here}", data)
    return done


def for_settlement(look: Look) -> int:
    """The open shift here, whosever it is; opened if there is none. Within a writing unit of work."""
    here = current(look.kit.terminal)
    return here.id if here is not None else int(_open(look, cash=False).id)


def _last_settlement(terminal: str) -> Settlement | None:
    rows = Shift.select(Shift.summary).where(Shift.terminal == terminal).order_by(Shift.id.desc())
    for row in rows.iterator():
        if settlements := from_json(Summary, row.summary).settlements:
            return settlements[-1]
    return None


def _own_since(device: str, since: datetime | None) -> int:
    """What the books hold of a terminal's card and QRIS payments since its last settlement."""
    query = Ledger.select(fn.COALESCE(fn.SUM(Ledger.amount), 0)).join(Payment).where(Payment.device == device)
    if since is not None:
        query = query.where(Ledger.at > since)
    return int(query.scalar())


def close(look: Look, *, counted: int | None) -> Summary | Refused:
    """End the shift here, store its summary and print the report. Within a writing unit of work.

    `counted` is the cash in the drawer, needed if the shift took cash.
    """
    here = current(look.kit.terminal)
    if here is None:
        return refused(Code.SHIFT_NOT_OPEN)
    if here.cash_allowed and here.officer_id != look.officer.id:
        return refused(Code.SHIFT_OF_OTHER, officer=here.officer)
    if here.cash_allowed and counted is None:
        return refused(Code.FIELD_REQUIRED, "counted")
    done = replace(here.summary, counted=counted)
    stored = to_json(done)
    Shift.update(closed_at=look.now, summary=stored).where(Shift.id == here.id).execute()
    data = {"total": done.total, "seal": seal(stored)}
    audit.append(look.now, look.signer, "shift_closed", f"shift:{here.id}", data)
    queue_paper(look, _report(look, here, done))
    return done


def closed(shift: int) -> Summary | None:
    """The summary a shift was closed with. Within a unit of work."""
    row = Shift.get_or_none((Shift.id == shift) & Shift.closed_at.is_null(False))
    return None if row is None else from_json(Summary, row.summary)


def seal(stored: str) -> str:
    """What the audit chain keeps of a closed summary: the SHA-256 of its stored text, hexadecimal."""
    return hashlib.sha256(stored.encode()).hexdigest()


def summary(shift: int) -> Summary:
    """Counts and sums of an open shift, from the ledger. Within a unit of work."""
    lines = list(Ledger.select().where(Ledger.shift == shift).order_by(Ledger.id))
    money = [line for line in lines if line.kind != Entry.DEPOSIT]
    payments = list(Payment.select().where(Payment.shift == shift).order_by(Payment.id))
    gone = [line for line in money if line.kind == Entry.REVERSAL]
    references = {row.id: row.reference for row in Payment.select().where(Payment.id.in_({x.payment_id for x in gone}))}
    return Summary(
        by_method=tallies(((line.method, None, ""), line.payment_id, line.amount) for line in money),
        by_tariff=by_tariff(money),
        reversed=tuple(Reversed(references.get(x.payment_id or 0, ""), -x.amount, x.note) for x in gone),
        undecided=tuple(Undecided(p.reference, p.amount, p.state) for p in payments if State(p.state).open),
        settlements=from_json(Summary, Shift.get_by_id(shift).summary).settlements,
    )


TariffName = tuple[str, int | None, str]
"""A tariff row as tallies name it: kind, days, basis."""


def by_tariff(money: Iterable[Ledger]) -> tuple[Tally, ...]:
    """Ledger lines by the tariff row that their payment froze. Within a unit of work."""
    lines = list(money)
    named = _tariff_rows({line.payment_id for line in lines if line.payment_id is not None})
    return tallies(
        (
            named.get((line.payment_id or 0, line.tariff_kind), (line.tariff_kind, None, "")),
            (line.payment_id, line.tariff_kind),
            line.amount,
        )
        for line in lines
    )


def _tariff_rows(payments: set[int]) -> dict[tuple[int, str], TariffName]:
    days: dict[int, int | None] = {row.id: row.days for row in Tariff.select(Tariff.id, Tariff.days)}
    return {
        (row.id, charge.kind): (charge.kind, days.get(charge.tariff_id), charge.basis)
        for row in Payment.select(Payment.id, Payment.charge).where(Payment.id.in_(payments))
        for charge in from_json(tuple[Charge, ...], row.charge)
    }


def tallies(rows: Iterable[tuple[TariffName, Hashable, int]]) -> tuple[Tally, ...]:
    """Sums by name; a payment of several lines counts once, and not at all once it is reversed."""
    counted: dict[TariffName, dict[Hashable, int]] = {}
    for name, key, amount in rows:
        counted.setdefault(name, {}).setdefault(key, 0)
        counted[name][key] += amount
    return tuple(
        Tally(name, sum(1 for amount in keys.values() if amount > 0), sum(keys.values()), days, basis)
        for (name, days, basis), keys in sorted(counted.items(), key=lambda item: _order(item[0]))
    )


def _order(name: TariffName) -> tuple[str, int, str]:
    return name[0], name[1] or 0, name[2]


def _open(look: Look, *, cash: bool) -> Shift:
    row = Shift.create(officer=look.officer.id, terminal=look.kit.terminal, opened_at=look.now, cash_allowed=cash)
    audit.append(look.now, look.signer, "shift_opened", f"shift:{row.id}", {"cash": cash})
    return row


def _view(row: Shift) -> OpenShift:
    name = Person.get_by_id(Officer.get_by_id(row.officer_id).person_id).name
    return OpenShift(row.id, row.officer_id, name, row.terminal, row.opened_at, row.cash_allowed, summary(row.id))


def _report(look: Look, shift: OpenShift, done: Summary) -> contents.ShiftReport:
    return contents.ShiftReport(
        number=f"SHF-{look.kit.settings.office.short}-{shift.id:05d}",
        treasurer=contents.Clerk(shift.officer, look.officer.staff_no, shift.terminal),
        opened_at=shift.opened_at,
        closed_at=look.now,
        by_method=tuple(
            contents.Subtotal(label("payment.method", row), row.count, row.amount) for row in done.by_method
        ),
        by_tariff=tuple(
            contents.Subtotal(label("payment.charge", row), row.count, row.amount) for row in done.by_tariff
        ),
        voided=tuple(contents.Voided(row.reference, row.amount, row.reason) for row in done.reversed),
        unresolved=tuple(contents.Unresolved(row.reference, row.amount) for row in done.undecided),
        own_edc_total=done.own_edc_total,
        edc_total=done.edc_total,
    )


def label(prefix: str, row: Tally) -> Bilingual:
    """A tally's name in both languages: a way to pay, or a tariff row with its days and regulation."""
    name = both(f"{prefix}.{row.name}", row.name)
    if row.days is not None:
        days = both("payment.charge.line", "{name} {days}")
        name = Bilingual(
            days.indonesian.format(name=name.indonesian, days=row.days),
            days.english.format(name=name.english, days=row.days),
        )
    return Bilingual(f"{name.indonesian} ({row.basis})", f"{name.english} ({row.basis})") if row.basis else name


def both(key: str, otherwise: str) -> Bilingual:
    """The words of a key in both languages; `otherwise` where the catalogues have none (a tariff of the office's)."""
    from kiosk.words import catalogue

    if key not in catalogue(Language.INDONESIAN):
        return Bilingual(otherwise, otherwise)
    return Bilingual(say(Language.INDONESIAN, key), say(Language.ENGLISH, key))
