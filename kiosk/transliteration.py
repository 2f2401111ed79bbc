"""Letters of other scripts and alphabets as A to Z. Pure.

Tables: ICAO Doc 9303-3 (8th edition, 2021), section 6: Latin, Cyrillic and Arabic, with the renderings that some
states use. Greek, which has no table there, by ISO 843. Two uses: `mrz_letters` writes a name as a passport's
machine-readable zone does; `printable` keeps what a printer's code page can show and transliterates the rest.
"""

import unicodedata
from collections.abc import Mapping

from kiosk.text import clean

UNKNOWN = "?"
"""Stands on paper for a letter that no table knows."""


def _table(pairs: str) -> Mapping[str, str]:
    return {letter: written for letter, _, written in (pair.partition("=") for pair in pairs.split())}


LATIN: Mapping[str, str] = _table("""
    Ä=AE Å=AA Æ=AE Ð=D Ö=OE Ø=OE Ü=UE Þ=TH ß=SS ẞ=SS Đ=D Ħ=H ı=I Ĳ=IJ ĸ=Q Ŀ=L Ł=L ŉ=N Ŋ=N Œ=OE Ŧ=T
    Ə=A
""")

CYRILLIC: Mapping[str, str] = _table("""
    А=A Б=B В=V Г=G Д=D Е=E Ё=E Ж=ZH З=Z И=I І=I Й=I К=K Л=L М=M Н=N О=O П=P Р=R С=S Т=T У=U Ф=F
    Х=KH Ц=TS Ч=CH Ш=SH Щ=SHCH Ъ=IE Ы=Y Ь= Э=E Ю=IU Я=IA Ѵ=Y Ґ=G Ў=U Ѫ=U Ѓ=G Ђ=D Ѕ=DZ Ј=J Ќ=K Љ=LJ
    Њ=NJ Ћ=C Һ=C Џ=DZ Є=IE Ї=I
""")

CYRILLIC_OF_STATE: Mapping[str, Mapping[str, str]] = {
    "BGR": {"Щ": "SHT"},
    "BLR": {"Г": "H", "Ё": "IO"},
    "MKD": {"Ѓ": "GJ", "Ќ": "KJ", "Х": "H", "Ц": "C", "Џ": "DJ"},
    "SRB": {"Ж": "Z", "Х": "H", "Ц": "C", "Ч": "C", "Ш": "S"},
    "UKR": {"Г": "H", "И": "Y"},
}
"""Renderings that differ from the common table, by ICAO code of the issuing state."""

UKRAINIAN_FIRST: Mapping[str, str] = {"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"}
"""Ukrainian letters that are written otherwise at the beginning of a name part."""

ARABIC: Mapping[str, str] = _table("""
    ء=XE آ=XAA أ=XAE ؤ=U إ=I ئ=XI ا=A ب=B ة=XTA ت=T ث=XTH ج=J ح=XH خ=XKH د=D ذ=XDH ر=R ز=Z س=S ش=XSH
    ص=XSS ض=XDZ ط=XTT ظ=XZZ ع=E غ=G ف=F ق=Q ك=K ل=L م=M ن=N ه=H و=W ى=XAY ي=Y ٱ=XXA ٹ=XXT ټ=XRT پ=P
    ځ=XKE څ=XXH چ=XC ڈ=XXD ډ=XDR ڑ=XXR ړ=XRR ږ=XRX ژ=XJ ښ=XXS ک=XKK ګ=XXK ڭ=XNG گ=XGG ں=XNN ڼ=XXN
    ھ=XDO ۀ=XYH ہ=XXG ۂ=XGE ۃ=XTG ی=XYA ۍ=XXY ې=Y ے=XYB ۓ=XBE
""")

GREEK: Mapping[str, str] = _table("""
    Α=A Β=V Γ=G Δ=D Ε=E Ζ=Z Η=I Θ=TH Ι=I Κ=K Λ=L Μ=M Ν=N Ξ=X Ο=O Π=P Ρ=R Σ=S Τ=T Υ=Y Φ=F Χ=CH Ψ=PS
    Ω=O
""")

