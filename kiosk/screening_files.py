"""The files of an imported cekal list: the index that is searched and the records that an examiner reads.

    watchlist/<list hash>/index.bin            arrays of kiosk.screening, sealed; opened into memory shared by processes
    watchlist/<list hash>/records.bin          one sealed record for each entry
    watchlist/<list hash>/key                  the list's key under a later vault key than the one it is derived from
    watchlist/<list hash>/record_keys.npy      first 8 bytes of the SHA-256 of each id, sorted; record_places.npy beside

Sealed is AES-256-GCM with the list's own key. The folder is 0700 and its files 0600. It is written under another name,
made durable and renamed: it is there whole or not at all.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from kiosk.screening.births import birth_text
from kiosk.screening.building import build_index
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex, ListVersion
from kiosk.screening.reading import read_entry
from kiosk.screening.storage import IndexDamaged, forget_shared, load_index, save_index

INDEX = "index.bin"
KEY, NEXT = "key", ".next"
NONCE_BYTES = 12


class ListFilesBroken(Exception):
    """The files are missing, damaged, of another format, or sealed with another office's key."""


def list_folder(base: Path, digest: str) -> Path:
    """Where the list with this hash lies."""
    return base / digest


def write_list(
    base: Path, entries: tuple[WatchlistEntry, ...], *, version: str, listed_on: date, source: str, master: bytes
) -> ListVersion:
    """Build the index, seal the records, and put both in place. What was there of the same content is kept.

    Raises OSError.
    """
    index = build_index(entries, version=version, listed_on=listed_on, source=source)
    target = list_folder(base, index.version.hash)
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = base / f".{index.version.hash[:16]}.{secrets.token_hex(4)}"
    fresh.mkdir(mode=0o700)
    try:
        key = _key(master, index.version.hash)
        _write_index(fresh, index, key)
        _write_records(fresh, entries, key, index.version.hash.encode())
        _sync(fresh)
        if target.exists():
            forget_shared(target / INDEX)
            target.rename(fresh.with_name(fresh.name + ".old"))
            shutil.rmtree(fresh.with_name(fresh.name + ".old"), ignore_errors=True)
        fresh.rename(target)
        _sync(base)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return index.version


def open_index(base: Path, digest: str, masters: Sequence[bytes]) -> ListIndex:
    """The index, its arrays mapped read-only. `masters` are the vault's keys held here. Raises ListFilesBroken."""
    cipher = AESGCM(_key_of(list_folder(base, digest), masters, digest))

    def opened(number: int, sealed: bytes) -> bytes:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(digest, number))

    try:
        index = load_index(list_folder(base, digest) / INDEX, opened)
    except (OSError, IndexDamaged, InvalidTag, ValueError) as error:
        raise ListFilesBroken(type(error).__name__) from None
    if index.version.hash != digest:
        raise ListFilesBroken("another list")
    return index


def forget_opened(base: Path, keep: Collection[str] = ()) -> None:
    """Remove the lists from memory that were opened of these files, but those with the hashes in `keep`."""
    for folder in base.iterdir() if base.is_dir() else ():
        if folder.name not in keep:
            forget_shared(folder / INDEX)


def read_record(base: Path, digest: str, entry_id: str, masters: Sequence[bytes]) -> WatchlistEntry:
    """One entry as the list has it. Raises ListFilesBroken, and LookupError for an id that isn't there."""
    found = read_records(base, digest, (entry_id,), masters)
    if not found:
        raise LookupError("no such entry")
    return found[0]


def read_records(base: Path, digest: str, ids: Iterable[str], masters: Sequence[bytes]) -> tuple[WatchlistEntry, ...]:
    """Entries as the list has them, those that it has. Raises ListFilesBroken."""
    folder = list_folder(base, digest)
    cipher = AESGCM(_key_of(folder, masters, digest))
    try:
        keys = np.load(folder / "record_keys.npy", mmap_mode="r", allow_pickle=False)
        places = np.load(folder / "record_places.npy", mmap_mode="r", allow_pickle=False)
        with (folder / "records.bin").open("rb") as file:
            found = [_record(file, keys, places, cipher, digest, entry_id) for entry_id in ids]
    except (OSError, ValueError, KeyError, InvalidTag) as error:
        raise ListFilesBroken(type(error).__name__) from None
    return tuple(entry for entry in found if entry is not None)


def _record(
    file: BinaryIO, keys: NDArray[Any], places: NDArray[Any], cipher: AESGCM, digest: str, entry_id: str
) -> WatchlistEntry | None:
    wanted = np.uint64(_record_key(entry_id))
    first = int(np.searchsorted(keys, wanted, side="left"))
    last = int(np.searchsorted(keys, wanted, side="right"))
    for number in range(first, last):
        file.seek(int(places[number]))
        length = int.from_bytes(file.read(4), "big")
        sealed = file.read(length)
        row = json.loads(cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digest.encode()))
        if row["id"] == entry_id:
            return read_entry(row)[0]
    return None


