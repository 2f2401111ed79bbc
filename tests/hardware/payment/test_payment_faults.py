"""Every fault at every state of the link, times what the bank decided: the outcome is the terminal's truth or
unknown.

Codes P1, P2 and V2 of the verification plan. A cell is one sale on a terminal of its own; the cells run side by
side because most of their time is waiting.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from hardware.device import DeviceState
from hardware.payment.matching import Sought, Verdict, match_transaction
from hardware.payment.simulated_faults import HOWS, PLACES
from hardware.payment.terminal import History, Method, SaleOutcome, SaleState, TransactionRecord

FAULTS = [
    *(("request", how, times) for how, times in (("lose", 1), ("die", 1), ("nak", 1), ("nak", 99))),
    *(("ack", how, 1) for how in ("lose", "garble", "duplicate", "junk", "die")),
    *(("before_charge", how, 1) for how in ("lose", "die")),
    *(("after_charge", how, 1) for how in ("lose", "die")),
    *(("answer", how, 1) for how in ("lose", "garble", "cut", "junk", "duplicate", "late", "replay", "die", "nak")),
    *(("answer", how, 99) for how in ("garble", "cut")),
    ("answer", "wrong_amount", 1),
    ("answer", "wrong_type", 1),
    ("answer_ack", "lose", 1),
    ("answer_ack", "lose", 99),
    ("request", "lose", 0),
]
EVERYWHERE = [(place, how, 1) for place in PLACES for how in HOWS if (place, how, 1) not in FAULTS]
"""What is left of every way at every place."""
ORDERS = {
    Method.CARD: ("approve", "decline", "cancel", "unsure"),
    Method.QRIS: ("approve", "decline", "cancel", "expire"),
}
HASTY = {"ack": 0.15, "gap": 0.04, "card": 0.25, "qris": 0.25, "inquiry": 0.2, "history_gap": 0.2, "qris_wait": 0.4}
FINAL = {SaleState.APPROVED: 1, SaleState.DECLINED: 0, SaleState.CANCELLED: 0}
NewBench = Callable[..., AbstractContextManager[Any]]


@dataclass(frozen=True)
class Cell:
    place: str
    how: str
    times: int
    order: str
    method: Method
    polling: bool = False
    """The fault strikes an inquiry of a QRIS payment that was already created."""
    bank: str = "bca"


CELLS = [
    *(Cell(*fault, order, method) for fault in FAULTS for method in Method for order in ORDERS[method]),
    *(Cell(*fault, order, Method.CARD) for fault in EVERYWHERE for order in ("approve", "decline")),
    *(Cell(*fault, "approve", Method.CARD, bank="bri") for fault in EVERYWHERE),
    *(Cell(*fault, order, Method.QRIS, polling=True) for fault in FAULTS for order in ("approve", "expire")),
    *(Cell(*fault, order, Method.CARD, bank="bri") for fault in FAULTS for order in ("approve", "decline", "cancel")),
    *(Cell(*fault, order, Method.QRIS, bank="bri") for fault in FAULTS for order in ("approve", "expire")),
]


def agrees(outcome: SaleOutcome, charges: int) -> bool:
    """A final state is the truth; the others claim nothing."""
    return FINAL.get(outcome.state, charges) == charges


def play(edc: Any, cell: Cell, reference: str) -> tuple[SaleOutcome, list[dict[str, Any]], datetime]:
    """One sale under one fault; what came of it, what was charged, and when it began."""

    def strike() -> None:
        edc.order(**{"break": cell.place, "how": cell.how, "times": cell.times})

    edc.wait_for(lambda: not edc.order(line=True)["busy"])  # our ACK of the answer before is heard
    edc.at_pending = strike if cell.polling else None
    if cell.times and not cell.polling:
        strike()
    edc.order(next=cell.order)
    began = datetime.now(UTC)
    outcome = edc.sale(reference, method=cell.method)
    return outcome, edc.charged(reference), began


def died(edc: Any) -> bool:
    """Whether the terminal died. On a busy machine the driver may give up before the sale has come that far."""
    end = time.monotonic() + 1.0
    while edc.order(control="ping")["plugged"]:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def recover(edc: Any, cell: Cell) -> None:
    """A good line again; a terminal that died is plugged in once the driver has noticed."""
    edc.order(breaks="clear")
    edc.order(release=True)
    edc.wait_for(lambda: not edc.order(line=True)["busy"])
    if cell.how == "die" and died(edc):
        edc.wait_for(lambda: edc.device.status.state is DeviceState.ABSENT)
        edc.order(plug=True)
        edc.device.retry_now()
        edc.wait_for(lambda: edc.device.status.state is DeviceState.READY)


def one_cell(new_bench: NewBench, cell: Cell) -> str:
    with new_bench(cell.bank, **(HASTY if cell.times else {})) as edc:
        outcome, charged, began = play(edc, cell, "R1")
        attempts = [one for one in edc.order(attempts=True)["attempts"] if one["wish"] in ("card", "qris")]
        assert len(attempts) <= 1, (cell, attempts)
        assert len(charged) <= 1, (cell, charged)
        assert agrees(outcome, len(charged)), (cell, outcome, charged)
        if cell.how in ("late", "delay") and outcome.state is not SaleState.UNKNOWN:
            recover(edc, cell)
            assert agrees(outcome, len(edc.charged("R1"))), (cell, outcome)
        if cell.times == 0:
            assert outcome.state in (*FINAL, SaleState.UNKNOWN)
            assert (outcome.state is SaleState.UNKNOWN) == (cell.order == "unsure")
        if outcome.state is SaleState.UNKNOWN:
            recover(edc, cell)
            charged = edc.charged("R1")  # a terminal that held the request back may charge only now
            match = match_transaction(Sought(edc.amount, cell.method, began), whole_list(edc))
            assert len(charged) <= 1, (cell, charged)
            assert (match.verdict is Verdict.MATCHED) == (len(charged) == 1), (cell, match, charged)
            if match.record is not None:
                assert match.record.invoice_no == charged[0]["invoice"]
        answered_late = list(edc.late)
        charged = edc.charged("R1")  # counted after the answers came: one may come while the list is read
        for late in answered_late:
            assert agrees(late.outcome, len(charged)), (cell, late, charged)
        return str(outcome.state)


def test_every_fault_at_every_state_ends_in_the_truth_or_unknown(new_bench: NewBench) -> None:
    with ThreadPoolExecutor(16) as pool:
        states = Counter(pool.map(lambda cell: one_cell(new_bench, cell), CELLS))
    print(f"P1: {len(CELLS)} cells of fault x state x decision: {dict(states)}, 0 wrong, 0 second charges")
    assert states[SaleState.APPROVED] >= 20
    assert states[SaleState.DECLINED] >= 20


def whole_list(edc: Any) -> tuple[TransactionRecord, ...]:
    """The device's list, asked for again where it broke off: a part of it proves nothing, nor would the office end a
    payment by it.
    """
    for _ in range(20):
        listed: History = edc.device.submit(lambda t, _: t.history(whole=True)).result(10)
        if listed.complete:
            return listed.records
    pytest.fail("the device never gave its whole list")


def many_sales(new_bench: NewBench, seed: int, sales: int) -> Counter[str]:
    """Sales one after another on one terminal, each with a random fault or none; unknowns are settled by the
    device's list.
    """
    chance = random.Random(seed)
    states: Counter[str] = Counter()
    taken: set[tuple[str, str]] = set()
    with new_bench(**HASTY, duplicate_hold=0.05) as edc:
        for number in range(sales):
            reference = f"S{seed}N{number}"
            method = chance.choice(list(Method))
            fault = chance.choice(FAULTS) if chance.random() < 0.5 else ("request", "lose", 0)
            cell = Cell(*fault, chance.choice(ORDERS[method]), method)
            edc.late.clear()
            outcome, charged, began = play(edc, cell, reference)
            assert len(charged) <= 1, (cell, charged)
            assert agrees(outcome, len(charged)), (cell, outcome, charged)
            if outcome.state is SaleState.APPROVED:
                assert outcome.invoice_no == charged[0]["invoice"], (cell, outcome, charged)
            states[str(outcome.state)] += 1
            edc.order(breaks="clear")
            if outcome.state is SaleState.UNKNOWN:
                recover(edc, cell)
                records = whole_list(edc)
                sought = Sought(edc.amount, method, began, taken=frozenset(taken))
                match = match_transaction(sought, records)
                assert (match.record is not None) == (len(charged) == 1), (cell, match, charged)
                edc.device.submit(lambda t, _, r=reference, m=match.record: t.resolved(r, m)).result(5)
            if charged:
                taken.add((charged[0]["invoice"], charged[0]["rrn"].lstrip("0").rjust(len(charged[0]["rrn"]), "0")))
            if number % 50 == 49:
                edc.device.submit(lambda t, _: t.settle()).result(10)
    return states


def test_sales_in_a_row_under_random_faults_are_never_confused(new_bench: NewBench) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda seed: many_sales(new_bench, seed, 12), range(8)))
    total: Counter[str] = sum(counts, Counter())
    print(f"P1/P2: {sum(total.values())} sales in a row under random faults: {dict(total)}, 0 wrong")


@pytest.mark.long
def test_ten_thousand_sales_under_random_faults_are_never_confused(new_bench: NewBench) -> None:
    with ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(lambda seed: many_sales(new_bench, seed, 500), range(100, 120)))
    total: Counter[str] = sum(counts, Counter())
    print(f"P1/P2: {sum(total.values())} sales under random faults: {dict(total)}, 0 wrong, 0 second charges")
    assert sum(total.values()) == 10_000
