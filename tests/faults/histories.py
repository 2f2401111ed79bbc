"""C6: judges histories of appends and reads as Elle does (Kingsbury and Alvaro, VLDB 2020); knows nothing of us.

Every transaction appends values that nobody else appends, or reads whole lists. The order of a list's values is the
order of its versions; from it follow what each transaction saw, wrote over and came before. A history is sound when
there is one order of all transactions that explains every read and agrees with the clock on the wall: what ended before
another began comes first.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Value = str
List = str


class Outcome(StrEnum):
    """What who did it was told."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Nothing: it died, or its line did."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One act or look of one process. Instants in nanoseconds of one clock; `ended` counts only where it is done."""

    process: int
    begun: int
    ended: int
    outcome: Outcome
    appended: tuple[tuple[List, Value], ...] = ()
    read: tuple[tuple[List, tuple[Value, ...]], ...] = ()

    @property
    def operations(self) -> int:
        return len(self.appended) + len(self.read)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What no order of the transactions explains. `kind` after Adya: G0, G1a, G1b, G1c, G2, and plain words."""

    kind: str
    text: str


def anomalies(history: Sequence[Transaction], end: Mapping[List, Sequence[Value]]) -> list[Anomaly]:
    """All that is wrong with `history`; `end` are the lists as they are when all is over. [] = it is sound."""
    found = list(_in_lists(history, end))
    return found or list(_cycles(history, end))


def _in_lists(history: Sequence[Transaction], end: Mapping[List, Sequence[Value]]) -> Iterator[Anomaly]:
    """What one list shows by itself: doubled, lost, invented, reordered, half or refused values."""
    writer = {(name, value): each for each in history for name, value in each.appended}
    together = _together(history)
    there = {name: set(values) for name, values in end.items()}
    for name, values in end.items():
        yield from _of_one_read(name, tuple(values), writer, together)
    for (name, value), each in writer.items():
        if each.outcome is Outcome.DONE and value not in there.get(name, ()):
            yield Anomaly("lost", f"{name} ends without {value}")
    for each in history:
        for name, values in each.read:
            yield from _of_one_read(name, values, writer, together)
            if list(values) != list(end.get(name, ())[: len(values)]):
                yield Anomaly(
                    "reordered", f"{name} was read as {_short(values)} and ends as {_short(end.get(name, ()))}"
                )


def _of_one_read(
    name: List,
    values: tuple[Value, ...],
    writer: Mapping[tuple[List, Value], Transaction],
    together: Mapping[tuple[List, Value], tuple[Value, ...]],
) -> Iterator[Anomaly]:
    if len(set(values)) != len(values):
        yield Anomaly("doubled", f"{name}: {_short(values)}")
    for value in values:
        each = writer.get((name, value))
        if each is None:
            yield Anomaly("invented", f"{value} in {name} was appended by nobody")
        elif each.outcome is Outcome.REFUSED:
            yield Anomaly("G1a", f"{value} in {name} is of an act that was refused")
    if values and (others := together.get((name, values[-1]))) and others[-1] != values[-1]:
        yield Anomaly("G1b", f"{name} was read between {others[0]} and {others[-1]} of one transaction")


def _together(history: Iterable[Transaction]) -> dict[tuple[List, Value], tuple[Value, ...]]:
    """For each value of a transaction that appended several to one list: all of them, in its order."""
    found = {}
    for each in history:
        by_list = defaultdict(list)
        for name, value in each.appended:
            by_list[name].append(value)
        for name, values in by_list.items():
            if len(values) > 1:
                found |= {(name, value): tuple(values) for value in values}
    return found


Edges = dict[int, dict[int, str]]
_STRENGTH = {"ww": 0, "wr": 1, "rw": 2, "clock": 3}


def _cycles(history: Sequence[Transaction], end: Mapping[List, Sequence[Value]]) -> Iterator[Anomaly]:
    """Transactions that would each have to come before the other."""
    edges: Edges = defaultdict(dict)
    _by_values(edges, history, end)
    _by_clock(edges, history)
    for ring in _rings(edges, len(history)):
        kinds = {edges[one][other] for one in ring for other in edges[one] if other in ring}
        name = "G0" if kinds <= {"ww"} else "G1c" if kinds <= {"ww", "wr"} else "G2"
        name += " against the clock" if "clock" in kinds else ""
        told = "; ".join(_told(history[number]) for number in sorted(ring)[:6])
        yield Anomaly(name, f"{len(ring)} transactions in a ring of {', '.join(sorted(kinds))}: {told}")


def _edge(edges: Edges, one: int, other: int, kind: str) -> None:
    if one != other:
        known = edges[one].get(other)
        edges[one][other] = kind if known is None or _STRENGTH[kind] < _STRENGTH[known] else known


def _by_values(edges: Edges, history: Sequence[Transaction], end: Mapping[List, Sequence[Value]]) -> None:
    """Who wrote over whom (ww), who read whom (wr), who read what another then wrote over (rw)."""
    writer = {(name, value): number for number, each in enumerate(history) for name, value in each.appended}
    for name, values in end.items():
        for before, after in itertools.pairwise(values):
            _edge(edges, writer[name, before], writer[name, after], "ww")
    for number, each in enumerate(history):
        for name, values in each.read:
            if values:
                _edge(edges, writer[name, values[-1]], number, "wr")
            if len(values) < len(end.get(name, ())):
                _edge(edges, number, writer[name, end[name][len(values)]], "rw")


def _by_clock(edges: Edges, history: Sequence[Transaction]) -> None:
    """What ended before another began comes first; edges that follow from others are left out."""
    moments = [(each.begun, 1, number) for number, each in enumerate(history)]
    moments += [(each.ended, 0, number) for number, each in enumerate(history) if each.outcome is Outcome.DONE]
    newest: set[int] = set()
    before: dict[int, frozenset[int]] = {}
    for _, begins, number in sorted(moments):
        if begins:
            before[number] = frozenset(newest)
            for earlier in newest:
                _edge(edges, earlier, number, "clock")
        else:
            newest = (newest - before.pop(number)) | {number}


def _rings(edges: Edges, count: int) -> Iterator[set[int]]:
    """Strongly connected components of more than one (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in range(count):
        if root in index:
            continue
        work = [(root, iter(edges.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            here, following = work[-1]
            other = next(following, None)
            if other is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    ring = set()
                    while not ring or here not in ring:
                        ring.add(stack.pop())
                    on_stack -= ring
                    if len(ring) > 1:
                        yield ring
            elif other not in index:
                index[other] = low[other] = len(index)
                stack.append(other)
                on_stack.add(other)
                work.append((other, iter(edges.get(other, ()))))
            elif other in on_stack:
                low[here] = min(low[here], index[other])


def _short(values: Sequence[Value]) -> str:
    return " ".join(values if len(values) < 12 else [*values[:3], "...", *values[-6:]])


def _told(each: Transaction) -> str:
    wrote = " ".join(f"+{name}:{value}" for name, value in each.appended)
    saw = " ".join(f"{name}[{len(values)}]" for name, values in each.read)
    return f"{each.process}: {wrote or saw} at {each.begun}-{each.ended}"
