"""Scanners that type: telling a scanned code from an officer's typing, before any field sees it.

A code scanner or passport reader in keyboard mode sends characters a few milliseconds apart and ends with Enter. Keys
that could begin a code are held back for `HOLD_S`; typing faster than any hand and matching a known beginning is a
scan, anything else is let through in order. Pure: the caller tells the time and delivers what comes out.

A scanner sends keys, not characters: one that is set for US keys on a French terminal types `ITK&` for `ITK1`, and one
that is told to send AIM identifiers (ISO/IEC 15424) puts `]Q3` before a QR code. Both are undone here. On a German
terminal only Y and Z change places, which nothing but the signature shows, unless `]` came as `+` before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")

HOLD_S = 0.025
"""Longest gap between two characters of one scan: slow HID scanners send one in 8 ms, fast hands one in 60 ms."""
LINE_GAP_S = 0.08
"""A passport reader may pause between the lines of a machine-readable zone."""
CODE_GAP_S = 0.5
"""A code that came in part is waited for: a line over SSH may halt within it, and nobody types so fast by hand."""
CODE_LENGTH = 155
"""Characters of an ITK1 code (receipt-token.md); fewer are part of one."""
LONGEST = 400
"""Characters; an MRZ has 90."""

_CODE = re.compile(r"ITK1[A-Z2-7]{20,}\Z")
_MRZ_LINE = re.compile(r"[A-Z0-9<]{30,44}\Z")
_BEGINNING_CODE = "ITK1"
_US_DIGITS, _FRENCH_DIGITS = "0123456789", "À&É\"'(-È_Ç"
_FRENCH = str.maketrans(f"QAWZ?,{_FRENCH_DIGITS}", f"AQZWMM{_US_DIGITS}")
"""What a French terminal makes of US keys, in capitals, and what was meant."""
_GERMAN = str.maketrans("YZ", "ZY")
_BEGINNINGS = (
    _BEGINNING_CODE,
    *(f"]Q{digit}{_BEGINNING_CODE}" for digit in _US_DIGITS),
    *(f"+Q{digit}{_BEGINNING_CODE}" for digit in _US_DIGITS),
    "ITK&",
    *(f"$A{digit}ITK&" for digit in _FRENCH_DIGITS),
)
_AIM = re.compile(r"[\]+$][QA].(?=ITK)")
_BEGINNING_MRZ = re.compile(r"[PVIAC][A-Z<][A-Z<]{3}")


def is_code(text: str) -> bool:
    """True if `text` has the shape of one of our QR codes (its signature is the office's business)."""
    return _CODE.match(plain_code(text)) is not None


def plain_code(text: str) -> str:
    """A scan in capitals, without AIM identifier and as the keys were meant, where that can be told."""
    text = text.strip().upper()
    bare = _AIM.sub("", text, count=1) if text[:1] in "]+$" else text
    if bare.startswith("ITK&"):
        return bare.translate(_FRENCH)
    return bare.translate(_GERMAN) if text.startswith("+") and bare is not text else bare


def is_mrz(text: str) -> bool:
    """True if `text` has the shape of a machine-readable zone, whole or with a line missing."""
    lines = text.strip().upper().splitlines()
    return bool(lines) and "<" in text and all(_MRZ_LINE.match(line.strip()) for line in lines)


@dataclass(frozen=True, slots=True)
class Let(Generic[KeyT]):
    """Keys that were typed by a person: deliver them, in order."""

    keys: Sequence[KeyT]


@dataclass(frozen=True, slots=True)
class Scanned(Generic[KeyT]):
    """A scan, upper case, lines separated by line feeds; `keys` are what it came as, should nobody want it."""

    text: str
    keys: Sequence[KeyT]


Outcome = Let[KeyT] | Scanned[KeyT]


@dataclass(slots=True)
class Wedge(Generic[KeyT]):
    """One keyboard's worth of held keys."""

    wants_mrz: bool = False
    """Whether the screen in front takes passports; only then are the letters that begin an MRZ held."""
    _text: str = ""
    _keys: list[KeyT] = field(default_factory=list)
    _last: float = 0.0

    @property
    def holding(self) -> bool:
        """Whether keys wait here."""
        return bool(self._keys)

    def patience(self) -> float:
        """Seconds after the last key when `settle` should be called."""
        if not self._is_scan():
            return HOLD_S
        code = plain_code(self._text)
        return CODE_GAP_S if code.startswith(_BEGINNING_CODE) and len(code) < CODE_LENGTH else LINE_GAP_S

    def feed(self, key: KeyT, character: str | None, now: float) -> list[Outcome[KeyT]]:
        """One key at `now` seconds. `character` is what it types, "\\n" for Enter, None for any other key."""
        before = self.settle(now) if now - self._last > self.patience() else []
        self._last = now
        if character is None or len(self._text) >= LONGEST:
            return [*before, *self._finish(), Let((key,))]
        candidate = self._text + character
        if self._may_begin(candidate.upper()) or (self._is_scan() and self._fits(character)):
            self._text, self._keys = candidate, [*self._keys, key]
            if character == "\n" and is_code(candidate):
                return [*before, *self._finish()]
            return before
        return [*before, *self._finish(), *self._begin(key, character)]

    def settle(self, now: float) -> list[Outcome[KeyT]]:
        """What has waited long enough by `now`."""
        if not self._keys or now - self._last < self.patience():
            return []
        return self._finish()

    def _begin(self, key: KeyT, character: str) -> list[Outcome[KeyT]]:
        if self._may_begin(character.upper()):
            self._text, self._keys = character, [key]
            return []
        return [Let((key,))]

    def _finish(self) -> list[Outcome[KeyT]]:
        if not self._keys:
            return []
        text, keys = plain_code(self._text), tuple(self._keys)
        self._text, self._keys = "", []
        if text.startswith(_BEGINNING_CODE) or is_mrz(text):
            return [Scanned(text, keys)]
        return [Let(keys)]

    def _may_begin(self, text: str) -> bool:
        if any(beginning.startswith(text) for beginning in _BEGINNINGS):
            return True
        return self.wants_mrz and len(text) <= 5 and _BEGINNING_MRZ.match(text + "P<<<<"[len(text) :]) is not None

    def _is_scan(self) -> bool:
        text = self._text.upper()
        return text.startswith(_BEGINNINGS) or (self.wants_mrz and _BEGINNING_MRZ.match(text) is not None)

    def _fits(self, character: str) -> bool:
        if self._text.upper().startswith(_BEGINNINGS):
            return character == "\n" or (character.isprintable() and not character.isspace())
        return character == "\n" or (character.isascii() and (character.isalnum() or character == "<"))
