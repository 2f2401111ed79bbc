"""From what a person pasted or a reader sent to the lines of a machine readable zone."""

import re
import unicodedata

from kiosk.mrz.layout import ALPHABET, FILLER, LAYOUTS, Format
from kiosk.refusals import Code, Refusal, Refused, refused

_LIMIT = 1000
_BREAKS = re.compile(r"[\r\n\x02\x03\x1c-\x1e\x85\u2028\u2029]+")
_GUILLEMETS = str.maketrans({"«": "<<", "‹": "<"})
_UNREADABLE = "?*#"
_JOINED = {44 * 2: 44, 36 * 2: 36, 30 * 3: 30}


def split_lines(text: str) -> tuple[str, ...]:
    """The lines in `text`: capitals, no blanks, no framing (STX, ETX, CR, LF, CRLF); a joined zone is cut.

    Lines may still have the wrong number or length; `find_format` says so.
    """
    folded = unicodedata.normalize("NFKC", text[:_LIMIT].translate(_GUILLEMETS))
    capitals = "".join(char.upper() if char.isascii() else char for char in folded)
    lines = [line for line in ("".join(part.split()) for part in _BREAKS.split(capitals)) if line]
    if len(lines) == 1 and len(lines[0]) in _JOINED:
        length = _JOINED[len(lines[0])]
        lines = [lines[0][start : start + length] for start in range(0, len(lines[0]), length)]
    # some readers send the zone again with each swipe
    half = len(lines) // 2
    if len(lines) in (4, 6) and lines[:half] == lines[half:]:
        lines = lines[:half]
    return tuple(lines)


def find_format(lines: tuple[str, ...]) -> Format | Refused:
    """The format of `lines`, or everything that keeps them from being a zone."""
    if not lines:
        return refused(Code.MRZ_EMPTY, "mrz")
    found = _format(lines)
    layout = LAYOUTS[found]
    if len(lines) != layout.lines:
        code = Code.MRZ_LINE_MISSING if len(lines) < layout.lines else Code.MRZ_TOO_MANY_LINES
        return refused(code, "mrz", expected=layout.lines, got=len(lines))
    problems = [
        Refusal(Code.MRZ_WRONG_LENGTH, "mrz", {"line": number, "expected": layout.length, "got": len(line)})
        for number, line in enumerate(lines, 1)
        if len(line) != layout.length
    ]
    problems += [refusal for number, line in enumerate(lines, 1) for refusal in _characters(number, line)]
    return Refused(tuple(problems)) if problems else found


def _format(lines: tuple[str, ...]) -> Format:
    """The format that the lines most look like: by their number, then by the length of most of them."""
    visa = lines[0].startswith("V")
    lengths = [min((30, 36, 44), key=lambda length: abs(length - len(line))) for line in lines]
    length = max(set(lengths), key=lambda length: (lengths.count(length), length))
    if len(lines) >= 3 or length == 30:
        return Format.TD1
    if length == 36:
        return Format.MRV_B if visa else Format.TD2
    return Format.MRV_A if visa else Format.TD3


def _characters(number: int, line: str) -> list[Refusal]:
    """At most one refusal for a line: the first character that can't stand there."""
    for place, char in enumerate(line, 1):
        if char in _UNREADABLE:
            return [Refusal(Code.MRZ_UNREADABLE, "mrz", {"line": number, "position": place})]
        if char not in ALPHABET + FILLER:
            details = {"line": number, "position": place, "character": f"U+{ord(char):04X}"}
            return [Refusal(Code.MRZ_ILLEGAL_CHARACTER, "mrz", details)]
    return []
