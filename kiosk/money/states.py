"""The states of a payment and the changes that exist between them. Pure.

    INTENT -> SENT -> ACKED -> PENDING (QRIS) -> APPROVED | DECLINED | CANCELLED, and UNKNOWN from any in the middle.

UNKNOWN ends by the device's word or by two people with the slip. The state receipt is PAID_PENDING_NTPN until its NTPN
is known, then SETTLED. Money that is taken back makes a payment REVERSED. No change leads back to SENT: a sale is sent
once.
"""

from enum import StrEnum


class State(StrEnum):
    """The values are stored; db/constraints.py names some of them."""

    INTENT = "intent"
    SENT = "sent"
    ACKED = "acked"
    PENDING = "pending"
    UNKNOWN = "unknown"
    APPROVED = "approved"
    PAID_PENDING_NTPN = "paid_pending_ntpn"
    SETTLED = "settled"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    REVERSED = "reversed"

    @property
    def paid(self) -> bool:
        """The money has come in."""
        return self in PAID

    @property
    def final(self) -> bool:
        """Nothing is owed to or by anybody any more: the case may be charged anew."""
        return self in FINAL

    @property
    def open(self) -> bool:
        """Not known yet what came of it."""
        return self not in PAID and self not in FINAL


PAID = frozenset({State.APPROVED, State.PAID_PENDING_NTPN, State.SETTLED})
FINAL = frozenset({State.DECLINED, State.CANCELLED, State.REVERSED})
UNANSWERED = frozenset({State.SENT, State.ACKED, State.PENDING, State.UNKNOWN})
"""A device with one of these is not given another sale (`one_unanswered_sale_for_a_device`)."""

_ANSWERS = {State.PENDING, State.UNKNOWN, State.APPROVED, State.DECLINED, State.CANCELLED}

CHANGES: dict[State, frozenset[State]] = {
    State.INTENT: frozenset({State.SENT, State.CANCELLED}),
    State.SENT: frozenset({State.ACKED} | _ANSWERS),
    State.ACKED: frozenset(_ANSWERS),
    State.PENDING: frozenset(_ANSWERS - {State.PENDING}),
    State.UNKNOWN: frozenset(_ANSWERS - {State.UNKNOWN}),
    State.APPROVED: frozenset({State.REVERSED}),
    State.PAID_PENDING_NTPN: frozenset({State.SETTLED, State.REVERSED}),
    State.SETTLED: frozenset({State.REVERSED}),
    State.DECLINED: frozenset(),
    State.CANCELLED: frozenset(),
    State.REVERSED: frozenset(),
}


def may_change(before: State, after: State) -> bool:
    """Does the change exist?"""
    return after in CHANGES[before]


def before(after: State) -> tuple[State, ...]:
    """The states from which `after` may be reached."""
    return tuple(state for state, targets in CHANGES.items() if after in targets)
