"""P8: a day file with injected differences: all are found, none is invented."""

import random
from dataclasses import replace

import pytest

from kiosk.money.reconcile import Difference, Differs, Entry, differences
from kiosk.reports import treasury_file
from kiosk.reports.treasury_file import Deposited


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


def our_deposits(count: int) -> list[Deposited]:
    """Every tenth has no NTPN yet: it is known by its billing code."""
    return [
        Deposited("" if n % 10 == 3 else f"{n:08X}C0FFEE42", f"820261124{n:06d}", 250_000 * (1 + n % 4), f"REF{n}")
        for n in range(1, count + 1)
    ]


def as_file(lines: list[Deposited]) -> str:
    """As the treasury writes it: every line has its NTPN there, also those that we do not know yet."""
    rows = [f"{one.billing_code};{one.ntpn or 'B16B00B5' + one.billing_code[-8:]};Rp{one.amount:,}" for one in lines]
    return "Kode Billing;NTPN;Jumlah\n" + "\n".join(rows).replace(",", ".")


@pytest.mark.parametrize("seed", range(4))
def test_p8_every_difference_to_the_treasurys_list_is_found_and_none_invented(seed: int) -> None:
    """1 % injected: missing, extra, another amount, twice."""
    chance, here = random.Random(seed), our_deposits(2_000)
    assert treasury_file.compare(here, treasury_file.read(as_file(here))) == ()
    there, expected = list(here), {}
    for index in sorted(chance.sample(range(2_000), 20), reverse=True):
        one, how = here[index], chance.choice(list(Differs))
        expected[(one.ntpn or one.billing_code).lstrip("0")] = how
        match how:
            case Differs.MISSING_THERE:
                there.remove(one)
            case Differs.MISSING_HERE:
                del here[index]
                if not one.ntpn:
                    del expected[one.billing_code]
                    expected["B16B00B5" + one.billing_code[-8:]] = how
            case Differs.AMOUNT:
                there[there.index(one)] = replace(one, amount=one.amount - 1)
            case Differs.TWICE_HERE:
                here.append(one)
            case Differs.TWICE_THERE:
                there.append(one)
    chance.shuffle(there)
    found = treasury_file.compare(here, treasury_file.read(as_file(there)))
    assert {one.key: one.how for one in found} == expected


def test_what_we_took_back_is_ours_where_the_treasury_lists_it_and_not_missed_elsewhere() -> None:
    gone = Deposited("2A8F4C11D0E93B75", "820261124465628", 500_000, "REF", doubtful=True)
    assert treasury_file.compare([gone], []) == ()
    assert treasury_file.compare([gone], [replace(gone, amount=1)])[0].how is Differs.AMOUNT
    assert treasury_file.compare([gone], [gone, gone])[0].how is Differs.TWICE_THERE
