"""Another counter for an office on a server: what a machine needs, sealed, and what it makes of it.

An invitation is one file under a passphrase that goes another way (by voice, on paper). In it are the kiosk.toml of
the new terminal, the files that it names, and the office's secrets: the pepper and the vault's keys. The receipt key is
made on the new machine and waits there until an administrator approves it; no private key ever travels.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec

from db import postgres, schema
from db.connection import Store
from db.tables import SigningKey
from kiosk import audit, sealing
from kiosk.audit import Signer
from kiosk.receipts import terminal_keys
from kiosk.refusals import Code, Refused, refused
from kiosk.settings import Settings, load

OWN = frozenset({"terminal", "database", "database_owner"})
"""Keys at the top of kiosk.toml that each terminal has for itself; so are its `[devices]`."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


class JoiningError(Exception):
    """The invitation can't be made or used; the message says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A new terminal's folder; its receipt key `key_id` signs once it is approved."""

    settings: Settings
    key_id: int


def require_free(terminal: str) -> Refused | None:
    """A refusal where a terminal of this name has a key that counts. Within a unit of work."""
    taken = SigningKey.select().where((SigningKey.terminal == terminal) & SigningKey.revoked_at.is_null()).first()
    return None if taken is None else refused(Code.TERMINAL_NAME_TAKEN, terminal=terminal, key=taken.key_id)


def invite(settings: Settings, terminal: str, passphrase: str) -> bytes:
    """The sealed invitation of a new terminal. `settings` has the address of counters.

    Raises JoiningError, sealing.PassphraseTooShort, OSError.
    """
    if not postgres.is_postgres(settings.database):
        raise JoiningError("sqlite: kiosk db move postgresql://...")
    if not settings.shared:
        raise JoiningError(f'{settings.path("kiosk.toml")}: shared = "/..." (vault/, watchlist/)')
    if not NAME.fullmatch(terminal):
        raise JoiningError(f"{terminal}: a-z 0-9 -")
    text = for_terminal(settings.path("kiosk.toml").read_text("utf-8"), terminal, settings.database)
    held = {"kiosk.toml": text.encode("utf-8")}
    held |= {f"keys/{name}": content for name, content in sealing.secrets_in(settings.path("keys")).items()}
    for name in _named_files(settings):
        held[name] = settings.path(name).read_bytes()
    return sealing.seal_files(held, passphrase)


def _named_files(settings: Settings) -> list[str]:
    """Files of the office's folder without which the new terminal would be another one, or would not connect."""
    given = [value for key, value in parse_qsl(urlsplit(settings.database).query) if key in postgres.FILES]
    named = [*given, settings.procedure, "queue.toml"]
    if settings.regulations and not Path(settings.regulations).is_absolute():
        named += [f"{settings.regulations}/{path.name}" for path in settings.path(settings.regulations).glob("*.toml")]
    return [name for name in named if name and not Path(name).is_absolute() and settings.path(name).is_file()]


def for_terminal(text: str, terminal: str, database: str) -> str:
    """The kiosk.toml of another terminal of the office: its own name and address, no owner's, no devices.

    Raises JoiningError where that can't be done line by line.
    """
    kept, table = [], ""
    for line in text.splitlines():
        if head := re.match(r"\s*\[+\s*([A-Za-z0-9_.\"-]+)", line):
            table = head[1]
        key = re.match(r"\s*([A-Za-z0-9_-]+)\s*=", line)
        own = not table and key is not None and key[1] in OWN
        if not own and table.split(".")[0] != "devices":
            kept.append(line)
    made = f"terminal = {dumps(terminal)}\ndatabase = {dumps(database)}\n" + "\n".join(kept) + "\n"
    wanted = {key: value for key, value in tomllib.loads(text).items() if key not in OWN and key != "devices"}
    try:
        found = tomllib.loads(made)
    except tomllib.TOMLDecodeError as error:
        raise JoiningError(f"kiosk.toml: {error}") from None
    if found != {**wanted, "terminal": terminal, "database": database}:
        raise JoiningError("kiosk.toml")
    return made


def join(sealed: bytes, passphrase: str, folder: Path, *, now: datetime) -> Joined:
    """Make the folder of the invited terminal, and its key, which waits for approval. Safe to repeat after a failure.

    Raises JoiningError, sealing.SealBroken, SettingsError, StoreError, KeyFileError, OSError.
    """
    if (folder / "kiosk.toml").exists():
        raise JoiningError(f"{folder / 'kiosk.toml'}: sudah ada / exists already")
    held = sealing.unseal_files(sealed, passphrase)
    if "kiosk.toml" not in held or any(".." in Path(name).parts or Path(name).is_absolute() for name in held):
        raise JoiningError("kiosk.toml")
    for name in ("", "keys", "tray"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in held.items():
        if name != "kiosk.toml":
            (folder / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            sealing.write_private(folder / name, content)
    # under its own name only when all of it is done: till then it can be repeated
    part = folder / ".kiosk.toml.part"
    part.unlink(missing_ok=True)
    sealing.write_private(part, held["kiosk.toml"])
    settings = msgspec.structs.replace(load(part), folder=str(folder.absolute()))
    if not (settings.path("vault").is_dir() and settings.path("watchlist").parent.is_dir()):
        raise JoiningError(f"{settings.path('vault')}: tidak ada / is not mounted")
    store = Store(settings.database_url)
    try:
        schema.require_current(store)
        with store.writing():
            signer = Signer(0, 0, settings.terminal)
            key_id = terminal_keys.make(settings.path("keys"), settings.terminal, now=now, signer=signer)
            audit.append(now, signer, "terminal_joined", "", {"terminal": settings.terminal, "key": key_id})
    finally:
        store.close()
    part.replace(folder / "kiosk.toml")
    return Joined(load(folder / "kiosk.toml"), key_id)
