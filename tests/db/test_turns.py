"""Acts that look across cases wait for their turn on what they name, and for nothing else."""

import threading

import pytest

from db.connection import Store
from db.turns import Hold, Turn, take

SLIP = Hold(Turn.SLIPS, "820260911000123")
PAIRS = {
    "one slip": (SLIP, SLIP, True),
    "two slips": (SLIP, Hold(Turn.SLIPS, "820260911000124"), False),
    "a slip and a passport of that number": (SLIP, Hold(Turn.APPLICATIONS, SLIP.key), False),
    "two who ask the list": (Hold(Turn.WATCHLIST, shared=True), Hold(Turn.WATCHLIST, shared=True), False),
    "one who asks the list, and a list that comes in": (Hold(Turn.WATCHLIST, shared=True), Hold(Turn.WATCHLIST), True),
    "a list that comes in, and one who asks it": (Hold(Turn.WATCHLIST), Hold(Turn.WATCHLIST, shared=True), True),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_second_waits_for_the_first_where_they_name_the_same(either: Store, name: str) -> None:
    if either.path is not None:
        pytest.skip("on SQLite one unit of work is under way at a time anyway")
    first, second, waits = PAIRS[name]
    had = threading.Event()

    def other() -> None:
        with either.writing():
            take(second)
            had.set()

    thread = threading.Thread(target=other)
    with either.writing():
        take(first)
        thread.start()
        assert had.wait(0.3 if waits else 5) is not waits
    thread.join(5)
    assert had.is_set()


def test_they_are_taken_in_one_order_whoever_names_them(either: Store) -> None:
    holds = [Hold(Turn.SLIPS, number) for number in "123"]

    def takes(order: list[Hold]) -> None:
        for _ in range(20):
            with either.writing():
                take(*order)

    threads = [threading.Thread(target=takes, args=(order,)) for order in (holds, holds[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
