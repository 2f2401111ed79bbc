"""`kiosk backup` and `kiosk restore`: an office of one moment, made while counters work, and brought back whole.

A backup is a folder `itk-SHORT-TIME` with the database, kiosk.toml without its address, manifest.json and, under a
passphrase, keys.sealed. The vault's files stand beside it in `vault/`, shared by all backups of the place: a file is
named by its content and never changes, so only new ones are copied.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db import backup as dumps
from db import postgres, roles, schema
from db.connection import Store
from db.tables import VaultObject
from kiosk import audit, sealing
from kiosk.audit import Signer, Verification
from kiosk.receipts import facts, witnesses
from kiosk.settings import Settings, load

MANIFEST = "manifest.json"
SEALED = "keys.sealed"
FORMAT = 1


class BackupError(Exception):
    """The backup can't be made or used; the message says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the database said in the moment of the backup."""

    head: audit.Head
    chain: Verification
    blobs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: where, what it holds until when, and how long it took."""

    folder: Path
    head: audit.Head
    events: int
    size: int
    blobs: int
    blobs_new: int
    keys: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored office. `missing`: heads seen outside that it does not know: what came after the backup is lost."""

    settings: Settings
    head: audit.Head
    events: int
    chain: Verification
    forged: tuple[str, ...]
    missing: tuple[str, ...]
    keys: tuple[str, ...]
    rpo_seconds: float
    seconds: float


# making


def make(settings: Settings, place: Path, *, now: datetime, passphrase: str | None) -> Made:
    """Back the office up into `place`. Raises BackupError, StoreError, db.backup.ToolFailed, OSError.

    The chain is walked in the copy itself; a broken one is still saved, and said by the manifest.
    """
    begun = time.monotonic()
    store = Store(settings.database_url)
    name = f"itk-{settings.office.short}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    folder, part = place / name, place / f".{name}.part"
    if folder.exists():
        raise BackupError(f"{folder}: sudah ada / exists already")
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    part.mkdir(mode=0o700)
    try:
        moment = dumps.save(store, part / dumps.name_of(store), _moment)
        new = _copy_blobs(moment.blobs, settings.path("vault"), place / "vault")
        _private(part / "kiosk.toml", _without_address(settings.path("kiosk.toml").read_text("utf-8")))
        if passphrase is not None:
            _private(part / SEALED, sealing.seal(settings.path("keys"), passphrase))
        _private(part / MANIFEST, json.dumps(_manifest(settings, part, moment, now), indent=2))
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    finally:
        store.close()
    size = sum(path.stat().st_size for path in folder.iterdir())
    seconds = time.monotonic() - begun
    return Made(folder, moment.head, moment.chain.events, size, len(moment.blobs), new, passphrase is not None, seconds)


def note(settings: Settings, made: Made, *, now: datetime, signer: Signer) -> None:
    """Write down in the office that it was copied, by the hash of the manifest, which holds those of all its files.

    It is no part of the backup itself. Raises StoreError.
    """
    data = {"manifest": _sha256(made.folder / MANIFEST), "seq": made.head.seq, "files": made.blobs, "keys": made.keys}
    store = Store(settings.database_url)
    try:
        with store.writing():
            audit.append(now, signer, "backup_made", "", data)
    finally:
        store.close()


def _moment() -> Moment:
    blobs = frozenset(row.blob for row in VaultObject.select(VaultObject.blob))
    return Moment(audit.head(), audit.verify(), blobs)


def _manifest(settings: Settings, folder: Path, moment: Moment, now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "office": settings.office.code,
        "schema": schema.expected(),
        "audit": {"seq": moment.head.seq, "head": moment.head.hash, "at": moment.head.at.isoformat()},
        "chain_verified": moment.chain.verified,
        "files": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
        "blobs": sorted(moment.blobs),
    }


def _copy_blobs(names: frozenset[str], vault: Path, into: Path) -> int:
    """Copy what is not there yet; how many. Raises BackupError where the vault lacks a file the database names."""
    new = 0
    for name in sorted(names):
        target = into / name[:2] / name
        if target.exists():
            continue
        source = vault / name[:2] / name
        if not source.exists():
            raise BackupError(f"vault: {name[:12]}... tidak ada / is missing")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = target.with_name(f".{name}.part")
        shutil.copyfile(source, fresh)
        fresh.chmod(0o600)
        fresh.replace(target)
        new += 1
    return new


# restoring


