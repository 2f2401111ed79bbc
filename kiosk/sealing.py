"""An office's secrets under a passphrase, so that a backup can hold them: scrypt and AES-256-GCM.

Only what the office needs to read its own files: the pepper and the vault's keys. A terminal's signing key never
leaves the terminal; a restored one is given a new key.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk import draft_journal

MAGIC = b"ITKSEAL1"
SALT, NONCE = 16, 12
WORK = 2**16
"""scrypt's n: 64 MB and about a fifth of a second."""
SHORTEST = 12


class SealBroken(Exception):
    """The passphrase is wrong, or the file was altered."""


class PassphraseTooShort(Exception):
    """Fewer than SHORTEST characters."""


def seal(folder: Path, passphrase: str) -> bytes:
    """The secrets in `folder` (keys/), sealed. Raises PassphraseTooShort, OSError."""
    return seal_files(secrets_in(folder), passphrase)


def secrets_in(folder: Path) -> dict[str, bytes]:
    """The secrets in `folder` (keys/) that are the office's, not a terminal's own, by name. Raises OSError."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if _belongs_to_office(path)}


def seal_files(held: Mapping[str, bytes], passphrase: str) -> bytes:
    """Files by their names, sealed. Raises PassphraseTooShort."""
    if len(passphrase) < SHORTEST:
        raise PassphraseTooShort
    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
    plain = json.dumps({name: content.hex() for name, content in held.items()}).encode("ascii")
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, MAGIC)


def unseal(sealed: bytes, passphrase: str, folder: Path) -> tuple[str, ...]:
    """Write the secrets into `folder`, mode 0600; their names. What is there already stays. Raises SealBroken."""
    held = unseal_files(sealed, passphrase)
    for name, content in held.items():
        write_private(folder / Path(name).name, content)
    return tuple(held)


def unseal_files(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    """What was sealed, by name. Raises SealBroken."""
    salt, nonce = sealed[len(MAGIC) :][:SALT], sealed[len(MAGIC) + SALT :][:NONCE]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed[len(MAGIC) + SALT + NONCE :], MAGIC)
    except (InvalidTag, ValueError):
        raise SealBroken from None
    return {name: bytes.fromhex(content) for name, content in json.loads(plain).items()}


def write_private(path: Path, content: bytes) -> None:
    """A new file of mode 0600, synced; one that is there already stays. Raises OSError."""
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _belongs_to_office(path: Path) -> bool:
    own = path.name.startswith((".", draft_journal.KEYS))
    return path.is_file() and not own and b"PRIVATE KEY" not in path.read_bytes()


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=WORK, r=8, p=1).derive(passphrase.encode("utf-8"))
