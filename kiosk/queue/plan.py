"""The queue as data: which services have numbers, in which series, at which counters. Read from queue.toml. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from kiosk.bilingual import Bilingual
from kiosk.toml_file import FileRefused, Problem, decode_toml
from kiosk.toml_table import Table

FILE = "queue.toml"
_SERIES = re.compile(r"[A-Z]{1,2}")
_LONGEST_COUNTER = 3
"""Characters of a counter that the display has room for."""


@dataclass(frozen=True, slots=True)
class Service:
    """What people wait for. `steps` are the SOP's; `opens` is the step that serving leads to, "" for search."""

    key: str
    series: str
    name: Bilingual
    steps: tuple[str, ...]
    opens: str


@dataclass(frozen=True, slots=True)
class Counter:
    """A terminal as the waiting room knows it; no `services`: all that its officer may serve."""

    terminal: str
    shown: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of queue.toml."""

    priority_in_a_row: int
    absences: int
    counter_idle: int
    services: tuple[Service, ...]
    counters: tuple[Counter, ...]

    def service(self, key: str) -> Service:
        """Raises KeyError."""
        return next((one for one in self.services if one.key == key), None) or _unknown(key)

    def of_series(self, series: str) -> Service | None:
        return next((one for one in self.services if one.series == series), None)

    def counter(self, terminal: str) -> Counter:
        """How `terminal` is shown: as the file says, else by the figure at the end of its name, else by its name."""
        named = next((one for one in self.counters if one.terminal == terminal), None)
        if named is not None:
            return named
        figure = re.search(r"[0-9]+$", terminal)
        return Counter(terminal, (figure.group() if figure else terminal.upper())[-_LONGEST_COUNTER:])


def plan(folder: Path) -> Plan:
    """The queue of the office in `folder`: its own queue.toml, else the built-in one. Raises FileRefused, OSError."""
    own = folder / FILE
    try:
        changed = own.stat().st_mtime_ns
    except FileNotFoundError:
        return _built_in()
    return _own(own, changed)


@lru_cache(maxsize=1)
def _built_in() -> Plan:
    return read(files("kiosk.queue").joinpath(FILE).read_bytes())


@lru_cache(maxsize=4)
def _own(path: Path, changed: int) -> Plan:
    return read(path.read_bytes())


def read(content: bytes) -> Plan:
    """A plan from the bytes of a queue.toml. Raises FileRefused with every mistake in it."""
    problems: list[Problem] = []
    file = decode_toml(content)
    root = Table(file, problems, file.data)
    tables = root.tables("service", needed=True)
    services = tuple(_service(table) for table in tables)
    for place, (table, one) in enumerate(zip(tables, services, strict=True)):
        if any(other.key == one.key or other.series == one.series for other in services[:place]):
            table.refuse("permits.problem.given_twice", "series", value=one.series)
    keys = tuple(one.key for one in services)
    found = Plan(
        priority_in_a_row=root.positive("priority_in_a_row"),
        absences=root.positive("absences"),
        counter_idle=root.positive("counter_idle"),
        services=services,
        counters=tuple(_counter(table, keys) for table in root.tables("counter")),
    )
    root.finish()
    if problems:
        raise FileRefused(problems)
    return found


def _service(table: Table) -> Service:
    service = Service(
        key=table.text("key"),
        series=table.text("series"),
        name=table.bilingual("name"),
        steps=table.texts("steps", empty=False),
        opens=table.text("opens", blank=True),
    )
    if service.series != "?" and not _SERIES.fullmatch(service.series):
        table.refuse("tomlfile.not_a_choice", "series", name="series", value=service.series, choices="A-Z, AA-ZZ")
    if service.opens and service.opens not in service.steps:
        table.refuse(
            "tomlfile.not_a_choice", "opens", name="opens", value=service.opens, choices=", ".join(service.steps)
        )
    table.finish()
    return service


def _counter(table: Table, keys: tuple[str, ...]) -> Counter:
    counter = Counter(
        terminal=table.text("terminal"),
        shown=table.text("shown")[:_LONGEST_COUNTER],
        services=table.choices("services", keys) if table.has("services") else (),
    )
    table.finish()
    return counter


def _unknown(key: str) -> Service:
    raise KeyError(key)
