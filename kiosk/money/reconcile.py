"""Our payments beside somebody else's list of them: an EDC batch, a bank's or the treasury's day file. Pure.

A line is known by its key: the invoice number in an EDC batch, the NTPN at the treasury. A key that either side has
twice, or that only one side has, or with another amount, is a difference for a person to look at (domain.md 2.3).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Differs(StrEnum):
    """How the two lists differ at a key. Words: `reconcile.<value>`."""

    MISSING_THERE = "missing_there"
    """We have it, they don't."""
    MISSING_HERE = "missing_here"
    """They have it, we don't."""
    AMOUNT = "amount"
    TWICE_HERE = "twice_here"
    TWICE_THERE = "twice_there"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of either list: its key and rupiah. `reference` is ours, for people; empty in theirs."""

    key: str
    amount: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One key at which the lists differ; an amount is None where that side has no such line."""

    key: str
    how: Differs
    ours: int | None
    theirs: int | None
    reference: str = ""


def differences(ours: Iterable[Entry], theirs: Iterable[Entry]) -> tuple[Difference, ...]:
    """Every difference, by key. Leading zeros of a key don't count: terminals pad them."""
    here, there = list(ours), list(theirs)
    own, other = {_bare(e.key): e for e in here}, {_bare(e.key): e for e in there}
    own_count, other_count = Counter(_bare(e.key) for e in here), Counter(_bare(e.key) for e in there)
    found: list[Difference] = []
    for key in sorted(own.keys() | other.keys()):
        mine, yours = own.get(key), other.get(key)
        how = _how(mine, yours, own_count[key], other_count[key])
        if how is not None:
            found.append(
                Difference(
                    key,
                    how,
                    mine.amount if mine else None,
                    yours.amount if yours else None,
                    mine.reference if mine else "",
                )
            )
    return tuple(found)


def _how(mine: Entry | None, yours: Entry | None, here: int, there: int) -> Differs | None:
    if mine is None:
        return Differs.MISSING_HERE
    if yours is None:
        return Differs.MISSING_THERE
    if here > 1:
        return Differs.TWICE_HERE
    if there > 1:
        return Differs.TWICE_THERE
    return Differs.AMOUNT if mine.amount != yours.amount else None


def _bare(key: str) -> str:
    return key.strip().upper().lstrip("0")
