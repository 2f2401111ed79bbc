"""The sound form of a word of a name: one form for the many romanisations of the same sounds.

It merges the renderings of ICAO Doc 9303-3 (AE/A, UE/U, OE/O, UXX/U, NXX/N), Arabic (KH/H, DH/D, Q/K, OU/U), Slavic
(SHCH/SCH/SZ, ZH/DZ/J, IY/Y/I, OFF/OV), Indian (BH/B, TH/T, EE/I, OO/U), old and new Indonesian (TJ/C, DJ/J, OE/U),
doubled letters and a final H. A sound form is compared only with another sound form; it is never shown.
"""

import re
from functools import lru_cache

_STARTS = (("MAC", "MC"), ("HS", "S"), ("X", "S"), ("TS", "S"))

_SOUNDS = (
    ("UXX", "U"),
    ("NXX", "N"),
    ("SHCH", "S"),
    ("SCHTSCH", "S"),
    ("TSCH", "2"),
    ("SCH", "S"),
    ("TCH", "2"),
    ("CZ", "2"),
    ("TJ", "2"),
    ("CH", "2"),
    ("SH", "S"),
    ("SZ", "S"),
    ("SJ", "S"),
    ("KH", "H"),
    ("DJ", "J"),
    ("DZH", "J"),
    ("ZH", "J"),
    ("DZ", "J"),
    ("PH", "F"),
    ("TH", "T"),
    ("DH", "D"),
    ("GH", "G"),
    ("BH", "B"),
    ("CK", "K"),
    ("CE", "SE"),
    ("CI", "SI"),
    ("CY", "SI"),
    ("C", "K"),
    ("Q", "K"),
    ("X", "KS"),
    ("W", "V"),
    ("AE", "A"),
    ("OE", "U"),
    ("UE", "U"),
    ("OU", "U"),
    ("AU", "AV"),
    ("O", "U"),
    ("AY", "I"),
    ("EY", "I"),
    ("AI", "I"),
    ("EI", "I"),
    ("Y", "I"),
    ("E", "I"),
    ("2", "C"),
)

_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=20_000)
def sound_form(word: str) -> str:
    """The sound form of `word` (capitals A-Z); words in other letters come back as they are."""
    if not word.isascii() or len(word) < 2:
        return word
    for start, sound in _STARTS:
        if word.startswith(start):
            word = sound + word[len(start) :]
            break
    for letters, sound in _SOUNDS:
        if letters in word:
            word = word.replace(letters, sound)
    word = _DOUBLED.sub(r"\1", word)
    if len(word) > 2 and word[-1] == "H":
        word = word[:-1]
    if len(word) > 3 and word[-1] == "F" and word[-2] in "AIU":
        word = word[:-1] + "V"
    return word
