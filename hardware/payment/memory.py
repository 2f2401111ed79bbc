"""What a payment terminal still owes us: sales whose answer has not come, and answers already taken. Survives a
replug.

The link carries no reference of ours back, so an answer is told apart by type and amount. Terminals serve one sale at
a time and answer in order; an answer that fits an older, unanswered sale as well as the present one is therefore only
believed when a second one follows.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from hardware.payment.link import Judgement
from hardware.payment.terminal import Purpose, Reply, TransactionRecord

_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Owed:
    """A sale or void that was sent."""

    purpose: Purpose
    kind: str
    amount: int
    reference: str


Identity = tuple[str, str, str, str]


def identity(reply: Reply) -> Identity | None:
    """What makes an answer recognisable when it comes twice; None when it names no transaction (most declines)."""
    if not (reply.invoice_no or reply.rrn):
        return None
    return (reply.kind, reply.invoice_no, reply.rrn, reply.approval_code)


class Memory:
    """One line's unanswered sales and taken answers.

    A sale that people ended leaves a ghost: a refusal names no transaction, so the next one may be that sale's, come
    late. It is held briefly, and the device asked for its last transaction before it is believed.
    """

    def __init__(self) -> None:
        self.owed: list[Owed] = []
        self._taken: deque[Identity] = deque(maxlen=_REMEMBERED)
        self._settled: deque[tuple[str, str, str]] = deque(maxlen=_REMEMBERED)
        self._seen: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._ghosts: Counter[str] = Counter()
        self._last_body = b""

    def expect(self, sale: Owed) -> None:
        """A sale is about to be sent."""
        self.owed.append(sale)

    def answered(self, sale: Owed, reply: Reply) -> None:
        """`reply` was its answer."""
        if sale in self.owed:
            self.owed.remove(sale)
        if identity(reply) is None and self._ghosts[reply.kind]:
            self._ghosts[reply.kind] -= 1
        self.took(reply)

    def took(self, reply: Reply) -> None:
        """An answer that must not count a second time."""
        self._last_body = reply.raw_masked
        known = identity(reply)
        if known is not None:
            self._taken.append(known)

    def recognise(self, reply: Reply) -> None:
        """A transaction that an inquiry told of: no later sale's, wherever it is named again."""
        known = identity(reply)
        if known is not None:
            self._taken.append(known)

    def recall(self, refusals: Iterable[str], taken: Iterable[Identity], listed: Iterable[tuple[str, str]]) -> None:
        """After a restart: the types whose refusal may come late, answers taken, transactions listed before."""
        self._ghosts.update(refusals)
        self._taken.extend(taken)
        self._seen.extend(listed)

    def resolved(self, reference: str, record: TransactionRecord | None) -> None:
        """An unanswered sale was settled otherwise; its answer, should it still come, is recognised by invoice and
        RRN.
        """
        settled = [sale for sale in self.owed if sale.reference == reference]
        self.owed = [sale for sale in self.owed if sale.reference != reference]
        if record is not None and (record.invoice_no or record.rrn):
            self._settled.extend((sale.kind, record.invoice_no, record.rrn) for sale in settled)
        else:
            self._ghosts.update(sale.kind for sale in settled)

    def owes(self, reference: str) -> bool:
        """Whether the answer of this sale is still expected."""
        return any(sale.reference == reference for sale in self.owed)

    @property
    def seen(self) -> frozenset[tuple[str, str]]:
        """(invoice, RRN) of the transactions that were listed before the sales that are still owed."""
        return frozenset(self._seen)

    def saw(self, records: Iterable[TransactionRecord]) -> None:
        """Transactions that the device listed while no sale was under way: no later sale's answer names them."""
        self._seen.extend((record.invoice_no, record.rrn) for record in records)

    def is_known(self, reply: Reply) -> bool:
        """Whether this very transaction was taken or settled before."""
        known = identity(reply)
        return known is not None and (
            known in self._taken
            or (reply.kind, reply.invoice_no, reply.rrn) in self._settled
            or (reply.invoice_no, reply.rrn) in self._seen
        )

    def names(self, invoice_no: str, rrn: str) -> bool:
        """Whether a transaction belongs to an answer taken before, of whatever type, or was listed before."""
        transaction = (invoice_no, rrn)
        return transaction in self._seen or any(known[1:3] == transaction for known in self._taken)

    def judge(self, sale: Owed, reply: Reply, held: int) -> Judgement:
        """What an answer is that arrived while `sale` waits; `held` undecidable ones came before it."""
        if self.is_known(reply):
            return Judgement.DROP
        if reply.kind != sale.kind:
            return Judgement.FOREIGN
        older = [other for other in self.owed if other != sale and _fits(other, reply)]
        if _fits(sale, reply):
            if len(older) > held:
                return Judgement.HOLD
        elif older:
            return Judgement.FOREIGN
        if reply.raw_masked == self._last_body or (identity(reply) is None and self._ghosts[reply.kind]):
            return Judgement.HOLD_BRIEFLY
        return Judgement.TAKE

    def owner(self, reply: Reply) -> Owed | None:
        """The one unanswered sale that this stray answer fits; None when none does, or several do."""
        fitting = [sale for sale in self.owed if _fits(sale, reply)]
        return fitting[0] if len(fitting) == 1 else None


def _fits(sale: Owed, reply: Reply) -> bool:
    """Whether `reply` could answer `sale`: same type, and the same amount unless it is a refusal, which carries
    none.
    """
    return reply.kind == sale.kind and (reply.amount == sale.amount or not reply.amount)
