"""The vault: scans, portraits and prints of a case, encrypted and addressed by the hash of their content.

AES-256-GCM with a data key for each case, itself wrapped by the office's master key (kiosk.vault_keys). Erasing
the case's key erases everything of the case. A blob's file name is derived from the case's key and the hash,
so that the folder tells nothing and equal pictures of two cases look different.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.tables import CaseKey, VaultObject
from kiosk import durable, vault_keys
from kiosk.records import to_json
from kiosk.vault_keys import KeyNotHeld, NotUnwrapped, VaultKeys

NONCE_BYTES = 12


class VaultError(Exception):
    """A blob is missing, altered, or its key was erased."""


class OtherKey(VaultError):
    """The master key that is needed is not on this terminal: the office's keys were rotated. `key_id` names it."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"master key {key_id} is not here")
        self.key_id = key_id


class Vault:
    """The vault of one office. Rows and blobs: the blob is durable before the row is."""

    def __init__(self, folder: Path, ring: VaultKeys) -> None:
        self._folder = folder
        self._ring = ring

    def put(
        self,
        *,
        case_id: int,
        step: str,
        kind: str,
        content: bytes,
        media_type: str,
        officer: int,
        now: datetime,
        label: str = "",
        page: int = 0,
        meta: dict[str, object] | None = None,
    ) -> VaultObject:
        """Store one file of a case. Within a writing unit of work. Raises VaultError, OSError."""
        key = self._case_key(case_id, create=True)
        digest = hashlib.sha256(content).hexdigest()
        name = hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()
        path = self._path(name)
        if not path.exists():
            nonce = secrets.token_bytes(NONCE_BYTES)
            durable.write(path, nonce + AESGCM(key).encrypt(nonce, content, name.encode()))
        return VaultObject.create(
            case=case_id,
            step=step,
            kind=kind,
            label=label,
            page=page,
            sha256=digest,
            blob=name,
            media_type=media_type,
            size=len(content),
            officer=officer,
            created_at=now,
            meta=to_json(meta or {}),
        )

    def get(self, row: VaultObject) -> bytes:
        """The content of a file. Within a unit of work. Raises VaultError."""
        key = self._case_key(row.case_id, create=False)
        try:
            sealed = self._path(row.blob).read_bytes()
            content = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.blob.encode())
        except (OSError, InvalidTag) as error:
            raise VaultError(type(error).__name__) from None
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise VaultError("hash")
        return content

    def erase(self, case_id: int, now: datetime) -> None:
        """Destroy the case's key. Within a writing unit of work."""
        CaseKey.update(wrapped="", erased_at=now).where(CaseKey.case == case_id).execute()

    def _case_key(self, case_id: int, *, create: bool) -> bytes:
        row = CaseKey.get_or_none(CaseKey.case == case_id)
        try:
            if row is None:
                if not create:
                    raise VaultError("no key")
                key = AESGCM.generate_key(256)
                name, master = self._ring.current()
                CaseKey.create(case=case_id, wrapped=vault_keys.wrapped(name, master, key, associated(case_id)))
                return key
            if row.erased_at is not None:
                raise VaultError("erased")
            return vault_keys.unwrapped(self._ring, row.wrapped, associated(case_id))
        except KeyNotHeld as error:
            raise OtherKey(error.key_id) from None
        except NotUnwrapped:
            raise VaultError("master key") from None

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def associated(case_id: int) -> bytes:
    """What binds a wrapped data key to its case."""
    return f"case:{case_id}".encode()
