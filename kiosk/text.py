"""Text that came from outside: cleaned before it reaches a terminal, a printer or a log."""

import re
import unicodedata

_DROPPED = {"Cc", "Cs", "Co", "Cn"}
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e")

WIDEST_GAP = 64
"""No table of the command line has two columns further apart."""
_SPACED = re.compile(r"( *)([^ ]+|$)")


def clean(text: str, *, limit: int = 200) -> str:
    """Return `text` in NFC on one line: no control, bidi or invisible characters, white space folded.

    `limit` is the greatest length in characters of what comes back; longer text is cut, so that a
    hostile value can't fill a screen. Use `has_unsafe` to refuse instead of clean.
    """
    return " ".join(clean_typed(text, limit=limit * 4).split())[:limit].rstrip()


def clean_typed(text: str, *, limit: int = 10_000) -> str:
    """Like `clean`, for what somebody is still typing: blanks stay as they stand, the next word may follow them."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text[:limit]):
        category = unicodedata.category(char)
        if char in "\t\n\r\v\f" or category in {"Zs", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in _DROPPED and char not in _BIDI and char not in _INVISIBLE:
            kept.append(char)
    return "".join(kept)


def clean_columns(text: str, *, limit: int = 400) -> str:
    """Like `clean`, for a line that a program has set in columns: its runs of plain spaces stay, up to WIDEST_GAP.

    Data in such a line is to be cleaned before it is set, or its own spaces could look like a column.
    """
    kept: list[str] = []
    for gap, word in _SPACED.findall(text[: limit * 4]):
        kept += [gap[:WIDEST_GAP], clean(word, limit=limit)]
    return "".join(kept)[:limit].rstrip()


def clean_lines(text: str, *, limit: int = 2000) -> str:
    """Like `clean`, for notes of several lines: line feeds stay."""
    lines = [clean(line, limit=limit) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")[:limit]


def has_unsafe(text: str) -> bool:
    """True if `text` holds a control, bidi-override, invisible or unassigned character."""
    return any(unicodedata.category(char) in _DROPPED or char in _BIDI or char in _INVISIBLE for char in text)
