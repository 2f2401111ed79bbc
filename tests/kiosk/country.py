"""Two offices and the national register on one machine: three servers, and lines between them that can be cut."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db import national
from db.national import AGREED
from db.tables import MODELS
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.settings import Settings, load
from tests import postgres
from tests.conftest import Desks

LINE_PORT = 5600
SECONDS = 60.0
LOGICAL = (
    "wal_level = logical",
    "max_wal_senders = 30",
    "max_replication_slots = 30",
    "max_worker_processes = 30",
    "max_logical_replication_workers = 20",
    "wal_retrieve_retry_interval = 100ms",
    "wal_receiver_timeout = 5s",
)
OFFICES = {745: ("MRE", "ME"), 746: ("PLB", "PB")}


class Line:
    """A line to a server's socket that can be cut in the middle of anything."""

    def __init__(self, server: postgres.Server) -> None:
        self.address = f"postgresql://itk_national@/postgres?host={server.folder}&port={LINE_PORT}"
        self._path = server.folder / f".s.PGSQL.{LINE_PORT}"
        self._target = str(server.folder / f".s.PGSQL.{postgres.PORT}")
        self._listener: socket.socket | None = None
        self._ends: list[socket.socket] = []
        self.carried = 0
        """Bytes that came from the server."""
        self.heal()

    def heal(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._path.chmod(0o777)
        self._listener.listen()
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._target)
            except OSError:
                near.close()
                continue
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink, sink is near), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
                self.carried += len(data) if counted else 0
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True)
class Kanim:
    """One office: its server, the line to it, its settings; `work` opens it."""

    code: int
    server: postgres.Server
    line: Line
    settings: Settings

    @property
    def config(self) -> Path:
        return self.settings.path("kiosk.toml")

    @contextmanager
    def work(self) -> Iterator[tuple[Office, Desks]]:
        """The office at work in this process: the models speak to its database meanwhile."""
        office = Office.open(load(self.config), devices=False)
        office.store.database.bind(list(MODELS))
        try:
            yield office, Desks(office)
        finally:
            office.close()

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        with national.connected(self.server.url) as connection:
            return rows_of(connection, table, self.code)


@dataclass(slots=True)
class Country:
    """The offices by their code, the register, and the line to it."""

    offices: dict[int, Kanim]
    register: postgres.Server
    line: Line

    def rows(self, table: str, code: int) -> list[tuple[Any, ...]]:
        with national.connected(self.register.url) as connection:
            return rows_of(connection, table, code)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with national.connected(self.register.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def differing(self) -> list[str]:
        """The agreed tables that are not row by row as in each office."""
        return [
            f"{code} {table}"
            for code, office in self.offices.items()
            for table in AGREED
            if office.rows(table) != self.rows(table, code)
        ]


def rows_of(connection: Any, table: str, code: int) -> list[tuple[Any, ...]]:
    """The agreed columns of an office's rows, texts without the blanks of fixed columns."""
    columns = ", ".join(("office", *AGREED[table]))
    query = f"SELECT {columns} FROM {table} WHERE office = {code} ORDER BY {AGREED[table][0]}"
    return [tuple(v.rstrip() if isinstance(v, str) else v for v in row) for row in connection.execute(query).fetchall()]


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for what arrives by replication."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@contextmanager
def a_country(folder: Path, *options: str, programs: Path | None = None) -> Iterator[Country | None]:
    """Two founded offices and an empty register; None where there is no PostgreSQL. `options` are the servers'."""
    if not postgres.PROGRAMS:
        yield None
        return
    lines = (*postgres.QUICK, *LOGICAL, *options)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(postgres.a_server(programs, lines)) for _ in range(3)]
        register, *others = [server for server in servers if server is not None]
        offices = {}
        for (code, (short, letters)), server in zip(OFFICES.items(), others, strict=True):
            with national.connected(server.url) as connection:
                connection.execute(f"CREATE ROLE {national.READER} LOGIN REPLICATION".encode())
            settings = _founded(folder / short, server.url, code, short, letters)
            offices[code] = Kanim(code, server, Line(server), settings)
        yield Country(offices, register, Line(register))


def _founded(folder: Path, url: str, code: int, short: str, letters: str) -> Settings:
    """A demo office with a code, a short name and letters of its own."""
    settings = found_demo(folder, devices=False, database=url)
    config = settings.path("kiosk.toml")
    names = f'[office]\ncode = {code}\nshort = "{short}"\n'
    text = config.read_text().replace("[office]\n", names)
    config.write_text(text.replace("\n[office]", '\nregulations = "rules"\n\n[office]', 1))
    rules = folder / "rules"
    rules.mkdir()
    own = (Path(__file__).parents[2] / "kiosk/regulations/office.toml").read_text("utf-8")
    (rules / "office.toml").write_text(own.replace('office = "ME"', f'office = "{letters}"'), "utf-8")
    return load(config)
