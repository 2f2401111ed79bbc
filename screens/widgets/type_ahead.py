"""Type-ahead: where the cursor of a list goes for what was typed."""

from collections.abc import Sequence
from unicodedata import combining, normalize


def begins(text: str, typed: str) -> bool:
    """Whether `text`, or a word in it, begins with `typed`, in any case, with or without accents."""
    return f" {_folded(typed)}" in f" {_folded(text)}"


def _folded(text: str) -> str:
    return "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))


def place_of(rows: Sequence[Sequence[str]], typed: str, at: int) -> int | None:
    """The first row, from `at` on and around, of which a cell or a word of a cell begins with `typed`."""
    order = [*range(at, len(rows)), *range(at)]
    return next((place for place in order if any(begins(cell, typed) for cell in rows[place])), None)
