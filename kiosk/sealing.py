"""An office's secrets under a passphrase, so that a backup can hold them: scrypt and AES-256-GCM.

Only what the office needs to read its own files: the pepper and the vault's keys. A terminal's signing key never
leaves the terminal; a restored one is given a new key.
"""

import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

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
    if len(passphrase) < SHORTEST:
        raise PassphraseTooShort
    held = {path.name: path.read_bytes().hex() for path in sorted(folder.iterdir()) if _belongs_to_office(path)}
    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
    plain = json.dumps(held).encode("ascii")
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, MAGIC)


def unseal(sealed: bytes, passphrase: str, folder: Path) -> tuple[str, ...]:
    """Write the secrets into `folder`, mode 0600; their names. What is there already stays. Raises SealBroken."""
    salt, nonce = sealed[len(MAGIC) :][:SALT], sealed[len(MAGIC) + SALT :][:NONCE]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed[len(MAGIC) + SALT + NONCE :], MAGIC)
    except (InvalidTag, ValueError):
        raise SealBroken from None
    held = json.loads(plain)
    for name, content in held.items():
        path = folder / Path(name).name
        if path.exists():
            continue
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(bytes.fromhex(content))
            file.flush()
            os.fsync(file.fileno())
    return tuple(held)


def _belongs_to_office(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and b"PRIVATE KEY" not in path.read_bytes()


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=WORK, r=8, p=1).derive(passphrase.encode("utf-8"))
