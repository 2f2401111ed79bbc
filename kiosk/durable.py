"""Files that are on the disk when the call returns: whole or not at all, for this account alone."""

import os
import secrets
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in the place of what was there; its folders are made if need be. Raises OSError: then
    what was there still is."""
    for folder in (*reversed(path.parent.parents), path.parent):
        folder.mkdir(exist_ok=True, mode=0o700)  # with `parents` only the last would be of this mode
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
