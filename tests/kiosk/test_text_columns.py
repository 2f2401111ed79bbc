"""Lines set in columns stay so; nothing else in them acts on a terminal."""

import pytest

from kiosk.text import WIDEST_GAP, clean_columns, has_unsafe


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("role        state   model", "role        state   model"),
        ("   42  right", "   42  right"),
        ("trailing    ", "trailing"),
        ("", ""),
        ("     ", ""),
        ("a\x1b[31m   b\x07", "a[31m   b"),
        ("a\tb\r\nc", "a b c"),
        ("a\u00a0\u2003b", "a b"),
        ("a  \u202e  b", "a    b"),
        ("x" + " " * 500 + "y", "x" + " " * WIDEST_GAP + "y"),
    ],
)
def test_columns_are_kept_and_the_rest_is_cleaned(given: str, kept: str) -> None:
    assert clean_columns(given) == kept
    assert not has_unsafe(clean_columns(given))


def test_a_line_has_an_end() -> None:
    assert len(clean_columns("ab " * 10_000)) <= 400
