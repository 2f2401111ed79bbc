"""A treasurer's shift at a terminal: from opening to the closing report with counts and sums (domain.md 2.3).

A shift opens by itself with the first payment. One without cash that a colleague left open is closed by the next
treasurer's first payment; one with cash is closed only by who counts that cash.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from db.tables import Ledger, Officer, Payment, Person, Shift
from kiosk import audit
from kiosk.bilingual import Bilingual
from kiosk.cases.work import Look, queue_paper
from kiosk.money.ledger import Entry
from kiosk.money.methods import Method
from kiosk.money.states import State
from kiosk.receipts import contents
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refused, refused
from kiosk.words import Language, say


@dataclass(frozen=True, slots=True)
class Tally:
    """So many payments (or charges) of one kind, and what they come to in rupiah."""

    name: str
    count: int
    amount: int


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
    """What a shift took. `edc_total` is the device's own settlement, None where it gave none; `counted` the cash."""

    by_method: tuple[Tally, ...] = ()
    by_tariff: tuple[Tally, ...] = ()
    reversed: tuple[Reversed, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    edc_total: int | None = None
    counted: int | None = None

    @property
    def total(self) -> int:
        return sum(row.amount for row in self.by_method)

    def of(self, *methods: Method) -> int:
        """Rupiah by these methods."""
        return sum(row.amount for row in self.by_method if row.name in methods)

    @property
    def own_edc_total(self) -> int:
        return self.of(Method.EDC_CARD, Method.EDC_QRIS)


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
    close(look, edc_total=None, counted=None)
    return int(_open(look, cash=False).id)


def close(look: Look, *, edc_total: int | None, counted: int | None) -> Summary | Refused:
    """End the shift here, store its summary and print the report. Within a writing unit of work.

    `edc_total` is the device's settlement; `counted` the cash in the drawer, needed if the shift took cash.
    """
    here = current(look.kit.terminal)
    if here is None:
        return refused(Code.SHIFT_NOT_OPEN)
    if here.cash_allowed and here.officer_id != look.officer.id:
        return refused(Code.SHIFT_OF_OTHER, officer=here.officer)
    if here.cash_allowed and counted is None:
        return refused(Code.FIELD_REQUIRED, "counted")
    done = summary(here.id, edc_total=edc_total, counted=counted)
    Shift.update(closed_at=look.now, summary=to_json(done)).where(Shift.id == here.id).execute()
    audit.append(look.now, look.signer, "shift_closed", f"shift:{here.id}", {"total": done.total})
    queue_paper(look, _report(look, here, done))
    return done


def closed(shift: int) -> Summary | None:
    """The summary a shift was closed with. Within a unit of work."""
    row = Shift.get_or_none((Shift.id == shift) & Shift.closed_at.is_null(False))
    return None if row is None else from_json(Summary, row.summary)


def summary(shift: int, *, edc_total: int | None = None, counted: int | None = None) -> Summary:
    """Counts and sums of a shift, from the ledger. Within a unit of work."""
    lines = list(Ledger.select().where(Ledger.shift == shift).order_by(Ledger.id))
    money = [line for line in lines if line.kind != Entry.DEPOSIT]
    payments = list(Payment.select().where(Payment.shift == shift).order_by(Payment.id))
    gone = [line for line in money if line.kind == Entry.REVERSAL]
    references = {row.id: row.reference for row in Payment.select().where(Payment.id.in_({x.payment_id for x in gone}))}
    return Summary(
        by_method=_tally((line.method, line.payment_id, line.amount) for line in money),
        by_tariff=_tally((line.tariff_kind, line.id, line.amount) for line in money),
        reversed=tuple(Reversed(references.get(x.payment_id or 0, ""), -x.amount, x.note) for x in gone),
        undecided=tuple(Undecided(p.reference, p.amount, p.state) for p in payments if State(p.state).open),
        edc_total=edc_total,
        counted=counted,
    )


def _tally(rows: Iterable[tuple[str, int | None, int]]) -> tuple[Tally, ...]:
    """Sums by name; a payment of several lines counts once, and not at all once it is reversed."""
    counted: dict[str, dict[int | None, int]] = {}
    for name, key, amount in rows:
        counted.setdefault(name, {}).setdefault(key, 0)
        counted[name][key] += amount
    return tuple(
        Tally(name, sum(1 for amount in keys.values() if amount > 0), sum(keys.values()))
        for name, keys in sorted(counted.items())
    )


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
        by_method=tuple(_subtotal("payment.method", row) for row in done.by_method),
        by_tariff=tuple(_subtotal("payment.charge", row) for row in done.by_tariff),
        voided=tuple(contents.Voided(row.reference, row.amount, row.reason) for row in done.reversed),
        unresolved=tuple(contents.Unresolved(row.reference, row.amount) for row in done.undecided),
        own_edc_total=done.own_edc_total,
        edc_total=done.edc_total,
    )


def _subtotal(prefix: str, row: Tally) -> contents.Subtotal:
    return contents.Subtotal(both(f"{prefix}.{row.name}", row.name), row.count, row.amount)


def both(key: str, otherwise: str) -> Bilingual:
    """The words of a key in both languages; `otherwise` where the catalogues have none (a tariff of the office's)."""
    from kiosk.words import catalogue

    if key not in catalogue(Language.INDONESIAN):
        return Bilingual(otherwise, otherwise)
    return Bilingual(say(Language.INDONESIAN, key), say(Language.ENGLISH, key))
