"""A PostgreSQL server of a test's own, to be killed, stopped and started: Debian's, on a socket in a folder."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
PORT = 5599


class Server:
    """One cluster. As root it runs as the user postgres, for it refuses root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.url = f"postgresql://postgres@/postgres?host={folder}&port={PORT}"

    def make(self) -> None:
        self._tool("initdb", "-A", "trust", "-U", "postgres", "-D", str(self.data))
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"\nlisten_addresses = ''\nport = {PORT}\nunix_socket_directories = '{self.folder}'\n")
            file.write("max_connections = 60\nshared_buffers = 16MB\n")

    def start(self) -> None:
        """Start it, also after a crash: where nobody reaps the dead, its old process still seems to live."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        self._tool("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", str(self.folder / "log"), "start")

    def crash(self) -> None:
        """Every process dies at once, as if the machine's plug were pulled but for its disk."""
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        while self.pids():
            time.sleep(0.02)

    def freeze(self) -> None:
        """The server accepts and answers nothing."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """The postmaster and its children, read from /proc: those whose working folder is this cluster's."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    here = os.readlink(entry / "cwd") == str(self.data)
                    dead = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
                except OSError:
                    continue
                if here and not dead:
                    found.append(int(entry.name))
        return found

    def _tool(self, name: str, *arguments: str) -> None:
        command = [str(FOLDERS[0] / name), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=90,
        )  # fmt: skip


@contextmanager
def a_server() -> Iterator[Server | None]:
    """A started server; None where there is no PostgreSQL to start."""
    if not FOLDERS or (os.geteuid() == 0 and shutil.which("runuser") is None):
        yield None
        return
    folder = Path(mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Server(folder)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.thaw()
        server.crash()
        shutil.rmtree(folder, ignore_errors=True)
