"""The office's words: gettext catalogues in Indonesian and English; for applicants' self-service in eight more.

A key is dotted (`"intake.title"`); its first part names the catalogue only by habit. The sources are
`locale/<language>/LC_MESSAGES/*.po`; compiled `.mo` files are written beside them on first use (or kept
in memory where the folder is read-only), so a changed word needs no build step.
"""

import contextlib
import gettext
import io
import os
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

LOCALE_DIR = Path(__file__).with_name("locale")
FIRST = "screens"
"""The catalogue that is looked into before the others are read: all that the first screen says stands in it."""


class Language(StrEnum):
    INDONESIAN = "id"
    ENGLISH = "en"


class Visitor(StrEnum):
    """Languages of the self-service screen alone, in the order they are offered. One catalogue each, `pickup.po`."""

    CHINESE = "zh"
    JAPANESE = "ja"
    KOREAN = "ko"
    RUSSIAN = "ru"
    DUTCH = "nl"
    FRENCH = "fr"
    GERMAN = "de"
    ARABIC = "ar"
    """Last: a number that follows Arabic letters in a row would be drawn before them."""


class MissingWord(KeyError):
    """A key without words: a defect, found by the tests."""


class Words:
    """The words of one language. `say` fills `{name}` fields with plain values."""

    def __init__(self, language: Language = Language.INDONESIAN) -> None:
        self.language = language

    def say(self, key: str, /, **values: object) -> str:
        """The words for `key`. Raises MissingWord."""
        return say(self.language, key, **values)

    def has(self, key: str) -> bool:
        return key in catalogue(self.language)

    def other(self) -> "Words":
        """The same words in the other language."""
        return Words(Language.ENGLISH if self.language is Language.INDONESIAN else Language.INDONESIAN)


def say(language: Language | Visitor, key: str, /, **values: object) -> str:
    """The words for `key` in `language`. Raises MissingWord."""
    words = _room(language, FIRST).get(key) or catalogue(language).get(key)
    if words is None:
        raise MissingWord(f"{language}: {key}")
    return words.format_map(_Values(values)) if values else words


class _Values(dict[str, object]):
    """A value that nobody gave shows as its field: no sentence is lost for it, and the tests find it."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@cache
def catalogue(language: Language | Visitor) -> Mapping[str, str]:
    """Every key of `language` with its words."""
    merged: dict[str, str] = {}
    for source in sorted((LOCALE_DIR / language / "LC_MESSAGES").glob("*.po")):
        merged.update(_room(language, source.stem))
    return merged


@cache
def _room(language: Language | Visitor, name: str) -> Mapping[str, str]:
    """The keys and words of one catalogue; none where the language has no such catalogue."""
    source = LOCALE_DIR / language / "LC_MESSAGES" / f"{name}.po"
    if not source.exists():
        return {}
    translations = gettext.GNUTranslations(io.BytesIO(_compiled(source)))
    # gettext offers look-up only; the mapping it filled is the one way to list the keys
    return {key: words for key, words in translations._catalog.items() if key}  # type: ignore[attr-defined]


def _compiled(source: Path) -> bytes:
    target = source.with_suffix(".mo")
    with contextlib.suppress(OSError):
        if target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            return target.read_bytes()
    compiled = _compile(source.read_bytes(), source.parent.parent.name)
    with contextlib.suppress(OSError):
        _replace(target, compiled)
    return compiled


def _compile(source: bytes, language: str) -> bytes:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    buffer = io.BytesIO()
    write_mo(buffer, read_po(io.BytesIO(source), locale=language, abort_invalid=True))
    return buffer.getvalue()


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(target)
