"""What is typed at one terminal, on its own disk until the office's database has it.

A folder of small sealed files, one for each draft: AES-256-GCM under a key derived from the office's vault key, bound
to officer, case and step. A file's name is a keyed hash of those, so that the folder tells nothing; mode 0600, and
on the disk (fsync) when `keep` returns. What the database took is removed again.

When the vault key is replaced, the key derived from the old one stays in keys/ (`drafts-<id>.key`): what was typed
before, or by a program that still runs with it, opens as ever. It opens nothing of the vault.
"""

import contextlib
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk import durable
from kiosk.receipts.keys import load_pepper
from kiosk.records import BadRecord, from_json, to_json

NONCE_BYTES = 12
SUFFIX = ".draft"
KEYS = "drafts-"
"""How the files of keys from before begin: of this terminal's disk alone, in no backup and no invitation."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose draft it is, of which case (0: a new application) and step. Nobody and nothing else opens it."""

    officer: int
    case_ref: int
    step: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft that the database may not have. `content` is its canonical JSON, `at` when it was typed (UTC)."""

    owner: Owner
    at: datetime
    content: str


def key_of(master_key: bytes) -> bytes:
    """The journal's key: from it nobody comes back to the vault key."""
    return hmac.digest(master_key, b"draft journal", hashlib.sha256)


def keep_key(keys: Path, vault_key: str, master_key: bytes) -> None:
    """Before the vault key called `vault_key` is destroyed: keep what opens its drafts. Raises OSError."""
    durable.write(_key_path(keys, vault_key), key_of(master_key).hex().encode() + b"\n")


def kept_keys(keys: Path) -> tuple[bytes, ...]:
    """The keys of drafts from before. Raises KeyFileError."""
    return tuple(load_pepper(path) for path in sorted(keys.glob(_key_path(keys, "*").name)))


def drop_unused_keys(keys: Path, drafts: Path) -> None:
    """Destroy the kept keys under which no draft of any terminal is left here. Raises KeyFileError, OSError."""
    files = list(drafts.glob(f"*/*{SUFFIX}"))
    for path in keys.glob(_key_path(keys, "*").name):
        seal = _Seal(load_pepper(path))
        if not any(seal.opened(file) for file in files):
            path.unlink()


def _key_path(keys: Path, vault_key: str) -> Path:
    return keys / f"{KEYS}{vault_key}.key"


class _Seal:
    """What one key seals and names."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._seal = AESGCM(key)

    def name(self, owner: Owner) -> str:
        return hmac.new(self._key, to_json(owner).encode(), hashlib.sha256).hexdigest() + SUFFIX

    def sealed(self, name: str, kept: Kept) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, to_json(kept).encode(), name.encode())

    def opened(self, path: Path) -> Kept | None:
        """None where there is nothing, or nothing that this key sealed to this name."""
        try:
            sealed = path.read_bytes()
            plain = self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], path.name.encode())
            return from_json(Kept, plain.decode())
        except (OSError, InvalidTag, ValueError, BadRecord):
            return None


class DraftJournal:
    """The journal of one terminal. Threads may share it. `older`: keys from before, that open and seal nothing new."""

    def __init__(self, folder: Path, master_key: bytes, older: tuple[bytes, ...] = ()) -> None:
        self._folder = folder
        own = key_of(master_key)
        self._seal = _Seal(own)
        self._seals = (self._seal, *(_Seal(key) for key in older if key != own))
        self._lock = threading.Lock()
        self._newest: dict[Owner, datetime] = {}

    def keep(self, owner: Owner, content: str, now: datetime) -> Kept:
        """Write a draft durably in the place of the one before it. Raises OSError; then that one is still there.

        It is never dated before what the database was known to have, even where the clock was set back.
        """
        with self._lock:
            kept = Kept(owner, max(now, self._newest.get(owner, now)), content)
            name = self._seal.name(owner)
            durable.write(self._folder / name, self._seal.sealed(name, kept))
            self._newest[owner] = kept.at
            self._remove(owner, self._seals[1:])
        return kept

    def kept(self, owner: Owner) -> Kept | None:
        """The draft of this officer, case and step; None where there is none, or none that can be opened."""
        found = [seal.opened(self._folder / seal.name(owner)) for seal in self._seals]
        own = [kept for kept in found if kept is not None and kept.owner == owner]
        return max(own, key=lambda kept: kept.at, default=None)

    def of(self, officer: int) -> tuple[Kept, ...]:
        """All that is kept for an officer. What a death left half written, or no key here opens, is removed."""
        found: dict[Owner, Kept] = {}
        with self._lock, contextlib.suppress(OSError):
            for path in sorted(self._folder.iterdir()):
                kept = next((each for seal in self._seals if (each := seal.opened(path)) is not None), None)
                if kept is None:
                    path.unlink()
                elif kept.owner.officer == officer and kept.at >= found.get(kept.owner, kept).at:
                    found[kept.owner] = kept
        return tuple(found.values())

    def has(self, owner: Owner, at: datetime) -> None:
        """The database has what was typed until `at`: what is kept here after this is later."""
        with self._lock:
            self._newest[owner] = max(at, self._newest.get(owner, at))

    def forget(self, owner: Owner, upto: datetime | None = None) -> None:
        """Remove a draft, unless something was typed after `upto`. A file that can't be removed stays: the next save
        or sign-in removes it."""
        with self._lock:
            if upto is None or self._newest.get(owner, upto) <= upto:
                self._remove(owner, self._seals)

    def _remove(self, owner: Owner, seals: tuple[_Seal, ...]) -> None:
        for seal in seals:
            with contextlib.suppress(OSError):
                (self._folder / seal.name(owner)).unlink()
