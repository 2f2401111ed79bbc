"""A network of a test's own: a server in a namespace at the end of a line (veth) that can be cut without a word."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import postgres

HERE, THERE = "10.213.77.1", "10.213.77.2"


def _ip(*arguments: str) -> bool:
    return subprocess.run(["ip", *arguments], capture_output=True, timeout=20).returncode == 0


@dataclass(frozen=True, slots=True)
class Line:
    """The line to the namespace `name`. Its far end goes down, so that nothing answers, not even a refusal."""

    name: str

    def cut(self) -> None:
        assert _ip("-n", self.name, "link", "set", "there", "down")

    def heal(self) -> None:
        assert _ip("-n", self.name, "link", "set", "there", "up")


class FarServer(postgres.Server):
    """A cluster whose programs run in the namespace, and which listens at the far end of the line."""

    def __init__(self, folder: Path, line: Line) -> None:
        super().__init__(folder, options=(f"listen_addresses = '{THERE}'",))
        self._line = line
        self.near = self.url
        """Its socket, which no cut line reaches."""
        self.url = f"postgresql://postgres@{THERE}:{postgres.PORT}/postgres"

    def make(self) -> None:
        super().make()
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {HERE}/32 trust\n")

    def tool(self, name: str, *arguments: str) -> None:
        user = f"{postgres.NOBODY}"
        subprocess.run(
            ["ip", "netns", "exec", self._line.name, "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
             str(self.programs / name), *arguments],
            check=True, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=90,
        )  # fmt: skip


@contextmanager
def a_far_server() -> Iterator[tuple[FarServer, Line] | None]:
    """A started server behind a line; None where namespaces or a server can't be made here."""
    line = Line(f"kiosk-{secrets.token_hex(3)}")
    tools = all(shutil.which(tool) for tool in ("ip", "setpriv"))
    if not tools or not postgres.PROGRAMS or os.geteuid() != 0 or not _ip("netns", "add", line.name):
        yield None
        return
    near = f"k{secrets.token_hex(3)}"
    server = None
    try:
        made = (
            _ip("link", "add", near, "type", "veth", "peer", "name", "there", "netns", line.name)
            and _ip("address", "add", f"{HERE}/30", "dev", near)
            and _ip("link", "set", near, "up")
            and _ip("-n", line.name, "address", "add", f"{THERE}/30", "dev", "there")
            and _ip("-n", line.name, "link", "set", "there", "up")
            and _ip("-n", line.name, "link", "set", "lo", "up")
        )
        if not made:
            yield None
            return
        server = FarServer(postgres.new_folder(), line)
        server.make()
        server.start()
        yield server, line
    finally:
        if server is not None:
            server.crash()
            shutil.rmtree(server.folder, ignore_errors=True)
        _ip("link", "del", near)
        _ip("netns", "del", line.name)
