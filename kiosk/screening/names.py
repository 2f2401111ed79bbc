"""Names of people taken apart: words, titles, particles, patronymics, and what a machine readable zone does to them."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from kiosk.screening.sound import sound_form
from kiosk.transliteration import has_unknown_letters, mrz_letters

MACHINE_NAME_LENGTH = 30
"""Names this long in capitals may have been cut: TD1 holds 30 characters, TD2 31, TD3 39 (ICAO Doc 9303-5, -6, -4)."""

LONGEST_NAME = 200
"""Characters of a name that are looked at; the rest says nothing more."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words("""
    MR MRS MS MISS DR PROF PROFESSOR DRS DRA IR INSINYUR HAJI HAJJI HAJ HAJJ HJ HAJAH ELHADJ ALHAJI ALHAJ ALHAJJ
    MULLAH MAULAVI MAWLAWI MOLVI MOULAVI MAULVI MAULANA MAWLANA SHEIKH SHAYKH SHAIKH SHEIK CHEIKH SYEKH USTAD USTADZ
    USTAZ USTADH KYAI HABIB QARI AKHUND AKHUNDZADA SAYYED COL COLONEL GEN GENERAL MAJ MAJOR CAPT CAPTAIN LT
    LIEUTENANT SGT BRIG ADM ADMIRAL COMMANDER KOLONEL JENDERAL SIR LORD LADY DAME BARON BARONET EARL DUKE COUNT
    COUNTESS VISCOUNT MARQUESS MARQUIS REV REVEREND REVD VENERABLE RT HON FR FATHER BISHOP JR SR II III IV ESQ PHD
    RADEN RADIN DATUK DATO DATIN TUN TENGKU TUAN ENGINEER ENG ATTY KYAYI TEUKU
""")
"""Words that are no part of the name; they are left out unless nothing else is there."""

JOINED_TITLES = _words("""
    AKHUNDZADA MAULAVI MAWLAWI MAULAWI MOULAVI MAULANA MAWLANA MAULVI MULLAH AKHUND SHEIKH SHAYKH SHAIKH CHEIKH
""")
"""Titles that are also written onto the word before or after them: MOHAMMAD AMANAKHUND."""

SHORTEST_REST = 3
"""Letters of a word that are left when a title is taken from it."""

PARTICLES = _words("""
    AL EL UL AS ASH AN AR AD AT AZ ES ER EN ED ET BIN IBN BEN BINTI BINTE BINT BTE BTI BT IBNU OULD ULD WALAD AP ABU
    DE DEL DELA DI DA DOS DAS DO DU LA LE LAS LOS VAN VON DER DEN DEM TEN TER ZU ZUR Y E SO OF THE ANAK LELAKI UZ
    BEIT ST SAN AND D O
""")
"""Words that join the others: they say little by being there or missing."""

PARENT_MARKS = _words("BIN IBN BEN BINTI BINTE BINT BTE BTI BT IBNU OULD ULD WALAD ANAK")
"""What follows one is a parent's name, which other papers leave out."""

_PATRONYMIC = re.compile(r".{3,}(?:[OEIU][VW](?:ICH|YCH|ITCH|ISCH|ITJ|ICS|IC|NA)|OGLU|OGHLU|KIZI|QIZI)$")
_DEGREES = re.compile(r"(?<=\w)\s*,(?:\s*(?:[A-Za-z]{1,4}\.){2,3},?)+\s*$")
_JOINING = "'`\"‘’ʼʻʹʿʾ′“”"
_PLAIN = {ord(char): "" for char in _JOINING} | {
    code: " " for code in range(0x21, 0x7F) if not chr(code).isalnum() and chr(code) not in _JOINING
}
"""Apostrophes join the parts of a word; every other mark parts them."""

_SLASHED = re.compile(r"\b([AASD])/([LPO])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name as it compares."""

    text: str
    """Capitals A-Z (ICAO Doc 9303), or the letters of a script without a table."""
    sound: str
    title: bool
    particle: bool
    patronymic: bool


@dataclass(frozen=True, slots=True)
class Name:
    """An applicant's name in words. `may_be_cut`: the last word may be the beginning of a longer one."""

    words: tuple[Word, ...]
    may_be_cut: bool


def read_name(text: str) -> Name:
    """Take `text` apart: a name as printed in the viewing zone or with the fillers of a machine readable zone."""
    text = text[:LONGEST_NAME].strip()
    stripped = text.rstrip("<")
    machine = "<" in text or (text == text.upper() and text.isascii())
    words = tuple(word(part) for part in split_name(stripped))
    return Name(meaningful(words), machine and len(stripped) >= MACHINE_NAME_LENGTH and len(words) > 1)


def split_name(text: str) -> list[str]:
    """The words of a name in machine letters (ICAO Doc 9303-3, section 6); "S.H., M.Si." behind it are no words of it.

    Words in scripts without a table (Chinese, Thai, ...) stay as they are and compare only with themselves.
    """
    if "." in text or "/" in text:
        text = _SLASHED.sub(r"\1\2", _DEGREES.sub("", text))
    words = text.upper().translate(_PLAIN).split()
    if text.isascii():
        return words
    return [part for word in words for part in ([word] if word.isascii() else _machine_words(word))]


def _machine_words(word: str) -> list[str]:
    return [word] if has_unknown_letters(word) else mrz_letters(word).split()


@cache
def word(text: str) -> Word:
    """The word with all that depends on it alone."""
    return Word(text, sound_form(text), text in TITLES, text in PARTICLES, _PATRONYMIC.match(text) is not None)


def meaningful(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without titles; a name of nothing but titles stays whole."""
    kept = tuple(word for word in words if not word.title)
    return kept or words


def without_joined_titles(name: Name) -> Name:
    """The name with titles taken from the words that they were written onto; the same where there are none."""
    words = tuple(word(_without_title(each.text)) for each in name.words)
    return name if words == name.words else Name(words, name.may_be_cut)


@lru_cache(maxsize=20_000)
def _without_title(text: str) -> str:
    for title in sorted(JOINED_TITLES, key=lambda each: (-len(each), each)):
        rest = text.removesuffix(title) if text.endswith(title) else text.removeprefix(title)
        if SHORTEST_REST <= len(rest) < len(text):
            return rest
    return text


@cache
def variant_groups() -> dict[str, frozenset[int]]:
    """Word -> the groups of known variants it stands in."""
    groups: dict[str, set[int]] = {}
    table = files("kiosk.screening").joinpath("variants.txt").read_text(encoding="utf-8")
    lines = (line for line in table.splitlines() if line and not line.startswith("#"))
    for number, line in enumerate(lines):
        for member in line.split():
            groups.setdefault(member, set()).add(number)
    return {member: frozenset(numbers) for member, numbers in groups.items()}


@cache
def variants_of(text: str) -> frozenset[str]:
    """The words known to be written for the same name as `text`, without itself."""
    own = variant_groups().get(text, frozenset())
    if not own:
        return frozenset()
    return frozenset(other for other, groups in variant_groups().items() if other != text and groups & own)
