"""The key files of a terminal and what is published of them.

The Ed25519 private key of a terminal and the office's pepper live in files of mode 0600 that never leave the
machine, never in the database, the environment or a log. What others need to verify receipts is `KeyExport`
(`kiosk key export --json`); with it a receipt is judged without a database.
"""

import dataclasses
import json
import os
import secrets
import stat
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.durable import sync_folder
from kiosk.formats import iso_utc
from kiosk.receipts.token import Payload, PublicKey, ReceiptType, TokenRefusal, is_small_order, verify

PEPPER_BYTES = 32
_MOST_BYTES = 4096


class KeyFileProblem(StrEnum):
    """Why a key file can't be used. Words: `receipts.key_file.<value>` with `{path}`, and `.next`."""

    ABSENT = "absent"
    EXISTS = "exists"
    NOT_A_FILE = "not_a_file"
    OPEN_TO_OTHERS = "open_to_others"
    OTHER_OWNER = "other_owner"
    UNREADABLE = "unreadable"
    NOT_A_KEY = "not_a_key"


class KeyFileError(Exception):
    """A key file can't be written or used. Holds the path and the problem, never the content."""

    def __init__(self, problem: KeyFileProblem, path: Path) -> None:
        super().__init__(f"{path}: {problem}")
        self.problem = problem
        self.path = path


class KeyExportError(ValueError):
    """A published key file that is not one."""


def create_private_key(path: Path) -> bytes:
    """Make a key pair, write the private half to the new file `path`; return the public half, 32 bytes.

    Raises KeyFileError; an existing file is never replaced.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write_secret(path, pem)
    return public_bytes(key)


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path`. Raises KeyFileError, also for a file that others may read or write."""
    pem = _read_secret(path)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise KeyFileError(KeyFileProblem.NOT_A_KEY, path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(KeyFileProblem.NOT_A_KEY, path)
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The public half, 32 bytes."""
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def create_pepper(path: Path) -> bytes:
    """Write a new office pepper (hexadecimal, one line) to the new file `path` and return it. Raises KeyFileError."""
    pepper = secrets.token_bytes(PEPPER_BYTES)
    _write_secret(path, pepper.hex().encode("ascii") + b"\n")
    return pepper


def load_pepper(path: Path) -> bytes:
    """The office pepper in `path`. Raises KeyFileError."""
    try:
        pepper = bytes.fromhex(_read_secret(path).decode("ascii"))
    except ValueError:
        raise KeyFileError(KeyFileProblem.NOT_A_KEY, path) from None
    if len(pepper) != PEPPER_BYTES:
        raise KeyFileError(KeyFileProblem.NOT_A_KEY, path)
    return pepper


def _write_secret(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise KeyFileError(KeyFileProblem.EXISTS, path) from None
    except OSError:
        raise KeyFileError(KeyFileProblem.UNREADABLE, path) from None
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError:
        # half a key must not stand in the way of the next attempt
        path.unlink(missing_ok=True)
        raise KeyFileError(KeyFileProblem.UNREADABLE, path) from None


def _read_secret(path: Path) -> bytes:
    try:
        # a FIFO in its place must not hang the terminal; it is refused below
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyFileError(KeyFileProblem.ABSENT, path) from None
    except OSError:
        raise KeyFileError(KeyFileProblem.UNREADABLE, path) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise KeyFileError(KeyFileProblem.NOT_A_FILE, path)
        if status.st_uid != os.geteuid():
            raise KeyFileError(KeyFileProblem.OTHER_OWNER, path)
        if stat.S_IMODE(status.st_mode) & 0o177:
            raise KeyFileError(KeyFileProblem.OPEN_TO_OTHERS, path)
        return os.read(handle, _MOST_BYTES)
    finally:
        os.close(handle)


@dataclasses.dataclass(frozen=True, slots=True)
class KeyExport:
    """The verifying keys of one office, as published."""

    office: int
    keys: tuple[PublicKey, ...]

    def by_id(self) -> Mapping[int, PublicKey]:
        return {key.key_id: key for key in self.keys}


def export_json(office: int, keys: Iterable[PublicKey]) -> str:
    """One JSON document for `kiosk key export --json`: times are UTC in ISO 8601, purposes the types' numbers."""
    rows = [
        {
            "key_id": key.key_id,
            "public_key": key.public_key.hex(),
            "purposes": sorted(int(purpose) for purpose in key.purposes),
            "not_before": _moment(key.not_before),
            "not_after": _moment(key.not_after),
            "revoked_at": _moment(key.revoked_at),
        }
        for key in sorted(keys, key=lambda key: key.key_id)
    ]
    return json.dumps({"office": office, "keys": rows}, indent=2)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso_utc(moment)


def read_export(document: str) -> KeyExport:
    """The keys in an exported document. Raises KeyExportError: one wrong row spoils the file, since a key that is
    quietly left out would turn good receipts into forgeries."""
    try:
        data = json.loads(document)
        office, rows = data["office"], data["keys"]
        if type(office) is not int or not isinstance(rows, list):
            raise KeyExportError("office is a number and keys a list")
        keys = tuple(_read_row(row) for row in rows)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise KeyExportError(f"not a key export: {error}") from None
    if len({key.key_id for key in keys}) != len(keys):
        raise KeyExportError("not a key export: a key id appears twice")
    return KeyExport(office, keys)


def _read_row(row: Mapping[str, object]) -> PublicKey:
    key_id, public_key, purposes = row["key_id"], bytes.fromhex(str(row["public_key"])), row["purposes"]
    if type(key_id) is not int or not 0 <= key_id <= 0xFFFF or not isinstance(purposes, list):
        raise KeyExportError("key_id is a number of 16 bits and purposes a list")
    if len(public_key) != 32 or is_small_order(public_key):
        raise KeyExportError(f"key {key_id}: not an Ed25519 public key")
    not_before = _read_moment(row["not_before"])
    if not_before is None:
        raise KeyExportError(f"key {key_id}: not_before is missing")
    return PublicKey(
        key_id=key_id,
        public_key=public_key,
        purposes=frozenset(ReceiptType(purpose) for purpose in purposes),
        not_before=not_before,
        not_after=_read_moment(row.get("not_after")),
        revoked_at=_read_moment(row.get("revoked_at")),
    )


def _read_moment(value: object) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise KeyExportError("a time without a time zone")
    return moment.astimezone(UTC)


def verify_with_export(
    text: str,
    document: str,
    *,
    expected_type: ReceiptType | Collection[ReceiptType] | None = None,
    office: int | None = None,
    now: datetime,
) -> Payload | TokenRefusal:
    """Judge a token with nothing but a published key file; `office` is the file's own unless given.

    Says whether the receipt is authentic, not whether it is still good. Raises KeyExportError.
    """
    export = read_export(document)
    return verify(
        text,
        export.by_id(),
        expected_type=expected_type,
        office=export.office if office is None else office,
        now=now,
    )
