"""The short code for the keyboard: every slip of one or two characters is noticed."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.receipts.short_code import ALPHABET, make, parse
from kiosk.refusals import Code, Refusal

SAMPLES = (
    bytes(6),
    b"\xff" * 6,
    bytes.fromhex("0123456789ab"),
    b"\x00\x00\x00\x00\x00\x01",
    b"\x80\x00\x00\x00\x00\x00",
)


def test_the_code_is_crockford_base32_of_the_id_in_groups_of_four() -> None:
    code = make(bytes.fromhex("0123456789ab"))
    value = int("0123456789ab", 16)
    digits = "".join(ALPHABET[value >> shift & 31] for shift in range(45, -1, -5))
    assert code.replace("-", "").startswith(digits)
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    assert make(bytes(6)) == "0000-0000-0000"


@given(st.binary(min_size=6, max_size=6))
def test_what_is_printed_can_be_typed(receipt_id: bytes) -> None:
    assert parse(make(receipt_id)) == receipt_id


@given(st.binary(min_size=6, max_size=6), st.randoms(use_true_random=False))
def test_typing_is_tolerant(receipt_id: bytes, chance: random.Random) -> None:
    sloppy = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        chance.choice(sloppy.get(char, char + char.lower())) + chance.choice(["", "", " ", "-"])
        for char in make(receipt_id).replace("-", "")
    )
    assert parse(f"  {typed} ") == receipt_id


@pytest.mark.parametrize("receipt_id", SAMPLES)
def test_every_single_wrong_character_is_noticed(receipt_id: bytes) -> None:
    code = make(receipt_id).replace("-", "")
    for place, char in itertools.product(range(12), ALPHABET):
        if char != code[place]:
            assert isinstance(parse(code[:place] + char + code[place + 1 :]), Refusal)


@pytest.mark.parametrize("receipt_id", [*SAMPLES, *(random.Random(seed).randbytes(6) for seed in range(40))])
def test_every_exchange_of_two_characters_is_noticed(receipt_id: bytes) -> None:
    code = make(receipt_id).replace("-", "")
    for left, right in itertools.combinations(range(12), 2):
        if code[left] != code[right]:
            exchanged = list(code)
            exchanged[left], exchanged[right] = code[right], code[left]
            assert isinstance(parse("".join(exchanged)), Refusal)


def test_every_pair_of_wrong_characters_is_noticed() -> None:
    code = make(bytes.fromhex("0123456789ab")).replace("-", "")
    for left, right in itertools.combinations(range(12), 2):
        for first, second in itertools.product(ALPHABET, ALPHABET):
            if first != code[left] and second != code[right]:
                wrong = list(code)
                wrong[left], wrong[right] = first, second
                assert isinstance(parse("".join(wrong)), Refusal)


@pytest.mark.parametrize(
    "typed", ["", "0000-0000-000", "0000-0000-00000", "UUUU-0000-0000", "0000_0000_0000", "é" * 12]
)
def test_what_is_no_code_is_refused_with_its_length(typed: str) -> None:
    refusal = parse(typed)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.details) == (Code.SHORT_CODE_UNREADABLE, {"length": 12})


def test_a_code_of_more_than_48_bits_is_refused() -> None:
    """Whole code words all the same, but their first character holds more than 3 bits."""
    checks = ["".join(pair) for pair in itertools.product(ALPHABET, ALPHABET)]
    for first in ALPHABET[8:]:
        whole = [code for check in checks if _is_code_word(code := f"{first}000000000{check}")]
        assert len(whole) == 1
        assert isinstance(parse(whole[0]), Refusal)


def _is_code_word(code: str) -> bool:
    """Both sums over GF(32), computed anew: carry-less multiplication modulo x^5 + x^2 + 1."""

    def times(left: int, right: int) -> int:
        product = 0
        for bit in range(5):
            product ^= (left << bit) * (right >> bit & 1)
        for bit in range(8, 4, -1):
            product ^= (0b100101 << (bit - 5)) * (product >> bit & 1)
        return product

    plain = weighted = 0
    power = 1
    for char in code:
        plain ^= ALPHABET.index(char)
        weighted ^= times(power, ALPHABET.index(char))
        power = times(power, 2)
    return plain == 0 and weighted == 0


@given(st.binary(min_size=6, max_size=6))
def test_a_second_reckoning_of_the_check_characters_agrees(receipt_id: bytes) -> None:
    assert _is_code_word(make(receipt_id).replace("-", ""))


def test_make_wants_six_bytes() -> None:
    with pytest.raises(ValueError, match="6 bytes"):
        make(b"12345")
