"""The name field of a machine readable zone, and how a printed name compares with it: ICAO Doc 9303-3, section 4.6."""

import re
from dataclasses import dataclass

from kiosk.mrz.layout import FILLER
from kiosk.mrz.model import Mrz
from kiosk.transliteration import has_unknown_letters, mrz_letters

_SEPARATOR = "<<"
_RENDERINGS = (("UXX", "U"), ("NXX", "N"), ("AE", "A"), ("OE", "O"), ("UE", "U"), ("AA", "A"))


@dataclass(frozen=True, slots=True)
class NameComparison:
    """How a printed name and the zone's agree. What is left over on each side is in the zone's letters.

    `truncated` says that the zone's name was cut and that the printed name agrees as far as the zone goes.
    """

    agree: bool
    truncated: bool
    only_printed: tuple[str, ...]
    only_in_zone: tuple[str, ...]


def read_name(field: str) -> tuple[str, str]:
    """Surname and given names in a name field. One who has a single name has it as the surname."""
    surname, _, given = field.partition(_SEPARATOR)
    parts = [" ".join(part.replace(FILLER, " ").split()) for part in (surname, given)]
    return (parts[0], parts[1]) if parts[0] else (parts[1], "")


def write_name(surname: str, given_names: str, width: int) -> str:
    """The name field, `width` characters, cut so that its last character is a letter if anything is missing.

    Raises ValueError for a name in letters that the zone has no rendering for, or without a surname.
    """
    primary, secondary = (_written(name) for name in (surname, given_names))
    if not primary:
        raise ValueError("a name without a surname: a single name is the surname")
    name = f"{primary}{_SEPARATOR}{secondary}" if secondary else primary
    if len(name) <= width:
        return name.ljust(width, FILLER)
    if secondary and len(primary) + len(_SEPARATOR) >= width:
        # at least the first letter of the given names must be left
        return _cut(primary, width - 3) + _SEPARATOR + secondary[0]
    return _cut(name, width)


def compare_names(printed: str, zone: Mrz) -> NameComparison:
    """Compare the name in the visual zone with the machine readable one: the same words in any order.

    Legal renderings of one letter count as the same (Ü as UE, UXX or U), and so do apostrophes and hyphens.
    """
    ours = _words(mrz_letters(printed))
    theirs = _words(zone.full_name)
    missing = tuple(word for word in dict.fromkeys(ours) if ours.count(word) > theirs.count(word))
    extra = tuple(word for word in dict.fromkeys(theirs) if theirs.count(word) > ours.count(word))
    if (not missing and not extra) or "".join(ours) == "".join(theirs):
        return NameComparison(True, False, (), ())
    # a cut name lacks words and has the beginnings of some; it never has a word of its own
    cut = zone.name_truncated and all(any(word.startswith(start) for word in missing) for start in extra)
    return NameComparison(cut, cut, missing, extra)


def _words(name: str) -> list[str]:
    return [_merged(word) for word in name.split()]


def _merged(word: str) -> str:
    for rendering, letter in _RENDERINGS:
        word = word.replace(rendering, letter)
    return word


def _written(name: str) -> str:
    letters = mrz_letters(name)
    if has_unknown_letters(name) or re.search(r"[0-9]", letters):
        raise ValueError("a name holds A to Z only, once transliterated")
    return letters.replace(" ", FILLER)


def _cut(name: str, width: int) -> str:
    if name[width - 1] == FILLER:
        # the longest word gives up a letter, so that the next word's first one stands at the end
        longest = max(name[:width].split(FILLER), key=len)
        end = name.index(longest) + len(longest)
        name = name[: end - 1] + name[end:]
    return name[:width]
