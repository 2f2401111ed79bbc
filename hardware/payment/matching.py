"""Which of the device's own transactions a sale of unknown outcome could be. Pure; finding none proves nothing by
itself.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hardware.payment.terminal import Method, TransactionRecord

WINDOW = timedelta(minutes=10)
"""The terminal's clock and ours may differ by so much, and the customer takes time."""


class Verdict(StrEnum):
    """How a search ended."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of the sale: `sent_at` aware, `terminal_id`, `rrn` and `masked_pan` empty when unknown.

    `taken` are (invoice, RRN) pairs that already belong to other payments and so can't be this one.
    """

    amount: int
    method: Method
    sent_at: datetime
    reference: str = ""
    terminal_id: str = ""
    rrn: str = ""
    masked_pan: str = ""
    taken: Collection[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """The result: the record when there is exactly one, and all that came into question."""

    verdict: Verdict
    record: TransactionRecord | None
    candidates: tuple[TransactionRecord, ...]


def match_transaction(
    sought: Sought, records: Iterable[TransactionRecord], answered_within: timedelta = timedelta(minutes=3)
) -> Match:
    """Compare amount, time window, terminal, RRN, masked PAN and reference; a record that contradicts any of them is
    out.

    `answered_within` is how long the sale may have run at the device. A record without a time can be a candidate but
    never the one match, unless RRN or reference name it. A reference or RRN that agrees decides among several.
    """
    candidates = tuple(record for record in records if _possible(sought, record, answered_within))
    named = tuple(record for record in candidates if _named(sought, record))
    if len(named) == 1:
        return Match(Verdict.MATCHED, named[0], candidates)
    if len(candidates) == 1 and not named and candidates[0].device_time is not None:
        return Match(Verdict.MATCHED, candidates[0], candidates)
    return Match(Verdict.AMBIGUOUS if candidates else Verdict.NONE, None, candidates)


def _possible(sought: Sought, record: TransactionRecord, answered_within: timedelta) -> bool:
    return (
        record.amount == sought.amount
        and record.approved
        and not record.voided
        and record.method in (None, sought.method)
        and (record.invoice_no, record.rrn) not in sought.taken
        and _agree(sought.terminal_id, record.terminal_id)
        and _agree(sought.rrn, record.rrn)
        and _agree(sought.masked_pan[-4:], record.masked_pan[-4:])
        and _agree(sought.reference, record.reference)
        and _in_time(sought.sent_at, record.device_time, answered_within)
    )


def _agree(ours: str, theirs: str) -> bool:
    """Not contradicting: equal, or one side does not know."""
    return not ours or not theirs or ours == theirs


def _in_time(sent_at: datetime, device_time: datetime | None, answered_within: timedelta) -> bool:
    return device_time is None or sent_at - WINDOW <= device_time <= sent_at + answered_within + WINDOW


def _named(sought: Sought, record: TransactionRecord) -> bool:
    """Whether RRN or reference say that this is the one."""
    by_rrn = bool(sought.rrn) and sought.rrn == record.rrn
    by_reference = bool(sought.reference) and sought.reference == record.reference
    return by_rrn or by_reference