def restore(
    backup: Path,
    folder: Path,
    *,
    database: str | None,
    passphrase: str | None,
    outside: tuple[str, ...],
    now: datetime,
    signer: Signer,
) -> Restored:
    """Bring a backup back as a new office in `folder`; keys that lie in its keys/ already are used.

    `outside` are receipts' tokens or heads seen in the field. Raises BackupError, SettingsError, StoreError,
    sealing.SealBroken, db.backup.ToolFailed, OSError.
    """
    begun = time.monotonic()
    manifest = checked(backup)
    if (folder / "kiosk.toml").exists():
        raise BackupError(f"{folder / 'kiosk.toml'}: sudah ada / exists already")
    dump = next(name for name in ("office.db", "office.dump") if name in manifest["files"])
    address = database or ("sqlite:office.db" if dump == "office.db" else "")
    if (dump == "office.dump") != postgres.is_postgres(address):
        raise BackupError(f"{dump}: --database {'postgresql://...' if dump == 'office.dump' else 'sqlite:FILE'}")
    for part in (folder, folder / "keys", folder / "vault", folder / "tray"):
        part.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys: tuple[str, ...] = ()
    if passphrase is not None and SEALED in manifest["files"]:
        keys = sealing.unseal((backup / SEALED).read_bytes(), passphrase, folder / "keys")
    text = f"database = {json.dumps(address)}\n" + (backup / "kiosk.toml").read_text("utf-8")
    _private(folder / ".kiosk.toml.part", text)
    store = Store(_url(folder, address))
    try:
        if store.path is None and schema.found(store):
            raise BackupError(f"{postgres.without_password(address)}: tidak kosong / not empty")
        dumps.load(backup / dump, store)
        roles.grant(store)
        _copy_blobs(frozenset(manifest["blobs"]), backup.parent / "vault", folder / "vault")
        chain, forged, head = _witnessed(store, outside, manifest)
        with store.writing():
            data = {"event": head.seq, "made": manifest["made_at"]}
            audit.append(now, signer, "office_restored", "", data)
    finally:
        store.close()
    (folder / ".kiosk.toml.part").replace(folder / "kiosk.toml")
    return Restored(
        settings=load(folder / "kiosk.toml"),
        head=head,
        events=chain.events,
        chain=chain,
        forged=forged,
        missing=chain.missing,
        keys=keys,
        rpo_seconds=(now - head.at).total_seconds(),
        seconds=time.monotonic() - begun,
    )


def checked(backup: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are what they were. Raises BackupError."""
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise BackupError(f"{MANIFEST}: format {manifest['format']}")
        if manifest["schema"] != schema.expected():
            raise BackupError(f"{manifest['schema']}: kiosk {manifest['schema']}")
        wrong = [name for name, digest in manifest["files"].items() if _sha256(backup / Path(name).name) != digest]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{backup}: {type(error).__name__}") from None
    if wrong:
        raise BackupError(f"{wrong[0]}: berubah / altered")
    return manifest


def _witnessed(
    store: Store, outside: tuple[str, ...], manifest: dict[str, Any]
) -> tuple[Verification, tuple[str, ...], audit.Head]:
    """The chain as it was restored, with every receipt in it and those from the field as witnesses."""
    with store.reading():
        known = facts.known_keys()
        inside = witnesses.stored(known)
        heads = tuple(_outside(text, known) for text in outside)
        head = audit.head()
        chain = audit.verify((*inside.heads, *heads))
    if head.hash != manifest["audit"]["head"]:
        raise BackupError(f"{MANIFEST}: audit {head.seq}")
    return chain, inside.forged, head


def _outside(text: str, known: Any) -> str:
    if text.strip().upper().startswith("ITK1"):
        found = witnesses.witness(text, known)
        if found is None:
            raise BackupError(f"{text[:12]}...: bukan tanda terima kantor ini / no receipt of this office")
        return found
    if not re.fullmatch(r"[0-9a-fA-F]{16,64}", text):
        raise BackupError(f"{text[:12]}...: ITK1, 16+ hex")
    return text.lower()


# files


def _url(folder: Path, address: str) -> str:
    if address.startswith("sqlite:"):
        return f"sqlite://{(folder / address.removeprefix('sqlite:')).absolute()}"
    return address


def _without_address(text: str) -> str:
    """kiosk.toml without the lines that may hold a password."""
    return re.sub(r"(?m)^database(_owner)?\s*=.*\n?", "", text)


def _private(path: Path, content: str | bytes) -> None:
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
