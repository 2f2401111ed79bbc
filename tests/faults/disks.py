"""A small disk for an office: a tmpfs where this user may mount one; it can be filled, emptied and made read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEGABYTES = 24


class SmallDisk:
    """A mounted disk of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave not a byte. Twice does no harm."""
        for size in (1 << 20, 1 << 16, 1 << 12):
            with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
                while ballast.write(bytes(size)) == size:
                    pass

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def read_only(self, yes: bool = True) -> None:
        """Mount it anew, without or with writing."""
        assert _mount("-o", f"remount,{'ro' if yes else 'rw'}", str(self.folder)), "a file is open for writing"


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """A disk at `folder`; None where mounting is not permitted."""
    folder.mkdir()
    size = f"size={MEGABYTES}m"
    if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", size, "kiosk-test", str(folder)):
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
