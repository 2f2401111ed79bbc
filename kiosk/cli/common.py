"""What every verb shares: the office of `--config`, answers, words and exit codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from db import schema
from db.connection import Store, StoreError
from kiosk.audit import Signer
from kiosk.cli.exits import Exit, Failure, tell
from kiosk.office import Office, OfficeUnavailable
from kiosk.receipts.keys import KeyFileError
from kiosk.refusals import Code, Refusal, Refused
from kiosk.settings import Settings, SettingsError, load
from kiosk.text import clean, clean_columns, has_unsafe
from kiosk.words import Language, Words

__all__ = [
    "MAINTAINER",
    "Config",
    "Exit",
    "Failure",
    "Json",
    "answer",
    "opened",
    "refuse",
    "settings_of",
    "stored",
    "tell",
    "words_of",
]

MAINTAINER = Signer(0, 0, "cli")


Config = Annotated[
    Path | None, typer.Option("--config", envvar="KIOSK_CONFIG", help="kiosk.toml of the office.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def answer(document: Any, *, as_json: bool, lines: Iterator[str] | list[str]) -> None:
    """The answer on standard output: the document, or its lines cleaned of control characters, columns kept."""
    if as_json:
        print(_escaped(json.dumps(document, ensure_ascii=False, indent=2, default=str)))
        return
    for line in lines:
        print(clean_columns(line))


def _escaped(document: str) -> str:
    """JSON whose strings hold nothing that acts on a terminal: such characters are written as JSON escapes."""
    return "".join(json.dumps(char)[1:-1] if char != "\n" and has_unsafe(char) else char for char in document)


def words_of(refusal: Refusal) -> str:
    """Both languages of a refusal, with its code."""
    parts = [f"[{refusal.code}]"]
    for language in (Language.INDONESIAN, Language.ENGLISH):
        words = Words(language)
        parts.append(f"{_filled(words, refusal.key(), refusal)} {_filled(words, refusal.next_key(), refusal)}")
    return clean(" ".join((parts[0], parts[1])), limit=600) + "\n" + clean(parts[2], limit=600)


def _filled(words: Words, key: str, refusal: Refusal) -> str:
    return words.say(key, **refusal.details) if refusal.details else words.say(key)


def refuse(answer: Refused) -> Failure:
    """The failure that says a refusal; trouble with the database or files is the environment's."""
    environment = {
        Code.DATABASE_UNREACHABLE,
        Code.DISK_FULL,
        Code.DATABASE_READ_ONLY,
        Code.DATABASE_OTHER_VERSION,
        Code.PROGRAM_TOO_OLD,
        Code.DATABASE_UNTRUSTED,
        Code.DATABASE_NOT_ADMITTED,
        Code.DATABASE_FORBIDDEN,
        Code.KEY_FILE_UNUSABLE,
        Code.KEY_NOT_APPROVED,
        Code.RULES_UNREADABLE,
    }
    code = Exit.ENVIRONMENT if answer.first.code in environment else Exit.REFUSED
    return Failure("\n".join(words_of(refusal) for refusal in answer.refusals), code)


def settings_of(config: Path | None, *, as_terminal: bool = False) -> Settings:
    """The settings, or a Failure. Every verb but the screens' own is a maintainer's: it uses the owner's address."""
    try:
        settings = load(config)
        return settings if as_terminal else settings.for_maintainers()
    except SettingsError as error:
        raise Failure(clean(str(error), limit=400), Exit.ENVIRONMENT) from None


@contextmanager
def opened(config: Path | None, *, devices: bool = False) -> Iterator[Office]:
    """The office of `--config`, closed at the end; trouble becomes a Failure."""
    settings = settings_of(config)
    try:
        office = Office.open(settings, devices=devices)
    except OfficeUnavailable as error:
        raise refuse(Refused((error.refusal,))) from None
    try:
        yield office
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    finally:
        office.close()


@contextmanager
def stored(config: Path | None) -> Iterator[tuple[Settings, Store]]:
    """The settings and the database, with no key needed; trouble becomes a Failure."""
    settings = settings_of(config)
    try:
        store = Store(settings.database_url)
        schema.require_current(store)
        try:
            yield settings, store
        finally:
            store.close()
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None
    except KeyFileError as error:
        raise Failure(str(error), Exit.ENVIRONMENT) from None
