"""Text as a receipt printer can show it: letters of one code page, nothing below a space, the rest transliterated
or "?".
"""

import unicodedata

_REPLACED = {
    "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Œ": "OE", "œ": "oe", "Ŧ": "T", "ŧ": "t",
    "Ŋ": "N", "ŋ": "n", "ẞ": "SS", "Þ": "TH", "þ": "th", "Ð": "D", "ð": "d", "ʻ": "'", "ʼ": "'", "‘": "'", "’": "'",
    "‚": ",", "“": '"', "”": '"', "„": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "*", "·": ".", "€": "EUR", "™": "TM", "×": "x", "→": "->", "←": "<-", "✓": "v", "№": "No",
}  # fmt: skip
UNKNOWN = "?"


def printable(text: str, encoding: str) -> str:
    """`text` with every character encodable in `encoding` as one byte of 0x20 or above.

    Control characters become nothing, line breaks and tabs one space; marks over letters are dropped where the
    letter alone exists.
    """
    out: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if character in "\t\n\r\v\f\x85\u2028\u2029":
            out.append(" ")
        elif unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            continue
        else:
            out.append(_shown(character, encoding))
    return "".join(out)


def _shown(character: str, encoding: str) -> str:
    if _fits(character, encoding):
        return character
    replaced = _REPLACED.get(character)
    if replaced is None:
        replaced = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    if unicodedata.category(character) in ("Mn", "Me"):
        return ""
    return replaced if replaced and all(_fits(part, encoding) for part in replaced) else UNKNOWN


def _fits(character: str, encoding: str) -> bool:
    try:
        encoded = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(encoded) == 1 and encoded[0] >= 0x20 and encoded[0] != 0x7F


def fold(text: str, columns: int) -> list[str]:
    """Lines of at most `columns` characters, broken at spaces where there are any; leading spaces stay. At least
    one line.
    """
    lines: list[str] = []
    rest = text.rstrip()
    while len(rest) > columns:
        at = rest.rfind(" ", 1, columns + 1)
        if at <= 0 or not rest[:at].strip():
            at = columns
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*lines, rest]
