"""An index as a file: arrays as they lie in memory, mapped and shared between processes, and sealed at rest.

A list is personal data and is encrypted on disk; a mapped file can't be. So a sealed file is opened once into a file
in memory (/dev/shm, mode 0600, gone with the power) that every process of the terminal maps; where there is no such
folder each process keeps its own copy. Without a seal the file itself is mapped.
"""

import json
import mmap
import os
import secrets
import struct
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.durable import sync_folder
from kiosk.screening.index import INDEX_FORMAT, ListIndex, ListVersion

Seal = Callable[[int, bytes], bytes]
"""Seals or opens chunk number n. Opening raises an exception of its own for a chunk that was changed or moved."""

_MAGIC = b"KIOSKLST"
_FILE_ID_BYTES = 16
_ALIGNMENT = 64
_CHUNK = 8 * 1024 * 1024
_LENGTH = struct.Struct("<Q")
SHARED_FOLDER = Path("/dev/shm")  # noqa: S108 - memory, not a temporary file on disk
_SHARED_PREFIX = "kiosk-list-"


class IndexDamaged(Exception):
    """The file is no index of this format, or not whole."""


def save_index(index: ListIndex, path: Path, seal: Seal | None = None) -> None:
    """Write the index to `path`, whole or not at all; readers of an older file there are not disturbed."""
    head, chunks = _layout(index)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".list-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + secrets.token_bytes(_FILE_ID_BYTES) + bytes([seal is not None]))
            for number, chunk in enumerate(_in_chunks(head, chunks)):
                sealed = seal(number, chunk) if seal else chunk
                if seal:
                    file.write(_LENGTH.pack(len(sealed)))
                elif not number:
                    file.write(b"\0" * (-file.tell() % _ALIGNMENT))
                file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def load_index(path: Path, open_blob: Seal | None = None, shared: Path | None = SHARED_FOLDER) -> ListIndex:
    """Map the index at `path`. `open_blob` opens sealed chunks; `shared` is a folder in memory for what it opens.

    Raises IndexDamaged, and whatever `open_blob` raises for a chunk that isn't genuine.
    """
    with path.open("rb") as file:
        head = file.read(len(_MAGIC) + _FILE_ID_BYTES + 1)
        if len(head) < len(_MAGIC) + _FILE_ID_BYTES + 1 or head[: len(_MAGIC)] != _MAGIC:
            raise IndexDamaged("no index")
        if not head[-1]:
            return _mapped(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), _ALIGNMENT)
        if open_blob is None:
            raise IndexDamaged("sealed")
        chunks = _opened(file.read, open_blob)
        if shared is None or not shared.is_dir():
            return _mapped(b"".join(chunks), 0)
        name = shared / f"{_SHARED_PREFIX}{head[len(_MAGIC) : -1].hex()}"
        return _mapped(_shared(name, chunks), 0)


def forget_shared(path: Path, shared: Path = SHARED_FOLDER) -> None:
    """Remove from memory what was opened of the index at `path`; processes that map it keep it until they end."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC) + _FILE_ID_BYTES)
    except OSError:
        return
    name = shared / f"{_SHARED_PREFIX}{head[len(_MAGIC) :].hex()}"
    if len(head) == len(_MAGIC) + _FILE_ID_BYTES and name.exists() and name.lstat().st_uid == os.getuid():
        name.unlink(missing_ok=True)


def _layout(index: ListIndex) -> tuple[bytes, list[bytes | memoryview]]:
    """The heading, padded, and the arrays with their padding."""
    places: dict[str, dict[str, Any]] = {}
    parts: list[bytes | memoryview] = []
    offset = 0
    for name, array in index.arrays.items():
        plain = np.ascontiguousarray(array)
        places[name] = {"dtype": plain.dtype.str, "shape": plain.shape, "offset": offset}
        padding = -plain.nbytes % _ALIGNMENT
        parts += [plain.reshape(-1).view(np.uint8).data, b"\0" * padding]
        offset += plain.nbytes + padding
    listed = index.version
    heading = {
        "format": INDEX_FORMAT,
        "bytes": offset,
        "arrays": places,
        "countries": index.countries,
        "version": {
            "version": listed.version,
            "listed_on": listed.listed_on.isoformat(),
            "source": listed.source,
            "hash": listed.hash,
            "entries": listed.entries,
        },
    }
    text = json.dumps(heading).encode()
    head = _LENGTH.pack(len(text)) + text
    return head + b"\0" * (-len(head) % _ALIGNMENT), parts


def _in_chunks(head: bytes, parts: list[bytes | memoryview]) -> Iterator[bytes]:
    """Chunks of one size, the last shorter and never full, so that a file cut at a chunk's end is told."""
    pending = bytearray()
    for part in (head, *parts):
        for start in range(0, len(part), _CHUNK):
            pending += part[start : start + _CHUNK]
            while len(pending) >= _CHUNK:
                yield bytes(pending[:_CHUNK])
                del pending[:_CHUNK]
    yield bytes(pending)


def _opened(read: Callable[[int], bytes], open_blob: Seal) -> Iterator[bytes]:
    number = 0
    while True:
        head = read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise IndexDamaged("cut off")
        sealed = read(_LENGTH.unpack(head)[0])
        chunk = open_blob(number, sealed)
        yield chunk
        number += 1
        if len(chunk) < _CHUNK:
            return


def _shared(name: Path, chunks: Iterator[bytes]) -> mmap.mmap:
    """The opened list at `name`, made now unless another process has; nobody else may have put it there."""
    if _is_ours(name):
        try:
            return _map(name)
        except FileNotFoundError:
            # another process has forgotten it in this moment
            pass
    handle, made = tempfile.mkstemp(dir=name.parent, prefix=f"{_SHARED_PREFIX}making-")
    try:
        with os.fdopen(handle, "w+b") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        Path(made).replace(name)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return mapped


def _map(name: Path) -> mmap.mmap:
    with name.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _is_ours(name: Path) -> bool:
    try:
        status = name.lstat()
    except FileNotFoundError:
        return False
    if status.st_uid != os.getuid() or status.st_mode & 0o177777 != 0o100600:
        raise IndexDamaged("an opened list that is not ours")
    return True


def _mapped(content: mmap.mmap | bytes, start: int) -> ListIndex:
    try:
        length = _LENGTH.unpack_from(content, start)[0]
        text = content[start + _LENGTH.size : start + _LENGTH.size + length]
        heading = json.loads(text)
        if heading["format"] != INDEX_FORMAT:
            raise IndexDamaged("another format")
    except (struct.error, ValueError, KeyError, TypeError):
        raise IndexDamaged("no heading") from None
    first = start + _LENGTH.size + length
    first += -(first - start) % _ALIGNMENT
    if len(content) < first + heading["bytes"]:
        raise IndexDamaged("cut off")
    arrays = {}
    for name, place in heading["arrays"].items():
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(content, dtype=np.dtype(place["dtype"]), count=count, offset=first + place["offset"])
        arrays[name] = array.reshape(place["shape"])
    listed = heading["version"]
    version = ListVersion(
        listed["version"], date.fromisoformat(listed["listed_on"]), listed["source"], listed["hash"], listed["entries"]
    )
    return ListIndex(arrays, version, tuple(heading["countries"]))
