"""What is typed at one terminal, on its own disk until the office's database has it.

A folder of small sealed files, one for each draft: AES-256-GCM under a key derived from the office's vault key, bound
to officer, case and step. A file's name is a keyed hash of those, so that the folder tells nothing; mode 0600, and
on the disk (fsync) when `keep` returns. What the database took is removed again.
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
from kiosk.records import BadRecord, from_json, to_json

NONCE_BYTES = 12
SUFFIX = ".draft"


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


class DraftJournal:
    """The journal of one terminal. Threads may share it."""

    def __init__(self, folder: Path, master_key: bytes) -> None:
        self._folder = folder
        self._key = hmac.digest(master_key, b"draft journal", hashlib.sha256)
        self._seal = AESGCM(self._key)
        self._lock = threading.Lock()
        self._newest: dict[Owner, datetime] = {}

    def keep(self, owner: Owner, content: str, now: datetime) -> Kept:
        """Write a draft durably in the place of the one before it. Raises OSError; then that one is still there.

        It is never dated before what the database was known to have, even where the clock was set back.
        """
        with self._lock:
            kept = Kept(owner, max(now, self._newest.get(owner, now)), content)
            name = self._name(owner)
            nonce = secrets.token_bytes(NONCE_BYTES)
            durable.write(self._folder / name, nonce + self._seal.encrypt(nonce, to_json(kept).encode(), name.encode()))
            self._newest[owner] = kept.at
        return kept

    def kept(self, owner: Owner) -> Kept | None:
        """The draft of this officer, case and step; None where there is none, or none that can be opened."""
        found = self._open(self._folder / self._name(owner))
        return found if found is not None and found.owner == owner else None

    def of(self, officer: int) -> tuple[Kept, ...]:
        """All that is kept for an officer. What a death left half written, or sealed under another key, is removed."""
        found = []
        with self._lock, contextlib.suppress(OSError):
            for path in sorted(self._folder.iterdir()):
                kept = self._open(path)
                if kept is None:
                    path.unlink()
                elif kept.owner.officer == officer:
                    found.append(kept)
        return tuple(found)

    def has(self, owner: Owner, at: datetime) -> None:
        """The database has what was typed until `at`: what is kept here after this is later."""
        with self._lock:
            self._newest[owner] = max(at, self._newest.get(owner, at))

    def forget(self, owner: Owner, upto: datetime | None = None) -> None:
        """Remove a draft, unless something was typed after `upto`. A file that can't be removed stays: the next save
        or sign-in removes it."""
        with self._lock:
            if upto is None or self._newest.get(owner, upto) <= upto:
                with contextlib.suppress(OSError):
                    (self._folder / self._name(owner)).unlink()

    def _name(self, owner: Owner) -> str:
        return hmac.new(self._key, to_json(owner).encode(), hashlib.sha256).hexdigest() + SUFFIX

    def _open(self, path: Path) -> Kept | None:
        try:
            sealed = path.read_bytes()
            plain = self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], path.name.encode())
            return from_json(Kept, plain.decode())
        except (OSError, InvalidTag, ValueError, BadRecord):
            return None