PUNCTUATION: Mapping[str, str] = {
    mark: plain
    for marks, plain in (
        ("‘’ʼʻ`´", "'"),
        ("“”„«»", '"'),
        ("‐‑–—−", "-"),
        ("…", "..."),
        ("•", "*"),
        ("،", ","),
        ("№", "No."),
    )
    for mark in marks
}

_SHADDA = "\u0651"
_TEH_MARBUTA = "ة"
_LETTERS = {**LATIN, **CYRILLIC, **GREEK, **ARABIC}


def mrz_letters(name: str, *, state: str = "") -> str:
    """`name` as a machine-readable zone writes it: A to Z, parts separated by one space.

    An apostrophe joins, a hyphen separates (Doc 9303-3, 4.6). Letters that no table knows are left out.
    `state` is the ICAO code of the issuing state, for its Cyrillic rendering.
    """
    written: list[str] = []
    for position, char in enumerate(name):
        letters = _letters(name, position, state)
        if letters is not None:
            written.append(letters)
        elif PUNCTUATION.get(char, char) in {"-", ",", "."} or char.isspace():
            written.append(" ")
    return " ".join("".join(written).split())


def has_unknown_letters(text: str) -> bool:
    """True if `text` holds a letter that no table can write as A to Z: Chinese, Thai and others."""
    return any(char.isalpha() and _letters(text, position, "") is None for position, char in enumerate(text))


def printable(text: str, *, encoding: str = "cp858", state: str = "", limit: int = 2000) -> str:
    """`text`, cleaned, in characters that a printer's code page has: others are transliterated, at worst `?`."""
    cleaned = clean(text, limit=limit)
    written: list[str] = []
    for position, char in enumerate(cleaned):
        if _has(encoding, char):
            written.append(char)
            continue
        letters = _letters(cleaned, position, state)
        if letters is not None:
            written.append(_cased(letters, cleaned, position))
        elif not unicodedata.combining(char):
            written.append(PUNCTUATION.get(char, UNKNOWN))
    return "".join(written)


def printable_name(name: str, mrz_name: str = "", *, encoding: str = "cp858", state: str = "") -> str:
    """A person's name for paper: as in the visual zone if that is Latin, else as in the machine-readable zone.

    The passport's own A-to-Z spelling is what the holder and the police can compare. Without one the
    tables are used.
    """
    cleaned = clean(name)
    foreign = any(char.isalpha() and "LATIN" not in unicodedata.name(char, "LATIN") for char in cleaned)
    chosen = mrz_name.replace("<", " ") if foreign and mrz_name else cleaned
    return printable(chosen, encoding=encoding, state=state)


def search_words(name: str) -> frozenset[str]:
    """The words by which a name is found: as A to Z where the tables can, else the word itself in lower case."""
    words = {word for part in clean(name).split() for word in mrz_letters(part).split()}
    return frozenset(words | {part.casefold() for part in clean(name).split() if has_unknown_letters(part)})


def _has(encoding: str, char: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _letters(text: str, position: int, state: str) -> str | None:
    """The capital letters for the character at `position`; None if it is no letter or digit of ours."""
    char = text[position]
    upper = char.upper() if len(char.upper()) == 1 else char
    if upper.isascii():
        return upper if upper.isalnum() else None
    if upper == _TEH_MARBUTA and not _continues(text, position):
        return "XAH"
    if upper == _SHADDA:
        return _letters(text, position - 1, state) if position else ""
    if state == "UKR" and upper in UKRAINIAN_FIRST and not (position and text[position - 1].isalpha()):
        return UKRAINIAN_FIRST[upper]
    if upper == "Υ" and position and text[position - 1].upper() == "Ο":
        return "U"
    special = CYRILLIC_OF_STATE.get(state, {}).get(upper) or _LETTERS.get(upper)
    if special is not None:
        return special
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    base = unicodedata.normalize("NFKD", upper)[0].upper()
    return None if base == upper else _letters(base, 0, state)


def _continues(text: str, position: int) -> bool:
    return position + 1 < len(text) and text[position + 1].isalpha()


def _cased(letters: str, text: str, position: int) -> str:
    """Capital `letters` in the case of the character they stand for: Щукин is Shchukin, ЩУКИН SHCHUKIN."""
    char = text[position]
    if char.islower():
        return letters.lower()
    return letters.capitalize() if char.isupper() and text[position + 1 : position + 2].islower() else letters
