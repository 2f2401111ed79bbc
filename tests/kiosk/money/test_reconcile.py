"""P8: a day file with injected differences: all are found, none is invented."""

import random

import pytest

from kiosk.money.reconcile import Difference, Differs, Entry, differences


def a_day(count: int) -> list[Entry]:
    return [Entry(f"{number:06d}", 250_000 * (1 + number % 4), f"REF{number}") for number in range(1, count + 1)]


def test_p8_equal_lists_have_no_difference_whatever_their_order_and_padding() -> None:
    ours = a_day(1_000)
    theirs = [Entry(entry.key.lstrip("0"), entry.amount) for entry in reversed(ours)]
    assert differences(ours, theirs) == ()


@pytest.mark.parametrize("seed", range(20))
def test_p8_every_injected_difference_is_found_and_none_invented(seed: int) -> None:
    chance = random.Random(seed)
    ours = a_day(2_000)
    theirs = [Entry(entry.key, entry.amount) for entry in ours]
    expected: dict[str, Differs] = {}
    for index in chance.sample(range(2_000), 20):
        key = ours[index].key.lstrip("0")
        how = chance.choice(list(Differs))
        expected[key] = how
        match how:
            case Differs.MISSING_THERE:
                theirs[index] = Entry("", 0)
            case Differs.MISSING_HERE:
                ours[index] = Entry("", 0)
            case Differs.AMOUNT:
                theirs[index] = Entry(theirs[index].key, theirs[index].amount + 1)
            case Differs.TWICE_HERE:
                ours.append(ours[index])
            case Differs.TWICE_THERE:
                theirs.append(theirs[index])
    ours = [entry for entry in ours if entry.key]
    theirs = [entry for entry in theirs if entry.key]
    chance.shuffle(theirs)
    assert {found.key: found.how for found in differences(ours, theirs)} == expected


def test_a_difference_names_both_amounts_and_our_reference() -> None:
    found = differences([Entry("7", 500_000, "ABC")], [Entry("000007", 50_000)])
    assert found == (Difference("7", Differs.AMOUNT, 500_000, 50_000, "ABC"),)


def test_p8_sees_a_comparison_by_sums_or_by_sets() -> None:
    """The mutants: one compares totals only, one takes a line that stands twice for one."""
    ours = a_day(10)
    swapped = [Entry(e.key, e.amount + (1 if n == 0 else -1 if n == 1 else 0)) for n, e in enumerate(ours)]
    assert sum(e.amount for e in swapped) == sum(e.amount for e in ours)
    assert [found.how for found in differences(ours, swapped)] == [Differs.AMOUNT, Differs.AMOUNT]
    doubled = [*ours, ours[0]]
    assert {(e.key, e.amount) for e in doubled} == {(e.key, e.amount) for e in ours}
    assert [found.how for found in differences(ours, doubled)] == [Differs.TWICE_THERE]
