"""The vault's master keys: which one is current, which ones this terminal holds, and what each has wrapped.

A master key is a file of mode 0600 in keys/: `vault.key`, and during a rotation `vault-<its id>.key` beside it. Its id
is of its content, so that the same key has the same id on every terminal. Which is current stands in the database; an
office that never rotated has no row, and `vault.key` is current. What is wrapped names its key: `<id>:<hex>`; older
wraps have no name and are tried with every key held.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.tables import VaultMaster
from kiosk.receipts import keys
from kiosk.receipts.keys import KeyFileError

MAIN = "vault.key"
NONCE_BYTES = 12
ID_DIGITS = 16
log = logging.getLogger(__name__)


class KeyNotHeld(Exception):
    """The current master key, or the one that wrapped this, is not on this terminal; its id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


class NotUnwrapped(Exception):
    """No key held has wrapped this, or it was altered."""


def key_id(key: bytes) -> str:
    """The name of a master key, of its content: 16 hexadecimal digits."""
    return hashlib.sha256(b"itk vault master\0" + key).hexdigest()[:ID_DIGITS]


def path_of(folder: Path, name: str) -> Path:
    """Where a new master key lies beside `vault.key`."""
    return folder / f"vault-{name}.key"


def current_id() -> str | None:
    """The current master key; None in an office that never rotated. Within a unit of work."""
    row = VaultMaster.select().where(VaultMaster.retired_at.is_null()).order_by(VaultMaster.since.desc()).first()
    return None if row is None else str(row.key_id)


@dataclass(slots=True)
class VaultKeys:
    """The master keys of one terminal, by id. `main` is the one in `vault.key`; `folder` None: none are read anew."""

    held: dict[str, bytes]
    main: str
    folder: Path | None = None

    @classmethod
    def load(cls, folder: Path) -> "VaultKeys":
        """The keys in `folder`. Raises KeyFileError."""
        main = keys.load_pepper(folder / MAIN)
        others = [keys.load_pepper(path) for path in sorted(folder.glob("vault-*.key"))]
        return cls({key_id(key): key for key in (main, *others)}, key_id(main), folder)

    @classmethod
    def none(cls) -> "VaultKeys":
        """For an office opened without secrets: a key that has wrapped nothing."""
        key = secrets.token_bytes(keys.PEPPER_BYTES)
        return cls({key_id(key): key}, key_id(key))

    def current(self) -> tuple[str, bytes]:
        """The key that wraps from now on. Within a unit of work. Raises KeyNotHeld."""
        wanted = current_id() or self.main
        return wanted, self.named(wanted)

    def named(self, wanted: str) -> bytes:
        """The key with this id; the folder is read again where it is not known yet. Raises KeyNotHeld."""
        if wanted not in self.held and self.folder is not None:
            try:
                fresh = VaultKeys.load(self.folder)
            except KeyFileError as error:
                log.warning("vault keys not read again: %s", error)
            else:
                self.held, self.main = fresh.held, fresh.main
        if wanted not in self.held:
            raise KeyNotHeld(wanted)
        return self.held[wanted]

    def candidates(self) -> tuple[bytes, ...]:
        """Every key held."""
        return tuple(self.held.values())


def wrapped(name: str, master: bytes, key: bytes, associated: bytes) -> str:
    """A data key under the master key called `name`, bound to what it belongs to."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return f"{name}:{(nonce + AESGCM(master).encrypt(nonce, key, associated)).hex()}"


def unwrapped(ring: VaultKeys, text: str, associated: bytes) -> bytes:
    """The data key in `text`. Raises KeyNotHeld, NotUnwrapped."""
    name, _, body = text.rpartition(":")
    sealed = bytes.fromhex(body)
    for master in (ring.named(name),) if name else ring.candidates():
        try:
            return AESGCM(master).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
        except InvalidTag:
            continue
    raise NotUnwrapped