def _write_index(folder: Path, index: ListIndex, key: bytes) -> None:
    cipher, digest = AESGCM(key), index.version.hash

    def sealed(number: int, chunk: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + cipher.encrypt(nonce, chunk, _place(digest, number))

    save_index(index, folder / INDEX, sealed)


def _place(digest: str, number: int) -> bytes:
    """What binds a sealed chunk to its list and place."""
    return f"{digest}:{number}".encode()


def _write_records(folder: Path, entries: Iterable[WatchlistEntry], key: bytes, digest: bytes) -> None:
    cipher = AESGCM(key)
    keys: list[int] = []
    places: list[int] = []
    place = 0
    with _new_file(folder / "records.bin") as file:
        for entry in entries:
            nonce = os.urandom(NONCE_BYTES)
            sealed = nonce + cipher.encrypt(nonce, json.dumps(as_row(entry), ensure_ascii=False).encode(), digest)
            file.write(len(sealed).to_bytes(4, "big") + sealed)
            keys.append(_record_key(entry.id))
            places.append(place)
            place += 4 + len(sealed)
    order = np.argsort(np.array(keys, dtype=np.uint64), kind="stable")
    for name, values in (("record_keys", keys), ("record_places", places)):
        with _new_file(folder / f"{name}.npy") as file:
            np.save(file, np.array(values, dtype=np.uint64)[order], allow_pickle=False)


def as_row(entry: WatchlistEntry) -> dict[str, Any]:
    """The entry as a row of the list's own format (JSON lines)."""
    row: dict[str, Any] = {
        "id": entry.id,
        "names": [{"name": listed.name, "kind": listed.kind.value} for listed in entry.names],
        "dob": [birth_text(birth) for birth in entry.births],
        "sex": entry.sex.value if entry.sex else None,
        "countries": list(entry.countries),
        "passports": list(entry.passports),
        "kind": entry.kind.value if entry.kind else None,
    }
    texts = {name: getattr(entry, name) for name in ("agency", "decision_no", "reason_class", "source")}
    days = {name: getattr(entry, name) for name in ("valid_from", "valid_until", "revoked_at")}
    row |= texts | {name: day.isoformat() for name, day in days.items() if day}
    return {name: value for name, value in row.items() if value not in (None, [])}


def _record_key(entry_id: str) -> int:
    return int.from_bytes(hashlib.sha256(entry_id.encode()).digest()[:8], "big")


def _key(master: bytes, digest: str) -> bytes:
    """The list's own key, derived from the office's vault key."""
    return HKDF(SHA256(), 32, salt=None, info=f"itk watchlist {digest}".encode()).derive(master)


def _key_of(folder: Path, masters: Sequence[bytes], digest: str) -> bytes:
    """The list's own key: as a rotation of the vault's keys left it, else derived from the one that opens a record."""
    for master in masters:
        for name in (KEY, KEY + NEXT):
            try:
                sealed = (folder / name).read_bytes()
                return AESGCM(master).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digest.encode())
            except (OSError, InvalidTag, ValueError):
                continue
    derived = [_key(master, digest) for master in masters]
    return next((key for key in derived if len(derived) > 1 and _opens(folder, key, digest)), derived[0])


def _opens(folder: Path, key: bytes, digest: str) -> bool:
    """Whether this key sealed the list's first record."""
    try:
        with (folder / "records.bin").open("rb") as file:
            sealed = file.read(int.from_bytes(file.read(4), "big"))
        AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digest.encode())
    except (OSError, InvalidTag, ValueError):
        return False
    return True


def wrap_keys_again(base: Path, before: Sequence[bytes], after: bytes) -> int:
    """Lay every list's key, as `before` opens it, beside it under the vault key `after`; how many lists there are.

    Both vault keys open the lists until `settle_keys`. Raises OSError.
    """
    folders = _lists(base)
    for folder in folders:
        digest, nonce = folder.name, os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(after).encrypt(nonce, _key_of(folder, before, digest), digest.encode())
        (folder / (KEY + NEXT)).unlink(missing_ok=True)
        with _new_file(folder / (KEY + NEXT)) as file:
            file.write(sealed)
        _sync(folder)
    return len(folders)


def settle_keys(base: Path) -> None:
    """The keys that `wrap_keys_again` laid down are the lists' only ones. Raises OSError."""
    for folder in _lists(base):
        if (folder / (KEY + NEXT)).exists():
            (folder / (KEY + NEXT)).replace(folder / KEY)
            _sync(folder)


def _lists(base: Path) -> list[Path]:
    return [folder for folder in base.iterdir() if (folder / INDEX).exists()] if base.is_dir() else []


def _new_file(path: Path) -> Any:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    return os.fdopen(handle, "wb")


def _sync(folder: Path) -> None:
    """Make a folder and its files durable."""
    for path in (*folder.iterdir(), folder):
        if path.is_dir() and path != folder:
            continue
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
